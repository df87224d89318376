package fio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
)

// What a native run does to its files, and what it says of those that it can't use.

func TestRunFails(t *testing.T) {
	eio := func(kind opKind, off int64, err error) func(storeOp) error {
		return func(o storeOp) error {
			if o.kind == kind && o.off == off {
				return err
			}
			return nil
		}
	}
	for _, c := range []struct {
		name   string
		job    Job
		change func(*Job)
		have   []File
		before func(storeOp) error
		want   string
		is     error
	}{
		{"EIO", readJob(1, 4000, 1000), nil, readJob(1, 4000, 1).Files, eio(opRead, 2000, syscall.EIO),
			`read "f0" at 2000: 0 of 1000 bytes: input/output error`, syscall.EIO},
		{"missing", readJob(1, 4000, 1000), nil, nil, nil, `open "f0": file does not exist: lay the files out first`, fs.ErrNotExist},
		{"short", readJob(1, 3000, 1000), nil, []File{{"f0", 2500}}, nil,
			`read "f0" at 2000: file ends at 2500, 3000 were expected: lay the files out again`, nil},
		{"empty", readJob(2, 400_000, 400_000), func(j *Job) { j.Files[0].Bytes = 100_000 },
			[]File{{"f0", 100_000}, {"f1", 0}}, nil, `read "f1" at 0: file ends at 0, 400000 were expected: lay the files out again`, nil},
		{"disk full", writeJob(1, 4096, 1024), nil, nil, eio(opWrite, 2048, syscall.ENOSPC),
			`write "f0" at 2048: 0 of 1024 bytes: no space left on device: make room on that file system, or ask for less`, syscall.ENOSPC},
		{"no room for a name", writeJob(1, 4096, 1024), nil, nil, eio(opCreate, 0, syscall.ENOSPC),
			`create "f0": no space left on device: make room on that file system, or ask for less`, syscall.ENOSPC},
		{"fsync", writeJob(1, 4096, 1024), func(j *Job) { j.Fsync = FsyncEnd }, nil, eio(opSync, 0, syscall.EDQUOT),
			`sync "f0": disk quota exceeded: make room on that file system, or ask for less`, syscall.EDQUOT},
		{"close", writeJob(1, 4096, 1024), nil, nil, eio(opClose, 0, syscall.EIO), `close "f0": input/output error`, syscall.EIO},
		{"is there", writeJob(1, 4096, 1024), nil, []File{{"f0", 10}}, nil,
			`create "f0": file already exists: choose another folder, or overwrite it`, fs.ErrExist},
		{"is there, shared", writeJob(1, 4096, 1024), func(j *Job) { j.Jobs = 2 }, []File{{"f0", 10}}, nil,
			`create "f0": file already exists: choose another folder, or overwrite it`, fs.ErrExist},
		{"nothing to overwrite", writeJob(1, 4096, 1024), func(j *Job) { j.Overwrite = true }, nil, nil,
			`open "f0": file does not exist: lay the files out first`, fs.ErrNotExist},
		{"invalid", readJob(1, 4000, 0), nil, nil, nil, "op size 0: want 1 to 1073741824 bytes", nil},
	} {
		for _, depth := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s depth %d", c.name, depth), func(t *testing.T) {
				j := c.job
				j.Depth = depth
				if c.change != nil {
					c.change(&j)
				}
				store := newMemStore(c.have)
				store.before = c.before
				_, err := Native{Engine: store}.Run(t.Context(), j, Options{})
				if err == nil || err.Error() != c.want || c.is != nil && !errors.Is(err, c.is) {
					t.Errorf("Run = %v, want %s", err, c.want)
				}
			})
		}
	}
}

// A file that ends long before an operation: where it ends is looked for.
func TestShortFileOnDisk(t *testing.T) {
	for _, size := range []int64{0, 1, 4095, 4096, 1_000_000} {
		j := readJob(1, 1<<21, 1<<20)
		j.Jobs, j.Files[0].Bytes = 2, size
		dir := onDisk(t, j)
		j.Files[0].Bytes = 1 << 21
		want := fmt.Sprintf("file ends at %d, 2097152 were expected: lay the files out again", size)
		for _, e := range []ioengine.Engine{ioengine.NewPosix(dir), ioengine.NewDirect(dir)} {
			_, err := Native{Engine: e}.Run(t.Context(), j, Options{})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%d bytes: %v, want %q", size, err, want)
			}
		}
	}
}

