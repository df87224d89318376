package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

const planted = 50 // of each kind

// leafAt is a number or a text of a JSON document, with where it stands in the text.
type leafAt struct {
	path     string
	from, to int
}

// leavesOf lists the leaves of a JSON document that hold a digit.
func leavesOf(t testing.TB, text []byte) []leafAt {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var all []leafAt
	var walk func(path string)
	walk = func(path string) {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		end := int(d.InputOffset())
		switch v := token.(type) {
		case json.Delim:
			for i := 0; d.More(); i++ {
				if v == '[' {
					walk(fmt.Sprintf("%s[%d]", path, i))
					continue
				}
				key, err := d.Token()
				if err != nil {
					t.Fatal(err)
				}
				walk(join(path, key.(string)))
			}
			_, _ = d.Token()
		case json.Number:
			all = append(all, leafAt{path, end - len(v), end})
		case string:
			if quoted, _ := json.Marshal(v); strings.ContainsAny(v, "0123456789") && end-len(quoted) >= 0 && bytes.Equal(text[end-len(quoted):end], quoted) {
				all = append(all, leafAt{path, end - len(quoted) + 1, end - 1})
			}
		}
	}
	walk("")
	return all
}

// forge changes one digit of a leaf, so that its value is another one; false: none can be.
// Digits behind the twelfth are left alone, where a figure is allowed to be rounded
// differently.
func forge(random *rand.Rand, text []byte, l leafAt) ([]byte, bool) {
	var at []int
	significant := 0
	was, err := strconv.ParseFloat(string(text[l.from:l.to]), 64)
	for i := l.from; i < l.to; i++ {
		if text[i] < '0' || text[i] > '9' {
			if text[i] == 'e' && err == nil {
				break // the exponent of a number
			}
			continue
		}
		if significant > 0 || text[i] != '0' {
			significant++
		}
		if significant <= sureDigits(l.path) {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return nil, false
	}
	for range 20 {
		i := at[random.IntN(len(at))]
		changed := bytes.Clone(text)
		changed[i] = '0' + byte((int(text[i]-'0')+1+random.IntN(9))%10)
		if i == l.from && changed[i] == '0' && l.to-l.from > 1 && text[i+1] != '.' {
			continue // a number doesn't begin with 0
		}
		if now, _ := strconv.ParseFloat(string(changed[l.from:l.to]), 64); err != nil || now != was {
			return changed, true
		}
	}
	return nil, false
}

// sureDigits is how many digits of a figure can be vouched for.
func sureDigits(path string) int {
	switch {
	case strings.HasPrefix(path, "metric."), strings.Contains(path, ".block1"), strings.Contains(path, "throughput"), strings.HasSuffix(path, "duration"):
		return 12 // DLIO's sums are of another order
	case strings.Contains(path, "cpu_ns_per_byte"):
		return 4 // the times of the telemetry are read from another clock
	case strings.Contains(path, ".values"):
		return 13 // the last bits of a value may not show in the mean
	case roundsDifferently(path), strings.Contains(path, "steady"):
		return 11
	}
	return 20
}

// kind is one kind of forgery: one digit of a file of these runs.
type kind struct {
	name string
	runs []string
	file string
	leaf string // a pattern of the figures that matter; of run.json and others in JSON
}

// root is where the runs of a kind lie.
func (k kind) root() string {
	if strings.HasPrefix(k.runs[0], "v") || strings.HasPrefix(k.runs[0], "lbench") {
		return "testdata/dlio"
	}
	return "testdata/runs"
}

func mlperfRuns() []string {
	return []string{"20261125T060238Z-mlperf-warmup", "20261125T060238Z-mlperf-v1.0", "20261125T060238Z-mlperf-v3.0", "20261125T060238Z-mlperf-posix", "20261125T043627Z-mlperf-resnet50_demo"}
}

// readsRun has waits for reads in all three of its epochs.
const readsRun = "20261128T195424Z-mlperf-reads"

func blockRuns() []string {
	return []string{"20261125T060054Z-sustained-sustained", "20261125T060058Z-write-write", "20261125T060059Z-small-write-small-write", "20261125T060059Z-write-uring",
		"20261125T060241Z-cold-read-matrix", "20261125T060242Z-compare-mounts-compare-mounts"}
}

// kinds lists what is forged. What no data is kept of can't be found, and isn't in it:
// host and mount, batches_ready_mean, cached_fraction_before, prewarm_bytes, the ceiling,
// cold, grid, and settings that decide how a run is watched (io-timeout, max-inflight, ...).
func kinds() []kind {
	return []kind{
		{"metrics of mlperf", mlperfRuns(), result.RunFile, `^metrics\.(au|samples|nominal|read|wait)`},
		{"CPU time per byte", mlperfRuns(), result.RunFile, `^metrics\.cpu_ns_per_byte_mean`},
		{"epochs", mlperfRuns(), result.RunFile, `^epochs\[\d+\]\.(epoch$|au|samples|nominal|read|wait|window|start|first|loss|duration|steps)`},
		{"checks", append(mlperfRuns(), blockRuns()...), result.RunFile, `^checks`},
		{"plan", mlperfRuns(), result.RunFile, `^plan\.[^t]`},
		{"settings of the workload", mlperfRuns(), result.RunFile, `^settings\.(reader\.[a-z_]*|train\.(epochs|total_training_steps|computation_time)|metric\.au|dataset\.(format|file_prefix|num_[a-z_]*|record_[a-z_]*))\.value`},
		{"settings of flags", append(mlperfRuns(), blockRuns()...), result.RunFile, `^settings\.(accelerators|epochs|warmup-epochs|profile|min-au|jobs|depth|op-size|rate|writers|file-size|repeats|matrix)\.value`},
		{"rounds", mlperfRuns(), result.RunFile, `^dlio\.`},
		{"reads", []string{readsRun}, result.RunFile, `^reads\[\d+\]\.(epoch|together_ns|other_files_ns|(latencies|files)\[\d+\]\.wait_ns)`},
		{"latencies of mlperf", []string{latenciesRun}, result.RunFile, `^metrics\.latency_p`},
		{"lost time", []string{readsRun}, result.RunFile, `^lost\.`},
		{"evidence of mlperf", mlperfRuns(), result.RunFile, `^limit\.`},
		{"metrics of block commands", blockRuns(), result.RunFile, `^metrics\.(read|write|ops|latency|inflight|passes|steady|duration|job|verified|cached)`},
		{"jobs", blockRuns(), result.RunFile, `^block\.per_job\[\d+\]\.(job|bytes|ops)`},
		{"latencies", blockRuns(), result.RunFile, `^block\.latencies\.total`},
		{"cells", blockRuns(), result.RunFile, `^block\.cells\[\d+\]\.(values|mean|half|order)`},
		{"differences", blockRuns(), result.RunFile, `^block\.differences`},
		{"steady", blockRuns(), result.RunFile, `^block\.steady`},
		{"summary.json", mlperfRuns(), "dlio/summary.json", `.`},
		{"rank output", mlperfRuns(), "dlio/0_output.json", `.`},
		{"metrics of DLIO", dlioRuns(), summaryFile, `^metric\.`},
		{"counts of DLIO", dlioRuns(), summaryFile, `^(num_files_train|num_samples_per_file|epochs)`},
		{"accelerators of DLIO", []string{"v1.0-unet3d-set/run-1", "v1.0-resnet50-1056acc", "lbench-v1.0", "lbench-v2.0", "lbench-v3.0"}, summaryFile, `^num_accelerators`},
		{"dataset of DLIO", []string{"v1.0-unet3d-set/run-1", "v1.0-resnet50-1056acc", "v3.0-retinanet-72acc"}, summaryFile, `^(data_size|potential)`},
		{"ranks of DLIO", []string{"lbench-v1.0", "lbench-v2.0", "lbench-v3.0"}, "1_output.json", `^\d+\.(au|throughput|compute)`},
		{"saves of DLIO", []string{"v3.0-llama3-8b/20260525_034606"}, "5_per_epoch_stats.json", `(duration|throughput)$`},
		{"report of DLIO", []string{"v1.0-unet3d-set"}, reportFile, `.`},
	}
}

// dlioRuns are results of all kinds. How many accelerators there were doesn't show where
// neither ranks nor several hosts do.
func dlioRuns() []string {
	return []string{"v1.0-unet3d-set/run-1", "v1.0-unet3d-set/run-4", "v1.0-resnet50-1056acc", "v1.0-cosmoflow-15acc", "lbench-v1.0", "lbench-v2.0", "lbench-v3.0"}
}

// TestForgeriesResealed: one digit was changed and the sums were made anew. The figure is
// named all the same.
func TestForgeriesResealed(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(4, 50))
			folders := map[string]string{}
			caught, done := 0, 0
			for tries := 0; done < planted && tries < 100*planted; tries++ {
				run := k.runs[random.IntN(len(k.runs))]
				text, err := os.ReadFile(filepath.Join(k.root(), run, filepath.FromSlash(k.file)))
				if err != nil {
					t.Fatal(err)
				}
				leaves := matching(leavesOf(t, text), k.leaf)
				if len(leaves) == 0 {
					continue
				}
				leaf := leaves[random.IntN(len(leaves))]
				forged, ok := forge(random, text, leaf)
				if !ok {
					continue
				}
				if folders[run] == "" {
					folders[run] = unsealed(t, filepath.Join(k.root(), run))
				}
				done++
				if v := plant(t, folders[run], k.file, text, forged); namedLeaf(v, leaf.path) {
					caught++
				} else {
					t.Errorf("%s: %s of %s: %q for %q isn't named:\n%s", run, leaf.path, k.file, forged[leaf.from:leaf.to], text[leaf.from:leaf.to], findings(v))
				}
			}
			if caught != planted {
				t.Errorf("%d of %d planted forgeries were named", caught, planted)
			}
		})
	}
}

