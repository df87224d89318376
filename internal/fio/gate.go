package fio

import (
	"errors"
	"sync/atomic"
)

// errHalted ends a stream whose run is over. It reaches nobody else.
var errHalted = errors.New("the run is over")

// opGate bounds how many calls wait for the storage at once, and so how many threads
// there are.
type opGate struct {
	slots  chan struct{} // nil: there is no bound
	halt   <-chan struct{}
	waited atomic.Bool
}

// newOpGate bounds a run that could have most calls waiting at once to limit; 0 is no bound.
func newOpGate(limit, most int, halt <-chan struct{}) *opGate {
	g := &opGate{halt: halt}
	if limit > 0 && limit < most {
		g.slots = make(chan struct{}, limit)
	}
	return g
}

// tryEnter enters if that can be done at once.
func (g *opGate) tryEnter() bool {
	if g.slots == nil {
		return true
	}
	select {
	case g.slots <- struct{}{}:
		return true
	default:
		g.waited.Store(true)
		return false
	}
}

// enter returns once the call may begin, and says whether it had to wait for that.
func (g *opGate) enter() (waited bool, err error) {
	if g.tryEnter() {
		return false, nil
	}
	select {
	case g.slots <- struct{}{}:
		return true, nil
	case <-g.halt:
		return true, errHalted
	}
}

func (g *opGate) leave() {
	if g.slots != nil {
		<-g.slots
	}
}
