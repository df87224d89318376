package dataset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// The file is a promise: another version of lbench has to read it.
func TestMarkerFile(t *testing.T) {
	s := Spec{Format: "tfrecord", Prefix: "img", Files: 11, Subfolders: 2, SamplesPerFile: 33, Dim: 44, Seed: 55}
	dir := t.TempDir()
	if _, err := ReadMarker(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no marker: %v, want fs.ErrNotExist", err)
	}
	if err := writeMarker(dir, s, false); err != nil {
		t.Fatal(err)
	}
	wantText(t, filepath.Join(dir, MarkerName), `{
  "schema": "lbench.dataset/1",
  "spec": {
    "format": "tfrecord",
    "prefix": "img",
    "files": 11,
    "subfolders": 2,
    "samples_per_file": 33,
    "dim": 44,
    "seed": 55
  },
  "complete": false
}
`)
	if m, err := ReadMarker(dir); err != nil || m != (Marker{markerSchema, s, false}) {
		t.Errorf("%+v, %v", m, err)
	}
	if err := writeMarker(dir, s, true); err != nil {
		t.Fatal(err)
	}
	if m, err := ReadMarker(dir); err != nil || m != (Marker{markerSchema, s, true}) {
		t.Errorf("%+v, %v", m, err)
	}
	want(t, dir, MarkerName)
}

func TestMarkerFileOfRawFiles(t *testing.T) {
	dir := t.TempDir()
	s := RawSpec(16, 4096*33, 55)
	if err := writeMarker(dir, s, true); err != nil {
		t.Fatal(err)
	}
	wantText(t, filepath.Join(dir, MarkerName), `{
  "schema": "lbench.dataset/1",
  "spec": {
    "format": "raw",
    "prefix": "block",
    "files": 16,
    "subfolders": 0,
    "file_bytes": 135168,
    "seed": 55
  },
  "complete": true
}
`)
	if m, err := ReadMarker(dir); err != nil || m != (Marker{markerSchema, s, true}) {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestAnUnchangedMarkerIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	if err := writeMarker(dir, tiny(), true); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(filepath.Join(dir, MarkerName))
	if err != nil {
		t.Fatal(err)
	}
	if err := writeMarker(dir, tiny(), true); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(filepath.Join(dir, MarkerName)); err != nil || !os.SameFile(before, after) {
		t.Errorf("the marker was replaced (%v)", err)
	}
}
