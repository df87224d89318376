package fio

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustMatrix(t testing.TB, text string) Matrix {
	t.Helper()
	m, err := ParseMatrix(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMatrixCells(t *testing.T) {
	for text, want := range map[string][]string{
		"jobs=8": {"jobs=8"},
		" mode=buffered,direct\tjobs=1,8,32\n": {
			"mode=buffered jobs=1", "mode=buffered jobs=8", "mode=buffered jobs=32",
			"mode=direct jobs=1", "mode=direct jobs=8", "mode=direct jobs=32",
		},
		"op-size=1024KiB,262144,1MB,1,0.5KiB": {"op-size=1MiB", "op-size=256KiB", "op-size=1MB", "op-size=1B", "op-size=512B"},
		"depth=007 op=write fsync=none,end,each": {
			"depth=7 op=write fsync=none", "depth=7 op=write fsync=end", "depth=7 op=write fsync=each",
		},
		"pattern=sequential,random,shuffled-files": {"pattern=sequential", "pattern=random", "pattern=shuffled-files"},
	} {
		m := mustMatrix(t, text)
		var got []string
		for _, cell := range m.Cells() {
			got = append(got, cell.String())
		}
		if diff := cmp.Diff(want, got); diff != "" || m.Count() != len(want) {
			t.Errorf("%q: %d cells: %s", text, m.Count(), diff)
		}
	}
}

func TestParseMatrixRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "is empty: want AXIS=VALUE",
		" \n":                           "is empty",
		"jobs":                          `"jobs" isn't AXIS=VALUE,VALUE,...`,
		"jobs=1, 8":                     `"jobs=1," has an empty value; allowed: 1 to 4096`,
		"jobs=1 ,8":                     `",8" isn't AXIS=VALUE`,
		"jobs=":                         `"jobs=" has an empty value`,
		"jobs=1,,8":                     "has an empty value",
		"=1":                            `axis "" isn't one of [op, mode, jobs, depth, op-size, pattern, fsync]`,
		"Jobs=1":                        `axis "Jobs" isn't one of [op, mode, jobs, depth, op-size, pattern, fsync]`,
		"jobs=1 jobs=8":                 `axis "jobs" stands there twice`,
		"jobs=8,1,8":                    `has the value "8" twice`,
		"op-size=1MiB,1024KiB":          `has the value "1024KiB" twice`,
		"mode=bufferd":                  `mode "bufferd" isn't one of [buffered, direct]`,
		"op=reed":                       `op "reed" isn't one of [read, write]`,
		"pattern=rand":                  `pattern "rand" isn't one of [sequential, random, shuffled-files]`,
		"fsync=always":                  `fsync "always" isn't one of [none, end, each]`,
		"jobs=0":                        `jobs "0" isn't a whole number from 1 to 4096`,
		"jobs=-5":                       `jobs "-5" isn't a whole number`,
		"jobs=4097":                     "isn't a whole number from 1 to 4096",
		"depth=1025":                    `depth "1025" isn't a whole number from 1 to 1024`,
		"depth=1.5":                     `depth "1.5" isn't a whole number`,
		"op-size=0":                     `op-size "0": want at least 1 byte`,
		"op-size=-5":                    `op-size: size "-5" is negative`,
		"op-size=1M":                    "ambiguous unit",
		"mode=direct=1":                 `mode "direct=1" isn't one of`,
		"mode=buffered;direct jobs=1,8": `mode "buffered;direct"`,
	} {
		_, err := ParseMatrix(text)
		if err == nil {
			t.Errorf("ParseMatrix(%q): no error", text)
			continue
		}
		if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), fmt.Sprintf("matrix %q", text)) || strings.Contains(err.Error(), "\n") {
			t.Errorf("ParseMatrix(%q): %q lacks %q, or isn't one line about the matrix", text, err, want)
		}
	}
}

