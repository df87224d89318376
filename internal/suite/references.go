package suite

import (
	"regexp"
	"slices"
)

// reference is what stands for a setting of the suite: "{data-dir}/cold".
var reference = regexp.MustCompile(`\{([a-z][a-z0-9-]*)\}`)

// references lists the settings that a value is made of.
func references(value string) []string {
	var names []string
	for _, m := range reference.FindAllStringSubmatch(value, -1) {
		names = append(names, m[1])
	}
	return slices.Compact(names)
}

// expand puts the suite's settings where a value refers to them. What has no value stays,
// which Check finds.
func (s Suite) expand(value string) string {
	return reference.ReplaceAllStringFunc(value, func(name string) string {
		if set := s.find(name[1 : len(name)-1]); set != nil {
			return set.Values[0]
		}
		return name
	})
}
