package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// sectionOf collects a made run and asks for its telemetry.
func sectionOf(t *testing.T, m made) (*data, section, bool) {
	t.Helper()
	d, err := collect(m.run, m)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := telemetrySection(d)
	return d, s, ok
}

func TestTelemetrySection(t *testing.T) {
	m := newMade(madeAU(), 0)
	m.readings = m.madeTelemetry()
	d, s, ok := sectionOf(t, m)
	if !ok || s.Figure == nil || s.Short() != "Telemetry" {
		t.Fatalf("section %+v, %v", s, ok)
	}
	const want = "The host's CPUs were busy at most 27.9 % (at 5 min 13 s, in epoch 2); the network cards received at most 8.80 GB/s (at 5 min 13 s, in epoch 2); " +
		"the page cache held 40.1 GB to 127 GB; some task waited for I/O at most 62.0 % of the time (at 5 min 13 s, in epoch 2); the disks read 750 MB/s all the time. " +
		"Zero all the time: tasks waiting (for memory). Lines go through the lowest and the highest value of each 2.89 s."
	if diff := cmp.Diff(want, s.Figure.Caption); diff != "" {
		t.Errorf("caption (-want +got):\n%s", diff)
	}
	if want := int64(len(d.taken.sums)) * d.taken.width; d.timeEnd() != want {
		t.Errorf("the axis ends at %d, that of the throughput at %d", d.timeEnd(), want)
	}
	var rows []string
	for _, r := range s.Folded.Rows {
		var texts []string
		for _, c := range r.Cells {
			texts = append(texts, c.Text)
		}
		rows = append(rows, strings.Join(texts, "|"))
	}
	const n = "868" // s from the start of the run to the end of its last step
	for _, want := range []string{
		"cpu|busy_ns|CPUs|< 0.01|21.8|40.0|" + n + "|0", "disk|read_bytes dm-0|MB/s|750|750|750|" + n + "|0", "memory|available_bytes|GB|210|210|210|" + n + "|0",
		"nic|rx_bytes docker0|GB/s|1,000|1,000|1,000|" + n + "|0", "pressure|io_some_ns|% of time|< 0.01|33.8|62.0|" + n + "|0", "process|rss_bytes|GB|3.10|3.10|3.10|" + n + "|0",
	} {
		if !slices.Contains(rows, want) {
			t.Errorf("no row is %s:\n%s", want, strings.Join(rows, "\n"))
		}
	}
}

// TestTelemetryOfBlock: the axis begins with the first operation, and what was before isn't
// on it; a run that writes shows what was sent.
func TestTelemetryOfBlock(t *testing.T) {
	for _, test := range []struct {
		name   string
		m      made
		want   string
		absent string
	}{
		{"cold", blockVariants()["cold-pass"](), "network cards received at most", "sent"},
		{"write", blockVariants()["write"](), "network cards sent at most", "received"},
	} {
		d, s, ok := sectionOf(t, test.m)
		if !ok || s.Figure == nil || d.timeEnd() != d.moved.bins.end {
			t.Fatalf("%s: %v, the axis ends at %d", test.name, ok, d.timeEnd())
		}
		if text := s.Figure.Caption; !strings.Contains(text, test.want) || strings.Contains(text, test.absent) {
			t.Errorf("%s: caption is %q", test.name, text)
		}
		if d.meanwhile.zero != int64(5*time.Second) {
			t.Errorf("%s: the axis begins %d ns after the run", test.name, d.meanwhile.zero)
		}
		for _, l := range d.meanwhile.lines {
			if lines := l.env.lines(d.timeEnd()); len(lines) > 0 && lines[0][0].at > int64(time.Second) {
				t.Errorf("%s: the first point of %s is at %d", test.name, l.of.label, lines[0][0].at)
			}
			if _, high, ok := l.env.extremes(d.timeEnd()); ok && high.value > 20e9 {
				t.Errorf("%s: %s reaches %v: the 9 GB before the first operation are in it", test.name, l.of.label, high.value)
			}
		}
	}
}

func TestRDMAOrInterface(t *testing.T) {
	m := newMade(madeAU(), 0)
	m.run.Host.NICs = append(m.run.Host.NICs, result.NIC{Name: "mlx5_0/1"})
	for s := range 100 {
		at := m.run.Started.Add(time.Duration(s) * time.Second)
		m.readings = append(m.readings,
			result.Reading{T: at, Source: "nic", Name: "rx_bytes", Labels: map[string]string{"dev": "eth0"}, Value: float64(s) * 1e6},
			result.Reading{T: at, Source: "infiniband", Name: "rx_bytes", Labels: map[string]string{"dev": "mlx5_0/1"}, Value: float64(s) * 9e9})
	}
	_, s, _ := sectionOf(t, m)
	if want := "The RDMA ports received 9.00 GB/s all the time."; !strings.HasPrefix(s.Figure.Caption, want) || len(linesIn(t, string(s.Figure.Wide), "net")) != 1 {
		t.Errorf("caption is %q, want %q", s.Figure.Caption, want)
	}
}
