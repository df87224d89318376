package losses

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

const second = int64(1e9)

// madeRun is steps of ranks that wait as wait says, c = 0.1 s, with the run that they make.
func madeRun(epochs, steps, ranks int, wait func(epoch, step, rank int) (read, work, late int64)) (result.Run, []result.Step) {
	run := result.Run{Plan: &result.Plan{ComputationNS: second / 10, Files: 100}}
	var all []result.Step
	clock := 3 * second
	for e := 1; e <= epochs; e++ {
		start, open := clock, int64(0)
		for n := range steps {
			longest, late := int64(0), int64(0)
			var group []result.Step
			for r := range ranks {
				read, work, after := wait(e, n, r)
				group = append(group, result.Step{Epoch: e, Step: n, Rank: r, StartNS: clock, Wait: read + work, Read: read, Work: work})
				longest, late = max(longest, read+work), after
			}
			for _, s := range group {
				s.Compute = second/10 + late
				s.Barrier = longest - s.Wait
				all = append(all, s)
			}
			clock += longest + late + second/10
			if n == 0 {
				open = clock
			}
		}
		run.Epochs = append(run.Epochs, result.Epoch{Epoch: e, Metrics: map[string]float64{
			"start_ns": float64(start), "window_start_ns": float64(open), "window_end_ns": float64(clock)}})
		clock += second / 3
	}
	return run, all
}

func lostOf(run result.Run, steps []result.Step) *result.Lost {
	t := New(*run.Plan)
	t.Add(steps...)
	return t.Lost(run, nil)
}

// TestParts: the window of one epoch as it can be divided on paper.
func TestParts(t *testing.T) {
	// 10 steps after the first: rank 0 waits 30 ms for reads and 10 for our work, rank 1
	// 20 ms for reads, so it meets rank 0 20 ms later; all are 10 ms late. 150 ms a step.
	ms := second / 1000
	run, steps := madeRun(1, 11, 2, func(_, step, rank int) (int64, int64, int64) {
		if step == 0 {
			return 5 * second, 0, 0
		}
		return []int64{30, 20}[rank] * ms, []int64{10, 0}[rank] * ms, 10 * ms
	})
	run.Reads = []result.EpochReads{{Epoch: 1, Latencies: []result.ReadLatency{
		{UpTo: 7, Reads: 50, FirstReads: 5, Wait: 100 * ms, FirstWait: 20 * ms},
		{UpTo: 63, Reads: 40, FirstReads: 0, Wait: 100 * ms},
		{UpTo: 127, Reads: 10, FirstReads: 5, Wait: 300 * ms, FirstWait: 105 * ms}, // beyond p90
	}}}
	want := map[string]float64{
		AU: 100. / 150, FirstReads: 25. / 150 * 125 / 500, SlowReads: 25. / 150 * 195 / 500, Reads: 25. / 150 * 180 / 500,
		Work: 5. / 150, Late: 10. / 150, Barrier: 10. / 150,
	}
	got := lostOf(run, steps)
	for name, part := range want {
		if math.Abs(got.Parts[name]-part) > 1e-12 || got.Epochs[0].Parts[name] != got.Parts[name] {
			t.Errorf("%s is %v, want %v", name, got.Parts[name], part)
		}
	}
	if len(got.Parts) != len(want) {
		t.Errorf("parts %v", got.Parts)
	}
	run.Reads = nil
	if got := lostOf(run, steps); math.Abs(got.Parts[Reads]-25./150) > 1e-12 || len(got.Parts) != 5 {
		t.Errorf("without latencies %v", got.Parts)
	}
	run.Epochs[0].Metrics["window_end_ns"] += float64(50 * ms) // v3.0 fetches one batch more
	if got := lostOf(run, steps); math.Abs(got.Parts[After]-50./1550) > 1e-12 {
		t.Errorf("with another batch %v", got.Parts)
	}
}