func TestApply(t *testing.T) {
	files := []File{{"a", 1 << 20}}
	read := Job{Op: Read, Pattern: Random, Files: files, OpBytes: 4096, Jobs: 3, Depth: 5, Direct: true, Seed: 7}
	write := Job{Op: Write, Pattern: Sequential, Files: files, OpBytes: 4096, Jobs: 3, Depth: 5, Fsync: FsyncEach, Overwrite: true, Verify: true}
	for _, c := range []struct {
		job    Job
		cell   string
		change func(*Job)
	}{
		{read, "jobs=32", func(j *Job) { j.Jobs = 32 }},
		{read, "depth=32", func(j *Job) { j.Depth = 32 }},
		{read, "mode=buffered", func(j *Job) { j.Direct = false }},
		{write, "mode=direct", func(j *Job) { j.Direct = true }},
		{read, "op-size=1MiB", func(j *Job) { j.OpBytes = 1 << 20 }},
		{read, "pattern=shuffled-files", func(j *Job) { j.Pattern = ShuffledFiles }},
		{write, "fsync=none", func(j *Job) { j.Fsync = FsyncNone }},
		{read, "fsync=none", func(j *Job) { j.Fsync = FsyncNone }},
		{read, "op=read", func(*Job) {}},
		{write, "op=write", func(*Job) {}},
		{read, "op=write", func(j *Job) { j.Op, j.Pattern, j.Fsync = Write, Sequential, FsyncEnd }},
		{write, "op=read", func(j *Job) { j.Op, j.Fsync, j.Overwrite, j.Verify = Read, "", false, false }},
		{read, "fsync=each op=write", func(j *Job) { j.Op, j.Pattern, j.Fsync = Write, Sequential, FsyncEach }},
		{write, "pattern=random op=read jobs=9", func(j *Job) {
			j.Op, j.Fsync, j.Overwrite, j.Verify, j.Pattern, j.Jobs = Read, "", false, false, Random, 9
		}},
	} {
		want := c.job
		c.change(&want)
		got, err := Apply(c.job, mustMatrix(t, c.cell).Cells()[0])
		if err != nil {
			t.Errorf("%s: %v", c.cell, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.cell, diff)
		}
	}
	for _, c := range []struct {
		job  Job
		cell Settings
		want string
	}{
		{read, Settings{{"fsync", "end"}}, `cell "fsync=end" reads, with fsync=end: fsync is for writes`},
		{write, Settings{{"pattern", "random"}}, `cell "pattern=random" writes, with pattern=random: writes are sequential`},
		{write, Settings{{"fsync", "end"}, {"op", "read"}}, "fsync is for writes"},
		{read, Settings{{"mount", "A"}}, `cell "mount=A": axis "mount" isn't one of [op, `},
		{read, Settings{{"jobs", "many"}}, `cell "jobs=many": jobs "many" isn't a whole number`},
	} {
		if _, err := Apply(c.job, c.cell); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.cell, err, c.want)
		}
	}
}

func TestEstimate(t *testing.T) {
	for _, c := range []struct {
		e    Estimate
		runs int
		yes  bool
		text string
	}{
		{Estimate{10_000, 5, 1, 10 * time.Second}, 50_000, true, "10,000 cells x 5 repeats of 10 s take 5 d 19 h"},
		{Estimate{200, 5, 1, 10 * time.Second}, 1000, false, "200 cells x 5 repeats of 10 s take 2 h 47 min"},
		{Estimate{1001, 1, 1, time.Second}, 1001, true, "1,001 cells x 1 repeats of 1 s take 16 min 41 s"},
		{Estimate{3, 5, 2, 10 * time.Second}, 60, false, "3 cells x 5 repeats x 4 runs (A B B A) of 10 s take 10 min 0 s"},
		{Estimate{50, 6, 2, time.Second}, 1200, true, "50 cells x 6 repeats x 4 runs (A B B A) of 1 s take 20 min 0 s"},
		{Estimate{math.MaxInt, 5, 2, time.Second}, math.MaxInt, true, "9,223,372,036,854,775,807 cells x 5 repeats x 4 runs (A B B A) of 1 s take 106751 d 23 h"},
	} {
		if c.e.Runs() != c.runs || c.e.NeedsYes() != c.yes || c.e.String() != c.text {
			t.Errorf("%+v: %d runs, yes %v, %q", c.e, c.e.Runs(), c.e.NeedsYes(), c.e)
		}
	}
}

// A product that fits no number is still counted, without its cells being made.
func TestMatrixTooLarge(t *testing.T) {
	var parts []string
	for _, axis := range []string{"jobs", "depth", "op-size"} {
		var values []string
		for i := range 300 {
			values = append(values, fmt.Sprint(i+1))
		}
		parts = append(parts, axis+"="+strings.Join(values, ","))
	}
	if got := mustMatrix(t, strings.Join(parts, " ")).Count(); got != 27_000_000 {
		t.Errorf("%d cells", got)
	}
	if got := (Matrix{[]matrixAxis{{"a", make([]string, 1<<21)}, {"b", make([]string, 1<<21)}, {"c", make([]string, 1<<22)}}}).Count(); got != math.MaxInt {
		t.Errorf("%d cells, want the most there is", got)
	}
}

// A cell printed as a matrix reads as the same cell.
func FuzzParseMatrix(f *testing.F) {
	for _, text := range []string{"mode=buffered,direct jobs=1,8,32 op-size=256KiB,1MiB", "mode=buffered,direct jobs=1,8 depth=1,4 op-size=1B,2B", "op=read,write fsync=end", "depth=1, 2", "pattern=random=1", "op-size=7EiB,1e3kB"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMatrix(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: an error of more than one line: %v", text, err)
			}
			return
		}
		if m.Count() > 10_000 {
			return
		}
		cells := m.Cells()
		if len(cells) != m.Count() {
			t.Errorf("%q: %d cells, counted %d", text, len(cells), m.Count())
		}
		seen := map[string]bool{}
		for _, cell := range cells {
			again, err := ParseMatrix(cell.String())
			if err != nil || !cmp.Equal(again.Cells(), []Settings{cell}) || seen[cell.String()] {
				t.Errorf("%q: cell %q is there twice, or reads as %v, %v", text, cell, again, err)
			}
			seen[cell.String()] = true
		}
	})
}
