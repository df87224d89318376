package main

import (
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// readsTag names the latencies of a training's reads in ops.hdr.
const readsTag = "reads"

// readLog keeps the latencies of a training's reads: in ops.hdr a line for each second of
// the run's clock in which reads ended that had to wait. The file is made with its first
// line, so that a run without such reads has none. nil keeps nothing.
type readLog struct {
	reads   *dlio.Latencies
	total   *stats.Durations // of all lines so far
	create  func() (io.WriteCloser, error)
	started time.Time // of the run
	clock   func() time.Duration
	stop    chan struct{}
	ended   chan struct{}

	from time.Duration // where the next line begins, since the run began
	file io.WriteCloser
	log  *stats.DurationsLog

	mu  sync.Mutex
	err error // the first one, which ends the log
}

// newReadLog starts the log of the training that begins now; nil for an engine that reads
// no storage.
func (r *mlperfRun) newReadLog() *readLog {
	if ioengine.Virtual(r.o.engine.value) {
		return nil
	}
	create := func() (io.WriteCloser, error) { return r.app.create(filepath.Join(r.writer.Dir(), result.OpsFile)) }
	return startReadLog(r.run.Started, func() time.Duration { return time.Since(r.began) }, create)
}

func startReadLog(started time.Time, clock func() time.Duration, create func() (io.WriteCloser, error)) *readLog {
	l := &readLog{
		reads: dlio.NewLatencies(), total: stats.NewDurations(dlio.LatencyDigits), create: create, started: started, clock: clock,
		stop: make(chan struct{}), ended: make(chan struct{}), from: clock(),
	}
	go l.run()
	return l
}

// run writes a line at each whole second.
func (l *readLog) run() {
	defer close(l.ended)
	timer := time.NewTimer(untilSecond(l.from))
	defer timer.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-timer.C:
		}
		l.write()
		timer.Reset(untilSecond(l.from))
	}
}

// untilSecond is the time to the next whole second.
func untilSecond(now time.Duration) time.Duration {
	return now.Truncate(time.Second) + time.Second - now
}

// write adds a line of the reads that have ended since the last one.
func (l *readLog) write() {
	from, now := l.from, l.clock()
	l.from = now
	taken := l.reads.Take()
	if taken.Count() == 0 || l.failed() != nil {
		return
	}
	l.total.Merge(taken)
	err := l.open()
	if err == nil {
		err = l.log.Write(readsTag, from, now, taken)
	}
	l.fail(wrap("write "+result.OpsFile, err))
}

// open makes the file, the first time.
func (l *readLog) open() (err error) {
	if l.file != nil {
		return nil
	}
	if l.file, err = l.create(); err != nil {
		return err
	}
	l.log, err = stats.NewDurationsLog(l.file, l.started)
	return err
}

func (l *readLog) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

// failed is why the log could not be written, nil if it could.
func (l *readLog) failed() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// close writes a last line, and is why any could not be written.
func (l *readLog) close() error {
	if l == nil {
		return nil
	}
	close(l.stop)
	<-l.ended
	l.write()
	if l.file != nil {
		l.fail(wrap("write "+result.OpsFile, l.file.Close()))
	}
	return l.failed()
}

// latencies takes what the training reads; nil where nothing is kept.
func (l *readLog) latencies() *dlio.Latencies {
	if l == nil {
		return nil
	}
	return l.reads
}

// metrics are those of all reads of the run; none where there is no log.
func (l *readLog) metrics() map[string]float64 {
	if l == nil {
		return nil
	}
	return dlio.LatencyMetrics(l.total)
}
