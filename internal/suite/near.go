package suite

import (
	"fmt"
	"slices"
	"strings"
)

// unknown says that a name isn't among those allowed. It names the near ones, or all where
// none is near: `metric "au_men_fraction" isn't known: did you mean au_mean_fraction?`.
func unknown(what, name string, allowed []string) string {
	allowed = slices.Sorted(slices.Values(allowed))
	var near []string
	for _, a := range allowed {
		if distance(name, a) <= max(2, len(a)/4) || len(name) >= 4 && strings.HasPrefix(a, name) {
			near = append(near, a)
		}
	}
	if len(near) == 0 {
		return fmt.Sprintf("the %s %.60q isn't one of [%s]", what, name, strings.Join(allowed, ", "))
	}
	return fmt.Sprintf("the %s %.60q isn't known: did you mean %s?", what, name, strings.Join(near, " or "))
}

// distance counts the bytes to insert, delete or change to make b of a (Levenshtein). A
// name far longer than the other is not counted through.
func distance(a, b string) int {
	if len(a) > 2*len(b)+4 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
