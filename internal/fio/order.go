package fio

import (
	"math/rand/v2"
	"sort"
)

// fileOp is one operation of a stream.
type fileOp struct {
	file int // index into Job.Files
	off  int64
	n    int // bytes; 0: there is nothing more to do
}

// opOrder gives the operations of one stream, one after the other.
type opOrder interface{ next() fileOp }

// newOrder makes the order in which stream i does its segments: once, or without end
// where the job has a duration. all is every place of the job, for those that share it.
func newOrder(j Job, i int, mine []Segment, all *places) opOrder {
	random := rand.New(rand.NewPCG(uint64(j.Seed), uint64(i)))
	endless := j.Duration > 0
	switch {
	case j.anywhere():
		return &anyPlace{places: all, random: random}
	case len(mine) == 0:
		return &sequential{}
	case j.Pattern == Random:
		p := newPlaces(j, mine)
		return &eachOnce{places: p, order: newPermutation(p.count(), random)}
	case j.Pattern == ShuffledFiles:
		s := &sequential{segments: append([]Segment(nil), mine...), opBytes: j.OpBytes, endless: endless, random: random}
		s.shuffle()
		return s
	}
	return &sequential{segments: mine, opBytes: j.OpBytes, endless: endless}
}

// anywhere says whether each stream reads at random places of all files.
func (j Job) anywhere() bool { return j.Pattern == Random && j.Duration > 0 }

// sequential goes through segments from their first byte to their last.
type sequential struct {
	segments []Segment
	opBytes  int64
	endless  bool
	random   *rand.Rand // nil: always in the same order
	at       int        // the segment
	done     int64      // bytes of it
}

func (s *sequential) next() fileOp {
	if s.at == len(s.segments) {
		if !s.endless || s.at == 0 {
			return fileOp{}
		}
		s.at = 0
		s.shuffle()
	}
	g := &s.segments[s.at]
	op := fileOp{g.File, g.Off + s.done, int(min(s.opBytes, g.Bytes-s.done))}
	if s.done += int64(op.n); s.done == g.Bytes {
		s.at, s.done = s.at+1, 0
	}
	return op
}

func (s *sequential) shuffle() {
	if s.random == nil {
		return
	}
	s.random.Shuffle(len(s.segments), func(a, b int) {
		s.segments[a], s.segments[b] = s.segments[b], s.segments[a]
	})
}

// anyPlace gives any of its places each time, all alike in probability.
type anyPlace struct {
	places *places
	random *rand.Rand
}

func (a *anyPlace) next() fileOp { return a.places.at(a.random.Uint64N(a.places.count())) }

// eachOnce gives all its places in random order.
type eachOnce struct {
	places *places
	order  permutation
	given  uint64
}

func (e *eachOnce) next() fileOp {
	if e.given == e.places.count() {
		return fileOp{}
	}
	e.given++
	return e.places.at(e.order.at(e.given - 1))
}

// places numbers the operations of some segments from 0. It is only read once made.
type places struct {
	segments []Segment
	first    []uint64 // number of the first op of each segment, and at last that of all
	each     uint64   // ops of every segment where all have the same, else 0
	opBytes  int64
}

func newPlaces(j Job, segments []Segment) *places {
	p := &places{segments: segments, first: make([]uint64, 1, len(segments)+1), opBytes: j.OpBytes}
	for i, g := range segments {
		ops := uint64((g.Bytes + j.OpBytes - 1) / j.OpBytes)
		p.first = append(p.first, p.count()+ops)
		if i == 0 {
			p.each = ops
		} else if ops != p.each {
			p.each = 0
		}
	}
	return p
}

// allPlaces numbers the operations of all files.
func allPlaces(j Job) *places { return newPlaces(j, j.whole()) }

func (p *places) count() uint64 { return p.first[len(p.first)-1] }

func (p *places) at(i uint64) fileOp {
	var s int
	if p.each > 0 {
		s = int(i / p.each)
	} else {
		s = sort.Search(len(p.segments), func(s int) bool { return p.first[s+1] > i })
	}
	g := p.segments[s]
	done := int64(i-p.first[s]) * p.opBytes
	return fileOp{g.File, g.Off + done, int(min(p.opBytes, g.Bytes-done))}
}
