package report

import (
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// overlaidOf compares made runs as lbench compare does: the metrics that all have, by means.
func overlaidOf(a, b []made) (result.Comparison, Overlaid) {
	first := a[0].run
	c := result.Comparison{Command: first.Command, Workload: first.Workload}
	runs := Overlaid{}
	for _, m := range a {
		c.A, runs.A = append(c.A, m.run.ID), append(runs.A, RunData{m.run, m})
	}
	for _, m := range b {
		c.B, runs.B = append(c.B, m.run.ID), append(runs.B, RunData{m.run, m})
	}
	for _, name := range slices.Sorted(maps.Keys(first.Metrics)) {
		change := result.MetricChange{Name: name, Verdict: result.TooFewRuns}
		for _, m := range a {
			change.AValues = append(change.AValues, m.run.Metrics[name])
		}
		for _, m := range b {
			if v, ok := m.run.Metrics[name]; ok {
				change.BValues = append(change.BValues, v)
			}
		}
		if len(change.BValues) == len(b) {
			change.A, change.B = meanOf(change.AValues), meanOf(change.BValues)
			c.Metrics = append(c.Metrics, change)
		}
	}
	return c, runs
}

// overlaidMade is a made training of another day, with latencies that are so many times p50 of 4 ms.
func overlaidMade(day int, au []float64, times float64) made {
	m := newMade(au, 0)
	m.run.ID = fmt.Sprintf("202603%02dT140200Z-mlperf-resnet50_h100", day)
	for name, ns := range map[string]float64{"latency_p50_ns": 4.13e6, "latency_p90_ns": 7.7e6, "latency_p99_ns": 31.9e6, "latency_p99_9_ns": 118e6, "latency_max_ns": 1.21e9} {
		m.run.Metrics[name] = ns * times
	}
	return m
}

// shortMade is one that is quick to make: 60 s of steps of 1 s, of 1 GB each.
func shortMade(id string, rate, au float64) made {
	m := made{run: madeShape()}
	m.run.ID, m.run.Metrics = id, map[string]float64{"read_bytes_per_s_mean": rate, "au_mean_fraction": au}
	m.run.Plan.BatchSize, m.run.Plan.RecordBytes = 1000, int64(rate/1000)
	for s := range 60 {
		m.steps = append(m.steps, result.Step{Epoch: 1 + s/30, Step: s % 30, StartNS: int64(30+s) * int64(time.Second), Compute: int64(time.Second)})
	}
	for e := 1; e <= 2; e++ {
		m.run.Epochs = append(m.run.Epochs, result.Epoch{Epoch: e, Metrics: map[string]float64{"au_fraction": au + float64(e)/1000}})
	}
	ended := m.run.Started.Add(95 * time.Second)
	m.run.Ended = &ended
	return m
}

func overlaidPage(t *testing.T, c result.Comparison, runs Overlaid) string {
	t.Helper()
	page := written(t, func(w io.Writer) error {
		return ComparisonsHTMLOverlaid(w, result.Comparisons{Comparisons: []result.Comparison{c}}, []Overlaid{runs})
	})
	checkIDs(t, strings.ReplaceAll(page, "b-mut", "b-au"))
	return page
}

// figureOf is the part of a page below a heading.
func figureOf(t *testing.T, page, id string) string {
	t.Helper()
	_, after, ok := strings.Cut(page, `<section aria-labelledby="`+id+`">`)
	if !ok {
		t.Fatalf("the page has no part %s", id)
	}
	part, _, _ := strings.Cut(after, "</section>")
	return html.UnescapeString(strings.ReplaceAll(part, "\u00a0", " "))
}

func wants(t *testing.T, text string, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %.3000s", want, text)
		}
	}
}

