package verify

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/result"
)

const (
	warmRun     = "20261125T060238Z-mlperf-warmup" // 3 accelerators, engine mem
	posixRun    = "20261125T060238Z-mlperf-posix"  // all cached
	roundRun    = "20261125T060238Z-mlperf-v3.0"
	coldRun     = "20261125T060101Z-cold-read-fio"
	uringRun    = "20261125T060059Z-write-uring"
	smallSearch = "20261128T223626Z-find-max-repeats" // engine null, bounded by its files
	smallRun    = "20261128T225121Z-mlperf-cold"      // fits in memory, and was read cold
)

// verifiedAs verifies a fixture whose run.json was changed, as if its sums were made anew.
func verifiedAs(t *testing.T, run string, edits ...func(*result.Run)) result.Verification {
	t.Helper()
	dir := unsealed(t, filepath.Join("testdata/runs", run))
	path := filepath.Join(dir, result.RunFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r result.Run
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for _, edit := range edits {
		edit(&r)
	}
	if text, err = r.Encode(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return withoutSums(verified(t, dir))
}

// of lists the findings about warnings of a code.
func of(v result.Verification, code string) []result.Finding {
	return slices.DeleteFunc(slices.Clone(v.Findings), func(f result.Finding) bool {
		return !strings.HasPrefix(f.Figure, "warnings") || !strings.Contains(f.Why, code)
	})
}

func drop(code string) func(*result.Run) {
	return func(r *result.Run) {
		r.Warnings = slices.DeleteFunc(r.Warnings, func(w result.Warning) bool { return w.Code == code })
	}
}

func reword(code string) func(*result.Run) {
	return func(r *result.Run) {
		for i := range r.Warnings {
			if r.Warnings[i].Code == code {
				r.Warnings[i].Text = "perhaps " + r.Warnings[i].Text
			}
		}
	}
}

func warn(code, text string) func(*result.Run) {
	return func(r *result.Run) { r.Warnings = append(r.Warnings, result.Warning{Code: code, Text: text}) }
}

func set(name string, value any) func(*result.Run) {
	return func(r *result.Run) { r.Settings[name] = result.Setting{Value: value, From: "flag"} }
}

func nothing(*result.Run) {}

// coldNow has a fixture of method 0 be one of today's, whose epochs were read cold.
func coldNow(r *result.Run) {
	r.WarningsMethod = result.WarningsMethod
	drop("fits_in_memory")(r)
}

// forgedWarning is a warning that is forged. cause changes what the run says until the
// warning is due, or may be there; nil: it is as it stands.
type forgedWarning struct {
	code, run string
	cause     func(*result.Run)
	due       bool
	text      string
}

// words are warnings that follow to the letter; one that the run has already has no text.
func words() []forgedWarning {
	return []forgedWarning{
		{"few_steps", warmRun, nil, true, ""},
		{"few_streams", warmRun, nil, true, ""},
		{"head_start", warmRun, nil, true, ""},
		{"whole_lower", roundRun, nil, true, ""},
		{"no_ceiling", warmRun, nil, true, ""},
		{"no_ceiling", readsRun, nil, true, ""},
		{"fits_in_memory", posixRun, nil, true, ""},
		{"fits_in_memory", readsRun, nil, true, ""}, // of method 0: also where epochs were cold
		{"fits_in_memory", posixRun, func(r *result.Run) { coldNow(r) }, true, "the dataset (130 kB) fits in this client's memory (25.3 GB): epochs may come from its page cache; MLPerf Storage asks for 5 times the memory"},
		{"under_5x_memory", smallRun, nil, true, ""},
		{"under_5x_memory", readsRun, coldNow, true, "the dataset (468 MB) fits in this client's memory (25.3 GB), though next to nothing of the files looked at lay in its page cache before an epoch that counts; MLPerf Storage asks for 5 times the memory"},
		{"few_files", warmRun, func(r *result.Run) { r.Plan.Files = 2; drop("few_streams")(r) }, true, "2 files are fewer than 3 accelerators: several accelerators read parts of one file"},
		{"stopped_early", warmRun, func(r *result.Run) { r.Plan.Epochs = 9; set("duration", "1m30s")(r) }, true, "--duration 1m30s ended the run after 4 of 9 epochs"},
		{"lustre_layouts_differ", posixRun, func(r *result.Run) {
			r.Mount.Lustre = &result.LustreMount{Layouts: []result.LustreLayout{{File: "a", Kind: "plain", StripeCount: 1}, {File: "b", Kind: "plain", StripeCount: 2}}}
		}, true, "a and b have different Lustre layouts: plain, stripe count 1, stripe size 0 B; plain, stripe count 2, stripe size 0 B"},
		{"inflight_capped", smallSearch, func(r *result.Run) { r.Search.Probes[0].Capped = true }, true, dlio.InflightCapped("4096").Text},
		{"residency_unknown", coldRun, func(r *result.Run) { r.Block.Cold.Before, r.Block.Cold.Why = nil, "no permission" }, true, "how much of the files lies in this client's cache can't be known: no permission"},
	}
}

// ofSearches are the warnings that the searches among the fixtures have for their probes.
func ofSearches(t *testing.T) []forgedWarning {
	t.Helper()
	var all []forgedWarning
	for _, dir := range fixtures(t) {
		run, err := result.ReadRun(dir)
		if err != nil {
			t.Fatal(err)
		}
		if run.Search == nil || run.Search.Method != result.SearchMethod { // others are taken as they are
			continue
		}
		for _, w := range run.Warnings {
			if strings.HasPrefix(w.Code, "search_") || w.Code == "not_tuned" {
				all = append(all, forgedWarning{w.Code, run.ID, nil, true, ""})
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("no search among the fixtures has a warning for its probes")
	}
	return all
}

// TestForgedWarnings: a warning that follows from figures, settings and host was left out,
// reworded, said twice or said without cause, and the sums were made anew. It is named.
func TestForgedWarnings(t *testing.T) {
	for _, c := range append(words(), ofSearches(t)...) {
		t.Run(c.code+" of "+c.run, func(t *testing.T) {
			t.Parallel()
			due, said := nothing, nothing
			if c.cause != nil {
				due, said = c.cause, warn(c.code, c.text)
				if v := verifiedAs(t, c.run, said); c.code != "fits_in_memory" && len(of(v, c.code)) != 1 {
					t.Errorf("without cause: findings %s", findings(v))
				}
			}
			if v := verifiedAs(t, c.run, due, said); len(of(v, c.code)) > 0 {
				t.Errorf("as it is due: findings %s", findings(v))
			}
			for name, forged := range map[string]func(*result.Run){"dropped": drop(c.code), "reworded": reword(c.code), "twice": func(r *result.Run) {
				for _, w := range r.Warnings {
					if w.Code == c.code {
						r.Warnings = append(r.Warnings, w)
						return
					}
				}
			}} {
				v := verifiedAs(t, c.run, due, said, forged)
				if found := of(v, c.code); len(found) != 1 || found[0].Recomputed == nil && name != "twice" {
					t.Errorf("%s: findings %s", name, findings(v))
				}
			}
		})
	}
}

// causes are the warnings whose presence follows, though not their words, and those that
// follow from nothing, which some runs can't have.
func causes() []forgedWarning {
	return []forgedWarning{
		{"residency_unknown", readsRun, func(r *result.Run) { delete(r.Epochs[1].Metrics, "cached_fraction_before") }, true, result.ResidencyUnknown("x").Text},
		{"mount_unknown", posixRun, func(r *result.Run) { r.Mount = nil }, true, "x"},
		{"mount_unknown", "20261125T060242Z-compare-mounts-compare-mounts", func(r *result.Run) { delete(r.Block.Mounts, "A") }, true, "x"},
		{"no_ceiling", posixRun, func(r *result.Run) { delete(r.Metrics, "ceiling_au_fraction") }, true, "x"},
		{"no_ceiling", coldRun, func(r *result.Run) { delete(r.Metrics, "ceiling_read_bytes_per_s") }, true, "x"},
		{"no_ceiling", smallSearch, func(r *result.Run) { set("engine", "posix")(r); r.Search.Probes[len(r.Search.Probes)-1].CeilingAU = 0 }, true, "x"},
		{"not_cold", coldRun, func(r *result.Run) { some := 0.25; r.Block.Cold.Before = &some }, true, "x"},
		{"no_io_uring", uringRun, func(r *result.Run) { r.Block.Engine = "direct" }, true, "x"},
		{"not_dropped", posixRun, func(r *result.Run) {
			set("drop-caches", true)(r)
			warn("dropped_by_file", dlio.DroppedByFile().Text)(r)
		}, true, "x"},

		{"not_dropped", posixRun, set("drop-caches", true), false, "x"},
		{"not_dropped", coldRun, set("drop-caches", true), false, "x"},
		{"dropped_by_file", posixRun, set("drop-caches", true), false, dlio.DroppedByFile().Text},
		{"inflight_capped", posixRun, set("max-inflight", 11), false, strings.TrimSuffix(dlio.InflightCapped("11").Text, dlio.CappedIsOurs)}, // of method 0
		{"inflight_capped", smallRun, set("max-inflight", 11), false, dlio.InflightCapped("11").Text},
		{"inflight_capped", uringRun, set("max-inflight", 3), false, fio.InflightCapped("3").Text},
		{"verified_cached", uringRun, func(r *result.Run) { set("verify", true)(r); r.Block.Direct = false }, false, fio.VerifiedCached().Text},
		{"results_on_target", warmRun, func(r *result.Run) { set("engine", "posix")(r); r.Mount = &result.Mount{} }, false, result.ResultsOnTarget().Text},
		{"appledouble", warmRun, set("engine", "posix"), false, "x"},
		{"dataset_shared", warmRun, set("engine", "posix"), false, "x"},
		{"no_lock", warmRun, set("engine", "posix"), false, "x"},
		{"lustre_settings_differ", posixRun, func(r *result.Run) { r.Mount.Lustre = &result.LustreMount{} }, false, "x"},
		{"stale_scratch", coldRun, func(r *result.Run) { r.Block.Op = "write" }, false, "x"},
		{"short_probes", smallSearch, set("engine", "posix"), false, "x"},
		{"cached_before", smallSearch, set("engine", "posix"), false, "x"},
		{"suite_unreadable", posixRun, nil, false, "x"},
		{"no_effect", posixRun, nil, false, "x"},
	}
}

// TestWarningsWithoutCause: a warning that nothing is kept of is named where the run can't
// have had it, and else taken, which a note says. Its absence is named where it is due, and
// other words where lbench has only one text.
func TestWarningsWithoutCause(t *testing.T) {
	for _, c := range causes() {
		t.Run(c.code+" of "+c.run, func(t *testing.T) {
			t.Parallel()
			said, cause := warn(c.code, c.text), nothing
			if c.cause != nil {
				cause = c.cause
				if v := verifiedAs(t, c.run, drop(c.code), said); len(of(v, c.code)) != 1 {
					t.Errorf("without cause: findings %s", findings(v))
				}
			}
			v := verifiedAs(t, c.run, cause, drop(c.code), said)
			if notes := strings.Join(v.Notes, "\n"); len(of(v, c.code)) > 0 || !regexp.MustCompile(`the warnings [a-z0-9_, ]*\b`+c.code+`\b`).MatchString(notes) {
				t.Errorf("with cause: notes %s, findings %s", notes, findings(v))
			}
			if v := verifiedAs(t, c.run, cause, drop(c.code)); len(of(v, c.code)) > 0 != c.due {
				t.Errorf("left out: findings %s", findings(v))
			}
			if v := verifiedAs(t, c.run, cause, drop(c.code), said, reword(c.code)); len(of(v, c.code)) > 0 != (c.text != "x") {
				t.Errorf("reworded: findings %s", findings(v))
			}
		})
	}
}

// TestWarningsOfCells: of several turns run.json keeps one proof of the cold state, so that
// of what all may have said only the presence follows.
func TestWarningsOfCells(t *testing.T) {
	const matrix = "20261125T060241Z-cold-read-matrix"
	unknown := func(r *result.Run) { r.Block.Cold.Why = "x" }
	said := warn("residency_unknown", result.ResidencyUnknown("of another turn").Text)
	for name, c := range map[string]struct {
		edits []func(*result.Run)
		found int
	}{
		"said":     {[]func(*result.Run){unknown, said}, 0},
		"dropped":  {[]func(*result.Run){unknown}, 1},
		"reworded": {[]func(*result.Run){unknown, said, reword("residency_unknown")}, 1},
		"of one":   {[]func(*result.Run){said}, 0},
	} {
		if v := verifiedAs(t, matrix, c.edits...); len(of(v, "residency_unknown")) != c.found {
			t.Errorf("%s: findings %s", name, findings(v))
		}
	}
	if v := verifiedAs(t, matrix, warn("not_cold", "x")); len(of(v, "not_cold")) != 1 {
		t.Errorf("the least cold turn was cold: findings %s", findings(v))
	}
}

// TestEveryWarningIsHeld: each warning that a run can have, by the manual, is in one of the
// tables above. Those that only probes call for come from one function, of which the
// searches among the fixtures have some.
func TestEveryWarningIsHeld(t *testing.T) {
	tested := map[string]bool{"not_tuned": true}
	for _, c := range words() {
		tested[c.code] = true
	}
	for _, c := range causes() {
		tested[c.code] = true
	}
	for _, page := range []string{"mlperf.md", "block-io.md", "find-max.md"} {
		text, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		_, section, _ := strings.Cut(string(text), "### Warnings")
		section, _, _ = strings.Cut(section, "\n## ")
		codes := regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|").FindAllStringSubmatch(section, -1)
		if len(codes) == 0 {
			t.Errorf("%s explains no warning", page)
		}
		for _, m := range codes {
			if !tested[m[1]] && !strings.HasPrefix(m[1], "search_") {
				t.Errorf("%s: no test forges the warning %s", page, m[1])
			}
		}
	}
}

// TestUnknownWarnings: a code that lbench doesn't have is named; of a later lbench, whose
// rules are others, all are taken.
func TestUnknownWarnings(t *testing.T) {
	if v := verifiedAs(t, posixRun, warn("all_is_well", "x")); len(of(v, "all_is_well")) != 1 {
		t.Errorf("findings %s", findings(v))
	}
	v := verifiedAs(t, posixRun, warn("all_is_well", "x"), func(r *result.Run) { r.WarningsMethod = result.WarningsMethod + 1 })
	if want := fmt.Sprintf("(method %d, and this one has %d)", result.WarningsMethod+1, result.WarningsMethod); len(v.Findings) > 0 || !strings.Contains(strings.Join(v.Notes, "\n"), want) {
		t.Errorf("notes %q, findings %s", v.Notes, findings(v))
	}
}

// TestTakenAsIs: one note of each run says what nothing in its folder can prove.
func TestTakenAsIs(t *testing.T) {
	for _, c := range []struct {
		run        string
		want, none []string
	}{
		{posixRun, []string{"the version of lbench ((devel))", "the host", "the mount", "the values in telemetry.ndjson", "data-dir", "drop-caches", "engine", "the warnings results_on_target"}, []string{"accelerators", "reader.batch_size", "few_steps", "fits_in_memory"}},
		{warmRun, []string{"the host", "max-inflight"}, []string{"the mount"}},
		{coldRun, []string{"data-dir", "drop-caches"}, []string{"op-size", "jobs", "name"}},
		{smallSearch, []string{"max-inflight"}, []string{"least", "most", "tune"}},
	} {
		var notes []string
		for _, n := range verified(t, filepath.Join("testdata/runs", c.run)).Notes {
			if strings.HasPrefix(n, "taken as it is, since") {
				notes = append(notes, n)
			}
		}
		if len(notes) != 1 {
			t.Fatalf("%s: notes %q, want one", c.run, notes)
		}
		for _, want := range c.want {
			if !strings.Contains(notes[0], want) {
				t.Errorf("%s: the note lacks %q: %s", c.run, want, notes[0])
			}
		}
		for _, none := range c.none {
			if regexp.MustCompile(`[ ,]` + regexp.QuoteMeta(none) + `([,;]|$)`).MatchString(notes[0]) {
				t.Errorf("%s: the note has %q: %s", c.run, none, notes[0])
			}
		}
	}
}
