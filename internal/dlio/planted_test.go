package dlio

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
)

const plantedRuns = 20 // with each cause

// planted is a run on storage with something wrong, which must be found in it.
type planted struct {
	name string
	// wrong makes the run's storage or client a bad one where it is on, and says what has
	// to be named.
	wrong   func(b *bench, random *rand.Rand, on bool) result.LostCause
	samples int // of a file
}

// TestPlantedCauses: what was planted is named first, with what it cost: the loss of the
// run less that of the same run without it.
func TestPlantedCauses(t *testing.T) {
	for _, p := range []planted{
		{"a slow file", slowFile, 25},
		{"a slow rank", slowRank, 25},
		{"a stall of 2 s at second 10", stallAt10, 25},
		{"CPU burn beside the run", cpuBurn, 25},
		{"a slow first byte", slowFirstByte, 5},
	} {
		t.Run(p.name, func(t *testing.T) {
			named, near := 0, 0
			for seed := range uint64(plantedRuns) {
				bubble(t, fmt.Sprint(seed), func(t *testing.T) {
					with, cause, loss := plant(t, seed, p, true)
					_, _, without := plant(t, seed, p, false)
					cost, points := float64(loss.ns-without.ns), without.au-loss.au
					if len(with.Causes) == 0 {
						t.Errorf("nothing is named")
						return
					}
					got := with.Causes[0]
					t.Logf("cost %v (%.2f points) of %v; without it %v are lost; named are %+v", time.Duration(cost), 100*points, time.Duration(loss.ns), time.Duration(without.ns), with.Causes)
					if got.Kind == cause.Kind && got.File == cause.File && sameRank(got, cause) && (cause.To == 0 || got.From <= cause.From && got.To >= cause.To && got.To-got.From <= int64(4*time.Second)) {
						named++
					} else {
						t.Logf("named %+v, planted %+v", got, cause)
					}
					if math.Abs(float64(got.Lost)-cost) <= 0.2*cost && math.Abs(got.Fraction-points) <= 0.2*points {
						near++
					} else {
						t.Logf("said to cost %v (%.2f points), it did %v (%.2f)", time.Duration(got.Lost), 100*got.Fraction, time.Duration(cost), 100*points)
					}
				})
			}
			if named < plantedRuns-1 || near < plantedRuns-1 {
				t.Errorf("%d of %d are named, %d with their cost", named, plantedRuns, near)
			}
		})
	}
}

func sameRank(a, b result.LostCause) bool {
	return (a.Rank == nil) == (b.Rank == nil) && (a.Rank == nil || *a.Rank == *b.Rank)
}

// plant runs 4 ranks for 20 s and more on storage that is fast but for a read in 50, with
// what is wrong with it where that is on. It gives what the run says was lost, and the truth.
func plant(t *testing.T, seed uint64, what planted, on bool) (*result.Lost, result.LostCause, truth) {
	t.Helper()
	p := mini("shuffled", 1600/what.samples, what.samples, 4, 2)
	p.ReadThreads, p.ReadAheadBatches, p.ComputationTime, p.Seed = 2, 2, 100*ms, int64(seed)
	b := newBench(p)
	b.store.delay = noisy(seed)
	cause := what.wrong(b, rand.New(rand.NewPCG(seed, 9)), on)
	b.ok(t)
	lost := lostOf(b)
	sum := 0.0
	for _, part := range lost.Parts {
		sum += part
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("the parts make %v", sum)
	}
	if au := b.metrics["au_mean_fraction"]; math.Abs(lost.Parts[losses.AU]-au) > 1e-9 {
		t.Errorf("AU %v stands beside %v", au, lost.Parts[losses.AU])
	}
	total := b.tally.loss()
	return lost, cause, truth{total.Total(), b.metrics["au_mean_fraction"]}
}

// truth is what a run lost.
type truth struct {
	ns int64
	au float64
}

// lostOf is what the run of a bench says of its losses.
func lostOf(b *bench) *result.Lost {
	run := result.Run{Plan: b.plan.Summary(), Epochs: b.perEpoch}
	for _, e := range b.epochs {
		run.Reads = append(run.Reads, e.Reads)
	}
	tally := losses.New(*run.Plan)
	tally.Add(b.steps...)
	return tally.Lost(run, nil)
}

// noisy is a delay of some 5 ms, and now and then of 200 to 600. It is the same for a read
// whenever that is made.
func noisy(seed uint64) func(file int, off int64) time.Duration {
	return func(file int, off int64) time.Duration {
		h := fnv.New64a()
		fmt.Fprint(h, seed, file, off)
		random := rand.New(rand.NewPCG(h.Sum64(), seed))
		d := 3*ms + time.Duration(random.Int64N(int64(4*ms)))
		if random.IntN(200) == 0 {
			d += 200*ms + time.Duration(random.Int64N(int64(400*ms)))
		}
		return d
	}
}

