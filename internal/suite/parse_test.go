package suite

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/rules"
	"github.com/lbench/lbench/workloads"
)

// knowing is what these tests know of lbench's commands.
func knowing() Known {
	common := []string{"workload", "param", "data-dir", "results-dir", "json", "quiet", "engine", "seed", "drop-caches", "name"}
	flags := map[string][]string{
		"mlperf":      append([]string{"accelerators", "epochs", "ceiling", "min-au"}, common...),
		"cold-read":   append([]string{"jobs", "op-size", "size", "before-cold"}, common...),
		"small-write": append([]string{"duration", "writers"}, common...),
		"plain":       {"engine"},
	}
	metrics := map[string][]string{
		"mlperf":      {"au_mean_fraction", "au_min_fraction", "read_bytes_per_s_mean", "wait_p99_ns"},
		"cold-read":   {"read_bytes_per_s", "cached_fraction_before", "read_bytes"},
		"small-write": {"latency_p99_ns", "ops_per_s"},
	}
	return Known{
		Commands: []string{"cold-read", "mlperf", "plain", "small-write"},
		Flags:    func(c string) []string { return flags[c] },
		Metrics:  func(c string) []string { return metrics[c] },
	}
}

// parsed is the suite of a text that has to be right.
func parsed(t testing.TB, text string) Suite {
	t.Helper()
	s, err := Parse("dir/some.yaml", []byte(text), knowing())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const everyKey = `# Every key
name: night
time_budget: 2h
baseline: last:7
settings:
  engine: posix
  jobs: 4
runs:
  - name: train
    command: mlperf
    workload: resnet50_h100
    settings: {accelerators: 8, data-dir: "{data-dir}/r"}
    params: {reader.read_threads: 8, train.seed: 0x10}
    warmup: 1
    repeats: 2
    cool_down: 30s
    timeout: 1h30m
    gates:
      - au_mean_fraction >= 90%
      - metric: read_bytes_per_s_mean
        max_regression: 5%
  - command: cold-read
    settings:
      engine: uring
      before-cold: [one, two 2]
    gates: [cold]
  - command: mlperf
    workload: ./own/small.yaml
on_finish: [notify, "{verdict}"]
`

func TestParseEveryKey(t *testing.T) {
	s := parsed(t, everyKey)
	if err := s.Set("data-dir", "/mnt/x"); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if s.Name != "night" || s.Description != "Every key" || s.Budget != 2*time.Hour || s.Last != 7 || len(s.SHA256) != 64 {
		t.Errorf("%+v", s)
	}
	if d := cmp.Diff([]string{"notify", "{verdict}"}, s.OnFinish); d != "" {
		t.Error(d)
	}
	train := s.Entries[0]
	if train.CoolDown != 30*time.Second || train.Timeout != 90*time.Minute || train.Warmup != 1 || train.Repeats != 2 || train.Line != 9 {
		t.Errorf("%+v", train)
	}
	if d := cmp.Diff([]Gate{
		{Text: "au_mean_fraction >= 90%", Metric: "au_mean_fraction", Line: 19, Rule: &rules.Rule{Metric: "au_mean_fraction", Operator: ">=", Want: 0.9}},
		{Text: "read_bytes_per_s_mean: max_regression 5%", Metric: "read_bytes_per_s_mean", Line: 20, MaxRegression: 0.05},
	}, train.Gates); d != "" {
		t.Error(d)
	}
	trained := []string{"mlperf", "--workload=resnet50_h100", "--engine=posix", "--data-dir=/mnt/x/r", "--accelerators=8",
		"--param=reader.read_threads=8", "--param=train.seed=0x10", "--quiet", "--json"}
	want := []result.SuiteRun{
		{Entry: "train", Command: "mlperf", Args: trained, Repeat: 1, Warmup: true, State: result.Waiting},
		{Entry: "train", Command: "mlperf", Args: trained, Repeat: 1, State: result.Waiting},
		{Entry: "train", Command: "mlperf", Args: trained, Repeat: 2, State: result.Waiting},
		{Entry: "cold-read", Command: "cold-read", Repeat: 1, State: result.Waiting, Args: []string{"cold-read",
			"--engine=uring", "--jobs=4", "--data-dir=/mnt/x", "--before-cold=one", "--before-cold=two 2", "--quiet", "--json"}},
		{Entry: "small", Command: "mlperf", Repeat: 1, State: result.Waiting, Args: []string{"mlperf",
			"--workload=./own/small.yaml", "--engine=posix", "--data-dir=/mnt/x", "--quiet", "--json"}},
	}
	if d := cmp.Diff(want, s.Plan()); d != "" {
		t.Error(d)
	}
}

func TestSet(t *testing.T) {
	s := parsed(t, everyKey)
	before := s
	if err := s.Set("engine", "mem"); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Plan() {
		if !slices.Contains(r.Args, "--engine=mem") || strings.Count(strings.Join(r.Args, " "), "--engine") != 1 {
			t.Errorf("a flag of the command line comes before the file's: %q", r.Args)
		}
	}
	if !slices.Contains(before.Plan()[3].Args, "--engine=uring") {
		t.Error("Set changed a copy of the suite")
	}
	for flag, want := range map[string]string{
		"results-dir": `set --results-dir of suite "night": the suite gives it to its runs itself`,
		"writers":     `set --writers of suite "night": none of its commands has that flag`,
	} {
		if err := s.Set(flag, "1"); err == nil || err.Error() != want {
			t.Errorf("%s: %v", flag, err)
		}
	}
	want := `dir/some.yaml:12: data-dir is "{data-dir}/r", and data-dir has no value: give it as --data-dir, or under settings of the suite`
	if err := s.Check(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestParseDefaults(t *testing.T) {
	s := parsed(t, "runs: [{command: plain}]\non_finish: mail $LBENCH_SUITE_VERDICT\n")
	if s.Name != "some" || s.Last != 10 || s.Budget != 0 || s.Entries[0].Name != "plain" || s.Entries[0].Repeats != 1 {
		t.Errorf("%+v", s)
	}
	if d := cmp.Diff([]string{"/bin/sh", "-c", "mail $LBENCH_SUITE_VERDICT"}, s.OnFinish); d != "" {
		t.Error(d)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "f.yaml:1: the file is empty, want a suite: a map with the key runs",
		"- a":                                 "f.yaml:1: the document is a list, want a suite: a map with the key runs",
		"a: [":                                "f.yaml:1: not YAML: ",
		"name: x":                             "f.yaml:1: the suite has no runs, want runs: [{command: ...}, ...]",
		"\nruns: []":                          "f.yaml:2: runs is an empty list, want at least one run",
		"runs: 3":                             `f.yaml:1: runs is "3", want a list`,
		"runs: [3]":                           `f.yaml:1: the run is "3", want a map`,
		"runs:\n- {}\n":                       "f.yaml:2: the run has no command, want one of [cold-read, mlperf, plain, small-write]",
		"rnus: []":                            `f.yaml:1: the key of a suite "rnus" isn't known: did you mean runs?`,
		"zzzzzzzz: []":                        `f.yaml:1: the key of a suite "zzzzzzzz" isn't one of [baseline, name, on_finish, runs, settings, time_budget]`,
		"runs: []\nruns: []":                  `f.yaml:2: the key "runs" is there twice, first in line 1`,
		"x: &a 1\ny: *a":                      "f.yaml:2: the YAML alias *a isn't allowed: write the value out",
		"name: a/b\nruns: [{command: plain}]": `f.yaml:1: name is "a/b", want letters, digits, dots, dashes and underscores, at most 64`,
		"time_budget: 2\nruns: [{command: plain}]":                                           `f.yaml:1: time_budget is "2", want a length of time, such as 90s, 5m or 1h30m`,
		"baseline: 10\nruns: [{command: plain}]":                                             `f.yaml:1: baseline is "10", want last:N, the N suites of this name before it, such as last:10`,
		"on_finish: []\nruns: [{command: plain}]":                                            `f.yaml:1: on_finish is a list, want at least one value in it`,
		"runs:\n- command: mlprf":                                                            `f.yaml:2: the command "mlprf" isn't known: did you mean mlperf?`,
		"runs:\n- command: plain\n  repeats: -1":                                             `f.yaml:3: repeats is "-1", want a whole number from 1 to 1000`,
		"runs:\n- command: plain\n  repeats: 0":                                              `f.yaml:3: repeats is "0", want a whole number from 1 to 1000`,
		"runs:\n- command: plain\n  warmup: -2":                                              `f.yaml:3: warmup is "-2", want a whole number from 0 to 1000`,
		"runs:\n- command: plain\n  cool_down: -5s":                                          `f.yaml:3: cool_down is "-5s", want a length of time, such as 90s, 5m or 1h30m`,
		"runs:\n- command: plain\n  workload: x":                                             "f.yaml:3: plain takes no workload",
		"runs:\n- command: plain\n  params: {a: 1}":                                          "f.yaml:3: plain takes no params",
		"runs:\n- command: plain\n- command: mlperf\n  name: plain":                          `f.yaml:3: a second run is called "plain", first in line 2: give it a name of its own`,
		"runs:\n- {command: plain, repeats: 900}\n- {command: mlperf, repeats: 101}":         "f.yaml:3: the suite has more than 1000 runs, warm-ups and repeats counted",
		"runs:\n- command: mlperf\n  workload: resnet50_h10":                                 `f.yaml:3: the workload of mlperf "resnet50_h10" isn't known: did you mean resnet50_a100 or resnet50_h100?`,
		"runs:\n- command: mlperf\n  workload: cold-read":                                    `f.yaml:3: the workload of mlperf "cold-read" isn't one of [resnet50_a100, resnet50_demo, resnet50_h100]`,
		"runs:\n- command: mlperf\n  settings:\n    epoch: 3":                                `f.yaml:4: the flag "epoch" isn't known: did you mean epochs?`,
		"runs:\n- command: mlperf\n  settings: {json: true}":                                 `f.yaml:3: "json" can't be among settings: the suite gives it to its runs itself`,
		"runs:\n- command: mlperf\n  settings: {workload: x}":                                `f.yaml:3: "workload" can't be among settings: write workload: NAME in the run`,
		"runs:\n- command: mlperf\n  settings: {epochs: }":                                   "f.yaml:3: epochs is empty, want text",
		"runs:\n- command: mlperf\n  settings: {epochs: [1, {}]}":                            "f.yaml:3: epochs has a value that is a map, want text",
		"settings:\n  writers: 3\nruns: [{command: plain}]":                                  `f.yaml:2: the flag "writers" isn't one of [engine]`,
		"settings: {engine: '{engine}'}\nruns: [{command: plain}]":                           `f.yaml:1: engine is "{engine}": only the settings of a run can be made of those of the suite`,
		"runs:\n- command: mlperf\n  settings:\n    data-dir: '{data_dir}/{data-dri}'":       `f.yaml:4: data-dir is "{data_dir}/{data-dri}": the flag "data-dri" isn't known: did you mean data-dir?`,
		"runs:\n- command: mlperf\n  params: {a b: 1}":                                       `f.yaml:3: the key "a b" isn't one of a workload, such as reader.read_threads`,
		"runs:\n- command: mlperf\n  gates: cold":                                            `f.yaml:3: gates is "cold", want a list of rules such as read_bytes_per_s >= 13GB/s`,
		"runs:\n- command: mlperf\n  gates:\n  - au_mean_fraction":                           `f.yaml:4: rule "au_mean_fraction" has no operator; ` + rules.Forms,
		"runs:\n- command: mlperf\n  gates:\n\n  - au_men_fraction >= 0.9":                   `f.yaml:5: gate "au_men_fraction >= 0.9": the metric of mlperf "au_men_fraction" isn't known: did you mean au_mean_fraction or au_min_fraction?`,
		"runs:\n- command: mlperf\n  gates: [cold]":                                          `f.yaml:3: gate "cold": the metric of mlperf "cached_fraction_before" isn't one of [au_mean_fraction, au_min_fraction, read_bytes_per_s_mean, wait_p99_ns]`,
		"runs:\n- command: mlperf\n  gates: [{metric: wait_p99_ns}]":                         "f.yaml:3: a gate as a map needs metric and max_regression, such as {metric: read_bytes_per_s, max_regression: 5%}",
		"runs:\n- command: mlperf\n  gates:\n  - metric: wait_p99_ns\n    max_regression: 5": `f.yaml:5: max_regression fraction "5" is more than 1: write 5% for percent`,
		"runs:\n- command: mlperf\n  gates: [{metric: wait_p99, max_regression: 5%}]":        `f.yaml:3: gate "wait_p99: max_regression 5%": the metric of mlperf "wait_p99" isn't known: did you mean wait_p99_ns?`,
		"runs:\n- command: mlperf\n  gates: [{metrik: wait_p99}]":                            `f.yaml:3: the key of a gate "metrik" isn't known: did you mean metric?`,
		"runs:\n- command: mlperf\n  gates: [au_mean_fraction => 1]":                         `f.yaml:3: rule "au_mean_fraction => 1" has the unknown operator "=>"; ` + rules.Forms,
		"runs:\n- command: mlperf\n  gates: [read_bytes_per_s_mean >= 13GB]":                 `f.yaml:3: rule "read_bytes_per_s_mean >= 13GB": rate "13GB" doesn't end in /s; allowed: a size followed by /s, such as 13GB/s or 1.5 GiB/s`,
	} {
		_, err := Parse("f.yaml", []byte(text), knowing())
		if err == nil || err.Error() != want && !(strings.HasSuffix(want, ": ") && strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%q\ngot  %v\nwant %s", text, err, want)
		}
	}
	if _, err := Parse("bad name.yaml", []byte("runs: [{command: plain}]"), knowing()); err == nil || !strings.Contains(err.Error(), "write name: NAME") {
		t.Error(err)
	}
}

// What a run is refused for has the line of what makes it so: the flag, the param or the run.
func TestCheckRunsNamesTheLine(t *testing.T) {
	const text = `
runs:
  - command: mlperf
    settings:
      engine: "null"
      epochs: 3
    params:
      a: 1
      b: 2
      c: 3
`
	for refused, want := range map[string]string{
		"--epochs=3": "dir/some.yaml:6: no", "--param=a=1": "dir/some.yaml:8: no", "--param=b=2": "dir/some.yaml:9: no", "--param=c=3": "dir/some.yaml:10: no",
		"mlperf": "dir/some.yaml:5: no", "--quiet": "dir/some.yaml:3: no", "": "",
	} {
		err := parsed(t, text).CheckRuns(func(args []string, whole bool) error {
			if slices.Contains(args, refused) {
				return errors.New("no")
			}
			return nil
		})
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q: %v, want %q", refused, err, want)
		}
	}
	// A run that is refused without its params, and not with them, is none.
	err := parsed(t, text).CheckRuns(func(args []string, whole bool) error {
		if whole && !slices.Contains(args, "--param=b=2") {
			return errors.New("it needs b")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	s := parsed(t, text)
	if err := s.Set("epochs", "5"); err != nil {
		t.Fatal(err)
	}
	err = s.CheckRuns(func(args []string, whole bool) error {
		if slices.Contains(args, "--epochs=5") {
			return errors.New("no")
		}
		return nil
	})
	if err == nil || err.Error() != "run mlperf of suite dir/some.yaml: no" {
		t.Error(err)
	}
}

// The suites that come with lbench are right, and say what they are.
func TestEmbeddedSuites(t *testing.T) {
	var names []string
	for _, w := range workloads.Suites() {
		names = append(names, w.Name)
		s, err := Load(w.Name, everything())
		if err != nil {
			t.Fatal(err)
		}
		if s.Name != w.Name || s.Description == "" || s.Description != w.Description || w.Command != "suite" || s.Budget == 0 || s.File != w.Name+".yaml" {
			t.Errorf("%+v", s)
		}
	}
	if d := cmp.Diff([]string{"demo", "nightly"}, names); d != "" {
		t.Error(d)
	}
	nightly, _ := Load("nightly", everything())
	if err := nightly.Check(); err == nil || !strings.Contains(err.Error(), "give it as --data-dir") {
		t.Errorf("nightly without a mount: %v", err)
	}
	if err := nightly.Set("data-dir", "/mnt/x"); err != nil || nightly.Check() != nil {
		t.Error(err, nightly.Check())
	}
	dirs := map[string]bool{}
	for _, r := range nightly.Plan() {
		for _, arg := range r.Args {
			if strings.HasPrefix(arg, "--data-dir=/mnt/x") {
				dirs[arg] = true
			}
		}
	}
	if len(dirs) != len(nightly.Entries) {
		t.Errorf("each command has a folder of its own: %v", dirs)
	}
	if _, err := Load("nihgtly", everything()); err == nil || !strings.Contains(err.Error(), "isn't one of [demo, nightly]") {
		t.Error(err)
	}
}

// everything allows any metric.
func everything() Known {
	k := knowing()
	k.Metrics = func(string) []string { return nil }
	return k
}

func TestLoadFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	if _, err := Load(file, knowing()); err == nil || !strings.HasPrefix(err.Error(), "read suite: open ") {
		t.Error(err)
	}
	if err := os.WriteFile(file, []byte("runs: [{command: plain}]"), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err := Load(file, knowing()); err != nil || s.Name != "mine" || s.File != file {
		t.Errorf("%+v %v", s, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(everyKey)
	f.Add("runs: [{command: plain}]")
	for _, w := range workloads.Suites() {
		_, text, _ := workloads.SuiteText(w.Name)
		f.Add(string(text))
	}
	f.Add("runs:\n- command: mlperf\n  gates:\n  - {metric: wait_p99_ns, max_regression: 1e-3}\n  - wait_p99_ns<1e400")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("f.yaml", []byte(text), knowing())
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml:") || strings.ContainsAny(err.Error(), "\n") {
				t.Fatalf("%q", err)
			}
			return
		}
		plan := s.Plan()
		if len(plan) == 0 || len(plan) > manyRuns || s.Name == "" || len(s.SHA256) != 64 {
			t.Fatalf("%+v", s)
		}
		for _, r := range plan {
			if !slices.Contains(knowing().Commands, r.Args[0]) || !safeName.MatchString(r.Entry) || r.Repeat < 1 {
				t.Fatalf("%+v", r)
			}
			for _, arg := range r.Args[1:] {
				if !strings.HasPrefix(arg, "--") || strings.ContainsRune(arg, 0) {
					t.Fatalf("%q", r.Args)
				}
			}
		}
		for _, e := range s.Entries {
			for _, g := range e.Gates {
				if g.Line < 1 || g.Metric == "" || g.Rule != nil && !finite(g.Rule.Want) || !finite(g.MaxRegression) {
					t.Fatalf("%+v", g)
				}
			}
		}
	})
}
