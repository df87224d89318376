package telemetry

import (
	"os"
	"path/filepath"
	"testing"
)

// capture copies a folder of testdata, to stand in for "/", and adds the block devices.
func capture(t testing.TB, name string, blocks ...string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(filepath.Join("testdata", name))); err != nil {
		t.Fatal(err)
	}
	for _, dev := range blocks {
		if err := os.MkdirAll(filepath.Join(root, "sys/block", dev), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func write(t testing.TB, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func symlink(t testing.TB, target string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}
