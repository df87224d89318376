package dlio

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lbench/lbench/internal/ioengine"
)

// model is what a reader must do, written down without streams, locks or reads: which
// record is taken after which depends on the shard alone, never on which read ends first.
type model struct {
	shard   *shard
	batch   int64
	cycle   []segment // count 0: no file
	staged  []segment
	cursor  int
	records int64
	log     []segment // records in the order taken, count 1
}

func newModel(p Plan, s *shard) *model {
	m := &model{shard: s, batch: int64(p.BatchSize), cycle: make([]segment, p.ReadThreads)}
	m.fill()
	return m
}

func (m *model) fill() {
	for i := range m.cycle {
		m.cycle[i], _ = m.shard.next()
	}
	for len(m.staged) < 2*len(m.cycle) {
		seg, ok := m.shard.next()
		if !ok {
			return
		}
		m.staged = append(m.staged, seg)
	}
}

// take takes one record; false where the shard is exhausted.
func (m *model) take() bool {
	if m.exhausted() {
		return false
	}
	for m.cycle[m.cursor].count == 0 {
		m.cursor = (m.cursor + 1) % len(m.cycle)
	}
	seg := &m.cycle[m.cursor]
	m.log = append(m.log, segment{seg.file, seg.first, 1})
	seg.first++
	seg.count--
	m.records++
	if seg.count == 0 {
		m.replace(seg)
	}
	m.cursor = (m.cursor + 1) % len(m.cycle)
	return true
}

func (m *model) replace(exhausted *segment) {
	if len(m.staged) > 0 {
		*exhausted, m.staged = m.staged[0], m.staged[1:]
	}
	if next, ok := m.shard.next(); ok && exhausted.count == 0 {
		*exhausted = next
	} else if ok {
		m.staged = append(m.staged, next)
	}
}

func (m *model) exhausted() bool {
	return !slices.ContainsFunc(m.cycle, func(s segment) bool { return s.count > 0 })
}

// again drops the partial batch and begins the shard again.
func (m *model) again() {
	m.records -= m.records % m.batch
	m.cursor = 0
	m.shard.rewind()
	m.fill()
}

// rig is a reader with reads that end when the test says so.
type rig struct {
	t       *testing.T
	plan    *Plan
	r       *reader
	m       *model
	pending []*stream
	rounds  int // how often the shard was begun again
}

func newRig(t *testing.T, p Plan, epoch, rank int) *rig {
	engine := ioengine.NewNull(ioengine.Content{})
	l := newLanes(&p, TrainOptions{Engine: engine, Clock: Clock{Now: func() int64 { return 0 }}, MaxInflight: 1, Live: &Live{}})
	order := p.epochOrder(epoch)
	g := &rig{t: t, plan: &p, r: newReader(&p, l, rank), m: newModel(p, p.shard(order, epoch, rank))}
	g.r.start(p.shard(order, epoch, rank))
	g.check()
	return g
}

// collect takes the reads that were queued and checks that each was allowed.
func (g *rig) collect() {
	for {
		select {
		case s := <-g.r.lanes.ready:
			if slices.Contains(g.pending, s) {
				g.t.Fatalf("file %d has two reads in flight", s.seg.file)
			}
			if s.ready >= 2 || s.need < 1 || !s.busy {
				g.t.Fatalf("file %d is read while %d records wait and %d are needed (busy %v)", s.seg.file, s.ready, s.need, s.busy)
			}
			g.pending = append(g.pending, s)
		default:
			return
		}
	}
}

// finish ends the pending read i, which brings n records.
func (g *rig) finish(i, n int) {
	s := g.pending[i]
	g.pending = slices.Delete(g.pending, i, i+1)
	g.r.done(s, int64(n), min(n, s.need), interval{})
	g.check()
}

func (g *rig) take() bool {
	g.r.lanes.expect(1)
	ready := g.r.take(0)
	g.check()
	return ready
}

// check compares the reader with the model after as many records, and that no record that
// could be taken was left.
func (g *rig) check() {
	g.t.Helper()
	g.collect()
	select {
	case <-g.r.lanes.all:
	default:
	}
	r := g.r
	limit := (r.taken + int64(g.plan.ReadAheadBatches)) * int64(g.plan.BatchSize)
	if r.records > limit {
		g.t.Fatalf("%d records were taken, %d are allowed", r.records, limit)
	}
	g.follow()
	if open := len(g.pendingOrOpen()); open > 3*g.plan.ReadThreads {
		g.t.Fatalf("%d files are open", open)
	}
	if got, want := g.state(), g.want(); got != want {
		g.t.Fatalf("after %d records:\n got %s\nwant %s", r.records, got, want)
	}
	if s := r.cycle[r.cursor]; s != nil && s.ready > 0 && r.records < limit {
		g.t.Fatalf("after %d records the next one was left lying, %d are allowed", r.records, limit)
	}
}