// TestPartsMakeOne: for any steps. Causes never make more than what was lost.
func TestPartsMakeOne(t *testing.T) {
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 1))
		run, steps := madeRun(1+random.IntN(3), 2+random.IntN(60), 1+random.IntN(5), func(_, _, _ int) (int64, int64, int64) {
			return int64(random.ExpFloat64() * 1e8), int64(random.ExpFloat64() * 1e7), int64(random.ExpFloat64() * 1e6)
		})
		run.Plan.WarmupEpochs = random.IntN(len(run.Epochs))
		sums := New(*run.Plan)
		sums.Add(steps...)
		for _, e := range run.Epochs {
			all, last, together := sums.ReadSums(e.Epoch)
			file := int64(random.Float64() * float64(last-together))
			run.Reads = append(run.Reads, result.EpochReads{Epoch: e.Epoch, Together: together, OtherFiles: last - together - file,
				Files:     []result.FileWait{{File: "a", Wait: file}},
				Latencies: []result.ReadLatency{{UpTo: 7, Reads: 90, FirstReads: 9, Wait: all, FirstWait: int64(random.Float64() * float64(all))}}})
		}
		lost := lostOf(run, steps)
		for _, e := range append(lost.Epochs, result.EpochLost{Parts: lost.Parts}) {
			sum := 0.0
			for _, part := range e.Parts {
				sum += part
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Fatalf("seed %d: the parts of epoch %d make %v", seed, e.Epoch, sum)
			}
		}
		sum := 0.0
		for _, c := range lost.Causes {
			if sum += c.Fraction; c.Fraction < 0 || c.Lost < 0 {
				t.Errorf("seed %d: cause %+v", seed, c)
			}
		}
		if sum > 1-lost.Parts[AU]+1e-9 {
			t.Errorf("seed %d: causes make %v of %v", seed, sum, 1-lost.Parts[AU])
		}
	}
}

// TestSpaceOfSeconds: a run of any length has at most mostSeconds of them, and loses none.
func TestSpaceOfSeconds(t *testing.T) {
	b := newSeconds()
	sum := int64(0)
	for i := range int64(20_000) {
		at := i * 7 * second / 3
		s := result.Step{StartNS: at, Wait: second / 7, Read: second / 7, Compute: second}
		b.add(1, []result.Step{s}, s, second)
		sum += s.Wait
	}
	lost, ran := int64(0), int64(0)
	for _, s := range b.All {
		lost, ran = lost+s.Lost(), ran+s.Time
	}
	if len(b.All) > mostSeconds || b.Width < 8*second || lost != sum || ran != 20_000*(second+second/7) {
		t.Errorf("%d of %d ns, which lost %d of %d, ran %d", len(b.All), b.Width, lost, sum, ran)
	}
	if few := b.AtMost(10); len(few.All) > 10 || len(few.All) < 5 {
		t.Errorf("%d pieces", len(few.All))
	}
}

// TestOneExplanation: what is time is no file, what is a file is no rank.
func TestOneExplanation(t *testing.T) {
	kinds := func(run result.Run, steps []result.Step) (all []string) {
		for _, c := range lostOf(run, steps).Causes {
			all = append(all, c.Kind)
		}
		return all
	}
	noReads := func(run result.Run, together, alone int64, file int64) result.Run {
		run.Reads = []result.EpochReads{{Epoch: 1, Together: together, OtherFiles: alone - file, Latencies: []result.ReadLatency{}}}
		if file > 0 {
			run.Reads[0].Files = []result.FileWait{{File: "a", Wait: file}}
		}
		return run
	}
	all := func(_, step, _ int) (int64, int64, int64) {
		if step == 50 {
			return 2 * second, 0, 0
		}
		return 0, 0, 0
	}
	one := func(_, step, rank int) (int64, int64, int64) {
		if rank == 1 && step%10 == 5 {
			return second / 5, 0, 0
		}
		return 0, 0, 0
	}
	own := func(_, step, rank int) (int64, int64, int64) { return 0, second / 100, second / 100 }
	steady := func(_, step, rank int) (int64, int64, int64) { return second / 50, 0, 0 }
	run, steps := madeRun(1, 101, 3, all)
	if got := kinds(noReads(run, 2*second, 0, 0), steps); !slices.Equal(got, []string{result.LostToSeconds}) {
		t.Errorf("a pause of all is %v", got)
	}
	run, steps = madeRun(1, 101, 3, one)
	if got := kinds(noReads(run, 0, 2*second, 2*second), steps); !slices.Equal(got, []string{result.LostToFile}) {
		t.Errorf("one file of one rank is %v", got)
	}
	if got := kinds(noReads(run, 0, 2*second, second*6/10), steps); !slices.Equal(got, []string{result.LostToRank}) {
		t.Errorf("many files of one rank are %v", got)
	}
	run.Reads = nil
	if got := kinds(run, steps); !slices.Equal(got, []string{result.LostToRank}) {
		t.Errorf("one rank of an older run is %v", got)
	}
	run, steps = madeRun(1, 101, 3, own)
	if got := kinds(run, steps); !slices.Equal(got, []string{result.LostToClient}) {
		t.Errorf("our own work is %v", got)
	}
	run, steps = madeRun(1, 101, 3, steady)
	if got := kinds(noReads(run, 2*second, 0, 0), steps); !slices.Equal(got, []string{result.LostToStorage}) {
		t.Errorf("storage that is slow throughout is %v", got)
	}
	if lost := lostOf(result.Run{Plan: run.Plan}, nil); lost != nil {
		t.Errorf("of no steps %+v", lost)
	}
}

