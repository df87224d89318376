package fio

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/ioengine"
)

const (
	mostOpenFiles  = 64  // of one stream
	otherOpenFiles = 128 // descriptors left to the rest of the process
)

// openFilesOfStream is how many files each of so many streams may keep open: those of a
// random one that it comes back to, as far as the process may have descriptors.
func openFilesOfStream(j Job) int {
	if j.Pattern != Random {
		return 1
	}
	most := mostOpenFiles
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err == nil && limit.Cur < 1<<30 {
		most = min(most, (int(limit.Cur)-otherOpenFiles)/j.Jobs)
	}
	return max(1, min(most, len(j.Files)))
}

// openFiles holds the files that a stream has open, file i in place i modulo their
// number. One that loses its place is closed after its last operation in flight.
type openFiles struct {
	stream *stream
	places []*openFile
	made   map[int]bool // files that were created
}

type openFile struct {
	ioengine.File
	index   int
	write   ioengine.WriteFile // nil: only to be read
	id      blockID            // of what is written
	try     ioengine.TryReader // nil: its reads always wait
	pending int                // operations in flight
	left    bool               // has lost its place
}

// get opens a file, if it isn't, and notes one operation more in flight.
func (o *openFiles) get(sl *slot, index int) (*openFile, error) {
	place := &o.places[index%len(o.places)]
	if f := *place; f != nil {
		if f.index == index {
			f.pending++
			return f, nil
		}
		*place = nil
		if err := o.leave(sl, f); err != nil {
			return nil, err
		}
	}
	f, err := o.open(sl, index)
	if err != nil {
		return nil, err
	}
	f.pending++
	*place = f
	return f, nil
}

// put notes that an operation has ended.
func (o *openFiles) put(sl *slot, f *openFile) error {
	f.pending--
	if f.left && f.pending == 0 {
		return o.finish(sl, f)
	}
	return nil
}

func (o *openFiles) leave(sl *slot, f *openFile) error {
	f.left = true
	if f.pending > 0 {
		return nil
	}
	return o.finish(sl, f)
}

// closeAll ends the work on all files. None may have an operation in flight.
func (o *openFiles) closeAll(sl *slot) error {
	var first error
	for i, f := range o.places {
		if f == nil {
			continue
		}
		o.places[i] = nil
		if err := o.finish(sl, f); first == nil {
			first = err
		}
	}
	return first
}

// finish makes a file durable, if that is due at its end, and closes it.
func (o *openFiles) finish(sl *slot, f *openFile) error {
	var err error
	if r := o.stream.run; r.job.fsync() == FsyncEnd && !r.halted() {
		err = o.stream.sync(sl, f)
	}
	closeErr := o.stream.call(sl, opClose, f.index, f.Close)
	if f.write == nil || err != nil {
		return err // a close of what was only read loses nothing
	}
	return closeErr
}

// open opens a file as the job needs it.
func (o *openFiles) open(sl *slot, index int) (*openFile, error) {
	r := o.stream.run
	f := &openFile{index: index}
	name := r.job.Files[index].Name
	kind := opOpen
	if r.creates() && !o.made[index] {
		kind = opCreate
	}
	err := o.stream.call(sl, kind, index, func() (err error) {
		switch {
		case r.job.Op == Read:
			f.File, err = r.engine.Open(name)
		case kind == opCreate:
			f.write, err = r.maker.Create(name)
		default:
			f.write, err = r.maker.Modify(name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if f.write != nil {
		f.File, f.id = f.write, newBlockID(r.job.Seed, name)
		o.made[index] = true
		return f, nil
	}
	f.try, _ = f.File.(ioengine.TryReader)
	if h, ok := f.File.(ioengine.Hinter); ok {
		_ = h.Hint(r.job.Pattern == Random) // advice: a file system need not take it
	}
	return f, nil
}

// openError says what to do about a call that failed on a file.
func openError(kind opKind, name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // it names the file again
	}
	switch {
	case kind == opCreate && errors.Is(err, fs.ErrExist):
		return fmt.Errorf("create %q: %w: choose another folder, or overwrite it", name, err)
	case kind == opOpen && errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open %q: %w: lay the files out first", name, err)
	}
	return fmt.Errorf("%v %q: %w", kind, name, adviseRoom(err))
}

// adviseRoom says what to do where a file system or a quota is full.
func adviseRoom(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("%w: make room on that file system, or ask for less", err)
	}
	return err
}
