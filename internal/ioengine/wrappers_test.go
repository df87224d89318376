package ioengine

import (
	"bytes"
	"flag"
	"io"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestTraceGolden(t *testing.T) {
	trace := NewTrace(NewMem(virtual(files())))
	a, b := mustOpen(t, trace, "over"), mustOpen(t, trace, "train/big")
	if _, err := trace.Open("missing"); err == nil {
		t.Error("a missing file was opened")
	}
	buf := make([]byte, 8192)
	for _, read := range []struct {
		f   File
		n   int
		off int64
	}{{a, 4096, 0}, {b, 8192, 0}, {a, 4095, 4096}, {b, 0, 8191}, {a, 1, 1 << 40}} {
		_, _ = read.f.ReadAt(buf[:read.n], read.off)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	got := trace.String()
	const golden = "testdata/trace.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the trace changed (-want +got):\n%s", diff)
	}
	if ops := trace.Ops(); len(ops) != 9 || ops[4] != (Op{OpRead, "train/big", 0, 8192}) {
		t.Errorf("Ops() = %v", ops)
	}
}

func TestTraceConcurrently(t *testing.T) {
	trace := NewTrace(NewMem(virtual(files())))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := readWhole(trace, "over", files()["over"]); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	count := map[Op]int{}
	for _, o := range trace.Ops() {
		count[o]++
	}
	want := map[Op]int{
		{Kind: OpOpen, Name: "over"}: 8, {Kind: OpClose, Name: "over"}: 8, {OpRead, "over", 0, 8192}: 8,
	}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

// read is what a read gave.
type read struct {
	N   int
	Err error
	At  time.Duration // after the start
}

func TestFaults(t *testing.T) {
	const eio, estale, enospc = syscall.EIO, syscall.ESTALE, syscall.ENOSPC
	for _, c := range []struct {
		name  string
		rule  FaultRule
		offs  []int64 // reads of 1000 bytes of "over" (4097 bytes)
		want  []read
		fired int
	}{
		{"every read", FaultRule{Err: eio}, []int64{0, 1000}, []read{{Err: eio}, {Err: eio}}, 2},
		{"other file", FaultRule{Name: "under", Err: eio}, []int64{0}, []read{{N: 1000}}, 0},
		{"part of the name", FaultRule{Name: "ver", Err: estale}, []int64{0}, []read{{Err: estale}}, 1},
		{"second read", FaultRule{Nth: 2, Err: enospc}, []int64{0, 0, 0}, []read{{N: 1000}, {Err: enospc}, {N: 1000}}, 1},
		{"range", FaultRule{From: 1000, To: 2000, Err: eio}, []int64{0, 1, 1000, 1999, 2000}, []read{{N: 1000}, {Err: eio}, {Err: eio}, {Err: eio}, {N: 1000}}, 3},
		{"from on", FaultRule{From: 1000, Err: eio}, []int64{0, 3000}, []read{{N: 1000}, {Err: eio}}, 1},
		{"second in range", FaultRule{From: 1000, To: 2000, Nth: 2, Err: eio}, []int64{0, 1000, 0, 1000}, []read{{N: 1000}, {N: 1000}, {N: 1000}, {Err: eio}}, 1},
		{"short", FaultRule{Err: io.ErrUnexpectedEOF, Keep: 10}, []int64{0}, []read{{N: 10, Err: io.ErrUnexpectedEOF}}, 1},
		{"short at the end", FaultRule{Err: io.EOF, Keep: 500}, []int64{0, 4000}, []read{{N: 500, Err: io.EOF}, {N: 97, Err: io.EOF}}, 2},
		{"keeps no more than is asked for", FaultRule{Err: eio, Keep: 5000}, []int64{0}, []read{{N: 1000, Err: eio}}, 1},
		{"delay", FaultRule{Delay: time.Second, Nth: 1}, []int64{0, 0}, []read{{N: 1000, At: time.Second}, {N: 1000, At: time.Second}}, 1},
		{"delayed error", FaultRule{Delay: time.Second, Err: eio}, []int64{0}, []read{{Err: eio, At: time.Second}}, 1},
		{"open only", FaultRule{Op: OpOpen, Name: "no", Err: eio}, []int64{0}, []read{{N: 1000}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fault, start := NewFault(NewMem(virtual(files())), c.rule), time.Now()
				f := mustOpen(t, fault, "over")
				var got []read
				for _, off := range c.offs {
					buf := bytes.Repeat([]byte{0xAA}, 1000)
					n, err := f.ReadAt(buf, off)
					got = append(got, read{n, err, time.Since(start)})
					if !bytes.Equal(buf[:n], files()["over"][off:][:n]) {
						t.Errorf("the %d bytes at %d are wrong", n, off)
					}
					if err != nil && !bytes.Equal(buf[n:], make([]byte, 1000-n)) {
						t.Errorf("a read of %d bytes that failed left more", n)
					}
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("reads gave %v, want %v", got, c.want)
				}
				if fault.Fired(0) != c.fired {
					t.Errorf("fired %d times, want %d", fault.Fired(0), c.fired)
				}
			})
		})
	}
}

