package dlio

import (
	"slices"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/result"
)

func codesOf(warnings []result.Warning) []string {
	var codes []string
	for _, w := range warnings {
		codes = append(codes, w.Code)
	}
	return codes
}

func TestMemoryDoubts(t *testing.T) {
	const gib = 1 << 30
	epoch := func(warmup bool, cached ...float64) result.Epoch {
		e := result.Epoch{Warmup: warmup, Metrics: map[string]float64{}}
		for _, v := range cached {
			e.Metrics["cached_fraction_before"] = v
		}
		return e
	}
	cold, warm, unknown := epoch(false, 0), epoch(false, 0.02), epoch(false)
	for _, c := range []struct {
		name            string
		dataset, memory int64
		engine, profile string
		epochs          []result.Epoch
		want            string
	}{
		{"as the rules ask", 5 * gib, gib, "posix", "shuffled", nil, ""},
		{"v2.0 rounds to 4.98 times the memory", 498 * gib / 100, gib, "posix", "shuffled", nil, ""},
		{"a little less", 489 * gib / 100, gib, "posix", "shuffled", nil, "under_5x_memory"},
		{"as large as the memory", gib, gib, "direct", "shuffled", nil, "under_5x_memory"},
		{"memory unknown", gib, 0, "posix", "shuffled", nil, ""},
		{"no storage", 1, gib, "null", "shuffled", nil, ""},
		{"smaller than the memory, nothing shown", gib - 1, gib, "posix", "shuffled", nil, "fits_in_memory"},
		{"read cold in one pass", gib - 1, gib, "posix", "shuffled", []result.Epoch{cold}, "under_5x_memory"},
		{"cold before each pass", gib - 1, gib, "posix", "shuffled", []result.Epoch{cold, cold}, "under_5x_memory"},
		{"a hundredth was cached", gib - 1, gib, "posix", "shuffled", []result.Epoch{epoch(false, 0.01)}, "under_5x_memory"},
		{"more was cached", gib - 1, gib, "posix", "shuffled", []result.Epoch{cold, warm}, "fits_in_memory"},
		{"not known of one", gib - 1, gib, "posix", "shuffled", []result.Epoch{cold, unknown}, "fits_in_memory"},
		{"a warm-up counts for nothing", gib - 1, gib, "posix", "shuffled", []result.Epoch{epoch(true, 1), cold}, "under_5x_memory"},
		{"a warm-up shows nothing", gib - 1, gib, "posix", "shuffled", []result.Epoch{epoch(true, 0)}, "fits_in_memory"},
		{"ranks share files", gib - 1, gib, "posix", "v1.0", []result.Epoch{cold}, "fits_in_memory"},
		{"ranks begin again", gib - 1, gib, "posix", "v3.0", []result.Epoch{cold}, "fits_in_memory"},
		{"cold, and no smaller", gib, gib, "posix", "v3.0", []result.Epoch{cold}, "under_5x_memory"},
	} {
		got := MemoryDoubts(&result.Plan{DatasetBytes: c.dataset, Profile: c.profile}, c.memory, c.engine, c.epochs)
		if len(got) > 1 || c.want == "" && got != nil || c.want != "" && (len(got) == 0 || got[0].Code != c.want) {
			t.Errorf("%s: got %v, want %s", c.name, got, c.want)
		}
		for _, w := range got {
			if !IsMemoryDoubt(w.Code) {
				t.Errorf("%s: %s is no doubt of memory", c.name, w.Code)
			}
		}
	}
	got := MemoryDoubts(&result.Plan{DatasetBytes: gib / 50, Profile: "shuffled"}, gib, "posix", []result.Epoch{cold})
	if want := "the dataset (21.5 MB) fits in this client's memory (1.07 GB), though next to nothing of the files looked at lay in its page cache before an epoch that counts; MLPerf Storage asks for 5 times the memory"; len(got) != 1 || got[0].Text != want {
		t.Errorf("got %v, want %q", got, want)
	}
}

func TestPlanDoubts(t *testing.T) {
	plan := Plan{Accelerators: 2, Files: make([]dataset.File, 12), SamplesPerFile: 1, ReadThreads: 2, Steps: 500}
	for _, c := range []struct {
		name string
		by   func(*Plan)
		want []string
	}{
		{"enough of all", func(*Plan) {}, nil},
		{"a step short", func(p *Plan) { p.Steps = 499 }, []string{"few_steps"}},
		{"a file short", func(p *Plan) { p.Files = p.Files[:11] }, []string{"few_streams"}},
		{"one file", func(p *Plan) { p.Files = p.Files[:1] }, []string{"few_files", "few_streams"}},
	} {
		p := plan
		if c.by(&p); !slices.Equal(codesOf(p.Doubts()), c.want) {
			t.Errorf("%s: got %v, want %v", c.name, p.Doubts(), c.want)
		}
	}
}

func TestNoCeiling(t *testing.T) {
	for _, c := range []struct{ engine, ceiling, want string }{
		{"posix", "4s", ""},
		{"posix", "off", "what this client could reach at most was not measured: --ceiling off"},
		{"posix", "0s", "what this client could reach at most was not measured: --ceiling 0s"},
		{"direct", "4s", "the engine direct has no ceiling to compare with"},
		{"mem", "off", "what this client could reach at most was not measured: --ceiling off"},
	} {
		if w, none := NoCeiling(c.engine, c.ceiling); none != (c.want != "") || w.Text != c.want {
			t.Errorf("%s, %s: got %v %q, want %q", c.engine, c.ceiling, none, w.Text, c.want)
		}
	}
}

func TestStoppedEarly(t *testing.T) {
	if w := StoppedEarly(90*time.Second, 2, 5); w.Text != "--duration 1m30s ended the run after 2 of 5 epochs" {
		t.Errorf("got %q", w.Text)
	}
}
