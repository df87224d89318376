package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/monitoringtest"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/workloads"
)

// example is a command line that a user is shown.
type example struct{ where, line string }

// TestExamplesRun runs every command line of the help, README.md and docs/*.md. Places
// and amounts of a real machine give way to small ones; nothing else is changed.
func TestExamplesRun(t *testing.T) {
	examples := append(helpExamples(newRoot(realApp())), pageExamples(t)...)
	examples = slices.DeleteFunc(examples, func(e example) bool {
		// A suite starts lbench as a program: suite.txtar and the test of deploy/ run these.
		return e.where == "nightly.md" || strings.Contains(e.line, "suite run demo")
	})
	if len(examples) < 20 {
		t.Fatalf("only %d examples were found", len(examples))
	}
	box := newSandbox(t)
	for _, e := range examples {
		t.Run(e.where, func(t *testing.T) {
			args := box.arguments(t, e.line)
			var stdout, stderr bytes.Buffer
			a := realApp()
			a.stdout, a.stderr, a.getenv = &stdout, &stderr, box.getenv(args[0])
			if _, err := exec.LookPath("fio"); err != nil && strings.Contains(e.line, "--runner") {
				t.Skip("this example needs fio: apt-get install fio")
			}
			code := run(context.Background(), a, args)
			// 3 is a verdict: other tests run beside this one.
			if code != exitOK && (code != exitFailed || !measures(args[0])) || stdout.Len() == 0 && !toFiles.MatchString(e.line) {
				t.Errorf("%s\nas %q: exit code %d\n%s%s", e.line, args, code, stdout.String(), stderr.String())
			}
		})
	}
}

// toFiles is a command whose result is files.
var toFiles = regexp.MustCompile(` (-o|--publish|attach|export --csv|export --parquet) `)

// measures says whether a command gives a verdict.
func measures(command string) bool {
	return command == "mlperf" || command == "find-max" || isBlock(command)
}

func isBlock(command string) bool { return slices.Contains(workloads.BlockCommands(), command) }

func TestEveryCommandHasAnExample(t *testing.T) {
	for _, c := range commands(realApp()) {
		for _, c := range append(c.Commands(), c) {
			if c.Short == "" || !strings.HasPrefix(c.Example, "  lbench "+c.CommandPath()) {
				t.Errorf("%s has short help %q, examples %q", c.CommandPath(), c.Short, c.Example)
			}
		}
	}
}

func helpExamples(c *cobra.Command) []example {
	var all []example
	for line := range strings.Lines(c.Example) {
		all = append(all, example{c.CommandPath(), strings.TrimSpace(line)})
	}
	for _, sub := range c.Commands() {
		all = append(all, helpExamples(sub)...)
	}
	return all
}

func pages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 2 {
		t.Fatalf("docs: %v, error %v", pages, err)
	}
	if _, err := os.Stat("../../README.md"); err == nil {
		pages = append(pages, "../../README.md")
	}
	return pages
}

// blocks gives the fenced blocks of a language in a page.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		all = append(all, m[1])
	}
	return all
}

func pageExamples(t *testing.T) []example {
	var all []example
	for _, page := range pages(t) {
		for _, block := range blocks(t, page, "sh") {
			for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
				if line = strings.TrimSpace(line); strings.HasPrefix(line, "lbench ") {
					all = append(all, example{filepath.Base(page), line})
				}
			}
		}
	}
	return all
}

