package workloads

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// add stores one key. An error about a list's item names the item's line.
func (b *Block) add(key, value *yaml.Node, keys []string, at place) error {
	name := key.Value
	switch {
	case name == commandKey:
		return nil
	case name == rulesKey:
		return b.addRules(value, at)
	case keys == nil && !isFlagName(name):
		return fmt.Errorf("%skey %.60q isn't a flag's name", at(key), name)
	case keys != nil && !slices.Contains(keys, name):
		return fmt.Errorf("%skey %.60q isn't one of [%s]", at(key), name, strings.Join(blockKeys(keys), ", "))
	}
	v := BlockValue{Line: key.Line, From: "workload"}
	if value.Kind == yaml.SequenceNode && slices.Contains(repeatedKeys(), name) {
		for _, item := range value.Content {
			text, err := oneLine(item)
			if err != nil {
				return fmt.Errorf("%s%s has an item that %w", at(item), name, err)
			}
			v.List = append(v.List, text)
		}
	}
	if v.List == nil {
		var err error
		if v.Text, err = oneLine(value); err != nil {
			return fmt.Errorf("%s%s %w", at(key), name, err)
		}
	}
	b.Values[name] = v
	return nil
}

// isFlagName recognizes what can follow the two dashes.
func isFlagName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func (b *Block) addRules(list *yaml.Node, at place) error {
	if list.Kind != yaml.SequenceNode {
		return fmt.Errorf("%s%s %w", at(list), rulesKey, wrong(list, "a list of rules, such as read_bytes_per_s >= 13GB/s"))
	}
	for _, item := range list.Content {
		text, err := oneLine(item)
		if err != nil {
			return fmt.Errorf("%sa rule %w", at(item), err)
		}
		b.Rules = append(b.Rules, RuleText{text, item.Line})
	}
	return nil
}

// oneLine reads a single value as it is written.
func oneLine(n *yaml.Node) (string, error) {
	text, err := anyText(n)
	switch {
	case err != nil:
		return "", wrong(n, "one value")
	case !slices.Contains([]string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp"}, n.ShortTag()):
		return "", fmt.Errorf("has the tag %.60q, want none", n.ShortTag())
	case strings.TrimSpace(text) == "" || strings.ContainsFunc(text, unicode.IsControl):
		return "", errors.New("is empty or has more than one line, want one value")
	}
	return text, nil
}
