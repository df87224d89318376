package stats

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// level is that of all made series, in bytes/s.
const level = 5e9

// made is a series of rates of which it is known what it holds.
type made struct {
	kind  string
	rates []float64
	start int // where the ramp ends
}

// withNoise multiplies level * shape by 1 + noise: 1-5 %, normal, every other series with
// a correlation of up to 0.3 from one window to the next.
func withNoise(random *rand.Rand, shape []float64) []float64 {
	size := 0.01 + 0.04*random.Float64()
	correlation := 0.3 * random.Float64() * float64(random.IntN(2))
	e := random.NormFloat64()
	for i := range shape {
		e = correlation*e + math.Sqrt(1-correlation*correlation)*random.NormFloat64()
		shape[i] *= level * (1 + size*e)
	}
	return shape
}

// makeRamp is a ramp over 5-40 % of n windows, then a constant. It begins 30-70 % below
// or 30-100 % above the level and goes there in a line, in 1-4 steps, or exponentially:
// then the ramp ends where 2 % of the level are left, as settling times are counted.
func makeRamp(random *rand.Rand, n int) made {
	length := (0.05 + 0.35*random.Float64()) * float64(n)
	off := -0.3 - 0.4*random.Float64()
	if random.IntN(2) == 0 {
		off = 0.3 + 0.7*random.Float64()
	}
	steps := float64(1 + random.IntN(4))
	kind := []string{"line", "steps", "exponential"}[random.IntN(3)]
	shape := make([]float64, n)
	for i := range shape {
		x := float64(i) / length // reaches 1 at the end of the ramp
		left := 0.0
		switch {
		case kind == "line" && x < 1:
			left = 1 - x
		case kind == "steps" && x < 1:
			left = 1 - math.Floor(x*steps)/steps
		case kind == "exponential":
			left = math.Pow(0.02/math.Abs(off), x)
		}
		shape[i] = 1 + off*left
	}
	return made{kind, withNoise(random, shape), int(math.Ceil(length))}
}

// makeDrift never settles: a line that drifts by 10-60 % of the level over the run, an
// exponential with a time constant of half a run or more, a sawtooth whose swing grows
// from nothing to 40-80 %, and one of constant swing that climbs with every tooth.
func makeDrift(random *rand.Rand, n int) made {
	kind := []string{"line", "exponential", "swing grows", "sawtooth climbs"}[random.IntN(4)]
	size := random.Float64()
	up := float64(1 - 2*random.IntN(2))
	period := float64(n) * (0.02 + 0.18*random.Float64())
	shape := make([]float64, n)
	for i := range shape {
		x := float64(i) / float64(n)
		tooth := math.Mod(float64(i), period)/period - 0.5
		switch kind {
		case "line":
			shape[i] = 1 + up*(0.1+0.5*size)*(x-0.5)
		case "exponential":
			shape[i] = 1 + up*0.5*math.Exp(-x/(0.5+1.5*size))
		case "swing grows":
			shape[i] = 1 + (0.4+0.4*size)*x*tooth
		case "sawtooth climbs":
			shape[i] = 1 + up*(0.1+0.3*size)*(tooth+x)
		}
	}
	return made{kind: kind, rates: withNoise(random, shape)}
}

// windows is a number of windows that Steady is made for.
func windows(random *rand.Rand) int { return 100 + random.IntN(501) }

func TestSteadyFindsTheEndOfARamp(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	right := 0
	for range 200 {
		n := windows(random)
		s := makeRamp(random, n)
		got := Steady(s.rates)
		switch {
		case !got.Found:
			t.Logf("%s, %d windows: %s", s.kind, n, got.Why)
		case math.Abs(float64(got.From-s.start)) > 0.1*float64(n):
			t.Logf("%s, %d windows: from %d, want %d", s.kind, n, got.From, s.start)
		default:
			right++
		}
		if got.Found && (math.Abs(got.Mean/level-1) > 0.03 || got.Low >= got.Mean || got.High <= got.Mean || got.Low < 0.85*level || got.High > 1.15*level) {
			t.Errorf("%s: mean %g, from %g to %g, want about %g", s.kind, got.Mean, got.Low, got.High, level)
		}
	}
	t.Logf("found within 10 %% of the run: %d of 200", right)
	if right < 190 {
		t.Errorf("the start was found in %d of 200 series, want 190 or more", right)
	}
}

func TestSteadyNeverInADrift(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	for range 200 {
		if s := makeDrift(random, windows(random)); Steady(s.rates).Found {
			t.Errorf("%s, %d windows: %s", s.kind, len(s.rates), Steady(s.rates).Why)
		}
	}
}

// Few windows are found steady less often, and no more often where they drift.
func TestSteadyOfFewWindows(t *testing.T) {
	random := rand.New(rand.NewPCG(15, 16))
	right := 0
	for range 200 {
		n := 30 + random.IntN(70)
		s := makeRamp(random, n)
		if got := Steady(s.rates); got.Found && math.Abs(float64(got.From-s.start)) <= 0.1*float64(n) {
			right++
		}
		if s := makeDrift(random, n); Steady(s.rates).Found {
			t.Errorf("%s, %d windows: %s", s.kind, n, Steady(s.rates).Why)
		}
	}
	t.Logf("found within 10 %% of the run: %d of 200", right)
	if right < 120 {
		t.Errorf("the start was found in %d of 200 series, want 120 or more", right)
	}
}

