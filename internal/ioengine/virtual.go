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

// NewMem serves virtual files by copying, as the page cache does.
func NewMem(c Content) Engine { return mem{c} }

// NewNull serves virtual files without touching a byte: what is left is lbench's own cost.
func NewNull(c Content) Engine { return null{mem{c}} }

type mem struct{ content Content }

func (mem) Align() int64 { return 1 }

func (e mem) open(name string) (memFile, error) {
	size, ok := e.content.Size(name)
	if !ok {
		return memFile{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return memFile{content: e.content, name: name, size: size}, nil
}

func (e mem) Open(name string) (File, error) {
	f, err := e.open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

type null struct{ mem }

func (e null) Open(name string) (File, error) {
	f, err := e.open(name)
	if err != nil {
		return nil, err
	}
	return nullFile{f}, nil
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
