package fio

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/lbench/lbench/internal/ioengine"
)

// storeOp is one call that reached a memStore.
type storeOp struct {
	kind opKind
	name string
	off  int64
	n    int
}

func (o storeOp) String() string {
	if o.kind == opRead || o.kind == opWrite {
		return fmt.Sprintf("%v %s %d %d", o.kind, o.name, o.off, o.n)
	}
	return fmt.Sprintf("%v %s", o.kind, o.name)
}

// memStore is an engine whose files lie in memory. Its files only block.
type memStore struct {
	// before is called before each operation, which fails if it does.
	before func(storeOp) error

	mu    sync.Mutex
	files map[string]*[]byte
	ops   []storeOp
}

// newMemStore holds files of these sizes, in which no byte is 0.
func newMemStore(files []File) *memStore {
	s := &memStore{files: map[string]*[]byte{}}
	for _, f := range files {
		data := make([]byte, f.Bytes)
		for i := range data {
			data[i] = byte(1 + i%251)
		}
		s.files[f.Name] = &data
	}
	return s
}

func (s *memStore) Align() int64 { return 1 }

func (s *memStore) note(o storeOp) error {
	s.mu.Lock()
	s.ops = append(s.ops, o)
	s.mu.Unlock()
	if s.before != nil {
		return s.before(o)
	}
	return nil
}

// trace is one line for each operation so far.
func (s *memStore) trace() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, o := range s.ops {
		fmt.Fprintln(&b, o)
	}
	return b.String()
}

func (s *memStore) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for name := range s.files {
		all = append(all, name)
	}
	return all
}

func (s *memStore) bytes(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.files[name]
}

func (s *memStore) open(kind opKind, name string) (*memStoreFile, error) {
	if err := s.note(storeOp{kind: kind, name: name}); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	data, there := s.files[name]
	switch {
	case kind == opCreate && there:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	case kind == opCreate:
		data = new([]byte)
		s.files[name] = data
	case !there:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memStoreFile{s, name, data}, nil
}

func (s *memStore) Open(name string) (ioengine.File, error) {
	f, err := s.open(opOpen, name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (s *memStore) Modify(name string) (ioengine.WriteFile, error) {
	f, err := s.open(opOpen, name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (s *memStore) Create(name string) (ioengine.WriteFile, error) {
	f, err := s.open(opCreate, name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (s *memStore) Rename(from, to string) error {
	if err := s.note(storeOp{kind: opRename, name: to}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[to] = s.files[from]
	delete(s.files, from)
	return nil
}

func (s *memStore) Remove(name string) error {
	if err := s.note(storeOp{kind: opRemove, name: name}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.files[name]; !there {
		return fs.ErrNotExist
	}
	delete(s.files, name)
	return nil
}

type memStoreFile struct {
	store *memStore
	name  string
	data  *[]byte
}

func (f *memStoreFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.store.note(storeOp{opRead, f.name, off, len(p)}); err != nil {
		return 0, err
	}
	f.store.mu.Lock()
	defer f.store.mu.Unlock()
	n := copy(p, (*f.data)[min(off, int64(len(*f.data))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memStoreFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.store.note(storeOp{opWrite, f.name, off, len(p)}); err != nil {
		return 0, err
	}
	f.store.mu.Lock()
	defer f.store.mu.Unlock()
	if end := off + int64(len(p)); end > int64(len(*f.data)) {
		*f.data = append(*f.data, make([]byte, end-int64(len(*f.data)))...)
	}
	return copy((*f.data)[off:], p), nil
}

func (f *memStoreFile) Sync() error { return f.store.note(storeOp{kind: opSync, name: f.name}) }

func (f *memStoreFile) Close() error { return f.store.note(storeOp{kind: opClose, name: f.name}) }

// readJob reads count files of the given size, each byte once.
func readJob(count int, bytes, op int64) Job {
	j := Job{Op: Read, Pattern: Sequential, OpBytes: op, Jobs: 1, Depth: 1, Seed: 7}
	for i := range count {
		j.Files = append(j.Files, File{fmt.Sprintf("f%d", i), bytes})
	}
	return j
}

func writeJob(count int, bytes, op int64) Job {
	j := readJob(count, bytes, op)
	j.Op = Write
	return j
}

func mustRun(t *testing.T, e ioengine.Engine, j Job, o Options) Outcome {
	t.Helper()
	out, err := Native{Engine: e, Name: "test"}.Run(t.Context(), j, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