// One run against one: three plots, each with A and B, which differ by more than their ink.
func TestOneRunOverAnother(t *testing.T) {
	a, b := overlaidMade(13, madeAU(), 1), overlaidMade(14, []float64{0.95, 0.9501, 0.9502, 0.9099, 0.9504}, 0.9)
	c, runs := overlaidOf([]made{a}, []made{b})
	page := overlaidPage(t, c, runs)
	_, order, _ := strings.Cut(page, "<nav")
	order, _, _ = strings.Cut(order, "</nav>")
	if at := regexp.MustCompile(`#(differs|overlay-plot|over-time|over-au|over-latencies|compared|runs)"`).FindAllStringSubmatch(order, -1); len(at) != 7 || at[2][1] != "over-time" || at[4][1] != "over-latencies" {
		t.Errorf("the parts are %v", at)
	}
	took := float64(5*madeSteps*madeRanks*madeBatch) * madeRecord
	for id, texts := range map[string][]string{
		"over-time":      {fmt.Sprintf("A took %.2f TB in ", took/1e12), " in the mean, with points from ", "Time counts from the first step of each run; each point is the mean over ", "GB/s"},
		"over-au":        {"A has 90.9 % in the mean, its lowest 87.9 % in epoch 5; B has 94.2 % in the mean, its lowest 91.0 % in epoch 4.", "B lies above A in 4 of 5 epochs.", "threshold 90 %", "The axis starts at 80 %."},
		"over-latencies": {"The p50 is 4.13 ms in A and 3.72 ms in B, the p90 7.7 ms and 6.93 ms, the p99 31.9 ms and 28.7 ms, the p99.9 118 ms and 106 ms, the longest 1.21 s and 1.09 s.", "had to wait for storage", "logarithmic"},
	} {
		part := figureOf(t, page, id)
		wants(t, part, texts...)
		wants(t, part, `<span class="swatch b-mut"></span>○ A`, `<span class="swatch b-au"></span>▲ B`, "A with rings and B with triangles", `<title id="overlay-`, ` data-x="`, ` data-y="`)
		if n := strings.Count(part, "<svg "); n != 2 {
			t.Errorf("%s has %d drawings, want one for a page and one for a phone", id, n)
		}
		for _, class := range []string{"s-mut", "s-au", "f-mut", "f-au"} { // a line and marks of each
			if n := strings.Count(part, `<path class="`+class+`"`); n < 2 {
				t.Errorf("%s has %d paths %s", id, n, class)
			}
		}
		if rings, others := regexp.MustCompile(`<path class="f-mut" d="[^"]*A`), regexp.MustCompile(`<path class="f-au" d="[^"]*A`); !rings.MatchString(part) || others.MatchString(part) {
			t.Errorf("%s has marks of one shape", id)
		}
	}
}

// inkLine are the points of the one line of an ink, in units of the drawing.
func inkLine(t *testing.T, part, class string) [][2]float64 {
	t.Helper()
	wide, _, _ := strings.Cut(part, `class="narrow"`)
	var line [][2]float64
	for _, m := range regexp.MustCompile(`<path class="`+class+`" stroke-width="[\d.]+" d="([^"]*)"`).FindAllStringSubmatch(wide, -1) {
		var points [][2]float64
		for _, p := range regexp.MustCompile(`[ML]?(-?[\d.]+) (-?[\d.]+)`).FindAllStringSubmatch(m[1], -1) {
			var x, y float64
			_, _ = fmt.Sscan(p[1], &x)
			_, _ = fmt.Sscan(p[2], &y)
			points = append(points, [2]float64{x, y})
		}
		if len(points) > len(line) {
			line = points
		}
	}
	return line
}

