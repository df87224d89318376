package report

import (
	"errors"
	"html"
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
