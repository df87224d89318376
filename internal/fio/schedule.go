package fio

import "math/rand/v2"

// The two sides of a comparison of mounts.
const (
	SideA = 0
	SideB = 1
)

// Turn is one run of one cell.
type Turn struct {
	Cell   int // index
	Side   int // SideA, SideB
	Repeat int // from 0
}

// RandomOrder runs every cell once in each repeat, in a new random order each time
// (randomized complete blocks): what changes from one repeat to the next is the same for
// all cells, and within a repeat no cell has a place of its own.
func RandomOrder(cells, repeats int, seed int64) []Turn {
	var turns []Turn
	random := rand.New(rand.NewPCG(uint64(seed), orderKey))
	for repeat := range repeats {
		for _, cell := range random.Perm(cells) {
			turns = append(turns, Turn{Cell: cell, Repeat: repeat})
		}
	}
	return turns
}

// ABBA runs every cell four times in each repeat, A B B A on the two sides, so that what
// drifts evenly with time adds the same to both sides' means. Within a repeat the cells
// come in random order.
func ABBA(cells, repeats int, seed int64) []Turn {
	var turns []Turn
	for _, t := range RandomOrder(cells, repeats, seed) {
		for _, side := range []int{SideA, SideB, SideB, SideA} {
			turns = append(turns, Turn{Cell: t.Cell, Side: side, Repeat: t.Repeat})
		}
	}
	return turns
}

const orderKey = 0x6f72646572 // keeps this random order apart from others of one seed
