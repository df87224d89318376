package verify

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// mostProbes bounds the probes that are looked at: what they say takes time by their square.
const mostProbes = 4096

// searched is one run of find-max while it is verified.
type searched struct {
	*ledger
	folder  *result.Folder
	run     result.Run
	says    *result.Search
	files   dlio.ProbeFiles
	options dlio.SearchOptions
	dataset int64 // files
	earlier int   // probes of the searches that this one went on from; -1: not known
	answer  dlio.Answer
}

// search computes again from its probes what a run of find-max says.
func (l *ledger) search(folder *result.Folder) {
	v := &searched{ledger: l, folder: folder, run: folder.Run, says: folder.Run.Search}
	if n := len(v.says.Probes); n > mostProbes {
		v.find(result.RunFile, "search.probes", n, mostProbes, "no search makes so many")
		return
	}
	if v.says.Method > result.SearchMethod {
		v.find(result.RunFile, "search.method", v.says.Method, result.SearchMethod, "this lbench knows none newer: verify with the one that searched")
		return
	}
	if v.says.Method < result.SearchMethod {
		v.decided()
		v.note("this search went by the rules of an older lbench (method %d, and this one has %d): its probes, its points, its answer and its warnings were taken as they are", v.says.Method, result.SearchMethod)
		return
	}
	if !v.plan() || !v.possible() {
		return
	}
	v.resumed()
	v.conclude()
	v.figures()
	v.stopped()
	v.limit()
	v.besideRun()
	v.tuned()
	v.warnings()
	if v.run.Status == result.Complete {
		checks, verdict := dlio.JudgeSearch(v.answer, v.options.Least)
		v.verdict(v.run, checks, verdict)
	}
	v.note("probes are the raw data of a search: their AU, rates, times and ceilings were taken as they are, within what they can be, and the runs of --tune were not kept")
}

// decided holds the answer of a search by older rules against its own points.
func (v *searched) decided() {
	for name, want := range map[string]dlio.Decision{"accelerators_max": dlio.Pass, "accelerators_min_failing": dlio.Fail} {
		number, ok := v.run.Metrics[name]
		if !ok || number == 0 {
			continue
		}
		i := slices.IndexFunc(v.says.Points, func(p result.SearchPoint) bool { return float64(p.Accelerators) == number })
		if v.v.Checked++; i < 0 || v.says.Points[i].Decided != string(want) {
			v.find(result.RunFile, "metrics."+name, number, nil, "no point of so many accelerators is decided as %q", want)
		}
	}
}

// closedAs is the status that tells whether a folder is closed. A search that ran out of
// time is incomplete, and closes its folder all the same.
func closedAs(run result.Run) result.Status {
	if run.Search != nil && run.Search.Stopped == string(dlio.StopTime) && run.Ended != nil {
		return result.Failed
	}
	return run.Status
}

// conclude makes the answer again. Where it isn't known how many probes earlier searches
// made, none of this one's is taken to have run out of time.
func (v *searched) conclude() {
	if v.options.Earlier = v.earlier; v.earlier < 0 {
		v.options.Earlier, v.options.MaxTime = len(v.says.Probes), 0
	}
	v.answer = dlio.Conclude(v.options, v.says.Probes)
}

const fromProbes = "from the probes"

// figures compares what follows from the probes alone.
func (v *searched) figures() {
	var again result.Search
	v.answer.Record(&again)
	v.same(result.RunFile, "search.points", len(v.says.Points), len(again.Points), fromProbes)
	for i := range min(len(v.says.Points), len(again.Points)) {
		v.point(fmt.Sprintf("search.points[%d].", i), v.says.Points[i], again.Points[i])
	}
	v.rounded("search.edge_accelerators", v.says.Edge, again.Edge, fromProbes)
	v.rounded("search.edge_half_accelerators", v.says.EdgeHalf, again.EdgeHalf, fromProbes)
	v.rounded("search.noise_fraction", v.says.Noise, again.Noise, fromProbes)
	if v.v.Checked++; !slices.Equal(v.says.Open, again.Open) {
		v.find(result.RunFile, "search.open", fmt.Sprint(v.says.Open), fmt.Sprint(again.Open), "the numbers between the one that passes and the one that fails")
	}
	v.metrics()
}

