package verify

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// warnings holds the warnings of a training against those that belong to it. metrics are
// those that were computed again.
func (t *training) warnings(metrics map[string]float64) {
	run := t.folder.Run // with the epochs whose steps were lost
	d := dueOf(run)
	d.may["no_effect"] = nil
	d.must = append(d.must, t.planDoubts(run)...)
	if run.Status == result.Complete {
		d.must = append(d.must, dlio.Doubts(t.plan, t.epochs, metrics)...)
	}
	after, err := time.ParseDuration(settingOf(run, "duration"))
	if made := len(run.Epochs); run.Status == result.Complete && made < run.Plan.Epochs && err == nil && after > 0 {
		d.must = append(d.must, dlio.StoppedEarly(after, made, run.Plan.Epochs))
	}
	d.trainingCeiling(run)
	d.trainingCache(run)
	if most, ok := toNumber(run.Settings["max-inflight"].Value); ok && float64(run.Plan.Accelerators)*float64(run.Plan.Streams) > most {
		capped := dlio.InflightCapped(strconv.FormatFloat(most, 'f', -1, 64))
		if run.WarningsMethod == 0 { // which did not say yet whose the wait is
			capped.Text = strings.TrimSuffix(capped.Text, dlio.CappedIsOurs)
		}
		d.words(capped)
	}
	if run.Status == result.Failed { // also where its files could not be written in the end
		d.may["head_start"], d.may["whole_lower"], d.may["stopped_early"] = nil, nil, nil
	}
	t.checkWarnings(run, d)
}

// isFullRun says whether find-max made a run of mlperf: it has that command's settings.
func isFullRun(run result.Run) bool { _, ok := run.Settings["max-time"]; return ok }

// planDoubts are the warnings that plan and host call for. Those of method 0 regard no
// epoch, and lack what was not said of full runs then.
func (t *training) planDoubts(run result.Run) []result.Warning {
	plan := t.plan
	plan.Accelerators = run.Plan.Accelerators // also where steps are of another number
	epochs, all := run.Epochs, plan.Doubts()
	if run.WarningsMethod == 0 {
		epochs = nil
		all = slices.DeleteFunc(all, func(w result.Warning) bool { return isFullRun(run) && w.Code != "few_steps" })
	}
	return append(all, dlio.MemoryDoubts(run.Plan, run.Host.MemoryBytes, settingOf(run, "engine"), epochs)...)
}

// trainingCeiling: a training has a ceiling or says why not, from its first epoch on.
func (d *due) trainingCeiling(run result.Run) {
	_, measured := run.Metrics["ceiling_au_fraction"]
	w, none := dlio.NoCeiling(settingOf(run, "engine"), settingOf(run, "ceiling"))
	begun := len(run.Epochs) > 0
	switch {
	case none && begun:
		d.must = append(d.must, w)
	case none:
		d.words(w)
	case measured:
	case begun:
		d.some["no_ceiling"] = "metrics.ceiling_au_fraction isn't either"
	default:
		d.may["no_ceiling"] = nil
	}
}

// trainingCache: an epoch says how much of its files was cached, or the run says why not.
func (d *due) trainingCache(run result.Run) {
	if virtual(settingOf(run, "engine")) {
		return
	}
	lacks := func(e result.Epoch) bool { _, known := e.Metrics["cached_fraction_before"]; return !known }
	switch whole := len(run.Epochs) == run.Plan.Epochs; {
	case slices.ContainsFunc(run.Epochs, lacks):
		d.some["residency_unknown"] = "an epoch has no cached_fraction_before"
	case !whole: // of an epoch that was begun
		d.may["residency_unknown"] = nil
	}
	dropped, _ := run.Settings["drop-caches"].Value.(bool)
	if !dropped && !(isFullRun(run) && run.WarningsMethod == 0) { // whose setting was the search's
		return
	}
	d.may["not_dropped"] = nil
	d.words(dlio.DroppedByFile())
	if hasWarning(run, "dropped_by_file") {
		d.some["not_dropped"] = "where only files were dropped it says why"
	}
}

// warnings holds the warnings of a search against those that belong to it.
func (v *searched) warnings() {
	d := dueOf(v.run)
	d.may["no_effect"] = nil
	if engine := settingOf(v.run, "engine"); !virtual(engine) {
		d.may["cached_before"], d.may["residency_unknown"] = nil, nil
		if engine == "posix" && (len(v.says.Probes) == 0 || v.files.ReadAhead == 0) {
			d.may["short_probes"] = nil
		}
	}
	d.must = append(d.must, v.concluded()...)
	if v.earlier < 0 && v.says.Stopped == string(dlio.StopTime) {
		d.may["search_time"] = nil
	}
	v.dueOfTuning(d)
	v.dueOfProbes(d)
	v.checkWarnings(v.run, d)
}

// concluded are the warnings that the probes and the AU of the full run call for. A run that
// was killed has none yet.
func (v *searched) concluded() []result.Warning {
	if v.run.Ended == nil {
		return nil
	}
	all := slices.Clone(v.answer.Doubts)
	if _, known := v.fullRun(); known {
		probed, _ := v.answer.At(v.answer.Max)
		all = append(all, dlio.FullRunDoubts(v.says.MinAU, probed, v.run.Metrics["au_mean_fraction"])...)
	}
	return all
}

// dueOfTuning: --tune is left out where no number of accelerators fails.
func (v *searched) dueOfTuning(d *due) {
	v.held["tune"] = true
	switch {
	case len(v.askedToTune()) == 0 || v.answer.MinFailing > 0:
	case v.run.Status == result.Complete:
		d.must = append(d.must, dlio.NotTuned())
	default:
		d.words(dlio.NotTuned())
	}
}

// dueOfProbes: a probe says whether reads had to wait for others, and has a ceiling where
// that can be measured.
func (v *searched) dueOfProbes(d *due) {
	most, _ := toNumber(v.run.Settings["max-inflight"].Value)
	capped := dlio.InflightCapped(strconv.FormatFloat(most, 'f', -1, 64))
	_, none := dlio.NoCeiling(settingOf(v.run, "engine"), settingOf(v.run, "ceiling"))
	own := v.says.Probes[min(max(v.earlier, 0), len(v.says.Probes)):]
	waited := slices.ContainsFunc(own, func(p result.SearchProbe) bool { return p.Capped })
	lacks := slices.ContainsFunc(own, func(p result.SearchProbe) bool { return !p.Rate && p.CeilingAU == 0 })
	switch {
	case waited && v.earlier < 0: // by an earlier search perhaps
		d.words(capped)
	case waited:
		d.must = append(d.must, capped)
	}
	switch {
	case none:
	case lacks && v.earlier >= 0:
		d.some["no_ceiling"] = "a probe has no ceiling_au_fraction"
	case lacks || v.run.Status != result.Complete: // of a probe that was not ended
		d.may["no_ceiling"] = nil
	}
}
