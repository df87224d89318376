package verify

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/result"
)

// checkPlan holds the plan's own arithmetic: what follows from its other fields.
func (t *training) checkPlan() {
	p, again := t.run.Plan, t.plan.Summary()
	for _, f := range []struct {
		name                  string
		published, recomputed any
		why                   string
	}{
		{"streams", p.Streams, again.Streams, "three files are open for each read thread"},
		{"dataset_bytes", p.DatasetBytes, again.DatasetBytes, "files x samples_per_file x record_bytes"},
		{"leftover_samples", p.Leftover, again.Leftover, "files x samples_per_file - steps x batch_size x accelerators"},
		{"shared_files", p.SharedFiles, again.SharedFiles, "files that two ranks' shares of the samples meet in"},
		{"steps", p.Steps, t.stepsOf(p), "floor(files x samples_per_file / accelerators / batch_size), or train.total_training_steps"},
	} {
		t.same(result.RunFile, "plan."+f.name, f.published, f.recomputed, "%s", f.why)
	}
	format, _ := t.run.Settings["dataset.format"].Value.(string)
	if length, ok := t.setting("dataset.record_length_bytes"); ok && format == "tfrecord" && length >= 1 && length < 1<<29 {
		spec := dataset.Spec{Format: format, SamplesPerFile: 1, Files: 1, Dim: dataset.Dim(length)}
		t.same(result.RunFile, "plan.record_bytes", p.RecordBytes, spec.RecordBytes(), "a record of settings.dataset.record_length_bytes %v as stored", length)
	}
}

// stepsOf is how many steps an epoch has.
func (t *training) stepsOf(p *result.Plan) int64 {
	steps := int64(p.Files) * int64(p.SamplesPerFile) / int64(p.Accelerators) / int64(p.BatchSize)
	if limit, ok := t.setting("train.total_training_steps"); ok && limit > 0 && int64(limit) < steps {
		return int64(limit)
	}
	return steps
}

// setting is a setting's value where that is a number.
func (t *training) setting(name string) (float64, bool) {
	t.held[name] = true
	return toNumber(t.run.Settings[name].Value)
}

// checkSettings holds the settings against the plan that they made.
func (t *training) checkSettings() {
	p := t.run.Plan
	for _, s := range []struct {
		setting, plan string
		value         any
	}{
		{"accelerators", "accelerators", p.Accelerators},
		{"profile", "profile", p.Profile},
		{"warmup-epochs", "warmup_epochs", p.WarmupEpochs},
		{"no-verify", "verify", !p.Verify},
		{"dataset.num_files_train", "files", p.Files},
		{"dataset.num_samples_per_file", "samples_per_file", p.SamplesPerFile},
		{"dataset.record_length_bytes", "record_nominal_bytes", p.NominalBytes},
		{"reader.batch_size", "batch_size", p.BatchSize},
		{"reader.transfer_size", "transfer_bytes", p.TransferBytes},
		{"metric.au", "min_au_fraction", p.MinAU},
	} {
		if has, ok := t.run.Settings[s.setting]; ok {
			t.same(result.RunFile, "settings."+s.setting, has.Value, s.value, "plan.%s says otherwise", s.plan)
		}
	}
	t.sumOf("plan.read_ahead_batches", float64(p.ReadAheadBatches), "reader.computation_threads", "reader.prefetch_size")
	t.sumOf("plan.epochs", float64(p.Epochs), "train.epochs", "warmup-epochs")
	if threads, ok := t.setting("reader.read_threads"); ok {
		t.same(result.RunFile, "settings.reader.read_threads", threads, float64(p.Streams)/3, "plan.streams says otherwise")
	}
	if seconds, ok := t.setting("train.computation_time"); ok {
		t.same(result.RunFile, "settings.train.computation_time", int64(math.Round(seconds*1e9)), p.ComputationNS, "plan.computation_time_ns says otherwise")
	}
	t.twins()
}

// sumOf holds a figure against two settings that give it together.
func (t *training) sumOf(figure string, published float64, a, b string) {
	x, ok1 := t.setting(a)
	y, ok2 := t.setting(b)
	if ok1 && ok2 {
		t.same(result.RunFile, figure, published, x+y, "settings.%s %v and settings.%s %v together", a, x, b, y)
	}
}

