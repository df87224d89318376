package suite

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/lbench/lbench/internal/result"
)

// Each run is told its place in the suite, by which its folder is counted into its night.
func TestRunsAreToldTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{results: t.TempDir(), values: []float64{0.95}, codes: map[int]int{3: 1}} // the second repeat is tried once more
		s, err := Execute(t.Context(), mustParse(t, threeRuns), l.options())
		if err != nil {
			t.Fatal(err)
		}
		var got []result.SuitePlace
		for _, env := range l.places {
			p, err := result.ParseSuitePlace(strings.TrimPrefix(env, result.SuiteVariable+"="))
			if err != nil || p == nil {
				t.Fatalf("%q: %v", env, err)
			}
			got = append(got, *p)
		}
		place := func(repeat int, warmup bool) result.SuitePlace {
			return result.SuitePlace{ID: s.ID, Name: "t", Entry: "train", Repeat: repeat, Warmup: warmup}
		}
		if want := []result.SuitePlace{place(1, true), place(1, false), place(2, false), place(2, false)}; !slices.Equal(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}
