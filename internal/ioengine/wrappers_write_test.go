package ioengine

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTraceWriteGolden(t *testing.T) {
	trace := NewTrace(NewMem(virtual(files())))
	f := mustMake(t, trace.Create, "train/new")
	mustWrite(t, f, make([]byte, 4096), 8192)
	mustWrite(t, f, make([]byte, 17), 3)
	_, _ = f.ReadAt(make([]byte, 5), 6)
	_ = f.Sync()
	_ = f.Close()
	_, _ = trace.Create("one") // exists
	g := mustMake(t, trace.Modify, "over")
	mustWrite(t, g, make([]byte, 1), 1<<20)
	_ = trace.Rename("train/new", "block")
	_ = trace.Remove("block")
	const golden = "testdata/trace_write.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(trace.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), trace.String()); diff != "" {
		t.Errorf("the trace changed (-want +got):\n%s", diff)
	}
}

// written is what a write or sync gave.
type written struct {
	N   int
	Err error
	At  time.Duration // after the start
}

func TestWriteFaults(t *testing.T) {
	const eio, enospc = syscall.EIO, syscall.ENOSPC
	data := pattern("w", 1000)
	for _, c := range []struct {
		name  string
		rule  FaultRule
		offs  []int64 // writes of 1000 bytes; -1: a sync
		want  []written
		fired int
	}{
		{"every write", FaultRule{Op: OpWrite, Err: eio}, []int64{0, 1000, -1}, []written{{Err: eio}, {Err: eio}, {}}, 2},
		{"reads only", FaultRule{Err: eio}, []int64{0}, []written{{N: 1000}}, 0},
		{"other file", FaultRule{Op: OpWrite, Name: "other", Err: eio}, []int64{0}, []written{{N: 1000}}, 0},
		{"disk full at 1500", FaultRule{Op: OpWrite, From: 1500, Err: enospc, Keep: 500}, []int64{0, 1000, 2000}, []written{{N: 1000}, {N: 500, Err: enospc}, {N: 500, Err: enospc}}, 2},
		{"range", FaultRule{Op: OpWrite, From: 1000, To: 2000, Err: eio}, []int64{0, 1, 1999, 2000}, []written{{N: 1000}, {Err: eio}, {Err: eio}, {N: 1000}}, 2},
		{"second", FaultRule{Op: OpWrite, Nth: 2, Err: eio}, []int64{0, 0, 0}, []written{{N: 1000}, {Err: eio}, {N: 1000}}, 1},
		{"slow write", FaultRule{Op: OpWrite, Delay: time.Second, Nth: 1}, []int64{0, 0}, []written{{N: 1000, At: time.Second}, {N: 1000, At: time.Second}}, 1},
		{"sync fails", FaultRule{Op: OpSync, Err: eio}, []int64{0, -1, -1}, []written{{N: 1000}, {Err: eio}, {Err: eio}}, 2},
		{"slow sync", FaultRule{Op: OpSync, Delay: 3 * time.Second}, []int64{-1, 0}, []written{{At: 3 * time.Second}, {N: 1000, At: 3 * time.Second}}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				trace := NewTrace(NewMem(Content{}))
				fault, start := NewFault(trace, c.rule), time.Now()
				f := mustMake(t, fault.Create, "new")
				var got []written
				want := make([]byte, 3000)
				for _, off := range c.offs {
					var n int
					var err error
					if off < 0 {
						err = f.Sync()
					} else {
						n, err = f.WriteAt(data, off)
						copy(want[off:], data[:n])
					}
					got = append(got, written{n, err, time.Since(start)})
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("writes gave %v, want %v", got, c.want)
				}
				have := make([]byte, 3000)
				_, _ = mustOpen(t, trace, "new").ReadAt(have, 0)
				if !bytes.Equal(have, want) {
					t.Error("the file doesn't hold what was reported as written")
				}
				if failed := c.rule.Op == OpSync && c.rule.Err != nil; failed == strings.Contains(trace.String(), "sync") && slices.Contains(c.offs, -1) {
					t.Errorf("the engine below saw\n%s", trace)
				}
				if fault.Fired(0) != c.fired {
					t.Errorf("fired %d times, want %d", fault.Fired(0), c.fired)
				}
			})
		})
	}
}

// An inverted byte goes to the disk; the caller's buffer stays as it is.
func TestFaultFlipsAWrite(t *testing.T) {
	inner := NewMem(Content{})
	fault := NewFault(inner, FaultRule{Op: OpWrite, From: 1500, Flip: true})
	f := mustMake(t, fault.Create, "f")
	want := pattern("f", 3000)
	for off := 0; off < 3000; off += 1000 {
		buf := bytes.Clone(want[off:][:1000])
		if n, err := f.WriteAt(buf, int64(off)); n != 1000 || err != nil || !bytes.Equal(buf, want[off:][:1000]) {
			t.Errorf("WriteAt(%d) = %d, %v, or changed its buffer", off, n, err)
		}
	}
	want[1500] ^= 0xff
	if err := readWhole(inner, "f", want); err != nil || fault.Fired(0) != 1 {
		t.Errorf("%v, fired %d times, want once", err, fault.Fired(0))
	}
}

