package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
)

// withLost gives a made run tables of its reads, and what follows from them: one file is
// slow in epoch 5, and half of all waits are for first reads.
func (m made) withLost() made {
	for _, e := range m.run.Epochs {
		tally := losses.New(*m.run.Plan)
		for _, s := range m.steps {
			if s.Epoch == e.Epoch {
				tally.Add(s)
			}
		}
		all, last, together := tally.ReadSums(e.Epoch)
		r := result.EpochReads{Epoch: e.Epoch, Together: together, Latencies: []result.ReadLatency{
			{UpTo: 5242879, Reads: 61_000, FirstReads: 100, Wait: all / 10, FirstWait: all / 1000},
			{UpTo: 41943039, Reads: 5_000, FirstReads: 8_000 / 4, Wait: all / 2, FirstWait: all / 2},
			{UpTo: 335544319, Reads: 700, FirstReads: 20, Wait: all - all/10 - all/2, FirstWait: all / 50},
		}, Files: []result.FileWait{}}
		alone := last - together
		if e.Epoch == 5 {
			r.Files = append(r.Files, result.FileWait{File: "train/img_00017_of_10629.tfrecord", Wait: alone / 3})
		}
		r.Files = append(r.Files, result.FileWait{File: "train/img_00711_of_10629.tfrecord", Wait: alone / 100})
		r.OtherFiles = alone
		for _, f := range r.Files {
			r.OtherFiles -= f.Wait
		}
		m.run.Reads = append(m.run.Reads, r)
	}
	tally := losses.New(*m.run.Plan)
	tally.Add(m.steps...)
	m.run.Lost = tally.Lost(m.run, nil)
	return m
}

// TestLostLines: three lines say where the time went, as a person reads them.
func TestLostLines(t *testing.T) {
	m := newMade([]float64{0.912, 0.921, 0.917, 0.908, 0.861}, 4*time.Second).withLost()
	var b bytes.Buffer
	if err := Text(&b, m.run); err != nil {
		t.Fatal(err)
	}
	golden(t, "lost.txt", b.Bytes())
	m.run.Plan.Profile = "v2.0"
	if lines := lostLines(m.run); !strings.HasPrefix(lines[0], "By lbench's own formula, where the AU of v2.0 is another, AU is ") {
		t.Errorf("of another profile it says %q", lines[0])
	}
}

