package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lbench/lbench/workloads"
)

// unknown says that a name isn't among those allowed. It names the near ones, or all where
// none is near: `metric "au_men_fraction" isn't known: did you mean au_mean_fraction?`.
func unknown(what, name string, allowed []string) string {
	allowed = slices.Sorted(slices.Values(allowed))
	var near []string
	for _, a := range allowed {
		if workloads.EditDistance(name, a) <= max(2, len(a)/4) || len(name) >= 4 && strings.HasPrefix(a, name) {
			near = append(near, a)
		}
	}
	if len(near) == 0 {
		return fmt.Sprintf("the %s %.60q isn't one of [%s]", what, name, strings.Join(allowed, ", "))
	}
	return fmt.Sprintf("the %s %.60q isn't known: did you mean %s?", what, name, strings.Join(near, " or "))
}
