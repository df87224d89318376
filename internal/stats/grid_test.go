package stats

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// operations are what writers did, as Grid takes them.
type operations struct{ done, latency []time.Duration }

// write lets writers work side by side for a while, each its operations back to back.
// end says when one ends that begins at a moment.
func write(writers int, run time.Duration, end func(writer int, begin time.Duration) time.Duration) operations {
	type op struct{ done, latency time.Duration }
	var all []op
	for w := range writers {
		for at := time.Duration(0); at < run; {
			done := end(w, at)
			all = append(all, op{done, done - at})
			at = done
		}
	}
	slices.SortFunc(all, func(a, b op) int { return cmp.Compare(a.done, b.done) })
	var o operations
	for _, op := range all {
		o.done, o.latency = append(o.done, op.done), append(o.latency, op.latency)
	}
	return o
}

// onGrid is the end of an operation on a server that completes what waits at
// phase + k * period, up to jitter (a fraction of the period) late, and now and then a
// period later. All of one moment are late alike by one part, and each by another.
func onGrid(random *rand.Rand, period time.Duration, jitter, missed float64) func(int, time.Duration) time.Duration {
	phase := time.Duration(random.Int64N(int64(period)))
	late := map[time.Duration]float64{}
	skip := map[time.Duration]bool{}
	return func(_ int, begin time.Duration) time.Duration {
		ready := begin + time.Duration(random.ExpFloat64()*float64(time.Millisecond)) // create and write
		k := (ready-phase)/period + 1
		if ready < phase {
			k = 0
		}
		for {
			if _, known := late[k]; !known {
				late[k], skip[k] = random.Float64(), random.Float64() < missed
			}
			if !skip[k] {
				break
			}
			k++
		}
		return phase + k*period + time.Duration(jitter/2*(late[k]+random.Float64())*float64(period))
	}
}

// tries is how often a case is tried.
func tries(cheap bool, many, few int) int {
	if cheap {
		return many
	}
	return few
}

func TestGridNamesThePeriod(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 22))
	for _, period := range []time.Duration{100 * time.Millisecond, time.Second, 5 * time.Second} {
		for _, writers := range []int{1, 2, 3, 8, 64} {
			for range tries(period > time.Second/2, 20, 2) {
				jitter, missed := 0.02*random.Float64(), 0.05*random.Float64()
				o := write(writers, time.Minute, onGrid(random, period, jitter, missed))
				got := Grid(o.done, o.latency)
				if !got.Found || math.Abs(float64(got.Period)/float64(period)-1) > 0.02 {
					t.Errorf("%s, %d writers, jitter %.3f: %s %+v", period, writers, jitter, got.Period, got)
				}
				if got.Found && (got.Share < 0.95 || got.Moments > int(time.Minute/period)+2 || got.Moments < int(time.Minute/period)*8/10) {
					t.Errorf("%s, %d writers: %+v", period, writers, got)
				}
			}
		}
	}
}

// plainDisk is the end of an operation on a disk: latencies are exponential or
// lognormal around a mean, with rare stalls of 100-500 ms, or with a commit every 5 s
// that makes those during 100 ms take 50 ms more.
func plainDisk(random *rand.Rand, mean time.Duration) func(int, time.Duration) time.Duration {
	lognormal, commits := random.IntN(2) == 0, random.IntN(2) == 0
	stalls := 0.002 * random.Float64()
	return func(_ int, begin time.Duration) time.Duration {
		took := random.ExpFloat64()
		if lognormal {
			took = math.Exp(0.5*random.NormFloat64() - 0.125)
		}
		end := begin + time.Duration(took*float64(mean)) + 1000
		if commits && begin%(5*time.Second) < 100*time.Millisecond {
			end += 50 * time.Millisecond
		}
		if !commits && random.Float64() < stalls {
			end += 100*time.Millisecond + time.Duration(random.Int64N(int64(400*time.Millisecond)))
		}
		return end
	}
}

