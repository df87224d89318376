package report

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png" // to read one back
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// TestTelemetrySharesItsAxis: the marks of time and the epochs stand at the same share of
// the drawing's width as in the throughput's.
func TestTelemetrySharesItsAxis(t *testing.T) {
	m := newMade(madeAU(), 0)
	m.readings = m.madeTelemetry()
	d, s, _ := sectionOf(t, m)
	throughput, _ := throughputSection(d)
	for _, pair := range [][2]string{{string(throughput.Figure.Wide), string(s.Figure.Wide)}, {string(throughput.Figure.Narrow), string(s.Figure.Narrow)}} {
		var marks [2]string
		var shares [2][]float64
		for i, svg := range pair {
			for _, m := range regexp.MustCompile(`>(\d+ min)</text>`).FindAllStringSubmatch(svg, -1) {
				marks[i] += m[1] + " "
			}
			grid := regexp.MustCompile(`class="s-grid" stroke-width="1" d="M(\S+) \S+L(\S+) `).FindStringSubmatch(svg)
			from, _ := strconv.ParseFloat(grid[1], 64)
			to, _ := strconv.ParseFloat(grid[2], 64)
			for _, m := range regexp.MustCompile(`stroke-dasharray="2 3" d="M(\S+) `).FindAllStringSubmatch(svg, len(madeAU())) {
				x, _ := strconv.ParseFloat(m[1], 64)
				shares[i] = append(shares[i], math.Round(200*(x-from)/(to-from)))
			}
		}
		if marks[0] != marks[1] || marks[0] == "" || !slices.Equal(shares[0], shares[1]) {
			t.Errorf("marks %q and %q, epochs at %v and %v", marks[0], marks[1], shares[0], shares[1])
		}
	}
}

