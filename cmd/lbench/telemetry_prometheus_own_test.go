package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/cloud"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/telemetry"
)

// TestPresetsSpeakOurNames: whatever a preset's question becomes is a reading that lbench's
// own telemetry makes, with the same labels but for that of the host.
func TestPresetsSpeakOurNames(t *testing.T) {
	ours := map[string][]string{} // labels by source and name
	for _, root := range ownMachines(t) {
		for _, source := range telemetry.Sources(root) {
			all, _ := source.Read(t.Context()) // what a machine hasn't is an error
			for _, r := range all {
				ours[r.Source+" "+r.Name] = slices.Sorted(maps.Keys(r.Labels))
			}
		}
	}
	mapped := 0
	for _, preset := range cloud.Presets() {
		questions, err := cloud.Preset(preset, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range questions {
			if q.Own.Source == "" {
				continue
			}
			mapped++
			labels, ok := ours[q.Own.String()]
			if !ok {
				t.Errorf("%s: %s becomes %s, which lbench itself doesn't have", preset, q.PromQL, q.Own)
			}
			if got := slices.Sorted(maps.Keys(q.Own.Labels)); !slices.Equal(got, labels) {
				t.Errorf("%s: %s has the labels %q, lbench's own %q", preset, q.Own, got, labels)
			}
			if slices.Contains(labels, result.HostLabel) {
				t.Errorf("%s has the label %s", q.Own, result.HostLabel)
			}
		}
	}
	if mapped < 30 {
		t.Errorf("only %d questions become lbench's own", mapped)
	}
}

// ownMachines are trees of files of machines that have every source of the presets: the
// captures of internal/telemetry, with what those lack.
func ownMachines(t *testing.T) []string {
	t.Helper()
	captures := "../../internal/telemetry/testdata"
	roots := []string{filepath.Join(captures, "vm"), filepath.Join(captures, "lustre-server"), filepath.Join(captures, "nfs/v4.2-nconnect4")}
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(filepath.Join(captures, "server"))); err != nil {
		t.Fatal(err)
	}
	const pool = "proc/spl/kstat/zfs/tank/"
	for name, text := range map[string]string{
		pool + "io":            "12 3 0x00 1 80 79205351707403 395818011156865\nnread nwritten\n1884160 3206144\n",
		pool + "objset-0x36":   "23 1 0x01 2 112 4215 3982\nname type data\nnwritten 4 32806\nnread 4 28\n",
		"proc/net/snmp":        "Tcp: InSegs OutSegs RetransSegs\nTcp: 3 4 5\n",
		"proc/net/netstat":     "TcpExt: TCPTimeouts\nTcpExt: 6\n",
		"sys/block/sda/size":   "1\n",
		"sys/block/vda/size":   "1\n",
		"sys/block/nvme0n1/ro": "0\n",
	} {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return append(roots, root)
}

// TestPrometheusAttached: what a preset gave goes to a run as the recording of the machines
// that it is of, from its begin to beyond its end.
func TestPrometheusAttached(t *testing.T) {
	t.Chdir(t.TempDir())
	var start, end float64 // that were asked for, in s
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, _ = strconv.ParseFloat(r.FormValue("start"), 64)
		end, _ = strconv.ParseFloat(r.FormValue("end"), 64)
		series := func(instance, value string) string {
			return fmt.Sprintf(`{"metric":{"device":"eth0","instance":"%s"},"values":[[%s,"0"],[%s,"%s"]]}`, instance, r.FormValue("start"), r.FormValue("end"), value)
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[%s,%s]}}`, series("oss1:9100", "1"), series("oss2:9101", "2"))
	}))
	defer server.Close()
	lbench := func(args ...string) string {
		t.Helper()
		var out bytes.Buffer
		a := realApp()
		a.stdout, a.stderr, a.getenv = &out, &out, func(string) string { return "" }
		if code := run(context.Background(), a, args); code != exitOK {
			t.Fatalf("%q: exit %d: %s", args, code, out.String())
		}
		return out.String()
	}
	lbench("mlperf", "--workload", "resnet50_demo", "--engine", "mem", "--accelerators", "2", "--epochs", "2", "--param", "dataset.num_files_train=4", "--param", "train.computation_time=0.002", "--min-au", "1", "--ceiling", "off", "--quiet")
	runs, _ := filepath.Glob("results/*-mlperf-*")
	lbench("telemetry", "prometheus", "--url", server.URL, "--preset", "node", "--run", runs[0], "--step", "10ms", "-o", "servers.ndjson")
	if told := lbench("telemetry", "attach", runs[0], "servers.ndjson"); !strings.Contains(told, "servers.ndjson, readings of oss1, oss2:9101; ") {
		t.Errorf("told %q", told)
	}
	folder, err := result.Open(runs[0])
	if err != nil {
		t.Fatal(err)
	}
	if from, to := float64(folder.Run.Started.UnixMilli())/1e3, float64(folder.Run.Ended.UnixMilli())/1e3; start > from || end <= to || end > to+0.011 {
		t.Errorf("asked from %f to %f for a run from %f to %f", start, end, from, to)
	}
	recordings, err := folder.Recordings()
	if err != nil || len(recordings) != 1 {
		t.Fatalf("%+v, error %v", recordings, err)
	}
	received := map[string]float64{}
	err = recordings[0].Readings(func(host string, r result.Reading) error {
		if r.Source == "nic" && r.Name == "rx_bytes" && maps.Equal(r.Labels, map[string]string{"dev": "eth0"}) {
			received[host] += r.Value
		}
		return nil
	})
	if err != nil || !maps.Equal(received, map[string]float64{"oss1": 1, "oss2:9101": 2}) {
		t.Errorf("received %v, error %v", received, err)
	}
}
