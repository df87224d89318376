package result

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// device makes a device of the kernel's in a test's own folder.
func device(t *testing.T, path string, kind uint32, major, minor int) {
	t.Helper()
	if err := syscall.Mknod(path, kind|0o666, major<<8|minor); err != nil {
		t.Skipf("no device can be made here: %v", err)
	}
}

// TestWriteOutput: whatever stands where a file is to be written stays what it is. In each
// folder "out" is what is written to, and "file" a file that was there.
func TestWriteOutput(t *testing.T) {
	link := func(to string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Symlink(to, filepath.Join(dir, "out")); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name     string
		made     func(t *testing.T, dir string)
		kind     fs.FileMode
		lies, at string // the file that the text lies in; what the link says
		failure  string
	}{
		{"nothing", func(*testing.T, string) {}, 0, "out", "", ""},
		{"a file", func(t *testing.T, dir string) { _ = os.Rename(filepath.Join(dir, "file"), filepath.Join(dir, "out")) }, 0, "out", "", ""},
		{"a link to a file", link("file"), fs.ModeSymlink, "file", "file", ""},
		{"a link to nothing yet", link("new"), fs.ModeSymlink, "new", "new", ""},
		{"a link by a link", func(t *testing.T, dir string) {
			link("second")(t, dir)
			if err := os.Symlink("below/../file", filepath.Join(dir, "second")); err != nil {
				t.Fatal(err)
			}
		}, fs.ModeSymlink, "file", "second", ""},
		{"a link up from a linked folder", link("elsewhere/../file"), fs.ModeSymlink, "deep/file", "elsewhere/../file", ""},
		{"a link to itself", link("out"), fs.ModeSymlink, "", "out", "too many levels of symbolic links"},
		{"a link to no folder", link("none/file"), fs.ModeSymlink, "", "none/file", "no such file or directory"},
		{"a folder", func(t *testing.T, dir string) { _ = os.Mkdir(filepath.Join(dir, "out"), 0o755) }, fs.ModeDir, "", "", "is a directory"},
		{"a null device", func(t *testing.T, dir string) { device(t, filepath.Join(dir, "out"), syscall.S_IFCHR, 1, 3) }, fs.ModeDevice | fs.ModeCharDevice, "", "", ""},
		{"a full device", func(t *testing.T, dir string) { device(t, filepath.Join(dir, "out"), syscall.S_IFCHR, 1, 7) }, fs.ModeDevice | fs.ModeCharDevice, "", "", "no space left on device"},
		{"a link to a full device", func(t *testing.T, dir string) {
			device(t, filepath.Join(dir, "full"), syscall.S_IFCHR, 1, 7)
			link("full")(t, dir)
		}, fs.ModeSymlink, "", "full", "no space left on device"},
		{"a block device", func(t *testing.T, dir string) { device(t, filepath.Join(dir, "out"), syscall.S_IFBLK, 240, 77) }, fs.ModeDevice, "", "", "block device"},
		{"a socket", func(t *testing.T, dir string) {
			if err := syscall.Mknod(filepath.Join(dir, "out"), syscall.S_IFSOCK|0o666, 0); err != nil {
				t.Fatal(err)
			}
		}, fs.ModeSocket, "", "", "no such device or address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := folderWith(t, map[string]string{"file": "old", "below/x": "", "deep/file": "old", "deep/under/x": ""}).Dir
			if err := os.Symlink("deep/under", filepath.Join(dir, "elsewhere")); err != nil {
				t.Fatal(err)
			}
			test.made(t, dir)
			out := filepath.Join(dir, "out")
			err := WriteOutput(CreateFile, out, []byte("new"))
			if got := errorText(err); test.failure == "" && err != nil || !strings.Contains(got, test.failure) {
				t.Errorf("error is %q, want %q", got, test.failure)
			}
			if info, err := os.Lstat(out); err != nil || info.Mode().Type() != test.kind {
				t.Errorf("it became %v (%v), want %v", info.Mode().Type(), err, test.kind)
			}
			if to, _ := os.Readlink(out); to != test.at {
				t.Errorf("the link leads to %q, want %q", to, test.at)
			}
			for _, name := range []string{"out", "file", "new", "deep/file"} {
				text, _ := readIfRegular(filepath.Join(dir, name))
				wanted := name == test.lies || name == "out" && test.lies != "" // by the link
				if (text == "new") != wanted {
					t.Errorf("%s holds %q", name, text)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
				t.Errorf("left over: %q", left)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func readIfRegular(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", err
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

// TestWriteOutputPipe: a pipe stays one, and its reader gets what is written.
func TestWriteOutputPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		text, _ := os.ReadFile(pipe)
		read <- string(text)
	}()
	if err := WriteOutput(CreateFile, pipe, []byte("new")); err != nil {
		t.Error(err)
	}
	if got := <-read; got != "new" {
		t.Errorf("the reader got %q", got)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("it became %v: %v", info, err)
	}
}

// TestWriteOutputOpenFile: /dev/stdout and its like go on where the process has come to,
// also where the file has no name any more.
func TestWriteOutputOpenFile(t *testing.T) {
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	link := filepath.Join(dir, "link") // as /dev/stdout is
	fd := strconv.Itoa(int(file.Fd()))
	err = errors.Join(os.Symlink("/proc/self/fd/"+fd, link), os.Remove(file.Name()))
	for i, path := range []string{link, "/proc/self/fd/" + fd, "/dev/fd/" + fd} {
		_, printed := io.WriteString(file, strconv.Itoa(i))
		err = errors.Join(err, printed, WriteOutput(CreateFile, path, []byte("new")))
	}
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 100)
	n, _ := file.ReadAt(text, 0)
	if want := "0new1new2new"; string(text[:n]) != want {
		t.Errorf("the file holds %q, want %q", text[:n], want)
	}
	if to, err := os.Readlink(link); to != "/proc/self/fd/"+fd {
		t.Errorf("the link became %q: %v", to, err)
	}
}
