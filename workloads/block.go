package workloads

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Block is one run of a block command as a file: flat keys that are the command's flags,
// and rules. Its values are text, which the command's flags parse.
type Block struct {
	Name        string // the file without folder and ending
	Description string // the comment on the file's first line
	Command     string // one of BlockCommands
	File        string // as it was given, to prefix an error about a value with File:Line
	Values      map[string]BlockValue
	Rules       []RuleText
}

// BlockValue is what one key says. A caller that replaces it by a flag's value says so in
// From, for YAML to show.
type BlockValue struct {
	Text string
	List []string // the texts of a key that may be given several times, instead of Text
	Line int      // in the file; 0: not from there
	From string   // as Setting.From
}

// RuleText is a rule that the file asks for.
type RuleText struct {
	Text string
	Line int
}

// The keys that every Block file may have, and that are no flags of that name.
const (
	commandKey = "command"
	rulesKey   = "rules"
)

// repeatedKeys lists the flags that may be given several times: a file has a list there.
func repeatedKeys() []string { return []string{"before-cold"} }

// LoadBlock reads the workload of that name, or the file, as LoadTraining does. It has to
// be one of command, and its keys among those given; command "" and keys nil: any.
func LoadBlock(nameOrFile, command string, keys []string) (Block, error) {
	if isFile(nameOrFile) {
		text, err := readFile(nameOrFile)
		if err != nil {
			return Block{}, fmt.Errorf("read workload: %w", err)
		}
		return ParseBlock(nameOrFile, text, command, keys)
	}
	text, err := readNamed(nameOrFile, func(has string) bool {
		return has == command || command == "" && has != trainingCommand
	}, command)
	if err != nil {
		return Block{}, err
	}
	return ParseBlock(nameOrFile+".yaml", text, command, keys)
}

// ParseBlock reads a Block from the text of a YAML file. file is its name, for error
// messages and for Block.Name.
func ParseBlock(file string, text []byte, command string, keys []string) (Block, error) {
	at := func(n *yaml.Node) string { return fmt.Sprintf("%s:%d: ", file, n.Line) }
	root, err := parseMapping(file, text, "keys ["+strings.Join(blockKeys(keys), ", ")+"]")
	if err != nil {
		return Block{}, err
	}
	if err := checkNodes(root, at); err != nil {
		return Block{}, err
	}
	b := Block{Name: baseName(file), Description: description(text), File: file, Values: map[string]BlockValue{}}
	if b.Command, err = blockCommand(root, file, command, at); err != nil {
		return Block{}, err
	}
	for i := 0; i < len(root.Content); i += 2 {
		if err := b.add(root.Content[i], root.Content[i+1], keys, at); err != nil {
			return Block{}, err
		}
	}
	return b, nil
}

// blockKeys lists what may stand in a file.
func blockKeys(keys []string) []string {
	return append([]string{commandKey, rulesKey}, slices.Sorted(slices.Values(keys))...)
}

// blockCommand finds out what the file is a workload of, and that it is the wanted one.
func blockCommand(root *yaml.Node, file, want string, at place) (string, error) {
	value := child(root, commandKey)
	if value == nil {
		if isTraining(root) {
			return "", fmt.Errorf("%sthis is %s", at(root), misplaced(trainingCommand, want, file))
		}
		return "", fmt.Errorf("%sno key %q, want one of [%s]", at(root), commandKey, strings.Join(BlockCommands(), ", "))
	}
	has, err := oneOf(BlockCommands()...)(value)
	if err != nil {
		return "", fmt.Errorf("%s%s %w", at(value), commandKey, err)
	}
	if want != "" && has != want {
		return "", fmt.Errorf("%sthis is %s", at(value), misplaced(has, want, file))
	}
	return has, nil
}
