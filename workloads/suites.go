package workloads

import (
	"embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed suites/*.yaml
var embeddedSuites embed.FS

// suiteCommand is the command that runs a suite.
const suiteCommand = "suite"

// Suites names the suites that come with lbench, sorted by name.
func Suites() []Summary {
	files, err := embeddedSuites.ReadDir("suites")
	if err != nil {
		panic(fmt.Sprintf("embedded suites: %v", err)) // the compiler put them there
	}
	var list []Summary
	for _, f := range files {
		text, _ := embeddedSuites.ReadFile("suites/" + f.Name())
		list = append(list, Summary{baseName(f.Name()), description(text), suiteCommand})
	}
	return list
}

// SuiteText reads the suite of that name, or the file if the name holds a path separator
// or ends in .yaml or .yml. file is what errors about the text begin with. An unknown
// name is an error that lists the known ones.
func SuiteText(nameOrFile string) (file string, text []byte, err error) {
	if isFile(nameOrFile) {
		if text, err = readFile(nameOrFile); err != nil {
			return "", nil, fmt.Errorf("read suite: %w", err)
		}
		return nameOrFile, text, nil
	}
	var names []string
	for _, s := range Suites() {
		if s.Name == nameOrFile {
			text, err = embeddedSuites.ReadFile("suites/" + s.Name + ".yaml")
			return s.Name + ".yaml", text, err
		}
		names = append(names, s.Name)
	}
	return "", nil, fmt.Errorf("suite %q isn't one of [%s], nor a file (a path with / or a name ending in .yaml or .yml)",
		nameOrFile, strings.Join(names, ", "))
}

// SuiteDocument parses the text of a suite to its outermost map. Keys that aren't names or
// stand there twice, and aliases, are errors that begin with file:line.
func SuiteDocument(file string, text []byte) (*yaml.Node, error) {
	root, err := parseMapping(file, text, "a suite: a map with the key runs")
	if err != nil {
		return nil, err
	}
	return root, checkNodes(root, func(n *yaml.Node) string { return fmt.Sprintf("%s:%d: ", file, n.Line) })
}

// SuiteName is a suite's name where its file has none: that of the file without folder and
// ending. SuiteDescription is the comment on the file's first line.
func SuiteName(file string) string        { return baseName(file) }
func SuiteDescription(text []byte) string { return description(text) }
