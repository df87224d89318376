package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/internal/dlio"
)

// outputFolder is where a run keeps the files that DLIO would have left.
const outputFolder = "dlio"

// mostOutputSteps is up to how many steps the ranks' files of dlio/ are made again: all of
// them lie in memory, at some 150 bytes a step.
const mostOutputSteps = 3_000_000

// outputs makes the files of dlio/ again and compares them figure by figure.
func (t *training) outputs() {
	steps := t.plan.Accelerators * t.plan.Steps * len(t.epochs)
	if steps > mostOutputSteps {
		t.note("%s/ was not made again: %d steps are more than %d", outputFolder, steps, mostOutputSteps)
		return
	}
	files, err := dlio.Output(t.run, t.plan, t.epochs, t.folder.Steps)
	if err != nil {
		t.note("%s/ can't be made again: %v", outputFolder, err)
		return
	}
	for _, name := range sorted(files) {
		file := path.Join(outputFolder, name)
		published, ok := t.readOutput(file)
		if !ok {
			continue
		}
		if string(published) == string(files[name]) {
			t.v.Checked++
			continue
		}
		has, err := parse(published)
		if err != nil {
			t.find(file, "", nil, nil, "%s", badJSON(published, err))
			continue
		}
		again, err := parse(files[name])
		if err != nil {
			t.note("%s can't be made again: %v", file, err)
			continue
		}
		t.tree(file, "", has, again, false, "as it follows from run.json and the steps")
	}
	t.configs()
}

// readOutput reads a file that every complete run has.
func (t *training) readOutput(file string) ([]byte, bool) {
	text, err := result.ReadRegular(filepath.Join(t.folder.Dir, filepath.FromSlash(file)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.find(file, "", nil, nil, "the file isn't there, and every complete run has it")
	case t.unread(err):
	case err != nil:
		t.find(file, "", nil, nil, "it can't be read: %v", err)
	default:
		return text, true
	}
	return nil, false
}

// configs compares the configuration that a run left for readers of DLIO's folders with
// its settings.
func (t *training) configs() {
	folder := path.Join(outputFolder, "dlio_config")
	if t.plan.Profile == "v1.0" {
		folder = path.Join(outputFolder, "configs")
	}
	if text, ok := t.readOutput(path.Join(folder, "config.yaml")); ok {
		t.config(path.Join(folder, "config.yaml"), text)
	}
	if text, ok := t.readOutput(path.Join(folder, "overrides.yaml")); ok {
		t.overrides(path.Join(folder, "overrides.yaml"), text)
	}
	if text, ok := t.readOutput(path.Join(folder, "hydra.yaml")); ok {
		var doc struct {
			Hydra struct{ Run struct{ Dir string } }
		}
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.find(path.Join(folder, "hydra.yaml"), "", nil, nil, "it isn't YAML: %s", oneLine(err))
			return
		}
		t.same(path.Join(folder, "hydra.yaml"), "hydra.run.dir", doc.Hydra.Run.Dir, t.run.ID, "run.json's id says otherwise")
	}
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", " ") }

// config holds config.yaml against the settings. What the run found out by itself stands
// in it as it was found: the files, the folder and the seed.
func (t *training) config(file string, text []byte) {
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.find(file, "", nil, nil, "it isn't YAML: %s", oneLine(err))
		return
	}
	leaves := map[string]any{}
	flatten("", doc["workload"], leaves)
	found := map[string]any{"dataset.num_files_train": t.run.Plan.Files, "train.seed": t.run.Seed}
	if dir, ok := t.run.Settings["data-dir"]; ok {
		found["dataset.data_folder"] = dir.Value
	}
	for _, name := range sorted(leaves) {
		want, ok := found[name]
		if !ok {
			want, ok = t.run.Settings[name].Value, t.run.Settings[name].From != ""
		}
		if ok && (name != "dataset.data_folder" || found[name] != nil) {
			t.same(file, name, leaves[name], want, "settings.%s of run.json says otherwise", name)
		}
	}
	for name, s := range t.run.Settings {
		if _, ok := leaves[name]; !ok && strings.Contains(name, ".") {
			t.find(file, name, nil, s.Value, "settings.%s of run.json isn't in it", name)
		}
	}
}

// flatten gives the leaves of a document by their path.
func flatten(at string, v any, to map[string]any) {
	if m, ok := v.(map[string]any); ok {
		for name, inner := range m {
			flatten(join(at, name), inner, to)
		}
		return
	}
	to[at] = v
}

// overrides holds overrides.yaml against the settings that were given.
func (t *training) overrides(file string, text []byte) {
	var lines []string
	if err := yaml.Unmarshal(text, &lines); err != nil {
		t.find(file, "", nil, nil, "it isn't a list of texts: %s", oneLine(err))
		return
	}
	given := map[string]string{}
	for name, s := range t.run.Settings {
		if strings.Contains(name, ".") && s.From != "workload" && s.From != "default" {
			given[name] = fmt.Sprint(s.Value)
			if number, ok := s.Value.(float64); ok {
				given[name] = strconv.FormatFloat(number, 'f', -1, 64)
			}
		}
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(strings.TrimPrefix(line, "++workload."), "=")
		if want, ok := given[name]; ok {
			t.same(file, name, value, want, "settings.%s of run.json says otherwise", name)
			delete(given, name)
			continue
		}
		t.find(file, name, value, nil, "settings.%s of run.json doesn't say that it was given", name)
	}
	for _, name := range sorted(given) {
		t.find(file, name, nil, given[name], "settings.%s of run.json was given, and isn't in it", name)
	}
}
