package verify

import (
	"fmt"
	"math"
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

// The searches of the fixtures: one that ran out of time, the one that went on from it with
// its full run beside it, which does not pass, one that tried settings, whose full run was
// taken away, and one on a noisy client.
const (
	lateSearch  = "20261128T225243Z-find-max-late"
	foundSearch = "20261128T225243Z-find-max-found"
	fullRunID   = "20261128T225244Z-mlperf-found"
	tunedSearch = "20261128T220845Z-find-max-tuned"
	noisySearch = "20261128T223824Z-find-max-repeats"
	oldSearch   = "20261128T184842Z-find-max-tuned" // by the rules of method 0
)

// searches is a results folder with all searches and the full run, without their sums.
func searches(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, run := range []string{lateSearch, foundSearch, fullRunID, tunedSearch, noisySearch} {
		if err := os.CopyFS(filepath.Join(dir, run), os.DirFS(filepath.Join("testdata/runs", run))); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, run, result.SumsFile)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// withoutSums leaves out the findings about the sums that were taken away.
func withoutSums(v result.Verification) result.Verification {
	v.Findings = slices.DeleteFunc(v.Findings, func(f result.Finding) bool { return f.File == result.SumsFile })
	return v
}

// TestSearchForgeries: one digit of what a search concluded was changed. The figure is named,
// in each of 50 places of each kind; a digit of a probe is found, by whatever it contradicts.
func TestSearchForgeries(t *testing.T) {
	all := []string{lateSearch, foundSearch, tunedSearch, noisySearch}
	for _, k := range []struct {
		name, leaf string
		runs       []string
		anywhere   bool // the finding may name another figure
	}{
		{"points", `^search\.points`, all, false},
		{"edge", `^search\.(edge|edge_half)_accelerators`, all, false},
		{"noise", `^search\.noise`, []string{noisySearch}, false},
		{"metrics", `^metrics`, []string{lateSearch, foundSearch, noisySearch}, false},
		{"checks", `^checks`, []string{foundSearch, tunedSearch}, false},
		{"evidence", `^limit`, []string{tunedSearch, noisySearch}, false},
		{"settings that were tried", `^search\.tuned`, []string{tunedSearch}, true},
		{"warnings", `^warnings\[\d+\]\.text`, all, false},
		{"threshold", `^(search\.min_au_fraction|settings\.(min-au|metric\.au)\.value)`, all, true},
		{"what probes were", `^search\.probes\[\d+\]\.(accelerators|steps|files|read_bytes)$`, all, true},
		{"what probes measured", `^search\.probes\[\d+\]\.(au|ceiling_au)_fraction`, all, true},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			dir, random := searches(t), rand.New(rand.NewPCG(6, 50))
			caught, done := 0, 0
			for tries := 0; done < planted && tries < 200*planted; tries++ {
				run := k.runs[random.IntN(len(k.runs))]
				text, err := os.ReadFile(filepath.Join(dir, run, result.RunFile))
				if err != nil {
					t.Fatal(err)
				}
				leaves := slices.DeleteFunc(matching(leavesOf(t, text), k.leaf), func(l leafAt) bool {
					return k.name == "warnings" && !searchWarning(text, l)
				})
				if len(leaves) == 0 {
					continue
				}
				leaf := leaves[random.IntN(len(leaves))]
				forged, ok := forge(random, text, leaf)
				if !ok || rounding(text[leaf.from:leaf.to], forged[leaf.from:leaf.to]) {
					continue
				}
				done++
				v := withoutSums(plant(t, filepath.Join(dir, run), result.RunFile, text, forged))
				if k.anywhere && !v.OK && len(v.Findings) > 0 || namedLeaf(v, leaf.path) {
					caught++
				} else {
					t.Errorf("%s: %s: %q for %q isn't named:\n%s", run, leaf.path, forged[leaf.from:leaf.to], text[leaf.from:leaf.to], findings(v))
				}
			}
			if caught != planted {
				t.Errorf("%d of %d planted forgeries were named", caught, planted)
			}
		})
	}
}