func TestSteadyFromTheStart(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 18))
	atOnce := 0
	for range 200 {
		n := windows(random)
		shape := make([]float64, n)
		for i := range shape {
			shape[i] = 1
		}
		got := Steady(withNoise(random, shape))
		if got.From == 0 && got.Found {
			atOnce++
		} else if !got.Found || got.From > n/10 {
			t.Errorf("%d windows without a ramp: %+v", n, got)
		}
	}
	if t.Logf("from 0: %d of 200", atOnce); atOnce < 190 {
		t.Errorf("from 0 in %d of 200, want 190 or more", atOnce)
	}
}

// repeated is a series by hand: each value a number of times.
func repeated(pairs ...float64) (rates []float64) {
	for i := 0; i < len(pairs); i += 2 {
		for range int(pairs[i+1]) {
			rates = append(rates, pairs[i])
		}
	}
	return rates
}

func TestSteadyByHand(t *testing.T) {
	alternating := repeated(1, 20)
	for i := range 80 {
		alternating = append(alternating, 9.75+0.5*float64(i%2)) // 9.75, 10.25, 9.75, ...
	}
	for name, c := range map[string]struct {
		rates []float64
		want  SteadyState
	}{
		"constant":    {repeated(7, 40), SteadyState{Found: true, Mean: 7, Low: 7, High: 7}},
		"a step":      {repeated(100, 10, 7, 30), SteadyState{Found: true, From: 10, Mean: 7, Low: 7, High: 7}},
		"half a run":  {repeated(100, 20, 7, 20), SteadyState{Found: true, From: 20, Mean: 7, Low: 7, High: 7}},
		"alternating": {alternating, SteadyState{Found: true, From: 20, Mean: 10, Low: 9.75, High: 10.25}},
	} {
		got := Steady(c.rates)
		if !strings.Contains(got.Why, "steady from window ") || math.Abs(got.Drift) > 0.01 || got.Half > 0.08 {
			t.Errorf("%s: %+v", name, got)
		}
		got.Why, got.Drift, got.Half, got.Mean = "", 0, 0, math.Round(got.Mean*1e9)/1e9 // what rounding leaves
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// The rates 1000 to 1100 in some order: 5 % of 101 values lie below 1005.
func TestSteadyBand(t *testing.T) {
	var rates []float64
	for _, above := range rand.New(rand.NewPCG(31, 32)).Perm(101) {
		rates = append(rates, 1000+float64(above))
	}
	if got := Steady(rates); !got.Found || got.From != 0 || !near(got.Mean, 1050, 1e-9) || got.Low != 1005 || got.High != 1095 {
		t.Errorf("%+v, want 1005 to 1095 around 1050", got)
	}
	for q, want := range map[float64]float64{0: 1, 0.25: 1.75, 0.5: 3, 1: 10} {
		if got := sortedQuantile([]float64{1, 2, 4, 10}, q); got != want {
			t.Errorf("quantile %g is %g, want %g", q, got, want)
		}
	}
}

func TestSteadySad(t *testing.T) {
	noisy := make([]float64, 60)
	random := rand.New(rand.NewPCG(19, 20))
	for i := range noisy {
		noisy[i] = 10 + random.Float64()*10
	}
	climbing := make([]float64, 200)
	for i := range climbing {
		climbing[i] = 100 + float64(i)
	}
	// The noise grows from nothing, the level stays.
	louder := make([]float64, 600)
	for i := range louder {
		louder[i] = 1000 + float64(1-2*(i%2))*50*float64(i)/600
	}
	for name, c := range map[string]struct {
		rates []float64
		want  string
	}{
		"none":      {nil, "0 windows are too few, at least 20 are needed"},
		"few":       {repeated(1, 19), "19 windows are too few"},
		"NaN":       {append(repeated(1, 30), math.NaN()), "the rate of window 30 is NaN"},
		"infinite":  {append(repeated(1, 30), math.Inf(1)), "the rate of window 30 is +Inf"},
		"below 0":   {append(repeated(1, 30), -1), "the rate of window 30 is -1"},
		"nothing":   {repeated(0, 50), "nothing moved in the last 25 windows"},
		"stopped":   {repeated(9, 20, 0, 30), "nothing moved in the last 25 windows"},
		"late step": {repeated(3, 25, 9, 15), "a drift of +160.8 %"},
		"noisy":     {noisy, "which a longer run or a less noisy one would tell better"},
		"climbing":  {climbing, "the level still changes"},
		"louder":    {louder, "the noise changes by a factor of"},
	} {
		got := Steady(c.rates)
		if !strings.HasPrefix(got.Why, "not steady") || !strings.Contains(got.Why, c.want) {
			t.Errorf("%s: why %q, want %q", name, got.Why, c.want)
		}
		if got.Why = ""; got != (SteadyState{}) {
			t.Errorf("%s: %+v, want nothing", name, got)
		}
	}
}

func TestSteadyRule(t *testing.T) {
	for _, number := range []string{"50 % of the run", "10 windows", "3 standard errors", "95 % interval", "8 % of the mean", "1.15 times"} {
		if !strings.Contains(SteadyRule(), number) {
			t.Errorf("the rule doesn't say %q: %s", number, SteadyRule())
		}
	}
}