func TestGridNoneOnAPlainDisk(t *testing.T) {
	random := rand.New(rand.NewPCG(23, 24))
	for _, writers := range []int{1, 2, 8, 64} {
		for range tries(writers == 1 || writers == 8, 20, 5) {
			mean := time.Duration(math.Exp(math.Log(200)*random.Float64()) * float64(100*time.Microsecond)) // 0.1-20 ms
			mean = max(mean, time.Duration(writers)*100*time.Microsecond)                                   // a disk has its limits
			run := min(time.Minute, max(3*time.Second, 6000*mean/time.Duration(writers)))
			o := write(writers, run, plainDisk(random, mean))
			if got := Grid(o.done, o.latency); got != (GridResult{Why: got.Why}) || !strings.HasPrefix(got.Why, "no period") {
				t.Errorf("%d writers, %s: %+v", writers, mean, got)
			}
		}
	}
}

// constant is the end of an operation that always takes the same, but for some noise.
func constant(random *rand.Rand, takes time.Duration, noise float64) func(int, time.Duration) time.Duration {
	return func(_ int, begin time.Duration) time.Duration {
		return begin + time.Duration(float64(takes)*(1+noise*random.NormFloat64()))
	}
}

// A constant latency isn't a grid, though a single writer's operations end regularly.
func TestGridNoneOfAConstantLatency(t *testing.T) {
	random := rand.New(rand.NewPCG(25, 26))
	for _, c := range []struct {
		takes   time.Duration
		noise   float64
		writers int
	}{
		{20 * time.Millisecond, 0, 1}, {20 * time.Millisecond, 0.03, 1}, {20 * time.Millisecond, 0.03, 64},
		{60 * time.Millisecond, 0.2, 1}, {100 * time.Millisecond, 0.03, 1}, {100 * time.Millisecond, 0.01, 1},
		{100 * time.Millisecond, 0.003, 1}, {100 * time.Millisecond, 0.03, 2}, {100 * time.Millisecond, 0.03, 16},
		{500 * time.Millisecond, 0.03, 1}, {time.Second, 0.03, 1}, {time.Second, 0.03, 4},
		{100 * time.Millisecond, 0.003, 4}, {500 * time.Millisecond, 0.003, 2}, {500 * time.Millisecond, 0.003, 4},
	} {
		for range tries(c.takes > 100*time.Millisecond, 10, 2) {
			o := write(c.writers, time.Minute, constant(random, c.takes, c.noise))
			if got := Grid(o.done, o.latency); got != (GridResult{Why: got.Why}) || !strings.HasPrefix(got.Why, "no period") {
				t.Errorf("%+v: %+v", c, got)
			}
		}
	}
}

// A timer that counts from its last moment wanders; that several writers end together
// shows it all the same.
func TestGridOfATimerThatWanders(t *testing.T) {
	random := rand.New(rand.NewPCG(27, 28))
	for range 20 {
		var at []time.Duration
		for now := time.Duration(0); now < 62*time.Second; {
			now += time.Duration(float64(time.Second) * (1 + 0.005*random.NormFloat64()))
			at = append(at, now)
		}
		o := write(8, time.Minute, func(_ int, begin time.Duration) time.Duration {
			next, _ := slices.BinarySearch(at, begin+time.Millisecond)
			return at[next] + time.Duration(random.ExpFloat64()*float64(2*time.Millisecond))
		})
		if got := Grid(o.done, o.latency); !got.Found || math.Abs(got.Period.Seconds()-1) > 0.02 {
			t.Errorf("%+v", got)
		}
	}
}

// gridOf is operations that end at given times and have taken as long as given.
func gridOf(takes time.Duration, at ...time.Duration) operations {
	return operations{at, slices.Repeat([]time.Duration{takes}, len(at))}
}

func seconds10() (at []time.Duration) {
	for i := range 10 {
		at = append(at, time.Duration(i)*time.Second+300*time.Millisecond)
	}
	return at
}

