package ioengine

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Files of /proc open, but not with O_DIRECT.
func TestNoDirect(t *testing.T) {
	_, err := NewDirect("/proc").Open("version")
	if want := `open "/proc/version": this file system has no O_DIRECT: use buffered I/O (--buffered, or the engine posix)`; !errors.Is(err, ErrNoDirect) || err.Error() != want {
		t.Errorf("Open = %v, want %s", err, want)
	}
	if err := CheckDirect("/proc", "version"); !errors.Is(err, ErrNoDirect) {
		t.Errorf("CheckDirect = %v, want ErrNoDirect", err)
	}
	for name, open := range map[string]func(string) (File, error){
		"missing":  NewDirect(t.TempDir()).Open,
		"buffered": func(name string) (File, error) { return NewPosix("/proc").Open("no such " + name) },
	} {
		if _, err := open("file"); errors.Is(err, ErrNoDirect) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: Open = %v, want fs.ErrNotExist", name, err)
		}
	}
}

// Some file systems accept the open and refuse the reading.
func TestCheckDirect(t *testing.T) {
	content := files()
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"works", nil, ""},
		{"refuses", syscall.EINVAL, `open "x/over": this file system has no O_DIRECT`},
		{"broken", syscall.EIO, `read the first block of "x/over" with O_DIRECT: input/output error`},
	} {
		f := mustOpen(t, NewFault(NewMem(virtual(content)), FaultRule{Err: c.err}), "over")
		err := refusedDirect("x/over", f, make([]byte, 4096))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) || errors.Is(err, ErrNoDirect) != (c.err == syscall.EINVAL) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	dir := folder(t, content)
	if err := CheckDirect(dir, "nothing"); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNoDirect) {
		t.Errorf("CheckDirect of a missing file: %v", err)
	}
	for _, name := range []string{"empty", "one", "blocks"} {
		if err := CheckDirect(dir, name); err != nil && !errors.Is(err, ErrNoDirect) {
			t.Errorf("CheckDirect of %q: %v", name, err)
		}
	}
}

func TestLogicalBlock(t *testing.T) {
	for _, c := range []struct {
		name string
		st   unix.Statx_t
		want int64
	}{
		{"a kernel that doesn't say", unix.Statx_t{}, 4096},
		{"a file without direct I/O", unix.Statx_t{Mask: unix.STATX_DIOALIGN}, 4096},
		{"blocks of 512", unix.Statx_t{Mask: unix.STATX_DIOALIGN | unix.STATX_SIZE, Dio_offset_align: 512, Dio_mem_align: 4}, 512},
		{"blocks of 4096", unix.Statx_t{Mask: unix.STATX_DIOALIGN, Dio_offset_align: 4096, Dio_mem_align: 512}, 4096},
		{"memory above all", unix.Statx_t{Mask: unix.STATX_DIOALIGN, Dio_offset_align: 512, Dio_mem_align: 1024}, 1024},
		{"values that don't count", unix.Statx_t{Mask: unix.STATX_SIZE, Dio_offset_align: 512, Dio_mem_align: 512}, 4096},
	} {
		if got := alignmentOf(&c.st); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	dir := folder(t, files())
	if got := LogicalBlock(dir, "nothing"); got != 4096 {
		t.Errorf("LogicalBlock of a missing file = %d, want 4096", got)
	}
	if CheckDirect(dir, "train/big") != nil {
		return
	}
	block := LogicalBlock(dir, "train/big") // what it says must be enough
	f := mustOpen(t, NewDirect(dir), "train/big")
	defer f.Close()
	if n, err := f.ReadAt(aligned(make([]byte, block)), block); int64(n) != block || err != nil {
		t.Errorf("a direct read of one logical block of %d at %d = %d, %v", block, block, n, err)
	}
}

// A direct write off the blocks says what it wants.
func TestDirectWriteUnaligned(t *testing.T) {
	dir := folder(t, files())
	if err := CheckDirect(dir, "blocks"); err != nil {
		t.Skipf("%v: set TMPDIR to a folder on ext4 or xfs", err)
	}
	f := mustMake(t, NewDirect(dir).Modify, "blocks")
	defer f.Close()
	buf := aligned(make([]byte, 4096))
	for _, c := range []struct {
		off, n int
		want   string
	}{{4096, 100, "write 100 bytes at 4096 with O_DIRECT: want multiples of 4096"}, {7, 4096, "write 4096 bytes at 7 with O_DIRECT"}} {
		n, err := f.WriteAt(buf[:c.n], int64(c.off))
		if n != 0 || !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("WriteAt(%d bytes, %d) = %d, %v, want %q", c.n, c.off, n, err, c.want)
		}
	}
}

