package fio

import (
	"math/bits"
	"math/rand/v2"
)

// permutation is a random order of the numbers 0..n-1 that takes no memory: a Feistel
// network of four rounds over the next power of four, walked until it hits a number
// below n (Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002). It is random
// enough to defeat a read-ahead, not a cryptographer.
type permutation struct {
	n    uint64
	half int // bits of each half
	keys [4]uint64
}

// newPermutation makes one of the numbers below n, n <= 2^62.
func newPermutation(n uint64, random *rand.Rand) permutation {
	p := permutation{n: n, half: max(1, (bits.Len64(n-1)+1)/2)}
	for i := range p.keys {
		p.keys[i] = random.Uint64()
	}
	return p
}

// at is number i of the order. On average it takes less than four walks.
func (p permutation) at(i uint64) uint64 {
	for i = p.walk(i); i >= p.n; i = p.walk(i) {
	}
	return i
}

func (p permutation) walk(i uint64) uint64 {
	mask := uint64(1)<<p.half - 1
	left, right := i>>p.half, i&mask
	for _, key := range p.keys {
		left, right = right, left^(scramble(right^key)&mask)
	}
	return left<<p.half | right
}

// scramble is the finalizer of splitmix64.
func scramble(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
