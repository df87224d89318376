package fio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
)

// smallWriter makes one small file after the other.
type smallWriter struct {
	run     *smallRun
	number  int
	mark    mark
	content content
	tally   *tally
	done    []smallFile // when files were ready; under the tally's lock

	made int  // files that got their final name
	temp bool // there is a temporary one
}

func (w *smallWriter) work() {
	r := w.run
	err := w.prepare()
	r.fail(err)
	r.ready.Done()
	<-r.begin
	until := r.start + int64(r.o.Duration)
	for now := r.start; err == nil && now < until && !r.halted(); {
		now, err = w.writeOne()
	}
	r.fail(err)
}

// prepare gets memory, and makes sure that no file has a name that is going to be used.
func (w *smallWriter) prepare() error {
	r := w.run
	buf, err := r.buffers.Get()
	if err != nil {
		return err
	}
	w.content.prepare(Job{Op: Write, Seed: r.o.Seed}, buf, uint64(w.number))
	for i := range ringFiles {
		var file ioengine.File
		err := w.call(opOpen, i, func() (err error) {
			file, err = r.engine.Open(w.name(i))
			return err
		})
		switch {
		case err == nil:
			_ = file.Close() // opened for reading
			return fmt.Errorf("create %q: %w: choose another folder", w.name(i), fs.ErrExist)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

// writeOne makes one file and returns the time at which it was ready.
func (w *smallWriter) writeOne() (end int64, err error) {
	r, place := w.run, w.made%ringFiles
	p := w.content.next(int(r.o.FileBytes), int(r.o.FileBytes))
	stampBlocks(p, newBlockID(r.o.Seed, w.name(place)), 0, true)
	start := r.clock.now()
	var f ioengine.WriteFile
	err = w.call(opCreate, ringFiles, func() (err error) {
		f, err = r.engine.Create(w.name(ringFiles))
		return err
	})
	if err != nil {
		return 0, err
	}
	w.temp = true
	syncStart, syncEnd, err := w.fill(f, p)
	if closeErr := w.call(opClose, ringFiles, f.Close); err == nil {
		err = closeErr
	}
	if err != nil {
		return 0, err
	}
	err = w.call(opRename, place, func() error { return r.engine.Rename(w.name(ringFiles), w.name(place)) })
	if err != nil {
		return 0, err
	}
	end = r.clock.now()
	w.temp = false
	w.made++
	w.count(len(p), start, syncStart, syncEnd, end)
	return end, nil
}

// fill writes a file and makes it durable.
func (w *smallWriter) fill(f ioengine.WriteFile, p []byte) (syncStart, syncEnd int64, err error) {
	err = w.call(opWrite, ringFiles, func() error {
		n, err := f.WriteAt(p, 0)
		if err == nil && n < len(p) {
			err = io.ErrShortWrite
		}
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	syncStart = w.run.clock.now()
	err = w.call(opSync, ringFiles, f.Sync)
	return syncStart, w.run.clock.now(), err
}

func (w *smallWriter) count(n int, start, syncStart, syncEnd, end int64) {
	w.tally.addSync(syncStart, syncEnd)
	w.tally.add(n, start, end, 0)
	w.tally.mu.Lock()
	if len(w.done) < mostDone/w.run.o.Writers {
		w.done = append(w.done, smallFile{time.Duration(end - w.run.start), time.Duration(end - start)})
	}
	w.tally.mu.Unlock()
}

// remove removes the files that the writer has made.
func (w *smallWriter) remove() error {
	var first error
	remove := func(place int) {
		err := w.call(opRemove, place, func() error { return w.run.engine.Remove(w.name(place)) })
		if first == nil {
			first = err
		}
	}
	if w.temp {
		remove(ringFiles)
	}
	for i := range min(w.made, ringFiles) {
		remove(i)
	}
	return first
}

// call makes a call that may wait for the storage, in sight of the watchdog.
func (w *smallWriter) call(kind opKind, place int, do func() error) error {
	w.mark.begin(kind, w.file(place), 0, w.run.clock.now())
	err := do()
	w.mark.end()
	if err != nil {
		return openError(kind, w.name(place), err)
	}
	return nil
}

func (w *smallWriter) file(place int) int { return w.number*(ringFiles+1) + place }

func (w *smallWriter) name(place int) string { return w.run.name(w.file(place)) }

// smallFile is one file that was made: when it had been renamed, since the start, and how
// long it took.
type smallFile struct{ done, took time.Duration }
