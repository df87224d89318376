package result

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

func TestDirection(t *testing.T) {
	for name, want := range map[string][2]bool{
		"au_mean_fraction": {true, true}, "read_bytes_per_s": {true, true}, "accelerators_max": {true, true}, "balance_fraction": {true, true},
		"wait_p99_ns": {false, true}, "latency_max_ns": {false, true}, "cpu_ns_per_byte_mean": {false, true}, "au_stddev_fraction": {false, true},
		"read_bytes": {false, false}, "passes": {false, false}, "duration_ns": {false, false}, "": {false, false}, "speed": {false, false},
	} {
		if up, known := Direction(name); up != want[0] || known != want[1] {
			t.Errorf("Direction(%q) = %v, %v", name, up, known)
		}
	}
}

// Every metric stands once in the table, and a headline has a direction.
func TestTable(t *testing.T) {
	names := MetricNames()
	if sorted := slices.Compact(slices.Sorted(slices.Values(names))); len(sorted) != len(names) {
		t.Errorf("%d names, %d of them different", len(names), len(sorted))
	}
	for _, command := range []string{"mlperf", "find-max", "cold-read", "sustained", "write", "small-write", "compare-mounts"} {
		headline := Headline(command)
		if len(headline) == 0 {
			t.Errorf("%s has no headline", command)
		}
		for _, name := range headline {
			if _, known := Direction(name); !known {
				t.Errorf("%s: headline %s has no direction", command, name)
			}
		}
	}
	if got := Headline("doctor"); len(got) != 0 {
		t.Errorf("doctor: %v", got)
	}
}

// A metric that the source makes, or that a rule may be about, has a row in the table.
func TestTableHoldsEveryMetric(t *testing.T) {
	for _, from := range []struct {
		files, pattern string
		least          int
	}{
		{"../fio/rules.go", `\{"([a-z0-9_]+)", "`, 20},
		{"../fio/measure.go", `m\["([a-z0-9_]+)"\]`, 10},
		{"../dlio/measure.go", `mean\("([a-z0-9_]+)", "|\tm\["((?:au|cached|wait|read)_[a-z0-9_]+)"\] \+?=`, 12},
		{"../../cmd/lbench/*.go", `run\.Metrics\["([a-z0-9_]+)"\]`, 7},
	} {
		files, err := filepath.Glob(from.files)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", from.files, err)
		}
		found := map[string]bool{}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range regexp.MustCompile(from.pattern).FindAllStringSubmatch(string(text), -1) {
				name := match[1]
				if name == "" {
					name = match[2]
				}
				found[name] = true
				if !slices.Contains(MetricNames(), name) {
					t.Errorf("%s: metric %s has no row in the table", file, name)
				}
			}
		}
		if len(found) < from.least {
			t.Errorf("%s: %d metrics found, want at least %d: the pattern is too old", from.files, len(found), from.least)
		}
	}
}

func TestHeadlineOf(t *testing.T) {
	for _, test := range []struct {
		command string
		metrics []string
		want    string
	}{
		{"mlperf", []string{"read_bytes_per_s_mean", "au_min_fraction", "au_mean_fraction"}, "au_mean_fraction"},
		{"mlperf", []string{"read_bytes_per_s_mean", "passes"}, "read_bytes_per_s_mean"},
		{"small-write", []string{"ops_per_s", "latency_p99_ns"}, "latency_p99_ns"},
		{"cold-read", []string{"passes", "duration_ns"}, "passes"}, // none of its headlines: as the table has it
		{"doctor", []string{"b", "a"}, "a"},
		{"mlperf", nil, ""},
	} {
		metrics := map[string]float64{}
		for _, name := range test.metrics {
			metrics[name] = 1
		}
		if got := HeadlineOf(test.command, metrics); got != test.want {
			t.Errorf("%s with %v: %q, want %q", test.command, test.metrics, got, test.want)
		}
	}
	if !IsHeadline("ops_per_s") || IsHeadline("passes") {
		t.Error("ops_per_s answers a question, passes does not")
	}
}