// follow takes as many records in the model as the reader has taken. Where the reader has
// begun its shard again meanwhile, the count alone does not show it: the files do.
func (g *rig) follow() {
	for g.m.records < g.r.records || g.m.shard.loops && g.state() != g.want() {
		if !g.m.take() {
			if !g.m.shard.loops {
				g.t.Fatalf("%d records were taken, the shard has %d", g.r.records, g.m.records)
			}
			g.m.again()
			g.rounds++
		}
		if g.m.records > g.r.records+g.m.batch {
			g.t.Fatalf("after %d records: no state of the model is %s", g.r.records, g.state())
		}
	}
	if g.m.records != g.r.records {
		g.t.Fatalf("%d records were taken, the model has %d", g.r.records, g.m.records)
	}
}

func (g *rig) pendingOrOpen() []*stream {
	var open []*stream
	for _, s := range append(slices.Clone(g.r.cycle), g.r.staged...) {
		if s != nil {
			open = append(open, s)
		}
	}
	if len(open)+len(g.r.idle) != g.plan.streams() {
		g.t.Fatalf("%d streams are open and %d idle, want %d together", len(open), len(g.r.idle), g.plan.streams())
	}
	return open
}

// state is the files in their places, each with the records that are left to take.
func (g *rig) state() string {
	var cycle, staged []segment
	seg := func(s *stream) segment {
		if s == nil {
			return segment{}
		}
		left := s.need + s.ready
		return segment{s.seg.file, s.seg.first + s.seg.count - left, left}
	}
	for _, s := range g.r.cycle {
		cycle = append(cycle, seg(s))
	}
	for _, s := range g.r.staged {
		staged = append(staged, seg(s))
	}
	return fmt.Sprint(cycle, staged)
}

func (g *rig) want() string {
	cycle := slices.Clone(g.m.cycle)
	for i := range cycle {
		if cycle[i].count == 0 {
			cycle[i] = segment{}
		}
	}
	return fmt.Sprint(cycle, append([]segment(nil), g.m.staged...))
}

// FuzzReader ends reads in any order, with any number of records each, while batches are
// taken at any time, and holds the reader to the model. A shuffled epoch must end with
// exactly its samples; a looping one goes on for three rounds.
func FuzzReader(f *testing.F) {
	f.Add(uint64(1), uint8(0), uint8(30), uint8(7), uint8(2), uint8(5), uint8(2), uint8(2))
	f.Add(uint64(2), uint8(1), uint8(5), uint8(3), uint8(3), uint8(4), uint8(3), uint8(1))
	f.Add(uint64(3), uint8(2), uint8(7), uint8(5), uint8(2), uint8(3), uint8(1), uint8(3))
	f.Add(uint64(4), uint8(3), uint8(3), uint8(5), uint8(2), uint8(2), uint8(2), uint8(1))
	f.Add(uint64(5), uint8(0), uint8(60), uint8(1), uint8(1), uint8(9), uint8(4), uint8(1))
	f.Fuzz(func(t *testing.T, seed uint64, profile, files, samples, ranks, batch, threads, ahead uint8) {
		p := mini(Profiles()[profile%4], int(files%64)+1, int(samples%16)+1, int(ranks%4)+1, int(batch%16)+1)
		p.ReadThreads, p.ReadAheadBatches = int(threads%5)+1, int(ahead%4)+1
		if p.Steps < 2 || p.Profile != "shuffled" && len(p.Files) < p.Accelerators {
			return
		}
		random := rand.New(rand.NewPCG(seed, 0))
		g := newRig(t, p, int(seed%7), random.IntN(p.Accelerators))
		taken, most := 0, p.Steps
		if p.Profile != "shuffled" {
			most = 3 * p.Steps
		}
		for taken < most {
			switch {
			case len(g.pending) > 0 && (g.r.starving || random.IntN(3) > 0):
				g.finish(random.IntN(len(g.pending)), 1+random.IntN(3))
				if g.r.taken > int64(taken) {
					taken++
				}
			case !g.r.starving:
				if g.take() {
					taken++
				}
			default:
				t.Fatalf("batch %d of %d never comes: no read is in flight", taken, most)
			}
		}
		if p.Profile == "shuffled" {
			checkWholeSlice(g, taken)
		}
		g.r.stop()
		for len(g.pending) > 0 {
			g.finishStopped()
		}
		g.r.reset()
		if len(g.r.idle) != p.streams() || len(g.r.staged) > 0 || slices.ContainsFunc(g.r.cycle, func(s *stream) bool { return s != nil }) {
			t.Fatal("a stream outlives its epoch")
		}
	})
}

