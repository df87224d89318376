package claims

import (
	"math"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

func TestParseErrors(t *testing.T) {
	figures := func(text string) string { return "runs:\n- command: mlperf\n  figures:\n    " + text }
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "s.yaml:1: the file is empty, want claims, such as runs: [{"},
		{"comment only", "# nothing\n", "s.yaml:1: the file is empty"},
		{"a list", "- 1", "s.yaml:1: the file is a list, want claims"},
		{"null", "~", "s.yaml:1: the file is empty, want claims"},
		{"no YAML", "runs: [", "s.yaml:1: "},
		{"two documents", "runs: 1\n---\nruns: 2", "s.yaml:2: a second YAML document"},
		{"alias", "runs: &a [*a]", "s.yaml:1: the YAML alias *a isn't allowed"},
		{"no runs", "source: me", "s.yaml:1: the file has no runs, want claims"},
		{"runs are none", "runs: []", "s.yaml:1: runs is a list, want a list of at least one"},
		{"runs are a word", "runs: all", `s.yaml:1: runs is "all", want a list`},
		{"unknown key", "sauce: me", `s.yaml:1: the file has the unknown key "sauce": did you mean source?`},
		{"key of a run", "runs:\n- comand: mlperf", `s.yaml:2: a run has the unknown key "comand": did you mean command?`},
		{"nothing claimed", "runs:\n- command: mlperf", "s.yaml:2: the run claims nothing, want figures:"},
		{"empty figures", "runs:\n- figures: {}", "s.yaml:2: figures is an empty map, want a map with keys of ["},
		{"source is none", "source:\nruns: []", "s.yaml:1: source is empty, want text"},
		{"unknown metric", figures("au_main_fraction: 90 %"), `s.yaml:4: figures has the unknown key "au_main_fraction": did you mean au_mean_fraction`},
		{"no such metric", figures("iops: 3"), `s.yaml:4: figures has the unknown key "iops": `},
		{"metric of an epoch", figures("au_mean_fraction: 90 %\n  epochs: {au_fration: [90 %]}"), `s.yaml:5: epochs has the unknown key "au_fration": did you mean au_fraction?`},
		{"twice", figures("read_bytes: 1 GB\n    read_bytes: 2 GB"), `s.yaml:5: the key "read_bytes" is there twice, first in line 4`},
		{"size for a time", figures("duration_ns: 210 GB"), `s.yaml:4: duration_ns is "210 GB", want a time: a number with ns, us, ms, s, min or h`},
		{"size for a rate", figures("read_bytes_per_s: 13 GB"), `read_bytes_per_s is "13 GB", want a rate of bytes: a number with B/s`},
		{"rate for a size", figures("read_bytes: 13 GB/s"), `read_bytes is "13 GB/s", want a size: a number with B, kB`},
		{"gigabits", figures("read_bytes_per_s: 13 Gb/s"), `read_bytes_per_s is "13 Gb/s", want a rate of bytes`},
		{"a bare G", figures("read_bytes: 13 G"), `read_bytes is "13 G", want a size`},
		{"a bare size", figures("read_bytes: 13"), `read_bytes is "13", want a size`},
		{"per cent of a count", figures("passes: 3 %"), `passes is "3 %", want a number: a number with no unit`},
		{"per cent forgotten", figures("au_mean_fraction: 90.72"), `s.yaml:4: au_mean_fraction is "90.72", want at most 100 %`},
		{"NaN", figures("read_bytes: .nan"), `s.yaml:4: read_bytes is ".nan", want a size`},
		{"Inf", figures("passes: Inf"), `passes is "Inf", want a number`},
		{"negative", figures("passes: -3"), `passes is "-3", want a number`},
		{"exponent", figures("passes: 1e3"), `passes is "1e3", want a number`},
		{"comma for a point", figures("read_bytes_per_s: 13,1 GB/s"), `read_bytes_per_s is "13,1 GB/s", want a rate of bytes`},
		{"commas within braces", "runs:\n- figures: {passes: 77,485}", `s.yaml:2: figures has the unknown key "485": within {} and [] a number with commas needs quotes`},
		{"commas within braces, and a unit", "runs:\n- figures: {read_bytes: 4,000 B}", `s.yaml:2: figures has the unknown key "000 B": within {} and [] a number`},
		{"a list for one", figures("passes: [3]"), "s.yaml:4: passes is a list, want one value"},
		{"one for a list", "runs:\n- epochs: {au_fraction: 90 %}", `s.yaml:2: au_fraction is "90 %", want a list with a value per epoch`},
		{"no epoch", "runs:\n- epochs: {au_fraction: []}", "s.yaml:2: au_fraction is a list, want a list with a value per epoch"},
		{"a wrong epoch", "runs:\n- epochs:\n    au_fraction:\n    - 90 %\n    - 90 GB", `s.yaml:5: au_fraction is "90 GB", want a fraction`},
	} {
		if _, err := Parse("s.yaml", []byte(test.text)); err == nil || !strings.HasPrefix(err.Error(), "s.yaml:") || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %s", test.name, err, test.want)
		}
	}
}