// TestOnSmallFileSystems runs again in a user namespace, where it may mount a ramfs,
// which has no O_DIRECT, and a tmpfs of 1 MiB, which fills up.
func TestOnSmallFileSystems(t *testing.T) {
	const variable = "LBENCH_TEST_SMALL_FS"
	if dir := os.Getenv(variable); dir != "" {
		testRefusedCreate(t, filepath.Join(dir, "ram"))
		for _, c := range []struct {
			name  string
			queue func(*testing.T, Engine, *Async)
			e     func(dir string) Maker
		}{
			{"posix", nil, func(dir string) Maker { return NewPosix(dir) }},
			{"queue", runOne, func(dir string) Maker { return NewPosix(dir) }},
			{"uring", runOne, func(dir string) Maker { return NewUring(dir, false) }},
		} {
			t.Run(c.name, func(t *testing.T) { testFull(t, filepath.Join(dir, "full"), c.e, c.queue) })
		}
		return
	}
	dir := t.TempDir()
	test := exec.Command("/proc/self/exe", "-test.run=^TestOnSmallFileSystems$", "-test.v")
	test.Env = append(os.Environ(), variable+"="+dir)
	test.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	out, err := test.CombinedOutput()
	switch {
	case errors.Is(err, unix.EPERM), strings.Contains(string(out), "may not mount"):
		t.Skipf("no user namespace with mounts here: %v", err)
	case err != nil || !strings.Contains(string(out), "--- PASS: TestOnSmallFileSystems"):
		t.Errorf("in a user namespace: %v\n%s", err, out)
	}
}

func mount(t *testing.T, kind, dir, options string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(kind, dir, kind, 0, options); err != nil {
		t.Skipf("may not mount a %s: %v", kind, err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, 0) })
}

// A file that can't be opened with O_DIRECT isn't left behind; one that was there is.
func testRefusedCreate(t *testing.T, dir string) {
	mount(t, "ramfs", dir, "")
	e := NewDirect(dir)
	if f, err := e.Create("new"); f != nil || !errors.Is(err, ErrNoDirect) {
		t.Errorf("Create on ramfs = %v, %v, want ErrNoDirect", f, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the refused file is left behind: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "theirs"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Create("theirs"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create of what exists on ramfs = %v, want fs.ErrExist", err)
	}
	if _, err := e.Modify("theirs"); !errors.Is(err, ErrNoDirect) {
		t.Errorf("Modify on ramfs = %v, want ErrNoDirect", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "theirs")); err != nil {
		t.Errorf("the file of others is gone: %v", err)
	}
}

// A write that the disk has no room for says how far it got, and why it ended there.
func testFull(t *testing.T, dir string, engine func(string) Maker, run func(*testing.T, Engine, *Async)) {
	mount(t, "tmpfs", dir, "size=1m,huge=never")
	e := engine(dir)
	f := mustMake(t, e.Create, "f")
	defer f.Close()
	data := pattern("full", 2<<20)
	op := Async{File: f, Write: true, Buf: data, Off: 0}
	if run == nil {
		op.N, op.Err = f.WriteAt(data, 0)
	} else {
		run(t, e, &op)
	}
	if op.Err != unix.ENOSPC || op.N == 0 || op.N > 1<<20 {
		t.Fatalf("a write of 2 MiB to a disk of 1 MiB = %d, %v, want a part and ENOSPC", op.N, op.Err)
	}
	buf := make([]byte, len(data))
	if n, err := f.ReadAt(buf, 0); n != op.N || err != io.EOF || string(buf[:n]) != string(data[:n]) {
		t.Errorf("the file holds %d bytes (%v), want the %d that were written", n, err, op.N)
	}
}
