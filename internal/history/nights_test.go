package history

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// inSuite is a run of the entry train of a suite, whose ID is the hour it began in.
func inSuite(hour, suite, repeat int, change func(*result.Run)) result.Run {
	run := made(hour)
	run.Suite = &result.SuitePlace{ID: fmt.Sprintf("suite-%d", suite), Name: "nightly", Entry: "train", Repeat: repeat}
	if change != nil {
		change(&run)
	}
	return run
}

func warmup(run *result.Run) { run.Suite.Warmup = true }

func of(runs ...result.Run) []result.HistoryRun {
	var all []result.HistoryRun
	for _, run := range runs {
		all = append(all, result.HistoryRun{ID: run.ID, Dir: run.ID, Command: run.Command, Workload: run.Workload, Started: run.Started,
			Status: run.Status, Verdict: run.Verdict, Metrics: run.Metrics, Bytes: 10, Suite: run.Suite})
	}
	return all
}

func TestNights(t *testing.T) {
	runs := of(
		made(0), // of no suite
		inSuite(1, 1, 1, warmup),
		inSuite(2, 1, 1, nil),
		inSuite(3, 1, 2, func(run *result.Run) { run.Status = result.Failed }), // and is tried again
		inSuite(4, 1, 2, func(run *result.Run) { run.Verdict = result.Fail; run.Metrics["read_bytes"] = math.NaN() }),
		inSuite(5, 1, 1, func(run *result.Run) { run.Suite.Entry = "plain" }),
		inSuite(6, 1, 1, func(run *result.Run) { run.Command = "find-max" }),
		made(7),
		inSuite(8, 2, 1, func(run *result.Run) { run.Verdict = result.None }),
		inSuite(9, 1, 3, nil), // the first suite was gone on with
	)
	got := Nights(runs)
	var hours, repeats []string
	for _, p := range got {
		hours = append(hours, fmt.Sprint(p.Started.Hour()-noon.Hour()))
		var of []string
		for _, dir := range p.Repeats {
			of = append(of, fmt.Sprint(slices.IndexFunc(runs, func(r result.HistoryRun) bool { return r.ID == dir })))
		}
		repeats = append(repeats, strings.Join(of, "+"))
	}
	if diff := cmp.Diff([][]string{{"0", "2", "3", "5", "6", "7", "8"}, {"", "2+4+9", "", "5", "6", "", "8"}}, [][]string{hours, repeats}); diff != "" {
		t.Fatal(diff)
	}
	night := got[1]
	if want := map[string]float64{"au_mean_fraction": 0.9 + 15.0/3/1e4, "read_bytes": 5.5}; math.Abs(night.Metrics["au_mean_fraction"]-want["au_mean_fraction"]) > 1e-12 || night.Metrics["read_bytes"] != want["read_bytes"] {
		t.Errorf("means %v, want %v", night.Metrics, want)
	}
	if night.Verdict != result.Fail || night.Bytes != 30 || got[6].Verdict != result.None {
		t.Errorf("verdict %s and %d bytes, the other night %s", night.Verdict, night.Bytes, got[6].Verdict)
	}
	if runs[2].Metrics["au_mean_fraction"] != made(2).Metrics["au_mean_fraction"] || runs[2].Repeats != nil {
		t.Error("the runs that came in were changed")
	}
}

func TestNightAndBefore(t *testing.T) {
	results := t.TempDir()
	var names []string
	for _, run := range []result.Run{
		made(0),
		inSuite(1, 1, 1, warmup), inSuite(2, 1, 1, nil), inSuite(3, 1, 2, nil),
		inSuite(4, 2, 1, func(run *result.Run) { run.Workload = "unet3d" }), inSuite(5, 2, 1, func(run *result.Run) { run.Suite.Name = "weekly" }),
		inSuite(6, 3, 1, nil), inSuite(7, 3, 2, func(run *result.Run) { run.Status = result.Failed }),
		inSuite(8, 4, 1, nil), inSuite(9, 4, 2, nil), made(10), inSuite(11, 5, 1, nil),
	} {
		names = append(names, write(t, results, run))
	}
	ix := open(t, results)
	dirs := func(of ...int) (all []string) {
		for _, i := range of {
			all = append(all, filepath.Join(results, names[i]))
		}
		return all
	}
	for _, c := range []struct {
		of     result.Run
		night  []string
		n      int
		refuse string // the folder that is another measurement
		before [][]string
		left   int
	}{
		{of: inSuite(9, 4, 2, nil), night: dirs(8, 9), n: 10, before: [][]string{dirs(2, 3), dirs(6)}},
		{of: inSuite(8, 4, 1, warmup), night: dirs(8, 9), n: 1, before: [][]string{dirs(6)}},
		{of: inSuite(11, 5, 1, nil), night: dirs(11), n: 2, refuse: names[6], before: [][]string{dirs(2, 3), dirs(8, 9)}, left: 1},
		{of: made(10), n: 5, before: [][]string{dirs(0)}},
		{of: made(0), n: 5},
		{of: inSuite(4, 2, 1, func(run *result.Run) { run.Workload = "none" }), n: 5},
	} {
		night, err := ix.Night(t.Context(), c.of)
		if diff := cmp.Diff(c.night, night); diff != "" || err != nil {
			t.Errorf("the night of %s: %v\n%s", c.of.ID, err, diff)
		}
		before, left, err := ix.Before(t.Context(), c.of, c.n, func(dir string) bool { return filepath.Base(dir) != c.refuse })
		if diff := cmp.Diff(c.before, before); diff != "" || err != nil || left != c.left {
			t.Errorf("the last %d before %s, %d left out: %v\n%s", c.n, c.of.ID, left, err, diff)
		}
	}
	if _, _, err := ix.Before(t.Context(), made(6), 0, nil); err == nil || !strings.Contains(err.Error(), "1 or more") {
		t.Errorf("the last 0: %v", err)
	}
}