func TestGridByHand(t *testing.T) {
	o := gridOf(time.Second, seconds10()...)
	want := GridResult{Found: true, Period: time.Second, Share: 1, Moments: 10, Why: "100.0 % of 10 operations end within 5 % of a period of 1s " +
		"around 10 of 10 moments, and the median operation takes 1s: they wait for the next moment " +
		"(fewer than 30 moments could also be operations that always take as long)"}
	if got := Grid(o.done, o.latency); got != want {
		t.Errorf("%+v, want\n%+v", got, want)
	}
	// One moment is missed, and of 11 operations one ends between two.
	at := slices.Insert(slices.Delete(seconds10(), 4, 5), 7, 7800*time.Millisecond, 8290*time.Millisecond)
	o = gridOf(time.Second, at...)
	if got := Grid(o.done, o.latency); !got.Found || got.Moments != 9 || !near(got.Share, 10.0/11, 1e-12) || !near(got.Period.Seconds(), 1, 0.005) {
		t.Errorf("one missed and one astray: %+v", got)
	}
}

// What repeats to the microsecond is kept by a timer, whoever's it is.
func TestGridOfAConstantTimer(t *testing.T) {
	o := write(1, time.Minute, constant(rand.New(rand.NewPCG(33, 34)), 500*time.Millisecond, 1e-6))
	if got := Grid(o.done, o.latency); !got.Found || !near(got.Period.Seconds(), 0.5, 1e-6) {
		t.Errorf("%+v", got)
	}
}

func TestGridSad(t *testing.T) {
	random := rand.New(rand.NewPCG(29, 30))
	var irregular []time.Duration
	for at := time.Duration(0); len(irregular) < 200; at += 100*time.Millisecond + time.Duration(random.Int64N(int64(400*time.Millisecond))) {
		irregular = append(irregular, at)
	}
	ten := seconds10()
	// 13 moments of 27: there are pauses of 8 s before the sixth and the tenth.
	var sparse []time.Duration
	for i := range 13 {
		sparse = append(sparse, time.Duration(i+7*min(1, i/5)+7*min(1, i/9))*time.Second)
	}
	for name, c := range map[string]struct {
		o    operations
		want string
	}{
		"nothing":       {operations{}, "0 operations are too few, at least 8 are needed"},
		"few":           {gridOf(time.Second, ten[:7]...), "7 operations are too few"},
		"no latencies":  {operations{ten, nil}, "aren't in rising order, each with its latency"},
		"not sorted":    {gridOf(time.Second, append(ten[5:], ten[:5]...)...), "aren't in rising order"},
		"at one moment": {gridOf(time.Second, slices.Repeat(ten[:1], 20)...), "operations end continuously"},
		"few moments":   {gridOf(time.Second, slices.Concat(ten[:4], []time.Duration{4 * time.Second, 4 * time.Second, 4 * time.Second, 4 * time.Second})...), "ended at 5 moments, at least 8 are needed"},
		"sparse":        {gridOf(time.Second, sparse...), "around 13 of 27 moments, and at least half of them and 8 are needed"},
		"paced":         {gridOf(time.Millisecond, seconds10()...), "but the median operation takes 1ms: they begin regularly, and don't wait"},
		"stalls":        {gridOf(300*time.Millisecond, irregular...), "no period: the best one found is none: only"},
	} {
		got := Grid(c.o.done, c.o.latency)
		if !strings.HasPrefix(got.Why, "no period") || !strings.Contains(got.Why, c.want) || got != (GridResult{Why: got.Why}) {
			t.Errorf("%s: %+v, want why %q", name, got, c.want)
		}
	}
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 7: "7ns", 1234567: "1.235ms", 12345678: "12.35ms", 999_400 * time.Microsecond: "999.4ms",
		1000213 * time.Microsecond: "1s", 4_999_612 * time.Microsecond: "5s", 5_016 * time.Millisecond: "5.016s",
	} {
		if got := brief(d).String(); got != want {
			t.Errorf("%d ns is %s, want %s", d, got, want)
		}
	}
}