func slowFile(b *bench, random *rand.Rand, on bool) result.LostCause {
	usual, slow := b.store.delay, 8+random.IntN(48)
	by := 150*ms + time.Duration(random.Int64N(int64(150*ms)))
	order := b.plan.epochOrder(1)
	file := int(order[slow])
	b.store.delay = func(f int, off int64) time.Duration {
		if on && f == file {
			return usual(f, off) + by
		}
		return usual(f, off)
	}
	return result.LostCause{Kind: result.LostToFile, File: b.plan.Files[file].Name}
}

func slowRank(b *bench, random *rand.Rand, on bool) result.LostCause {
	usual, rank := b.store.delay, random.IntN(4)
	by := 105*ms + time.Duration(random.Int64N(int64(30*ms)))
	slow := map[int]bool{}
	for s := b.plan.shard(b.plan.epochOrder(1), 1, rank); ; {
		seg, ok := s.next()
		if !ok {
			break
		}
		slow[seg.file] = true
	}
	b.store.delay = func(f int, off int64) time.Duration {
		if on && slow[f] {
			return usual(f, off) + by
		}
		return usual(f, off)
	}
	return result.LostCause{Kind: result.LostToRank, Rank: &rank}
}

func stallAt10(b *bench, random *rand.Rand, on bool) result.LostCause {
	usual := b.store.delay
	const from, to = 10 * time.Second, 12 * time.Second
	b.store.delay = func(f int, off int64) time.Duration {
		d, now := usual(f, off), time.Since(b.store.start)
		if on && now < to && now+d > from {
			d += to - max(now, from)
		}
		return d
	}
	return result.LostCause{Kind: result.LostToSeconds, From: int64(11 * time.Second), To: int64(to)}
}

func slowFirstByte(b *bench, random *rand.Rand, on bool) result.LostCause {
	usual := b.store.delay
	by := 1500*ms + time.Duration(random.Int64N(int64(400*ms)))
	b.store.delay = func(f int, off int64) time.Duration {
		if on && off == 0 {
			return usual(f, off) + by
		}
		return usual(f, off)
	}
	return result.LostCause{Kind: result.LostToFirst}
}

// cpuBurn takes the processors: sleeps end late, and work on bytes that lie in memory
// takes long.
func cpuBurn(b *bench, random *rand.Rand, on bool) result.LostCause {
	e := starved{store: b.store}
	if on {
		b.late = 3*ms + time.Duration(random.Int64N(int64(4*ms)))
		e.work = 18*ms + time.Duration(random.Int64N(int64(8*ms)))
	}
	b.o.Engine = e
	return result.LostCause{Kind: result.LostToClient}
}

// starved is an engine for a client whose processors are taken: three reads in four find
// their bytes in memory, and looking at them takes so long.
type starved struct {
	*store
	work time.Duration
}

type starvedFile struct {
	ioengine.File
	e starved
}

func (e starved) Open(name string) (ioengine.File, error) {
	f, err := e.store.Open(name)
	return starvedFile{f, e}, err
}

func (f starvedFile) TryReadAt(p []byte, off int64) (int, error) {
	if off%4 == 0 {
		return 0, ioengine.ErrWouldBlock
	}
	time.Sleep(f.e.work)
	h := f.File.(*handle)
	return f.e.spec.ReadAt(h.file, p, off)
}

// TestLostOfProfiles: under any profile the parts of each epoch make 1, and what is beside
// them is the AU of lbench's own formula.
func TestLostOfProfiles(t *testing.T) {
	for _, profile := range Profiles() {
		bubble(t, profile, func(t *testing.T) {
			p := mini(profile, 12, 20, 3, 4)
			p.ComputationTime, p.Epochs, p.WarmupEpochs = 15*ms, 3, 1
			b := newBench(p)
			b.store.delay = server(2 * ms)
			b.late = ms
			if b.run(t.Context()); b.err != nil {
				t.Fatal(b.err)
			}
			lost := lostOf(b)
			if len(lost.Epochs) != 3 {
				t.Fatalf("%d epochs", len(lost.Epochs))
			}
			for i, e := range lost.Epochs {
				sum, window := 0.0, b.epochs[i].End-b.epochs[i].Open
				for _, part := range e.Parts {
					sum += part
				}
				if au := float64(p.Steps-1) * float64(p.ComputationTime) / float64(window); math.Abs(sum-1) > 1e-9 || math.Abs(e.Parts[losses.AU]-au) > 1e-9 {
					t.Errorf("epoch %d: the parts make %v, AU %v of %v", e.Epoch, sum, e.Parts[losses.AU], au)
				}
				if _, has := e.Parts[losses.After]; has != (profile == "v3.0") {
					t.Errorf("epoch %d: parts %v", e.Epoch, e.Parts)
				}
			}
		})
	}
}
