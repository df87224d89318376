package telemetry

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// series keys readings by "name{label=value,...}", and fails if one is there twice.
func series(t testing.TB, all []result.Reading) map[string]float64 {
	t.Helper()
	got := map[string]float64{}
	for _, r := range all {
		var labels []string
		for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
			labels = append(labels, name+"="+r.Labels[name])
		}
		key := r.Name + "{" + strings.Join(labels, ",") + "}"
		if _, twice := got[key]; twice {
			t.Errorf("%s is there twice", key)
		}
		got[key] = r.Value
	}
	return got
}

// read returns the series of a source that must have no error.
func read(t testing.TB, s Source) map[string]float64 {
	t.Helper()
	all, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Source != s.Name() || r.T.IsZero() {
			t.Errorf("%s is of source %q at %v", r.Name, r.Source, r.T)
		}
	}
	return series(t, all)
}

// captured are sources of file systems, on machines that have them.
func captured() map[string]Source {
	return map[string]Source{
		"nfs-v3":        nfs{"testdata/nfs/v3-nconnect4"},
		"nfs-v4.2":      nfs{"testdata/nfs/v4.2-nconnect4"},
		"lustre":        lustre{"testdata/lustre-client"},
		"lustre_server": lustreServer{"testdata/lustre-server"},
		"zfs":           zfs{"testdata/lustre-server"},
	}
}

// TestGolden shows every reading of the captures.
func TestGolden(t *testing.T) {
	for name, source := range captured() {
		got := read(t, source)
		var b strings.Builder
		for _, key := range slices.Sorted(maps.Keys(got)) {
			fmt.Fprintln(&b, key, strconv.FormatFloat(got[key], 'f', -1, 64))
		}
		file := filepath.Join("testdata/golden", name+".txt")
		if *update {
			write(t, b.String(), file)
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

// BenchmarkCaptured reads each capture once: what file systems add to a tick.
func BenchmarkCaptured(b *testing.B) {
	for name, source := range captured() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := source.Read(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
