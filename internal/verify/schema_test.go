package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// TestBadRunFile: a run.json that is none is one finding of one line.
func TestBadRunFile(t *testing.T) {
	whole, err := os.ReadFile("testdata/runs/demo-run/run.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, text, figure, want string }{
		{"of 0 bytes", "", "", "it is empty"},
		{"truncated", string(whole[:len(whole)/2]), "", "it ends in the middle, after"},
		{"NaN", strings.Replace(string(whole), `"want": 0.5`, `"want": NaN`, 1), "", "it isn't JSON, which has neither NaN nor Infinity: line 16"},
		{"infinity", strings.Replace(string(whole), `"want": 0.5`, `"want": -Infinity`, 1), "", "it isn't JSON, which has neither NaN nor Infinity: line 16"},
		{"two documents", string(whole) + "{}", "", "it isn't JSON: something stands behind"},
		{"a text for a number", strings.Replace(string(whole), `"seed": 750015904`, `"seed": "1"`, 1), "seed", "by the schema: got string, want integer"},
		{"unknown status", strings.Replace(string(whole), `"status": "complete"`, `"status": "done"`, 1), "status", "by the schema: value must be one of"},
		{"no verdict", strings.Replace(string(whole), `"verdict": "pass",`, "", 1), "", "by the schema: missing property 'verdict'"},
		{"an epoch's text", strings.Replace(string(whole), `"au_fraction": 0.9971637859217902`, `"au_fraction": "0.99"`, 1), "epochs[0].au_fraction", "by the schema: got string, want number"},
		{"a number too large for Go", strings.Replace(string(whole), `"want": 0.5`, `"want": 1e999`, 1), "", "it can't be read as a run"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, result.RunFile), test.text)
			v, err := Run(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range v.Findings {
				if f.File == result.RunFile && f.Figure == test.figure && strings.HasPrefix(f.Why, test.want) && !strings.Contains(f.Why, "\n") {
					return
				}
			}
			t.Errorf("findings are %s, want one of %q: %s", findings(v), test.figure, test.want)
		})
	}
}

// TestOtherSchemas: what another lbench wrote, or nobody, is an error that says so.
func TestOtherSchemas(t *testing.T) {
	for name, text := range map[string]string{"another version": `{"schema": "lbench.run/2"}`, "none": `{}`, "no object": `[1]`} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, result.RunFile), text)
		if _, err := Run(dir, Options{}); err == nil || !strings.Contains(err.Error(), "this lbench reads [lbench.run/1]") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, result.RunFile), `{"schema": "lbench.run/1"}`)
	if _, err := Run(dir, Options{Schema: []byte("{")}); err == nil || !strings.Contains(err.Error(), "read the schema") {
		t.Errorf("a broken schema: error is %v", err)
	}
}

// TestUnknownFields: fields are only added within a version, so that unknown ones are noted
// and not found.
func TestUnknownFields(t *testing.T) {
	dir := copyOf(t, "demo-run")
	change(t, dir, result.RunFile, func(text string) string {
		text = strings.Replace(text, `"lbench": {`, `"colour": "red", "lbench": {"built": "today",`, 1)
		return strings.Replace(text, `"epoch": 1,`, `"epoch": 1, "new_fraction": 0.5,`, 1)
	})
	v := verified(t, dir)
	if notes := strings.Join(v.Notes, "\n"); !strings.Contains(notes, "passed over: colour, lbench.built") {
		t.Errorf("the notes don't name the fields:\n%s", notes)
	}
	if len(v.Findings) != 1 || v.Findings[0].Figure != "epochs[0].new_fraction" { // a figure that nobody can prove
		t.Errorf("findings are %s", findings(v))
	}
}
