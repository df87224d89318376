package workloads

import (
	"fmt"
	"slices"
	"strings"
)

// names lists every key that may stand in a workload, used or passive.
func names() []string {
	var list []string
	for _, k := range keys() {
		list = append(list, k.name)
	}
	for _, p := range passives() {
		list = append(list, p.name)
	}
	return list
}

// isKey tells whether name has a value of its own.
func isKey(name string) bool {
	used := slices.ContainsFunc(keys(), func(k key) bool { return k.name == name })
	return used || slices.ContainsFunc(passives(), func(p passive) bool { return p.covers(name) })
}

// isSection tells whether keys stand under name.
func isSection(name string) bool { return name != "" && len(children(name)) > 0 }

// children lists what may stand directly under a section, sorted; "" is the top.
func children(section string) []string {
	prefix := section + "."
	if section == "" {
		prefix = ""
	}
	var list []string
	for _, name := range names() {
		if rest, inside := strings.CutPrefix(name, prefix); inside {
			child, _, _ := strings.Cut(rest, ".")
			list = append(list, child)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// unknownKey says what is wrong with a name that is neither key nor section, what
// may have been meant, and what is allowed at that place. path is the name as
// the user wrote it.
func unknownKey(path, name string) error {
	section, last := "", name
	for {
		head, rest, deeper := strings.Cut(last, ".")
		below := strings.TrimPrefix(section+"."+head, ".")
		if isKey(below) {
			return fmt.Errorf("unknown key %q: %s has nothing under it", path, below)
		}
		if !deeper || !isSection(below) {
			last = head
			break
		}
		section, last = below, rest
	}
	allowed := children(section)
	where := "at the top"
	if section != "" {
		where = "in " + section
	}
	hint := ";"
	if near := nearest(last, allowed); near != "" {
		hint = fmt.Sprintf(", did you mean %q?", near)
	}
	return fmt.Errorf("unknown key %.60q %s%s allowed: [%s]", last, where, hint, strings.Join(allowed, ", "))
}

// nearest finds the key that was probably meant: a close spelling in the same
// section, or the same name in another one.
func nearest(word string, allowed []string) string {
	best, least := "", min(max(2, len(word)/3)+1, len(word))
	for _, candidate := range allowed {
		if d := EditDistance(word, candidate); d < least {
			best, least = candidate, d
		}
	}
	if best != "" {
		return best
	}
	for _, name := range names() {
		if strings.HasSuffix(name, "."+word) {
			return name
		}
	}
	return ""
}

// EditDistance is Levenshtein's: the least number of letters to insert, delete or
// replace. It keeps one row of the table; long words, which match nothing
// anyway, are cut.
func EditDistance(a, b string) int {
	const long = 64
	a, b = a[:min(len(a), long)], b[:min(len(b), long)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