func matching(leaves []leafAt, pattern string) []leafAt {
	var all []leafAt
	is := regexp.MustCompile(pattern)
	for _, l := range leaves {
		if is.MatchString(l.path) {
			all = append(all, l)
		}
	}
	return all
}

// unsealed is a copy of a fixture without its sums, which a forger would make anew: they
// name nothing then, and make a test slow.
func unsealed(t testing.TB, run string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), filepath.Base(run))
	if err := os.CopyFS(dir, os.DirFS(run)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, result.SumsFile)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// plant verifies a folder with a forged file, and puts the file back.
func plant(t testing.TB, dir, file string, text, forged []byte) result.Verification {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(file))
	if err := os.WriteFile(path, forged, 0o644); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}()
	if kind, err := kindOfFolder(dir); err != nil || kind != ownFolder {
		return verifiedPath(t, dir, Options{})
	}
	return verified(t, dir)
}

// namedLeaf: the figure is named, also as one of several ("block.per_job[].bytes"), or as
// what another figure doesn't go together with.
func namedLeaf(v result.Verification, path string) bool {
	path = regexp.MustCompile(`(\.value|\[\d+\])$`).ReplaceAllString(path, "") // a list by its name
	several := regexp.MustCompile(`\[\d+\]`).ReplaceAllString(path, "[]")
	return slices.ContainsFunc(v.Findings, func(f result.Finding) bool {
		return f.Figure != "" && strings.HasPrefix(path, f.Figure) || strings.Contains(f.Figure+"|"+f.Why, path) || strings.Contains(f.Figure+"|"+f.Why, several)
	})
}

