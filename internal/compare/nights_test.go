package compare

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// nightsOf is the nights from..to-1 of an entry: a slow warm-up and three repeats each.
// Nights differ by noise, the repeats of one by 0.3 %; level multiplies all.
func nightsOf(random *rand.Rand, entry string, from, to int, noise, level float64) []result.Run {
	var runs []result.Run
	for n := from; n < to; n++ {
		night := simulated(random, 1, noise, level)[0]
		for r := range 4 {
			run := night
			run.ID, run.Started = fmt.Sprintf("%s-%d-%d", entry, n, r), time.Unix(int64(86400*n+r), 0)
			run.Suite = &result.SuitePlace{ID: fmt.Sprint("suite-", n), Name: "nightly", Entry: entry, Repeat: max(r, 1), Warmup: r == 0}
			run.Metrics = map[string]float64{}
			for name, v := range night.Metrics {
				run.Metrics[name] = v * (1 + 0.003*random.NormFloat64())
				if r == 0 {
					run.Metrics[name] /= 2
				}
			}
			runs = append(runs, run)
		}
	}
	return runs
}

// One night against ten: of nights without a difference at most 5 % are called worse in any
// metric, and a bad one is called so.
func TestOneNightAgainstTen(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 1))
	const series = 200
	alarms, found := 0, 0
	for range series {
		a := nightsOf(random, "train", 0, 10, 0.015, 1)
		if worse(t, a, nightsOf(random, "train", 10, 11, 0.015, 1)) > 0 {
			alarms++
		}
		if worse(t, a, nightsOf(random, "train", 10, 11, 0.015, 0.88)) > 0 {
			found++
		}
	}
	t.Logf("%d of %d false alarms, %d of %d bad nights found", alarms, series, found, series)
	if alarms > series*5/100 || found < series*95/100 {
		t.Errorf("%d of %d false alarms, %d of %d bad nights found", alarms, series, found, series)
	}
}

func TestRunsMakesPointsOfNights(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 2))
	all := nightsOf(random, "train", 0, 12, 0.015, 1)
	night := func(from, to int) []result.Run { return all[4*from : 4*to] }
	alone := simulated(random, 5, 0.015, 1)
	for name, c := range map[string]struct {
		a, b           []result.Run
		nights         bool
		runs, sets     [2]int // ANights, BNights
		values         [2]int
		codes, verdict string
	}{
		"ten and one":          {a: night(0, 10), b: night(10, 11), runs: [2]int{30, 3}, sets: [2]int{10, 1}, values: [2]int{10, 1}, codes: "warmups warmups single_night", verdict: result.NoDifference},
		"five and five":        {a: night(0, 5), b: night(5, 10), runs: [2]int{15, 15}, sets: [2]int{5, 5}, values: [2]int{5, 5}, codes: "warmups warmups", verdict: result.NoDifference},
		"one and one":          {a: night(0, 1), b: night(1, 2), runs: [2]int{3, 3}, values: [2]int{3, 3}, codes: "warmups warmups one_night", verdict: result.TooFewRuns},
		"one and one by night": {a: night(0, 1), b: night(1, 2), nights: true, runs: [2]int{3, 3}, sets: [2]int{1, 1}, values: [2]int{1, 1}, codes: "warmups warmups", verdict: result.TooFewRuns},
		"two and one":          {a: night(0, 2), b: night(2, 3), runs: [2]int{6, 3}, sets: [2]int{2, 1}, values: [2]int{2, 1}, codes: "warmups warmups", verdict: result.TooFewRuns},
		"warm-ups alone":       {a: night(0, 1)[:1], b: night(1, 2)[:1], runs: [2]int{1, 1}, values: [2]int{1, 1}, codes: "one_night", verdict: result.TooFewRuns},
		"no suite":             {a: alone[:4], b: alone[4:], runs: [2]int{4, 1}, values: [2]int{4, 1}, codes: "single_night", verdict: result.NoDifference},
		"some of no suite":     {a: slices.Concat(night(0, 2), alone[:2]), b: night(3, 4), runs: [2]int{8, 3}, sets: [2]int{4, 1}, values: [2]int{4, 1}, codes: "warmups warmups single_night", verdict: result.NoDifference},
	} {
		compared := Runs
		if c.nights {
			compared = Nights
		}
		got, err := compared(c.a, c.b)
		if err != nil {
			t.Fatal(name, err)
		}
		m := got.Metrics[0]
		if runs := [2]int{len(got.A), len(got.B)}; runs != c.runs || [2]int{got.ANights, got.BNights} != c.sets || [2]int{len(m.AValues), len(m.BValues)} != c.values {
			t.Errorf("%s: %v runs, %d and %d nights, %d and %d values", name, runs, got.ANights, got.BNights, len(m.AValues), len(m.BValues))
		}
		if codes(got) != c.codes || m.Verdict != c.verdict {
			t.Errorf("%s: warnings %q, verdict %q", name, codes(got), m.Verdict)
		}
	}
	// A night's value is the mean of its repeats.
	got, err := Runs(night(0, 10), night(10, 11))
	if err != nil {
		t.Fatal(err)
	}
	repeats := night(10, 11)[1:]
	want := (repeats[0].Metrics["au_mean_fraction"] + repeats[1].Metrics["au_mean_fraction"] + repeats[2].Metrics["au_mean_fraction"]) / 3
	if m := got.Metrics[0]; m.Name != "au_mean_fraction" || m.B-want > 1e-12 || want-m.B > 1e-12 {
		t.Errorf("%s is %v, want %v", m.Name, m.B, want)
	}
}

