package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// made generates a dataset in a new folder.
func made(t *testing.T, s Spec) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if _, err := Generate(t.Context(), dir, s, GenerateOptions{}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// inFolder lists everything below a folder, folders with a slash behind.
func inFolder(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && name != dir {
			name, _ = filepath.Rel(dir, name)
			if d.IsDir() {
				name += "/"
			}
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func want(t *testing.T, dir string, wanted ...string) {
	t.Helper()
	if got := strings.Join(inFolder(t, dir), "\n"); got != strings.Join(wanted, "\n") {
		t.Errorf("folder holds\n%s\nwant\n%s", got, strings.Join(wanted, "\n"))
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", parts)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error has more than one line: %v", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func wantText(t *testing.T, name, text string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != text {
		t.Errorf("%s was touched: %q, %v", name, got, err)
	}
}

func TestGenerateWritesTheSpec(t *testing.T) {
	for _, parallel := range []int{0, 1, 3, 50} {
		s := tiny()
		s.Files, s.Dim, s.SamplesPerFile = 6, 338, 7 // files of more than one chunk
		dir := filepath.Join(t.TempDir(), "new", "folder")
		var files, size atomic.Int64
		done, err := Generate(t.Context(), dir, s, GenerateOptions{Parallel: parallel, Progress: func(f int, b int64) {
			files.Add(int64(f))
			size.Add(b)
		}})
		if err != nil {
			t.Fatal(err)
		}
		if done != (Generated{Written: 6, Bytes: s.Bytes()}) || files.Load() != 6 || size.Load() != s.Bytes() {
			t.Errorf("parallel %d: %+v, progress %d files, %d bytes", parallel, done, files.Load(), size.Load())
		}
		for i := range s.Files {
			got, err := os.ReadFile(filepath.Join(dir, s.Name(i)))
			if err != nil || !bytes.Equal(got, whole(s, i)) {
				t.Errorf("parallel %d: file %d has other bytes (%d), or %v", parallel, i, len(got), err)
			}
		}
		if m, err := ReadMarker(dir); err != nil || m != (Marker{markerSchema, s, true}) {
			t.Errorf("marker %+v, %v", m, err)
		}
	}
}

func TestGenerateInSubfolders(t *testing.T) {
	s := tiny()
	s.Files, s.Subfolders = 5, 2
	want(t, made(t, s), ".lbench-dataset.json", ".lbench-dataset.lock", "train/",
		"train/0/", "train/0/img_0_of_5.tfrecord", "train/0/img_2_of_5.tfrecord", "train/0/img_4_of_5.tfrecord",
		"train/1/", "train/1/img_1_of_5.tfrecord", "train/1/img_3_of_5.tfrecord")
}

func TestGenerateTwiceKeepsAll(t *testing.T) {
	dir := made(t, tiny())
	name := filepath.Join(dir, tiny().Name(2))
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	done, err := Generate(t.Context(), dir, tiny(), GenerateOptions{})
	if err != nil || done != (Generated{Kept: 5}) {
		t.Errorf("%+v, %v", done, err)
	}
	if after, err := os.Stat(name); err != nil || !os.SameFile(before, after) {
		t.Errorf("file 2 was made again (%v)", err)
	}
}

// creating counts the files that are created, and lets a test act before each.
func creating(before func(n int, name string) error) (disk, *int) {
	d := realDisk()
	create, count := d.create, new(int)
	var mutex sync.Mutex
	d.create = func(name string) (file, error) {
		mutex.Lock()
		defer mutex.Unlock()
		*count++
		if err := before(*count, name); err != nil {
			return nil, err
		}
		return create(name)
	}
	return d, count
}

func TestInterruptedAndResumed(t *testing.T) {
	s := tiny()
	s.Files, s.Dim, s.SamplesPerFile = 4, 338, 20
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	d, _ := creating(func(int, string) error { return nil })
	var bytes atomic.Int64
	stop := func(_ int, n int64) {
		if bytes.Add(n) > s.FileBytes()*3/2 { // half-way through the second file
			cancel()
		}
	}
	done, err := generate(ctx, dir, s, GenerateOptions{Parallel: 1, Progress: stop}, d)
	if !errors.Is(err, context.Canceled) || done != (Generated{Written: 1, Bytes: s.FileBytes()}) {
		t.Fatalf("%+v, %v", done, err)
	}
	wantError(t, err, "1 of 4 files are complete")
	want(t, dir, ".lbench-dataset.json", ".lbench-dataset.lock", "train/", "train/img_0_of_4.tfrecord")

	_, _, err = Use(dir)
	wantError(t, err, "is incomplete (1 of 4 files): datagen was interrupted, run `lbench datagen --data-dir "+dir+"` again")

	// One that was killed leaves its temporary files, too. Others' look alike.
	stale, others := "train/.img_1_of_4.tfrecord.lbench-tmp", "train/.other.lbench-tmp"
	write(t, filepath.Join(dir, stale), "half a file")
	write(t, filepath.Join(dir, others), "not ours")
	write(t, filepath.Join(dir, MarkerName+tempEnding), "{")
	d, count := creating(func(int, string) error { return nil })
	var kept atomic.Int64
	done, err = generate(t.Context(), dir, s, GenerateOptions{Progress: func(f int, _ int64) { kept.Add(int64(f)) }}, d)
	if err != nil || done != (Generated{Kept: 1, Written: 3, Bytes: 3 * s.FileBytes()}) || *count != 3 || kept.Load() != 4 {
		t.Fatalf("%+v, %v; %d files created, progress %d", done, err, *count, kept.Load())
	}
	wantText(t, filepath.Join(dir, others), "not ours")
	if _, err := os.Stat(filepath.Join(dir, stale)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", stale, err)
	}
	release, _, err := Use(dir)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestALostFileIsMadeAgain(t *testing.T) {
	dir := made(t, tiny())
	name := filepath.Join(dir, tiny().Name(3))
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	d, _ := creating(func(int, string) error {
		if m, err := ReadMarker(dir); err != nil || m.Complete {
			t.Errorf("while a file is missing the marker says %+v, %v", m, err)
		}
		return nil
	})
	done, err := generate(t.Context(), dir, tiny(), GenerateOptions{}, d)
	if err != nil || done.Kept != 4 || done.Written != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	if m, err := ReadMarker(dir); err != nil || !m.Complete {
		t.Errorf("marker %+v, %v", m, err)
	}
}

func TestGenerateRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(t *testing.T, dir string)
		change func(*Spec)
		want   []string
	}{
		{"another seed", nil, func(s *Spec) { s.Seed = 11 }, []string{"holds another dataset (seed 10, not 11)"}},
		{"more files", nil, func(s *Spec) { s.Files = 50 }, []string{"files 5, not 50"}},
		{"all else", nil, func(s *Spec) { s.Prefix, s.Subfolders, s.SamplesPerFile, s.Dim = "part", 3, 4, 9 },
			[]string{"prefix img, not part; subfolders 1, not 3; samples per file 3, not 4; sample side 8, not 9"}},
		{"a bad spec", nil, func(s *Spec) { s.Format = "jpeg" }, []string{`format "jpeg" isn't one of [tfrecord raw]`}},
		{"a truncated file", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "train/img_3_of_5.tfrecord"), "short") }, nil,
			[]string{"train/img_3_of_5.tfrecord isn't a file of 336 bytes", "move it away"}},
		{"a folder for a file", func(t *testing.T, dir string) {
			name := filepath.Join(dir, "train/img_3_of_5.tfrecord")
			if err := errors.Join(os.Remove(name), os.Mkdir(name, 0o777)); err != nil {
				t.Fatal(err)
			}
		}, nil, []string{"train/img_3_of_5.tfrecord isn't a file"}},
		{"no marker", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, MarkerName)); err != nil {
				t.Fatal(err)
			}
		}, nil, []string{"has no .lbench-dataset.json but holds", "img_0_of_5.tfrecord, which lbench didn't make"}},
		{"a foreign marker", func(t *testing.T, dir string) { write(t, filepath.Join(dir, MarkerName), "shopping list") }, nil,
			[]string{"isn't a dataset's marker"}},
		{"a newer marker", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, MarkerName), `{"schema":"lbench.dataset/2"}`)
		}, nil,
			[]string{`schema "lbench.dataset/2" isn't one of [lbench.dataset/1]`}},
		{"a marker without a dataset", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, MarkerName), `{"schema":"lbench.dataset/1"}`)
		}, nil,
			[]string{MarkerName, `format ""`}},
		{"train is a file", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "x"), "")
			if err := errors.Join(os.RemoveAll(filepath.Join(dir, "train")), os.Remove(filepath.Join(dir, MarkerName)), os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, "train"))); err != nil {
				t.Fatal(err)
			}
		}, nil, []string{"holds", "train, which lbench didn't make"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tiny()
			dir := made(t, s)
			if c.before != nil {
				c.before(t, dir)
			}
			if c.change != nil {
				c.change(&s)
			}
			before := inFolder(t, dir)
			_, err := Generate(t.Context(), dir, s, GenerateOptions{})
			wantError(t, err, c.want...)
			want(t, dir, before...)
		})
	}
}

func TestFilesOfOthersAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "thesis.tex"), "the only copy")
	write(t, filepath.Join(dir, "train", "._x"), "a Mac was here")
	if _, err := Generate(t.Context(), dir, tiny(), GenerateOptions{}); err != nil {
		t.Fatal(err)
	}
	wantText(t, filepath.Join(dir, "thesis.tex"), "the only copy")
	wantText(t, filepath.Join(dir, "train", "._x"), "a Mac was here")
}

// Somebody else makes a file just when ours is about to get that name.
func TestARaceReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	theirs := filepath.Join(dir, tiny().Name(2))
	d, _ := creating(func(_ int, temp string) error {
		if temp == temporary(theirs) {
			write(t, theirs, "theirs")
		}
		return nil
	})
	_, err := generate(t.Context(), dir, tiny(), GenerateOptions{Parallel: 1}, d)
	if !errors.Is(err, fs.ErrExist) {
		t.Fatalf("error %v, want fs.ErrExist", err)
	}
	wantError(t, err, "img_2_of_5.tfrecord", "2 of 5 files are complete")
	wantText(t, theirs, "theirs")
	want(t, dir, ".lbench-dataset.json", ".lbench-dataset.lock", "train/",
		"train/img_0_of_5.tfrecord", "train/img_1_of_5.tfrecord", "train/img_2_of_5.tfrecord")
}

