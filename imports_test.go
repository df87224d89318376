// Package lbench_test holds the rules that no single package can check: which package
// may import which, and what a library never does. It parses the source itself, so
// that the test cache can't hide a new import.
package lbench_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/lbench/lbench"

// anything lets a folder import every package but a command.
const anything = "anything"

// arrows returns the packages that each folder may import, of ours, test files included.
func arrows() map[string][]string {
	return map[string][]string{
		".":                  {},                                                    // this test
		"internal/units":     {},                                                    // leaf: parse and print numbers
		"internal/stats":     {},                                                    // leaf: pure functions
		"internal/result":    {},                                                    // leaf: the data model, where all others meet
		"internal/ioengine":  {},                                                    // leaf: how bytes move
		"workloads":          {"internal/units"},                                    // sizes in the YAML
		"internal/nobody":    {},                                                    // leaf: tests without permissions
		"internal/dataset":   {"workloads", "internal/ioengine", "internal/nobody"}, // files of samples, written through an engine
		"internal/mount":     {"internal/result", "internal/units"},                 // fills result.Mount
		"internal/telemetry": {"internal/result", "internal/mount", "internal/stats", "internal/units"},
		"internal/losses":    {"internal/result"}, // where lost time went: pure, over steps; dlio's tests plant causes for it
		"internal/dlio":      {"workloads", "internal/dataset", "internal/ioengine", "internal/losses", "internal/stats", "internal/result", "internal/units"},
		"internal/rules":     {"internal/units"},                                                                                                                                                                                          // leaf: the grammar of --rule and of gates
		"internal/fio":       {"internal/ioengine", "internal/rules", "internal/stats", "internal/result", "internal/units"},                                                                                                              // never sees dlio, nor dataset: files come as names and sizes
		"internal/report":    {"internal/claims", "internal/losses", "internal/result", "internal/stats", "internal/units"},                                                                                                               // from the run folder alone: sees no producer
		"internal/compare":   {"internal/result", "internal/stats", "internal/units"},                                                                                                                                                     // two sets of runs: pure
		"internal/claims":    {"workloads", "internal/result", "internal/stats", "internal/units"},                                                                                                                                        // published figures against runs: pure; workloads for how YAML errors read
		"internal/history":   {"internal/nobody", "internal/result", "internal/stats", "internal/compare", "internal/units"},                                                                                                              // the index over many run folders
		"internal/suite":     {"workloads", "internal/rules", "internal/result", "internal/stats", "internal/compare", "internal/units"},                                                                                                  // ordered runs with gates; starts lbench as a program
		"internal/verify":    {"workloads", "internal/dataset", "internal/dlio", "internal/fio", "internal/losses", "internal/mount", "internal/nobody", "internal/rules", "internal/result", "internal/stats", "internal/units", "docs"}, // recomputes what dlio and fio published, and is seen by neither
		"internal/cloud":     {"internal/monitoringtest", "internal/result", "internal/stats", "internal/units"},                                                                                                                          // what buckets did meanwhile; apart from telemetry, which needs no cloud's library
		"deploy":             {"internal/result", "internal/suite"},
		"docs":               {},                                                                                                                                                                                                                                        // the schema, embedded
		"bench":              {"internal/result", "internal/dlio", "internal/monitoringtest", "internal/compare", "internal/history", "internal/verify", "internal/report", "internal/stats", "internal/units", "internal/ioengine", "internal/fio", "internal/losses"}, // drives the built binary; asks the cold proof and the small writes directly
		"e2e":                {"internal/result"},                                                                                                                                                                                                                       // drives the built binary on a real mount
		"cmd/lbench":         {anything},

		"internal/monitoringtest": {}, // leaf: a Cloud Monitoring server in process, for tests and the lab
	}
}

// source is one parsed file; folder is relative to the module's root.
type source struct {
	folder, name string
	file         *ast.File
	fset         *token.FileSet
}

func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

// at names a place in the file.
func (s source) at(n ast.Node) string {
	return path.Join(s.folder, s.name) + ":" + strconv.Itoa(s.fset.Position(n.Pos()).Line)
}

