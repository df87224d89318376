package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// MarkerName is the file that makes a folder a dataset of lbench's.
const MarkerName = ".lbench-dataset.json"

const markerSchema = "lbench.dataset/1"

// Marker says what a folder holds. A file of the dataset gets its name only once it is
// whole and on disk, so Complete and the names in the folder say together what is there.
type Marker struct {
	Schema   string `json:"schema"`
	Spec     Spec   `json:"spec"`
	Complete bool   `json:"complete"` // every file was there when Generate ended
}

// ReadMarker returns the marker of a dataset's folder; the error is fs.ErrNotExist
// where there is none.
func ReadMarker(dir string) (Marker, error) {
	name := filepath.Join(dir, MarkerName)
	data, err := os.ReadFile(name)
	if errors.Is(err, unix.ENOTDIR) {
		return Marker{}, fmt.Errorf("dataset %q is a file: want the folder that lbench datagen made", dir)
	}
	if err != nil {
		return Marker{}, fmt.Errorf("read the dataset's marker: %w", err)
	}
	var m Marker
	if err := json.Unmarshal(data, &m); err != nil {
		return Marker{}, fmt.Errorf("%s isn't a dataset's marker: %w", name, err)
	}
	if m.Schema != markerSchema {
		return Marker{}, fmt.Errorf("%s: schema %q isn't one of [%s]", name, m.Schema, markerSchema)
	}
	if err := m.Spec.Validate(); err != nil {
		return Marker{}, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// findMarker is ReadMarker where it is no error to have none.
func findMarker(dir string) (m Marker, found bool, err error) {
	m, err = ReadMarker(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Marker{}, false, nil
	}
	return m, err == nil, err
}

// difference names the fields in which a folder's Spec isn't the wanted one, or nothing.
func difference(has, want Spec) string {
	if has.Format != want.Format { // nothing else can be compared
		return fmt.Sprintf("format %s, not %s", has.Format, want.Format)
	}
	var all []string
	for _, f := range []struct {
		name      string
		has, want any
	}{
		{"prefix", has.Prefix, want.Prefix},
		{"files", has.Files, want.Files},
		{"subfolders", max(1, has.Subfolders), max(1, want.Subfolders)},
		{"samples per file", has.SamplesPerFile, want.SamplesPerFile},
		{"sample side", has.Dim, want.Dim},
		{"file length", has.FileLength, want.FileLength},
		{"seed", has.Seed, want.Seed},
	} {
		if f.has != f.want {
			all = append(all, fmt.Sprintf("%s %v, not %v", f.name, f.has, f.want))
		}
	}
	return strings.Join(all, "; ")
}

// writeMarker writes a folder's marker, anew or in place of one of lbench's.
func writeMarker(dir string, spec Spec, complete bool) error {
	before, found, err := findMarker(dir)
	if err != nil {
		return err
	}
	after := Marker{markerSchema, spec, complete}
	if found && before == after {
		return nil
	}
	text, err := json.MarshalIndent(after, "", "  ")
	if err != nil {
		return fmt.Errorf("write the dataset's marker: %w", err)
	}
	name := filepath.Join(dir, MarkerName)
	temp := temporary(name)
	if err := writeSynced(temp, append(text, '\n')); err != nil {
		os.Remove(temp)
		return fmt.Errorf("write the dataset's marker: %w", err)
	}
	if found {
		err = os.Rename(temp, name)
	} else {
		err = publish(temp, name)
	}
	if err != nil {
		os.Remove(temp)
		return fmt.Errorf("write the dataset's marker: %w", err)
	}
	return syncFolder(dir)
}

// writeSynced writes a small file and waits until it is on disk.
func writeSynced(name string, text []byte) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}