// TestSearchMethodHidesNothing: an answer that no point says is found under any method, and
// rules that are newer than this lbench aren't taken on trust.
func TestSearchMethodHidesNothing(t *testing.T) {
	dir := searches(t)
	path := filepath.Join(dir, foundSearch)
	text, err := os.ReadFile(filepath.Join(path, result.RunFile))
	if err != nil {
		t.Fatal(err)
	}
	method := regexp.MustCompile(`"method": 2`)
	answer := regexp.MustCompile(`"accelerators_max": \d+`)
	older := method.ReplaceAll(text, []byte(`"method": 1`))
	for _, test := range []struct {
		name   string
		text   []byte
		figure string
	}{
		{"older", older, ""},
		{"older, and an answer beyond its points", answer.ReplaceAll(older, []byte(`"accelerators_max": 48`)), "metrics.accelerators_max"},
		{"newer", method.ReplaceAll(text, []byte(`"method": 99`)), "search.method"},
	} {
		v := withoutSums(plant(t, path, result.RunFile, text, test.text))
		if test.figure == "" {
			if len(v.Findings) > 0 {
				t.Errorf("%s: %s", test.name, findings(v))
			}
		} else if !namedLeaf(v, test.figure) {
			t.Errorf("%s: not named:\n%s", test.name, findings(v))
		}
	}
}

// searchWarning says whether a text is that of a warning which a search's probes call for.
func searchWarning(text []byte, l leafAt) bool {
	code := regexp.MustCompile(`"code": "([a-z_]+)"`).FindAllSubmatch(text[:l.from], -1)
	return strings.HasPrefix(string(code[len(code)-1][1]), "search_")
}

// rounding says whether two numbers differ by no more than another processor may make them.
func rounding(a, b []byte) bool {
	x, err1 := strconv.ParseFloat(string(a), 64)
	y, err2 := strconv.ParseFloat(string(b), 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) <= 1e-11*math.Abs(x)
}

