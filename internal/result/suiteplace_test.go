package result

import (
	"strings"
	"testing"
)

func TestSuitePlace(t *testing.T) {
	want := SuitePlace{ID: "20260313T020000Z-suite-nightly", Name: "nightly", Entry: "train", Repeat: 2, Warmup: true}
	text, err := want.Variable()
	if err != nil || !strings.HasPrefix(text, "LBENCH_SUITE_RUN={") {
		t.Fatalf("%s, %v", text, err)
	}
	got, err := ParseSuitePlace(strings.TrimPrefix(text, "LBENCH_SUITE_RUN="))
	if err != nil || *got != want || !got.IsWarmup() {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if got, err := ParseSuitePlace(""); got != nil || err != nil || got.IsWarmup() {
		t.Errorf("outside of a suite: %+v, %v", got, err)
	}
	for _, bad := range []string{"nightly", "[]", "{}", `{"id":"a","entry":"b"}`, `{"id":"a","entry":"b","repeat":0}`, `{"id":"","entry":"b","repeat":1}`, `{"id":"a","repeat":1}`} {
		if got, err := ParseSuitePlace(bad); err == nil || got != nil || !strings.Contains(err.Error(), "LBENCH_SUITE_RUN") {
			t.Errorf("%s: %+v, %v", bad, got, err)
		}
	}
}
