package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/nobody"
)

func TestUseAndGenerateExcludeEachOther(t *testing.T) {
	dir := made(t, tiny())
	first, warnings, err := Use(dir)
	if err != nil || len(warnings) != 0 {
		t.Fatalf("first: %v, %v", warnings, err)
	}
	second, warnings, err := Use(dir)
	if err != nil || len(warnings) != 1 || warnings[0].Code != "dataset_shared" {
		t.Errorf("second: %v, %v, want one warning dataset_shared", warnings, err)
	}
	_, err = Generate(t.Context(), dir, tiny(), GenerateOptions{})
	wantError(t, err, "is in use by another lbench")
	first()
	_, err = Generate(t.Context(), dir, tiny(), GenerateOptions{})
	wantError(t, err, "is in use by another lbench")
	second()
	third, warnings, err := Use(dir)
	if err != nil || len(warnings) != 0 {
		t.Errorf("after both: %v, %v", warnings, err)
	}
	third()
}

func TestUseWhileGenerating(t *testing.T) {
	dir := t.TempDir()
	d, count := creating(func(n int, _ string) error {
		_, _, err := Use(dir)
		wantError(t, err, "is being generated: wait until lbench datagen is done")
		_, err = Generate(t.Context(), dir, tiny(), GenerateOptions{})
		wantError(t, err, "is in use by another lbench")
		return nil
	})
	if _, err := generate(t.Context(), dir, tiny(), GenerateOptions{}, d); err != nil || *count != 5 {
		t.Errorf("%d files, %v", *count, err)
	}
}

func TestUseOfAFolderWithoutMarker(t *testing.T) {
	dir := t.TempDir()
	release, warnings, err := Use(dir)
	if err != nil || len(warnings) != 0 {
		t.Fatalf("%v, %v", warnings, err)
	}
	release()
	want(t, dir) // nothing is written
}

func TestUseWithADamagedMarker(t *testing.T) {
	dir := made(t, tiny())
	write(t, filepath.Join(dir, MarkerName), `{"schema":`)
	_, _, err := Use(dir)
	wantError(t, err, "isn't a dataset's marker")
}

func TestUseByAnotherUser(t *testing.T) {
	dir := made(t, tiny())
	nobody.Reach(t, dir)
	nobody.Do(t, func() {
		release, warnings, err := Use(dir)
		if err != nil || len(warnings) != 0 {
			t.Errorf("%v, %v", warnings, err)
			return
		}
		defer release()
		_, warnings, err = Use(dir)
		if err != nil || len(warnings) != 1 || warnings[0].Code != "dataset_shared" {
			t.Errorf("a second one: %v, %v", warnings, err)
		}
	})
}

// Copied without its hidden files' lock, and into a folder that can't be written.
func TestUseWithoutALock(t *testing.T) {
	dir := made(t, tiny())
	if err := errors.Join(os.Remove(filepath.Join(dir, lockName)), os.Chmod(dir, 0o555)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755) // or else it can't be cleaned up
	nobody.Reach(t, dir)
	nobody.Do(t, func() {
		release, warnings, err := Use(dir)
		if err != nil || len(warnings) != 1 || warnings[0].Code != "no_lock" {
			t.Errorf("%v, %v", warnings, err)
			return
		}
		release()
	})
}

func TestFileSystemsWithoutLocks(t *testing.T) {
	for _, err := range []error{unix.ENOSYS, unix.ENOLCK, unix.EROFS, unix.EOPNOTSUPP, &os.PathError{Op: "open", Err: unix.EROFS}} {
		if !noLocks(err) {
			t.Errorf("%v: want a warning only", err)
		}
	}
	for _, err := range []error{nil, unix.EAGAIN, unix.EIO, unix.EACCES, unix.ENOENT} {
		if noLocks(err) {
			t.Errorf("%v: taken for a file system without locks", err)
		}
	}
}
