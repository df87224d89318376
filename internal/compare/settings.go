package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// none is what stands for a value that isn't there.
const none = "-"

// row is a setting or a fact, with its distinct values in each set.
type row struct {
	name    string
	section int
	a, b    []string
}

// changes lists what isn't the same in both sets, settings first.
func changes(a, b []result.Run, warn warner) ([]result.SettingChange, error) {
	factsA, err := factsOf(a)
	if err != nil {
		return nil, err
	}
	factsB, err := factsOf(b)
	if err != nil {
		return nil, err
	}
	warnMixedSets(factsA, factsB, warn)
	differing := map[string]row{}
	for name, section := range sectionsOf(slices.Concat(factsA, factsB)) {
		r := row{name: name, section: section, a: distinct(factsA, name), b: distinct(factsB, name)}
		if sameSet(r.a, r.b) || sprangUp(r, factsA, factsB) || otherNIC(r) {
			continue
		}
		differing[name] = r
	}
	all := []result.SettingChange{}
	for _, r := range slices.SortedFunc(maps.Values(differing), byName) {
		if !saidBy(r, differing) {
			all = append(all, result.SettingChange{Name: r.name, A: joined(r.a), B: joined(r.b)})
		}
	}
	return all, nil
}

func byName(x, y row) int {
	return cmp.Or(cmp.Compare(x.section, y.section), cmp.Compare(x.name, y.name))
}

func factsOf(runs []result.Run) ([]facts, error) {
	var all []facts
	for _, run := range runs {
		f, err := newFacts(run)
		if err != nil {
			return nil, fmt.Errorf("read the settings of run %q: %w", run.ID, err)
		}
		all = append(all, f)
	}
	return all, nil
}

func sectionsOf(set []facts) map[string]int {
	sections := map[string]int{}
	for _, f := range set {
		for name, v := range f {
			sections[name] = v.section
		}
	}
	return sections
}

// distinct are the values that a fact has in a set, in the order in which they come.
func distinct(set []facts, name string) []string {
	var values []string
	for _, f := range set {
		text := none
		if v, ok := f[name]; ok {
			text = v.text
		}
		if !slices.Contains(values, text) {
			values = append(values, text)
		}
	}
	return values
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// sprangUp says that one set doesn't know a setting which has its default throughout the
// other: they are of different versions of lbench, which is a row of its own.
func sprangUp(r row, a, b []facts) bool {
	if r.section != ofSettings {
		return false
	}
	byDefault := func(set []facts) bool {
		return !slices.ContainsFunc(set, func(f facts) bool { return !f[r.name].byDefault })
	}
	absent := []string{none}
	return slices.Equal(r.a, absent) && byDefault(b) || slices.Equal(r.b, absent) && byDefault(a)
}

// otherNIC says that a network interface is missing on a side: those of containers come
// and go.
func otherNIC(r row) bool {
	return strings.HasPrefix(r.name, nicPrefix) && (slices.Contains(r.a, none) || slices.Contains(r.b, none))
}

// warnMixedSets says where the runs of one set were not made alike.
func warnMixedSets(a, b []facts, warn warner) {
	for _, set := range []struct {
		name  string
		facts []facts
	}{{"A", a}, {"B", b}} {
		var names []string
		sections := sectionsOf(set.facts)
		for _, name := range slices.Sorted(maps.Keys(sections)) {
			r := row{name: name, a: distinct(set.facts, name)}
			if len(r.a) > 1 && !otherNIC(r) {
				names = append(names, fmt.Sprintf("%s (%s)", name, joined(r.a)))
			}
		}
		if len(names) > 0 {
			warn(warnMixed, "the runs of set %s differ among themselves, which is in the scatter of their figures: %s", set.name, joined(names))
		}
	}
}

// saidBy says that the row of a setting tells the same: "accelerators" 8 -> 16 leaves
// nothing to say for "plan.accelerators". Where the setting was left to lbench, the shape
// of the run says more.
func saidBy(r row, differing map[string]row) bool {
	twin, ok := differing[twinOf(r.name)]
	if !ok {
		return false
	}
	open := func(text string) bool { return text == none || text == "auto" }
	return !slices.ContainsFunc(twin.a, open) && !slices.ContainsFunc(twin.b, open)
}

// twinOf is the name of the row that tells the same, or "".
func twinOf(name string) string {
	if mount, option, ok := strings.Cut(name, optionPart); ok {
		return mount + ".nfs." + option
	}
	return map[string]string{
		"metric.au": "min-au", "train.epochs": "epochs",
		"plan.profile": "profile", "plan.accelerators": "accelerators", "plan.files": "dataset.num_files_train",
		"plan.samples_per_file": "dataset.num_samples_per_file", "plan.batch_size": "reader.batch_size", "plan.epochs": "epochs",
		"plan.warmup_epochs": "warmup-epochs", "plan.transfer_bytes": "reader.transfer_size", "plan.min_au_fraction": "min-au",
		"plan.record_nominal_bytes": "dataset.record_length_bytes", "plan.computation_time_ns": "train.computation_time", "plan.verify": "no-verify",
		"block.runner": "runner", "block.engine": "engine", "block.files": "files", "block.set_bytes": "size", "block.file_bytes": "size",
		"block.op_bytes": "op-size", "block.jobs": "jobs", "block.depth": "depth", "block.direct": "mode", "block.pattern": "pattern",
		"block.fsync": "fsync", "block.overwrite": "overwrite", "block.duration_ns": "duration", "block.rate_bytes_per_s": "rate",
	}[name]
}
