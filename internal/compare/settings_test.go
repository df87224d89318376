package compare

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

func flags(pairs ...any) map[string]result.Setting {
	settings := map[string]result.Setting{}
	for i := 0; i < len(pairs); i += 2 {
		settings[pairs[i].(string)] = result.Setting{Value: pairs[i+1], From: "flag"}
	}
	return settings
}

// Each row of want is a name and its values in both sets.
func TestChanges(t *testing.T) {
	type change = [3]string
	nfs := func(n int, options string) *result.Mount {
		return &result.Mount{Path: "/mnt", Type: "nfs4", Options: options, Free: int64(n), Bytes: int64(n), NFS: &result.NFSMount{Vers: "4.2", Nconnect: n}}
	}
	for _, c := range []struct {
		name string
		a, b func(*result.Run)
		want []change
	}{
		{"nothing", nil, nil, []change{}},
		{"a setting, however it is typed", func(r *result.Run) { r.Settings = flags("jobs", 4, "depth", 8.0, "mode", "direct", "gone", "x") },
			func(r *result.Run) {
				r.Settings = flags("jobs", 16.0, "depth", int64(8), "mode", "direct", "new", true)
			},
			[]change{{"gone", "x", "-"}, {"jobs", "4", "16"}, {"new", "-", "true"}}},
		{"where a value came from", func(r *result.Run) { r.Settings = map[string]result.Setting{"jobs": {Value: 4, From: "flag"}} },
			func(r *result.Run) { r.Settings = map[string]result.Setting{"jobs": {Value: 4, From: "default"}} }, []change{}},
		{"a new flag's default", nil, func(r *result.Run) { r.Settings = map[string]result.Setting{"ceiling": {Value: "4s", From: "default"}} }, []change{}},
		{"another default", func(r *result.Run) { r.Settings = map[string]result.Setting{"ceiling": {Value: "4s", From: "default"}} },
			func(r *result.Run) { r.Settings = map[string]result.Setting{"ceiling": {Value: "9s", From: "default"}} }, []change{{"ceiling", "4s", "9s"}}},
		{"what changes no figure", func(r *result.Run) {
			r.Settings = flags("results-dir", "a", "name", "x", "json", true, "quiet", true, "yes", true, "seed", "random")
			r.Seed = 1
		}, func(r *result.Run) {
			r.Settings = flags("results-dir", "b", "name", "y", "json", false, "quiet", false, "yes", false, "seed", "random")
			r.Seed = 2
		}, []change{}},
		{"seed and folder", func(r *result.Run) { r.Settings = flags("seed", 7, "data-dir", "/mnt/a") }, func(r *result.Run) { r.Settings = flags("seed", "random", "data-dir", "/mnt/b") },
			[]change{{"data-dir", "/mnt/a", "/mnt/b"}, {"seed", "7", "random"}}},
		{"shape beside its setting", func(r *result.Run) {
			r.Settings, r.Plan = flags("accelerators", 8), &result.Plan{Accelerators: 8, Steps: 10, Streams: 6, Leftover: 3}
		}, func(r *result.Run) {
			r.Settings, r.Plan = flags("accelerators", 16), &result.Plan{Accelerators: 16, Steps: 5, Streams: 3, Leftover: 1}
		}, []change{{"accelerators", "8", "16"}, {"plan.streams", "6", "3"}}},
		{"what auto came to", func(r *result.Run) {
			r.Settings, r.Block = flags("jobs", "auto"), &result.Block{Jobs: 2, Direct: true, Search: []result.SearchStep{{Jobs: 2}}, Cold: &result.Cold{Way: "fadvise", Server: "x"}}
		}, func(r *result.Run) {
			r.Settings, r.Block = flags("jobs", "auto"), &result.Block{Jobs: 4, Direct: true, PerJob: []result.JobResult{{Bytes: 2}}, Cold: &result.Cold{Way: "drop_caches", Server: "y"}}
		}, []change{{"block.cold.way", "fadvise", "drop_caches"}, {"block.jobs", "2", "4"}}},
		{"auto beside a number", func(r *result.Run) { r.Settings, r.Block = flags("jobs", "auto"), &result.Block{Jobs: 2} },
			func(r *result.Run) { r.Settings, r.Block = flags("jobs", 4), &result.Block{Jobs: 4} },
			[]change{{"jobs", "auto", "4"}, {"block.jobs", "2", "4"}}},
		{"mount", func(r *result.Run) { r.Mount = nfs(4, "rw,nconnect=4,noatime,nfsvers=4.2") }, func(r *result.Run) { r.Mount = nfs(16, "rw,hard,nconnect=16,nfsvers=4.2") },
			[]change{{"mount.nfs.nconnect", "4", "16"}, {"mount.options.hard", "-", "set"}, {"mount.options.noatime", "set", "-"}}},
		{"lustre", func(r *result.Run) {
			r.Mount = &result.Mount{Type: "lustre", Version: "2.14.0", Servers: []string{"a", "b"}, Lustre: &result.LustreMount{StripeCount: 1,
				Layouts: []result.LustreLayout{{File: "x", Kind: "plain", Targets: []int{1}}}}}
		}, func(r *result.Run) {
			r.Mount = &result.Mount{Type: "lustre", Version: "2.15.5", Servers: []string{"a", "b"}, Lustre: &result.LustreMount{StripeCount: 4,
				Layouts: []result.LustreLayout{{File: "y", Kind: "composite", Targets: []int{7}}}}}
		}, []change{{"mount.lustre.layout", "plain", "composite"}, {"mount.lustre.stripe_count", "1", "4"}, {"mount.version", "2.14.0", "2.15.5"}}},
		{"mounts of compare-mounts", func(r *result.Run) {
			r.Block = &result.Block{Mounts: map[string]result.Mount{"A": *nfs(4, "nconnect=4")}}
		},
			func(r *result.Run) {
				r.Block = &result.Block{Mounts: map[string]result.Mount{"A": *nfs(8, "nconnect=8")}}
			}, []change{{"mounts.A.nfs.nconnect", "4", "8"}}},
		{"lbench, then the host", func(r *result.Run) {
			r.Lbench.Version = "1.0"
			r.Host = result.Host{Name: "c1", Kernel: "5.14", CPUModel: "x", UsableCPUs: 8, MemoryBytes: 1 << 40, NICs: []result.NIC{{Name: "eth0", MTU: 1500}, {Name: "veth7", MTU: 1500}}}
		}, func(r *result.Run) {
			r.Lbench.Version = "1.1"
			r.Host = result.Host{Name: "c2", Kernel: "6.12", CPUModel: "x", UsableCPUs: 16, MemoryBytes: 1 << 40, NICs: []result.NIC{{Name: "eth0", MTU: 9000}, {Name: "veth8", MTU: 1500}}}
		}, []change{{"lbench.version", "1.0", "1.1"}, {"host.kernel", "5.14", "6.12"}, {"host.name", "c1", "c2"}, {"host.nics.eth0.mtu", "1500", "9000"}, {"host.usable_cpus", "8", "16"}}},
	} {
		got, err := Runs(set(1, 2, c.a), set(11, 2, c.b))
		if err != nil {
			t.Fatal(err)
		}
		rows := []change{}
		for _, row := range got.Settings {
			rows = append(rows, change{row.Name, row.A, row.B})
		}
		if diff := cmp.Diff(c.want, rows); diff != "" || codes(got) != "" {
			t.Errorf("%s (-want +got), warnings %v:\n%s", c.name, got.Warnings, diff)
		}
	}
}