func TestEngineDoesNotFit(t *testing.T) {
	direct := ioengine.NewDirect(t.TempDir())
	readOnly := struct{ ioengine.Engine }{ioengine.NewMem(ioengine.Content{})}
	odd := writeJob(1, 4096+512, 4096)
	for _, c := range []struct {
		engine ioengine.Engine
		job    Job
		want   string
	}{
		{direct, readJob(1, 8192, 1000), "op size 1000: direct I/O needs a multiple of 4096 bytes"},
		{direct, odd, `write file "f0" of 4608 bytes: direct I/O needs a multiple of 4096 bytes`},
		{readOnly, writeJob(1, 4096, 4096), `write through engine "x": it can only read`},
	} {
		_, err := Native{Engine: c.engine, Name: "x"}.Run(t.Context(), c.job, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Run = %v, want %q", err, c.want)
		}
	}
}

func TestWriteOnDisk(t *testing.T) {
	for _, direct := range []bool{false, true} {
		for _, depth := range []int{1, 4} {
			for _, jobs := range []int{1, 2, 5} {
				j := writeJob(2, 20*4096, 8192)
				j.Jobs, j.Depth, j.Fsync = jobs, depth, FsyncEnd
				dir := t.TempDir()
				e := ioengine.NewPosix(dir)
				if direct {
					e = ioengine.NewDirect(dir)
				}
				out := mustRun(t, e, j, Options{})
				if want := int64(max(jobs, 2)); out.Bytes != j.Bytes() || out.Ops != 20 || out.Sync.Count() < want {
					t.Errorf("direct %v depth %d jobs %d: %d bytes, %d ops, %d fsyncs", direct, depth, jobs, out.Bytes, out.Ops, out.Sync.Count())
				}
				for _, f := range j.Files {
					if st, err := os.Stat(filepath.Join(dir, f.Name)); err != nil || st.Size() != f.Bytes {
						t.Errorf("%q: %v, %v", f.Name, st, err)
					}
				}
			}
		}
	}
}

// The time of an fsync is the run's, but not an operation's.
func TestFsync(t *testing.T) {
	for _, c := range []struct {
		fsync  Fsync
		depth  int
		syncs  int64
		length time.Duration
	}{
		{FsyncNone, 1, 0, 8 * time.Second}, {FsyncEnd, 1, 2, 14 * time.Second}, {FsyncEach, 1, 8, 32 * time.Second},
		{FsyncEnd, 2, 2, 10 * time.Second},
	} {
		t.Run(fmt.Sprintf("%s depth %d", c.fsync, c.depth), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := writeJob(2, 4096, 1024)
				j.Fsync, j.Depth = c.fsync, c.depth
				store := newMemStore(nil)
				store.before = func(o storeOp) error {
					switch o.kind {
					case opWrite:
						time.Sleep(time.Second)
					case opSync:
						time.Sleep(3 * time.Second)
					}
					return nil
				}
				out := mustRun(t, store, j, Options{})
				var syncs int64
				if out.Sync != nil {
					syncs = out.Sync.Count()
				}
				if syncs != c.syncs || out.Duration != c.length || out.Total.Max() != int64(time.Second) {
					t.Errorf("%d fsyncs in %v, writes up to %v, want %d in %v", syncs, out.Duration, time.Duration(out.Total.Max()), c.syncs, c.length)
				}
			})
		})
	}
}

// A stream keeps at most so many files open, and closes them all.
func TestFilesAreClosed(t *testing.T) {
	for _, depth := range []int{1, 8} {
		j := readJob(200, 4000, 1000)
		j.Pattern, j.Depth = Random, depth
		store := newMemStore(j.Files)
		var now, most int64
		store.before = func(o storeOp) error {
			store.mu.Lock()
			defer store.mu.Unlock()
			switch o.kind {
			case opOpen:
				now++
			case opClose:
				now--
			}
			most = max(most, now)
			return nil
		}
		mustRun(t, store, j, Options{})
		if now != 0 || most < 60 || most > mostOpenFiles+int64(depth) {
			t.Errorf("depth %d: %d files were open at once, %d at the end", depth, most, now)
		}
	}
}
