// Package verify computes the published figures of a run again from its raw data, and
// names each one that does not follow.
//
//  1. Path looks at what it is given: a run folder of lbench, a result folder of DLIO, or a
//     folder that such lie under.
//  2. Run opens a run folder: its checksums first, then run.json against the schema.
//  3. Of mlperf, the steps are streamed once. What no run can have written (a step that
//     does not end where the next begins, a rank without its step) is found on the way,
//     and the sums of the rest give every metric by the code that made them.
//  4. Of block commands, the latencies come from ops.hdr and the bytes from the telemetry;
//     rates, cells and differences are computed from the parts that run.json holds.
//  5. Of DLIO, the round is told by the ranks' figures, or by the files' names and what the
//     summary's figures have between them. Each epoch comes from the ranks' steps, means and
//     deviations from the epochs, times from their ends, saves and loads from rank 0.
//  6. Runs that somebody would submit together are a set, with means and the rules of its
//     round: the repeats of a suite's entry, runs that are named one by one, or a folder of
//     just as many alike runs as a result is of. A rule that isn't met is no finding.
//  7. The warnings of a run are made again from its figures, settings and host, and told
//     from those that were only seen while it was made.
//  8. What a folder keeps no raw data of is in the notes, never in the findings.
//
// A figure of lbench counts as right only if it is the same to the last bit, as the same
// code on the same data makes it; one of DLIO, whose sums are Python's, to 15 digits.
package verify

import (
	"maps"
	"slices"
)

// Options are what a verification needs beside the folder.
type Options struct {
	Schema  []byte // JSON Schema of run.json
	Profile string // the round of DLIO's results; empty: it is detected
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
