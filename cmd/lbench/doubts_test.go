package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

func TestSampleOfFiles(t *testing.T) {
	var names []string
	for i := range 1000 {
		names = append(names, fmt.Sprintf("train/img_%04d", i))
	}
	if got := sampleOf(names[:256], 1, 1); !slices.Equal(got, names[:256]) {
		t.Errorf("of 256 files %d are looked at", len(got))
	}
	got := sampleOf(names, 7, 1)
	unique := slices.Compact(slices.Sorted(slices.Values(got)))
	if len(got) != 256 || len(unique) != 256 {
		t.Errorf("of 1,000 files %d are looked at, %d of them different, want 256", len(got), len(unique))
	}
	if !slices.Equal(got, sampleOf(names, 7, 1)) {
		t.Error("one seed and epoch draws two samples")
	}
	if slices.Equal(got, sampleOf(names, 7, 2)) || slices.Equal(got, sampleOf(names, 8, 1)) {
		t.Error("another epoch or seed draws the same sample")
	}
}

func TestOverridesAreWhatSomebodySet(t *testing.T) {
	got := overridesOf(map[string]result.Setting{
		"train.epochs":                {Value: 3, From: "flag"},
		"train.computation_time":      {Value: 0.00001, From: "flag"},
		"reader.batch_size":           {Value: 8, From: "environment"},
		"dataset.num_files_train":     {Value: 64, From: "dataset"},
		"reader.read_threads":         {Value: 8, From: "workload"},
		"reader.prefetch_size":        {Value: 2, From: "default"},
		"accelerators":                {Value: 48, From: "flag"},
		"dataset.record_length_bytes": {Value: 114660.07, From: "config"},
	})
	want := []string{
		"++workload.dataset.num_files_train=64", "++workload.dataset.record_length_bytes=114660.07",
		"++workload.reader.batch_size=8", "++workload.train.computation_time=0.00001", "++workload.train.epochs=3",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q want %q", got, want)
	}
	if got := overridesOf(nil); got == nil || len(got) != 0 {
		t.Errorf("nothing set: %#v", got)
	}
}