// Where the nights before are all equal, how they scatter isn't known.
func TestNightMetric(t *testing.T) {
	for name, c := range map[string]struct {
		a    []float64
		b    float64
		want string
	}{
		"all equal": {[]float64{8, 8, 8, 8}, 1, result.TooFewRuns}, "two": {[]float64{8, 9}, 1, result.TooFewRuns},
		"far below": {[]float64{8, 8.1, 7.9, 8, 8.05}, 4, result.Worse}, "far above": {[]float64{8, 8.1, 7.9, 8, 8.05}, 16, result.Better},
		"as before": {[]float64{8, 8.1, 7.9, 8, 8.05}, 8.12, result.NoDifference},
	} {
		if got := nightMetric("read_bytes_per_s", c.a, c.b, 3); got.Verdict != c.want {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

func TestAlike(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 3))
	night := func(n int) []result.Run {
		return slices.Concat(nightsOf(random, "few", n, n+1, 0.01, 1), nightsOf(random, "many", n, n+1, 0.01, 0.9))
	}
	cold := set(1, 3, nil)
	killed := set(11, 2, func(run *result.Run) { run.Status = result.Incomplete })
	for name, c := range map[string]struct {
		a, b     []result.Run
		want     []string // entry: runs of A and B
		warnings []string
	}{
		"two nights":      {night(0), night(1), []string{"few: 3 3", "many: 3 3"}, nil},
		"and more":        {slices.Concat(night(0), cold), night(1), []string{"few: 3 3", "many: 3 3"}, []string{"set A alone has runs of cold-read (3), which are not compared"}},
		"an entry less":   {night(0), nightsOf(random, "many", 1, 2, 0.01, 1), []string{"many: 3 3"}, []string{"set A alone has runs of mlperf resnet50_h100, entry few (4), which are not compared"}},
		"none complete":   {slices.Concat(night(0), cold), slices.Concat(night(1), killed), []string{"few: 3 3", "many: 3 3"}, []string{"cold-read: compare runs: no run is left"}},
		"other entries":   {nightsOf(random, "few", 0, 1, 0.01, 1), nightsOf(random, "many", 1, 2, 0.01, 1), []string{": 3 3"}, nil}, // one of each side: they are what was asked for
		"with no suite":   {simulated(random, 4, 0.01, 1), nightsOf(random, "many", 1, 2, 0.01, 1), []string{": 4 3"}, nil},
		"one of no suite": {slices.Concat(simulated(random, 4, 0.01, 1), nightsOf(random, "many", 1, 2, 0.01, 1)), simulated(random, 4, 0.01, 1), []string{": 4 4"}, []string{"set A alone has runs of mlperf resnet50_h100, entry many (4)"}},
	} {
		got, err := Alike(c.a, c.b)
		if err != nil {
			t.Fatal(name, err)
		}
		var compared []string
		for _, c := range got.Comparisons {
			compared = append(compared, fmt.Sprintf("%s: %d %d", c.Entry, len(c.A), len(c.B)))
		}
		if diff := cmp.Diff(c.want, compared); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if len(got.Warnings) != len(c.warnings) || len(c.warnings) > 0 && !strings.HasPrefix(got.Warnings[0].Text, c.warnings[0]) {
			t.Errorf("%s: warnings %+v, want %q", name, got.Warnings, c.warnings)
		}
	}
	for want, sets := range map[string][2][]result.Run{
		"A is of [cold-read], B of [mlperf resnet50_h100]": {cold, simulated(random, 1, 0.01, 1)},
		"no run is left in a set":                          {cold, killed},
		"set A, the older one, is empty":                   {nil, cold},
	} {
		if _, err := Alike(sets[0], sets[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestSettingsApart(t *testing.T) {
	run := func(settings map[string]result.Setting) result.Run { return result.Run{Settings: settings} }
	a := run(map[string]result.Setting{"accelerators": {Value: 8, From: "flag"}, "streams": {Value: 4, From: "default"}, "results-dir": {Value: "a", From: "flag"}})
	for name, c := range map[string]struct {
		b    map[string]result.Setting
		want []string
	}{
		"the same":         {map[string]result.Setting{"accelerators": {Value: 8, From: "config"}, "streams": {Value: 4, From: "flag"}, "results-dir": {Value: "b", From: "flag"}}, nil},
		"another value":    {map[string]result.Setting{"accelerators": {Value: 16, From: "flag"}, "streams": {Value: 4, From: "default"}}, []string{"accelerators"}},
		"another default":  {map[string]result.Setting{"accelerators": {Value: 8, From: "flag"}, "streams": {Value: 8, From: "default"}}, []string{"streams"}},
		"a default is new": {map[string]result.Setting{"accelerators": {Value: 8, From: "flag"}, "mode": {Value: "x", From: "default"}}, nil},
		"given anew":       {map[string]result.Setting{"accelerators": {Value: 8, From: "flag"}, "streams": {Value: 4, From: "default"}, "mode": {Value: "x", From: "flag"}}, []string{"mode"}},
	} {
		got, err := SettingsApart(a, run(c.b))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.want)
		}
	}
}