// linesIn are the points of the lines in an ink, each broken where its path is.
func linesIn(t *testing.T, svg, ink string) [][][2]float64 {
	t.Helper()
	var lines [][][2]float64
	for _, m := range regexp.MustCompile(`<path class="s-`+ink+`" stroke-width="1.4" d="([^"]*)"`).FindAllStringSubmatch(svg, -1) {
		for _, part := range strings.Split(m[1], "M")[1:] {
			var line [][2]float64
			for _, pair := range strings.Split(part, "L") {
				var x, y float64
				if _, err := fmt.Sscan(pair, &x, &y); err != nil {
					t.Fatalf("point %q: %v", pair, err)
				}
				line = append(line, [2]float64{x, y})
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// heightOf is where a label of the axis of values stands, at the middle of its letters.
func heightOf(t *testing.T, svg, label string) float64 {
	t.Helper()
	all := regexp.MustCompile(` y="(\S+)" font-size="12" textLength="\S+" lengthAdjust="spacingAndGlyphs">`+label+`</text>`).FindAllStringSubmatch(svg, -1)
	if all == nil {
		t.Fatalf("no label %q in %.2000s", label, svg)
	}
	y, _ := strconv.ParseFloat(all[len(all)-1][1], 64) // the axis of time has a 0 too, before it
	return y
}

// TestExtremesAreDrawn: the highest and the lowest of 10,800 readings are in the path.
func TestExtremesAreDrawn(t *testing.T) {
	m := made{run: result.Run{Started: madeShape().Started}}
	ended := m.run.Started.Add(3 * time.Hour)
	m.run.Ended = &ended
	for s := range 10_800 {
		value := 5e9 + 1e9*math.Sin(float64(s))
		switch s {
		case 3333:
			value = 0.4e9
		case 7777:
			value = 9.7e9
		}
		m.readings = append(m.readings, result.Reading{T: m.run.Started.Add(time.Duration(s) * time.Second), Source: "memory", Name: "cached_bytes", Value: value})
	}
	_, s, ok := sectionOf(t, m)
	if !ok {
		t.Fatal("no section")
	}
	for _, svg := range []string{string(s.Figure.Wide), string(s.Figure.Narrow)} {
		lines := linesIn(t, svg, "net")
		if len(lines) != 1 || len(lines[0]) > 2*maxColumns {
			t.Fatalf("%d lines, of %d points", len(lines), len(lines[0]))
		}
		zero, ten := heightOf(t, svg, "0"), heightOf(t, svg, "10 GB")
		scale := (zero - ten) / 10 // of a GB
		line := lines[0]
		first, last := line[0][0], line[len(line)-1][0]
		for _, want := range []struct {
			second int
			value  float64
		}{{3333, 0.4}, {7777, 9.7}} {
			x := first + (last-first)*float64(want.second)/10799
			offset := zero - 4 // a label's baseline is below the middle of its letters
			i := slices.IndexFunc(line, func(p [2]float64) bool {
				return math.Abs(p[0]-x) < (last-first)/maxColumns && math.Abs((offset-p[1])/scale-want.value) < 0.2
			})
			if i < 0 {
				t.Errorf("no point stands for %v GB at %d s (x %v)", want.value, want.second, x)
			}
		}
		for i := range line[1:] {
			if line[i+1][0] < line[i][0] {
				t.Errorf("the line goes backwards at %v", line[i])
			}
		}
	}
}

// TestGapsStayGaps: where readings are missing, a counter began again or a source failed,
// nothing is drawn.
func TestGapsStayGaps(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func([]result.Reading) []result.Reading
		lines  int
	}{
		{"none", func(r []result.Reading) []result.Reading { return r }, 1},
		{"20 s missing", func(r []result.Reading) []result.Reading { return slices.Delete(r, 100, 120) }, 2},
		{"a reboot", func(r []result.Reading) []result.Reading {
			before := r[100].Value
			for i := range r[100:] {
				r[100+i].Value -= before
			}
			return r
		}, 2},
		{"all failed for 3 s", func(r []result.Reading) []result.Reading {
			failed := []result.Reading{{T: r[100].T, Source: "telemetry", Name: "gap", Labels: map[string]string{"source": "nic", "error": "x"}, Value: 1}}
			return slices.Concat(r[:100], failed, r[103:])
		}, 2},
		{"one alone between two", func(r []result.Reading) []result.Reading { return slices.Concat(r[:100], r[110:112], r[130:]) }, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMade(madeAU(), 0)
			total := 0.0
			for s := range 200 {
				total += 5e9
				m.readings = append(m.readings, result.Reading{T: m.run.Started.Add(time.Duration(s) * 4 * time.Second), Source: "nic", Name: "rx_bytes", Labels: map[string]string{"dev": "eth0"}, Value: total})
			}
			m.readings = test.change(m.readings)
			_, s, ok := sectionOf(t, m)
			if !ok {
				t.Fatal("no section")
			}
			lines := linesIn(t, string(s.Figure.Wide), "net")
			if len(lines) != test.lines {
				t.Errorf("%d lines, want %d", len(lines), test.lines)
			}
			for _, line := range lines {
				for _, p := range line {
					if math.Abs(p[1]-lines[0][0][1]) > 0.11 {
						t.Errorf("the rate isn't the same at %v", p)
					}
				}
			}
			if said := strings.Contains(s.Figure.Caption, "Lines are broken"); said != (test.lines > 1) {
				t.Errorf("caption is %q", s.Figure.Caption)
			}
		})
	}
}

// TestTelemetryFitsAPhone: with every line that there can be, all labels are inside.
func TestTelemetryFitsAPhone(t *testing.T) {
	m := blockVariants()["write"]()
	begin := m.run.Started.Add(5 * time.Second)
	for s := range 12 {
		for _, p := range panels() {
			for _, l := range p.lines {
				r := result.Reading{T: begin.Add(time.Duration(s) * time.Second), Source: l.source, Name: l.name, Value: float64(s) * 999e9}
				if l.hostNICs {
					r.Labels = map[string]string{"dev": "eth0"}
				}
				if l.ourMount {
					r.Labels = map[string]string{"mount": m.run.Mount.Path}
				}
				m.readings = append(m.readings, r)
				if l.outOf != nil {
					r.Name, r.Value = l.outOf[0], r.Value/100
					m.readings = append(m.readings, r)
				}
			}
		}
	}
	page := pageOf(t, m)
	checkLabels(t, "telemetry", page)
	checkIDs(t, page)
	for _, want := range []string{"NFS written", "Lustre written", "for memory", "dirty"} {
		if strings.Count(page, ">"+want+"</text>") != 2 {
			t.Errorf("page lacks the label %q", want)
		}
	}
}

// TestTelemetryAsPicture: what publish makes of the plot is a drawing with its finding.
func TestTelemetryAsPicture(t *testing.T) {
	m := newMade(madeAU(), 0)
	m.readings = m.madeTelemetry()
	_, s, _ := sectionOf(t, m)
	p, err := newPicture(s, "a made run")
	if err != nil {
		t.Fatal(err)
	}
	var png bytes.Buffer
	if err := p.PNG(&png); err != nil {
		t.Fatal(err)
	}
	image, _, err := image.Decode(&png)
	if err != nil || image.Bounds().Dy() < 5*panelHeight {
		t.Errorf("%v, %v", image.Bounds(), err)
	}
	if dir := os.Getenv("LBENCH_REPORT_PAGES"); dir != "" { // to look at it
		if err := os.WriteFile(filepath.Join(dir, "telemetry.svg"), p.SVG, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
