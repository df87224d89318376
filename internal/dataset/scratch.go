package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	scratchPrefix = "lbench-write-"
	scratchMarker = ".lbench-scratch.json"
	scratchSchema = "lbench.scratch/1"
)

// scratchNote is what the marker of a scratch folder says.
type scratchNote struct {
	Schema  string    `json:"schema"`
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Started time.Time `json:"started"`
}

// Scratch makes a folder lbench-write-<random> in dir, for files that last no longer than
// a run, marks it as lbench's and keeps it locked. remove deletes it with the files in it,
// once and for all: a second call returns what the first one did. It refuses to delete
// anything if the folder holds anything but plain files of which ours knows the names.
// dir has to be there: a mistyped mount point isn't to fill another disk.
func Scratch(dir string, ours func(name string) bool) (name string, remove func() error, err error) {
	name, err = os.MkdirTemp(dir, scratchPrefix+"*")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the files to write: %w", err)
	}
	l, _, err := lockFolder(name, unix.F_WRLCK)
	if err == nil {
		// Only a locked folder has a marker, or it would pass for a stale one.
		err = writeScratchNote(name)
	}
	remove = sync.OnceValue(func() error { return removeScratch(name, l, ours) })
	if err != nil {
		remove()
		return "", nil, fmt.Errorf("mark the folder for the files to write: %w", err)
	}
	return name, remove, nil
}

func writeScratchNote(folder string) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(scratchNote{scratchSchema, os.Getpid(), host, time.Now().UTC()}, "", "  ")
	if err != nil {
		return err
	}
	return writeSynced(filepath.Join(folder, scratchMarker), append(text, '\n'))
}

// removeScratch deletes the marker after the files and the lock after the marker, so that
// what a killed process leaves is still known to be lbench's.
func removeScratch(folder string, l lock, ours func(name string) bool) error {
	defer l.release()
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("remove the files written: %w", err)
	}
	isOwn := func(name string) bool { return name == scratchMarker || name == lockName }
	for _, e := range entries {
		if !e.Type().IsRegular() || !isOwn(e.Name()) && !ours(e.Name()) {
			return fmt.Errorf("%s holds %q, which lbench didn't make: nothing in it was deleted, do it by hand", folder, e.Name())
		}
	}
	for _, e := range entries {
		if isOwn(e.Name()) {
			continue
		}
		if failed := unlink(folder, e.Name()); failed != nil {
			err = failed // and go on: the disk shall be as empty as it can be
		}
	}
	if err == nil {
		err = unlink(folder, scratchMarker)
	}
	l.release() // before its file goes: NFS keeps one that is open, under another name
	if err == nil {
		err = unlink(folder, lockName)
	}
	if err == nil {
		err = os.Remove(folder)
	}
	if err != nil {
		return fmt.Errorf("remove the files written: %w", err)
	}
	return nil
}

// unlink deletes a file, never a folder.
func unlink(folder, base string) error {
	name := filepath.Join(folder, base)
	if err := unix.Unlink(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &os.PathError{Op: "unlink", Path: name, Err: err}
	}
	return nil
}

// StaleScratch lists the scratch folders in dir that killed processes have left behind:
// those with a marker that nobody holds locked. Left out are folders that can't be read
// and, where the file system has no locks, those of other hosts. Where its locks reach no
// further than one client, a folder that another client uses is taken for a stale one.
func StaleScratch(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var stale []string
	for _, e := range entries {
		folder := filepath.Join(dir, e.Name())
		if e.IsDir() && strings.HasPrefix(e.Name(), scratchPrefix) && isStale(folder) {
			stale = append(stale, folder)
		}
	}
	return stale
}

func isStale(folder string) bool {
	text, err := os.ReadFile(filepath.Join(folder, scratchMarker))
	var note scratchNote
	if err != nil || json.Unmarshal(text, &note) != nil || note.Schema != scratchSchema {
		return false
	}
	if held, err := heldByOther(folder); err == nil {
		return !held
	}
	host, err := os.Hostname()
	return err == nil && host == note.Host && note.PID > 0 && errors.Is(unix.Kill(note.PID, 0), unix.ESRCH)
}
