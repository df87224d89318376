package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"

	"go.yaml.in/yaml/v3"
)

// overrides are the lines of overrides.yaml, as "++workload.dataset.num_files_train=60000".
func (s *submission) overrides() []string {
	if s.configs == "" {
		return nil
	}
	text, err := result.ReadRegular(filepath.Join(s.dir, s.configs, "overrides.yaml"))
	if err != nil {
		return nil
	}
	var lines []string
	if yaml.Unmarshal(text, &lines) != nil {
		return nil
	}
	return lines
}

// overridden holds what overrides.yaml says was set against config.yaml.
func (s *submission) overridden() {
	if s.configs == "" {
		return
	}
	file := path.Join(s.configs, "overrides.yaml")
	text, err := result.ReadRegular(filepath.Join(s.dir, filepath.FromSlash(file)))
	if errors.Is(err, fs.ErrNotExist) {
		s.note("%s isn't there: settings can't be held against it", file)
		return
	}
	if s.unread(err) {
		return
	}
	var lines []string
	if err == nil {
		err = yaml.Unmarshal(text, &lines)
	}
	if err != nil {
		s.find(file, "", nil, nil, "it isn't a list of overrides: %s", oneLine(err))
		return
	}
	last := map[string]string{}
	for _, line := range lines {
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "++workload."), "=")
		if ok && strings.HasPrefix(line, "++workload.") {
			last[name] = value // of one that is set twice the last holds
		}
	}
	for _, name := range sorted(last) {
		has, ok := s.settings[name]
		if !ok {
			s.note("%s: %s isn't in config.yaml", file, name)
			continue
		}
		var want any
		if yaml.Unmarshal([]byte(last[name]), &want) != nil {
			want = last[name]
		}
		s.v.Checked++
		if !sameSetting(has, want) {
			s.find(s.configFile(), name, has, want, "%s says otherwise", file)
		}
	}
}

func sameSetting(a, b any) bool {
	x, ok1 := yamlNumber(a)
	y, ok2 := yamlNumber(b)
	if ok1 && ok2 {
		return x == y
	}
	return strings.EqualFold(fmt.Sprint(a), fmt.Sprint(b))
}

// closedOverrides are the settings that the CLOSED division leaves free; the tool sets the
// rest of them itself.
func closedOverrides() []string {
	return []string{
		"dataset.num_files_train", "dataset.num_subfolders_train", "dataset.data_folder", "dataset.skip_listing",
		"dataset.listing_validation_interval", "dataset.num_files_generated", "dataset.total_disk_bytes",
		"reader.read_threads", "reader.computation_threads", "reader.transfer_size", "reader.odirect", "reader.prefetch_size",
		"checkpoint.checkpoint_folder", "checkpoint.num_checkpoints_write", "checkpoint.num_checkpoints_read",
		"checkpoint.mode", "model.parallelism.data", "profiling.profiler",
	}
}

// openOverrides are those that the OPEN division leaves free as well.
func openOverrides() []string {
	return []string{"framework", "dataset.format", "dataset.num_samples_per_file", "reader.data_loader"}
}

// division is the strictest one that a submission's overrides allow, and those that stand
// against the next.
func (s *submission) division() (name string, against []string) {
	name = "closed"
	for _, line := range s.overrides() {
		key, _, ok := strings.Cut(strings.TrimPrefix(line, "++workload."), "=")
		switch {
		case !ok || !strings.HasPrefix(line, "++workload."), strings.HasPrefix(key, "workflow."), strings.HasPrefix(key, "storage."),
			slices.Contains(closedOverrides(), key):
		case slices.Contains(openOverrides(), key):
			against = append(against, key)
			if name == "closed" {
				name = "open"
			}
		default:
			against = append(against, key)
			name = "none"
		}
	}
	return name, against
}
