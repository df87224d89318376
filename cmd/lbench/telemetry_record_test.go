package main

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/telemetry"
)

// TestEncoder: lines are those of encoding/json, whatever a reading holds.
func TestEncoder(t *testing.T) {
	now := time.Date(2026, 3, 13, 14, 2, 0, 120_000_000, time.UTC)
	readings := []result.Reading{
		{T: now, Source: "cpu", Name: "busy_ns", Value: 6503050000000},
		{T: now.In(time.FixedZone("", 5400)), Source: "nic", Name: "rx_bytes", Labels: map[string]string{"dev": "eth0"}, Value: math.MaxUint64},
		{Source: "", Name: `a "quoted" <b> & \ é`, Labels: map[string]string{"z": "1\n2", "a": "", "é\xff": "\u2028"}, Value: -0.1},
		{T: now, Source: "x", Labels: map[string]string{}},
	}
	for _, s := range []string{"<", ">", "&", `"`, `\`, "\x00", "\x1f", " ", "~", "\x7f", "\x80", "é"} {
		readings = append(readings, result.Reading{T: now, Source: s, Value: 1})
	}
	for _, v := range []float64{0, math.Copysign(0, -1), 1, -1, 1e20, 1e21, -1e21, 1e-6, 9.99e-7, 1e-300, math.MaxFloat64, math.SmallestNonzeroFloat64, 1.0 / 3, 1 << 53} {
		readings = append(readings, result.Reading{T: now, Source: "v", Value: v})
	}
	var want strings.Builder
	for _, r := range readings {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		want.Write(append(line, '\n'))
	}
	var e encoder
	for range 2 {
		if got, err := e.round(readings); err != nil || string(got) != want.String() {
			t.Errorf("error %v,\n%swant\n%s", err, got, want.String())
		}
	}
	for _, bad := range []result.Reading{{Value: math.NaN()}, {Value: math.Inf(-1)}, {T: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}} {
		if _, err := e.round([]result.Reading{bad}); err == nil {
			t.Errorf("%+v has a line", bad)
		}
	}
}

func FuzzEncoder(f *testing.F) {
	f.Add("nic", "rx_bytes", "dev", "eth0", 1e9, int64(1773410520e9))
	f.Fuzz(func(t *testing.T, source, name, key, label string, value float64, ns int64) {
		r := result.Reading{T: time.Unix(0, ns).UTC(), Source: source, Name: name, Labels: map[string]string{key: label, "b": source}, Value: value}
		want, wantErr := json.Marshal(r)
		got, err := new(encoder).round([]result.Reading{r})
		if (err == nil) != (wantErr == nil) || err == nil && string(got) != string(want)+"\n" {
			t.Errorf("%s, %v, want %s, %v", got, err, want, wantErr)
		}
	})
}

// filling is a file on a disk that has room for some bytes.
type filling struct {
	io.WriteCloser
	room int
}

func (f *filling) Write(b []byte) (int, error) {
	n := min(len(b), f.room)
	f.room -= n
	if n, err := f.WriteCloser.Write(b[:n]); err != nil || n < len(b) {
		return n, errors.Join(err, syscall.ENOSPC)
	}
	return n, nil
}

// TestRecordFullDisk: what was written in full stays, and is said.
func TestRecordFullDisk(t *testing.T) {
	const line = `{"t":"2026-03-13T14:02:00Z","source":"nic","name":"rx_bytes","value":1000000}` + "\n"
	for _, test := range []struct {
		first, more int    // room for the line that says where it is made, and for others
		want        string // of the error
		kept        int
	}{
		{1000, 10*len(line) + 5, "no space left on device: kept are the 11 readings of the first 10 s", 11},
		{50, 0, "no space left on device: nothing is kept", 0},
	} {
		path := filepath.Join(t.TempDir(), result.ReadingsFile)
		file, err := createNew(path, result.CreateFile)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)
		stopped := false
		disk := &filling{file, test.first}
		r := newRecording(began, recordOptions{output: path}, disk, []telemetry.Source{})
		r.introduce("h")
		disk.room = test.more
		r.stop = func() { stopped = true }
		for s := range 20 {
			r.add([]result.Reading{{T: began.Add(time.Duration(s+1) * time.Second), Source: "nic", Name: "rx_bytes", Value: 1e6}})
		}
		if err := r.full(r.err); !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || !stopped && test.kept > 0 {
			t.Errorf("stopped %v, error %v, want %q", stopped, err, test.want)
		}
		text, err := os.ReadFile(path)
		if n := strings.Count(string(text), "}\n"); n != test.kept || os.IsNotExist(err) != (test.kept == 0) || test.kept > 0 && !strings.HasSuffix(string(text), "}\n") {
			t.Errorf("%d readings in the file, error %v", n, err)
		}
	}
}

// TestRecordSummary: gaps and failures are those that the sampler tells.
func TestRecordSummary(t *testing.T) {
	s := recordSummary{File: "f", Readings: 1, Duration: int64(90 * time.Second), Sources: []recordedSource{{Name: "cpu"}, {Name: "lustre"}, {Name: "zfs"}}}
	gap := func(value float64) result.Reading {
		return result.Reading{Source: "telemetry", Name: "gap", Labels: map[string]string{"source": "lustre", "error": "a\nb"}, Value: value}
	}
	errs := result.Reading{Source: "telemetry", Name: "errors", Labels: map[string]string{"source": "lustre"}, Value: 88}
	s.add([]result.Reading{{Source: "cpu"}, gap(1), {Source: "other"}}, 1000)
	s.add([]result.Reading{{Source: "cpu"}, gap(0), errs}, 500)
	var text strings.Builder
	s.print(&text)
	const want = "recorded 7 readings in 1 min 30 s to f, 1.50 kB\nsources: cpu, lustre; not on this machine: zfs\ngaps: lustre failed 88 times: a; b\n"
	if text.String() != want || s.Sources[1].Gaps != 1 {
		t.Errorf("%s%+v", text.String(), s)
	}
}
