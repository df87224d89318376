package report

import (
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// TestMethodFollowsProfile: the page gives the formulas that the run's figures come from.
func TestMethodFollowsProfile(t *testing.T) {
	const own, nominal, measured = "(last barrier - step 0's barrier)", "(steps - 1) × computation time / (T -", "measured compute of all steps after step 0 / (T -"
	for _, test := range []struct{ profile, au, samples, not string }{
		{"shuffled", own, "samples / (last barrier - first read)", "/ (T -"},
		{"", own, "samples / (last barrier - first read)", "/ (T -"},
		{"v1.0", nominal, "steps × batch size / T,", own},
		{"v2.0", measured, "(steps - 2) × batch size / (T -", own},
		{"v3.0", measured, "(steps - 1) × batch size / (T -", own},
	} {
		run := result.Run{Plan: &result.Plan{Profile: test.profile}}
		s, ok := methodSection(&data{run: run, steps: 1})
		text := strings.Join(s.List, "\n")
		if !ok || !strings.Contains(text, test.au) || !strings.Contains(text, test.samples) || strings.Contains(text, test.not) {
			t.Errorf("profile %q is explained by:\n%s", test.profile, text)
		}
		if strings.HasPrefix(test.profile, "v") != strings.Contains(text, "by the formula of "+test.profile+" =") {
			t.Errorf("profile %q isn't told apart in:\n%s", test.profile, text)
		}
	}
	if s, _ := methodSection(&data{}); strings.Contains(s.Lead+strings.Join(s.List, ""), "AU") {
		t.Errorf("a run without steps explains AU: %q", s.List)
	}
}

func TestRawFiles(t *testing.T) {
	for _, test := range []struct {
		status          result.Status
		steps, readings int64
		want            string
	}{
		{result.Complete, 1, 1, "run.json, each step of each accelerator in steps.ndjson, the client's counters in telemetry.ndjson, and their checksums in SHA256SUMS."},
		{result.Incomplete, 1, 0, "run.json, each step of each accelerator in steps.ndjson."},
		{result.Complete, 0, 0, "run.json, and their checksums in SHA256SUMS."},
	} {
		got := rawFiles(&data{run: result.Run{ID: "x", Status: test.status}, steps: test.steps, readings: test.readings})
		if !strings.Contains(got, test.want) || !strings.HasSuffix(got, "lbench report makes this page again.") {
			t.Errorf("raw files: %q, want %q", got, test.want)
		}
	}
}

// TestRoundHasNoLosses: a round's AU and the losses in lbench's own window don't add up.
func TestRoundHasNoLosses(t *testing.T) {
	m := newMade(madeAU(), 0)
	own := pageOf(t, m)
	for _, round := range []string{"v1.0", "v2.0", "v3.0"} {
		m.run.Plan.Profile = round
		d, err := collect(m.run, m)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := busySection(d)
		if !ok || len(s.Figure.Legend) != 2 || strings.Contains(s.Figure.Caption, "lost 1") || !strings.Contains(s.Figure.Caption, "the formula of "+round) {
			t.Errorf("%s: legend %v, caption %q", round, s.Figure.Legend, s.Figure.Caption)
		}
		if strings.Contains(string(s.Figure.Wide), "f-read") || strings.Contains(string(s.Figure.Wide), "tacked") {
			t.Errorf("%s: losses are stacked on its AU", round)
		}
		if html := pageOf(t, m); !strings.Contains(html, `id="time"`) || !strings.Contains(html, "waiting for reads") {
			t.Errorf("%s: the page doesn't say where the time went", round)
		}
	}
	if !strings.Contains(own, "Epoch 5, the worst, lost 10.1\u00a0points") || !strings.Contains(own, "Stacked bars, AU at the bottom") {
		t.Error("under the profile shuffled the losses are missing")
	}
}
