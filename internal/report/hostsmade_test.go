package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// madeFolder writes a run to disk with what was attached to it, by file name, and opens it.
func madeFolder(t testing.TB, m made, attached map[string]any) *result.Folder {
	t.Helper()
	dir := t.TempDir()
	text, err := m.run.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, result.RunFile), text, 0o644); err != nil {
		t.Fatal(err)
	}
	writeLines(t, filepath.Join(dir, result.StepsFile), m.steps)
	writeLines(t, filepath.Join(dir, result.ReadingsFile), m.readings)
	for name, content := range attached {
		path := filepath.Join(dir, result.AttachedFolder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		switch content := content.(type) {
		case []result.Reading:
			writeLines(t, path, content)
		case string:
			err = os.WriteFile(path, []byte(content), 0o644)
		default:
			text, marshalErr := json.Marshal(content)
			if marshalErr != nil {
				t.Fatal(marshalErr)
			}
			err = os.WriteFile(path, text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	folder, err := result.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func writeLines[T any](t testing.TB, path string, values []T) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	encoder := json.NewEncoder(w)
	for _, v := range values {
		if err := encoder.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// serverReadings are those of a Lustre server on ZFS every second, from a minute before a
// run to a minute after it, by its own clock, which is so far ahead. Of share of the bytes
// that it serves its ARC has a copy.
func serverReadings(run result.Run, name string, ahead time.Duration, share float64) []result.Reading {
	from, to := run.Started.Add(-time.Minute), run.Ended.Add(time.Minute)
	mark := func(at time.Time) []result.Reading {
		return []result.Reading{
			{T: at, Source: result.RecorderSource, Name: result.ClockAhead, Labels: map[string]string{"than": "client-07"}, Value: float64(ahead)},
			{T: at, Source: result.RecorderSource, Name: result.ClockError, Value: 3e5},
		}
	}
	all := []result.Reading{{T: from.Add(ahead), Source: result.RecorderSource, Name: result.StartedReading, Labels: map[string]string{"host": name}, Value: 1}}
	all = append(all, mark(from.Add(ahead))...)
	sums := map[string]float64{}
	for at := from; at.Before(to); at = at.Add(time.Second) {
		s := at.Sub(run.Started).Seconds()
		served := servedAt(s)
		add := func(source, name, label, device string, by float64) {
			r := result.Reading{T: at.Add(ahead), Source: source, Name: name, Value: by}
			if label != "" {
				r.Labels = map[string]string{label: device}
			}
			if !isGauge(source, name) {
				sums[source+name+device] += by
				r.Value = 3e9 + sums[source+name+device]
			}
			all = append(all, r)
		}
		add("cpu", "busy_ns", "", "", 6e9*(1+math.Sin(s/40)))
		add("cpu", "idle_ns", "", "", 32e9-6e9*(1+math.Sin(s/40)))
		add("memory", "cached_bytes", "", "", 3.1e9)
		add("memory", "available_bytes", "", "", 96e9)
		add("pressure", "io_some_ns", "", "", 0.12e9)
		add("nic", "tx_bytes", "dev", "eth0", 0.6*served)
		add("nic", "tx_bytes", "dev", "eth1", 0.4*served)
		add("nic", "tx_bytes", "dev", "bond0", served)
		add("nic", "rx_bytes", "dev", "eth0", (1-share)*served)
		add("nic", "rx_bytes", "dev", "eth1", 1e6)
		add("disk", "read_bytes", "dev", "nvme0n1", 1e8)
		add("lustre_server", "obdfilter_read_bytes", "target", "zettafs-OST0000", 0.7*served)
		add("lustre_server", "obdfilter_read_bytes", "target", "zettafs-OST0001", 0.3*served)
		add("lustre_server", "obdfilter_write_bytes", "target", "zettafs-OST0000", 0)
		add("zfs", "arc_hits", "", "", math.Round(share*served/131072))
		add("zfs", "arc_misses", "", "", math.Round((1-share)*served/131072))
		add("zfs", "arc_demand_data_hits", "", "", math.Round(share*served/262144))
		add("zfs", "arc_demand_data_misses", "", "", math.Round((1-share)*served/131072))
		add("zfs", "arc_size_bytes", "", "", 40e9+2e7*s)
		add("zfs", "arc_max_bytes", "", "", 64e9)
		add("zfs", "pool_read_bytes", "pool", "ost0", (1-share)*served)
		add("zfs", "pool_write_bytes", "pool", "ost0", 2e6)
		state := result.Reading{T: at.Add(ahead), Source: "lustre_server", Name: "obdfilter_recovery_state", Labels: map[string]string{"target": "zettafs-OST0000", "state": "COMPLETE"}, Value: 4}
		if name == "oss2" && s > 200 && s < 260 {
			state.Labels["state"], state.Value = "RECOVERING", 3
		}
		all = append(all, state)
	}
	return append(all, mark(to.Add(ahead))...)
}

// servedAt is what the client asks of each of two servers, in bytes per second, so many
// seconds after the run began.
func servedAt(s float64) float64 { return 2.2e9 * (1 + math.Sin(s/40)) }

// madeBuckets is what buckets sent in the minutes of a run, from two before it to three
// after. One sends half as much for a while, and of one minute one bucket's part is missing.
func madeBuckets(run result.Run, buckets int) result.Traffic {
	from := run.Started.Truncate(time.Minute).Add(-2 * time.Minute)
	t := result.Traffic{Source: "gcs", From: from, To: run.Ended.Truncate(time.Minute).Add(3 * time.Minute), Methods: map[string]float64{}, Codes: map[string]float64{}, Metrics: map[string]float64{}}
	for i := range buckets {
		t.Buckets = append(t.Buckets, result.BucketTraffic{Name: fmt.Sprintf("zettafs-vdev-%02d", i), Metrics: map[string]float64{}})
	}
	last := run.Ended.Truncate(time.Minute)
	n := 0
	for at := from.Add(2 * time.Minute); !at.After(last); at = at.Add(time.Minute) {
		m := result.Minute{Start: at, ByMethod: map[string]float64{}}
		for i := range buckets {
			sent := 4.4e9 * 60 / float64(buckets) * (1 + 0.03*math.Sin(float64(i*7+n*3))) * (1 + 0.3*math.Sin(float64(n)/2))
			switch {
			case i == 7 && n >= 5 && n < 8:
				sent *= 0.48
			case i == 2 && n == 5:
				sent *= 1.25
			case i == 4 && n == 11:
				sent = 0
			}
			m.PerBucket = append(m.PerBucket, sent)
			m.Sent += sent
			t.Buckets[i].Metrics["sent_bytes"] += sent
			t.Buckets[i].Metrics["requests"] += math.Round(sent / (1 << 20))
		}
		m.Received = m.Sent / 1000
		for method, each := range map[string]float64{"ReadObject": m.Sent / (1 << 20), "GetObjectMetadata": 41, "ListObjects": 12 * float64(n%3), "WriteObject": 7, "DeleteObject": 1, "ComposeObject": 2} {
			m.ByMethod[method] = math.Round(each)
			m.Requests += math.Round(each)
			t.Methods[method] += math.Round(each)
		}
		t.Metrics["sent_bytes"] += m.Sent
		t.Metrics["received_bytes"] += m.Received
		t.Metrics["requests"] += m.Requests
		t.Metrics["sent_peak_bytes_per_s"] = max(t.Metrics["sent_peak_bytes_per_s"], m.Sent/60)
		t.Minutes = append(t.Minutes, m)
		n++
	}
	t.Missing = []time.Time{t.Minutes[11].Start}
	t.Metrics["minutes_missing"], t.Metrics["window_ns"] = 1, float64(t.To.Sub(t.From))
	t.Metrics["balance_fraction"] = 0.953
	return t
}

// recordedRun is a made run with two recorded servers and twelve buckets, on disk.
func recordedRun(t testing.TB) *result.Folder {
	t.Helper()
	m := newMade(madeAU(), 0)
	m.readings = m.madeTelemetry()
	return madeFolder(t, m, map[string]any{
		"oss1.ndjson": serverReadings(m.run, "oss1", 2100*time.Microsecond, 0.31),
		"oss2.ndjson": serverReadings(m.run, "oss2", -7*time.Second, 0.28),
		"gcs.json":    madeBuckets(m.run, 12),
	})
}
