package result

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func folderWith(t *testing.T, files map[string]string) *Folder {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &Folder{Dir: dir}
}

func TestFilesAgreeWithSums(t *testing.T) {
	f := folderWith(t, map[string]string{
		"run.json": "{}\n", "steps.ndjson": strings.Repeat("x", 300_000), "dlio/summary.json": "abc", "empty": "",
		"report.html": "made again", "SHA256SUMS": "stale", ".run.json.tmp": "half",
	})
	files, err := f.Files()
	if err != nil {
		t.Fatal(err)
	}
	var lines, names strings.Builder
	for _, file := range files {
		fmt.Fprintf(&lines, "%s  %s\n", file.SHA256, file.Name)
		fmt.Fprintf(&names, "%s %d\n", file.Name, file.Bytes)
	}
	if diff := cmp.Diff("dlio/summary.json 3\nempty 0\nrun.json 3\nsteps.ndjson 300000\n", names.String()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	// echo -n abc | sha256sum
	if want := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; files[0].SHA256 != want {
		t.Errorf("%s has the sum %s, want %s", files[0].Name, files[0].SHA256, want)
	}
	sums, err := Sums(f.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(sums), lines.String()); diff != "" {
		t.Errorf("Sums and Files differ:\n%s", diff)
	}
}

func TestFilesSaysWhichFolder(t *testing.T) {
	f := &Folder{Dir: filepath.Join(t.TempDir(), "gone")}
	if files, err := f.Files(); err == nil || !strings.Contains(err.Error(), `gone"`) || files != nil {
		t.Errorf("Files of a folder that isn't there gives %v, %v", files, err)
	}
}
