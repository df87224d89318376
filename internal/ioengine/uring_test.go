package ioengine

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestUringLayout(t *testing.T) { // as in the kernel's header
	for name, c := range map[string]struct{ got, want uintptr }{
		"entry":          {unsafe.Sizeof(uringEntry{}), uringEntryBytes},
		"its user data":  {unsafe.Offsetof(uringEntry{}.userData), 32},
		"result":         {unsafe.Sizeof(uringResult{}), 16},
		"params":         {unsafe.Sizeof(uringParams{}), 120},
		"its sq offsets": {unsafe.Offsetof(uringParams{}.sqHead), 40},
		"its cq offsets": {unsafe.Offsetof(uringParams{}.cqHead), 80},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", name, c.got, c.want)
		}
	}
}

func TestUringRefused(t *testing.T) {
	for _, c := range []struct {
		errno unix.Errno
		want  string
	}{
		{unix.ENOSYS, "this kernel (or a filter of system calls) has none: use the engine posix or direct"},
		{unix.EPERM, "kernel.io_uring_disabled"},
		{unix.EACCES, "not permitted"},
		{unix.ENOMEM, "ulimit -l"},
		{unix.EMFILE, "too many open files: use the engine posix or direct"},
	} {
		err := uringRefused(c.errno)
		if !errors.Is(err, c.errno) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want one line with %q", err, c.want)
		}
	}
	if _, err := NewQueue(NewUring("/", false), uringMostInflight+1); err == nil || !strings.Contains(err.Error(), "at most 32768") {
		t.Errorf("a queue that is too deep: %v", err)
	}
}

// Results are taken as posixFile takes those of pread and pwrite.
func TestUringResults(t *testing.T) {
	buffered, direct := NewPosix(""), NewDirect("")
	for _, c := range []struct {
		name    string
		e       *Posix
		write   bool
		results []int32 // of 8192 bytes
		n       int
		err     error
	}{
		{"whole", buffered, false, []int32{8192}, 8192, nil},
		{"short, then the rest", buffered, false, []int32{100, 8092}, 8192, nil},
		{"short, then the end", buffered, false, []int32{100, 0}, 100, io.EOF},
		{"at the end", buffered, false, []int32{0}, 0, io.EOF},
		{"interrupted", buffered, false, []int32{-int32(unix.EINTR), -int32(unix.EAGAIN), 8192}, 8192, nil},
		{"fails", buffered, false, []int32{-int32(unix.EIO)}, 0, unix.EIO},
		{"fails half way", buffered, false, []int32{4096, -int32(unix.ESTALE)}, 4096, unix.ESTALE},
		{"direct, part of a block is the end", direct, false, []int32{4196}, 4196, io.EOF},
		{"direct, short by a block", direct, false, []int32{4096, 4096}, 8192, nil},
		{"write", buffered, true, []int32{8192}, 8192, nil},
		{"short write", buffered, true, []int32{5, 8187}, 8192, nil},
		{"full disk", buffered, true, []int32{4096, -int32(unix.ENOSPC)}, 4096, unix.ENOSPC},
		{"write of nothing", buffered, true, []int32{0}, 0, io.ErrShortWrite},
		{"direct write off a block", direct, true, []int32{512}, 512, io.ErrShortWrite},
	} {
		op := Async{Write: c.write, Buf: make([]byte, 8192)}
		for i, res := range c.results {
			if ended := op.ended(res, c.e); ended != (i == len(c.results)-1) {
				t.Errorf("%s: ended is %v after result %d", c.name, ended, i)
			}
		}
		if op.N != c.n || op.Err != c.err {
			t.Errorf("%s: %d, %v, want %d, %v", c.name, op.N, op.Err, c.n, c.err)
		}
	}
}

// A wait by another goroutine is told, where the kernel minds.
func TestUringBelongsToOneGoroutine(t *testing.T) {
	e := NewUring(folder(t, files()), false)
	q := mustQueue(t, e, 1)
	f := mustOpen(t, e, "over")
	wait := func() error {
		q.Push(&Async{File: f, Buf: make([]byte, 10)})
		_, err := q.Wait(nil)
		return err
	}
	if err := wait(); err != nil {
		t.Fatal(err)
	}
	other := make(chan error)
	go func() { other <- wait() }()
	if err := <-other; err != nil && !strings.Contains(err.Error(), "belongs to the goroutine that waited first") { // nil before Linux 6.1
		t.Errorf("Wait by another goroutine: %v", err)
	}
}

// Operations keep their memory though nothing else holds it, and cost no allocation.
func TestUringAllocatesNothing(t *testing.T) {
	e := NewUring(folder(t, files()), false)
	q := mustQueue(t, e, 8)
	defer q.Close()
	f := mustOpen(t, e, "blocks")
	var done []*Async
	for i := range 8 {
		done = append(done, &Async{File: f, Buf: make([]byte, 4096), Off: int64(i) * 4096})
	}
	inflight := 0
	step := func() {
		for _, op := range done {
			q.Push(op)
			inflight++
		}
		var err error
		if done, err = q.Wait(done[:0]); err != nil {
			t.Fatal(err)
		}
		inflight -= len(done)
	}
	if allocs := testing.AllocsPerRun(200, step); allocs != 0 {
		t.Errorf("%v allocations for each wait, want none", allocs)
	}
	for inflight > 0 {
		if done, _ = q.Wait(done[:0]); len(done) == 0 {
			t.Fatal("nothing ended")
		}
		inflight -= len(done)
	}
}