// TestCauseLines: each kind of cause.
func TestCauseLines(t *testing.T) {
	rank := 3
	run := result.Run{Epochs: make([]result.Epoch, 2)}
	for want, c := range map[string]result.LostCause{
		"train/img_00017.tfrecord cost 4.1 points (1.23 s): one rank waited for it while the others did not.":       {Kind: result.LostToFile, File: "train/img_00017.tfrecord"},
		"Rank 3 cost 4.1 points (1.23 s): it waited for reads while the others did not, and not for one file.":      {Kind: result.LostToRank, Rank: &rank},
		"Seconds 10 to 12 cost 4.1 points (1.23 s): in epoch 2 reads held all ranks up then.":                       {Kind: result.LostToSeconds, Epoch: 2, From: 10e9, To: 12e9},
		"25 stretches of seconds cost 4.1 points (1.23 s): reads held all ranks up then, between second 10 and 90.": {Kind: result.LostToSeconds, Times: 25, From: 10e9, To: 90e9},
		"First reads of files cost 4.1 points (1.23 s): that is beyond what as many other reads cost.":              {Kind: result.LostToFirst},
		"This client cost 4.1 points (1.23 s): its own work on the bytes, late timers and the scheduler.":           {Kind: result.LostToClient},
		"Reads throughout cost 4.1 points (1.23 s): no single file, rank or second explains it.":                    {Kind: result.LostToStorage},
		"zettafs-OST0002 in seconds 100 to 141 cost 4.1 points (1.23 s): in epoch 2 it gave 40 % of its usual rate for 41 s, its reads took 2.5 times as long as usual and all ranks were held up.": {
			Kind: result.LostToSeconds, Epoch: 2, From: 100e9, To: 141e9, Target: &result.LostTarget{Name: "zettafs-OST0002", Slower: 2.51, Rate: 0.4}},
		"10.0.0.8 in seconds 10 to 12 cost 4.1 points (1.23 s): in epoch 2 it gave nothing for 2 s, its reads took 140 times as long as usual and all ranks were held up.": {
			Kind: result.LostToSeconds, Epoch: 2, From: 10e9, To: 12e9, Target: &result.LostTarget{Name: "10.0.0.8", Slower: 139.7}},
		"10.0.0.9 in seconds 10 to 12 cost 4.1 points (1.23 s): in epoch 2 its reads took 1.7 times as long as usual and all ranks were held up.": {
			Kind: result.LostToSeconds, Epoch: 2, From: 10e9, To: 12e9, Target: &result.LostTarget{Name: "10.0.0.9", Slower: 1.7, Rate: 1.04}},
		"Reads throughout cost 4.1 points (1.23 s): no single file, rank or second explains it; reads from zettafs-OST0002 took 3.1 times as long as those from the others.": {
			Kind: result.LostToStorage, Target: &result.LostTarget{Name: "zettafs-OST0002", Slower: 3.1}},
	} {
		c.Fraction, c.Lost = 0.041, 1.23e9
		if got := causeLine(run, c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestCappedIsSaid: waits for --max-inflight are called that, not lbench's own work alone.
func TestCappedIsSaid(t *testing.T) {
	m := newMade([]float64{0.91, 0.92}, 4*time.Second).withLost()
	m.run.Warnings = []result.Warning{{Code: "inflight_capped"}}
	if line := lostLine(m.run, m.run.Lost.Parts); !strings.Contains(line, "own work and waits for --max-inflight") {
		t.Error(line)
	}
	c := result.LostCause{Kind: result.LostToClient, Fraction: 0.041, Lost: 1.23e9}
	if line := causeLine(m.run, c); !strings.Contains(line, ": waits for --max-inflight, its own work") {
		t.Error(line)
	}
}

// TestLostMakes100: whatever the parts are, what is printed makes 100.0 with AU as it is
// printed elsewhere.
func TestLostMakes100(t *testing.T) {
	random := rand.New(rand.NewPCG(100, 0))
	names := losses.PartNames()
	for range 20_000 {
		parts, left := map[string]float64{}, 1.0
		for _, name := range names[1:] {
			parts[name] = left * math.Pow(random.Float64(), 4)
			left -= parts[name]
		}
		parts[losses.AU] = left
		run := result.Run{Plan: &result.Plan{MinAU: math.Round(left*100) / 100}}
		printed, lost := lostPoints(run, parts)
		au, _ := strconv.ParseFloat(printed[losses.AU], 64)
		digits := len(printed[losses.AU]) - 1 - strings.IndexByte(printed[losses.AU], '.')
		sum := au
		for _, name := range names[1:] {
			v, err := strconv.ParseFloat(printed[name], 64)
			if err != nil || math.Abs(v-100*parts[name]) > 1.5*math.Pow10(-digits) {
				t.Fatalf("%s of %v prints as %q", name, parts[name], printed[name])
			}
			sum += v
		}
		if all := sumPoints(printed, names[1:]...); fmt.Sprintf("%.4f", sum) != "100.0000" || all != lost {
			t.Fatalf("%v make %v; lost %s, its parts %s", printed, sum, lost, all)
		}
	}
}

// TestLostSections: on a page of a run with reads, and of an older one without.
func TestLostSections(t *testing.T) {
	m := newMade([]float64{0.912, 0.861}, 4*time.Second).withLost()
	for _, older := range []bool{false, true} {
		run := m.run
		if older {
			run.Reads, run.Lost = nil, nil
		}
		if lines := lostLines(Explained(run, m)); len(lines) != 3 || strings.Contains(lines[0], "first bytes") == older {
			t.Errorf("older %v: lines %q", older, lines)
		}
		d, err := collect(run, m)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := lostSection(d)
		if !ok || s.Figure == nil || s.Table == nil || len(s.Folded.Rows) != 3 {
			t.Fatalf("older %v: section %+v", older, s)
		}
		if has := strings.Contains(s.Lead, "first bytes"); has == older {
			t.Errorf("older %v: %s", older, s.Lead)
		}
		if has := slices.ContainsFunc(s.Figure.Legend, func(l legendItem) bool { return l.Label == "b slow reads" }); has == older {
			t.Errorf("older %v: legend %+v", older, s.Figure.Legend)
		}
		if s, ok := slowestSection(d); !ok || s.Figure == nil || s.Table == nil || (s.Folded == nil) != older {
			t.Errorf("older %v: section %+v", older, s)
		}
	}
	var csv bytes.Buffer
	if err := CSV(&csv, []result.Run{m.run, {}}); err != nil || !strings.Contains(csv.String(), ",lost_slow_reads_fraction,") {
		t.Errorf("error %v, CSV %s", err, csv.String())
	}
	d, err := collect(result.Run{Plan: m.run.Plan}, made{})
	if err != nil {
		t.Fatal(err)
	}
	for _, ask := range []func(*data) (section, bool){lostSection, slowestSection} {
		if s, ok := ask(d); ok {
			t.Errorf("a run without steps has a section %+v", s)
		}
	}
}

// lostRun is a made run of 20 epochs with all parts of lost time, in which an OST was slow.
func lostRun() made {
	var au []float64
	for i := range 20 {
		au = append(au, 0.92-0.003*float64(i))
	}
	m := newMade(au, 4*time.Second).withLost()
	m.run.Lost.Causes = append([]result.LostCause{{Kind: result.LostToSeconds, Epoch: 2, From: 190e9, To: 194e9, Lost: 41e9, Fraction: 0.0213,
		Target: &result.LostTarget{Name: "zettafs-OST0002", Slower: 2.51, Rate: 0.4}}}, m.run.Lost.Causes...)
	return m.withFiles()
}

// TestLostTarget: a target that slowed stands in the lines, in the table and in Markdown.
func TestLostTarget(t *testing.T) {
	m := lostRun()
	const name, because = "zettafs-OST0002 in seconds 190 to 194", "in epoch 2 it gave 40 % of its usual rate for 4 s, its reads took 2.5 times as long as usual and all ranks were held up"
	want := "By the slowest rank of each step, " + name + " cost 2.1 points (41 s): " + because + "."
	if lines := lostLines(m.run); len(lines) != 3 || lines[1] != want {
		t.Errorf("lines %q, want %q", lines, want)
	}
	if row := causeTable(m.run, m.run.Lost.Causes).Rows[0]; row.Cells[0].Text != name || row.Cells[3].Text != because {
		t.Errorf("row %+v", row)
	}
	if text := written(t, func(w io.Writer) error { return Markdown(w, []result.Run{m.run}) }); !strings.Contains(text, because) {
		t.Errorf("Markdown lacks the target:\n%s", text)
	}
}

// TestLostBars: up to 50 epochs have a bar each.
func TestLostBars(t *testing.T) {
	for _, test := range []struct {
		epochs int
		height string
		says   string
	}{{1, "66", "Each bar is"}, {12, "396", "Each bar is"}, {13, "270", "Each bar is"}, {50, "936", "Each bar is"}, {51, "66", "the mean of all 51 epochs"}} {
		lost := &result.Lost{Parts: map[string]float64{losses.AU: 0.9, losses.Reads: 0.1}}
		for i := range test.epochs {
			lost.Epochs = append(lost.Epochs, result.EpochLost{Epoch: i + 1, Parts: lost.Parts})
		}
		f := lostFigure(result.Run{}, lost)
		if !strings.Contains(string(f.Wide), `viewBox="0 0 760 `+test.height+`"`) || !strings.Contains(f.Caption, test.says) {
			t.Errorf("%d epochs: %.120s, %s", test.epochs, f.Wide, f.Caption)
		}
	}
}

// TestWorstSecond: the longest wait, however long it lasted, from its first second on.
func TestWorstSecond(t *testing.T) {
	s := losses.Seconds{Width: 1e9, All: []losses.Second{{Together: 9e8, Wait: 5e8}, {Alone: 6e8, Wait: 4e9, Rank: 7}, {Alone: 1e9, Wait: 4e9, Rank: 7}, {Wait: 9e9}}}
	if worst, found := worstSecond(s); worst != 1 || !found {
		t.Errorf("second %d, %v: want 1", worst, found)
	}
	if items := slowestLegend(s); len(items) != 2 || items[0].Ink != inkRead || items[1].Ink != inkBad {
		t.Errorf("legend %+v", items)
	}
	for name, one := range map[string]losses.Second{
		"nothing lost":            {Time: 8e9},
		"late, but nobody waited": {Time: 8e9, Own: 4e9},
		"too little to be drawn":  {Time: 8e9, Together: 7e7, Wait: 7e7},
	} {
		if _, found := worstSecond(losses.Seconds{Width: 1e9, All: []losses.Second{one, one, one}}); found {
			t.Errorf("%s, and a second was the worst", name)
		}
	}
}

// TestNobodyWaited: where no rank waited for its batch there is no plot of who waited longest,
// and no sentence about a wait of 0.
func TestNobodyWaited(t *testing.T) {
	m := newMade([]float64{0.95}, 0)
	if !strings.Contains(pageOf(t, m), `id="slowest"`) {
		t.Error("the page of a run in which ranks waited has no plot of it")
	}
	for i := range m.steps { // all that was lost was late timers
		s := &m.steps[i]
		s.Barrier, s.Wait, s.Read, s.Work = s.Barrier+s.Wait, 0, 0, 0
	}
	page := flat(pageOf(t, m))
	if strings.Contains(page, `id="slowest"`) || regexp.MustCompile(`waited 0\b|waited 0 ns|The worst of`).MatchString(page) {
		t.Error("the page has a plot of who waited, and nobody did")
	}
}

// TestNothingCached: cold epochs are said to be cold, and not that up to 0.0 % was cached.
func TestNothingCached(t *testing.T) {
	for _, test := range []struct {
		cached, memory float64
		want           []string
	}{
		{0, 1e9, []string{"Nothing of the data lay in this client's page cache", "times this client's memory", ">none<"}},
		{0.25, 1e15, []string{"Up to 25.0 % of the data lay", "The dataset is 0.2 % of this client's memory", ">381 GB"}},
	} {
		m := newMade([]float64{0.95}, 0)
		m.run.Host.MemoryBytes = int64(test.memory)
		for _, e := range m.run.Epochs {
			e.Metrics["cached_fraction_before"] = test.cached
		}
		page := flat(pageOf(t, m))
		for _, want := range test.want {
			if !strings.Contains(page, want) {
				t.Errorf("%v cached: the page has no %q", test.cached, want)
			}
		}
	}
}
