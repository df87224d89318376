package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// AttachedFolder is the folder of a run folder with what was added to it after it was
// closed. It has sums of its own, and changes nothing that was there.
const AttachedFolder = "attached"

// Attach adds a file to a closed run folder, with its sum. A file of that name is an error.
func (f *Folder) Attach(name string, text []byte, create CreateFunc) error {
	dir := filepath.Join(f.Dir, AttachedFolder)
	path := filepath.Join(dir, name)
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("attach %q to %q: there is one already: remove it first", name, f.Dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("attach to %q: %w", f.Dir, err)
	}
	if err := Replace(create, path, text); err != nil {
		return fmt.Errorf("attach to %q: %w", f.Dir, err)
	}
	attached := Folder{Dir: dir}
	files, err := attached.Files()
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, file := range files {
		fmt.Fprintf(&sums, "%s  %s\n", file.SHA256, file.Name)
	}
	if err := Replace(create, filepath.Join(dir, SumsFile), []byte(sums.String())); err != nil {
		return fmt.Errorf("attach to %q: %w", f.Dir, err)
	}
	return nil
}

// withAttached adds the traffic that was attached to a run, and its figures to the run's
// metrics where it has none of that name. What can't be read is a warning: the run is what
// it was without it.
func (f *Folder) withAttached() {
	names, err := filepath.Glob(filepath.Join(f.Dir, AttachedFolder, "*.json"))
	if err != nil {
		return
	}
	slices.Sort(names)
	for _, name := range names {
		t, err := readTraffic(name)
		if err != nil {
			f.Run.Warnings = append(f.Run.Warnings, Warning{Code: "attached_unreadable", Text: fmt.Sprintf("%s/%s is left out: %v", AttachedFolder, filepath.Base(name), err)})
			continue
		}
		f.Run.Traffic = append(f.Run.Traffic, t)
		for metric, value := range t.Metrics {
			if _, has := f.Run.Metrics[metric]; !has && len(f.Run.Metrics) > 0 {
				f.Run.Metrics[metric] = value
			}
		}
	}
}

func readTraffic(path string) (Traffic, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return Traffic{}, err
	}
	return ParseTraffic(text)
}

// ParseTraffic reads what `lbench telemetry gcs --json` printed.
func ParseTraffic(text []byte) (Traffic, error) {
	var fields struct {
		Source   string `json:"source"`
		From, To time.Time
		Buckets  []map[string]any   `json:"buckets"`
		Methods  map[string]float64 `json:"methods"`
		Codes    map[string]float64 `json:"codes"`
		Minutes  []Minute           `json:"minutes"`
		Missing  []time.Time        `json:"missing"`
		Prices   string             `json:"prices_as_of"`
		Warnings []Warning          `json:"warnings"`
	}
	var all map[string]any
	if err := errors.Join(json.Unmarshal(text, &fields), json.Unmarshal(text, &all)); err != nil {
		return Traffic{}, errors.New("it isn't the JSON of lbench telemetry")
	}
	if fields.Source == "" || !fields.To.After(fields.From) || all["sent_bytes"] == nil {
		return Traffic{}, errors.New("it isn't the JSON of lbench telemetry: want source, from, to and sent_bytes")
	}
	t := Traffic{
		Source: fields.Source, From: fields.From, To: fields.To, Methods: fields.Methods, Codes: fields.Codes, Minutes: fields.Minutes, Missing: fields.Missing, Prices: fields.Prices, Warnings: fields.Warnings,
		Metrics: numbersOf(all),
	}
	for _, b := range fields.Buckets {
		name, _ := b["name"].(string)
		t.Buckets = append(t.Buckets, BucketTraffic{Name: name, Metrics: numbersOf(b)})
	}
	return t, nil
}

// numbersOf are the fields that are numbers.
func numbersOf(fields map[string]any) map[string]float64 {
	numbers := map[string]float64{}
	for name := range maps.Keys(fields) {
		if v, ok := fields[name].(float64); ok {
			numbers[name] = v
		}
	}
	return numbers
}