// What fails by a rule isn't done.
func TestFaultsOfMakers(t *testing.T) {
	trace := NewTrace(NewMem(virtual(files())))
	fault := NewFault(trace,
		FaultRule{Op: OpCreate, Name: "new", Err: syscall.EDQUOT},
		FaultRule{Op: OpModify, Name: "one", Err: syscall.EROFS},
		FaultRule{Op: OpRename, Name: "under to over", Err: syscall.EXDEV},
		FaultRule{Op: OpRemove, Name: "block", Err: syscall.EPERM})
	_, create := fault.Create("new")
	_, modify := fault.Modify("one")
	rename, remove := fault.Rename("under", "over"), fault.Remove("block")
	if create != syscall.EDQUOT || modify != syscall.EROFS || rename != syscall.EXDEV || remove != syscall.EPERM {
		t.Errorf("create, modify, rename, remove = %v, %v, %v, %v", create, modify, rename, remove)
	}
	if trace.String() != "" {
		t.Errorf("the engine below saw\n%s", trace)
	}
	for i := range 4 {
		if fault.Fired(i) != 1 {
			t.Errorf("rule %d fired %d times, want once", i, fault.Fired(i))
		}
	}
}

func TestFaultHangsAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f := mustMake(t, NewFault(NewMem(Content{}), FaultRule{Op: OpWrite, Hang: release}).Create, "f")
		ended := false
		go func() {
			_, _ = f.WriteAt([]byte("x"), 0)
			ended = true
		}()
		time.Sleep(time.Hour)
		synctest.Wait()
		if ended {
			t.Error("the write didn't hang")
		}
		close(release)
		synctest.Wait()
		if !ended {
			t.Error("the write still hangs")
		}
	})
}

// Wrappers of an engine that only reads say so.
func TestWrappersOfReaders(t *testing.T) {
	type reader struct{ Engine }
	inner := reader{NewMem(virtual(files()))}
	for _, e := range []Maker{NewTrace(inner), NewFault(inner), NewDelay(inner, 0, 0)} {
		_, create := e.Create("new")
		_, modify := e.Modify("one")
		for _, err := range []error{create, modify, e.Rename("one", "two"), e.Remove("one")} {
			if err == nil || !strings.Contains(err.Error(), "ioengine.reader: it only reads") {
				t.Errorf("%T: %v, want that it only reads", e, err)
			}
		}
	}
}

// Reads and writes share the bandwidth; a sync takes the latency.
func TestDelayOfWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ms = time.Millisecond
		e, start := NewDelay(NewMem(virtual(files())), 5*ms, 100_000), time.Now()
		f, g := mustMake(t, e.Create, "new"), mustOpen(t, e, "over")
		var read time.Duration
		go func() {
			time.Sleep(ms) // after the write
			_, _ = g.ReadAt(make([]byte, 1000), 0)
			read = time.Since(start)
		}()
		mustWrite(t, f, make([]byte, 1000), 0)
		wrote := time.Since(start)
		if err := f.Sync(); err != nil {
			t.Error(err)
		}
		synced := time.Since(start)
		time.Sleep(time.Second)
		synctest.Wait()
		if wrote != 15*ms || synced != 20*ms || read != 25*ms {
			t.Errorf("write, sync and read ended at %v, %v, %v, want 15ms, 20ms, 25ms", wrote, synced, read)
		}
	})
}

func TestGridSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(7 * time.Hour) // the grid begins where it is made
		e, start := NewGridSync(NewMem(Content{}).(Maker), time.Second), time.Now()
		f := mustMake(t, e.Create, "f")
		for _, c := range []struct{ at, want time.Duration }{
			{0, time.Second}, // on the grid: the next
			{1300 * time.Millisecond, 2 * time.Second},
			{2 * time.Second, 3 * time.Second},
			{5*time.Second + 1, 6 * time.Second},
			{7*time.Second - 1, 7 * time.Second},
		} {
			time.Sleep(c.at - time.Since(start))
			mustWrite(t, f, []byte("x"), 0)
			if err := f.Sync(); err != nil || time.Since(start) != c.want {
				t.Errorf("a sync at %v ended at %v, %v, want %v", c.at, time.Since(start), err, c.want)
			}
		}
		g := mustMake(t, e.Modify, "f")
		time.Sleep(time.Millisecond)
		if err := g.Sync(); err != nil || time.Since(start) != 8*time.Second {
			t.Errorf("a sync through Modify ended at %v, %v, want 8s", time.Since(start), err)
		}
		if f, err := e.Modify("missing"); f != nil || err == nil {
			t.Errorf("Modify of a missing file = %v, %v", f, err)
		}
	})
}
