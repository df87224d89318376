package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ours says whether a folder has the marker of this very dataset. It refuses a folder
// that holds another one, or files that have no marker where a dataset has its own.
func ours(dir string, spec Spec) (marked bool, err error) {
	marker, found, err := findMarker(dir)
	if err != nil {
		return false, err
	}
	if found {
		if d := difference(marker.Spec, spec); d != "" {
			return false, fmt.Errorf("%s holds another dataset (%s): choose another folder, or delete that dataset first", dir, d)
		}
		return true, nil
	}
	for _, folder := range spec.claims() {
		foreign, err := foreignFile(filepath.Join(dir, folder))
		if err != nil {
			return false, err
		}
		if foreign != "" {
			return false, fmt.Errorf("%s has no %s but holds %s, which lbench didn't make: choose another folder", dir, MarkerName, foreign)
		}
	}
	return false, nil
}

// claims lists the folders that must hold no files of others. Raw files would lie beside
// files to train on, but their marker would keep a training from finding those.
func (s Spec) claims() []string {
	if s.raw() {
		return []string{s.top(), TrainFolder}
	}
	return []string{s.top()}
}

// foreignFile finds a file below a folder of a dataset, hidden ones aside.
func foreignFile(folder string) (found string, err error) {
	err = filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !d.IsDir() && !strings.HasPrefix(d.Name(), "."):
			found = name
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("look for a dataset: %w", err)
	}
	return found, nil
}

// removeStale deletes the temporary files of a datagen that was killed. The folder is
// locked: nobody is writing them.
func removeStale(dir string, spec Spec) error {
	for _, folder := range spec.folders() {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look for stale temporary files: %w", err)
		}
		for _, e := range entries {
			name := e.Name()
			if !strings.HasPrefix(name, "."+spec.Prefix+"_") || !strings.HasSuffix(name, tempEnding) {
				continue
			}
			if err := os.Remove(filepath.Join(dir, folder, name)); err != nil {
				return fmt.Errorf("remove a stale temporary file: %w", err)
			}
		}
	}
	return nil
}

// enough checks that a folder's file system has room for so many bytes.
func enough(dir string, d disk, need int64) error {
	free, err := d.free(dir)
	if err != nil {
		return fmt.Errorf("look for free space: %w", err)
	}
	if need > free {
		return fmt.Errorf("not enough space in %s: %s is needed, %s is free", dir, amount(need), amount(free))
	}
	return nil
}

// failure says how far Generate came, and how to go on.
func failure(err error, dir string, spec Spec, done Generated, d disk) error {
	there := done.Kept + done.Written
	if !diskFull(err) {
		return fmt.Errorf("%d of %d files are complete: %w", there, spec.Files, err)
	}
	full := "quota reached" // what is free on the disk is of no use
	if errors.Is(err, unix.ENOSPC) {
		full = "disk full"
		if free, err := d.free(dir); err == nil {
			full += " (" + amount(free) + " free)"
		}
	}
	need := int64(spec.Files-there) * spec.FileBytes()
	return fmt.Errorf("%s after %d of %d files: %s more is needed; make room, then run %s again: %w", full, there, spec.Files, amount(need), spec.maker(), err)
}

func diskFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// amount prints bytes.
func amount(n int64) string {
	switch {
	case n < 1e6:
		return fmt.Sprintf("%d bytes", n)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
