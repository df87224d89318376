package fio

import "github.com/lbench/lbench/internal/ioengine"

// operateQueued keeps as many operations in flight as the stream has slots.
func (s *stream) operateQueued() error {
	free := append([]*slot(nil), s.slots...)
	owner := make(map[*ioengine.Async]*slot, len(s.slots))
	for _, sl := range s.slots {
		owner[&sl.async] = sl
	}
	done := make([]*ioengine.Async, 0, len(s.slots))
	var first error
	for {
		for more := first == nil; more && len(free) > 0; {
			if more, first = s.push(free[len(free)-1]); more {
				free = free[:len(free)-1]
			}
		}
		if s.inflight == 0 {
			return first
		}
		var err error
		if done, err = s.queue.Wait(done[:0]); err != nil {
			return err
		}
		for _, op := range done {
			free = append(free, owner[op])
			if err := s.reap(owner[op]); first == nil {
				first = err // what else is in flight is waited for
			}
		}
	}
}

// push begins the next operation. It says false where none is to be begun now.
func (s *stream) push(sl *slot) (more bool, err error) {
	r := s.run
	if r.halted() || r.clock.now() >= r.until {
		return false, nil
	}
	if more, err := s.take(sl); !more || err != nil {
		return false, err
	}
	if more, err := s.enter(); !more || err != nil {
		s.first = sl.op // for later
		if putErr := s.put(sl); err == nil {
			err = putErr
		}
		return false, err
	}
	a := &sl.async
	a.File, a.Off, a.Write = sl.file.File, sl.op.off, r.job.Op == Write
	if a.Write {
		a.Buf = r.stamped(sl)
	} else {
		a.Buf = sl.content.buffer(r.ask(sl.op.n))
	}
	s.inflight++
	sl.start = r.clock.now()
	sl.mark.begin(r.kind(), sl.op.file, sl.op.off, sl.start)
	s.queue.Push(a)
	return true, nil
}

// enter passes the gate. With operations in flight the stream must not wait there: only
// it can end them, and so free the places that they hold.
func (s *stream) enter() (bool, error) {
	if s.inflight > 0 {
		return s.run.gate.tryEnter(), nil
	}
	_, err := s.run.gate.enter()
	return err == nil, err
}

// reap counts an operation that has ended.
func (s *stream) reap(sl *slot) error {
	r := s.run
	sl.mark.end()
	r.gate.leave()
	s.inflight--
	n, err := r.result(sl, sl.async.N, sl.async.Err)
	if err != nil {
		_ = s.put(sl)
		return err
	}
	end := r.clock.at(sl.async.Done)
	s.tally.addQueued(n, sl.start, r.clock.at(sl.async.Submitted), end)
	_, err = s.after(sl, end)
	return err
}
