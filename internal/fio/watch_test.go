package fio

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
)

// hangs holds back the first call that matches, until the test ends.
func hangs(kind opKind, name string, off int64) (before func(storeOp) error, release func()) {
	never := make(chan struct{})
	return func(o storeOp) error {
		if o.kind == kind && o.name == name && o.off == off {
			<-never
		}
		return nil
	}, func() { close(never) }
}

// A server that no longer answers ends the run, wherever the call is. What was done
// until then is told.
func TestHang(t *testing.T) {
	for _, c := range []struct {
		job  Job
		kind opKind
		file string
		off  int64
		want string
		ops  int64
	}{
		{readJob(2, 4000, 1000), opRead, "f1", 2000, `read "f1" at 2000`, 6},
		{readJob(2, 4000, 1000), opOpen, "f0", 0, `open "f0"`, 0},
		{readJob(2, 4000, 1000), opOpen, "f1", 0, `open "f1"`, 4},
		{writeJob(2, 4096, 1024), opWrite, "f1", 1024, `write "f1" at 1024`, 5},
		{writeJob(2, 4096, 1024), opCreate, "f1", 0, `create "f1"`, 4},
		{writeJob(2, 4096, 1024), opSync, "f0", 0, `sync "f0"`, 4},
		{writeJob(2, 4096, 1024), opClose, "f0", 0, `close "f0"`, 4},
	} {
		for _, depth := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s depth %d", c.want, depth), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					j := c.job
					j.Depth = depth
					store := newMemStore(nil)
					if j.Op == Read {
						store = newMemStore(j.Files)
					} else {
						j.Fsync = FsyncEnd
					}
					before, release := hangs(c.kind, c.file, c.off)
					defer release()
					store.before = before
					begun := time.Now()
					live := &Live{}
					out, err := Native{Engine: store}.Run(t.Context(), j, Options{IOTimeout: 10 * time.Second, Live: live})
					want := c.want + ": no answer for 10s, more than --io-timeout: is the server up?"
					if err == nil || err.Error() != want {
						t.Errorf("Run = %v, want %s", err, want)
					}
					if took := time.Since(begun); took > 12*time.Second {
						t.Errorf("noticed after %v", took)
					}
					// At depth 2 others go on beside a hanging one, or have ended unnoticed.
					if depth == 1 && out.Ops != c.ops || out.Ops < c.ops-1 || out.Ops > 8 || live.Ops.Load() != out.Ops {
						t.Errorf("%d ops, live %d, want %d", out.Ops, live.Ops.Load(), c.ops)
					}
				})
			})
		}
	}
}

func TestHangOfManyAndNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := readJob(8, 4000, 1000)
		j.Jobs = 8
		before, release := hangs(opRead, "f5", 1000)
		store := newMemStore(j.Files)
		store.before = before
		go func() {
			time.Sleep(time.Hour)
			release()
		}()
		out := mustRun(t, store, j, Options{})
		if out.Duration != time.Hour || out.Bytes != 32_000 || out.Jobs[0].DurationNS != 0 {
			t.Errorf("took %v, %d bytes", out.Duration, out.Bytes)
		}
	})
}

func TestCancelWhileCallsHang(t *testing.T) {
	for _, depth := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			j := readJob(8, 4000, 1000)
			j.Jobs, j.Depth = 8, depth
			release := make(chan struct{})
			defer close(release)
			store := newMemStore(j.Files)
			store.before = func(o storeOp) error {
				if o.kind == opRead && o.off >= 2000 {
					<-release
				}
				return nil
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			begun := time.Now()
			out, err := Native{Engine: store}.Run(ctx, j, Options{MaxInflight: 100})
			if err != context.DeadlineExceeded || out.Ops != 16 || time.Since(begun) != time.Minute+leaveAfter || len(out.Jobs) != 8 {
				t.Errorf("%v, %d ops after %v", err, out.Ops, time.Since(begun))
			}
		})
	}
}

// Streams that wait for a place don't keep a run from ending.
func TestHangBehindTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := readJob(8, 4000, 1000)
		j.Jobs = 8
		never := make(chan struct{})
		defer close(never)
		fault := ioengine.NewFault(newMemStore(j.Files), ioengine.FaultRule{Hang: never})
		_, err := Native{Engine: fault}.Run(t.Context(), j, Options{IOTimeout: time.Second, MaxInflight: 2})
		if err == nil {
			t.Error("the hang wasn't noticed")
		}
	})
}

func TestMark(t *testing.T) {
	name := func(file int) string { return fmt.Sprint("file ", file) }
	var m mark
	for _, c := range []struct {
		do   func()
		now  int64
		want string
	}{
		{func() {}, 1 << 40, ""},
		{func() { m.begin(opRead, 3, 4096, 0) }, 10, ""},
		{func() {}, 12, `read "file 3" at 4096`},
		{func() { m.end() }, 1 << 40, ""},
		{func() { m.begin(opSync, 2, 0, 100) }, 110, ""},
		{func() {}, 111, `sync "file 2"`},
	} {
		c.do()
		if what, stuck := m.stuck(c.now, 10, name); what != c.want || stuck != (c.want != "") {
			t.Errorf("at %d: %q, %v, want %q", c.now, what, stuck, c.want)
		}
	}
}

// What lies in a queue isn't judged while its owner is elsewhere.
func TestWatchdogLooksAtTheCallThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queued, calling mark
		clock := opClock{time.Now()}
		var got []string
		w := watchdog{
			clock: clock, limit: 10 * time.Second, marks: []watched{{&queued, &calling}, {mark: &calling}},
			name: func(file int) string { return fmt.Sprint(file) }, fail: func(err error) { got = append(got, err.Error()) },
		}
		queued.begin(opRead, 1, 0, 0)
		calling.begin(opOpen, 2, 0, int64(5*time.Second))
		w.watch(nil)
		want := `open "2": no answer for 10s, more than --io-timeout: is the server up?`
		if len(got) != 1 || got[0] != want || time.Since(clock.base) != 16*time.Second {
			t.Errorf("after %v: %q, want %q", time.Since(clock.base), got, want)
		}
	})
}
