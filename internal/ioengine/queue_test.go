package ioengine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// runOne runs an operation through a queue of the engine.
func runOne(t *testing.T, e Engine, op *Async) {
	t.Helper()
	q := mustQueue(t, e, 1)
	q.Push(op)
	done, err := q.Wait(nil)
	if err != nil || len(done) != 1 || done[0] != op {
		t.Fatalf("Wait = %v, %v, want the one operation", done, err)
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

func mustQueue(t *testing.T, e Engine, depth int) Queue {
	t.Helper()
	q, err := NewQueue(e, depth)
	if errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EPERM) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestQueues(t *testing.T) {
	content := files()
	dir := folder(t, content)
	engines := map[string]Engine{
		"threads": NewPosix(dir),
		"mem":     NewMem(virtual(content)),
		"fault":   NewFault(NewMem(virtual(content))),
		"uring":   NewUring(dir, false),
	}
	if CheckDirect(dir, "block") == nil {
		engines["uring direct"] = NewUring(dir, true)
		engines["threads direct"] = NewDirect(dir)
	}
	for name, e := range engines {
		for _, depth := range []int{1, 2, 7, 64} {
			t.Run(fmt.Sprint(name, " ", depth), func(t *testing.T) {
				testQueueReads(t, e, content, depth)
			})
		}
	}
}

// testQueueReads reads every block of every file, and around their ends, with depth in flight.
func testQueueReads(t *testing.T, e Engine, content map[string][]byte, depth int) {
	var ops []*Async
	for name, want := range content {
		f := mustOpen(t, e, name)
		defer f.Close()
		for off := 0; off <= len(want)+4096; off += 4096 {
			for _, length := range []int{4096, 3 * 4096, 0} {
				ops = append(ops, &Async{File: f, Buf: aligned(make([]byte, length)), Off: int64(off), N: -1, Err: io.ErrClosedPipe})
			}
		}
	}
	start := time.Now()
	drive(t, e, depth, ops)
	for _, op := range ops {
		want := aligned(make([]byte, len(op.Buf)))
		n, err := op.File.ReadAt(want, op.Off)
		if op.N != n || op.Err != err || !bytes.Equal(op.Buf[:op.N], want[:n]) {
			t.Errorf("read of %d bytes at %d = %d, %v, want %d, %v", len(op.Buf), op.Off, op.N, op.Err, n, err)
		}
		if op.Submitted.Before(start) || op.Done.Before(op.Submitted) || op.Done.After(time.Now()) {
			t.Errorf("submitted %v and done %v after the start", op.Submitted.Sub(start), op.Done.Sub(start))
		}
	}
}

// drive pushes ops with depth in flight until all have ended.
func drive(t *testing.T, e Engine, depth int, ops []*Async) {
	t.Helper()
	q := mustQueue(t, e, depth)
	ended := map[*Async]bool{}
	for next := 0; len(ended) < len(ops); {
		for ; next < len(ops) && next-len(ended) < depth; next++ {
			q.Push(ops[next])
		}
		done, err := q.Wait(nil)
		if err != nil || len(done) == 0 {
			t.Fatalf("Wait = %d operations, %v", len(done), err)
		}
		for _, op := range done {
			if ended[op] {
				t.Fatal("an operation ended twice")
			}
			ended[op] = true
		}
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

func TestQueuesWrite(t *testing.T) {
	for name, e := range map[string]Maker{
		"threads": NewPosix(t.TempDir()),
		"mem":     NewMem(Content{}).(Maker),
		"uring":   NewUring(t.TempDir(), false),
	} {
		t.Run(name, func(t *testing.T) {
			want := pattern("written", 64*4096)
			f := mustMake(t, e.Create, "f")
			var ops []*Async
			for off := 0; off < len(want); off += 4096 {
				ops = append(ops, &Async{File: f, Write: true, Buf: want[off:][:4096], Off: int64(off)})
			}
			drive(t, e, 16, ops)
			for _, op := range ops {
				if op.N != 4096 || op.Err != nil {
					t.Errorf("write at %d = %d, %v", op.Off, op.N, op.Err)
				}
			}
			mustClose(t, f)
			if err := readWhole(e, "f", want); err != nil {
				t.Error(err)
			}
		})
	}
}

// Errors reach the operation, and misuse is told instead of waiting for ever.
func TestQueueErrors(t *testing.T) {
	for name, e := range map[string]Engine{"threads": NewPosix("/"), "uring": NewUring("/", false)} {
		t.Run(name, func(t *testing.T) {
			op := &Async{File: mustOpen(t, e, "tmp"), Buf: make([]byte, 8)} // a folder
			runOne(t, e, op)
			if op.N != 0 || op.Err != syscall.EISDIR {
				t.Errorf("read of a folder = %d, %v, want EISDIR", op.N, op.Err)
			}
			q := mustQueue(t, e, 3)
			if done, err := q.Wait(nil); err != errNothingInFlight || done != nil {
				t.Errorf("Wait with nothing in flight = %v, %v", done, err)
			}
			q.Push(op)
			if err := q.Close(); err == nil || !strings.Contains(err.Error(), "1 operations are in flight") {
				t.Errorf("Close with an operation in flight: %v", err)
			}
			if done, err := q.Wait(nil); err != nil || len(done) != 1 {
				t.Errorf("Wait = %v, %v", done, err)
			}
			if err := q.Close(); err != nil {
				t.Error(err)
			}
			for _, depth := range []int{0, -1} {
				if _, err := NewQueue(e, depth); err == nil || !strings.Contains(err.Error(), "want at least 1") {
					t.Errorf("a queue of depth %d: %v", depth, err)
				}
			}
		})
	}
}

// Four reads of a second each at depth 2 take two seconds, and none of the queue's
// goroutines is left (the bubble would not end).
func TestThreadQueueInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, start := NewDelay(NewMem(virtual(files())), time.Second, 0), time.Now()
		var ops []*Async
		for range 4 {
			ops = append(ops, &Async{File: mustOpen(t, e, "over"), Buf: make([]byte, 10)})
		}
		drive(t, e, 2, ops)
		for i, op := range ops {
			from := time.Duration(i/2) * time.Second
			if op.Submitted.Sub(start) != from || op.Done.Sub(start) != from+time.Second {
				t.Errorf("operation %d went from %v to %v, want from %v to %v", i, op.Submitted.Sub(start), op.Done.Sub(start), from, from+time.Second)
			}
		}
	})
}

// A queue has no more goroutines than were in flight.
func TestThreadQueueGrows(t *testing.T) {
	q := mustQueue(t, NewMem(virtual(files())), 1000).(*threadQueue)
	op := &Async{File: mustOpen(t, NewMem(virtual(files())), "over"), Buf: make([]byte, 10)}
	for range 20 {
		q.Push(op)
		if _, err := q.Wait(nil); err != nil {
			t.Fatal(err)
		}
	}
	if q.workers != 1 {
		t.Errorf("%d workers after one operation at a time, want 1", q.workers)
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}
