// Package ioengine moves bytes between files and memory. It knows nothing of records,
// ranks or jobs.
//
//  1. An Engine opens files by the names that a dataset gives them.
//  2. A File is read at offsets: ReadAt waits for the storage, TryReadAt and View don't.
//  3. Buffers hands out the memory that reads in flight need, and takes it back.
//  4. A Queue keeps many operations on files in flight, by threads or by io_uring.
//  5. A Maker makes, writes, renames and removes files too.
//  6. Drop makes files cold; Residency measures how much of them is cached; Chill does
//     both until nothing is.
//
// Engines: posix, direct and uring (files of the kernel), mem and null (virtual files, for
// tests and for measuring lbench itself), resident (a memory file, for the ceiling).
// Wrappers: Fault, Trace, Delay and GridSync.
package ioengine

import (
	"errors"
)

// Engine opens the files of one dataset.
type Engine interface {
	// Open opens the file with this slash-separated name, relative to the engine's
	// folder, for reading. It may block. Safe for concurrent use.
	Open(name string) (File, error)
	// Align is what offsets and lengths of reads must be multiples of: 1, or a block
	// with direct I/O. A read at the end of a file is exempt in length.
	Align() int64
}

// File is one open file. Its methods may be called by one goroutine at a time, but a Queue
// reads and writes with several.
type File interface {
	// ReadAt fills p from offset off and waits as long as it takes. n < len(p) only
	// with an error; at the end of the file that error is io.EOF.
	ReadAt(p []byte, off int64) (n int, err error)
	Close() error
}

// TryReader is a File that can give what lies in memory without waiting.
type TryReader interface {
	// TryReadAt reads up to len(p) bytes at off that need no waiting. It returns
	// ErrWouldBlock where there are none, io.EOF at the end of the file.
	TryReadAt(p []byte, off int64) (n int, err error)
}

// Viewer is a File whose bytes can be looked at in place, with no copy.
type Viewer interface {
	// View returns n bytes at off, fewer at the end of the file. They stay valid and
	// must not be written.
	View(off int64, n int) []byte
}

// ErrWouldBlock says that a read would have to wait for the storage.
var ErrWouldBlock = errors.New("read would block")

// Names lists the engines that a user of a training run can choose, the default first.
func Names() []string { return []string{"posix", "direct", "mem", "null"} }

// BlockNames lists the engines that a user of a block I/O run can choose, the default first.
func BlockNames() []string { return []string{"posix", "direct", "uring", "mem", "null"} }

// Virtual says whether an engine's files exist in memory only, so that it needs no folder.
func Virtual(name string) bool { return name == "mem" || name == "null" }
