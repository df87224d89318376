package fio

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestPermutation(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 4, 5, 16, 17, 1000, 4096, 65537} {
		p, seen := newPermutation(n, rand.New(rand.NewPCG(n, 2))), make([]bool, n)
		inPlace := 0
		for i := range n {
			at := p.at(i)
			if at >= n || seen[at] {
				t.Fatalf("n %d: %d gives %d, out of range or a second time", n, i, at)
			}
			seen[at] = true
			if at == i {
				inPlace++
			}
		}
		if n >= 1000 && inPlace > 20 { // 1 is to be expected
			t.Errorf("n %d: %d numbers stay in place", n, inPlace)
		}
	}
	huge := newPermutation(1<<62, rand.New(rand.NewPCG(1, 2)))
	if a, b := huge.at(0), huge.at(1); a == b || a >= 1<<62 {
		t.Errorf("of 2^62: %d, %d", a, b)
	}
}

// take gives the first n operations of a stream, fewer if there are no more.
func takeOps(o opOrder, n int) []fileOp {
	var all []fileOp
	for range n {
		op := o.next()
		if op.n == 0 {
			break
		}
		all = append(all, op)
	}
	return all
}

func orderOf(t *testing.T, j Job, stream int) opOrder {
	t.Helper()
	segments, err := j.Segments()
	if err != nil {
		t.Fatal(err)
	}
	return newOrder(j, stream, segments[stream], allPlaces(j))
}

func TestSequentialOrder(t *testing.T) {
	j := readJob(2, 2500, 1000)
	once := []fileOp{{0, 0, 1000}, {0, 1000, 1000}, {0, 2000, 500}, {1, 0, 1000}, {1, 1000, 1000}, {1, 2000, 500}}
	if got := takeOps(orderOf(t, j, 0), 100); !slices.Equal(got, once) {
		t.Errorf("once: %v", got)
	}
	j.Duration = time.Second
	if got := takeOps(orderOf(t, j, 0), 8); !slices.Equal(got, append(slices.Clone(once), once[:2]...)) {
		t.Errorf("round and round: %v", got)
	}
	j.Jobs = 7 // one more than there are ops
	if got := takeOps(orderOf(t, j, 6), 100); got != nil {
		t.Errorf("a stream without work does %v", got)
	}
}

func TestRandomOrder(t *testing.T) {
	for _, sizes := range [][]int64{{100_500, 100_500}, {100_500, 3_000}} {
		j := readJob(2, 0, 1000)
		j.Files[0].Bytes, j.Files[1].Bytes = sizes[0], sizes[1]
		j.Pattern, j.Jobs = Random, 2
		want := takeOps(&sequential{segments: []Segment{{0, 0, sizes[0]}, {1, 0, sizes[1]}}, opBytes: 1000}, 1000)

		got := append(takeOps(orderOf(t, j, 0), 1000), takeOps(orderOf(t, j, 1), 1000)...)
		if slices.IsSortedFunc(got, compareOps) {
			t.Error("once: the order isn't random")
		}
		slices.SortFunc(got, compareOps)
		if !slices.Equal(got, want) {
			t.Errorf("once: %d ops, not each of %d exactly once", len(got), len(want))
		}

		j.Duration = time.Second
		a, again, b := takeOps(orderOf(t, j, 0), 5000), takeOps(orderOf(t, j, 0), 5000), takeOps(orderOf(t, j, 1), 5000)
		if !slices.Equal(a, again) || slices.Equal(a, b) {
			t.Error("for a time: the order doesn't depend on the seed and the stream alone")
		}
		slices.SortFunc(a, compareOps)
		if distinct := slices.Compact(slices.Clone(a)); len(a) != 5000 || !slices.Equal(distinct, want) {
			t.Errorf("for a time: %d ops, %d places of %d", len(a), len(distinct), len(want))
		}
	}
}

// A random stream without a part of its own reads all files in a job for a time.
func TestRandomOrderWithoutSegments(t *testing.T) {
	j := readJob(1, 1000, 1000)
	j.Pattern, j.Jobs, j.Duration = Random, 2, time.Second
	if got := takeOps(orderOf(t, j, 1), 3); len(got) != 3 {
		t.Errorf("gives %v", got)
	}
}

func TestShuffledFilesOrder(t *testing.T) {
	j := readJob(20, 2500, 1000)
	j.Pattern, j.Duration = ShuffledFiles, time.Second
	got := takeOps(orderOf(t, j, 0), 120)
	var passes [2][]int
	for i, op := range got {
		if want := int64(i % 3 * 1000); op.off != want {
			t.Fatalf("op %d is at %d, want %d: files are read to their end", i, op.off, want)
		}
		if i%3 == 0 {
			passes[i/60] = append(passes[i/60], op.file)
		}
	}
	if slices.Equal(passes[0], passes[1]) || slices.IsSorted(passes[0]) {
		t.Errorf("passes %v", passes)
	}
	for _, p := range passes {
		slices.Sort(p)
		if len(slices.Compact(p)) != 20 {
			t.Errorf("a pass has %d of 20 files", len(p))
		}
	}
	j.Duration = 0
	if n := len(takeOps(orderOf(t, j, 0), 1000)); n != 60 {
		t.Errorf("once: %d ops, want 60", n)
	}
}

func compareOps(a, b fileOp) int {
	if a.file != b.file {
		return a.file - b.file
	}
	return int(a.off - b.off)
}
