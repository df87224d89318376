package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/result"
)

// commandOf is a command with its flags parsed.
func commandOf(t *testing.T, args ...string) *cobra.Command {
	t.Helper()
	c, rest, err := newRoot(realApp()).Find(args)
	if err == nil {
		err = c.ParseFlags(rest)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestReadFlags: what a suite is checked by is what the flags were set to.
func TestReadFlags(t *testing.T) {
	var read, written blockOptions
	read.readFlags(commandOf(t, "sustained", "--data-dir=d", "--engine=uring", "--seed=7", "--size=3MiB", "--files=5", "--op-size=8KiB", "--jobs=6", "--depth=4",
		"--mode=direct", "--runner=both", "--rate=5MB/s", "--pattern=sequential", "--duration=9s", "--repeats=11", "--cell-time=3s", "--yes", "--matrix=jobs=1,2"))
	got := []any{read.dataDir, read.engine.value, read.seed.value, read.size.bytes, read.files.value, read.opSize.bytes, read.jobs.value, read.depth.value,
		read.mode.value, read.runner.value, read.rate.perS, read.pattern.value, read.duration.value.Seconds(), read.repeats.value, read.cellTime.value.Seconds(), bool(read.yes), read.matrix}
	want := []any{"d", "uring", int64(7), int64(3 << 20), 5, int64(8 << 10), 6, 4, "direct", "both", 5e6, "sequential", 9.0, 11, 3.0, true, "jobs=1,2"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	written.readFlags(commandOf(t, "write", "--fsync=each", "--overwrite", "--verify", "--direct", "--buffered", "--jobs=auto"))
	if !(written.fsync.value == "each" && bool(written.overwrite) && bool(written.verify) && bool(written.direct) && bool(written.buffered) && written.jobs.auto) {
		t.Errorf("%+v", written)
	}
}

// TestGateMetrics: every metric that a command measured may be in a gate, and none that it
// never has.
func TestGateMetrics(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"cold-read", "--data-dir", dir, "--size", "1MiB", "--files", "2", "--ceiling", "20ms"},
		{"sustained", "--engine", "mem", "--size", "1MiB", "--files", "2", "--duration", "1s"},
		{"write", "--data-dir", dir, "--size", "1MiB", "--files", "2", "--verify", "--ceiling", "20ms"},
		{"small-write", "--data-dir", dir, "--duration", "100ms"},
	} {
		var stdout, stderr bytes.Buffer
		a := realApp()
		a.stdout, a.stderr, a.getenv = &stdout, &stderr, func(string) string { return "" }
		if code := run(t.Context(), a, append(args, "--results-dir", t.TempDir(), "--json", "--quiet")); code != exitOK && code != exitFailed {
			t.Fatalf("%q: exit code %d\n%s", args, code, stderr.String())
		}
		var done result.Run
		if err := json.Unmarshal(stdout.Bytes(), &done); err != nil {
			t.Fatal(err)
		}
		allowed := gateMetrics(args[0])
		for _, m := range fio.RuleMetrics() {
			_, has := done.Metrics[m.Name]
			if has && !slices.Contains(allowed, m.Name) {
				t.Errorf("%s measured %s, and no gate may be on it", args[0], m.Name)
			}
		}
		if len(done.Metrics) == 0 || len(allowed)+len(neverOf(args[0])) != len(fio.RuleMetrics()) {
			t.Errorf("%s: %d metrics; %d allowed, %d never, of %d", args[0], len(done.Metrics), len(allowed), len(neverOf(args[0])), len(fio.RuleMetrics()))
		}
	}
}
