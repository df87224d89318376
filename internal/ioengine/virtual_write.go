package ioengine

import (
	"io"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// memLimit is how much mem keeps of what is written, in bytes. Then its disk is full.
const memLimit = 4 << 30

// store holds the files of a virtual engine that were made or written. Every folder exists.
type store struct {
	keeps bool  // the bytes, not only how many
	limit int64 // of the bytes kept
	used  atomic.Int64

	mu    sync.RWMutex
	files map[string]*stored // nil: removed
}

func newStore(keeps bool) *store {
	return &store{keeps: keeps, limit: memLimit, files: map[string]*stored{}}
}

// find gives a file of the store. Where it knows of none the name is the content's.
func (s *store) find(name string) (file *stored, known bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	file, known = s.files[name]
	return file, known
}

// stored is one file. Those who have it open keep it when it is removed.
type stored struct {
	store *store

	mu   sync.RWMutex
	size int64
	data []byte // all of it, or none
}

func (f *stored) ReadAt(p []byte, off int64) (int, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	n := int(min(int64(len(p)), max(0, f.size-off)))
	if f.store.keeps && n > 0 {
		copy(p, f.data[off:][:n])
	} else {
		clear(p[:n])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes all of p or, where the store is full, none.
func (f *stored) WriteAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(p) == 0 { // doesn't make a file longer, wherever it is
		return 0, nil
	}
	size := max(f.size, off+int64(len(p)))
	if f.store.keeps {
		more := size - f.size
		if f.store.used.Add(more) > f.store.limit {
			f.store.used.Add(-more)
			return 0, unix.ENOSPC
		}
		f.data = slices.Grow(f.data, int(more))[:size]
		copy(f.data[off:], p)
	}
	f.size = size
	return len(p), nil
}

func (*stored) Sync() error  { return nil }
func (*stored) Close() error { return nil }

// forget gives back the room of a removed file.
func (f *stored) forget() {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.store.keeps {
		f.store.used.Add(-f.size)
	}
}

// Create implements Maker.
func (e mem) Create(name string) (WriteFile, error) {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	if e.exists(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	}
	f := &stored{store: e.store}
	e.store.files[name] = f
	return f, nil
}

// Modify implements Maker.
func (e mem) Modify(name string) (WriteFile, error) {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	f, err := e.take("open", name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Rename implements Maker.
func (e mem) Rename(from, to string) error {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	f, err := e.take("rename", from)
	if err != nil || from == to {
		return err
	}
	if over := e.store.files[to]; over != nil {
		over.forget()
	}
	e.store.files[from], e.store.files[to] = nil, f
	return nil
}

// Remove implements Maker.
func (e mem) Remove(name string) error {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	if !e.exists(name) {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	if f := e.store.files[name]; f != nil {
		f.forget()
	}
	e.store.files[name] = nil
	return nil
}

// exists is asked with the store locked.
func (e mem) exists(name string) bool {
	if f, known := e.store.files[name]; known {
		return f != nil
	}
	_, ok := e.size(name)
	return ok
}

// take gives a file of the store, with the store locked. One of the content becomes one.
func (e mem) take(op, name string) (*stored, error) {
	if !e.exists(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	if f := e.store.files[name]; f != nil {
		return f, nil
	}
	size, _ := e.size(name)
	f := &stored{store: e.store}
	const step = 64 << 10 // what any content can give at a time
	for off := int64(0); e.store.keeps && off < size; off += step {
		if _, err := f.WriteAt(e.content.Bytes(name, off, int(min(step, size-off))), off); err != nil {
			f.forget()
			return nil, &fs.PathError{Op: op, Path: name, Err: err}
		}
	}
	f.size = size
	e.store.files[name] = f
	return f, nil
}
