package fio

import (
	"fmt"
	"sync/atomic"
	"time"
)

// opKind is what a goroutine waits for.
type opKind uint8

const (
	opOpen opKind = iota
	opCreate
	opRead
	opWrite
	opSync
	opClose
	opRename
	opRemove
)

func (k opKind) String() string {
	return [...]string{"open", "create", "read", "write", "sync", "close", "rename", "remove"}[k]
}

// opClock counts ns from the making of a run, on the time package's clock.
type opClock struct{ base time.Time }

func (c opClock) now() int64 { return int64(time.Since(c.base)) }

func (c opClock) at(t time.Time) int64 { return int64(t.Sub(c.base)) }

// mark shows to the watchdog which call its one owner is in. A call that cannot wait
// for the storage needs none.
type mark struct {
	since atomic.Int64 // by the run's clock; 0: in none
	file  atomic.Int64
	off   atomic.Int64
	kind  atomic.Uint32
}

func (m *mark) begin(kind opKind, file int, off, now int64) {
	m.kind.Store(uint32(kind))
	m.file.Store(int64(file))
	m.off.Store(off)
	m.since.Store(max(1, now))
}

func (m *mark) end() { m.since.Store(0) }

// stuck describes the call, if it is the same that began more than limit before now.
func (m *mark) stuck(now int64, limit time.Duration, name func(file int) string) (string, bool) {
	since := m.since.Load()
	if since == 0 || now-since <= int64(limit) {
		return "", false
	}
	kind, file, off := opKind(m.kind.Load()), int(m.file.Load()), m.off.Load()
	if m.since.Load() != since { // it ended meanwhile, and these may be another's
		return "", false
	}
	if kind == opRead || kind == opWrite {
		return fmt.Sprintf("%v %q at %d", kind, name(file), off), true
	}
	return fmt.Sprintf("%v %q", kind, name(file)), true
}

// watched is a mark to look at, except while its owner is in another call: what is
// in flight in a queue may have ended then, and nobody has noticed yet.
type watched struct{ mark, except *mark } // except may be nil

// watchdog fails a run in which a call takes too long.
type watchdog struct {
	clock opClock
	limit time.Duration
	marks []watched
	name  func(file int) string
	fail  func(error)
}

// watch returns when stop is closed, or after it has failed the run.
func (w watchdog) watch(stop <-chan struct{}) {
	tick := time.NewTicker(min(time.Second, max(w.limit/4, time.Millisecond)))
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		now := w.clock.now()
		for _, m := range w.marks {
			if m.except != nil && m.except.since.Load() != 0 {
				continue
			}
			if what, stuck := m.mark.stuck(now, w.limit, w.name); stuck {
				w.fail(fmt.Errorf("%s: no answer for %v, more than --io-timeout: is the server up?", what, w.limit))
				return
			}
		}
	}
}
