package fio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"
)

// stopGrace is how long fio may take to end after a signal.
const stopGrace = 5 * time.Second

var errWontEnd = errors.New("fio doesn't end even if killed: a call of it hangs in the kernel")

// externalRun is one run of fio.
type externalRun struct {
	job     Job
	o       Options
	process *fioProcess
	grace   time.Duration

	started time.Time   // of the process
	began   time.Time   // of the first operation, as far as the documents tell; zero: none has begun
	last    fioDocument // the last one that could be read
	raw     []byte      // its text
	unread  error       // of the last one that was printed: why it couldn't
	samples []Sample
	since   time.Duration // of the interval that is going on
	counted []fioBins     // of each job, total latencies before since

	stopped error // why it was stopped: ctx.Err() or a timeout
	exit    error // of the process
}

// follow takes what fio says until it has ended, and stops it if it has to.
func (r *externalRun) follow(ctx context.Context) {
	canceled := ctx.Done()
	var quiet, late <-chan time.Time
	signal := syscall.SIGINT
	send := func() {
		r.process.signal(signal)
		late = time.After(r.patience())
	}
	stop := func(why error) {
		r.stopped, canceled, quiet = why, nil, nil
		send()
	}
	quiet = r.quiet()
	for {
		select {
		case raw := <-r.process.documents:
			if r.take(raw) && r.stopped == nil {
				quiet = r.quiet()
			}
		case r.exit = <-r.process.exited:
			return
		case <-canceled:
			stop(ctx.Err())
		case <-quiet:
			stop(r.stuck())
		case <-late:
			if signal == syscall.SIGKILL {
				r.process.abandon()
				r.exit = errWontEnd
				return
			}
			signal = syscall.SIGKILL
			send()
		}
	}
}

func (r *externalRun) patience() time.Duration {
	if r.grace > 0 {
		return r.grace
	}
	return stopGrace
}

// quiet fires when fio has made no progress for too long from now on; nil: never.
func (r *externalRun) quiet() <-chan time.Time {
	if r.o.IOTimeout <= 0 {
		return nil
	}
	return time.After(r.quietLimit())
}

// quietLimit leaves room for the time between two documents, and for the fsyncs at the
// end of a stream, in which fio prints none.
func (r *externalRun) quietLimit() time.Duration {
	calls := 1
	if r.job.Fsync == FsyncEnd || r.job.Fsync == FsyncEach {
		calls += (len(r.job.Files) + r.job.Jobs - 1) / r.job.Jobs
	}
	return time.Duration(calls)*r.o.IOTimeout + 2*statusEvery(r.job.Jobs)
}

// stuck is the error of a run without progress. The file that hangs is likely one of the
// stream that has done least.
func (r *externalRun) stuck() error {
	least := 0
	for i := range r.last.Jobs {
		if r.last.Jobs[i].bytes() < r.last.Jobs[least].bytes() {
			least = i
		}
	}
	parts := r.job.whole()
	if !r.job.anywhere() {
		parts = r.job.deal()[least]
	}
	var names []string
	for _, p := range parts[:min(3, len(parts))] {
		names = append(names, fmt.Sprintf("%q", r.job.Files[p.File].Name))
	}
	if len(parts) > len(names) {
		names = append(names, fmt.Sprintf("or %d more", len(parts)-len(names)))
	}
	return fmt.Errorf("--runner fio: no progress for %v (--io-timeout %v): %s has done least, with %s: is the server up?", r.quietLimit(), r.o.IOTimeout, fioJobName(least), strings.Join(names, ", "))
}

// take looks at a document, and says whether there was progress.
func (r *externalRun) take(raw []byte) bool {
	d, err := parseFio(bytes.NewReader(raw))
	if err == nil && len(d.Jobs) != r.job.Jobs {
		err = fmt.Errorf("read fio's output: %d jobs: want %d", len(d.Jobs), r.job.Jobs)
	}
	if r.unread = err; err != nil {
		return false
	}
	progress := d.progress() > r.last.progress()
	r.last, r.raw = d, raw
	r.date(time.Now())
	r.sample()
	return progress
}

// finish is what was done, after fio has ended.
func (r *externalRun) finish() Outcome {
	r.intervals(true)
	out := fioOutcome(r.last)
	out.Began, out.Samples = r.began, r.samples
	return out
}

// err is what went wrong, nil if nothing did.
func (r *externalRun) err() error {
	switch {
	case r.stopped != nil && errors.Is(r.exit, errWontEnd):
		return fmt.Errorf("%w (%w)", r.stopped, r.exit)
	case r.stopped != nil:
		return r.stopped
	}
	cause := r.exit
	if i := slices.IndexFunc(r.last.Jobs, func(j fioJob) bool { return j.Error != 0 }); i >= 0 {
		cause = fmt.Errorf("%s: %w", fioJobName(i), syscall.Errno(r.last.Jobs[i].Error))
	}
	switch {
	case cause != nil:
	case r.unread != nil:
		cause = r.unread
	case len(r.last.Jobs) == 0:
		cause = errors.New("it printed no result")
	case r.process.stdout.cutShort():
		cause = errors.New("its output ends within a result")
	case r.job.Duration == 0 && r.last.bytes() != r.job.Bytes():
		cause = fmt.Errorf("it did %d bytes of %d", r.last.bytes(), r.job.Bytes())
	default:
		return nil
	}
	return fmt.Errorf("--runner fio: fio failed: %w%s", cause, r.said())
}

// said quotes what fio wrote besides its results, in one line; stderr first, where its
// errors go.
func (r *externalRun) said() string {
	var lines []string
	for line := range strings.Lines(r.process.stderr.String() + "\n" + r.process.stdout.notes.String()) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	const most = 4
	text := strings.Join(lines[:min(most, len(lines))], "; ")
	if len(text) > 500 {
		text = text[:500] + "..."
	}
	return fmt.Sprintf(" (it said %q)", text)
}