// Sets are drawn by the run nearest the median, which is named, and by all epochs.
func TestSetsOverEachOther(t *testing.T) {
	made := func(set string, rates ...float64) (all []made) {
		for i, rate := range rates {
			all = append(all, shortMade(fmt.Sprintf("%s-%d", set, i), rate, 0.9+rate/1e11))
		}
		return all
	}
	a, b := made("a", 1.4e9, 1e9, 1.1e9), made("b", 2e9, 2.6e9, 2.1e9, 2.2e9) // the median of b is 2.15
	c, runs := overlaidOf(a, b)
	page := overlaidPage(t, c, runs)
	part := figureOf(t, page, "over-time")
	wants(t, part, "A is a-2, the one of its 3 runs whose read_bytes_per_s_mean of 1.10 GB/s lies nearest their median.",
		"B is b-2, the one of its 4 runs whose read_bytes_per_s_mean of 2.10 GB/s lies nearest their median.",
		"A took 66.0 GB in 1 min 0 s, 1.10 GB/s in the mean, with points from 1.10 GB/s to 1.10 GB/s; B took 126 GB in 1 min 0 s, 2.10 GB/s")
	// The first step comes 30 s after the run began, and stands where the axis begins.
	line := inkLine(t, part, "s-mut")
	if x, y := line[0][0], line[0][1]; x > 62 || math.Abs(y-line[len(line)-1][1]) > 0.2 {
		t.Errorf("the line begins at %v and ends at %v", line[0], line[len(line)-1])
	}
	part = figureOf(t, page, "over-au")
	wants(t, part, "Small marks are runs, 3 of A and 4 of B; the lines join their means.", "B lies above A in 2 of 2 epochs.")
	wide, _, _ := strings.Cut(part, `class="narrow"`)
	if n := strings.Count(wide, `<path class="f-mut"`); n != 2*3+2 { // dots, marks of the means
		t.Errorf("%d marks of A, want 8", n)
	}
	if n := strings.Count(wide, `<path class="f-au"`); n != 2*4+2 {
		t.Errorf("%d marks of B, want 10", n)
	}
	c.ANights, c.BNights = 1, 2
	for i, name := range []string{"latency_p50_ns", "latency_p99_ns", "latency_max_ns"} {
		f := math.Pow(10, float64(i))
		c.Metrics = append(c.Metrics, result.MetricChange{Name: name, A: 2e6 * f, B: 3e6 * f, AValues: []float64{2e6 * f}, BValues: []float64{2.5e6 * f, 3.5e6 * f}})
	}
	part = figureOf(t, overlaidPage(t, c, runs), "over-latencies")
	wants(t, part, "Marks are the means of 1 night of A and 2 nights of B", "The p50 is 2 ms in A and 3 ms in B, the p99 20 ms and 30 ms, the longest 200 ms and 300 ms.")
}

// What one side lacks is a sentence, and the rest is drawn.
func TestOverlaysLeftOut(t *testing.T) {
	without := func(change func(*made)) made {
		m := shortMade("b", 2e9, 0.93)
		change(&m)
		return m
	}
	const throughput, au, latencies = "over-time", "over-au", "over-latencies"
	for name, test := range map[string]struct {
		b      made
		source Source // instead of that of b
		id     string
		want   string
	}{
		"steps that can't be read": {b: without(func(*made) {}), source: brokenSource{steps: errors.New("steps.ndjson:7: cut")}, id: throughput, want: "Throughput over time is left out: b of B can't be read: read steps: steps.ndjson:7: cut."},
		"no steps":                 {b: without(func(m *made) { m.steps = nil }), id: throughput, want: "Throughput over time is left out: the folder of b of B has none of it."},
		"one step":                 {b: without(func(m *made) { m.steps = m.steps[:1]; m.steps[0].Compute = 9e6 }), id: throughput, want: "Throughput over time is left out: b of B has too little of it to draw."},
		"no bytes":                 {b: without(func(m *made) { m.run.Plan.RecordBytes = 0 }), id: throughput, want: "has too little of it to draw."},
		"bytes below nothing":      {b: without(func(m *made) { m.run.Plan.RecordBytes = -5 }), id: throughput, want: "has too little of it to draw."},
		"no plan":                  {b: without(func(m *made) { m.run.Plan = nil }), id: throughput, want: "has too little of it to draw."},
		"times that can't be":      {b: without(func(m *made) { m.steps = []result.Step{{StartNS: -1}, {Wait: math.MaxInt64}} }), id: throughput, want: "has none of it."},
		"no epochs":                {b: without(func(m *made) { m.run.Epochs = nil }), id: au, want: "AU per epoch is left out: no run of B has any."},
		"epochs without AU":        {b: without(func(m *made) { m.run.Epochs = []result.Epoch{{Epoch: 1}} }), id: au, want: "AU per epoch is left out: no run of B has any."},
		"no latencies":             {b: without(func(*made) {}), id: latencies, want: "Latency percentiles are left out: no run of B has any."},
	} {
		t.Run(name, func(t *testing.T) {
			a := shortMade("a", 1e9, 0.91)
			for _, metric := range []string{"latency_p50_ns", "latency_p99_ns", "latency_max_ns"} {
				a.run.Metrics[metric] = 1e6
			}
			c, runs := overlaidOf([]made{a}, []made{test.b})
			if test.source != nil {
				runs.B[0].Source = test.source
			}
			page := overlaidPage(t, c, runs)
			part := figureOf(t, page, test.id)
			wants(t, part, test.want)
			if strings.Contains(part, "<svg") {
				t.Error("there is a plot all the same")
			}
			if test.id != au && !strings.Contains(figureOf(t, page, au), "<svg") {
				t.Error("the AU is not drawn")
			}
		})
	}
	c, runs := overlaidOf([]made{shortMade("a", 1e9, 0.91)}, []made{shortMade("b", 2e9, 0.93)})
	runs.B = nil
	page := overlaidPage(t, c, runs)
	wants(t, figureOf(t, page, throughput), "left out: no folder of a run of B was found.")
	wants(t, figureOf(t, page, au), "left out: no folder of a run of B was found.")
	c.Command = "find-max"
	page = overlaidPage(t, c, runs)
	wants(t, figureOf(t, page, throughput), "A search is many short runs")
	if strings.Contains(page, `id="over-au"`) {
		t.Error("a search has AU per epoch")
	}
}

