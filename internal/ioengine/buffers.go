package ioengine

import (
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// Buffers is a pool of page-aligned buffers of one size, outside the garbage-collected
// heap. It grows to the largest number that was in use at once. The buffer given back
// last is handed out first, since it is the one still in the processor's cache.
type Buffers struct {
	size int

	mu   sync.Mutex
	free [][]byte
	maps [][]byte
}

// Number of buffers mapped at a time.
const slabBuffers = 8

// NewBuffers makes a pool of buffers of size bytes each.
func NewBuffers(size int) *Buffers { return &Buffers{size: size} }

// Get returns a buffer of the pool's size. Its content is arbitrary.
func (b *Buffers) Get() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.free) == 0 {
		page := unix.Getpagesize()
		stride := (b.size + page - 1) / page * page
		slab, err := unix.Mmap(-1, 0, stride*slabBuffers, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			return nil, fmt.Errorf("get memory for %d reads of %d bytes: %w", slabBuffers, b.size, err)
		}
		b.maps = append(b.maps, slab)
		for i := range slabBuffers {
			b.free = append(b.free, slab[i*stride:][:b.size:stride])
		}
	}
	last := len(b.free) - 1
	buf := b.free[last]
	b.free = b.free[:last]
	return buf, nil
}

// Put gives a buffer back.
func (b *Buffers) Put(buf []byte) {
	b.mu.Lock()
	b.free = append(b.free, buf)
	b.mu.Unlock()
}

// Free unmaps all memory. No buffer of the pool may be in use.
func (b *Buffers) Free() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.maps {
		_ = unix.Munmap(m)
	}
	b.free, b.maps = nil, nil
}
