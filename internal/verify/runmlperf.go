package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
)

// training is one run of mlperf while it is verified.
type training struct {
	*ledger
	folder *result.Folder
	run    result.Run
	plan   dlio.Plan
	tally  *dlio.Tally
	lost   *losses.Tally
	steps  []epochSteps // of all epochs that have steps
	epochs []dlio.Epoch // that are complete
	facts  dlio.Facts
}

// mlperf computes all that a run of mlperf publishes again.
func (l *ledger) mlperf(folder *result.Folder) {
	plan, err := dlio.PlanOf(folder.Run)
	if err != nil {
		l.find(result.RunFile, "plan", nil, nil, "no run can have this plan: %v", err)
		return
	}
	t := &training{ledger: l, folder: folder, run: folder.Run, plan: plan}
	t.checkPlan()
	t.checkSettings()
	if ranks := ranksOf(folder, plan.Accelerators); !t.same(result.RunFile, "plan.accelerators", plan.Accelerators, ranks, "so many ranks have steps") {
		t.plan.Accelerators = ranks
	}
	t.tally, t.lost = dlio.NewTally(t.plan), losses.New(*t.plan.Summary())
	steps, usable := l.readSteps(folder, t.plan, t.add)
	t.steps = steps
	if !usable {
		return
	}
	if !t.countEpochs() {
		return
	}
	t.makeEpochs()
	metrics := t.figures()
	t.reads()
	t.readLatencies()
	t.telemetry(metrics)
	t.warnings(metrics)
	if t.run.Status != result.Complete {
		t.absent()
		return
	}
	checks, verdict := dlio.Judge(metrics, plan.MinAU)
	t.verdict(t.run, checks, verdict)
	t.rounds()
	t.checkLost()
	t.limit(metrics)
	t.outputs()
}

// add takes one step of all ranks. The figures of a run that was killed were saved when its
// last epoch was complete: later steps aren't in them.
func (t *training) add(whole []result.Step) {
	if t.run.Status != result.Incomplete || whole[0].Epoch <= len(t.run.Epochs) {
		t.tally.Add(whole)
		t.lost.Add(whole...)
	}
}

// countEpochs holds the epochs that run.json tells of against those that have steps.
// False: they don't go together, and nothing can be computed from them.
func (t *training) countEpochs() bool {
	told, complete := len(t.run.Epochs), t.run.Status == result.Complete
	if t.run.Status == result.Incomplete {
		t.lose()
	} else if told > len(t.steps) || complete && told < len(t.steps) {
		t.find(result.RunFile, "epochs", told, len(t.steps), "so many epochs have steps")
		return false
	}
	if complete && !t.hasWarning("stopped_early") || told > t.run.Plan.Epochs {
		t.same(result.RunFile, "plan.epochs", t.run.Plan.Epochs, told, "so many epochs were run")
	}
	for i, e := range t.steps[:len(t.run.Epochs)] {
		t.same(result.RunFile, fmt.Sprintf("epochs[%d].epoch", i), t.run.Epochs[i].Epoch, e.number, "epochs are counted from 1")
		t.same(result.RunFile, fmt.Sprintf("epochs[%d].warmup", i), t.run.Epochs[i].Warmup, e.number <= t.plan.WarmupEpochs, "by plan.warmup_epochs")
		if e.steps != t.plan.Steps {
			t.find(result.RunFile, "plan.steps", t.plan.Steps, e.steps, "epoch %d has so many steps", e.number)
		}
	}
	return true
}

// lose leaves out what was lost with a run that was killed: run.json is written at the end
// of an epoch, steps a second later.
func (t *training) lose() {
	whole := len(t.steps)
	if whole > 0 && t.steps[whole-1].steps < t.plan.Steps {
		whole--
	}
	if lost := len(t.run.Epochs) - whole; lost > 0 {
		t.note("the last steps of %d of %d epochs were lost when the run was killed: these epochs and the metrics over all of them can't be computed again", lost, len(t.run.Epochs))
		t.run.Epochs, t.run.Metrics = t.run.Epochs[:whole], nil
	}
}

func (t *training) hasWarning(code string) bool { return hasWarning(t.run, code) }

func hasWarning(run result.Run, code string) bool {
	return slices.ContainsFunc(run.Warnings, func(w result.Warning) bool { return w.Code == code })
}