// sandbox is a folder with a small dataset, a run, and the files that the pages show.
type sandbox struct {
	data, run string
	env       map[string]string
	made      int // folders for datagen
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	found := pages(t)
	for i, page := range found {
		found[i], _ = filepath.Abs(page) // fails only where the working folder is gone
	}
	t.Chdir(t.TempDir())
	box := &sandbox{data: "data", env: map[string]string{
		"LBENCH_CEILING": "10ms", "LBENCH_CLIENT_MEMORY": "1MiB",
		"LBENCH_PARAM": "dataset.num_samples_per_file=256 dataset.record_length_bytes=100 reader.batch_size=1 " +
			"train.computation_time=0.0001 train.total_training_steps=5",
	}}
	name := regexp.MustCompile(`^# (\S+\.yaml)\n`)
	for _, page := range found {
		for _, block := range blocks(t, page, "yaml") {
			if m := name.FindStringSubmatch(block); m != nil {
				block = regexp.MustCompile(`(?m)^size: .*$`).ReplaceAllString(block, "size: 1MiB")
				if err := os.WriteFile(m[1], []byte(block), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, args := range [][]string{
		{"datagen", "--files", "64", "--data-dir", "data"},
		{"mlperf", "--data-dir", "data", "--name", "first", "--min-au", "0.001"},
		{"mlperf", "--data-dir", "data", "--name", "earlier", "--min-au", "0.001"},
	} {
		a := realApp()
		a.stdout, a.getenv = &bytes.Buffer{}, box.getenv(args[0])
		if code := run(context.Background(), a, append(args, "--quiet")); code != exitOK {
			t.Fatalf("%q: exit code %d", args, code)
		}
	}
	runs, err := filepath.Glob("results/*-earlier")
	if err != nil || len(runs) != 1 {
		t.Fatalf("runs %v, error %v", runs, err)
	}
	box.run = runs[0]
	sshHere(t)
	return box
}

// getenv is the environment of a command: the workload's keys are those of trainings, and
// only block I/O ends by the clock.
func (b *sandbox) getenv(command string) func(string) string {
	return func(name string) string {
		switch {
		case (isBlock(command) || command == "suite") && name == "LBENCH_PARAM":
			return ""
		case isBlock(command) && name == "LBENCH_SIZE" && command != "small-write":
			return "1MiB"
		case isBlock(command) && name == "LBENCH_CELL_TIME":
			return "20ms"
		case isBlock(command) && name == "LBENCH_DURATION" && (command == "sustained" || command == "small-write"):
			return "100ms"
		}
		return b.env[name]
	}
}

var (
	place     = regexp.MustCompile(`^(/mnt|/tmp|/scratch|DIR)\b`)
	twoMounts = regexp.MustCompile(`^([AB])=/mnt`)
	amount    = regexp.MustCompile(`^[0-9.]+[TGM]i?B$`)
	minutes   = regexp.MustCompile(`^[0-9]+[sm]$`)
	address   = regexp.MustCompile(`^https?://`)
	runID     = regexp.MustCompile(`^results/\d{8}T\d{6}Z-`)
)

// arguments are those of a command line, up to where the shell takes over.
func (b *sandbox) arguments(t *testing.T, line string) []string {
	if strings.ContainsAny(line, "\"$") {
		t.Fatalf("%s: this test reads single quotes only", line)
	}
	var words []string
	for _, m := range regexp.MustCompile(`'([^']*)'|\S+`).FindAllStringSubmatch(line, -1) {
		words = append(words, cmp.Or(m[1], m[0]))
	}
	if end := slices.IndexFunc(words, func(w string) bool { return w == "|" || w == ">" || w == "&" || w == "#" }); end >= 0 {
		words = words[:end]
	}
	args := words[1:]
	command := args[0]
	if command == "telemetry" {
		command = args[1]
	}
	switch command {
	case "attach":
		b.attachable(t)
	case "record":
		if err := os.Remove("oss1.ndjson"); err != nil && !errors.Is(err, os.ErrNotExist) { // of another example
			t.Fatal(err)
		}
	case "gcs", "s3", "azure":
		args = append(args, "--endpoint", monitored(t, command))
	}
	for i, word := range args {
		switch {
		case (command == "gcs" || command == "s3") && minutes.MatchString(word):
			args[i] = "0s"
		case command == "record" && minutes.MatchString(word):
			args[i] = "50ms"
		case command == "prometheus" && address.MatchString(word):
			args[i] = scraped(t)
		case twoMounts.MatchString(word):
			args[i] = word[:2] + "mount" + word[:1]
			if err := os.MkdirAll(args[i][2:], 0o755); err != nil {
				t.Fatal(err)
			}
		case isBlock(args[0]) && place.MatchString(word):
			args[i] = "block"
			if err := os.MkdirAll("block", 0o755); err != nil {
				t.Fatal(err)
			}
		case isBlock(args[0]) && minutes.MatchString(word):
			args[i] = "100ms"
		case place.MatchString(word) && args[0] == "datagen":
			b.made++
			args[i] = fmt.Sprintf("made%d", b.made)
		case place.MatchString(word):
			args[i] = b.data
		case amount.MatchString(word):
			args[i] = "1MiB"
		case word == "--drop-caches": // those of whoever runs the tests
			args[i] = "--drop-caches=false"
		case runID.MatchString(word), args[0] == "report" && word == "results", args[0] == "compare" && (word == "before" || word == "after"):
			args[i] = b.run
		}
	}
	return args
}

// attachable leaves what servers and buckets did in the window of the run, to which nothing
// was attached yet.
func (b *sandbox) attachable(t *testing.T) {
	run, err := result.ReadRun(b.run)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(result.Traffic{Source: "gcs", From: run.Started, To: *run.Ended, Metrics: map[string]float64{"sent_bytes": 1}})
	if err := errors.Join(err, os.RemoveAll(filepath.Join(b.run, result.AttachedFolder)), os.WriteFile("buckets.json", text, 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"oss1", "oss2"} {
		line, err := json.Marshal(result.Reading{T: run.Started, Source: "nic", Name: "tx_bytes", Labels: map[string]string{"dev": "eth0"}, Value: 1})
		if err := errors.Join(err, os.WriteFile(host+".ndjson", append(line, '\n'), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// monitored is the monitoring of a cloud; the buckets of GCS had no traffic.
func monitored(t *testing.T, source string) string {
	switch source {
	case "s3":
		return cloudWatch(t, "")
	case "azure":
		return azureMonitor(t, 0)
	}
	server, err := monitoringtest.Start(t.Context(), monitoringtest.Options{Project: "my-project"})
	if err != nil {
		t.Fatal(err)
	}
	return server.Endpoint()
}

// scraped is a Prometheus server that has one series of whatever it is asked for, with a
// value at either end of the window.
func scraped(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"instance":"oss1:9100"},"values":[[%s,"1"],[%s,"2"]]}]}}`, r.FormValue("start"), r.FormValue("end"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Every warning that lbench can give is explained, and no other.
func TestWarningsAreDocumented(t *testing.T) {
	explained := map[string]bool{}
	for _, page := range []string{"mlperf.md", "block-io.md", "results.md", "telemetry.md", "find-max.md"} {
		text, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		_, section, _ := strings.Cut(string(text), "### Warnings")
		section, _, _ = strings.Cut(section, "\n## ")
		for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_-]+)` \\|").FindAllStringSubmatch(section, -1) {
			explained[m[1]] = true
		}
	}
	for code := range warningCodes(t) {
		if !explained[code] {
			t.Errorf("docs/mlperf.md and block-io.md don't explain the warning %s", code)
		}
		delete(explained, code)
	}
	for code := range explained {
		t.Errorf("docs explain %s, which nothing gives", code)
	}
}

// warningCodes finds the codes in the sources of the packages that warn.
func warningCodes(t *testing.T) map[string]bool {
	t.Helper()
	codes := map[string]bool{}
	code := regexp.MustCompile(`(?:Warning\{\{?(?:\s*Code: )?|\b(?:warn[A-Z]\w*|NotAsClosed)\s*= )"([a-z0-9_-]+)"`)
	for _, folder := range []string{".", "../../internal/cloud", "../../internal/dataset", "../../internal/dlio", "../../internal/fio", "../../internal/mount", "../../internal/report", "../../internal/result"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, error %v", folder, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, m := range code.FindAllSubmatch(text, -1) {
				codes[string(m[1])] = true
			}
		}
	}
	return codes
}