// TestForgeriesAsPlanted: one digit of any file of a folder was changed: the sums name the
// file; one of a sum: the file whose sum it is, or the line.
func TestForgeriesAsPlanted(t *testing.T) {
	for _, file := range []string{result.StepsFile, result.RunFile, result.SumsFile, result.ReadingsFile, result.OpsFile, "dlio/summary.json", "dlio/1_output.json", "dlio/dlio_config/config.yaml"} {
		t.Run(file, func(t *testing.T) {
			run := "20261125T060238Z-mlperf-warmup"
			if file == result.OpsFile {
				run = "demo-cold"
			}
			dir := copyOf(t, run)
			path := filepath.Join(dir, filepath.FromSlash(file))
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(50, uint64(len(file))))
			caught := 0
			for range planted {
				forged := anyDigit(random, text)
				if err := os.WriteFile(path, forged, 0o644); err != nil {
					t.Fatal(err)
				}
				l := newLedger()
				l.sums(dir, result.Complete)
				found := l.close().Findings
				switch {
				case file != result.SumsFile && len(found) == 1 && found[0].File == file && found[0].Figure == "SHA-256":
					caught++
				case file == result.SumsFile && len(found) > 0 && strings.Contains(string(text), found[0].File+"\n"):
					caught++
				default:
					t.Errorf("findings are %v", found)
				}
			}
			if caught != planted {
				t.Errorf("%d of %d planted forgeries were found", caught, planted)
			}
		})
	}
}

// anyDigit changes one digit of a text.
func anyDigit(random *rand.Rand, text []byte) []byte {
	changed := bytes.Clone(text)
	for {
		if i := random.IntN(len(text)); text[i] >= '0' && text[i] <= '9' {
			changed[i] = '0' + (text[i]-'0'+1+byte(random.IntN(9)))%10
			return changed
		}
	}
}

// TestForgedSteps: one digit of any number of any step was changed and the sums were made
// anew. The step is named, or the line of one whose number was changed.
func TestForgedSteps(t *testing.T) {
	random := rand.New(rand.NewPCG(50, 50))
	runs := append(mlperfRuns(), "20261125T060238Z-mlperf-direct", "20261125T060239Z-mlperf-interrupted", "20261125T060239Z-mlperf-killed")
	folders := map[string]string{}
	caught := 0
	for range 3 * planted {
		run := runs[random.IntN(len(runs))]
		if folders[run] == "" {
			folders[run] = unsealed(t, filepath.Join("testdata/runs", run))
		}
		text, err := os.ReadFile(filepath.Join("testdata/runs", run, result.StepsFile))
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.SplitAfter(text, []byte("\n"))
		n := random.IntN(len(lines) - 1)
		leaves := leavesOf(t, lines[n])
		leaf := leaves[random.IntN(len(leaves))]
		line, ok := forge(random, lines[n], leaf)
		if !ok {
			t.Fatalf("line %d: %s can't be forged", n+1, leaf.path)
		}
		forged := bytes.Join([][]byte{bytes.Join(lines[:n], nil), line, bytes.Join(lines[n+1:], nil)}, nil)
		v := plant(t, folders[run], result.StepsFile, text, forged)
		var s result.Step
		if err := json.Unmarshal(lines[n], &s); err != nil {
			t.Fatal(err)
		}
		if named(v, result.StepsFile, nameOf(s)) || named(v, result.StepsFile, fmt.Sprintf("line %d", n+1)) {
			caught++
		} else {
			t.Errorf("%s, line %d: %s isn't named:\n%s%s", run, n+1, leaf.path, line, findings(v))
		}
	}
	if caught != 3*planted {
		t.Errorf("%d of %d forged steps were named", caught, 3*planted)
	}
}
