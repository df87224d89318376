package report

import (
	"errors"
	"html"
	"io"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// TestNoStorage: a run of an engine that makes its bytes says so first, wherever it stands.
func TestNoStorage(t *testing.T) {
	m := stalledRun()
	m.run.Mount = nil
	m.run.Settings["engine"] = result.Setting{Value: "null", From: "flag"}
	var text strings.Builder
	if err := Text(&text, m.run); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"text": text.String(), "page": html.UnescapeString(strings.ReplaceAll(pageOf(t, m), "\u00a0", " "))} {
		flat := strings.Join(strings.Fields(got), " ")
		if !strings.Contains(flat, "No storage was read or written: the engine null makes the bytes in this client's memory.") || !strings.Contains(flat, "on no storage (engine null)") {
			t.Errorf("the %s takes it for storage:\n%.1500s", name, got)
		}
	}
}

// TestNoStorageNowhere: nothing that is written of such a run, whatever its limit is called,
// speaks of the storage as of what was measured, and every format says that there was none.
func TestNoStorageNowhere(t *testing.T) {
	training := variants()["fail-storage"]()
	block := blockVariants()["small-write"]()
	block.run.Limit = &result.Limit{Name: "storage", Evidence: []string{"client CPU: 1.5 of 16 usable cores busy (9 %)", "in flight the latency decides and not the storage's bandwidth: try more --jobs"}}
	block.run.Block.Engine = "mem"
	search := newMadeSearch()
	search.run.Limit = &result.Limit{Name: "none", Evidence: []string{"46 accelerators pass, the most that were allowed: the storage was never the limit"}}
	for name, m := range map[string]made{"mem": block, "null": training, "null search": search} {
		engine, _, _ := strings.Cut(name, " ")
		m.run.Mount, m.run.Settings = nil, map[string]result.Setting{"engine": {Value: engine, From: "flag"}}
		for format, write := range map[string]func(io.Writer) error{
			"text": func(w io.Writer) error { return Text(w, m.run) }, "page": func(w io.Writer) error { return HTML(w, m.run, m) },
			"Markdown": func(w io.Writer) error { return Markdown(w, []result.Run{m.run, m.run}) }, "JUnit": func(w io.Writer) error { return JUnit(w, []result.Run{m.run}) },
			"index": overviewSheet([]published{{run: m.run, name: "a"}}, "1").writeHTML,
		} {
			text := flat(written(t, write))
			if !strings.Contains(text, "no storage (engine "+engine+")") && !strings.Contains(text, "No storage was read or written: the engine "+engine) {
				t.Errorf("%s of %s doesn't say that there was no storage", format, name)
			}
			for _, claim := range []string{"limit is the storage", "FAIL (storage", "limit storage", "the storage was never", "storage's bandwidth", "faster storage", "fast storage", "page cache before an epoch"} {
				if strings.Contains(text, claim) {
					t.Errorf("%s of %s says %q", format, name, claim)
				}
			}
		}
	}
}

// TestSuiteOnNoStorage: the PASS of a suite says that its runs had none, or which of them.
func TestSuiteOnNoStorage(t *testing.T) {
	for name, test := range map[string]struct {
		virtual []string // runs
		alarm   string
	}{
		"all":  {[]string{"run-1", "run-2"}, "No storage was read or written: each run's engine makes the bytes in this client's memory."},
		"some": {[]string{"run-2"}, "Not all runs read or wrote a storage (train: no storage (engine null))."},
		"none": {nil, ""},
	} {
		s, runs := madePass()
		for id, run := range runs {
			run.Warnings, run.Metrics["cached_fraction_before"] = nil, 0
			runs[id] = run
		}
		for _, id := range test.virtual {
			run := runs[id]
			run.Settings = map[string]result.Setting{"engine": {Value: "null"}}
			runs[id] = run
		}
		for format, write := range map[string]func(io.Writer) error{
			"text": func(w io.Writer) error { return SuiteText(w, s, runs) }, "Markdown": func(w io.Writer) error { return SuiteMarkdown(w, s, runs) },
			"page": func(w io.Writer) error { return SuiteHTML(w, s, runs) }, "JUnit": func(w io.Writer) error { return SuiteJUnit(w, s, runs) },
		} {
			text := flat(written(t, write))
			wants := []string{"PASS (train: no storage (engine null))", test.alarm, "PASS, no storage (engine null)"}
			if format == "JUnit" {
				wants = []string{`<property name="no_storage" value="train: no storage (engine null)">`}
			}
			for _, want := range wants {
				if has := strings.Contains(text, want); has != (test.virtual != nil) && want != "" {
					t.Errorf("%s of a suite with %s on no storage has %q: %v", format, name, want, has)
				}
			}
		}
	}
}

// TestVerdictCountsOfNoStorage: the count of an index says how many runs had none.
func TestVerdictCountsOfNoStorage(t *testing.T) {
	one, other := newMadeShort(0.95), newMadeShort(0.94)
	if got := verdictCounts([]result.Run{one, other}); got != "2 passed" {
		t.Errorf("got %q", got)
	}
	other.Settings = map[string]result.Setting{"engine": {Value: "mem"}}
	if got := verdictCounts([]result.Run{one, other}); got != "2 passed; 1 on no storage" {
		t.Errorf("got %q", got)
	}
}

// flat is a text without its line breaks, escapes and hard blanks.
func flat(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(html.UnescapeString(text), "\u00a0", " ")), " ")
}

// TestGarbageTelemetry: what isn't lbench's ends the telemetry and not the report.
func TestGarbageTelemetry(t *testing.T) {
	var b strings.Builder
	src := stalledRun()
	if err := HTML(&b, src.run, garbage{src}); err != nil {
		t.Fatal(err)
	}
	if page := strings.ReplaceAll(b.String(), "\u00a0", " "); !strings.Contains(page, "read to its end (telemetry.ndjson:7: no JSON)") || !strings.Contains(page, `id="au"`) {
		t.Error("the page doesn't say that the telemetry was cut")
	}
}

// garbage is a run whose telemetry is broken at its seventh line.
type garbage struct{ made }

func (garbage) Recordings() ([]result.Recording, error) { return nil, nil }
func (g garbage) Readings(func(result.Reading) error) error {
	return errors.New("telemetry.ndjson:7: no JSON")
}

// TestControlCharacters: what a folder says can't act on a terminal.
func TestControlCharacters(t *testing.T) {
	m := stalledRun()
	m.run.Warnings = append(m.run.Warnings, result.Warning{Code: "x", Text: "red \x1b[31m nul \x00 turned \u202e end"})
	var b strings.Builder
	if err := Text(&b, m.run); err != nil || strings.ContainsAny(b.String(), "\x1b\x00\u202e") || !strings.Contains(b.String(), "turned") {
		t.Errorf("%v: %q", err, b.String()[b.Len()-400:])
	}
}