// TestSearchFindings: each change of a search is named, though the sums were made anew.
func TestSearchFindings(t *testing.T) {
	drop := func(code string) func(string) string {
		return func(text string) string {
			return regexp.MustCompile(`(?s)\{\s*"code": "`+code+`",\s*"text": "[^"]*"\s*\},?`).ReplaceAllString(text, "")
		}
	}
	comma := func(by func(string) string) func(string) string { // a list keeps no comma at its end
		return func(text string) string { return regexp.MustCompile(`,(\s*\])`).ReplaceAllString(by(text), "$1") }
	}
	add := func(code string) func(string) string {
		return replace(`"warnings": [`, `"warnings": [{"code": "`+code+`", "text": "AU is 3 % with 1 accelerator already"},`)
	}
	for _, test := range []struct {
		name, run string
		by        func(string) string
		want      string
	}{
		{"AU above 1", tunedSearch, lastProbe("au_fraction", "1.01"), "no probe of this search can have it: want 0 to 1"},
		{"AU of a rate probe", tunedSearch, replace(`"au_fraction": 0,`, `"au_fraction": 0.5,`), "search.probes[0].au_fraction"},
		{"no steps", tunedSearch, firstProbe("steps", "0"), "search.probes[0].steps"},
		{"negative bytes", tunedSearch, firstProbe("read_bytes", "-5"), "search.probes[0].read_bytes"},
		{"no bytes", tunedSearch, firstProbe("read_bytes", "0"), "search.probes[0].read_bytes"},
		{"more files than there are", tunedSearch, firstProbe("files", "2001"), "search.probes[0].files"},
		{"no accelerators", tunedSearch, firstProbe("accelerators", "0"), "search.probes[0].accelerators"},
		{"more accelerators than were allowed", tunedSearch, firstProbe("accelerators", "13"), "search.probes[0].accelerators"},
		{"two thousand million", tunedSearch, firstProbe("accelerators", "2000000000"), "search.probes[0].accelerators"},
		{"fewer than were allowed", tunedSearch, lastProbe("accelerators", "0"), ".accelerators"},
		{"no time", tunedSearch, firstProbe("took_ns", "0"), "search.probes[0].took_ns"},
		{"less time than its steps compute", tunedSearch, lastProbe("took_ns", "1000"), ".took_ns"},
		{"longer than the run", tunedSearch, lastProbe("took_ns", "999000000000"), "search.probes[].took_ns"},
		{"a rate that its time can't be with", tunedSearch, lastProbe("read_bytes_per_s", "1000.5"), ".read_bytes_per_s"},
		{"a negative rate", tunedSearch, lastProbe("read_bytes_per_s", "-1"), ".read_bytes_per_s"},
		{"warm for cold", tunedSearch, firstProbe("files", "3"), "search.probes[0].files"},
		{"decided", tunedSearch, replace(`"decided": "fail"`, `"decided": "pass"`), ".decided"},
		{"an open number", tunedSearch, replace(`"points": [`, `"open": [6], "points": [`), "search.open"},
		{"stopped", tunedSearch, replace(`"stopped": "done"`, `"stopped": "time"`), "search.stopped"},
		{"stopped by time", lateSearch, replace(`"stopped": "time"`, `"stopped": "bytes"`), "search.stopped"},
		{"complete for incomplete", lateSearch, replace(`"status": "incomplete"`, `"status": "complete"`), "status"},
		{"another limit", tunedSearch, replace(`"name": "storage"`, `"name": "network"`), "limit.name"},
		{"a limit that nothing calls for", foundSearch, replace(`"settings": {`, `"limit": {"name": "storage", "evidence": []}, "settings": {`), "limit"},
		{"verdict", tunedSearch, replace(`"verdict": "pass"`, `"verdict": "fail"`), "verdict"},
		{"a warning is gone", tunedSearch, comma(drop("search_warm")), "search_warm"},
		{"the full run's warning is gone", foundSearch, comma(drop("search_full_run_fails")), "search_full_run_fails"},
		{"the time's warning is gone", lateSearch, comma(drop("search_time")), "search_time"},
		{"a warning too many", foundSearch, add("search_none_passes"), "warnings[0].text"},
		{"drift that wasn't", tunedSearch, add("search_drift"), "warnings[0].text"},
		{"not tuned", foundSearch, comma(drop("not_tuned")), "not_tuned"},
		{"mattered", tunedSearch, replace(`"mattered": false`, `"mattered": true`), "search.tuned[1].mattered"},
		{"a value that isn't tried", tunedSearch, replace(`"to": "4"`, `"to": "5"`), "search.tuned[0].to"},
		{"a value that it hadn't", tunedSearch, replace(`"from": "262144",`, `"from": "262145",`), "search.tuned[1].from"},
		{"a setting that isn't asked for", tunedSearch, replace(`"name": "reader.transfer_size"`, `"name": "reader.prefetch_size"`), "search.tuned[1].name"},
		{"the AU of the full run", foundSearch, replace(`"au_mean_fraction": 0.7`, `"au_mean_fraction": 0.9`), "metrics.au_mean_fraction"},
		{"no full run", foundSearch, replace(`"full_run": "`+fullRunID+`",`, ``), "search.full_run"},
		{"another run for the full one", foundSearch, replace(`"full_run": "`+fullRunID, `"full_run": "`+tunedSearch), "search.full_run"},
		{"a full run before it", foundSearch, replace(`"full_run": "20261128T225244Z`, `"full_run": "20261128T225144Z`), "search.full_run"},
		{"a search of later", foundSearch, replace(`"resumed": "20261128`, `"resumed": "20261129`), "search.resumed"},
		{"the search that it went on from", foundSearch, firstProbe("took_ns", "2"), "search.probes"},
		{"more files in the dataset", tunedSearch, replace("\"dataset.num_files_train\": {\n      \"value\": 2000", "\"dataset.num_files_train\": {\n      \"value\": 20000"), "search.probes"},
		{"no files", tunedSearch, replace("\"dataset.num_files_train\": {\n      \"value\": 2000", "\"dataset.num_files_train\": {\n      \"value\": -1"), "settings.dataset.num_files_train"},
		{"a batch of half a sample", tunedSearch, replace("\"reader.batch_size\": {\n      \"value\": 40", "\"reader.batch_size\": {\n      \"value\": 0.5"), "settings.reader.batch_size"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(searches(t), test.run)
			change(t, dir, result.RunFile, test.by)
			if v := withoutSums(verified(t, dir)); v.OK || !named(v, result.RunFile, test.want) {
				t.Errorf("%s isn't named; OK is %v, findings:\n%s", test.want, v.OK, findings(v))
			}
		})
	}
}