// A value that differs within a set is all its values, and the set is said to be mixed.
func TestChangesWithinASet(t *testing.T) {
	jobs := func(of map[string]int) func(*result.Run) {
		return func(run *result.Run) { run.Settings = flags("jobs", of[run.ID]) }
	}
	of := map[string]int{"run1": 16, "run2": 4, "run3": 16, "run11": 8, "run12": 8, "run13": 8, "run21": 4, "run22": 16}
	got, err := Runs(set(1, 3, jobs(of)), set(11, 3, jobs(of)))
	if err != nil || !cmp.Equal(got.Settings, []result.SettingChange{{Name: "jobs", A: "16, 4", B: "8"}}) {
		t.Errorf("%+v, %v", got.Settings, err)
	}
	if codes(got) != "mixed_settings" || !strings.Contains(got.Warnings[0].Text, "set A differ among themselves") || !strings.HasSuffix(got.Warnings[0].Text, ": jobs (16, 4)") {
		t.Errorf("%+v", got.Warnings)
	}
	same, err := Runs(set(1, 3, jobs(of)), set(21, 2, jobs(of)))
	if err != nil || len(same.Settings) != 0 || codes(same) != "mixed_settings mixed_settings" {
		t.Errorf("the same values in another order: %+v, %+v, %v", same.Settings, same.Warnings, err)
	}
}

// A setting that no JSON can hold is an error that names the run; one read back from
// run.json is equal to the one that was written.
func TestSettingsAreThoseOfTheFile(t *testing.T) {
	bad := func(run *result.Run) { run.Settings = flags("rate", math.NaN()) }
	if _, err := Runs(set(1, 1, nil), set(2, 1, bad)); err == nil || !strings.Contains(err.Error(), `read the settings of run "run2": rate: `) {
		t.Errorf("%v", err)
	}
	run := made(1, func(run *result.Run) {
		run.Settings = flags("size", int64(210e9), "rate", 1.5e21, "mode", "<script>", "rule", []string{"a", "b"})
	})
	text, err := run.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var read result.Run
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	read.ID = "read"
	got, err := Runs([]result.Run{run}, []result.Run{read})
	if err != nil || len(got.Settings) != 0 {
		t.Errorf("%+v, %v", got.Settings, err)
	}
	f, err := newFacts(read)
	if err != nil || f["mode"].text != "<script>" || f["rule"].text != "a b" || f["size"].text != "210000000000" {
		t.Errorf("%+v, %v", f, err)
	}
}
