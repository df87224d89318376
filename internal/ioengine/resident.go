package ioengine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Resident serves virtual files out of one memory file (memfd), so that a read costs
// the kernel's copy and nothing else: what infinitely fast storage would be.
type Resident struct {
	fd    int
	bytes int64 // of the memory file
	size  func(name string) (int64, bool)
	try   bool
}

// NewResident fills a memory file with copies of content and serves each file that size
// knows as that, repeated; len(content) must be a whole number of records. With try, reads
// are served without the blocking call, as a file system with RWF_NOWAIT serves cached bytes.
func NewResident(content []byte, copies int, size func(name string) (int64, bool), try bool) (*Resident, error) {
	if len(content) == 0 || copies < 1 {
		return nil, errors.New("create a memory file: there is no content to fill it with")
	}
	fd, err := unix.MemfdCreate("lbench-ceiling", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create a memory file: %w", err)
	}
	total := int64(len(content)) * int64(copies)
	for done := int64(0); done < total; {
		n, err := unix.Pwrite(fd, content[done%int64(len(content)):], done)
		if err != nil {
			_ = unix.Close(fd)
			return nil, fmt.Errorf("fill a memory file of %d bytes: %w", total, err)
		}
		done += int64(n)
	}
	return &Resident{fd: fd, bytes: total, size: size, try: try}, nil
}

// Align implements Engine.
func (e *Resident) Align() int64 { return 1 }

// Open implements Engine.
func (e *Resident) Open(name string) (File, error) {
	size, ok := e.size(name)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	file := residentFile{e, size}
	if e.try {
		return tryResidentFile{file}, nil
	}
	return file, nil
}

// Close frees the memory file. No read may be in flight.
func (e *Resident) Close() error { return unix.Close(e.fd) }

type residentFile struct {
	engine *Resident
	size   int64
}

func (f residentFile) ReadAt(p []byte, off int64) (int, error) { return f.read(p, off, unix.Pread) }

func (residentFile) Close() error { return nil }

type tryResidentFile struct{ residentFile }

func (f tryResidentFile) TryReadAt(p []byte, off int64) (int, error) {
	n, err := f.read(p, off, rawPread)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

func (f residentFile) read(p []byte, off int64, pread func(int, []byte, int64) (int, error)) (int, error) {
	want := int(min(int64(len(p)), max(0, f.size-off)))
	for done := 0; done < want; {
		n, err := pread(f.engine.fd, p[done:want], (off+int64(done))%f.engine.bytes)
		if err == unix.EINTR {
			continue
		}
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return done, fmt.Errorf("read the memory file at %d: %w", off, err)
		}
		done += n
	}
	if want < len(p) {
		return want, io.EOF
	}
	return want, nil
}

// rawPread is pread(2) of a file that lies in memory: it cannot block, so it keeps its processor.
func rawPread(fd int, p []byte, off int64) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_PREAD64, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), uintptr(off), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