func TestNotEnoughSpace(t *testing.T) {
	s := tiny()
	s.Dim, s.SamplesPerFile = 338, 1251
	d := realDisk()
	d.free = func(string) (int64, error) { return 714_000_000, nil }
	dir := t.TempDir()
	_, err := generate(t.Context(), dir, s, GenerateOptions{}, d)
	wantError(t, err, "not enough space in "+dir+": 715.0 MB is needed, 714.0 MB is free")
	want(t, dir, ".lbench-dataset.lock")
}

// brokenFile fails at one of its calls.
type brokenFile struct {
	file
	write, sync, close error
}

func (f brokenFile) Write(p []byte) (int, error) {
	if f.write != nil {
		return 0, f.write
	}
	return f.file.Write(p)
}
func (f brokenFile) Sync() error  { return errors.Join(f.sync, f.file.Sync()) }
func (f brokenFile) Close() error { return errors.Join(f.file.Close(), f.close) }

func TestAFailedFileLeavesNothing(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "x", Err: unix.ENOSPC}
	const diskFull = " after 2 of 5 files: 1008 bytes more is needed; make room, then run lbench datagen again: "
	for name, broken := range map[string]struct {
		brokenFile
		says string
	}{
		"write":  {brokenFile{write: full}, " free)" + diskFull},
		"sync":   {brokenFile{sync: full}, " free)" + diskFull},
		"close":  {brokenFile{close: full}, " free)" + diskFull},
		"create": {brokenFile{}, " free)" + diskFull},
		"quota":  {brokenFile{write: unix.EDQUOT}, "quota reached" + diskFull},
		"broken": {brokenFile{sync: unix.EIO}, "2 of 5 files are complete: input/output error"},
	} {
		t.Run(name, func(t *testing.T) {
			d := realDisk()
			create, count := d.create, 0
			d.create = func(temp string) (file, error) {
				if count++; count < 3 {
					return create(temp)
				}
				if broken.brokenFile == (brokenFile{}) {
					return nil, full
				}
				f, err := create(temp)
				return brokenFile{f, broken.write, broken.sync, broken.close}, err
			}
			dir := t.TempDir()
			done, err := generate(t.Context(), dir, tiny(), GenerateOptions{Parallel: 1}, d)
			if done.Written != 2 {
				t.Errorf("%+v", done)
			}
			wantError(t, err, broken.says)
			want(t, dir, ".lbench-dataset.json", ".lbench-dataset.lock", "train/", "train/img_0_of_5.tfrecord", "train/img_1_of_5.tfrecord")
			done, err = Generate(t.Context(), dir, tiny(), GenerateOptions{})
			if err != nil || done.Kept != 2 || done.Written != 3 {
				t.Errorf("resumed: %+v, %v", done, err)
			}
		})
	}
}

// A disk of 1 MiB, in a user namespace of its own.
func TestDiskFull(t *testing.T) {
	if dir := os.Getenv("LBENCH_TEST_SMALL_DISK"); dir != "" {
		fillSmallDisk(t, dir)
		return
	}
	command := exec.Command("/proc/self/exe", "-test.run=^TestDiskFull$", "-test.v")
	command.Env = append(os.Environ(), "LBENCH_TEST_SMALL_DISK="+t.TempDir())
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := command.CombinedOutput()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.ENOSYS) {
		t.Skipf("needs user namespaces (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces): %v", err)
	}
	if err != nil || !strings.Contains(string(out), "disk was full") {
		t.Errorf("%v\n%s", err, out)
	}
}

func fillSmallDisk(t *testing.T, dir string) {
	if err := unix.Mount("none", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatal(err)
	}
	s := tiny()
	s.Files, s.Dim, s.SamplesPerFile = 8, 338, 2 // 1.8 MB
	_, err := Generate(t.Context(), dir, s, GenerateOptions{})
	wantError(t, err, "not enough space in", "1.8 MB is needed, 1.0 MB is free")

	d := realDisk()
	d.free = func(string) (int64, error) { return 1 << 40, nil }
	done, err := generate(t.Context(), dir, s, GenerateOptions{Parallel: 1}, d)
	if !errors.Is(err, unix.ENOSPC) || done.Written != 4 {
		t.Errorf("%+v, %v", done, err)
	}
	wantError(t, err, "disk full (", " free) after 4 of 8 files: 914424 bytes more is needed")
	want(t, dir, ".lbench-dataset.json", ".lbench-dataset.lock", "train/", "train/img_0_of_8.tfrecord",
		"train/img_1_of_8.tfrecord", "train/img_2_of_8.tfrecord", "train/img_3_of_8.tfrecord")
	if !t.Failed() {
		fmt.Println("disk was full")
	}
}
