package workloads

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// BlockCommands lists the commands that Block files are for.
func BlockCommands() []string {
	return []string{"cold-read", "sustained", "write", "small-write", "compare-mounts"}
}

// CommandOf says which command a workload, by name or file, is to be run with: one of
// BlockCommands, or mlperf for all else, also for what can't be read: LoadTraining says
// what is wrong with it.
func CommandOf(nameOrFile string) string {
	if isFile(nameOrFile) {
		text, _ := readFile(nameOrFile)
		return commandIn(text)
	}
	text, _ := embedded.ReadFile(nameOrFile + ".yaml")
	return commandIn(text)
}

func commandIn(text []byte) string {
	if root, err := parseMapping("", text, ""); err == nil {
		if command, _ := commandOf(root); command != "" {
			return command
		}
	}
	return trainingCommand
}

// commandOf is the block command that a document names, and in which line, or "".
func commandOf(root *yaml.Node) (command string, line int) {
	value := child(root, commandKey)
	if value == nil || !slices.Contains(BlockCommands(), value.Value) {
		return "", 0
	}
	return value.Value, value.Line
}

// child is the value of a key, or nil.
func child(mapping *yaml.Node, name string) *yaml.Node {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// isTraining recognizes a training by any key that only trainings have.
func isTraining(root *yaml.Node) bool {
	for i := 0; i < len(root.Content); i += 2 {
		name := canonical(root.Content[i].Value, root.Content[i+1])
		if isKey(name) || isSection(name) || name == "workload" {
			return true
		}
	}
	return false
}

// misplaced says where a workload of command has belongs that was given to command want.
func misplaced(has, want, nameOrFile string) string {
	what := fmt.Sprintf("a workload of %s, not of %s", has, want)
	switch {
	case want == "": // any block command, and has is none
		what = "a training, not a workload of a block command"
	case has == trainingCommand:
		what = "a training, not a workload of " + want
	case want == trainingCommand:
		what = "a workload of " + has + ", not a training"
	}
	return fmt.Sprintf("%s: run `lbench %s --workload %s`", what, has, nameOrFile)
}