// Block commands have throughput and latencies but no AU.
func TestBlockRunsOverEachOther(t *testing.T) {
	for name, test := range map[string]struct {
		run   made
		texts []string
	}{
		"cold-read":   {madeCold(), []string{"A read ", "first operation of each run", "How long did a read take, in A and in B?"}},
		"small-write": {blockVariants()["small-write"](), []string{"A completed ", "files/s", "How long did a small durable write take, in A and in B?"}},
	} {
		b := test.run
		b.run.ID = "b"
		c, runs := overlaidOf([]made{test.run}, []made{b})
		page := overlaidPage(t, c, runs)
		wants(t, page, test.texts...)
		wants(t, figureOf(t, page, "over-time"), "<svg", "○ A", "▲ B")
		wants(t, figureOf(t, page, "over-latencies"), "<svg")
		if strings.Contains(page, "over-au") {
			t.Errorf("%s has AU", name)
		}
	}
	m := blockVariants()["matrix"]()
	c, runs := overlaidOf([]made{m}, []made{m})
	wants(t, figureOf(t, overlaidPage(t, c, runs), "over-time"), "left out: these runs are of several cells each, one after the other.")
}

// Several comparisons on a page have plots each, and no anchor twice.
func TestOverlaysOfSeveralComparisons(t *testing.T) {
	one, runsOfOne := overlaidOf([]made{shortMade("a", 1e9, 0.91)}, []made{shortMade("b", 2e9, 0.93)})
	two, runsOfTwo := overlaidOf([]made{madeCold()}, []made{madeCold()})
	all := result.Comparisons{Comparisons: []result.Comparison{one, two}}
	page := written(t, func(w io.Writer) error { return ComparisonsHTMLOverlaid(w, all, []Overlaid{runsOfOne, runsOfTwo}) })
	checkIDs(t, strings.ReplaceAll(page, "b-mut", "b-au"))
	wants(t, page, `id="over-time-1"`, `id="over-au-1"`, `id="over-time-2"`, `id="over-latencies-2"`, `id="overlay-time-wide-t"`, `id="overlay-2-time-wide-t"`)
	if with, without := page, written(t, func(w io.Writer) error { return ComparisonsHTML(w, all) }); strings.Contains(without, "over-time") || len(without) >= len(with) {
		t.Error("a page without runs has plots of them")
	}
}

// A script in any text of a run is text.
func TestOverlaysRunNoPlantedScript(t *testing.T) {
	kinds := []string{"Command", "Status", "Verdict", "Op", "Runner", "Profile", "Metric", "Rule"}
	for _, m := range []made{shortMade("a", 1e9, 0.91), madeCold()} {
		plant(reflect.ValueOf(&m.run).Elem(), kinds)
		c, runs := overlaidOf([]made{m, m}, []made{m, m})
		runs.B[0].Source, runs.B[1].Source = brokenSource{steps: errors.New(planted), readings: nil}, m
		page := overlaidPage(t, c, runs)
		wants(t, page, "&lt;script")
		for _, wrong := range []string{"<script>alert", "<img", "</script></style>"} {
			if strings.Contains(page, wrong) {
				t.Errorf("the page holds %q", wrong)
			}
		}
	}
}

