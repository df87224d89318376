package fio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/stats"
)

const (
	ringFiles  = 64      // that each writer keeps
	mostDone   = 1 << 20 // completion times that are kept, of all writers together
	removeWait = 10 * time.Second
)

// SmallOptions is how small durable files are written.
type SmallOptions struct {
	Writers   int           // side by side, at most MaxJobs
	FileBytes int64         // of each file
	Duration  time.Duration // no file is begun after
	Prefix    string        // of the files' names; folders in it exist
	Seed      int64
	IOTimeout time.Duration // ends a run in which a call takes longer; 0: never
	Live      *Live         // kept up to date, if set
	Sample    func(Sample)  // called some times a second and at the end, if set
}

// SmallOutcome is what became of them.
type SmallOutcome struct {
	Ops, Bytes int64
	Began      time.Time        // when the first file was begun, with the monotonic clock; zero: none was
	Duration   time.Duration    // from the first file's beginning to the last one's end
	Latencies  *stats.Durations // of a whole file: create, write, fsync, close, rename
	Sync       *stats.Durations // of its fsync alone
	CPU        time.Duration    // user and system
	Done       []time.Duration  // when files had been renamed, since the start, rising; the first 2^20 of all writers
	Took       []time.Duration  // how long each of those took
	Samples    []Sample         // as given to SmallOptions.Sample
}

// SmallWrites lets each writer make one small durable file after the other, as
// applications do that must not lose one: under a temporary name, with an fsync, and then
// renamed. The last 64 of each writer are kept, and removed at the end, whatever it is.
// A file that is there before is never touched: its name is an error.
func SmallWrites(ctx context.Context, e ioengine.Maker, o SmallOptions) (SmallOutcome, error) {
	if err := o.validate(e); err != nil {
		return SmallOutcome{}, fmt.Errorf("small writes: %w", err)
	}
	r := &smallRun{lifecycle: newLifecycle(), engine: e, o: o, buffers: ioengine.NewBuffers(int(o.FileBytes))}
	for i := range o.Writers {
		r.writers = append(r.writers, &smallWriter{run: r, number: i, tally: newTally(Job{Fsync: FsyncEach}, false)})
	}
	return r.do(ctx)
}

func (o SmallOptions) validate(e ioengine.Engine) error {
	switch unit := max(unitBytes, e.Align()); {
	case o.Writers < 1 || o.Writers > MaxJobs:
		return fmt.Errorf("writers %d: want 1 to %d", o.Writers, MaxJobs)
	case o.FileBytes < 1 || o.FileBytes > maxOpBytes || o.FileBytes%unit != 0:
		return fmt.Errorf("file size %d: want a multiple of %d bytes, up to %d", o.FileBytes, unit, maxOpBytes)
	case o.Duration <= 0:
		return fmt.Errorf("duration %v: want a positive one", o.Duration)
	case o.Prefix == "":
		return errors.New("prefix of the files' names is empty")
	}
	return nil
}

// smallRun is one run of SmallWrites.
type smallRun struct {
	*lifecycle
	engine  ioengine.Maker
	o       SmallOptions
	buffers *ioengine.Buffers
	writers []*smallWriter
}

func (r *smallRun) do(ctx context.Context) (SmallOutcome, error) {
	stop := make(chan struct{})
	defer close(stop)
	if r.o.IOTimeout > 0 {
		go r.watchdog().watch(stop)
	}
	if err := r.launch(ctx, len(r.writers), func(i int) { r.writers[i].work() }); err != nil {
		r.leave()
		return SmallOutcome{}, fmt.Errorf("small writes: %w", err)
	}
	cpu := processCPU()
	reporter := newReporter(r.lifecycle, r.tallies(), Options{Live: r.o.Live, Sample: r.o.Sample})
	r.open()
	go reporter.report()
	err := r.await(ctx, r.ended.Wait)
	cpu = processCPU() - cpu
	r.leave()
	reporter.finish()
	out := r.outcome(cpu)
	out.Began, out.Samples = r.began(), reporter.samples
	switch removeErr := r.remove(ctx); {
	case err == nil:
		err = removeErr
	case removeErr != nil:
		err = fmt.Errorf("%w; %w", err, removeErr)
	}
	return out, err
}

func (r *smallRun) tallies() []*tally {
	var all []*tally
	for _, w := range r.writers {
		all = append(all, w.tally)
	}
	return all
}

// outcome puts together what all writers have done, also one that hangs.
func (r *smallRun) outcome(cpu time.Duration) SmallOutcome {
	out := SmallOutcome{CPU: cpu, Latencies: stats.NewDurations(latencyDigits), Sync: stats.NewDurations(latencyDigits)}
	var files []smallFile
	for _, w := range r.writers {
		t := w.tally
		t.mu.Lock()
		out.Ops += t.ops
		out.Bytes += t.bytes
		out.Duration = max(out.Duration, time.Duration(t.last-r.start))
		out.Latencies.Merge(t.total)
		out.Sync.Merge(t.sync)
		files = append(files, w.done...)
		t.mu.Unlock()
	}
	slices.SortFunc(files, func(a, b smallFile) int { return cmp.Compare(a.done, b.done) })
	for _, f := range files {
		out.Done, out.Took = append(out.Done, f.done), append(out.Took, f.took)
	}
	return out
}

// remove removes all files that were made. After an error it waits no longer than
// removeWait for that.
func (r *smallRun) remove(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		r.ended.Wait()
		done <- r.removeAll()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	case <-r.failed:
	}
	select {
	case err := <-done:
		return err
	case <-time.After(removeWait):
		return fmt.Errorf("remove files %q: not done after %v: remove them by hand", r.o.Prefix+"*", removeWait)
	}
}

func (r *smallRun) removeAll() error {
	errs := make([]error, len(r.writers))
	var group sync.WaitGroup
	for i, w := range r.writers {
		group.Go(func() { errs[i] = w.remove() })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *smallRun) watchdog() watchdog {
	w := watchdog{clock: r.clock, limit: r.o.IOTimeout, name: r.name, fail: r.fail}
	for _, writer := range r.writers {
		w.marks = append(w.marks, watched{mark: &writer.mark})
	}
	return w
}

// name of a file: each writer has ringFiles of them, and a temporary one.
func (r *smallRun) name(file int) string {
	writer, i := file/(ringFiles+1), file%(ringFiles+1)
	if i == ringFiles {
		return fmt.Sprintf("%s%04d.tmp", r.o.Prefix, writer)
	}
	return fmt.Sprintf("%s%04d-%02d", r.o.Prefix, writer, i)
}
