package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

func TestMoved(t *testing.T) {
	start := time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)
	type reading struct {
		ms    int
		name  string
		value float64
	}
	for _, test := range []struct {
		name     string
		command  string
		length   float64 // duration_ns
		readings []reading
		total    float64
		first    float64 // rate in the first bin of 100 ms
		zero     int     // ms after the start
	}{
		{"from the first reading", "cold-read", 0, []reading{{5000, "read_bytes", 0}, {5100, "read_bytes", 70}, {5200, "read_bytes", 90}}, 90, 700, 5000},
		{"writes", "write", 0, []reading{{0, "read_bytes", 0}, {0, "write_bytes", 0}, {100, "read_bytes", 99}, {100, "write_bytes", 11}}, 11, 110, 0},
		{"small writes are counted", "small-write", 0, []reading{{0, "ops", 0}, {0, "write_bytes", 0}, {100, "write_bytes", 99}, {100, "ops", 3}}, 3, 30, 0},
		{"a counter that began again", "cold-read", 0, []reading{{0, "read_bytes", 0}, {100, "read_bytes", 70}, {900, "read_bytes", 0}, {1000, "read_bytes", 40}}, 40, 400, 900},
		{"what comes after the measured part", "cold-read", 100e6, []reading{{0, "read_bytes", 0}, {100, "read_bytes", 70}, {200, "read_bytes", 90}}, 70, 700, 0},
		{"nothing", "cold-read", 0, nil, 0, -1, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := made{run: result.Run{Command: test.command, Started: start, Metrics: map[string]float64{}}}
			if test.length > 0 {
				m.run.Metrics["duration_ns"] = test.length
			}
			for _, r := range test.readings {
				m.readings = append(m.readings, result.Reading{T: start.Add(time.Duration(r.ms) * time.Millisecond), Source: "io", Name: r.name, Value: r.value})
			}
			d, err := collect(m.run, m)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.moved.bins.total(); math.Abs(got-test.total) > 1e-3 {
				t.Errorf("moved %v, want %v", got, test.total)
			}
			if rates := d.moved.perSecond(); test.first >= 0 && math.Abs(rates[0]-test.first) > 1e-3*test.first {
				t.Errorf("the first rate is %v, want %v", rates[0], test.first)
			}
			if test.zero >= 0 && !d.moved.zero.Equal(start.Add(time.Duration(test.zero)*time.Millisecond)) {
				t.Errorf("time begins at %v, want %d ms after %v", d.moved.zero, test.zero, start)
			}
		})
	}
}

// TestNetworkOfBlock: what came before the first operation isn't counted, and of a
// counter's interval around it only the part that follows.
func TestNetworkOfBlock(t *testing.T) {
	start := time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	nic := func(ms int, name string, value float64) result.Reading {
		return result.Reading{T: at(ms), Source: "nic", Name: name, Labels: map[string]string{"dev": "a"}, Value: value}
	}
	m := made{run: result.Run{Command: "cold-read", Started: start, Mount: &result.Mount{Network: true}, Host: result.Host{NICs: []result.NIC{{Name: "a"}}}}}
	m.readings = []result.Reading{
		nic(0, "rx_bytes", 0), nic(500, "rx_bytes", 7000),
		{T: at(600), Source: "io", Name: "read_bytes"},
		nic(1000, "rx_bytes", 7500), nic(1000, "tx_bytes", 1), nic(2000, "rx_bytes", 8100), nic(2000, "tx_bytes", 31),
	}
	for _, test := range []struct {
		command, counter string
		want             float64
	}{{"cold-read", "read_bytes", 500*0.8 + 600}, {"write", "write_bytes", 30}} {
		m.run.Command, m.readings[2].Name = test.command, test.counter
		d, err := collect(m.run, m)
		if err != nil {
			t.Fatal(err)
		}
		if d.network == nil {
			t.Fatalf("%s: the network carried nothing", test.command)
		}
		if got := d.network.total(); math.Abs(got-test.want) > 1e-3 {
			t.Errorf("%s: the network carried %v, want %v", test.command, got, test.want)
		}
	}
}

func TestBinsUntil(t *testing.T) {
	b := newBins(maxBins * 100)
	b.width = 100
	b.add(0, 100, 10)
	b.add(100, 150, 20)
	for end, want := range map[int64]float64{0: 0, 50: 5, 100: 10, 125: 20, 150: 30, 900: 30} {
		if got := b.until(end); math.Abs(got-want) > 1e-9 {
			t.Errorf("until %d: %v, want %v", end, got, want)
		}
	}
}

// TestShortLastBin: a bin of a few readings more isn't drawn as a peak.
func TestShortLastBin(t *testing.T) {
	for end, want := range map[int64]int{350: 3, 374: 3, 375: 4, 400: 4} {
		m := moved{bins: &bins{width: 100}}
		m.bins.add(0, end, 1)
		if got := len(m.perSecond()); got != want {
			t.Errorf("bins of 100 until %d give %d points, want %d", end, got, want)
		}
	}
}

// TestSteadyIsMarked: the band, the start and the rate of the steady part stand in the plot.
func TestSteadyIsMarked(t *testing.T) {
	for name, want := range map[string]bool{"sustained": true, "sustained-unsteady": false} {
		m := blockVariants()[name]()
		d, err := collect(m.run, m)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := movedSection(d)
		if !ok {
			t.Fatalf("%s: no plot over time", name)
		}
		wide := string(s.Figure.Wide)
		if want {
			checkBand(t, wide)
		}
		for _, mark := range []string{`class="f-band"`, ">steady from 42 s</text>", ">10.7 GB/s</text>"} {
			if strings.Contains(wide, mark) != want {
				t.Errorf("%s: the plot has %q: %v, want %v", name, mark, !want, want)
			}
		}
		if never := strings.Contains(s.Figure.Caption, "No part of it is steady"); never == want {
			t.Errorf("%s: caption %q", name, s.Figure.Caption)
		}
	}
}

// checkBand: the band is as high as its 0.51 GB/s take on an axis whose marks of 2.5 GB/s
// stand as far apart as their labels.
func checkBand(t *testing.T, svg string) {
	t.Helper()
	band := regexp.MustCompile(`class="f-band" d="M(\S+) (\S+)L(\S+) (\S+)L(\S+) (\S+)L`).FindStringSubmatch(svg)
	zero := regexp.MustCompile(`y="(\S+)" [^>]*>0</text>`).FindAllStringSubmatch(svg, -1)
	mark := regexp.MustCompile(`y="(\S+)" [^>]*>2.5</text>`).FindStringSubmatch(svg)
	if band == nil || zero == nil || mark == nil {
		t.Fatalf("no band, or no marks, in %.300s", svg)
	}
	number := func(text string) float64 {
		v, _ := strconv.ParseFloat(text, 64)
		return v
	}
	highest := 0.0 // the 0 of the y axis stands above that of the x axis
	for _, z := range zero {
		if y := number(z[1]); highest == 0 || y < highest {
			highest = y
		}
	}
	want := (highest - number(mark[1])) / 2.5 * (10.93 - 10.42)
	if got := number(band[2]) - number(band[6]); math.Abs(got-want) > 0.3 {
		t.Errorf("the band is %v high, want %v", got, want)
	}
}
