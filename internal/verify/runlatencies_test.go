package verify

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// latenciesRun read past the cache, so that each of its reads waited.
const latenciesRun = "20261128T182817Z-mlperf-latencies"

// linesOf changes the lines of latencies in an ops.hdr.
func linesOf(by func(lines []string) []string) func(string) string {
	return func(text string) string {
		lines := strings.SplitAfter(text, "\n")
		head := len(lines) - len(regexp.MustCompile(`(?m)^Tag=`).FindAllString(text, -1)) - 1
		return strings.Join(append(lines[:head:head], by(lines[head:len(lines)-1])...), "")
	}
}

// TestReadLatencies: metrics and ops.hdr say the same, or the figure is named.
func TestReadLatencies(t *testing.T) {
	without := func(pattern string) func(string) string {
		return func(text string) string { return regexp.MustCompile(pattern).ReplaceAllString(text, "") }
	}
	for _, test := range []struct {
		name, file string
		by         func(string) string
		wantFile   string
		wantFigure string
	}{
		{"a percentile", result.RunFile, replace(`"latency_p99_ns": 144703487`, `"latency_p99_ns": 14470348`), result.RunFile, "metrics.latency_p99_ns"},
		{"a percentile within its bar", result.RunFile, replace(`"latency_p50_ns": 1028095`, `"latency_p50_ns": 1028094`), result.RunFile, "metrics.latency_p50_ns"},
		{"no whole number", result.RunFile, replace(`"latency_p50_ns": 1028095`, `"latency_p50_ns": 1028095.5`), result.RunFile, "metrics.latency_p50_ns"},
		{"the longest", result.RunFile, replace(`"latency_max_ns": 172310750`, `"latency_max_ns": 72310750`), result.RunFile, "metrics.latency_max_ns"},
		{"a percentile is gone", result.RunFile, without(`"latency_p90_ns": \d+,`), result.RunFile, "metrics.latency_p90_ns"},
		{"the slowest second is gone", result.OpsFile, linesOf(func(l []string) []string { return append(l[:2:2], l[3:]...) }), result.RunFile, "metrics.latency_max_ns"},
		{"more reads in an epoch", result.RunFile, func(text string) string {
			return regexp.MustCompile(`"reads": (\d)`).ReplaceAllString(text, `"reads": 9$1`)
		}, result.RunFile, "so many reads that waited are in ops.hdr"},
		{"all seconds are gone", result.OpsFile, linesOf(func([]string) []string { return nil }), result.RunFile, "metrics.latency_p50_ns"},
		{"seconds change places", result.OpsFile, linesOf(func(l []string) []string { return []string{l[1], l[0], l[2], l[3]} }), result.OpsFile, "interval 2: start"},
		{"a second after the end", result.OpsFile, replace("Tag=reads,3.032,0.463", "Tag=reads,3.032,9.463"), result.OpsFile, "interval 4: end"},
		{"a tag", result.OpsFile, replace("Tag=reads,1", "Tag=job-1,1"), result.OpsFile, "interval 2: tag"},
		{"no log", result.OpsFile, replace("Tag=reads,1.030,", "Tag=reads,"), result.OpsFile, "has 3 fields"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := copyOf(t, latenciesRun)
			change(t, dir, test.file, test.by)
			v := verified(t, dir)
			if v.OK || !named(v, test.wantFile, test.wantFigure) {
				t.Errorf("%s %s isn't named; OK is %v, findings:\n%s", test.wantFile, test.wantFigure, v.OK, findings(v))
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		dir := copyOf(t, latenciesRun)
		if err := os.Remove(filepath.Join(dir, result.OpsFile)); err != nil {
			t.Fatal(err)
		}
		reseal(t, dir)
		if v := verified(t, dir); !named(v, result.RunFile, "metrics.latency_p50_ns") {
			t.Errorf("findings:\n%s", findings(v))
		}
		// A run from before there were latencies has neither.
		change(t, dir, result.RunFile, without(`"latency_[a-z0-9_]+": \d+,`))
		if v := verified(t, dir); !v.OK {
			t.Errorf("findings:\n%s", findings(v))
		}
	})
}
