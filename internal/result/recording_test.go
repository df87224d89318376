package result

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// recorded is a file of readings: a line is "seconds source name value [label=text ...]".
func recorded(t *testing.T, path string, table string) {
	t.Helper()
	var out []byte
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		labels := ""
		for i, pair := range fields[4:] {
			key, value, _ := strings.Cut(pair, "=")
			if i > 0 {
				labels += ","
			}
			labels += `"` + key + `":"` + value + `"`
		}
		if labels != "" {
			labels = `,"labels":{` + labels + "}"
		}
		at := "2026-03-13T14:02:" + fields[0] + "Z"
		out = append(out, `{"t":"`+at+`","source":"`+fields[1]+`","name":"`+fields[2]+`"`+labels+`,"value":`+fields[3]+"}\n"...)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRecordingByTheRunsClock(t *testing.T) {
	dir := t.TempDir()
	f := &Folder{Dir: dir}
	recorded(t, filepath.Join(dir, ReadingsFile), "00 clock synchronized 1\n00 clock max_error_ns 5000")
	recorded(t, filepath.Join(dir, "attached", "oss1.ndjson"), `
		10 recorder started 1 host=oss1
		10 recorder clock_ahead_ns 2e9 than=client
		10 recorder clock_error_ns 1e6
		09 nic tx_bytes 7 dev=eth0
		15 nic tx_bytes 8 dev=eth0
		20 nic tx_bytes 9 dev=eth0
		20 recorder clock_ahead_ns 4e9 than=client
		20 recorder clock_error_ns 3e6
		25 nic tx_bytes 10 dev=eth0 host=oss2`)
	all, err := f.Recordings()
	if err != nil || len(all) != 1 {
		t.Fatalf("recordings %v, error %v", all, err)
	}
	r := all[0]
	if want := (Clock{How: "measured", Ahead: 3 * time.Second, Error: 3 * time.Millisecond}); r.Clock != want {
		t.Errorf("clock %+v, want %+v", r.Clock, want)
	}
	if r.File != "attached/oss1.ndjson" || strings.Join(r.Hosts, " ") != "oss1 oss2" {
		t.Errorf("file %q, hosts %q", r.File, r.Hosts)
	}
	var got []string
	if err := r.Readings(func(host string, of Reading) error {
		got = append(got, host+" "+of.T.Format("05.000")+" "+of.Labels["dev"]+of.Labels["host"])
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// 2 s ahead up to second 10, then more and more, 4 s from second 20 on.
	if want := "oss1 07.000 eth0; oss1 12.000 eth0; oss1 16.000 eth0; oss2 21.000 eth0"; strings.Join(got, "; ") != want {
		t.Errorf("readings %q, want %q", got, want)
	}
	if r.From.Format("05") != "07" || r.To.Format("05") != "21" {
		t.Errorf("from %v to %v", r.From, r.To)
	}
}

func TestRecordingOfAnUnmeasuredClock(t *testing.T) {
	for _, c := range []struct {
		name, own, other string
		want             Clock
	}{
		{"both synchronized", "00 clock synchronized 1\n00 clock max_error_ns 5e6\n01 clock max_error_ns 6e6", "00 clock synchronized 1\n00 clock max_error_ns 1e6", Clock{How: "synchronized", Error: 7 * time.Millisecond}},
		{"one lost it meanwhile", "00 clock synchronized 1", "00 clock synchronized 1\n01 clock synchronized 0\n02 clock synchronized 1", Clock{How: "unknown"}},
		{"the run says nothing", "00 cpu busy_ns 1", "00 clock synchronized 1", Clock{How: "unknown"}},
		{"nobody says anything", "00 cpu busy_ns 1", "00 cpu busy_ns 1", Clock{How: "unknown"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			recorded(t, filepath.Join(dir, ReadingsFile), c.own)
			recorded(t, filepath.Join(dir, "attached", "mds.ndjson"), c.other)
			all, err := (&Folder{Dir: dir}).Recordings()
			if err != nil || len(all) != 1 || all[0].Clock != c.want || all[0].Hosts[0] != "mds" {
				t.Errorf("%+v, error %v, want %+v", all, err, c.want)
			}
		})
	}
}

func TestRecordingThatIsNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "no reading",
		"{}\n":                  "isn't a reading",
		"{\"t\":\"2026-03-13\n": "oss.ndjson:1",
		"{\"source\":\"gcs\",\"from\":\"2026-03-13T14:02:00Z\"}\n": "isn't a reading",
	} {
		dir := t.TempDir()
		recorded(t, filepath.Join(dir, "attached", "good.ndjson"), "00 cpu busy_ns 1")
		if err := os.WriteFile(filepath.Join(dir, "attached", "oss.ndjson"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		all, err := (&Folder{Dir: dir}).Recordings()
		if err == nil || !strings.Contains(err.Error(), want) || len(all) != 1 {
			t.Errorf("%q: %d recordings, error %v, want %q", text, len(all), err, want)
		}
	}
}

// TestAheadAt: between marks on the line through them, at and beyond the ends as there.
func TestAheadAt(t *testing.T) {
	start := time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)
	var r Recording
	for i := range mostMarks {
		r.marks = append(r.marks, clockMark{at: start.Add(time.Duration(i) * time.Minute), ahead: time.Duration(i*i) * time.Second})
	}
	for seconds, want := range map[int]time.Duration{
		-5: 0, 0: 0, 30: 500 * time.Millisecond, 60: time.Second, 90: 2500 * time.Millisecond,
		60*700 + 15: 700*700*time.Second + 1401*time.Second/4, 60 * 1023: 1023 * 1023 * time.Second, 60 * 2000: 1023 * 1023 * time.Second,
	} {
		if got := r.aheadAt(start.Add(time.Duration(seconds) * time.Second)); got != want {
			t.Errorf("at %d s: %v ahead, want %v", seconds, got, want)
		}
	}
	if got := (Recording{}).aheadAt(start); got != 0 {
		t.Errorf("%v without marks", got)
	}
}

// TestTooManyMarks: no recording measures its clock a hundred thousand times.
func TestTooManyMarks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "oss1.ndjson")
	recorded(t, path, "10 cpu busy_ns 1\n"+strings.Repeat("10 recorder clock_ahead_ns 1\n10 recorder clock_error_ns 1\n", mostMarks))
	if _, err := (&Folder{}).ReadRecording(path); err != nil {
		t.Error(err)
	}
	recorded(t, path, "10 cpu busy_ns 1\n"+strings.Repeat("10 recorder clock_ahead_ns 1\n", mostMarks+1))
	if _, err := (&Folder{}).ReadRecording(path); err == nil || !strings.Contains(err.Error(), "more than 1024 measurements of its clock") {
		t.Errorf("error is %v", err)
	}
}
