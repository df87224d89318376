package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// scripted is a source that counts its readings; fail says what goes wrong with the nth.
type scripted struct {
	name  string
	reads int
	takes time.Duration
	fail  func(n int) error

	partial bool // there are readings beside an error
}

func (s *scripted) Name() string { return s.name }

func (s *scripted) Read(ctx context.Context) ([]result.Reading, error) {
	s.reads++
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	all := []result.Reading{{T: time.Now(), Source: s.name, Name: "n", Value: float64(s.reads)}}
	if s.fail != nil {
		if err := s.fail(s.reads); err != nil && s.partial {
			return all, err
		} else if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// line is one reading with its time since the start of the test.
type line struct {
	At           time.Duration
	Source, Name string
	Labels       map[string]string
	Value        float64
}

// sample runs a sampler for some time, in a bubble of virtual time, while meanwhile runs.
func sample(sources []Source, run time.Duration, meanwhile func(*Sampler)) []line {
	var lines []line
	start := time.Now()
	s := &Sampler{Sources: sources, Every: time.Second, Emit: func(all []result.Reading) {
		for _, r := range all {
			lines = append(lines, line{r.T.Sub(start), r.Source, r.Name, r.Labels, r.Value})
		}
	}}
	ctx, cancel := context.WithTimeout(context.Background(), run)
	defer cancel()
	if meanwhile != nil {
		go meanwhile(s)
	}
	s.Run(ctx)
	return lines
}

func TestSampler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := sample([]Source{&scripted{name: "a"}, &scripted{name: "b"}}, 2500*time.Millisecond, nil)
		var want []line
		for i, at := range []time.Duration{0, time.Second, 2 * time.Second, 2500 * time.Millisecond} {
			want = append(want, line{at, "a", "n", nil, float64(i + 1)}, line{at, "b", "n", nil, float64(i + 1)})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSamplerNow asks in between: several requests while one waits are one reading, and
// the readings carry the time at which they were taken.
func TestSamplerNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := sample([]Source{&scripted{name: "a", takes: 10 * time.Millisecond}}, 1500*time.Millisecond, func(s *Sampler) {
			time.Sleep(300 * time.Millisecond)
			s.Now()
			time.Sleep(5 * time.Millisecond) // that reading is under way
			s.Now()
			s.Now()
		})
		var at []time.Duration
		for _, l := range got {
			at = append(at, l.At/time.Millisecond)
		}
		if diff := cmp.Diff([]time.Duration{10, 310, 320, 1010, 1510}, at); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSamplerNowBeforeRunAndAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Sampler{Every: time.Second, Emit: func([]result.Reading) { t.Error("a round without readings was emitted") }}
		s.Now()
		s.Now()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.Run(ctx)
		s.Now()
		s.Now()
	})
}

func TestSamplerGaps(t *testing.T) {
	broken := func(n int) error {
		if n == 2 || n == 4 {
			return errors.New("boom")
		}
		return nil
	}
	synctest.Test(t, func(t *testing.T) {
		got := sample([]Source{&scripted{name: "bad", fail: broken}, &scripted{name: "good"}}, 2500*time.Millisecond, nil)
		gap := map[string]string{"source": "bad", "error": "boom"}
		source := map[string]string{"source": "bad"}
		want := []line{
			{0, "bad", "n", nil, 1},
			{0, "good", "n", nil, 1},
			{1 * time.Second, "telemetry", "gap", gap, 1},
			{1 * time.Second, "telemetry", "errors", source, 1},
			{1 * time.Second, "good", "n", nil, 2},
			{2 * time.Second, "telemetry", "gap", gap, 0},
			{2 * time.Second, "telemetry", "errors", source, 1},
			{2 * time.Second, "bad", "n", nil, 3},
			{2 * time.Second, "good", "n", nil, 3},
			{2500 * time.Millisecond, "telemetry", "gap", gap, 1},
			{2500 * time.Millisecond, "telemetry", "errors", source, 2},
			{2500 * time.Millisecond, "good", "n", nil, 4},
			{2500 * time.Millisecond, "telemetry", "errors", source, 2},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSamplerLastingGap: a source that fails in the same way every second says so when that
// begins and when it ends, with how often it was; another way begins anew. Readings that
// come with an error come all the time.
func TestSamplerLastingGap(t *testing.T) {
	how := []string{"", "", "boom", "boom", "boom", "", "bang", "boom", "boom"} // the nth, of 1
	synctest.Test(t, func(t *testing.T) {
		bad := &scripted{name: "bad", partial: true, fail: func(n int) error {
			if how[n] == "" {
				return nil
			}
			return errors.New(how[n])
		}}
		var got []string
		for _, l := range sample([]Source{bad}, 6500*time.Millisecond, nil) {
			got = append(got, fmt.Sprintf("%v %s%s %v", l.At, l.Name, l.Labels["error"], l.Value))
		}
		want := []string{
			"0s n 1", "1s n 2", "1s gapboom 1", "1s errors 1", "2s n 3", "3s n 4",
			"4s gapboom 0", "4s errors 3", "4s n 5",
			"5s n 6", "5s gapbang 1", "5s errors 4",
			"6s n 7", "6s gapboom 1", "6s errors 5",
			"6.5s n 8", "6.5s errors 6",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSamplerNoData drops a source that has no data at first, and only then: later
// that is a gap.
func TestSamplerNoData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := &scripted{name: "never", fail: func(int) error { return absent(os.ErrNotExist) }}
		later := &scripted{name: "later", fail: func(n int) error {
			if n > 1 {
				return ErrNoData
			}
			return nil
		}}
		got := sample([]Source{never, later}, 1500*time.Millisecond, nil)
		var names []string
		for _, l := range got {
			names = append(names, l.Source+" "+l.Name)
		}
		want := []string{"later n", "telemetry gap", "telemetry errors", "telemetry errors"}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Error(diff)
		}
		if never.reads != 1 {
			t.Errorf("a source without data was read %d times, want once", never.reads)
		}
	})
}

// TestSamplerSlow has a source that hangs: it is given up after one tick's time, and
// the others are read.
func TestSamplerSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		got := sample([]Source{&scripted{name: "hung", takes: time.Hour}, &scripted{name: "good"}}, 500*time.Millisecond, nil)
		goods := 0
		for _, l := range got {
			if l.Source == "good" {
				goods++
			}
		}
		if goods != 2 || time.Since(start) != 2*time.Second { // the first round and the last
			t.Errorf("%d good readings in %v: %+v", goods, time.Since(start), got)
		}
	})
}

// TestSamplerHost runs over the real sources.
func TestSamplerHost(t *testing.T) {
	seen := map[string]int{}
	s := &Sampler{Sources: Sources("/"), Every: time.Hour, Emit: func(all []result.Reading) {
		for _, r := range all {
			if r.Source == "telemetry" {
				t.Errorf("gap: %+v", r)
			}
			seen[r.Source+" "+r.Name]++
		}
	}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Run(ctx)
	for _, name := range []string{"cpu busy_ns", "process rchar_bytes", "memory available_bytes"} {
		if seen[name] != 2 {
			t.Errorf("%s was read %d times, want at the start and at the end", name, seen[name])
		}
	}
}