// sources parses every Go file of the module, whatever its build tags.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		all = append(all, source{path.Dir(name), path.Base(name), file, fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestImportsFollowTheArrows(t *testing.T) {
	table, seen := arrows(), map[string]bool{}
	for _, s := range sources(t) {
		allowed, known := table[s.folder]
		if !known {
			if !seen[s.folder] {
				t.Errorf("%s: a new package is a new line in this table, with a reason", s.folder)
			}
			seen[s.folder] = true
			continue
		}
		seen[s.folder] = true
		for _, spec := range s.file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if reason := forbidden(s.folder, imported, allowed); reason != "" {
				t.Errorf("%s: %s", s.at(spec), reason)
			}
		}
	}
	for folder := range table {
		if !seen[folder] {
			t.Errorf("the table has %s, which has no Go file", folder)
		}
	}
}

// forbidden says why folder may not import a package, or nothing.
func forbidden(folder, imported string, allowed []string) string {
	target, ours := strings.CutPrefix(imported, module+"/")
	switch {
	case imported == module:
		return "imports the module's root, which has no code"
	case !ours, target == folder: // an external test package imports its own
		return ""
	case strings.HasPrefix(target, "cmd/"), target == "bench":
		return "imports " + target + ": nobody imports a command"
	case slices.Contains(allowed, anything), slices.Contains(allowed, target):
		return ""
	}
	return folder + " may not import " + target
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		folder, imported string
		allowed          []string
		want             string
	}{
		{"internal/dlio", "fmt", nil, ""},
		{"internal/dlio", "github.com/lbench/lbenchmark/x", nil, ""},
		{"internal/dlio", module + "/internal/dlio", nil, ""},
		{"internal/dlio", module + "/workloads", []string{"workloads"}, ""},
		{"cmd/lbench", module + "/internal/dlio", []string{anything}, ""},
		{"internal/report", module + "/internal/dlio", []string{"internal/result"}, "internal/report may not import internal/dlio"},
		{"internal/report", module + "/internal/result/x", []string{"internal/result"}, "internal/report may not import internal/result/x"},
		{"internal/report", module + "/cmd/lbench", []string{anything}, "imports cmd/lbench: nobody imports a command"},
		{"cmd/lbench", module + "/bench", []string{anything}, "imports bench: nobody imports a command"},
		{"e2e", module, nil, "imports the module's root, which has no code"},
	} {
		if got := forbidden(c.folder, c.imported, c.allowed); got != c.want {
			t.Errorf("forbidden(%q, %q, %q) = %q, want %q", c.folder, c.imported, c.allowed, got, c.want)
		}
	}
}

// Libraries return errors and take writers; only a command ends the process or prints.
func TestLibrariesNeitherExitNorPrint(t *testing.T) {
	for _, s := range sources(t) {
		library := strings.HasPrefix(s.folder, "internal/") || s.folder == "workloads"
		if !library || s.isTest() {
			continue
		}
		for _, n := range exitsOrPrints(s.file) {
			t.Errorf("%s: %s in a library", s.at(n), n.X.(*ast.Ident).Name+"."+n.Sel.Name)
		}
	}
}

// exitsOrPrints finds the mentions of what ends the process or writes to its terminal.
func exitsOrPrints(file *ast.File) []*ast.SelectorExpr {
	names := map[string][]string{
		"os":  {"Exit", "Stdin", "Stdout", "Stderr"},
		"fmt": {"Print", "Printf", "Println"},
		"log": {"Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Print", "Printf", "Println"},
	}
	var found []*ast.SelectorExpr
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(names[pkg.Name], sel.Sel.Name) {
				found = append(found, sel)
			}
		}
		return true
	})
	return found
}

// Nothing happens before main: lists are explicit slices.
func TestNoInit(t *testing.T) {
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init", s.at(f))
			}
		}
	}
}

// TestBrowserTestsAreCalledSo: `make test` runs what the race detector leaves out by that name.
func TestBrowserTestsAreCalledSo(t *testing.T) {
	files, err := filepath.Glob("internal/report/*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, error %v", files, err)
	}
	called := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "//go:build !race") {
			continue
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			if called++; !strings.Contains(m[1], "Browser") && m[1] != "TestMain" {
				t.Errorf("%s: %s runs nowhere in make test: its name lacks Browser", file, m[1])
			}
		}
	}
	if called == 0 {
		t.Error("no test of the browser was found")
	}
}
