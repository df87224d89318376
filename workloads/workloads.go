// Package workloads describes what lbench runs. The trainings that it emulates are in
// the YAML of DLIO (the benchmark under MLPerf Storage), so that a published file
// loads unchanged:
//
//  1. LoadTraining takes a name from List, or a file, and overrides such as
//     reader.read_threads=4.
//  2. document.go parses the YAML and refuses what no workload may have;
//     entries.go turns it into one entry per key, each knowing its line. Overrides
//     replace entries; the last one wins.
//  3. keys.go says of every key that lbench uses: its default, its type, what is
//     allowed. passive.go lists DLIO's other keys: accepted, with a warning where
//     ignoring one changes what is measured. Any other key is an error.
//  4. parse.go looks at the whole: what lbench can emulate, and what fits together.
//  5. The Training that comes out is plain values; Training.YAML writes it back.
//
// The runs of block commands are flat YAML: LoadBlock gives keys, each a flag of the
// command, with their text and line, and rules. The flags parse them.
//
// An error about a file begins with "file:line: ", one about an override with
// "--param key=value: ". Sizes are bytes, times are time.Duration.
package workloads

import (
	"embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

//go:embed *.yaml
var embedded embed.FS

// maxFileBytes is far above any real workload file, and keeps a wrong path (a
// dataset file, a device) from filling memory.
const maxFileBytes = 1 << 20

// trainingCommand is the command of all workloads that aren't of a block command.
const trainingCommand = "mlperf"

// Summary is one line of `lbench workloads`.
type Summary struct {
	Name        string
	Description string
	Command     string // that runs it: mlperf, or one of BlockCommands
}

// List names the workloads that come with lbench, sorted by name.
func List() []Summary {
	files, err := embedded.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("embedded workloads: %v", err)) // the compiler put them there
	}
	var list []Summary
	for _, f := range files {
		text, _ := embedded.ReadFile(f.Name())
		list = append(list, Summary{baseName(f.Name()), description(text), commandIn(text)})
	}
	return list
}

// LoadTraining reads the workload of that name, or the file if the name holds a
// path separator or ends in .yaml or .yml, and applies the overrides in order.
// An unknown name is an error that lists the known ones.
func LoadTraining(nameOrFile string, overrides []Override) (Training, error) {
	if isFile(nameOrFile) {
		text, err := readFile(nameOrFile)
		if err != nil {
			return Training{}, fmt.Errorf("read workload: %w", err)
		}
		return ParseTraining(nameOrFile, text, overrides)
	}
	text, err := readNamed(nameOrFile, func(has string) bool { return has == trainingCommand }, trainingCommand)
	if err != nil {
		return Training{}, err
	}
	return ParseTraining(nameOrFile+".yaml", text, overrides)
}

// readNamed reads a workload that comes with lbench and whose command fits. want is that
// command, for the error.
func readNamed(name string, fits func(command string) bool, want string) ([]byte, error) {
	var names []string
	for _, w := range List() {
		switch {
		case fits(w.Command) && w.Name == name:
			return embedded.ReadFile(name + ".yaml")
		case fits(w.Command):
			names = append(names, w.Name)
		case w.Name == name:
			return nil, fmt.Errorf("%q is %s", name, misplaced(w.Command, want, name))
		}
	}
	return nil, fmt.Errorf("workload %q isn't one of [%s], nor a file (a path with / or a name ending in .yaml or .yml)",
		name, strings.Join(names, ", "))
}

func isFile(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml":
		return true
	}
	return strings.ContainsRune(name, filepath.Separator)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err == nil && len(text) > maxFileBytes {
		return nil, fmt.Errorf("%s has more than %d bytes: not a workload file", path, maxFileBytes)
	}
	return text, err
}

// baseName is a workload's name: the file without folder and ending.
func baseName(file string) string {
	base := filepath.Base(file)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// description is the comment on the first line of a workload file.
func description(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	comment, ok := strings.CutPrefix(line, "#")
	if !ok {
		return ""
	}
	return strings.TrimSpace(comment)
}
