package report

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
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
		"train/img_00017.tfrecord cost 4.1 points (1.23 s): one rank waited for it while the others had their batches.":  {Kind: result.LostToFile, File: "train/img_00017.tfrecord"},
		"Rank 3 cost 4.1 points (1.23 s): it waited for reads while the others had their batches, and not for one file.": {Kind: result.LostToRank, Rank: &rank},
		"Seconds 10 to 12 cost 4.1 points (1.23 s): in epoch 2 reads held all ranks up then.":                            {Kind: result.LostToSeconds, Epoch: 2, From: 10e9, To: 12e9},
		"First reads of files cost 4.1 points (1.23 s): that is beyond what as many other reads cost.":                   {Kind: result.LostToFirst},
		"This client cost 4.1 points (1.23 s): its own work on the bytes, late timers and the scheduler.":                {Kind: result.LostToClient},
		"Reads throughout cost 4.1 points (1.23 s): no file, rank or second stands out.":                                 {Kind: result.LostToStorage},
	} {
		c.Fraction, c.Lost = 0.041, 1.23e9
		if got := causeLine(run, c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
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
