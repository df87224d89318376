package mount

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// capture copies a folder of testdata, in which 0_30 stands for 0:30, to stand in for "/".
func capture(t *testing.T, name string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(filepath.Join("testdata", name))); err != nil {
		t.Fatal(err)
	}
	bdis, _ := filepath.Glob(root + "/sys/class/bdi/*")
	for _, bdi := range bdis {
		if err := os.Rename(bdi, filepath.Join(filepath.Dir(bdi), strings.Replace(filepath.Base(bdi), "_", ":", 1))); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// noCalls is a machine without the calls, in which nothing but files can be read.
func noCalls(root string) system {
	return system{
		root:     root,
		statfs:   func(string, *unix.Statfs_t) error { return unix.EACCES },
		getxattr: func(string, string, []byte) (int, error) { return 0, unix.EACCES },
	}
}

func TestDescribeNFS(t *testing.T) {
	v3 := "rw,relatime,vers=3,rsize=1048576,wsize=1048576,namlen=255,hard,proto=tcp,nconnect=4,timeo=600,retrans=2,sec=sys," +
		"mountaddr=127.0.0.1,mountvers=3,mountport=44021,mountproto=tcp,local_lock=none,addr=127.0.0.1"
	tests := []struct {
		capture string
		fstype  string
		want    result.NFSMount
	}{
		{"nfs-v3-nconnect1", "nfs", result.NFSMount{Vers: "3", Proto: "tcp", Nconnect: 1, Rsize: 1 << 20, Wsize: 1 << 20, ReadAheadKB: 128}},
		{"nfs-v3-nconnect4", "nfs", result.NFSMount{Vers: "3", Proto: "tcp", Nconnect: 4, Rsize: 1 << 20, Wsize: 1 << 20, ReadAheadKB: 128}},
		{"nfs-v4.2-nconnect1", "nfs4", result.NFSMount{Vers: "4.2", Proto: "tcp", Nconnect: 1, Rsize: 1 << 20, Wsize: 1 << 20, ReadAheadKB: 128}},
		{"nfs-v4.2-nconnect4", "nfs4", result.NFSMount{Vers: "4.2", Proto: "tcp", Nconnect: 4, Rsize: 1 << 20, Wsize: 1 << 20, ReadAheadKB: 128}},
	}
	for _, tt := range tests {
		t.Run(tt.capture, func(t *testing.T) {
			s := noCalls(capture(t, tt.capture))
			s.statfs = func(_ string, st *unix.Statfs_t) error { // stat-f of the capture
				*st = unix.Statfs_t{Bsize: 1 << 20, Blocks: 488, Bfree: 238, Bavail: 202}
				return nil
			}
			got, warnings := s.describe("/mnt/nfs/data", nil)
			want := &result.Mount{
				Path: "/mnt/nfs", Type: tt.fstype, Source: "127.0.0.1:/srv/nfs", Servers: []string{"127.0.0.1"},
				Version: tt.want.Vers, Network: true, Bytes: 488 << 20, Free: 202 << 20, NFS: &tt.want,
			}
			if diff := cmp.Diff(want, got, ignoreOptions()); diff != "" || len(warnings) > 0 {
				t.Error(diff, warnings)
			}
			if tt.capture == "nfs-v3-nconnect4" && got.Options != v3 {
				t.Errorf("options %q, want %q", got.Options, v3)
			}
		})
	}
}

func ignoreOptions() cmp.Option {
	return cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Options" }, cmp.Ignore())
}

func TestNFSLines(t *testing.T) {
	tests := []struct {
		line    string
		servers []string
		want    result.NFSMount
	}{
		{"nfs filer:/vol rw,vers=3,rsize=65536,wsize=32768,proto=rdma,addr=10.0.0.5", []string{"10.0.0.5"},
			result.NFSMount{Vers: "3", Proto: "rdma", Nconnect: 1, Rsize: 65536, Wsize: 32768}},
		{"nfs4 filer:/vol rw,vers=4.1,nconnect=16,proto=tcp6", []string{"filer"},
			result.NFSMount{Vers: "4.1", Proto: "tcp6", Nconnect: 16}},
		{"nfs4 [2001:db8::5]:/ rw,vers=4.2", []string{"2001:db8::5"}, result.NFSMount{Vers: "4.2", Nconnect: 1}},
		{"nfs odd rw,rsize=x,nconnect=", nil, result.NFSMount{Nconnect: 1}},
	}
	for _, tt := range tests {
		root := t.TempDir()
		write(t, root+"/proc/self/mountinfo", "9 1 0:77 / /m rw,relatime - "+tt.line+"\n")
		got, _ := noCalls(root).describe("/m", nil)
		if diff := cmp.Diff(tt.want, *got.NFS); diff != "" {
			t.Error(tt.line, diff)
		}
		if diff := cmp.Diff(tt.servers, got.Servers); diff != "" {
			t.Error(tt.line, diff)
		}
		if got.Bytes != 0 || got.Free != 0 {
			t.Errorf("%s: size %d and free %d though statfs fails", tt.line, got.Bytes, got.Free)
		}
	}
}

func TestDescribeUnknown(t *testing.T) {
	empty, broken, foreign := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, broken+"/proc/self/mountinfo", "no mountinfo\n")
	write(t, foreign+"/proc/self/mountinfo", "9 1 0:77 / /m rw - ext4 /dev/x rw\n")
	for _, root := range []string{empty, broken, foreign} {
		got, warnings := noCalls(root).describe("/data", nil)
		if got != nil || len(warnings) != 1 || warnings[0].Code != "mount_unknown" || !strings.Contains(warnings[0].Text, "/data") {
			t.Errorf("%s: %+v, %+v", root, got, warnings)
		}
	}
}

