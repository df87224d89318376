package verify

import (
	"fmt"
	"math"
	"time"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// whole is a setting that must be a whole number up to a most.
func (v *searched) whole(name string, least, most float64) (int64, bool) {
	value, ok := v.number(name, least, most)
	if ok && value != math.Trunc(value) {
		v.find(result.RunFile, "settings."+name, value, nil, "no search can have it: want a whole number")
		return 0, false
	}
	return int64(value), ok
}

// number is a setting that must be a number up to a most.
func (v *searched) number(name string, least, most float64) (float64, bool) {
	v.held[name] = true
	value, ok := toNumber(v.run.Settings[name].Value)
	if !ok || !(value >= least && value <= most) {
		v.find(result.RunFile, "settings."+name, v.run.Settings[name].Value, nil, "no search can have it: want a number from %g to %g", least, most)
		return 0, false
	}
	return value, true
}

// plan makes again what the search was over, from the settings: the files that probes are
// dealt, and the search's options. What the client reads ahead is told by the first probe.
func (v *searched) plan() bool {
	n, usable := map[string]int64{}, true
	for _, s := range []struct {
		name        string
		least, most float64
	}{
		{"dataset.num_files_train", 1, 1 << 24}, {"dataset.num_samples_per_file", 1, 1 << 32},
		{"reader.batch_size", 1, 1 << 32}, {"reader.read_threads", 1, 1 << 16}, {"reader.transfer_size", 1, 1 << 40},
		{"reader.computation_threads", 0, 1 << 20}, {"reader.prefetch_size", 0, 1 << 20}, {"train.epochs", 1, 1 << 32}, {"least", 1, 1 << 16}, {"most", 1, 1 << 16},
	} {
		value, ok := v.whole(s.name, s.least, s.most)
		n[s.name], usable = value, usable && ok
	}
	record, ok := v.number("dataset.record_length_bytes", 1, 1<<29)
	usable = usable && ok
	seconds, ok := toNumber(v.run.Settings["train.computation_time"].Value)
	if !ok || !(seconds > 0 && seconds < 1e6) {
		v.find(result.RunFile, "settings.train.computation_time", v.run.Settings["train.computation_time"].Value, nil, "no search can have it: want more than 0 s")
		usable = false
	}
	if !usable {
		return false
	}
	format, _ := v.run.Settings["dataset.format"].Value.(string)
	spec := dataset.Spec{Format: format, SamplesPerFile: 1, Files: 1, Dim: dataset.Dim(record)}
	plan, err := dlio.PlanOf(result.Run{Seed: v.run.Seed, Plan: &result.Plan{
		Profile: "shuffled", Accelerators: 1, Steps: 1, Files: int(n["dataset.num_files_train"]), SamplesPerFile: int(n["dataset.num_samples_per_file"]),
		BatchSize: int(n["reader.batch_size"]), Epochs: int(n["train.epochs"]), Streams: 3 * int(n["reader.read_threads"]), TransferBytes: n["reader.transfer_size"],
		RecordBytes: spec.RecordBytes(), ComputationNS: int64(math.Round(seconds * 1e9)), ReadAheadBatches: int(n["reader.computation_threads"] + n["reader.prefetch_size"]), MinAU: v.says.MinAU,
	}})
	if err != nil {
		v.find(result.RunFile, "settings", nil, nil, "no search can have them: %v", err)
		return false
	}
	v.files, v.dataset = dlio.NewProbeFiles(plan), n["dataset.num_files_train"]
	return v.bounds(int(n["least"]), int(n["most"]))
}

// bounds makes the search's options.
func (v *searched) bounds(least, most int) bool {
	if len(v.says.Probes) > 0 {
		files, err := v.files.Outlasting(v.says.Probes[0].Steps)
		if err != nil {
			v.find(result.RunFile, "search.probes[0].steps", v.says.Probes[0].Steps, nil, "%v", err)
			return false
		}
		v.files = files
	}
	v.options = v.files.Bounded(least, most)
	v.options.Virtual = v.run.MadeBytes() != ""
	if text, ok := v.run.Settings["max-time"].Value.(string); ok {
		v.options.MaxTime, _ = time.ParseDuration(text)
	}
	if err := v.options.Validate(); err != nil {
		v.find(result.RunFile, "settings", nil, nil, "no search can have them: %v", err)
		return false
	}
	v.same(result.RunFile, "search.min_au_fraction", v.says.MinAU, v.run.Settings["metric.au"].Value, "settings.metric.au says otherwise")
	v.same(result.RunFile, "settings.min-au", v.run.Settings["min-au"].Value, math.Round(v.says.MinAU*1e8)/1e6, "search.min_au_fraction says otherwise")
	return true
}

// possible names what no probe can have, and what the search would have made otherwise.
// False: nothing can be computed from them.
func (v *searched) possible() bool {
	usable := true
	for i, p := range v.says.Probes {
		usable = v.inRange(fmt.Sprintf("search.probes[%d].", i), p) && usable
	}
	if !usable {
		return false
	}
	dues, stop, err := v.files.Replay(v.options, v.says.Probes)
	for i, due := range dues {
		v.isDue(fmt.Sprintf("search.probes[%d].", i), v.says.Probes[i], due)
	}
	if at := len(dues); at < len(v.says.Probes) {
		why := fmt.Sprintf("the search was over before it: %s", stop)
		if err != nil {
			why = err.Error()
		}
		v.find(result.RunFile, fmt.Sprintf("search.probes[%d]", at), nil, nil, "%s", why)
	}
	return true
}

// inRange names figures of a probe that are none.
func (v *searched) inRange(at string, p result.SearchProbe) bool {
	usable := true
	for _, figure := range []struct {
		name             string
		value            float64
		least, most      float64
		mayBeALittleHigh bool
	}{
		{"accelerators", float64(p.Accelerators), float64(v.options.Least), float64(v.options.Most), false},
		{"au_fraction", p.AU, 0, 1, false}, {"ceiling_au_fraction", p.CeilingAU, 0, 1, true},
		{"read_bytes_per_s", p.BytesPerS, 0, 1e15, false}, {"steps", float64(p.Steps), 1, 1 << 40, false},
		{"read_bytes", float64(p.ReadBytes), 1, 1e18, false}, {"files", float64(p.Files), 1, float64(v.dataset), false},
		{"took_ns", float64(p.Took), 1, 1e18, false},
	} {
		most := figure.most
		if figure.mayBeALittleHigh {
			most *= 1.5 // as any figure that is measured
		}
		if figure.name == "accelerators" && p.Rate {
			figure.least = 1 // the rate is measured with as many as there may be
		}
		if v.v.Checked++; !(figure.value >= figure.least && figure.value <= most) {
			v.findOne("impossible probes", result.RunFile, at+figure.name, figure.value, nil, "no probe of this search can have it: want %g to %g", figure.least, most)
			usable = false
		}
	}
	if p.Rate && p.AU != 0 {
		v.find(result.RunFile, at+"au_fraction", p.AU, 0, "made with a computation time of 0: it has no AU")
	}
	return usable
}

// isDue holds a probe against what the search would have made in its place.
func (v *searched) isDue(at string, p result.SearchProbe, due dlio.Due) {
	const why = "by the probes before it, the search's next probe"
	v.same(result.RunFile, at+"accelerators", p.Accelerators, due.Probe.Accelerators, why)
	v.same(result.RunFile, at+"rate", p.Rate, due.Probe.Rate, why)
	if p.Accelerators != due.Probe.Accelerators || p.Rate != due.Probe.Rate {
		return
	}
	v.same(result.RunFile, at+"steps", p.Steps, due.Probe.Steps, why)
	v.same(result.RunFile, at+"files", p.Files, due.Probe.Files, "as many as its accelerators and steps use up")
	v.same(result.RunFile, at+"warm", p.Warm, due.Probe.Warm, "by the files that the probes before it used up")
	v.v.Checked += 3
	if p.ReadBytes < due.LeastBytes || p.ReadBytes > due.MostBytes {
		v.find(result.RunFile, at+"read_bytes", p.ReadBytes, nil, "its accelerators and steps read %d to %d", due.LeastBytes, due.MostBytes)
	}
	if au, ok := v.files.Feeds(p); ok && p.AU > au*(1+1e-9) {
		v.find(result.RunFile, at+"au_fraction", p.AU, au, "read_bytes_per_s feeds no more")
	}
	least := due.LeastTook
	if p.Rate {
		least = 0
	}
	if p.Took < least {
		v.find(result.RunFile, at+"took_ns", int64(p.Took), int64(least), "its steps alone compute for longer")
	}
	if most := p.BytesPerS * p.Took.Seconds(); most < float64(due.LeastWindow)*(1-1e-9) {
		v.find(result.RunFile, at+"read_bytes_per_s", p.BytesPerS, float64(due.LeastWindow)/p.Took.Seconds(), "its steps read more than that in took_ns")
	}
}