// TestAlone: what a step would have been shorter by without its last rank; a stall may be
// anybody's.
func TestAlone(t *testing.T) {
	for _, test := range []struct {
		ranks              int
		read, before, want int64
	}{
		{1, 100, 0, 100}, {1, 5 * second, 0, 5 * second}, {2, 100, 30, 30}, {2, 20, 30, 20}, {2, 0, 30, 0}, {2, 100, 0, 0},
		{2, 5 * second, second - 1, second - 1}, {2, 5 * second, second, 0},
	} {
		if got := Alone(test.ranks, test.read, test.before); got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
}

// TestExcess: a cause costs what it stands out with.
func TestExcess(t *testing.T) {
	ms := second / 1000
	for _, test := range []struct {
		name string
		wait func(epoch, step, rank int) (int64, int64, int64)
		kind string
		want int64
	}{
		{"a pause of 2 s in which 20 ms a step are usual, a sixth of the time", func(_, step, _ int) (int64, int64, int64) {
			if step == 51 {
				return 2020 * ms, 0, 0
			}
			return 20 * ms, 0, 0
		}, result.LostToSeconds, 2020*ms - 2020*ms/6},
		{"a rank that waits 200 ms where the next waits 80", func(_, step, rank int) (int64, int64, int64) {
			return []int64{80, 200, 10}[rank] * ms, 0, 0
		}, result.LostToRank, 100 * 120 * ms},
		{"two ranks that are last by turns, one five times as often", func(_, step, rank int) (int64, int64, int64) {
			if last := min(step%6, 1); rank == last {
				return 100 * ms, 0, 0
			}
			return 0, 0, 0
		}, result.LostToRank, 84*100*ms - 16*100*ms/2},
	} {
		run, steps := madeRun(1, 101, 3, test.wait)
		causes := lostOf(run, steps).Causes
		i := slices.IndexFunc(causes, func(c result.LostCause) bool { return c.Kind == test.kind })
		if i < 0 || test.kind == result.LostToRank && *causes[i].Rank != 1 {
			t.Errorf("%s: named are %+v", test.name, causes)
			continue
		}
		if got, off := causes[i], causes[i].Lost-test.want; off > test.want/25 || off < -test.want/25 {
			t.Errorf("%s: cost %d, want %d", test.name, got.Lost, test.want)
		}
	}
}

// TestRound: what is rounded makes its sum, and each is within one unit of what it was.
func TestRound(t *testing.T) {
	for _, test := range []struct {
		fractions []float64
		total     int64
		want      []int64
	}{
		{[]float64{0.0333, 0.0333, 0.0334}, 100, []int64{33, 33, 34}},
		{[]float64{0.00049, 0.00048, 0.00052}, 2, []int64{1, 0, 1}},
		{[]float64{0.1, 0, 0.2}, 300, []int64{100, 0, 200}},
		{nil, 5, []int64{}},
	} {
		if got := Round(test.fractions, test.total, 1); !slices.Equal(got, test.want) {
			t.Errorf("%v to %d is %v, want %v", test.fractions, test.total, got, test.want)
		}
	}
}

// BenchmarkAdd is what a step of one rank costs.
func BenchmarkAdd(b *testing.B) {
	_, steps := madeRun(1, 1000, 48, func(_, step, rank int) (int64, int64, int64) {
		return int64(step*rank) % 1e7, int64(rank), 1000
	})
	t := New(result.Plan{ComputationNS: second / 10})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		t.Add(steps[i%len(steps)])
	}
}

// TestChosen: the tails are those of a table of the binomial distribution.
func TestChosen(t *testing.T) {
	for _, test := range []struct {
		k, n  int64
		ranks int
		want  bool
	}{
		{10, 10, 3, true},  // 1.7e-5 x 3
		{5, 5, 2, false},   // 0.031 x 2
		{12, 12, 2, true},  // 0.00024 x 2
		{15, 50, 8, false}, // 0.0010 x 8
		{18, 50, 8, true},  // 1.9e-5 x 8
		{500, 1000, 2, false},
		{560, 1000, 2, true},  // 8.2e-5 x 2
		{550, 1000, 2, false}, // 8.7e-4 x 2
		{0, 0, 5, false},
	} {
		if got := chosen(test.k, test.n, test.ranks); got != test.want {
			t.Errorf("%+v: got %v", test, got)
		}
	}
}