// The names of limits and metrics in the manual are those of the result file.
func TestManualNamesWhatTheFileHas(t *testing.T) {
	text, err := os.ReadFile("../../docs/mlperf.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range result.Limits() {
		if !strings.Contains(string(text), "| `"+name+"` |") {
			t.Errorf("docs/mlperf.md doesn't explain the limit %s", name)
		}
	}
	c := newMlperf(realApp())
	for _, m := range regexp.MustCompile("`--([a-z-]+)").FindAllStringSubmatch(string(text), -1) {
		if name := m[1]; c.Flags().Lookup(name) == nil && name != "help" {
			t.Errorf("docs/mlperf.md has --%s, mlperf hasn't", name)
		}
	}
	for _, name := range flagNames(c) {
		if !strings.Contains(string(text), "`--"+name) {
			t.Errorf("docs/mlperf.md doesn't explain --%s", name)
		}
	}
}

// The page of the block commands names their flags and metrics, and no others.
func TestBlockPageNamesWhatTheCommandsHave(t *testing.T) {
	text, err := os.ReadFile("../../docs/block-io.md")
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{"help": true, "config": true}
	for _, c := range commands(realApp()) {
		if !isBlock(c.Name()) {
			continue
		}
		for _, name := range flagNames(c) {
			has[name] = true
			if !strings.Contains(string(text), "`--"+name) {
				t.Errorf("docs/block-io.md doesn't explain --%s of %s", name, c.Name())
			}
		}
	}
	for _, m := range regexp.MustCompile("`--([a-z-]+)").FindAllStringSubmatch(string(text), -1) {
		if !has[m[1]] {
			t.Errorf("docs/block-io.md has --%s, no block command has", m[1])
		}
	}
	for _, m := range fio.RuleMetrics() {
		name := regexp.MustCompile(`^latency_.*`).ReplaceAllString(m.Name, "latency_*_ns")
		if name != "cold" && !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/block-io.md doesn't explain the metric %s", m.Name)
		}
	}
}