// TestDescribeHere asks the kernel that runs the test: /proc is a proc, through links
// and below a folder that doesn't exist.
func TestDescribeHere(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/proc", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/proc", "/proc/self", dir + "/link/self", dir + "/link/nosuch/folder"} {
		got, warnings := Describe("/", path, nil)
		if got == nil || got.Type != "proc" || got.Path != "/proc" {
			t.Errorf("%s is %+v, %+v", path, got, warnings)
		}
	}
	got, warnings := Describe("/", dir, nil)
	if got == nil || got.Bytes <= 0 || got.Free < 0 || got.Free > got.Bytes || !strings.HasPrefix(got.Options, "rw") {
		t.Errorf("%s is %+v, %+v", dir, got, warnings)
	}
	if err := os.Symlink("loop", dir+"/loop"); err != nil {
		t.Fatal(err)
	}
	if got, warnings := Describe("/", dir+"/loop", nil); got != nil || len(warnings) != 1 || !strings.Contains(warnings[0].Text, "/loop") {
		t.Errorf("a loop is %+v, %+v", got, warnings)
	}
}

func TestSameFilesystem(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		a, b string
		want bool
	}{
		{dir, dir, true},
		{dir, dir + "/nosuch/results", true},
		{dir, "/proc", false},
		{"/proc/self", "/proc/nosuch", true},
	}
	for _, tt := range tests {
		if got, err := SameFilesystem(tt.a, tt.b); got != tt.want || err != nil {
			t.Errorf("SameFilesystem(%q, %q) = %v, %v; want %v", tt.a, tt.b, got, err, tt.want)
		}
	}
	write(t, dir+"/file", "")
	for _, pair := range [][2]string{{dir, dir + "/file/x"}, {dir + "/file/x", dir}} {
		if same, err := SameFilesystem(pair[0], pair[1]); err == nil || same {
			t.Errorf("SameFilesystem(%q) = %v, %v; want an error", pair, same, err)
		}
	}
}

func TestSpace(t *testing.T) {
	size, free := space(unix.Statfs_t{Bsize: 1 << 20, Frsize: 4096, Blocks: 100, Bfree: 50, Bavail: 40})
	if size != 100*4096 || free != 40*4096 {
		t.Errorf("size %d, free %d", size, free)
	}
}

func TestCaptureNames(t *testing.T) {
	err := fs.WalkDir(os.DirFS("testdata"), ".", func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(path, ":") {
			t.Errorf("%s: a module can't hold that name", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
