package ioengine

import (
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func get(t *testing.T, b *Buffers) []byte {
	t.Helper()
	buf, err := b.Get()
	if err != nil {
		t.Fatal(err)
	}
	return buf
}

func TestBuffersArePagesApart(t *testing.T) {
	page := uintptr(unix.Getpagesize())
	for _, size := range []int{1, 4095, 4096, 4097, 256 << 10, 256<<10 + 1} {
		b := NewBuffers(size)
		seen := map[uintptr]bool{}
		for i := range 3*b.perSlab() + 1 { // more than one mapping
			buf := get(t, b)
			at := uintptr(unsafe.Pointer(&buf[0]))
			if len(buf) != size || at%page != 0 || seen[at] {
				t.Fatalf("size %d: buffer %d has %d bytes at %#x, handed out before: %v", size, i, len(buf), at, seen[at])
			}
			seen[at] = true
			if cap(buf) < size || cap(buf)-size >= int(page) {
				t.Fatalf("size %d: capacity %d reaches into the next buffer", size, cap(buf))
			}
			buf[0], buf[size-1] = 1, 2
		}
		b.Free()
	}
}

func TestBuffersGiveTheLastFirst(t *testing.T) {
	b := NewBuffers(100)
	defer b.Free()
	one, two := get(t, b), get(t, b)
	b.Put(one)
	b.Put(two)
	if got := get(t, b); &got[0] != &two[0] {
		t.Error("the buffer given back last isn't handed out first")
	}
	if got := get(t, b); &got[0] != &one[0] {
		t.Error("the buffer given back before isn't next")
	}
}

// The pool grows to what was in use at once, and no further.
func TestBuffersGrowToTheMostInUse(t *testing.T) {
	b := NewBuffers(100)
	defer b.Free()
	for round := range 3 {
		var held [][]byte
		for range 2*b.perSlab() - 1 {
			held = append(held, get(t, b))
		}
		for _, buf := range held {
			b.Put(buf)
		}
		if len(b.maps) != 2 || len(b.free) != 2*b.perSlab() {
			t.Fatalf("round %d: %d mappings and %d buffers, want 2 and %d", round, len(b.maps), len(b.free), 2*b.perSlab())
		}
	}
}

func TestBuffersFree(t *testing.T) {
	b := NewBuffers(100)
	b.Put(get(t, b))
	b.Free()
	if len(b.maps) != 0 || len(b.free) != 0 {
		t.Errorf("%d mappings and %d buffers are left", len(b.maps), len(b.free))
	}
	get(t, b)[0] = 1 // the pool can be used again
	b.Free()
}

func TestBuffersWithoutMemory(t *testing.T) {
	b := NewBuffers(1 << 55)
	if buf, err := b.Get(); err == nil {
		t.Errorf("Get gave %d bytes", len(buf))
	}
}

// Each goroutine finds in its buffer what it wrote there; -race watches the rest.
func TestBuffersConcurrently(t *testing.T) {
	b := NewBuffers(4096)
	defer b.Free()
	var group sync.WaitGroup
	for id := range 32 {
		group.Go(func() {
			for range 200 {
				buf, err := b.Get()
				if err != nil {
					t.Error(err)
					return
				}
				buf[0], buf[4095] = byte(id), byte(id)
				if buf[0] != byte(id) || buf[4095] != byte(id) {
					t.Errorf("goroutine %d shares its buffer", id)
				}
				b.Put(buf)
			}
		})
	}
	group.Wait()
}
