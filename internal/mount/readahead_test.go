package mount

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestReadAhead(t *testing.T) {
	dir := t.TempDir()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	dev := info.Sys().(*syscall.Stat_t).Dev
	device := fmt.Sprintf("%d:%d", unix.Major(dev), unix.Minor(dev))
	for _, test := range []struct {
		name, file, text string
		want             int64
		known            bool
	}{
		{"a mount of its own", "sys/class/bdi/" + device + "/read_ahead_kb", "128\n", 128 << 10, true},
		{"a disk", "sys/dev/block/" + device + "/queue/read_ahead_kb", "8192\n", 8 << 20, true},
		{"none", "sys/class/bdi/" + device + "/read_ahead_kb", "0\n", 0, true},
		{"garbage", "sys/class/bdi/" + device + "/read_ahead_kb", "much\n", 0, false},
		{"nothing", "sys/other", "1\n", 0, false},
	} {
		root := t.TempDir()
		path := filepath.Join(root, test.file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, known := ReadAhead(root, dir); got != test.want || known != test.known {
			t.Errorf("%s: %d, %v, want %d, %v", test.name, got, known, test.want, test.known)
		}
	}
	// A partition's disk has it.
	root := t.TempDir()
	disk := filepath.Join(root, "sys/devices/vda")
	for _, folder := range []string{disk + "/vda1", disk + "/queue", root + "/sys/dev/block"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(disk+"/queue/read_ahead_kb", []byte("4096\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../devices/vda/vda1", filepath.Join(root, "sys/dev/block", device)); err != nil {
		t.Fatal(err)
	}
	if got, known := ReadAhead(root, dir); got != 4<<20 || !known {
		t.Errorf("a partition: %d, %v", got, known)
	}
	if _, known := ReadAhead("/", filepath.Join(dir, "gone")); known {
		t.Error("a folder that isn't there has a read-ahead")
	}
}
