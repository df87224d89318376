package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// AttachedFolder is the folder of a run folder with what was added to it after it was
// closed. It has sums of its own, and changes nothing that was there.
const AttachedFolder = "attached"

// AttachedName says why a file of that name can't be attached: it isn't the plain name of
// one, or would act on a terminal where it is listed.
func AttachedName(name string) error {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if name == "" || strings.ContainsAny(name, `/\`) || name[0] == '.' || name == SumsFile || !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable) {
		return fmt.Errorf("the name %.80q isn't that of a file in %s/: want printable characters without slashes, and no dot in front: rename it", name, AttachedFolder)
	}
	return nil
}

// Attach adds a file to a closed run folder, with its sum. A file of that name is an error.
// Where it fails nothing of it stays behind.
func (f *Folder) Attach(name string, text []byte, create CreateFunc) error {
	if err := AttachedName(name); err != nil {
		return fmt.Errorf("attach to %q: %w", f.Dir, err)
	}
	dir := filepath.Join(f.Dir, AttachedFolder)
	path := filepath.Join(dir, name)
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("attach %q to %q: there is one already: remove it first", name, f.Dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("attach to %q: %w", f.Dir, err)
	}
	if err := addSummed(dir, path, text, create); err != nil {
		_ = os.Remove(path)
		_ = os.Remove(dir) // where it is empty
		return fmt.Errorf("attach to %q: %w", f.Dir, err)
	}
	return nil
}

// addSummed writes a file, and the sums of its folder anew.
func addSummed(dir, path string, text []byte, create CreateFunc) error {
	if err := Replace(create, path, text); err != nil {
		return err
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
	return Replace(create, filepath.Join(dir, SumsFile), []byte(sums.String()))
}

// withAttached adds the traffic that was attached to a run, and its figures to the run's
// metrics where it has none of that name. Of several the figures stay apart: one's would be
// taken for those of all. What can't be read is a warning: the run is what it was without it.
func (f *Folder) withAttached() {
	names, err := filepath.Glob(filepath.Join(f.Dir, AttachedFolder, "*.json"))
	if err != nil {
		return
	}
	slices.Sort(names)
	for _, name := range names {
		t, err := readTraffic(name)
		if err != nil {
			f.Run.Warnings = append(f.Run.Warnings, Warning{Code: "attached_unreadable", Text: fmt.Sprintf("the file %s/%s is left out: %v", AttachedFolder, filepath.Base(name), err)})
			continue
		}
		f.Run.Traffic = append(f.Run.Traffic, t)
	}
	if len(f.Run.Traffic) != 1 || len(f.Run.Metrics) == 0 {
		return
	}
	for metric, value := range f.Run.Traffic[0].Metrics {
		if _, has := f.Run.Metrics[metric]; !has {
			f.Run.Metrics[metric] = value
		}
	}
}

func readTraffic(path string) (Traffic, error) {
	text, err := ReadRegular(path)
	if err != nil {
		if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return Traffic{}, err
	}
	return ParseTraffic(text)
}

// ParseTraffic reads what `lbench telemetry gcs --json` printed, of s3 and azure too. Numbers
// that are not by a name of ours are passed over; what can't be is an error of one line.
func ParseTraffic(text []byte) (Traffic, error) {
	var fields struct {
		Source   string `json:"source"`
		From, To time.Time
		Buckets  []map[string]any   `json:"buckets"`
		Methods  map[string]float64 `json:"methods"`
		Codes    map[string]float64 `json:"codes"`
		Unbilled map[string]float64 `json:"unbilled"`
		Minutes  []Minute           `json:"minutes"`
		Missing  []time.Time        `json:"missing"`
		Prices   string             `json:"prices_as_of"`
		Warnings []Warning          `json:"warnings"`
	}
	var all map[string]any
	if err := errors.Join(json.Unmarshal(text, &fields), json.Unmarshal(text, &all)); err != nil {
		if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) && wrong.Field != "" {
			return Traffic{}, fmt.Errorf("it isn't the JSON of lbench telemetry: %.80q is a %.80s", wrong.Field, wrong.Value)
		}
		return Traffic{}, errors.New("it isn't the JSON of lbench telemetry")
	}
	if fields.Source == "" || !fields.To.After(fields.From) || all["sent_bytes"] == nil {
		return Traffic{}, errors.New("it isn't the JSON of lbench telemetry: want source, from, to and sent_bytes")
	}
	t := Traffic{
		Source: fields.Source, From: fields.From, To: fields.To, Methods: fields.Methods, Codes: fields.Codes, Unbilled: fields.Unbilled,
		Minutes: fields.Minutes, Missing: fields.Missing, Prices: fields.Prices, Warnings: fields.Warnings,
	}
	var err error
	if t.Metrics, err = knownNumbers("", all); err != nil {
		return Traffic{}, err
	}
	for i, b := range fields.Buckets {
		one := BucketTraffic{}
		one.Name, _ = b["name"].(string)
		if one.Metrics, err = knownNumbers(fmt.Sprintf("buckets[%d].", i), b); err != nil {
			return Traffic{}, err
		}
		t.Buckets = append(t.Buckets, one)
	}
	if err := t.plausible(); err != nil {
		return Traffic{}, err
	}
	return t, t.settleMissing()
}
