package fio

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSegments(t *testing.T) {
	sizes := func(bytes ...int64) []File {
		var all []File
		for i, b := range bytes {
			all = append(all, File{string(rune('a' + i)), b})
		}
		return all
	}
	for _, c := range []struct {
		name  string
		files []File
		jobs  int
		want  [][]Segment
		even  bool
	}{
		{"a file a job", sizes(10, 20), 2, [][]Segment{{{0, 0, 10}}, {{1, 0, 20}}}, true},
		{"files round robin", sizes(10, 20, 30, 40, 50), 2, [][]Segment{{{0, 0, 10}, {2, 0, 30}, {4, 0, 50}}, {{1, 0, 20}, {3, 0, 40}}}, false},
		{"one file, equal parts", sizes(80), 4, [][]Segment{{{0, 0, 20}}, {{0, 20, 20}}, {{0, 40, 20}}, {{0, 60, 20}}}, true},
		{"short last op", sizes(75), 4, [][]Segment{{{0, 0, 20}}, {{0, 20, 20}}, {{0, 40, 20}}, {{0, 60, 15}}}, true},
		{"parts of uneven ops", sizes(50), 2, [][]Segment{{{0, 0, 20}}, {{0, 20, 30}}}, true},
		{"two files, three jobs", sizes(40, 40), 3, [][]Segment{{{0, 0, 20}, {1, 20, 20}}, {{0, 20, 20}}, {{1, 0, 20}}}, false},
		{"two files, four jobs", sizes(40, 40), 4, [][]Segment{{{0, 0, 20}}, {{0, 20, 20}}, {{1, 0, 20}}, {{1, 20, 20}}}, true},
		{"a small file leaves parts to the large", sizes(10, 60), 4, [][]Segment{{{0, 0, 10}}, {{1, 0, 20}}, {{1, 20, 20}}, {{1, 40, 20}}}, true},
		{"fewer ops than jobs", sizes(20), 3, [][]Segment{{{0, 0, 10}}, {{0, 10, 10}}, nil}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := Job{Op: Read, Pattern: Sequential, Files: c.files, OpBytes: 10, Jobs: c.jobs, Depth: 1}
			got, err := j.Segments()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("segments (-want +got):\n%s", diff)
			}
			if j.Even() != c.even {
				t.Errorf("Even() = %v, want %v", j.Even(), c.even)
			}
		})
	}
}

// checkSegments demands that every byte belongs to one stream, that parts begin at ops,
// and that no stream is idle while another has two ops.
func checkSegments(t *testing.T, j Job) {
	t.Helper()
	streams, err := j.Segments()
	if err != nil {
		t.Fatalf("%+v: %v", j, err)
	}
	if len(streams) != j.Jobs {
		t.Fatalf("%d streams, want %d", len(streams), j.Jobs)
	}
	next := make([]map[int64]int64, len(j.Files)) // of each file: where a segment begins, and ends
	for i := range next {
		next[i] = map[int64]int64{}
	}
	var ops int64
	idle := 0
	for _, s := range streams {
		if len(s) == 0 {
			idle++
		}
		for _, g := range s {
			if _, twice := next[g.File][g.Off]; twice || g.Bytes < 1 || g.Off%j.OpBytes != 0 {
				t.Fatalf("segment %+v: begins there: %v", g, twice)
			}
			next[g.File][g.Off] = g.Off + g.Bytes
		}
	}
	for i, f := range j.Files {
		at := int64(0)
		for range next[i] {
			at = next[i][at]
		}
		if at != f.Bytes {
			t.Fatalf("file %d is covered up to %d of %d", i, at, f.Bytes)
		}
		ops += (f.Bytes + j.OpBytes - 1) / j.OpBytes
	}
	if want := int(max(0, int64(j.Jobs)-ops)); idle != want {
		t.Fatalf("%d streams are idle, want %d: %d ops for %d jobs", idle, want, ops, j.Jobs)
	}
}

func FuzzSegments(f *testing.F) {
	f.Add(int64(4096), 3, uint64(1), uint64(1000000), uint64(12345))
	f.Add(int64(1<<20), 1000, uint64(1<<40), uint64(0), uint64(0))
	f.Add(int64(1), 7, uint64(1), uint64(2), uint64(3))
	f.Fuzz(func(t *testing.T, op int64, jobs int, a, b, c uint64) {
		j := Job{Op: Read, Pattern: Sequential, OpBytes: max(1, op&(maxOpBytes-1)), Jobs: 1 + jobs&1023, Depth: 1}
		for i, bytes := range []uint64{a, b, c} {
			if bytes > 0 {
				j.Files = append(j.Files, File{string(rune('a' + i)), int64(bytes%(1<<50)) + 1})
			}
		}
		if len(j.Files) > 0 {
			checkSegments(t, j)
		}
	})
}

