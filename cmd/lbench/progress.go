package main

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/units"
)

// Messages and progress go to stderr: one line that is rewritten on a terminal, one plain
// line every 10 s elsewhere.
const plainEvery = 10 * time.Second

// terminal says whether f may be written to with cursor movements, and how wide it is.
func terminal(f *os.File, getenv func(string) string) (bool, int) {
	if getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" || !term.IsTerminal(int(f.Fd())) {
		return false, 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if width < 2 { // a terminal that doesn't know its size
		width = 80
	}
	return err == nil, width
}

// line is one line of progress that text renews until finish, which shows it a last time.
type line struct {
	stop chan struct{}
	done sync.WaitGroup
}

func (a *app) newLine(quiet bool, text func() string) *line {
	l := &line{stop: make(chan struct{})}
	if quiet {
		return l
	}
	every, show := plainEvery, func(s string) { fmt.Fprintln(a.stderr, s) }
	if a.terminal {
		every, show = 250*time.Millisecond, func(s string) { fmt.Fprintf(a.stderr, "\r%.*s\x1b[K", a.width-1, s) }
	}
	l.done.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				show(text())
			case <-l.stop:
				if a.terminal {
					fmt.Fprint(a.stderr, "\r\x1b[K")
				}
				return
			}
		}
	})
	return l
}

func (l *line) finish() {
	close(l.stop)
	l.done.Wait()
}

// newNote shows a fixed text while something short is done.
func (a *app) newNote(text string, quiet bool) *line {
	return a.newLine(quiet, func() string { return text })
}

// newLiveLine shows where a training is: epoch, step, AU so far, rate, slowest rank, time left.
func (a *app) newLiveLine(plan dlio.Plan, live *dlio.Live, quiet bool) *line {
	began, last, lastBytes := time.Now(), time.Now(), int64(0)
	return a.newLine(quiet, func() string {
		now, bytes := time.Now(), live.Bytes.Load()
		rate := float64(bytes-lastBytes) / now.Sub(last).Seconds()
		last, lastBytes = now, bytes
		epoch, step := live.Epoch.Load(), live.Step.Load()
		au := "-"
		if window := live.Window.Load(); window > 0 {
			au = units.Percent(float64(live.Compute.Load())/float64(window), 1)
		}
		left := "-"
		if done := (max(epoch, 1)-1)*int64(plan.Steps) + step; done > 0 {
			all := int64(plan.Epochs) * int64(plan.Steps)
			left = units.Duration((now.Sub(began) * time.Duration(all-done) / time.Duration(done)).Round(time.Second))
		}
		return fmt.Sprintf("epoch %d/%d  step %d/%d  AU %s  %s  slowest rank %d  %s left",
			epoch, plan.Epochs, step, plan.Steps, au, units.Rate(rate), live.Slowest.Load(), left)
	})
}

// newBlockLine shows how far block I/O has come: bytes or time, rate, operations, time left.
func (a *app) newBlockLine(title string, job fio.Job, live *fio.Live, quiet bool) *line {
	began, last, lastBytes, lastOps := time.Now(), time.Now(), int64(0), int64(0)
	return a.newLine(quiet, func() string {
		now, bytes, ops := time.Now(), live.Bytes.Load(), live.Ops.Load()
		span := now.Sub(last).Seconds()
		rate, iops := float64(bytes-lastBytes)/span, float64(ops-lastOps)/span
		last, lastBytes, lastOps = now, bytes, ops
		done, left := units.Bytes(float64(bytes)), "-"
		switch {
		case job.Duration > 0:
			left = units.Duration(max(0, job.Duration-now.Sub(began)).Round(time.Second))
		case bytes > 0:
			done += " of " + units.Bytes(float64(job.Bytes()))
			left = units.Duration((now.Sub(began) * time.Duration(job.Bytes()-bytes) / time.Duration(bytes)).Round(time.Second))
		}
		return fmt.Sprintf("%s  %s  %s  %s ops/s  %s left", title, done, units.Rate(rate), units.Count(int64(iops)), left)
	})
}

// bar is the progress of a known number of bytes.
type bar struct {
	done  atomic.Int64
	first sync.Once
	kept  atomic.Int64 // bytes that were there before: they don't count for the rate
	bar   *progressbar.ProgressBar
	line  *line
}

func (a *app) newBar(bytes int64, what string, quiet bool) *bar {
	b := &bar{}
	if a.terminal && !quiet {
		b.bar = progressbar.NewOptions64(bytes, progressbar.OptionSetWriter(a.stderr), progressbar.OptionSetDescription(what),
			progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(true),
			progressbar.OptionSetWidth(30), progressbar.OptionUseIECUnits(false), progressbar.OptionOnCompletion(func() { fmt.Fprintln(a.stderr) }))
		return b
	}
	began := time.Now()
	b.line = a.newLine(quiet, func() string {
		done, elapsed := b.done.Load(), time.Since(began)
		rate, left := float64(done-b.kept.Load())/elapsed.Seconds(), "-"
		if rate > 0 {
			left = units.Duration(time.Duration(float64(bytes-done) / rate * 1e9).Round(time.Second))
		}
		return fmt.Sprintf("%s: %s of %s, %s, %s left", what, units.Bytes(float64(done)), units.Bytes(float64(bytes)), units.Rate(rate), left)
	})
	return b
}

// add tells the bar of files that became complete, and of bytes. A first call that has
// complete files tells of those of an earlier time.
func (b *bar) add(files int, bytes int64) {
	b.first.Do(func() {
		if files > 0 {
			b.kept.Store(bytes)
		}
	})
	b.done.Add(bytes)
	if b.bar != nil {
		_ = b.bar.Add64(bytes)
	}
}

func (b *bar) finish() {
	if b.bar != nil {
		_ = b.bar.Exit()
		return
	}
	b.line.finish()
}