func TestFaultFlips(t *testing.T) {
	want := files()["over"]
	fault := NewFault(NewMem(virtual(files())), FaultRule{From: 1500, Flip: true}, FaultRule{From: 1501, Flip: true, Nth: 2})
	f := mustOpen(t, fault, "over")
	for _, c := range []struct {
		off   int64
		flips []int64
	}{{0, nil}, {501, []int64{1500}}, {502, []int64{1500}}, {1500, []int64{1500, 1501}}, {1501, nil}, {1502, nil}} {
		buf := make([]byte, 1000)
		if n, err := f.ReadAt(buf, c.off); n != 1000 || err != nil {
			t.Fatalf("ReadAt(%d) = %d, %v", c.off, n, err)
		}
		var flips []int64
		for i, b := range buf {
			switch at := c.off + int64(i); b {
			case want[at]:
			case ^want[at]:
				flips = append(flips, at)
			default:
				t.Fatalf("byte %d is neither right nor inverted", at)
			}
		}
		if diff := cmp.Diff(c.flips, flips); diff != "" {
			t.Errorf("inverted by a read at %d (-want +got):\n%s", c.off, diff)
		}
	}
	if !bytes.Equal(want, files()["over"]) || fault.Fired(0) != 3 || fault.Fired(1) != 1 {
		t.Errorf("fired %d and %d times, want 3 and 1", fault.Fired(0), fault.Fired(1))
	}
}

func TestFaultOfOpenAndClose(t *testing.T) {
	trace := NewTrace(NewMem(virtual(files())))
	fault := NewFault(trace,
		FaultRule{Op: OpOpen, Name: "over", Err: syscall.ENOENT},
		FaultRule{Op: OpClose, Name: "one", Err: syscall.EIO})
	if f, err := fault.Open("over"); f != nil || err != syscall.ENOENT {
		t.Errorf("Open = %v, %v, want ENOENT", f, err)
	}
	f := mustOpen(t, fault, "one")
	if n, err := f.ReadAt(make([]byte, 1), 0); n != 1 || err != nil {
		t.Errorf("ReadAt = %d, %v", n, err)
	}
	if err := f.Close(); err != syscall.EIO {
		t.Errorf("Close = %v, want EIO", err)
	}
	if want := "open one\nread one 0 1\nclose one\n"; trace.String() != want {
		t.Errorf("the engine below saw\n%swant\n%s", trace, want)
	}
	if fault.Fired(0) != 1 || fault.Fired(1) != 1 {
		t.Errorf("fired %d and %d times, want 1 and 1", fault.Fired(0), fault.Fired(1))
	}
}

func TestFaultHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		fault := NewFault(NewMem(virtual(files())), FaultRule{Hang: release, Nth: 1})
		f := mustOpen(t, fault, "over")
		ended := false
		go func() {
			_, _ = f.ReadAt(make([]byte, 10), 0)
			ended = true
		}()
		time.Sleep(time.Hour)
		synctest.Wait()
		if ended || fault.Fired(0) != 1 {
			t.Errorf("after an hour the read has ended: %v, fired %d times", ended, fault.Fired(0))
		}
		g := mustOpen(t, fault, "over") // others go on
		if n, err := g.ReadAt(make([]byte, 10), 0); n != 10 || err != nil {
			t.Errorf("the second read = %d, %v", n, err)
		}
		close(release)
		synctest.Wait()
		if !ended {
			t.Error("the read still hangs")
		}
	})
}

// Eight reads at once, and one later: latency is shared by none, bandwidth by all.
func TestDelay(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name      string
		latency   time.Duration
		bytesPerS float64
		want      []time.Duration // ends of three reads of 1000 bytes at once, and one 100 ms after
	}{
		{"nothing", 0, 0, []time.Duration{0, 0, 0, 100 * ms}},
		{"latency", 5 * ms, 0, []time.Duration{5 * ms, 5 * ms, 5 * ms, 105 * ms}},
		{"bandwidth", 0, 100_000, []time.Duration{10 * ms, 20 * ms, 30 * ms, 110 * ms}},
		{"both", 5 * ms, 100_000, []time.Duration{15 * ms, 25 * ms, 35 * ms, 115 * ms}},
		{"saturated", 5 * ms, 20_000, []time.Duration{55 * ms, 105 * ms, 155 * ms, 205 * ms}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, start := NewDelay(NewMem(virtual(files())), c.latency, c.bytesPerS), time.Now()
				ends := make(chan time.Duration, 4)
				issue := func() {
					f := mustOpen(t, e, "over")
					if n, err := f.ReadAt(make([]byte, 1000), 0); n != 1000 || err != nil {
						t.Errorf("ReadAt = %d, %v", n, err)
					}
					ends <- time.Since(start)
				}
				for range 3 {
					go issue()
				}
				time.Sleep(100 * ms)
				go issue()
				var got []time.Duration
				for range 4 {
					got = append(got, <-ends)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("reads ended at (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Only bytes that were there take bandwidth.
func TestDelayAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, start := NewDelay(NewMem(virtual(files())), time.Second, 97), time.Now()
		f := mustOpen(t, e, "over")
		if n, err := f.ReadAt(make([]byte, 1000), 4000); n != 97 || err != io.EOF || time.Since(start) != 2*time.Second {
			t.Errorf("ReadAt = %d, %v after %v, want 97, io.EOF after 2s", n, err, time.Since(start))
		}
	})
}
