package dlio

import (
	"slices"
	"strings"
	"testing"
)

// TestProbeFiles: probes of any size read no file twice until all are used up, and each rank
// has records for its steps, the first, those that settle, a batch ahead and two a stream.
func TestProbeFiles(t *testing.T) {
	for _, test := range []struct {
		files, samples, batch int
		ahead                 int64
	}{{120, 50, 4, 0}, {500, 1, 3, 0}, {90, 1251, 40, 4096}, {300, 7, 1, 1 << 30}} {
		p := mini("shuffled", test.files, test.samples, 1, test.batch)
		f := NewProbeFiles(p)
		f.ReadAhead = test.ahead
		seen := map[int]int{}
		var used int64
		for _, ask := range []Ask{{Accelerators: 1, Steps: 8}, {Accelerators: 2, Steps: 9}, {Accelerators: 1, Steps: 16}, {Accelerators: 3, Steps: 8}, {Accelerators: 2, Steps: 8}} {
			plan, files, warm, err := f.Plan(ask, used)
			if err != nil {
				t.Fatal(err)
			}
			if want := used+files > f.files(); warm != want {
				t.Errorf("%+v, after %d of %d files: warm %v", test, used, f.files(), warm)
			}
			names := map[string]bool{}
			for _, name := range f.Names(ask, used) {
				names[name] = true
			}
			used += files
			for rank := range ask.Accelerators {
				records, streams := 0, 0
				s := plan.shard(nil, 1, rank)
				for range files / int64(ask.Accelerators) {
					seg, _ := s.next()
					streams++
					records += seg.count
					if seen[seg.file]++; seen[seg.file] > 1 && !warm || seg.first != 0 || seg.count != test.samples || !names[p.Files[seg.file].Name] {
						t.Fatalf("%+v: %+v is read again, or not whole, or not of the %d names", test, seg, len(names))
					}
				}
				if need := (plan.Steps+1)*test.batch + 2*p.streams(); records < need {
					t.Errorf("%+v: rank %d has %d records, want %d", test, rank, records, need)
				}
				more := 0 // the first ones again, for what is read ahead
				for seg, ok := s.next(); ok; seg, ok = s.next() {
					if more += seg.count; seen[seg.file] == 0 {
						t.Errorf("%+v: rank %d goes on to another's file %+v", test, rank, seg)
					}
				}
				if more < plan.ReadAheadBatches*test.batch {
					t.Errorf("%+v: rank %d can read %d records ahead", test, rank, more)
				}
				if want := min(p.streams(), test.files/ask.Accelerators); streams < want {
					t.Errorf("%+v: rank %d has %d files for %d streams", test, rank, streams, want)
				}
			}
		}
	}
}

// TestRanksBeginApart: ranks of a probe begin as deep in their first files as those of a full
// run, so that they don't all come to the ends of their files at once.
func TestRanksBeginApart(t *testing.T) {
	f := NewProbeFiles(mini("shuffled", 40, 50, 1, 4))
	plan, _, _, err := f.Plan(Ask{Accelerators: 3, Steps: 8}, 0)
	if err != nil {
		t.Fatal(err)
	}
	full := mini("shuffled", 40, 50, 3, 4)
	for rank := range 3 {
		got, _ := plan.shard(nil, 1, rank).next()
		want, _ := full.shard(full.epochOrder(1), 1, rank).next()
		if got.first != want.first || got.count != want.count || rank > 0 && got.first == 0 {
			t.Errorf("rank %d begins with %d records from %d on, in a full run with %d from %d on", rank, got.count, got.first, want.count, want.first)
		}
	}
}

// TestSettling: as many steps as fill the read-ahead of a rank's streams are left out.
func TestSettling(t *testing.T) {
	p := mini("shuffled", 40, 50, 1, 4)
	for ahead, want := range map[int64]int{0: leastSettling, 1: leastSettling, 16 * p.RecordBytes: 4 * p.streams(), 1 << 40: mostSettling} {
		f := NewProbeFiles(p)
		f.ReadAhead = ahead
		plan, _, _, err := f.Plan(Ask{Accelerators: 1, Steps: 8}, 0)
		if err != nil || f.settling() != min(want, mostSettling) || ahead < 1<<40 && plan.Steps != 9+f.settling() {
			t.Errorf("%d bytes ahead: %d steps settle, want %d; a plan of %d, error %v", ahead, f.settling(), want, plan.Steps, err)
		}
	}
}

func TestProbePlan(t *testing.T) {
	base := mini("v2.0", 40, 50, 4, 4)
	base.Epochs, base.WarmupEpochs, base.Seed = 5, 1, 3
	f := NewProbeFiles(base)
	first := func(f ProbeFiles, used int64) (segments []segment) {
		plan, _, _, err := f.Plan(Ask{Accelerators: 2, Steps: 8, Rate: used == 0}, used)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Profile != "shuffled" || plan.Epochs != 1 || plan.WarmupEpochs != 0 || plan.Steps != 9+leastSettling || plan.Accelerators != 2 || plan.ComputationTime > 0 == (used == 0) {
			t.Errorf("plan %+v", plan)
		}
		for s := plan.shard(nil, 1, 1); ; {
			seg, ok := s.next()
			if !ok {
				return segments
			}
			segments = append(segments, seg)
		}
	}
	one := first(f, 0)
	if !slices.Equal(one, first(f, 0)) || slices.Equal(one, first(f, 30)) {
		t.Error("the same probe reads other files, or the next one the same")
	}
	base.Seed = 4
	if slices.Equal(one, first(NewProbeFiles(base), 0)) {
		t.Error("another seed reads the same files")
	}
}

// TestSmallDataset: what is too small for the steps asked for is read in fewer, and what is
// too small for two is refused.
func TestSmallDataset(t *testing.T) {
	f := NewProbeFiles(mini("shuffled", 16, 25, 1, 4)) // 100 batches
	for accelerators := 1; accelerators <= f.Most(); accelerators++ {
		plan, pieces, _, err := f.Plan(Ask{Accelerators: accelerators, Steps: 64}, 0)
		if err != nil || plan.Steps < 9 || pieces > f.files() {
			t.Errorf("%d accelerators: %d steps, %d of %d pieces, error %v", accelerators, plan.Steps, pieces, f.files(), err)
		}
	}
	if most := f.Most(); most < 3 || most > 10 {
		t.Errorf("%d accelerators at most", most)
	}
	_, _, _, err := f.Plan(Ask{Accelerators: 30, Steps: 8}, 0)
	if err == nil || !strings.Contains(err.Error(), "plan a probe of 30 accelerators: it takes 120 files, and the dataset has 16: make more files") {
		t.Errorf("error %v", err)
	}
}