func (g *rig) finishStopped() {
	s := g.pending[0]
	g.pending = g.pending[1:]
	g.r.done(s, 1, 1, interval{})
	if len(g.r.lanes.ready) > 0 {
		g.t.Fatal("a read was queued after the end of the epoch")
	}
}

func checkWholeSlice(g *rig, batches int) {
	p := g.plan
	if len(g.pending) > 0 || g.r.records != int64(p.Steps)*int64(p.BatchSize) || batches != p.Steps {
		g.t.Fatalf("an epoch ends with %d records and %d reads in flight, want %d and 0", g.r.records, len(g.pending), p.Steps*p.BatchSize)
	}
	seen := map[segment]bool{}
	for _, record := range g.m.log {
		if seen[record] {
			g.t.Fatalf("record %+v is taken twice", record)
		}
		seen[record] = true
	}
}

// TestRoundRobin checks a case by hand: 5 files of 2, 2 in the cycle: a record of each in
// turn, and an exhausted file is replaced by the oldest staged one.
func TestRoundRobin(t *testing.T) {
	p := mini("v2.0", 5, 2, 1, 5)
	p.ReadAheadBatches = 2
	g := newRig(t, p, 1, 0)
	for range 10 {
		for len(g.pending) > 0 {
			g.finish(len(g.pending)-1, 1)
		}
	}
	var got []string
	for _, r := range g.m.log {
		got = append(got, fmt.Sprintf("%d.%d", r.file, r.first))
	}
	want := []string{"0.0", "1.0", "0.1", "1.1", "2.0", "3.0", "2.1", "3.1", "4.0", "4.1"}
	if !slices.Equal(got, want) {
		t.Errorf("records are taken as %v, want %v", got, want)
	}
}

// TestPartialBatchIsDropped: a shard of 5 in batches of 2 gives 2 batches, drops a record
// and begins again.
func TestPartialBatchIsDropped(t *testing.T) {
	p := mini("v2.0", 1, 5, 1, 2)
	p.ReadThreads, p.ReadAheadBatches = 1, 3
	g := newRig(t, p, 1, 0)
	for g.r.records < 6 {
		g.finish(0, 1)
	}
	want := []segment{{0, 0, 1}, {0, 1, 1}, {0, 2, 1}, {0, 3, 1}, {0, 4, 1}, {0, 0, 1}, {0, 1, 1}}
	if g.rounds != 1 || !slices.Equal(g.m.log, want) {
		t.Errorf("records are taken as %v, want %v", g.m.log, want)
	}
}

// TestTakenAt: the first batch counts from when it is looked for, a later one from
// when it was complete, at the earliest from the start of the step, and no wait is negative, even where a read ended just
// before the wait began and is booked after.
func TestTakenAt(t *testing.T) {
	p := mini("shuffled", 1, 8, 1, 2)
	p.ReadThreads, p.ReadAheadBatches = 1, 2
	g := newRig(t, p, 1, 0)
	now := int64(7)
	g.r.lanes.clock.Now = func() int64 { return now }
	for range 4 {
		g.finish(0, 1)
	}
	for i, want := range []int64{7, 7} {
		if ready := g.r.take(5); !ready || g.r.takenAt != want {
			t.Errorf("batch %d is taken at %d (ready: %v), want %d", i, g.r.takenAt, ready, want)
		}
		g.check()
	}
	g.r.take(20)
	g.collect()
	for g.r.starving {
		now = 19
		g.finish(0, 1)
	}
	if g.r.takenAt != 20 || g.r.readNS != 0 || g.r.workNS != 0 {
		t.Errorf("batch 2 is taken at %d, after %d of reads and %d of work, want 20, 0, 0", g.r.takenAt, g.r.readNS, g.r.workNS)
	}
}
