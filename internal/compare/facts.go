package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// The sections of the facts, in the order in which differences are listed.
const (
	ofSettings = iota
	ofShape    // plan and block: what the settings came to
	ofLbench
	ofMount
	ofHost
)

const (
	optionPart = ".options."
	nicPrefix  = "host.nics."
)

// fact is the text of one setting or one property of a run.
type fact struct {
	section   int
	text      string
	byDefault bool // a setting that nobody gave
}

// facts are what a run's figures may depend on, by name: "accelerators", "plan.streams",
// "mount.nfs.nconnect", "mount.options.noatime", "host.kernel". What a run measured, what
// no two runs have in common (free bytes, ID) and what changes no figure (results-dir,
// json) is not among them.
type facts map[string]fact

func newFacts(run result.Run) (facts, error) {
	f := facts{}
	if err := f.addSettings(run); err != nil {
		return nil, err
	}
	if err := f.addShape(run); err != nil {
		return nil, err
	}
	if err := f.add(ofLbench, "lbench", run.Lbench); err != nil {
		return nil, err
	}
	if run.Mount != nil {
		if err := f.addMount("mount", *run.Mount); err != nil {
			return nil, err
		}
	}
	return f, f.addHost(run.Host)
}

// addSettings adds the settings but those that change no figure.
func (f facts) addSettings(run result.Run) error {
	for name, s := range run.Settings {
		if changesNothing(name) {
			continue
		}
		if err := f.add(ofSettings, name, s.Value); err != nil {
			return err
		}
		if v, ok := f[name]; ok {
			f[name] = fact{ofSettings, v.text, s.From == "default"}
		}
	}
	return nil
}

// changesNothing says that a setting is about the output. A seed is compared as it was
// set: where it is random it is the text "random", and never the number drawn.
func changesNothing(setting string) bool {
	return slices.Contains([]string{"results-dir", "name", "json", "quiet", "yes"}, setting)
}

// addShape adds what the settings came to, without what follows from it.
func (f facts) addShape(run result.Run) error {
	if run.Plan != nil {
		if err := f.add(ofShape, "plan", *run.Plan); err != nil {
			return err
		}
		for _, name := range []string{"plan.steps", "plan.leftover_samples", "plan.shared_files"} {
			delete(f, name)
		}
	}
	if run.Block == nil {
		return nil
	}
	shape := *run.Block
	shape.Search, shape.PerJob, shape.Latencies, shape.Steady, shape.Grid = nil, nil, nil, nil, nil
	shape.Cells, shape.Differences, shape.Mounts = nil, nil, nil
	if shape.Cold != nil {
		shape.Cold = &result.Cold{Way: shape.Cold.Way, Commands: shape.Cold.Commands}
	}
	for label, m := range run.Block.Mounts {
		if err := f.addMount("mounts."+label, m); err != nil {
			return err
		}
	}
	return f.add(ofShape, "block", shape)
}

// addMount adds a mount: each of its options by itself, its path left to data-dir.
func (f facts) addMount(prefix string, m result.Mount) error {
	for _, option := range strings.Split(m.Options, ",") {
		name, value, ok := strings.Cut(option, "=")
		if !ok {
			value = "set"
		}
		if name != "" {
			f.put(ofMount, prefix+optionPart+name, value)
		}
	}
	m.Path, m.Options, m.Network, m.Bytes, m.Free = "", "", false, 0, 0
	if m.Lustre != nil {
		lustre := *m.Lustre
		for _, layout := range lustre.Layouts { // their targets are others for each file
			f.put(ofMount, prefix+".lustre.layout", layout.Kind)
		}
		lustre.Layouts = nil
		m.Lustre = &lustre
	}
	return f.add(ofMount, prefix, m)
}

func (f facts) addHost(h result.Host) error {
	for _, nic := range h.NICs {
		if err := f.add(ofHost, nicPrefix+nic.Name, nic); err != nil {
			return err
		}
		delete(f, nicPrefix+nic.Name+".name")
	}
	h.NICs = nil
	return f.add(ofHost, "host", h)
}

// add puts a value, and what it is made of, by the names that they have in run.json.
func (f facts) add(section int, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var plain any
	if err := decoder.Decode(&plain); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f.flatten(section, name, plain)
	return nil
}

func (f facts) flatten(section int, name string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, part := range v {
			f.flatten(section, name+"."+key, part)
		}
	case []any:
		for _, part := range v {
			f.flatten(section, name, part)
		}
	case nil:
	default:
		f.put(section, name, fmt.Sprint(v))
	}
}

// put adds a text; several of one name stand side by side.
func (f facts) put(section int, name, text string) {
	if text == "" {
		return
	}
	if had, ok := f[name]; ok && had.text != text {
		text = had.text + " " + text
	}
	f[name] = fact{section: section, text: text}
}
