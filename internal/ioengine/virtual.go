package ioengine

import (
	"io"
	"io/fs"
)

// Content is the bytes of virtual files.
type Content struct {
	// Size gives the length of a file; false where there is no such file.
	Size func(name string) (int64, bool)
	// Bytes gives n >= 1 bytes at off of a file, which lie within it. They must not be written.
	Bytes func(name string, off int64, n int) []byte
}

// NewMem serves virtual files by copying, as the page cache does. It is a Maker that
// keeps what is written in memory, up to 4 GiB.
func NewMem(c Content) Engine { return mem{c, newStore(true)} }

// NewNull serves virtual files without touching a byte: what is left is lbench's own
// cost. It is a Maker that keeps only how much was written: such files hold zeros.
func NewNull(c Content) Engine { return null{mem{c, newStore(false)}} }

type mem struct {
	content Content
	store   *store
}

func (mem) Align() int64 { return 1 }

func (e mem) size(name string) (int64, bool) {
	if e.content.Size == nil {
		return 0, false
	}
	return e.content.Size(name)
}

// Open implements Engine.
func (e mem) Open(name string) (File, error) { return e.open(name, func(f memFile) File { return f }) }

// open opens a file that was written, or else one of the content.
func (e mem) open(name string, virtual func(memFile) File) (File, error) {
	f, known := e.store.find(name)
	if f != nil {
		return f, nil
	}
	size, ok := e.size(name)
	if known || !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return virtual(memFile{content: e.content, name: name, size: size}), nil
}

type null struct{ mem }

// Open implements Engine.
func (e null) Open(name string) (File, error) {
	return e.open(name, func(f memFile) File { return nullFile{f} })
}

type memFile struct {
	content Content
	name    string
	size    int64
}

// bytes gives n bytes at off, fewer at the end of the file.
func (f memFile) bytes(off int64, n int) []byte {
	n = int(min(int64(n), max(0, f.size-off)))
	if n == 0 {
		return nil
	}
	return f.content.Bytes(f.name, off, n)
}

func (f memFile) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, f.bytes(off, len(p)))
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// TryReadAt never waits, and gives io.EOF only where nothing is left.
func (f memFile) TryReadAt(p []byte, off int64) (int, error) {
	n, err := f.ReadAt(p, off)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (memFile) Close() error { return nil }

type nullFile struct{ memFile }

func (f nullFile) View(off int64, n int) []byte { return f.bytes(off, n) }
