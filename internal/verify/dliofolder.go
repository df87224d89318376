package verify

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/internal/result"
)

const summaryFile = "summary.json"

// appleDouble begins the names of the files in which macOS keeps a file's attributes on
// foreign disks. Submissions hold many of them.
const appleDouble = "._"

// submission is one result folder of DLIO: summary.json, and beside it what there is of
// the ranks' outputs, their statistics per epoch and the configuration.
type submission struct {
	*ledger
	dir      string
	place    *result.SuitePlace // of the run of lbench that it lies in, where a suite started that
	summary  map[string]any     // as parseForeign reads it
	metric   map[string]any
	settings map[string]any // leaves of config.yaml by path; nil where there is none
	configs  string         // the folder that it lies in
	ranks    []rankFile     // <rank>_output.json by rank
	stats    []rankFile     // per_epoch_stats.json or <rank>_per_epoch_stats.json
	shape    shape
	broken   bool      // a count is none: nothing can be computed with it
	whole    []float64 // by epoch: samples/s over the whole epoch, of the reported
	round    string    // v1.0, v2.0, v3.0; empty where it doesn't matter or can't be told
	guessed  bool      // the round is the likeliest, and another is possible
}

// rankFile is a file of one rank.
type rankFile struct {
	rank int
	name string
}

// openSubmission reads a folder of DLIO; false: its summary says nothing, which is found.
func openSubmission(dir string) (*submission, bool) {
	s := &submission{ledger: newLedger(), dir: dir}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !s.unread(err) {
			s.find("", "", nil, nil, "it can't be read: %v", err)
		}
		return s, false
	}
	for _, entry := range entries {
		s.sort(entry.Name())
	}
	byRank := func(a, b rankFile) int { return a.rank - b.rank }
	slices.SortFunc(s.ranks, byRank)
	slices.SortFunc(s.stats, byRank)
	top, ok := s.document(summaryFile)
	s.summary, _ = top.(map[string]any)
	s.metric, _ = s.summary["metric"].(map[string]any)
	if ok && s.metric == nil {
		s.find(summaryFile, "metric", nil, nil, "it isn't there: want the summary of a DLIO run")
	}
	s.config()
	return s, s.metric != nil
}

// sort puts a file's name where it belongs.
func (s *submission) sort(name string) {
	if strings.HasPrefix(name, appleDouble) {
		s.note("%s: passed over, it holds a file's attributes of macOS (AppleDouble)", name)
		return
	}
	m := regexp.MustCompile(`^(\d{1,7})_(output|per_epoch_stats)\.json$`).FindStringSubmatch(name)
	switch {
	case name == "per_epoch_stats.json":
		s.stats = append(s.stats, rankFile{0, name})
	case m == nil:
	case m[2] == "output":
		rank, _ := strconv.Atoi(m[1])
		s.ranks = append(s.ranks, rankFile{rank, name})
	default:
		rank, _ := strconv.Atoi(m[1])
		s.stats = append(s.stats, rankFile{rank, name})
	}
}

// document reads a JSON file of the folder; false: it can't be, which is found.
func (s *submission) document(name string) (any, bool) {
	text, err := result.ReadRegular(filepath.Join(s.dir, filepath.FromSlash(name)))
	if err != nil {
		if !s.unread(err) {
			s.find(name, "", nil, nil, "it can't be read: %v", err)
		}
		return nil, false
	}
	doc, err := parseForeign(text)
	if err != nil {
		s.find(name, "", nil, nil, "%s", badJSON(text, err))
		return nil, false
	}
	return doc, true
}

// config reads config.yaml, which has lain in folders of three names.
func (s *submission) config() {
	for _, folder := range []string{"dlio_config", "configs", ".hydra"} {
		name := path.Join(folder, "config.yaml")
		text, err := result.ReadRegular(filepath.Join(s.dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			if !s.unread(err) {
				s.find(name, "", nil, nil, "it can't be read: %v", err)
			}
			return
		}
		var doc map[string]any
		if err := yaml.Unmarshal(text, &doc); err != nil {
			s.find(name, "", nil, nil, "it isn't YAML: %s", oneLine(err))
			return
		}
		s.configs, s.settings = folder, map[string]any{}
		flatten("", doc["workload"], s.settings)
		return
	}
}

// verification is what was found, with the round's name.
func (s *submission) verification() result.Verification {
	v := s.close()
	v.Round = s.round
	return v
}
