package dlio

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/workloads"
)

// TestDatasize holds the sizes to the tables of the rounds' own tools.
func TestDatasize(t *testing.T) {
	made := func(samples, batch int, length float64) workloads.Training {
		var w workloads.Training
		w.Dataset.NumSamplesPerFile, w.Dataset.RecordLengthBytes, w.Reader.BatchSize = samples, length, batch
		return w
	}
	h100, cosmoflow, unet3d := resnet50(t), made(1, 1, 2828486), made(1, 7, 146600628)
	b200, mi355 := made(1, 24, 322957), made(1, 32, 322957)
	tests := []struct {
		name                string
		w                   workloads.Training
		accelerators, hosts int
		gib                 int64
		v1, v2, v3          int64
		steps2, steps3      int64
		nominal             float64 // GiB, v2.0
	}{
		{"resnet50", h100, 48, 1, 283, 10592, 10592, 10593, 690, 690, 1414.97},
		{"resnet50, 284 GiB", h100, 48, 1, 284, 10629, 10629, 10630, 692, 692, 1419.91},
		{"resnet50, 8 accelerators", h100, 8, 1, 283, 10592, 10592, 10593, 4140, 4141, 1414.97},
		{"resnet50, steps decide", h100, 48, 1, 1, 7673, 7673, 7674, 499, 500, 1025.03},
		{"unet3d, 8", unet3d, 8, 1, 256, 28000, 28000, 28000, 500, 500, 3822.9},
		{"unet3d, 48", unet3d, 48, 1, 283, 168000, 168000, 168000, 500, 500, 22937.5},
		{"unet3d, 2", unet3d, 2, 1, 16, 7000, 7000, 7000, 500, 500, 955.7},
		{"unet3d, 128 of 16 hosts", unet3d, 128, 16, 512, 448000, 448000, 448000, 500, 500, 61166.5},
		{"cosmoflow", cosmoflow, 48, 1, 283, 537158, 537158, 537159, 11190, 11190, 1415},
		{"cosmoflow, 2 hosts", cosmoflow, 4, 2, 64, 242954, 242954, 242955, 60738, 60738, 640},
		{"retinanet b200", b200, 8, 1, 512, 8511284, 8511284, 8511285, 44329, 44329, 2560},
		{"retinanet mi355", mi355, 48, 1, 283, 4704479, 4704479, 4704480, 3062, 3062, 1415},
	}
	for _, test := range tests {
		for profile, want := range map[string][2]int64{"v1.0": {test.v1, test.steps2}, "v2.0": {test.v2, test.steps2}, "v3.0": {test.v3, test.steps3}, "shuffled": {test.v2, test.steps2}} {
			got := Datasize(test.w, 1000, profile, test.accelerators, test.hosts, test.gib<<30)
			if got.Files != want[0] || got.Steps != want[1] || got.Profile != profile {
				t.Errorf("%s %s: %d files, %d steps, want %d", test.name, profile, got.Files, got.Steps, want)
			}
			if nominal := got.NominalBytes / (1 << 30); profile == "v2.0" && (nominal < test.nominal-0.06 || nominal > test.nominal+0.06) {
				t.Errorf("%s: %.2f GiB, want %v", test.name, nominal, test.nominal)
			}
			if got.StoredBytes != got.Files*int64(test.w.Dataset.NumSamplesPerFile)*1000 || got.MemoryBytes != int64(test.hosts)*test.gib<<30 {
				t.Errorf("%s: %d bytes stored, %d of memory", test.name, got.StoredBytes, got.MemoryBytes)
			}
		}
	}
	if got := Datasize(made(10000, 1, 1e9), 1, "v2.0", 1, 1, 1); got.Files != 1 {
		t.Errorf("%d files, want at least 1", got.Files)
	}
}

// TestDatasizeV1 rounds samples before files.
func TestDatasizeV1(t *testing.T) {
	var w workloads.Training
	w.Dataset.NumSamplesPerFile, w.Dataset.RecordLengthBytes, w.Reader.BatchSize = 3, 10, 1
	for memory, want := range map[int64]int64{3600: 600, 3599: 599, 3606: 601, 3605: 600, 2990: 498, 100: 166} { // 500 samples make 166 files
		if got := Datasize(w, 10, "v1.0", 1, 1, memory).Files; got != want {
			t.Errorf("memory %d: %d files, want %d", memory, got, want)
		}
	}
}

func TestDatasizeWorking(t *testing.T) {
	got := Datasize(resnet50(t), resnet50Record, "shuffled", 48, 1, 284<<30)
	want := []string{
		"memory: 5 x 1 x 284 GiB = 1.52 TB, / (1251 samples x 114660.07 B) = 10629.6 files",
		"steps: 500 x 48 accelerators x 400 samples = 9,600,000 samples, / 1251 = 7673.9 files",
		"files: the larger, rounded down (v2.0) = 10,629",
		"size: 1.52 TB as stored, 1.52 TB (1.39 TiB) by nominal record length",
		"steps an epoch: 10,629 x 1251 / 400 / 48 = 692",
	}
	if diff := cmp.Diff(want, got.Working); diff != "" {
		t.Error(diff)
	}
	for profile, want := range map[string]string{"v1.0": "files: the larger, rounded down (v1.0) = 10,629", "v3.0": "files: the larger, rounded up (v3.0) = 10,630"} {
		if got := Datasize(resnet50(t), resnet50Record, profile, 48, 1, 284<<30).Working[2]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got.StoredBytes != 10629*142993053 {
		t.Errorf("%d bytes stored", got.StoredBytes)
	}
}
