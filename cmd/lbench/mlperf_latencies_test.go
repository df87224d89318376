package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/stats"
)

// memoryFile is a file of a run folder, which takes as many writes as it has room for.
type memoryFile struct {
	bytes.Buffer
	room   int
	closed bool
}

func (f *memoryFile) Write(p []byte) (int, error) {
	if f.room--; f.room < 0 {
		return 0, errors.New("no space left")
	}
	return f.Buffer.Write(p)
}

func (f *memoryFile) Close() error {
	f.closed = true
	return nil
}

// logTo starts a log at a time of the run's clock. It is for use in a bubble.
func logTo(f *memoryFile, at time.Duration) *readLog {
	began := time.Now()
	time.Sleep(at)
	return startReadLog(began, func() time.Duration { return time.Since(began) }, func() (io.WriteCloser, error) { return f, nil })
}

// TestReadLog: a line for each second of the run's clock that has reads, and a last one.
func TestReadLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &memoryFile{room: 100}
		l := logTo(f, 1300*time.Millisecond)
		for _, read := range []struct{ after, ns time.Duration }{
			{100 * time.Millisecond, 7}, {500 * time.Millisecond, 9}, // at 1.9 s
			{200 * time.Millisecond, 1000}, {800 * time.Millisecond, 20}, // at 2.9 s
			{2200 * time.Millisecond, 5}, {300 * time.Millisecond, 6}, // at 5.4 s
		} {
			time.Sleep(read.after)
			l.latencies().Record(int64(read.ns))
		}
		if err := l.close(); err != nil || !f.closed {
			t.Errorf("error %v, closed %v", err, f.closed)
		}
		var lines []string
		err := stats.ReadDurationsLog(&f.Buffer, func(tag string, start, end time.Duration, d *stats.Durations) error {
			lines = append(lines, fmt.Sprintf("%s %v-%v: %d, %d to %d", tag, start, end, d.Count(), d.Min(), d.Max()))
			return nil
		})
		want := []string{"reads 1.3s-2s: 2, 7 to 9", "reads 2s-3s: 2, 20 to 1003", "reads 5s-5.4s: 2, 5 to 6"}
		if diff := cmp.Diff(want, lines); diff != "" || err != nil {
			t.Errorf("error %v, (-want +got):\n%s", err, diff)
		}
		metrics := map[string]float64{"latency_p50_ns": 7, "latency_p90_ns": 20, "latency_p99_ns": 1000, "latency_p99_9_ns": 1000, "latency_max_ns": 1000}
		if diff := cmp.Diff(metrics, l.metrics()); diff != "" {
			t.Errorf("metrics (-want +got):\n%s", diff)
		}
	})
}

func TestReadLogSad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &memoryFile{room: 2} // the head, and a line
		l := logTo(f, 0)
		for second := range 4 {
			l.latencies().Record(1000)
			time.Sleep(time.Second)
			synctest.Wait()
			if err := l.failed(); (err != nil) != (second > 0) || err != nil && !strings.HasPrefix(err.Error(), "write ops.hdr: ") {
				t.Errorf("second %d: error %v", second, err)
			}
		}
		if err := l.close(); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("error %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := startReadLog(time.Now(), func() time.Duration { return 0 }, func() (io.WriteCloser, error) { return nil, errors.New("read-only") })
		l.latencies().Record(1000)
		if err := l.close(); err == nil || err.Error() != "write ops.hdr: read-only" {
			t.Errorf("error %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := startReadLog(time.Now(), func() time.Duration { return 0 }, func() (io.WriteCloser, error) { panic("no read waited") })
		if err := l.close(); err != nil || len(l.metrics()) > 0 {
			t.Errorf("error %v, metrics %v", err, l.metrics())
		}
	})
	var none *readLog
	if none.latencies() != nil || none.failed() != nil || none.close() != nil || len(none.metrics()) > 0 {
		t.Error("no log has something")
	}
}
