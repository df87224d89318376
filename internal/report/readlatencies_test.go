package report

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// madeReads is a made run with a log of the latencies of its reads.
type madeReads struct {
	made
	log []byte
	err error
}

func (m madeReads) OpenOps() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(m.log)), m.err
}

// logged is a log with a line for each second that is told of: reads of 1 to 100 times so
// many ns.
func logged(t testing.TB, run result.Run, seconds map[int]int64) []byte {
	t.Helper()
	var b bytes.Buffer
	log, err := stats.NewDurationsLog(&b, run.Started)
	if err != nil {
		t.Fatal(err)
	}
	var order []int
	for second := range seconds {
		order = append(order, second)
	}
	slices.Sort(order)
	for _, second := range order {
		d := stats.NewDurations(2)
		for i := range int64(100) {
			d.Record((i + 1) * seconds[second])
		}
		start := time.Duration(second)*time.Second + 3*time.Millisecond
		if err := log.Write("reads", start, start+time.Second, d); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func readsPage(t *testing.T, m madeReads) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, m.run, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// slowSecond reads in seconds 2 to 9, of which the fifth is 100 times as slow, and in 700.
func slowSecond(t *testing.T) madeReads {
	m := madeReads{made: newMade(madeAU(), 0)}
	m.log = logged(t, m.run, map[int]int64{2: 1e4, 3: 1e4, 4: 1e4, 5: 1e6, 6: 1e4, 7: 1e4, 8: 1e4, 9: 1e4, 700: 1e4})
	m.run.Metrics["latency_p50_ns"], m.run.Metrics["latency_p90_ns"] = 573_439, 1_015_807
	m.run.Metrics["latency_p99_ns"], m.run.Metrics["latency_p99_9_ns"], m.run.Metrics["latency_max_ns"] = 91_750_399, 99_614_719, 99_123_456
	return m
}

func TestReadLatencySection(t *testing.T) {
	m := slowSecond(t)
	page := readsPage(t, m)
	text := strings.ReplaceAll(html.UnescapeString(page), "\u00a0", " ")
	for _, want := range []string{
		`<a href="#read-latencies">Latencies of reads</a>`,
		"These are the 900 reads that had to wait for storage: half of them took at most 573 us, 99 % at most 91.8 ms. What memory answered at once has no latency and isn't counted; the first read of a file is, with its opening.",
		"The longest ended between 3 s and 6 s after the run began. Where a line is broken, no read had to wait.",
		"reads that waited", "99.1 ms", // the longest as the run has it, not the end of its bar
		"the latencies of the reads of each second in ops.hdr",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	for _, svg := range svgsOf(page, "read-latencies-") {
		checkSVG(t, svg)
		if strings.Count(svg, "s-bad") != 1 || strings.Count(svg, "s-net") != 1 || strings.Count(svg, "s-au") != 1 {
			t.Error("the drawing has not one line of each ink")
		}
	}
	checkIDs(t, page)
	checkLabels(t, "reads", page)
	if strings.Contains(readsPage(t, madeReads{made: m.made, err: &fs.PathError{Op: "open", Path: "ops.hdr", Err: fs.ErrNotExist}}), "read-latencies") {
		t.Error("a run without a log has the section")
	}
}

// svgsOf are the drawings whose id begins so.
func svgsOf(page, id string) (all []string) {
	for _, part := range strings.Split(page, "<svg")[1:] {
		svg := "<svg" + part[:strings.Index(part, "</svg>")] + "</svg>"
		if strings.Contains(svg, `"`+id) {
			all = append(all, svg)
		}
	}
	return all
}

// TestReadLatencyStretches: seconds are put together exactly, as many as one point of the
// plot stands for.
func TestReadLatencyStretches(t *testing.T) {
	run := madeShape()
	seconds := map[int]int64{}
	for s := range 1200 {
		if s < 400 || s >= 800 {
			seconds[s] = 1000
		}
	}
	seconds[101], seconds[902] = 3000, 5000
	log := logged(t, run, seconds)
	got, err := newReadLatencies(bytes.NewReader(log), 1200*int64(time.Second)-1)
	if err != nil {
		t.Fatal(err)
	}
	// 1,200 s in stretches of 4 s; one of them has the second of 5 us to 500 us.
	if got.width != 4*int64(time.Second) || len(got.stretches) != 200 || got.all.Count() != 80_000 || !got.broken() {
		t.Errorf("%d stretches of %v, %d reads, broken %v", len(got.stretches), time.Duration(got.width), got.all.Count(), got.broken())
	}
	var both [2]latencyStretch
	for _, s := range got.stretches {
		switch s.number {
		case 0:
			both[0] = s
		case 225:
			both[1] = s
		}
	}
	// There, of 300 reads of n us and 100 of 5n us, 200 take up to 62.5 us and 396 up to 480.
	want := [2]latencyStretch{{0, 50_175, 99_327, 100_351}, {225, 63_231, 481_279, 501_759}}
	if diff := cmp.Diff(want, both, cmp.AllowUnexported(latencyStretch{})); diff != "" {
		t.Errorf("stretches (-want +got):\n%s", diff)
	}
	if lines := got.line(func(s latencyStretch) int64 { return s.p50 }); len(lines) != 2 || len(lines[0]) != 100 || lines[1][0].at != 802*int64(time.Second) {
		t.Errorf("%d lines", len(lines))
	}
	if killed, err := newReadLatencies(bytes.NewReader(log), 0); err != nil || cmp.Diff(got.stretches, killed.stretches, cmp.AllowUnexported(latencyStretch{})) != "" || killed.width != got.width {
		t.Errorf("without a known length there are %d stretches of %v, error %v", len(killed.stretches), time.Duration(killed.width), err)
	}
	if got.slowest().number != 225 {
		t.Errorf("the slowest is %+v", got.slowest())
	}
}

func TestReadLatencyPoints(t *testing.T) {
	d := &data{reads: &readLatencies{width: 2e9, stretches: []latencyStretch{{1, 10, 20, 30}, {7, 11, 21, 31}}}}
	want := csvPoints{"read-latencies", [][]string{{"at_s", "p50_ns", "p99_ns", "max_ns"}, {"3", "10", "20", "30"}, {"15", "11", "21", "31"}}}
	if diff := cmp.Diff(want, readLatencyPoints(d), cmp.AllowUnexported(csvPoints{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReadLatenciesBad: what is whole of a log is shown, and what is not is said, but for
// the last line of a run that was killed.
func TestReadLatenciesBad(t *testing.T) {
	m := slowSecond(t)
	const said = "latencies can't be read to their end"
	for _, test := range []struct {
		name    string
		change  func(*madeReads)
		section bool
		said    bool
	}{
		{"as it was", func(*madeReads) {}, true, false},
		{"cut off", func(m *madeReads) { m.log = m.log[:len(m.log)-9] }, true, true},
		{"cut off by a kill", func(m *madeReads) { m.log, m.run.Status = m.log[:len(m.log)-9], result.Incomplete }, true, false},
		{"no log", func(m *madeReads) { m.log = []byte("not one") }, false, true},
		{"empty", func(m *madeReads) { m.log = nil }, false, false},
		{"can't be opened", func(m *madeReads) { m.err = fmt.Errorf("input/output error") }, false, true},
		{"years later", func(m *madeReads) { m.log = logged(t, m.run, map[int]int64{1 << 28: 1000}) }, false, false},
		{"no end", func(m *madeReads) { m.run.Ended, m.run.Status = nil, result.Incomplete }, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := m
			test.change(&m)
			page := html.UnescapeString(readsPage(t, m))
			if strings.Contains(page, `id="read-latencies"`) != test.section || strings.Contains(page, said) != test.said {
				t.Errorf("section %v, said %v", !test.section, !test.said)
			}
		})
	}
}
