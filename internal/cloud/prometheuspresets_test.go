package cloud

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestPresetReadings: what a real Prometheus answered to each question (testdata/README.md)
// becomes readings in lbench's names, time after time.
func TestPresetReadings(t *testing.T) {
	for _, preset := range Presets() {
		dir := filepath.Join("testdata", "prometheus")
		text, err := os.ReadFile(filepath.Join(dir, preset+".json"))
		var canned map[string]json.RawMessage
		if err == nil {
			err = json.Unmarshal(text, &canned)
		}
		if err != nil {
			t.Fatal(err)
		}
		p := answering(t, "", func(w http.ResponseWriter, r *http.Request) {
			answer, ok := canned[r.FormValue("query")]
			if !ok {
				t.Errorf("%s: no answer to %s: testdata/README.md says how it is made", preset, r.FormValue("query"))
			}
			w.Write(answer)
		})
		questions, err := Preset(preset, "")
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		answers, err := p.Ask(t.Context(), questions, window("14:02:00", "14:02:15", 15*time.Second), func(r result.Reading) error {
			return json.NewEncoder(&got).Encode(r)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range answers {
			if a.Readings == 0 || a.LeftOut+a.Doubled > 0 {
				t.Errorf("%s: %+v", preset, a)
			}
		}
		golden := filepath.Join(dir, preset+".golden")
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
			t.Errorf("%s: %s", golden, diff)
		}
	}
}

// Every preset has questions with a reason, no two of which become the same, and narrows
// down to what matches.
func TestPresets(t *testing.T) {
	for _, p := range presets() {
		var becomes []string
		for _, q := range p.questions {
			if q.why == "" || !strings.Contains(q.promQL, here) || (q.own.Source == "") != (q.own.Factor == 0) {
				t.Errorf("%s: %+v lacks a reason, matchers or a factor", p.name, q)
			}
			if name := q.own.String(); name != "" {
				becomes = append(becomes, name)
			}
		}
		slices.Sort(becomes)
		if n := len(becomes); len(slices.Compact(becomes)) != n || n == 0 {
			t.Errorf("%s: some of %d questions become the same", p.name, n)
		}
		for match, bad := range map[string]string{"": ",}", `instance=~"oss.*"`: "{}"} {
			questions, err := Preset(p.name, match)
			if err != nil || len(questions) != len(p.questions) {
				t.Fatalf("%s: %d questions, error %v", p.name, len(questions), err)
			}
			for _, q := range questions {
				if strings.Contains(q.PromQL, here) || strings.Contains(q.PromQL, bad) || match != "" && strings.Count(q.PromQL, match) != strings.Count(q.PromQL, "{") || !strings.Contains(q.PromQL, "{") {
					t.Errorf("%s, match %q: %s", p.name, match, q.PromQL)
				}
			}
		}
	}
	if _, err := Preset("nodes", ""); err == nil || !strings.Contains(err.Error(), "isn't one of [node zfs lustre]") {
		t.Error(err)
	}
}
