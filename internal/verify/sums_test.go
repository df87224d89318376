package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of nothing

func TestSums(t *testing.T) {
	for _, test := range []struct {
		name   string
		files  map[string]string
		status result.Status
		want   []string // file, figure and the beginning of the reason of each finding
		notes  int
	}{
		{"as it was closed", map[string]string{"run.json": "", "SHA256SUMS": empty + "  run.json\n"}, result.Complete, nil, 0},
		{"in binary mode", map[string]string{"run.json": "", "SHA256SUMS": empty + " *run.json\n"}, result.Complete, nil, 0},
		{"report and hidden files need no sum", map[string]string{"run.json": "", "report.html": "x", ".index": "x", "SHA256SUMS": empty + "  run.json\n"}, result.Complete, nil, 0},
		{"a report that has a sum", map[string]string{"report.html": "x", "SHA256SUMS": empty + "  report.html\n"}, result.Complete, []string{"report.html SHA-256 the file isn't what it was"}, 0},
		{"a changed file", map[string]string{"a/b.json": "x", "SHA256SUMS": empty + "  a/b.json\n"}, result.Complete, []string{"a/b.json SHA-256 the file isn't what it was"}, 0},
		{"a missing file", map[string]string{"SHA256SUMS": empty + "  steps.ndjson\n"}, result.Complete, []string{"steps.ndjson  the file is in SHA256SUMS and not in the folder"}, 0},
		{"a file too many", map[string]string{"x": "", "SHA256SUMS": ""}, result.Complete, []string{"x  the file isn't in SHA256SUMS"}, 0},
		{"out of the folder", map[string]string{"SHA256SUMS": empty + "  ../x\n"}, result.Complete, []string{"SHA256SUMS line 1 the name leads out of the folder"}, 0},
		{"an absolute name", map[string]string{"SHA256SUMS": empty + "  /etc/passwd\n"}, result.Complete, []string{"SHA256SUMS line 1 the name leads out of the folder"}, 0},
		{"no sum", map[string]string{"SHA256SUMS": "e3b0  x\n"}, result.Complete, []string{"SHA256SUMS line 1 it isn't a line of sha256sum"}, 0},
		{"twice", map[string]string{"x": "", "SHA256SUMS": empty + "  x\n" + empty + "  x\n"}, result.Complete, []string{"SHA256SUMS line 2 the file is listed twice"}, 0},
		{"never closed", map[string]string{"run.json": ""}, result.Complete, []string{"SHA256SUMS  it isn't there"}, 0},
		{"never closed, interrupted", map[string]string{"run.json": ""}, result.Interrupted, []string{"SHA256SUMS  it isn't there"}, 0},
		{"killed", map[string]string{"run.json": ""}, result.Incomplete, nil, 1},
		{"closed, and incomplete", map[string]string{"run.json": "", "SHA256SUMS": empty + "  run.json\n"}, result.Incomplete, []string{"run.json status the folder was closed"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range test.files {
				write(t, filepath.Join(dir, name), text)
			}
			l := newLedger()
			l.sums(dir, test.status)
			v := l.close()
			if len(v.Findings) != len(test.want) || len(v.Notes) != test.notes {
				t.Fatalf("findings %v and notes %q, want %q and %d", v.Findings, v.Notes, test.want, test.notes)
			}
			for i, f := range v.Findings {
				if got := f.File + " " + f.Figure + " " + f.Why; !strings.HasPrefix(got, test.want[i]) {
					t.Errorf("finding %q, want %q", got, test.want[i])
				}
			}
		})
	}
}

// TestSumsFollowNoLink: what a link leads to isn't read.
func TestSumsFollowNoLink(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, result.SumsFile), empty+"  x\n")
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "x")); err != nil {
		t.Fatal(err)
	}
	l := newLedger()
	l.sums(dir, result.Complete)
	if v := l.close(); len(v.Findings) != 1 || v.Findings[0].File != "x" {
		t.Errorf("findings are %v, want one of x", v.Findings)
	}
}

// TestSumsTellAFew: a folder of any number of strange files gives a list that can be read.
func TestSumsTellAFew(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, result.SumsFile), strings.Repeat("bad\n", 1000))
	l := newLedger()
	l.sums(dir, result.Complete)
	v := l.close()
	if len(v.Findings) != mostFindings || len(v.Notes) != 1 || !strings.HasPrefix(v.Notes[0], "980 more findings") {
		t.Errorf("%d findings, notes %q", len(v.Findings), v.Notes)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
