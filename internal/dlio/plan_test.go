package dlio

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/workloads"
)

// resnet50 is the workload resnet50_h100, changed by overrides "key=value".
func resnet50(t testing.TB, overrides ...string) workloads.Training {
	t.Helper()
	var all []workloads.Override
	for _, o := range overrides {
		key, value, _ := strings.Cut(o, "=")
		all = append(all, workloads.Override{Key: key, Value: value, From: "flag"})
	}
	w, err := workloads.LoadTraining("resnet50_h100", all)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const resnet50Record = 114303 // bytes as stored

func named(n int) []dataset.File {
	files := make([]dataset.File, n)
	for i := range files {
		files[i].Name = fmt.Sprintf("train/%d", i)
	}
	return files
}

func codes(warnings []result.Warning) []string {
	all := []string{}
	for _, w := range warnings {
		all = append(all, w.Code)
	}
	return all
}

func TestNewPlanOfThePublishedCase(t *testing.T) {
	p, err := NewPlan(resnet50(t), named(10629), resnet50Record, PlanOptions{Profile: "shuffled", Accelerators: 48, WarmupEpochs: 1, MinAU: 0.9, Seed: 7, Verify: true})
	if warnings := p.warnings(); err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	want := &result.Plan{
		Profile: "shuffled", Accelerators: 48, Files: 10629, SamplesPerFile: 1251, BatchSize: 400, Steps: 692, Epochs: 6, WarmupEpochs: 1,
		Streams: 24, TransferBytes: 262144, RecordBytes: 114303, NominalBytes: 114660.07, DatasetBytes: 10629 * 142993053,
		ComputationNS: 224e6, ReadAheadBatches: 10, MinAU: 0.9, Verify: true, Leftover: 10479, SharedFiles: 41, // of the 47 cut files, 6 are cut within what a rank leaves over
	}
	if diff := cmp.Diff(want, p.Summary()); diff != "" {
		t.Error(diff)
	}
	if p.Seed != 7 || p.EpochSamples() != 48*692*400 {
		t.Errorf("seed %d, samples of an epoch %d", p.Seed, p.EpochSamples())
	}
}

func TestNewPlan(t *testing.T) {
	tests := []struct {
		name         string
		files        int
		accelerators int
		profile      string
		overrides    []string
		steps        int
		warnings     []string
		err          string // holds this
	}{
		{"just two steps", 31, 48, "shuffled", []string{"dataset.num_samples_per_file=1239"}, 2, []string{"few_files", "few_streams"}, ""},
		{"one sample short of two steps", 31, 48, "shuffled", []string{"dataset.num_samples_per_file=1238"}, 0, nil, "give 1 steps an epoch, at least 2 are needed: that takes 32 files (lbench datagen --files 32)"},
		{"more accelerators than samples", 1, 2000, "shuffled", nil, 0, nil, "plan 2000 accelerators: 1 files of 1251 samples give 0 steps an epoch"},
		{"no file", 0, 1, "shuffled", nil, 0, nil, "lbench datagen --files 1)"},
		{"steps are floored twice", 10, 3, "shuffled", []string{"dataset.num_samples_per_file=100", "reader.batch_size=111"}, 3, []string{"few_streams"}, ""},
		{"capped", 48 * 24, 48, "shuffled", []string{"train.total_training_steps=5"}, 5, nil, ""},
		{"cap above what is there", 48 * 24, 48, "shuffled", []string{"train.total_training_steps=76"}, 0, nil, "the files give 75 steps an epoch"},
		{"capped at one", 1152, 48, "shuffled", []string{"train.total_training_steps=1"}, 0, nil, "total_training_steps"},
		{"24 files each", 24 * 3, 3, "shuffled", nil, 75, nil, ""},
		{"a file short of 24 each", 24*3 - 1, 3, "shuffled", nil, 74, []string{"few_streams"}, ""},
		{"a file each", 48, 48, "v2.0", nil, 3, []string{"few_streams"}, ""},
		{"whole files can't be dealt", 47, 48, "v2.0", nil, 0, nil, "at least 48 files"},
		{"whole files can't be dealt (v1.0)", 47, 48, "v1.0", nil, 0, nil, "at least 48 files"},
		{"whole files can't be dealt (v3.0)", 47, 48, "v3.0", nil, 0, nil, "at least 48 files"},
		{"parts of files can", 47, 48, "shuffled", nil, 3, []string{"few_files", "few_streams"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := resnet50(t, test.overrides...)
			p, err := NewPlan(w, named(test.files), 1000, PlanOptions{Profile: test.profile, Accelerators: test.accelerators})
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if test.warnings == nil {
				test.warnings = []string{}
			}
			if got := codes(p.warnings()); p.Steps != test.steps || !slices.Equal(got, test.warnings) {
				t.Errorf("%d steps, warnings %v, want %d, %v", p.Steps, got, test.steps, test.warnings)
			}
		})
	}
}

// TestFilesNamedSuffice makes plans that have too few files, and then has as many as the
// error named, and one fewer: that is one fewer than it takes.
func TestFilesNamedSuffice(t *testing.T) {
	for _, profile := range Profiles() {
		for _, accelerators := range []int{1, 2, 7, 48} {
			for _, samples := range []int{1, 3, 400, 1251} {
				for _, batch := range []int{1, 5, 400} {
					w := resnet50(t, fmt.Sprintf("reader.batch_size=%d", batch), fmt.Sprintf("dataset.num_samples_per_file=%d", samples))
					plan := func(files int) error {
						_, err := NewPlan(w, named(files), 100, PlanOptions{Profile: profile, Accelerators: accelerators})
						return err
					}
					err := plan(0)
					if err == nil {
						t.Fatalf("no files were enough")
					}
					var need int
					at := strings.Index(err.Error(), "--files ")
					if _, scanErr := fmt.Sscanf(err.Error()[at+len("--files "):], "%d", &need); scanErr != nil {
						t.Fatalf("no number of files in %q", err)
					}
					if err := plan(need); err != nil {
						t.Errorf("%s, %d accelerators, %d samples, batch %d: %d files do not suffice: %v", profile, accelerators, samples, batch, need, err)
					}
					if profile != "shuffled" && need/accelerators*samples < batch {
						t.Errorf("%s, %d accelerators, %d samples, batch %d: an accelerator's own files hold no batch", profile, accelerators, samples, batch)
					}
					if need > 1 && plan(need-1) == nil {
						t.Errorf("%s, %d accelerators, %d samples, batch %d: %d files suffice too", profile, accelerators, samples, batch, need-1)
					}
				}
			}
		}
	}
}

// taken lists the samples of a shard, as file*S+index, up to most.
func taken(s *shard, most int) []int64 {
	var all []int64
	for len(all) < most {
		seg, ok := s.next()
		if !ok {
			break
		}
		for i := range seg.count {
			all = append(all, int64(seg.file)*s.perFile+int64(seg.first+i))
		}
	}
	return all
}

func mini(profile string, files, samples, accelerators, batch int) Plan {
	p := Plan{Profile: profile, Accelerators: accelerators, Files: named(files), SamplesPerFile: samples, BatchSize: batch,
		Epochs: 1, ReadThreads: 2, ReadAheadBatches: 1, TransferBytes: 1000, RecordBytes: 10, NominalBytes: 10, ComputationTime: time.Second}
	p.Steps = int(p.samples()) / accelerators / batch
	return p
}

// FuzzShuffledShards: no sample twice an epoch, every rank exactly steps x batch, segments
// within files, and the same order for the same seed only.
func FuzzShuffledShards(f *testing.F) {
	f.Add(uint16(10629%4096), uint16(1251), uint8(48), uint16(400), uint8(1), int64(7))
	f.Add(uint16(3), uint16(100), uint8(7), uint16(5), uint8(2), int64(-1))
	f.Add(uint16(100), uint16(1), uint8(3), uint16(2), uint8(5), int64(0))
	f.Add(uint16(1), uint16(1000), uint8(16), uint16(3), uint8(1), int64(1))
	f.Fuzz(func(t *testing.T, files, samples uint16, accelerators uint8, batch uint16, epoch uint8, seed int64) {
		n, s, ranks, b := int(files%300)+1, int(samples%1300)+1, int(accelerators%64)+1, int(batch%500)+1
		p := mini("shuffled", n, s, ranks, b)
		if p.Steps < 2 {
			return // NewPlan refuses it
		}
		p.Seed = seed
		order := p.epochOrder(int(epoch))
		checkPermutation(t, order, n)
		seen := make([]int8, n*s)
		readers := make([]map[int]bool, n)
		for r := range ranks {
			sh := p.shard(order, int(epoch), r)
			for sh.pos < sh.end {
				seg, ok := sh.next()
				if !ok || seg.count < 1 || seg.first < 0 || seg.first+seg.count > s || seg.file < 0 || seg.file >= n {
					t.Fatalf("rank %d: segment %+v (%v) of %d files of %d", r, seg, ok, n, s)
				}
				if readers[seg.file] == nil {
					readers[seg.file] = map[int]bool{}
				}
				readers[seg.file][r] = true
				for i := range seg.count {
					seen[seg.file*s+seg.first+i]++
				}
			}
			if _, more := sh.next(); more {
				t.Fatalf("rank %d: more than its slice", r)
			}
			sh.rewind()
			if got := taken(sh, 1<<30); len(got) != p.Steps*b {
				t.Fatalf("rank %d: %d samples, want %d x %d", r, len(got), p.Steps, b)
			}
		}
		var total int64
		for sample, times := range seen {
			if times > 1 {
				t.Fatalf("sample %d is read %d times", sample, times)
			}
			total += int64(times)
		}
		if total != p.EpochSamples() {
			t.Fatalf("%d samples are read, want %d", total, p.EpochSamples())
		}
		shared := 0
		for _, by := range readers {
			if len(by) > 1 {
				shared++
			}
		}
		if got := p.sharedFiles(); got != shared {
			t.Fatalf("%d files are shared, the plan says %d", shared, got)
		}
		if !slices.Equal(order, p.epochOrder(int(epoch))) {
			t.Fatal("the same epoch and seed have two orders")
		}
	})
}

func checkPermutation(t *testing.T, order []int32, n int) {
	t.Helper()
	seen := make([]bool, n)
	for _, f := range order {
		if seen[f] {
			t.Fatalf("file %d is there twice", f)
		}
		seen[f] = true
	}
	if len(order) != n {
		t.Fatalf("%d files in order, want %d", len(order), n)
	}
}

// TestShuffledSlices checks a case by hand: 3 files of 4 samples over 2 ranks in batches
// of 2: slices of 6 samples, all of them used; over 2 ranks in batches of 4, 4 of 6.
func TestShuffledSlices(t *testing.T) {
	p := mini("shuffled", 3, 4, 2, 2)
	order := []int32{2, 0, 1}
	for rank, want := range [][]int64{{8, 9, 10, 11, 0, 1}, {2, 3, 4, 5, 6, 7}} {
		if got := taken(p.shard(order, 1, rank), 99); !slices.Equal(got, want) {
			t.Errorf("rank %d reads %v, want %v", rank, got, want)
		}
	}
	p = mini("shuffled", 3, 4, 2, 4)
	for rank, want := range [][]int64{{8, 9, 10, 11}, {2, 3, 4, 5}} {
		if got := taken(p.shard(order, 1, rank), 99); !slices.Equal(got, want) {
			t.Errorf("rank %d reads %v, want %v", rank, got, want)
		}
	}
	if p.shard(order, 1, 0).loops {
		t.Error("a rank would begin its slice again")
	}
}

func TestOrdersDiffer(t *testing.T) {
	p := mini("shuffled", 100, 1, 2, 5)
	base := p.epochOrder(1)
	other := p
	other.Seed = 1
	if slices.Equal(base, p.epochOrder(2)) || slices.Equal(base, other.epochOrder(1)) || slices.Equal(base, sortedOrder(100)) {
		t.Error("two epochs or two seeds have the same order, or none is shuffled")
	}
	for _, profile := range []string{"v2.0", "v3.0"} {
		p.Profile = profile
		if !slices.Equal(p.epochOrder(1), sortedOrder(100)) || !slices.Equal(p.epochOrder(2), sortedOrder(100)) {
			t.Errorf("%s shuffles", profile)
		}
	}
}

func TestRoundsDealWholeFiles(t *testing.T) {
	for _, profile := range []string{"v2.0", "v3.0"} {
		p := mini(profile, 7, 2, 3, 2)
		for rank, want := range [][]int64{{0, 1, 6, 7, 12, 13}, {2, 3, 8, 9}, {4, 5, 10, 11}} {
			s := p.shard(p.epochOrder(3), 3, rank)
			if got := taken(s, 99); !slices.Equal(got, want) || !s.loops {
				t.Errorf("%s: rank %d reads %v (again: %v), want %v, again and again", profile, rank, got, s.loops, want)
			}
			s.rewind()
			if got := taken(s, 99); !slices.Equal(got, want) {
				t.Errorf("%s: rank %d reads %v the second time, want %v", profile, rank, got, want)
			}
		}
		if p.sharedFiles() != 0 {
			t.Errorf("%s shares files", profile)
		}
	}
}

// FuzzPerRankShards: under v1.0 each rank has every P-th file of a permutation of its own.
func FuzzPerRankShards(f *testing.F) {
	f.Add(uint16(100), uint8(3), int64(1), uint8(1))
	f.Fuzz(func(t *testing.T, files uint16, accelerators uint8, seed int64, epoch uint8) {
		n, ranks := int(files%500)+1, int(accelerators%32)+1
		p := mini("v1.0", n, 1, ranks, 1)
		p.Seed = seed
		for r := range min(ranks, n) {
			s := p.shard(p.epochOrder(int(epoch)), int(epoch), r)
			if want := (n - r + ranks - 1) / ranks; len(s.order) != want || !s.loops || s.start != 0 || s.end != int64(want) {
				t.Fatalf("rank %d of %d has %d of %d files, want %d", r, ranks, len(s.order), n, want)
			}
			seen := map[int32]bool{}
			for _, file := range s.order {
				if seen[file] {
					t.Fatalf("rank %d has file %d twice", r, file)
				}
				seen[file] = true
			}
			if again := p.shard(p.epochOrder(int(epoch)), int(epoch), r); !slices.Equal(s.order, again.order) {
				t.Fatalf("rank %d has two orders", r)
			}
		}
	})
}

func TestPerRankOrdersDiffer(t *testing.T) {
	p := mini("v1.0", 300, 1, 3, 1)
	order := func(seed int64, epoch, rank int) []int32 {
		p.Seed = seed
		return p.shard(p.epochOrder(epoch), epoch, rank).order
	}
	base := order(1, 1, 0)
	overlap := 0
	for _, file := range order(1, 1, 1) {
		if slices.Contains(base, file) {
			overlap++
		}
	}
	if overlap == 0 || overlap == 100 { // by chance a third
		t.Errorf("ranks 0 and 1 share %d of 100 files, want some", overlap)
	}
	if slices.Equal(base, order(1, 2, 0)) || slices.Equal(base, order(2, 1, 0)) {
		t.Error("two epochs or two seeds have the same order")
	}
}