// makeEpochs takes the edges of epochs from their steps, and from run.json what steps
// don't tell.
func (t *training) makeEpochs() {
	for i, e := range t.steps[:len(t.run.Epochs)] {
		says := t.run.Epochs[i].Metrics
		epoch := dlio.Epoch{
			Epoch: e.number, Warmup: e.number <= t.plan.WarmupEpochs, Start: e.start, Open: e.open, End: e.end,
			ReadBytes: int64(says["read_bytes"]), PrewarmBytes: int64(says["prewarm_bytes"]), ReadyBatches: says["batches_ready_mean"],
		}
		if end := int64(says["window_end_ns"]); t.plan.Profile == "v3.0" && end > epoch.End {
			epoch.End = end // it fetches one batch more than it has steps
		}
		t.epochs = append(t.epochs, epoch)
		t.checkBytes(i, says)
		t.checkReady(i, says)
	}
	if len(t.epochs) > 0 {
		t.note("batches_ready_mean, cached_fraction_before and prewarm_bytes of epochs are in no raw data: they were taken as they are, within their bounds")
	}
	if n := len(t.epochs); n > 0 && t.run.Ended != nil && t.run.Started.Add(time.Duration(t.epochs[n-1].End)).After(*t.run.Ended) {
		t.find(result.RunFile, "ended", t.run.Ended.String(), nil, "the last epoch ends after it")
	}
}

// figures compares metrics and epochs, and gives the metrics as they are computed again.
func (t *training) figures() map[string]float64 {
	cached := map[int]float64{}
	for _, e := range t.run.Epochs {
		if v, ok := e.Metrics["cached_fraction_before"]; ok {
			cached[e.Epoch] = v
		}
	}
	metrics, epochs := dlio.Measure(t.plan, t.epochs, t.tally, cached)
	for i, e := range epochs {
		left := t.numbers(result.RunFile, fmt.Sprintf("epochs[%d].", i), t.run.Epochs[i].Metrics, e.Metrics, t.source())
		for _, name := range left {
			t.find(result.RunFile, fmt.Sprintf("epochs[%d].%s", i, name), t.run.Epochs[i].Metrics[name], nil, "no epoch has such a figure under the profile %s", t.plan.Profile)
		}
	}
	own := maps.Clone(t.run.Metrics)
	maps.DeleteFunc(own, func(name string, _ float64) bool { return elsewhere(name) })
	left := t.numbers(result.RunFile, "metrics.", own, metrics, "from the steps and the epochs' figures")
	if len(left) > 0 {
		t.note("metrics that this lbench doesn't know were passed over: %s", strings.Join(left, ", "))
	}
	for name, v := range t.run.Metrics {
		if strings.HasPrefix(name, "ceiling_") {
			metrics[name] = v
			t.note("metrics.%s was measured before the run, and its steps weren't kept: it was taken as it is", name)
			if v < 0 || name == "ceiling_au_fraction" && v > 1.0001 {
				t.find(result.RunFile, "metrics."+name, v, nil, "it is out of range")
			}
		}
	}
	return metrics
}

// source says what an epoch's figures are computed from.
func (t *training) source() string {
	if t.plan.Profile == "v3.0" {
		return "from the steps of the epoch, the plan, epochs[].read_bytes and epochs[].window_end_ns: it fetches one batch more than it has steps"
	}
	return "from the steps of the epoch, the plan and epochs[].read_bytes"
}

// elsewhere names the metrics that are not of steps alone.
func elsewhere(name string) bool {
	return strings.HasPrefix(name, "ceiling_") || name == "cpu_ns_per_byte_mean" || isReadLatency(name)
}

// absent: what is only said of complete runs.
func (t *training) absent() {
	if t.run.Limit != nil {
		t.find(result.RunFile, "limit", t.run.Limit.Name, nil, "a limit is only named of complete runs")
	}
	if t.run.Lost != nil {
		t.find(result.RunFile, "lost", len(t.run.Lost.Epochs), nil, "where time was lost is only said of complete runs")
	}
	if len(t.run.DLIO) > 0 {
		t.find(result.RunFile, "dlio", len(t.run.DLIO), nil, "the rounds' figures are only given of complete runs")
	}
}

// rounds compares the figures by each round's formulas.
func (t *training) rounds() {
	again, err := generic(dlio.Rounds(t.plan, t.epochs, t.tally))
	if err != nil {
		t.note("the rounds' figures can't be computed again: %v", err)
		return
	}
	published, err := generic(t.run.DLIO)
	if err != nil {
		t.find(result.RunFile, "dlio", nil, nil, "it can't be read: %v", err)
		return
	}
	t.tree(result.RunFile, "dlio", published, again, false, "by the round's formulas, from the steps")
}
