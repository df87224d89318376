// Package report turns a run into something a person reads: a table on a terminal
// or one HTML page with plots. It works from the run folder alone, so that an old
// run can be reported again, and it measures nothing itself.
//
//  1. newAnswer says the verdict in words: passed or failed, by what margin, what
//     the limit was, and whether this client could judge the storage at all.
//  2. keyFigures picks the four numbers that are asked for next.
//  3. Text prints both, then a table per epoch, the rules, and the doubts as footnotes.
//  4. HTML also streams the steps once through collect, in bounded memory, and asks
//     each of the sections for its heading, plot, table and caption. A section
//     without data leaves itself out. The page links the files beside it
//     with their checksums, and its script (page.js) reads values from the drawings
//     themselves; without it nothing is missing.
//
// A run of a block command (cold-read, sustained, write, small-write, compare-mounts) goes
// the same way with words, figures and sections of its own; none of them speaks of AU.
//
// A number that could not be measured is left out or called "not measured", never 0.
package report

import (
	"github.com/lbench/lbench/internal/result"
)

// Source is where a report reads the raw data of a run; *result.Folder is one.
type Source interface {
	Steps(func(result.Step) error) error
	Readings(func(result.Reading) error) error
	Recordings() ([]result.Recording, error)
}

// disclaimer stands in every report. Block commands emulate no training, so that theirs
// has nothing to deny.
func disclaimer(run result.Run) string {
	if isBlock(run) {
		return "Measured by lbench on one client."
	}
	return "MLPerf-style measurement by lbench; not an MLPerf result, not verified by MLCommons."
}
