package dataset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPublishNeverReplaces(t *testing.T) {
	not := func(err error) func(string, string) error { return func(_, _ string) error { return err } }
	for name, ways := range map[string][]func(string, string) error{
		"rename":          {renameNew},
		"link":            {linkNew},
		"look and rename": {renameIfFree},
		"link at last":    {not(unix.EINVAL), not(unix.ENOSYS), not(unix.EOPNOTSUPP), not(unix.EPERM), linkNew},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			temp, final := filepath.Join(dir, ".a.tmp"), filepath.Join(dir, "a")
			write(t, temp, "ours")
			if err := firstSupported(temp, final, ways...); err != nil {
				t.Fatal(err)
			}
			want(t, dir, "a")
			wantText(t, final, "ours")
			write(t, temp, "again")
			if err := firstSupported(temp, final, ways...); !errors.Is(err, fs.ErrExist) {
				t.Errorf("error %v, want fs.ErrExist", err)
			}
			wantText(t, final, "ours")
			wantText(t, temp, "again")
		})
	}
}

func TestPublishStopsAtARealError(t *testing.T) {
	dir := t.TempDir()
	temp := filepath.Join(dir, "t")
	write(t, temp, "x")
	err := firstSupported(temp, filepath.Join(dir, "f"), func(_, _ string) error { return unix.EIO }, renameNew)
	if !errors.Is(err, unix.EIO) {
		t.Errorf("error %v, want EIO", err)
	}
	want(t, dir, "t")
}

// NFS may say that a link is there because it made it at the first try.
func TestALinkThatIsOursIsDone(t *testing.T) {
	dir := t.TempDir()
	temp, final := filepath.Join(dir, "t"), filepath.Join(dir, "f")
	write(t, temp, "x")
	if err := os.Link(temp, final); err != nil {
		t.Fatal(err)
	}
	if err := linkNew(temp, final); err != nil {
		t.Error(err)
	}
	want(t, dir, "f")
}