func TestParseValue(t *testing.T) {
	for _, test := range []struct {
		name, text string
		low, high  float64
	}{
		{"au_mean_fraction", "90.72 %", 0.90715, 0.90725},
		{"au_mean_fraction", "0.9", 0.85, 0.95},
		{"samples_per_s_mean", "77,485", 77484.5, 77485.5},
		{"samples_per_s_mean", " 77485.0 samples/s ", 77484.95, 77485.05},
		{"read_bytes_per_s", "8.3GiB/s", 8.25 * (1 << 30), 8.35 * (1 << 30)},
		{"read_bytes", "210 GB", 209.5e9, 210.5e9},
		{"bytes_per_request", "4 MiB", 3.5 * (1 << 20), 4.5 * (1 << 20)},
		{"duration_ns", "17 s", 16.5e9, 17.5e9},
		{"latency_p99_9_ns", "40 µs", 39.5e3, 40.5e3},
		{"cpu_ns_per_byte_mean", "0.11 s/GB", 0.105, 0.115},
		{"dataset_files", "10,629", 10628.5, 10629.5},
		{"passes", "0", 0, 0.5},
	} {
		v, err := parseValue(test.name, test.text)
		low, high := v.span()
		if err != nil || math.Abs(low-test.low) > 1e-9*test.high || math.Abs(high-test.high) > 1e-9*test.high {
			t.Errorf("%s %q allows %v to %v, error %v, want %v to %v", test.name, test.text, low, high, err, test.low, test.high)
		}
	}
}

// Every metric that can be claimed has a kind whose unit its own name promises.
func TestEveryFigureCanBeClaimed(t *testing.T) {
	for _, name := range append(names(), epochNames()...) {
		unit := ""
		for _, of := range [][2]string{{"_ns_per_byte", "s/GB"}, {"_bytes_per_s", "GB/s"}, {"_bytes", "GB"}, {"bytes_per_request", "GB"}, {"_per_s", "/s"}, {"_ns", "s"}, {"_fraction", "%"}} {
			if strings.Contains(name, of[0]) {
				unit = of[1]
				break
			}
		}
		if _, err := parseValue(name, "1 "+unit); err != nil {
			t.Error(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("source: me\nruns:\n- command: mlperf\n  figures: {au_mean_fraction: 90.72 %, dataset_bytes: 210 GB, samples_per_s_mean: '77,485'}\n  epochs: {au_fraction: [93.3 %, 90 %]}")
	f.Add("runs:\n- figures: {read_bytes_per_s: 13.1 GB/s, duration_ns: 0 s, read_bytes: 210 GiB}")
	f.Add("runs: [{figures: {passes: 999999999999999999.999999999999}}]")
	runs := []result.Run{fiveEpochs(), training(1, 0.5, 0), cold(), {}}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("s.yaml", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "s.yaml:") {
				t.Errorf("error %q doesn't begin with its place", err)
			}
			return
		}
		for i := range file.runs {
			file.runs[i].command, file.runs[i].workload = "", ""
		}
		held, err := file.Hold(runs)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range held {
			for _, r := range h.Rows {
				for _, said := range append(r.Notes, r.Got) {
					if strings.Contains(said, "NaN") || strings.Contains(said, "Inf") || strings.Contains(said, "%!") {
						t.Errorf("%q gives %q", text, said)
					}
				}
				if (r.Status == NotInRun) != (r.Got == "") || r.Status == DoesNotFollow && len(r.Notes) == 0 {
					t.Errorf("%q gives %+v", text, r)
				}
			}
		}
	})
}