// firstProbe and lastProbe change a figure of the first probe of a search, or of the last.
func firstProbe(name, value string) func(string) string {
	return func(text string) string { return changeProbe(text, name, value, false) }
}

func lastProbe(name, value string) func(string) string {
	return func(text string) string { return changeProbe(text, name, value, true) }
}

func changeProbe(text, name, value string, last bool) string {
	before, probes, _ := strings.Cut(text, `"probes": [`)
	probes, after, _ := strings.Cut(probes, "]")
	found := regexp.MustCompile(`"`+name+`": [^,\s]+`).FindAllStringIndex(probes, -1)
	at := found[0]
	if last {
		at = found[len(found)-1]
	}
	return before + `"probes": [` + probes[:at[0]] + fmt.Sprintf("%q: %s", name, value) + probes[at[1]:] + "]" + after
}

// TestSearchBeside: what lies beside a search is held against it, and its absence is said.
func TestSearchBeside(t *testing.T) {
	for _, run := range []string{lateSearch, foundSearch, tunedSearch, noisySearch} {
		if v := withoutSums(verified(t, filepath.Join(searches(t), run))); len(v.Findings) > 0 {
			t.Errorf("%s as written: %s", run, findings(v))
		}
	}
	dir := searches(t)
	change(t, filepath.Join(dir, fullRunID), result.RunFile, replace(`"au_mean_fraction": 0.7`, `"au_mean_fraction": 0.6`))
	if v := verified(t, filepath.Join(dir, foundSearch)); !named(v, result.RunFile, "metrics.au_mean_fraction") {
		t.Errorf("the full run has another AU: %s", findings(v))
	}
	if err := os.RemoveAll(filepath.Join(dir, fullRunID)); err != nil {
		t.Fatal(err)
	}
	v := withoutSums(verified(t, filepath.Join(dir, foundSearch)))
	if notes := strings.Join(v.Notes, "\n"); len(v.Findings) > 0 || !strings.Contains(notes, "the full run "+fullRunID+", which isn't beside this one") {
		t.Errorf("without the full run: %s, notes %s", findings(v), notes)
	}
	if err := os.RemoveAll(filepath.Join(dir, lateSearch)); err != nil {
		t.Fatal(err)
	}
	v = withoutSums(verified(t, filepath.Join(dir, foundSearch)))
	if notes := strings.Join(v.Notes, "\n"); len(v.Findings) > 0 || !strings.Contains(notes, lateSearch+", isn't beside it") {
		t.Errorf("without the earlier search: %s, notes %s", findings(v), notes)
	}
}

// TestManyProbes: a forged number of probes takes no time.
func TestManyProbes(t *testing.T) {
	dir := filepath.Join(searches(t), tunedSearch)
	probe := `{"accelerators": 1, "au_fraction": 0.9, "read_bytes_per_s": 1, "steps": 8, "read_bytes": 1, "files": 1, "took_ns": 1},`
	change(t, dir, result.RunFile, replace(`"probes": [`, `"probes": [`+strings.Repeat(probe, mostProbes)))
	if v := verified(t, dir); !named(v, result.RunFile, "search.probes") {
		t.Errorf("findings are %s", findings(v))
	}
}