// nightsOf are nights of 3 repeats and a slow warm-up each: nights differ by 1.5 %, the
// repeats of one by 0.3 %. From the night at on the level is another by step.
func nightsOf(random *rand.Rand, nights, at int, step float64) []result.HistoryRun {
	var runs []result.Run
	for n := range nights {
		level := 0.9 * (1 + 0.015*random.NormFloat64())
		if n >= at {
			level *= 1 + step
		}
		for r := range 4 {
			run := inSuite(24*n+r, n, max(r, 1), nil)
			run.Suite.Warmup = r == 0
			run.Metrics = map[string]float64{"au_mean_fraction": level * (1 + 0.003*random.NormFloat64())}
			if r == 0 {
				run.Metrics["au_mean_fraction"] /= 2
			}
			runs = append(runs, run)
		}
	}
	return of(runs...)
}

func changesOf(t *testing.T, runs []result.HistoryRun) []result.Change {
	t.Helper()
	changes, err := Changes(t.Context(), runs, "au_mean_fraction", loaded, differ("none"), better)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// Nights that differ by noise alone have no change, however alike the repeats of each are;
// a step of 5 % is located within two nights.
func TestChangesOfNights(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 2))
	wrong := 0
	for range 20 {
		wrong += len(changesOf(t, Nights(nightsOf(random, 60, 60, 0))))
	}
	const series = 100
	located := 0
	for range series {
		at := 5 + random.IntN(51)
		points := Nights(nightsOf(random, 60, at, 0.05*(2*float64(random.IntN(2))-1)))
		if slices.ContainsFunc(changesOf(t, points), func(c result.Change) bool {
			found := slices.IndexFunc(points, func(p result.HistoryRun) bool { return p.ID == c.Run })
			return found >= at-2 && found <= at+2
		}) {
			located++
		}
	}
	t.Logf("%d false changes in 20 series, %d of %d steps located", wrong, located, series)
	if wrong > 1 || located < series*95/100 {
		t.Errorf("%d false changes in 20 series, want at most 1; %d of %d steps located, want 95 %%", wrong, located, series)
	}
}

// One night alone is never called a change, wherever it is and however many repeats it has.
func TestOneNightIsNoChange(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 3))
	found := 0
	const series = 200
	for n := range series {
		bad := n % 20
		runs := nightsOf(random, 20, 20, 0)
		for i := range runs {
			if runs[i].Suite.ID == fmt.Sprintf("suite-%d", bad) {
				runs[i].Metrics["au_mean_fraction"] *= 0.7
			}
		}
		points := Nights(runs)
		with := len(changesOf(t, points))
		points[bad].Metrics["au_mean_fraction"] /= 0.7
		if with > len(changesOf(t, points)) { // what noise makes without it isn't the night's
			found++
		}
	}
	if found > 1 { // noise alone makes one in 200 or so
		t.Errorf("in %d of %d series one bad night is called a change", found, series)
	}
}

// A suite's entries are series of their own, and a warm-up is in none.
func TestChangesTellEntriesApart(t *testing.T) {
	var runs []result.Run
	for n := range 20 {
		for i, entry := range []string{"few", "many"} {
			run := inSuite(2*n+i, n, 1, nil)
			run.Suite.Entry = entry
			run.Suite.Warmup = n >= 10 && i == 0 // from then on it would be a step
			run.Metrics = map[string]float64{"au_mean_fraction": 0.9 - 0.3*float64(i) + 0.001*float64(n%3)}
			if run.Suite.Warmup {
				run.Metrics["au_mean_fraction"] -= 0.2
			}
			runs = append(runs, run)
		}
	}
	if got := changesOf(t, of(runs...)); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}
