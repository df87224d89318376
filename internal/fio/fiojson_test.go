package fio

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

func readFixture(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "fio", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// counted is what a test looks at of latencies.
type counted struct{ Count, P50, Max int64 }

func countedOf(d *stats.Durations) *counted {
	if d == nil {
		return nil
	}
	return &counted{d.Count(), d.Quantile(0.5), d.Max()}
}

// nearby allows for what a histogram rounds.
func nearby(got, want int64) bool { return got >= want-want/100 && got <= want+want/100 }

// The wanted numbers are those that fio itself printed. Only for "rate" its 99th percentile
// is the longest of 54, and ours the one before.
func TestFioOutcome(t *testing.T) {
	ms := time.Millisecond
	for _, c := range []struct {
		fixture                 string
		duration, cpu           time.Duration
		bytes, ops, p99         int64
		submit, complete, total *counted
	}{
		{"read", 28 * ms, 5 * ms, 16 << 20, 16, 12306954, nil, &counted{16, 407552, 12306914}, &counted{16, 407552, 12306954}},
		{"randread", 13 * ms, 2 * ms, 8 << 20, 128, 4816896, &counted{128, 10048, 58259}, &counted{128, 518144, 4829983}, &counted{128, 528384, 4832067}},
		{"rate", 701 * ms, 55 * ms, 14155776, 54, 109056, nil, &counted{54, 46336, 209673}, &counted{54, 47360, 210134}},
	} {
		t.Run(c.fixture, func(t *testing.T) {
			d, err := parseFio(bytes.NewReader(readFixture(t, c.fixture+".json")))
			if err != nil {
				t.Fatal(err)
			}
			out := fioOutcome(d)
			if out.Duration != c.duration || out.CPU != c.cpu || out.Bytes != c.bytes || out.Ops != c.ops {
				t.Errorf("%v, CPU %v, %d bytes, %d ops", out.Duration, out.CPU, out.Bytes, out.Ops)
			}
			for _, l := range []struct {
				name string
				got  *stats.Durations
				want *counted
			}{{"submit", out.Submit, c.submit}, {"complete", out.Complete, c.complete}, {"total", out.Total, c.total}, {"sync", out.Sync, nil}, {"intended", out.Intended, nil}} {
				got := countedOf(l.got)
				if (got == nil) != (l.want == nil) || got != nil && (got.Count != l.want.Count || got.Max != l.want.Max || !nearby(got.P50, l.want.P50)) {
					t.Errorf("%s: %+v, want %+v", l.name, got, l.want)
				}
			}
			if len(out.Jobs) != 1 {
				t.Fatalf("%d jobs", len(out.Jobs))
			}
			job := out.Jobs[0]
			if !nearby(job.P50NS, c.total.P50) || !nearby(job.P99NS, c.p99) {
				t.Errorf("job's median %d, 99 %% %d, want %d and %d", job.P50NS, job.P99NS, c.total.P50, c.p99)
			}
			job.P50NS, job.P99NS = 0, 0
			if want := (result.JobResult{Bytes: c.bytes, Ops: c.ops, DurationNS: int64(c.duration), MaxNS: c.total.Max}); job != want {
				t.Errorf("job %+v, want %+v", job, want)
			}
		})
	}
}

func TestFioOutcomeOfStreams(t *testing.T) {
	for _, c := range []struct {
		fixture     string
		jobs        int
		bytes, ops  int64
		duration    time.Duration
		total, sync int64
	}{
		{"streams", 4, 32 << 20, 32, 25 * time.Millisecond, 32, 0},
		{"write", 2, 8 << 20, 8, 32 * time.Millisecond, 8, 6}, // the last fsync of each is end_fsync's, which fio doesn't count
	} {
		d, err := parseFio(bytes.NewReader(readFixture(t, c.fixture+".json")))
		if err != nil {
			t.Fatal(err)
		}
		out := fioOutcome(d)
		if len(out.Jobs) != c.jobs || out.Bytes != c.bytes || out.Ops != c.ops || out.Duration != c.duration || out.Total.Count() != c.total {
			t.Errorf("%s: %d jobs, %d bytes, %d ops, %v, %d latencies", c.fixture, len(out.Jobs), out.Bytes, out.Ops, out.Duration, out.Total.Count())
		}
		var sync, longest int64
		if out.Sync != nil {
			sync = out.Sync.Count()
		}
		var bytes int64
		for i, j := range out.Jobs {
			bytes += j.Bytes
			longest = max(longest, j.MaxNS)
			if j.Job != i {
				t.Errorf("%s: job %d is numbered %d", c.fixture, i, j.Job)
			}
		}
		if sync != c.sync || bytes != c.bytes || longest != out.Total.Max() {
			t.Errorf("%s: %d fsyncs, jobs have %d bytes and at most %d ns of %d", c.fixture, sync, bytes, longest, out.Total.Max())
		}
	}
}

func TestFioLatencyBins(t *testing.T) {
	for _, c := range []struct {
		name string
		l    fioLatency
		want *counted
		min  int64
	}{
		{"none", fioLatency{Min: 1, Max: 9, Count: 3}, nil, 0},
		{"empty bins", fioLatency{Bins: fioBins{{5, 0}}}, nil, 0},
		{"one", fioLatency{Min: 7, Max: 7, Count: 1, Bins: fioBins{{6, 1}}}, &counted{1, 7, 7}, 7},
		{"two in a bin", fioLatency{Min: 6, Max: 9, Count: 2, Bins: fioBins{{8, 2}}}, &counted{2, 6, 9}, 6},
		{"ends are exact", fioLatency{Min: 95, Max: 333, Count: 6, Bins: fioBins{{100, 2}, {200, 2}, {300, 2}}}, &counted{6, 200, 333}, 95},
		{"none beyond", fioLatency{Min: 102, Max: 190, Count: 4, Bins: fioBins{{100, 2}, {200, 2}}}, &counted{4, 102, 190}, 102},
	} {
		d := c.l.durations()
		if diff := cmp.Diff(c.want, countedOf(d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if d != nil && d.Quantile(0) != c.min {
			t.Errorf("%s: least %d, want %d", c.name, d.Quantile(0), c.min)
		}
	}
}

func TestFioTotalWithoutBins(t *testing.T) {
	clat := fioLatency{Count: 2, Max: 9, Bins: fioBins{{9, 2}}}
	for _, c := range []struct {
		name string
		d    fioDirection
		want int64 // latencies
	}{
		{"lat", fioDirection{Complete: clat, Total: fioLatency{Count: 1, Max: 5, Bins: fioBins{{5, 1}}}}, 1},
		{"psync", fioDirection{Complete: clat, Total: fioLatency{Count: 2}}, 2},
		{"io_uring", fioDirection{Complete: clat, Submit: fioLatency{Count: 2}}, 0}, // lat isn't clat
	} {
		got := int64(0)
		if d := c.d.total().durations(); d != nil {
			got = d.Count()
		}
		if got != c.want {
			t.Errorf("%s: %d latencies, want %d", c.name, got, c.want)
		}
	}
}

func TestParseFioRefuses(t *testing.T) {
	whole := string(readFixture(t, "read.json"))
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "EOF"},
		{"truncated", whole[:len(whole)/2], "unexpected EOF"},
		{"html", "<html><body>502</body></html>", "invalid character '<'"},
		{"another's", `{"jobs": []}`, `version "" and 0 jobs`},
		{"no jobs", `{"fio version": "fio-3.33", "jobs": []}`, "0 jobs"},
		{"negative bytes", strings.Replace(whole, `"io_bytes": 16777216`, `"io_bytes": -1`, 1), "-1 bytes"},
		{"negative runtime", strings.Replace(whole, `"job_runtime": 27`, `"job_runtime": -27`, 1), "runtime -27 ms"},
		{"negative latency", strings.Replace(whole, `"min": 384139`, `"min": -5`, 1), "from -5"},
		{"huge CPU", strings.Replace(whole, `"usr_cpu": 0.0`, `"usr_cpu": 1e30`, 1), "CPU 1e+30 %"},
		{"bin of no number", `{"fio version": "fio-3.33", "jobs": [{"read": {"clat_ns": {"bins": {"x": 1}}}}]}`, `bin "x"`},
		{"bin of negative count", `{"fio version": "fio-3.33", "jobs": [{"read": {"clat_ns": {"bins": {"7": -1}}}}]}`, `bin "7": -1`},
	} {
		if _, err := parseFio(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

func FuzzParseFio(f *testing.F) {
	for _, name := range []string{"read.json", "randread.json", "write.json"} {
		f.Add(readFixture(f, name))
	}
	f.Add([]byte(`{"fio version": "fio-3.33", "jobs": [{"read": {"clat_ns": {"bins": {"7": 3, "07": 1}}}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := parseFio(bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, j := range d.Jobs {
			for _, l := range []fioLatency{j.Read.Complete, j.Write.Total, j.Sync.Latency} {
				for i, b := range l.Bins {
					if b.ns < 0 || b.count < 0 || i > 0 && b.ns < l.Bins[i-1].ns {
						t.Fatalf("bin %d is %v after %v", i, b, l.Bins[max(0, i-1)])
					}
				}
			}
			if j.cpu() < 0 || j.bytes() != j.Read.Bytes+j.Write.Bytes {
				t.Fatalf("CPU %v, %d bytes", j.cpu(), j.bytes())
			}
		}
	})
}