func TestSegmentsCoverEveryByteOnce(t *testing.T) {
	for jobs := 1; jobs <= 40; jobs++ {
		for files := 1; files <= 9; files++ {
			for _, bytes := range []int64{1, 999, 1000, 5001, 123457} {
				j := readJob(files, bytes, 1000)
				j.Jobs = jobs
				j.Files[0].Bytes = 3000 // one that differs
				checkSegments(t, j)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Job)
		want   string // part of the error; empty: none
	}{
		{"as it is", func(*Job) {}, ""},
		{"reads of odd sizes", func(j *Job) { j.Op, j.OpBytes, j.Files[0].Bytes = Read, 1000, 999 }, ""},
		{"random reads", func(j *Job) { j.Op, j.Pattern = Read, Random }, ""},
		{"fsync", func(j *Job) { j.Fsync, j.Verify = FsyncEach, true }, ""},
		{"op", func(j *Job) { j.Op = "trim" }, `op "trim" isn't one of [read, write]`},
		{"pattern", func(j *Job) { j.Pattern = "" }, `pattern "" isn't one of [sequential, random, shuffled-files]`},
		{"fsync unknown", func(j *Job) { j.Fsync = "often" }, `fsync "often" isn't one of [none, end, each]`},
		{"op size 0", func(j *Job) { j.OpBytes = 0 }, "op size 0: want"},
		{"op size too large", func(j *Job) { j.OpBytes = maxOpBytes + 512 }, "op size 1073742336: want"},
		{"jobs", func(j *Job) { j.Jobs = 0 }, "jobs 0: want 1 to"},
		{"most jobs and depth", func(j *Job) { j.Jobs, j.Depth = 4096, 1024 }, ""},
		{"too many jobs", func(j *Job) { j.Jobs = 4097 }, "jobs 4097: want 1 to 4096"},
		{"too deep", func(j *Job) { j.Depth = 1025 }, "depth 1025: want 1 to 1024"},
		{"depth", func(j *Job) { j.Depth = -1 }, "depth -1: want 1 to"},
		{"duration", func(j *Job) { j.Duration = -time.Second }, "duration -1s: want"},
		{"rate", func(j *Job) { j.RateBytesPerS = math.NaN() }, "rate NaN bytes/s: want"},
		{"rate without end", func(j *Job) { j.RateBytesPerS = math.Inf(1) }, "rate +Inf bytes/s: want"},
		{"no files", func(j *Job) { j.Files = nil }, "job without files"},
		{"outside", func(j *Job) { j.Files[0].Name = "../f" }, `file "../f": want a name below the folder`},
		{"twice", func(j *Job) { j.Files = append(j.Files, j.Files[0]) }, `file "f0" is named twice`},
		{"empty file", func(j *Job) { j.Files[0].Bytes = 0 }, `file "f0" of 0 bytes: want at least 1`},
		{"too many bytes", func(j *Job) { j.Files[0].Bytes = math.MaxInt64 }, "too large to count"},
		{"writes at random", func(j *Job) { j.Pattern = Random }, `job that writes in pattern "random": want "sequential"`},
		{"op size of writes", func(j *Job) { j.OpBytes = 1000 }, "op size 1000 of writes: want a multiple of 512"},
		{"file size of writes", func(j *Job) { j.Files[0].Bytes = 1000 }, `file "f0" of 1000 bytes, to be written: want a multiple of 512`},
		{"verify for a time", func(j *Job) { j.Verify, j.Duration = true, time.Second }, "verify with a duration of 1s"},
		{"verify reads", func(j *Job) { j.Op, j.Verify = Read, true }, "job that reads: overwrite, verify and fsync"},
		{"fsync of reads", func(j *Job) { j.Op, j.Fsync = Read, FsyncEnd }, "job that reads: overwrite, verify and fsync"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := writeJob(1, 4096, 4096)
			c.change(&j)
			err := j.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("Validate() = %v, want %q", err, c.want)
			}
			if _, segErr := j.Segments(); (segErr == nil) != (err == nil) {
				t.Errorf("Segments() = %v, Validate() = %v", segErr, err)
			}
		})
	}
}
