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
	size, stride int
	advice       int // of madvise(2)

	mu   sync.Mutex
	free [][]byte
	maps [][]byte
}

// slabBytes is about how much is mapped at a time: whole huge pages, since a copy into
// memory that is mapped in 4 KiB pages pays for each of them.
const slabBytes = 8 << 20

// NewBuffers makes a pool of buffers of size bytes each.
func NewBuffers(size int) *Buffers {
	page := unix.Getpagesize()
	return &Buffers{size: size, stride: (size + page - 1) / page * page, advice: unix.MADV_HUGEPAGE}
}

// NewSmallPageBuffers makes a pool whose memory is mapped in the processor's small pages,
// as most programs' is, to compare with those.
func NewSmallPageBuffers(size int) *Buffers {
	b := NewBuffers(size)
	b.advice = unix.MADV_NOHUGEPAGE
	return b
}

// perSlab is how many buffers are mapped at a time.
func (b *Buffers) perSlab() int { return max(1, slabBytes/b.stride) }

// Get returns a buffer of the pool's size. Its content is arbitrary.
func (b *Buffers) Get() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.free) == 0 {
		count := b.perSlab()
		slab, err := unix.Mmap(-1, 0, b.stride*count, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			return nil, fmt.Errorf("get memory for %d reads of %d bytes: %w", count, b.size, err)
		}
		_ = unix.Madvise(slab, b.advice) // refused: copies are a little slower
		b.maps = append(b.maps, slab)
		for i := range count {
			b.free = append(b.free, slab[i*b.stride:][:b.size:b.stride])
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
