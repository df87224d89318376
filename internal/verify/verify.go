// Package verify computes the published figures of a run again from its raw data, and
// names each one that does not follow.
//
//  1. Path looks at what it is given: a run folder, or a folder of such.
//  2. Run opens a run folder: its checksums first, then run.json against the schema.
//  3. Of mlperf, the steps are streamed once. What no run can have written (a step that
//     does not end where the next begins, a rank without its step) is found on the way,
//     and the sums of the rest give every metric by the code that made them.
//  4. Of block commands, the latencies come from ops.hdr and the bytes from the telemetry;
//     rates, cells and differences are computed from the parts that run.json holds.
//  5. What a folder keeps no raw data of is in the notes, never in the findings.
//
// A figure counts as right only if it is the same to the last bit, as the same code on the
// same data makes it.
package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// Options are what a verification needs beside the folder.
type Options struct {
	Schema []byte // JSON Schema of run.json
}

// Path verifies a run folder, or all run folders in a folder. Of several, findings have the folder's name before their file's. A folder that
// holds none is an error.
func Path(name string, o Options) (result.Verification, error) {
	switch found, err := isRun(name); {
	case err != nil:
		return result.Verification{}, fmt.Errorf("verify %q: %w", name, err)
	case found:
		return Run(name, o)
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return result.Verification{}, fmt.Errorf("verify %q: %w", name, err)
	}
	schema, err := newSchema(o.Schema)
	if err != nil {
		return result.Verification{}, err
	}
	all := result.Verification{Findings: []result.Finding{}}
	var foreign int
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		known, err := add(&all, name, entry.Name(), schema)
		if err != nil {
			all.Findings = append(all.Findings, result.Finding{File: entry.Name(), Why: err.Error()})
		}
		if !known {
			foreign++
			all.Notes = append(all.Notes, fmt.Sprintf("%s: passed over, it holds no run", entry.Name()))
		}
	}
	if len(all.Runs) == 0 {
		return result.Verification{}, fmt.Errorf("verify %q: it holds no %s, and no folder that does (%d others): want a run folder, or a folder of them", name, result.RunFile, foreign)
	}
	all.OK = len(all.Findings) == 0
	return all, nil
}

// add verifies one folder of several; false: it is none that can be.
func add(all *result.Verification, parent, folder string, schema *schemaRules) (bool, error) {
	dir := filepath.Join(parent, folder)
	if found, err := isRun(dir); err != nil || !found {
		return err != nil, err
	}
	all.Runs = append(all.Runs, folder)
	v, err := verifyRun(dir, schema)
	if err != nil {
		return true, err
	}
	for _, f := range v.Findings {
		f.File = path.Join(folder, f.File)
		all.Findings = append(all.Findings, f)
	}
	for _, note := range v.Notes {
		all.Notes = append(all.Notes, folder+": "+note)
	}
	all.Checked += v.Checked
	return true, nil
}

// isRun says whether a folder is a run folder: it has a run.json, whatever is in it.
func isRun(dir string) (bool, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return false, err
	}
	if !info.IsDir() {
		return false, errors.New("it is a file: want a run folder, or a folder of them")
	}
	switch _, err := os.Stat(filepath.Join(dir, result.RunFile)); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	default:
		return err == nil, err
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
