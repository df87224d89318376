package workloads

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// ParseTraining reads a workload from the text of a YAML file. name is the file's,
// for error messages and for Training.Name. Overrides are applied in order, the last
// one of a key wins, and only what wins is validated.
func ParseTraining(name string, yamlText []byte, overrides []Override) (Training, error) {
	found, err := readEntries(name, yamlText)
	if err != nil {
		return Training{}, err
	}
	for _, o := range overrides {
		if err := found.override(o); err != nil {
			return Training{}, err
		}
	}
	t := Training{Name: baseName(name), Description: description(yamlText), Settings: map[string]Setting{}}
	if err := t.fill(found); err != nil {
		return Training{}, err
	}
	t.Warnings = found.warnings()
	position := func(key string) string {
		if e, given := found[key]; given {
			return e.at
		}
		return name + ":1: "
	}
	if err := t.check(position); err != nil {
		return Training{}, err
	}
	return t, nil
}

// fill sets every key that lbench uses, from its entry or to its default.
func (t *Training) fill(found entries) error {
	for _, k := range keys() {
		value, from := k.fallback, "default"
		// null is how DLIO's files spell "the default".
		if e, given := found[k.name]; given && e.node.ShortTag() != "!!null" {
			parsed, err := k.parse(e.node)
			if err != nil {
				return fmt.Errorf("%s%s %w", e.at, k.name, err)
			}
			value, from = parsed, e.from
		}
		k.set(t, value)
		t.Settings[k.name] = Setting{plain(value), from}
	}
	return nil
}

// warnings lists the keys without effect, sorted by name.
func (e entries) warnings() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(e)) {
		for _, p := range passives() {
			if p.covers(name) {
				if text := p.warning(name, e[name]); text != "" {
					list = append(list, text)
				}
			}
		}
	}
	return list
}

// check looks at what no single key can tell. at gives the place of a key.
func (t *Training) check(at func(key string) string) error {
	if err := t.supported(at); err != nil {
		return err
	}
	d := t.Dataset
	if bytes := float64(d.NumFilesTrain) * float64(d.NumSamplesPerFile) * d.RecordLengthBytes; bytes >= math.MaxInt64 {
		return fmt.Errorf("%sdataset.num_files_train %d x num_samples_per_file %d x record_length_bytes %g is %.3g bytes, want less than 8 EiB",
			at("dataset.num_files_train"), d.NumFilesTrain, d.NumSamplesPerFile, d.RecordLengthBytes, bytes)
	}
	return nil
}

// supported refuses what DLIO can do and lbench can't.
func (t *Training) supported(at func(key string) string) error {
	for _, need := range []struct {
		key string
		got any
		ok  bool
	}{
		{"framework", t.Framework, t.Framework == "tensorflow"},
		{"dataset.format", t.Dataset.Format, t.Dataset.Format == "tfrecord"},
		{"reader.data_loader", t.Reader.DataLoader, t.Reader.DataLoader == "tensorflow"},
		{"dataset.record_length_bytes_stdev", t.Dataset.RecordLengthBytesStdev, t.Dataset.RecordLengthBytesStdev == 0},
	} {
		if !need.ok {
			return fmt.Errorf("%s%s %v isn't supported: lbench emulates tensorflow reading tfrecord files with records of one length "+
				"(framework tensorflow, dataset.format tfrecord, reader.data_loader tensorflow, dataset.record_length_bytes_stdev 0)",
				at(need.key), need.key, need.got)
		}
	}
	return nil
}
