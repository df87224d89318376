package fio

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Each repeat is a block in which every cell comes once, in an order of its own.
func TestRandomOrderOfCells(t *testing.T) {
	const cells, repeats = 6, 40
	turns := RandomOrder(cells, repeats, 7)
	if len(turns) != cells*repeats {
		t.Fatalf("%d turns, want %d", len(turns), cells*repeats)
	}
	first := map[int]int{}
	var orders [][]int
	for repeat := range repeats {
		var order []int
		for _, turn := range turns[repeat*cells:][:cells] {
			if turn.Repeat != repeat || turn.Side != SideA {
				t.Fatalf("turn %+v within repeat %d", turn, repeat)
			}
			order = append(order, turn.Cell)
		}
		first[order[0]]++
		if len(orders) > 0 && slices.Equal(order, orders[len(orders)-1]) {
			t.Errorf("repeat %d has the order of the one before", repeat)
		}
		orders = append(orders, order)
		if sorted := slices.Sorted(slices.Values(order)); !slices.Equal(sorted, []int{0, 1, 2, 3, 4, 5}) {
			t.Errorf("repeat %d runs the cells %v", repeat, order)
		}
	}
	for cell := range cells { // 40 of 6: 6.7 each
		if first[cell] == 0 || first[cell] > 18 {
			t.Errorf("cell %d is the first of %d in %d repeats", cell, first[cell], repeats)
		}
	}
	if !slices.Equal(turns, RandomOrder(cells, repeats, 7)) || slices.Equal(turns, RandomOrder(cells, repeats, 8)) {
		t.Error("the seed doesn't decide the order")
	}
	for _, none := range [][]Turn{RandomOrder(0, 3, 1), RandomOrder(3, 0, 1), ABBA(0, 3, 1)} {
		if len(none) != 0 {
			t.Errorf("turns of nothing: %v", none)
		}
	}
}

func TestABBA(t *testing.T) {
	const cells, repeats = 3, 4
	turns := ABBA(cells, repeats, 7)
	if len(turns) != 4*cells*repeats {
		t.Fatalf("%d turns", len(turns))
	}
	blocks := RandomOrder(cells, repeats, 7)
	for i, turn := range turns {
		want := Turn{Cell: blocks[i/4].Cell, Side: []int{0, 1, 1, 0}[i%4], Repeat: blocks[i/4].Repeat}
		if turn != want {
			t.Fatalf("turn %d is %+v, want %+v", i, turn, want)
		}
	}
}

// A rate that changes evenly from turn to turn gives both sides the same values, whatever
// its slope; where one side is faster, the ratio comes out as without the drift.
func TestEvenDriftCancels(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for seed := range int64(200) {
		cells, repeats := 1+random.IntN(5), 3+random.IntN(5)
		turns := ABBA(cells, repeats, seed)
		start, slope := 1e9*(1+random.Float64()), 1e9*(random.Float64()-0.5)/float64(len(turns))
		measured := make([]map[string]float64, len(turns))
		for i := range turns {
			measured[i] = map[string]float64{"read_bytes_per_s": start + slope*float64(i)}
		}
		settings := make([]Settings, cells)
		a, b := Summarize(settings, SideA, turns, measured), Summarize(settings, SideB, turns, measured)
		for i, d := range CompareSides(a, b) {
			if math.Abs(d.Ratio-1) > 1e-12 || math.Abs(a[i].Mean/b[i].Mean-1) > 1e-12 {
				t.Errorf("seed %d: with a slope of %g a turn, cell %d has the ratio %.15g", seed, slope, i, d.Ratio)
			}
		}
	}
}