func (v *searched) point(at string, has, want result.SearchPoint) {
	v.same(result.RunFile, at+"accelerators", has.Accelerators, want.Accelerators, fromProbes)
	v.same(result.RunFile, at+"probes", has.Probes, want.Probes, fromProbes)
	v.same(result.RunFile, at+"warm_probes", has.Warm, want.Warm, fromProbes)
	v.same(result.RunFile, at+"decided", has.Decided, want.Decided, fromProbes)
	v.rounded(at+"au_fraction", has.AU, want.AU, fromProbes)
	v.rounded(at+"au_low_fraction", has.Low, want.Low, fromProbes)
	v.rounded(at+"au_high_fraction", has.High, want.High, fromProbes)
	v.rounded(at+"au_worst_fraction", has.Worst, want.Worst, fromProbes)
	v.rounded(at+"ceiling_au_fraction", has.Ceiling, want.Ceiling, fromProbes)
}

// rounded compares figures made of logarithms, whose last bits differ from one kind of
// processor to another.
func (v *searched) rounded(figure string, published, recomputed float64, why string) {
	v.near(figure, published, recomputed, 1e-12, why)
}

// metrics compares those of the probes, and those of the full run where there was one.
func (v *searched) metrics() {
	want, why := v.answer.Metrics(v.options.Least), map[string]string{}
	if full, known := v.fullRun(); known {
		for _, name := range []string{"au_mean_fraction", "au_min_fraction"} {
			delete(want, name)
			if full != nil {
				want[name], why[name] = full.Metrics[name], "it is that of the full run "+full.ID
			}
		}
	}
	for _, name := range sorted(v.run.Metrics) {
		again, ok := want[name]
		switch {
		case ok && why[name] != "":
			v.same(result.RunFile, "metrics."+name, v.run.Metrics[name], again, "%s", why[name])
		case ok:
			v.rounded("metrics."+name, v.run.Metrics[name], again, fromProbes)
		case v.says.FullRun == "" || !strings.HasPrefix(name, "au_"):
			v.find(result.RunFile, "metrics."+name, v.run.Metrics[name], nil, "no such figure follows from the probes")
		}
	}
	for _, name := range sorted(want) {
		if _, has := v.run.Metrics[name]; !has {
			v.find(result.RunFile, "metrics."+name, nil, want[name], fromProbes)
		}
	}
}

// stopped compares why the search asked for no more probes.
func (v *searched) stopped() {
	again := string(v.answer.Stop)
	if v.earlier < 0 && again == "" && v.says.Stopped == string(dlio.StopTime) {
		v.note("search.stopped is %q: how much of its time this sitting used can't be known without the folder of %s", v.says.Stopped, v.says.Earlier)
	} else {
		v.same(result.RunFile, "search.stopped", v.says.Stopped, again, "from the probes and --max-time")
	}
	if done := again == string(dlio.StopDone) || again == string(dlio.StopBytes); v.run.Status == result.Complete && !done {
		v.find(result.RunFile, "status", string(v.run.Status), string(result.Incomplete), "the search was not over when it ended")
	}
}

// limit names the limit again, with its evidence.
func (v *searched) limit() {
	facts := dlio.SearchFacts{Started: v.run.Started, Readings: v.readings(v.folder), Host: v.run.Host, Remote: v.run.Mount != nil && v.run.Mount.Network}
	err := v.folder.Readings(func(r result.Reading) error {
		if r.Source == dlio.ProbeSource && !math.IsNaN(r.Value) {
			facts.Edges = append(facts.Edges, r)
		}
		return nil
	})
	if err != nil {
		return // readings has found it
	}
	again, has := dlio.SearchLimit(v.options, v.answer, v.says.Probes, facts), v.run.Limit
	switch {
	case v.run.Ended == nil:
		return
	case again == nil || has == nil:
		if v.v.Checked++; (again == nil) != (has == nil) {
			v.find(result.RunFile, "limit", nameOfLimit(has), nameOfLimit(again), fromProbes)
		}
		return
	}
	v.same(result.RunFile, "limit.name", has.Name, again.Name, "from the probes and %s", result.ReadingsFile)
	v.same(result.RunFile, "limit.evidence", len(has.Evidence), len(again.Evidence), "lines of evidence")
	for i := range min(len(has.Evidence), len(again.Evidence)) {
		v.same(result.RunFile, fmt.Sprintf("limit.evidence[%d]", i), has.Evidence[i], again.Evidence[i], "from the probes and %s", result.ReadingsFile)
	}
}

func nameOfLimit(l *result.Limit) any {
	if l == nil {
		return nil
	}
	return l.Name
}

// took is how long the probes of this sitting took together; false: not known.
func (v *searched) took() (time.Duration, bool) {
	var sum time.Duration
	if v.earlier < 0 {
		return 0, false
	}
	for _, p := range v.says.Probes[min(v.earlier, len(v.says.Probes)):] {
		sum += p.Took
	}
	return sum, true
}