// twins are the settings that say the same twice.
func (t *training) twins() {
	if epochs, ok := t.setting("epochs"); ok {
		t.same(result.RunFile, "settings.epochs", epochs, t.run.Settings["train.epochs"].Value, "settings.train.epochs says otherwise")
	}
	if percent, ok := t.setting("min-au"); ok {
		t.same(result.RunFile, "settings.min-au", percent, math.Round(t.run.Plan.MinAU*1e8)/1e6, "plan.min_au_fraction says otherwise")
	}
	t.engine()
	if name, ok := t.run.Settings["workload"].Value.(string); ok {
		base := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		if filepath.Ext(name) == "" {
			base = filepath.Base(name)
		}
		t.same(result.RunFile, "settings.workload", base, t.run.Workload, "workload says otherwise")
	}
}

// engine holds the name of the engine against what only one that reaches storage leaves.
func (t *training) engine() {
	name, ok := t.run.Settings["engine"].Value.(string)
	if !ok {
		return
	}
	t.v.Checked++
	switch made := virtual(name); {
	case made && t.run.Mount != nil:
		t.find(result.RunFile, "settings.engine", name, nil, "it makes its bytes in memory, and the run has a mount")
	case !made && t.run.Mount == nil && !t.hasWarning("mount_unknown"):
		t.find(result.RunFile, "settings.engine", name, nil, "it reads from a mount, and the run has none")
	}
}

// checkBytes holds the bytes that an epoch read against those of its samples. They are
// the same where reads are not rounded up to blocks, and each sample is read once.
func (t *training) checkBytes(i int, says map[string]float64) {
	read, ok := says["read_bytes"]
	if !ok {
		return
	}
	figure := fmt.Sprintf("epochs[%d].read_bytes", i)
	least := float64(t.plan.EpochSamples() * t.plan.RecordBytes)
	engine := t.run.Settings["engine"].Value
	if t.plan.Profile == "shuffled" && (engine == "posix" || engine == "mem" || engine == "null") {
		t.same(result.RunFile, figure, read, least, "the samples of an epoch x plan.record_bytes: each is read once")
		return
	}
	t.v.Checked++
	if read < least {
		t.find(result.RunFile, figure, read, least, "it is less than the samples of an epoch x plan.record_bytes")
	}
	if most := t.mostBytes(least); read > most {
		t.find(result.RunFile, figure, read, most, "it is more than the epoch's samples, its read-ahead and its rounding to blocks come to")
	}
}

// mostBytes bounds what an epoch reads: each segment of a file is rounded to blocks at both
// ends, and under a round's profile all that may lie ready at its end was read too.
func (t *training) mostBytes(least float64) float64 {
	const block = 4096
	ranks, p := float64(t.plan.Accelerators), t.run.Plan
	rounds := math.Ceil(least/float64(p.DatasetBytes)) + 1
	most := least + 2*block*rounds*(float64(p.Files)+ranks)
	if t.plan.Profile != "shuffled" {
		ahead := float64(p.ReadAheadBatches*p.BatchSize)*float64(p.RecordBytes) + float64(p.Streams)*(3*float64(p.RecordBytes)+float64(p.TransferBytes)+block)
		partial := rounds * float64(p.BatchSize) * float64(p.RecordBytes) // thrown away when a rank begins again
		most += ranks * (ahead + partial)
	}
	return most
}

// checkReady bounds what run.json alone knows of an epoch.
func (t *training) checkReady(i int, says map[string]float64) {
	ready, ok := says["batches_ready_mean"]
	sum := ready * float64(t.plan.Accelerators) // a whole number of batches, over all ranks
	if ok && (ready < 0 || ready > float64(t.run.Plan.ReadAheadBatches) || math.Abs(sum-math.Round(sum)) > 1e-6) {
		t.find(result.RunFile, fmt.Sprintf("epochs[%d].batches_ready_mean", i), ready, nil,
			"no mean of whole batches over %d ranks, each at most plan.read_ahead_batches %d", t.plan.Accelerators, t.run.Plan.ReadAheadBatches)
	}
	if cached, ok := says["cached_fraction_before"]; ok && (cached < 0 || cached > 1) {
		t.find(result.RunFile, fmt.Sprintf("epochs[%d].cached_fraction_before", i), cached, nil, "no fraction")
	}
}