// manySteps is a source of so many steps of 100 ms of one rank.
type manySteps struct {
	made
	n int
}

func (m manySteps) Steps(do func(result.Step) error) error {
	for i := range m.n {
		if err := do(result.Step{Epoch: 1 + i*len(m.run.Epochs)/m.n, Step: i, StartNS: int64(i) * 1e8, Compute: int64(1e8)}); err != nil {
			return err
		}
	}
	return nil
}

// A long run has no more points than a plot has room for, and a page that stays small.
func TestOverlaysOfLongRunsAreThinned(t *testing.T) {
	long := func(id string, epochs int) made {
		m := shortMade(id, 1e9, 0.91)
		m.run.Epochs, m.run.Ended = nil, nil
		for e := range epochs {
			m.run.Epochs = append(m.run.Epochs, result.Epoch{Epoch: e + 1, Metrics: map[string]float64{"au_fraction": 0.9 + 0.05*math.Sin(float64(e))}})
		}
		return m
	}
	c, runs := overlaidOf([]made{long("a", 5000), long("a2", 5000)}, []made{long("b", 4000)})
	for i, m := range runs.A {
		runs.A[i].Source = manySteps{m.Source.(made), 300_000}
	}
	runs.B[0].Source = manySteps{runs.B[0].Source.(made), 40_000}
	page := overlaidPage(t, c, runs)
	part := figureOf(t, page, "over-time")
	a, b := inkLine(t, part, "s-mut"), inkLine(t, part, "s-au")
	if len(a) < maxBins/2 || len(a) > maxBins || len(b) < len(a)/10 || len(b) > maxBins {
		t.Errorf("%d points of A and %d of B", len(a), len(b))
	}
	if len(a) < 5*len(b) { // 30,000 s and 4,000 s in bins of about one width
		t.Errorf("%d points of A and %d of B: their bins are not about as wide", len(a), len(b))
	}
	au := figureOf(t, page, "over-au")
	if n := len(inkLine(t, au, "s-mut")); n > epochColumnsMost || n < epochColumnsMost/2 {
		t.Errorf("%d points of AU", n)
	}
	wants(t, au, "Each point is of several epochs, such as 1 to 17.", "Upright lines go from the lowest to the highest run", "groups of epochs")
	if len(page) > 400_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
}

func TestNearestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   int
	}{
		{[]float64{5}, 0}, {[]float64{9, 1, 4}, 2}, {[]float64{1, 2}, 0}, {[]float64{10, 1, 2, 4}, 2}, {[]float64{3, 3, 3}, 0}, {[]float64{1, 100, 40, 7, 6}, 3},
	} {
		if got := nearestMedian(test.values); got != test.want {
			t.Errorf("of %v it is %d, want %d", test.values, got, test.want)
		}
	}
}

// Rates count from a time within a bin, whose rate is over what is left of it.
func TestRatesFrom(t *testing.T) {
	b := &bins{width: 1e9}
	b.add(400_000_000, 3_700_000_000, 33)
	var got []string
	for _, p := range b.ratesFrom(400_000_000) {
		got = append(got, fmt.Sprintf("%d ms %.3g", p.at/1e6, p.value))
	}
	if text := strings.Join(got, ", "); text != "300 ms 10, 1100 ms 10, 2100 ms 10, 2950 ms 10" {
		t.Errorf("rates are %s", text)
	}
	b.add(3_700_000_000, 4_300_000_000, 6)
	if n := len(b.ratesFrom(800_000_000)); n != 3 { // 0.2 s and 0.3 s are too short
		t.Errorf("%d rates, want 3", n)
	}
}

func TestAlikeWide(t *testing.T) {
	narrow, wide := &bins{width: 10, sums: []float64{1, 2, 3, 4, 5}}, &bins{width: 45}
	alikeWide(narrow, wide)
	if narrow.width != 40 || len(narrow.sums) != 2 || narrow.sums[0] != 10 || wide.width != 45 {
		t.Errorf("widths %d and %d, sums %v", narrow.width, wide.width, narrow.sums)
	}
	alikeWide(wide, narrow)
	if narrow.width != 40 || wide.width != 45 {
		t.Errorf("widths %d and %d", narrow.width, wide.width)
	}
}
