package verify

import (
	"math"
	"strings"
)

// shape is what a run's figures are computed with.
type shape struct {
	accelerators, hosts, files, samplesPerFile, epochs int
	workload                                           workload
}

// workload is a training workload as the rounds set it.
type workload struct {
	name        string
	record      float64 // nominal bytes of a sample
	batch       float64
	computation float64 // seconds
	minAU       float64 // fraction
}

// workloads of the rounds; a submission without configuration is one of them.
func roundWorkloads() []workload {
	return []workload{
		{"unet3d_a100", 146600628, 7, 0.636, 0.9}, {"unet3d_h100", 146600628, 7, 0.323, 0.9}, {"unet3d_b200", 146600628, 7, 0.162, 0.9},
		{"resnet50_a100", 114660.07, 400, 0.435, 0.9}, {"resnet50_h100", 114660.07, 400, 0.224, 0.9},
		{"cosmoflow_a100", 2828486, 1, 0.00551, 0.7}, {"cosmoflow_h100", 2828486, 1, 0.00350, 0.7},
		{"retinanet_b200", 322957, 24, 0.04755, 0.85}, {"retinanet_mi355", 322957, 32, 0.0634, 0.85},
	}
}

func (s shape) steps() int {
	perStep := float64(s.accelerators) * s.workload.batch
	if perStep <= 0 {
		return 0
	}
	return int(math.Floor(float64(s.files) * float64(s.samplesPerFile) / perStep))
}

// readShape takes the counts from the summary and the workload from the configuration,
// else from the record length that the summary's figures have between them.
func (s *submission) readShape() {
	count := func(name string) int {
		const most = 1e12
		v, ok := toNumber(s.summary[name])
		if s.summary[name] != nil && (!ok || v != math.Trunc(v) || v < 0 || v > most || v == 0 && name != "epochs") {
			s.find(summaryFile, name, leafOf(s.summary[name]), nil, "want a whole number above 0")
			s.broken = true
			return 0
		}
		return int(v)
	}
	s.shape = shape{
		accelerators: count("num_accelerators"), hosts: count("num_hosts"), files: count("num_files_train"),
		samplesPerFile: count("num_samples_per_file"), epochs: count("epochs"),
	}
	if s.settings != nil {
		s.shape.workload = s.configured()
		s.countsOfConfig()
		return
	}
	if s.checkpointsOnly() {
		s.same(summaryFile, "epochs", s.shape.epochs, 0, "nothing was trained")
		return
	}
	if w, ok := s.implied(); ok {
		s.shape.workload = w
		s.note("there is no config.yaml: record length, batch, computation time and threshold are those of %s, whose record length the figures have", w.name)
	} else {
		s.note("there is no config.yaml, and no workload of the rounds has the record length of these figures: rates in MB/s and the threshold aren't computed again")
	}
}

func (s *submission) configured() workload {
	number := func(names ...string) float64 {
		for _, name := range names {
			if v, ok := yamlNumber(s.settings[name]); ok {
				return v
			}
		}
		return 0
	}
	w := workload{
		record: number("dataset.record_length_bytes", "dataset.record_length"), batch: number("reader.batch_size", "data_reader.batch_size"),
		computation: number("train.computation_time", "train.computation_time.mean"), minAU: number("metric.au"),
	}
	for _, known := range roundWorkloads() {
		if known.record == w.record && known.batch == w.batch && known.computation == w.computation {
			w.name = known.name
		}
	}
	return w
}

// implied finds the workload by the bytes of a sample that the summary's rates have
// between them, and by how long one computes. That one of the right record length computes
// for so long is never so is found.
func (s *submission) implied() (workload, bool) {
	rate, ok1 := toNumber(s.metric["train_throughput_mean_samples_per_second"])
	mib, ok2 := toNumber(s.metric["train_io_mean_MB_per_second"])
	au, ok3 := toNumber(s.metric["train_au_mean_percentage"])
	if !ok1 || !ok2 || !ok3 || rate <= 0 {
		return workload{}, false
	}
	record, perSample := mib*(1<<20)/rate, au/100*float64(s.shape.accelerators)/rate
	best, apart := workload{}, math.Inf(1)
	for _, w := range roundWorkloads() {
		if d := math.Abs(math.Log(perSample / (w.computation / w.batch))); math.Abs(record/w.record-1) < 0.001 && d < apart {
			best, apart = w, d
		}
	}
	// Between AU and rate lies the first step too, up to a fifth of a run.
	if s.v.Checked++; best.name != "" && apart > 0.3 {
		s.find(summaryFile, "num_accelerators", s.shape.accelerators, nil,
			"with so many, mean AU and mean samples/s leave a sample %.4g s of computing, and no accelerator of the rounds takes that for %v B", perSample, best.record)
	}
	return best, best.name != ""
}

// countsOfConfig holds the summary's counts against the configuration.
func (s *submission) countsOfConfig() {
	for _, c := range [][2]string{{"num_files_train", "dataset.num_files_train"}, {"num_samples_per_file", "dataset.num_samples_per_file"}, {"epochs", "train.epochs"}} {
		want, ok := yamlNumber(s.settings[c[1]])
		if !ok || s.summary[c[0]] == nil || c[0] == "epochs" && s.checkpointsOnly() {
			continue
		}
		s.same(summaryFile, c[0], s.summary[c[0]], want, "%s of %s says otherwise", c[1], s.configFile())
	}
	if known, ok := s.namedWorkload(); ok {
		s.workloadOf(known)
	}
}

// namedWorkload is the workload that overrides.yaml begins with.
func (s *submission) namedWorkload() (workload, bool) {
	for _, line := range s.overrides() {
		if name, ok := strings.CutPrefix(line, "workload="); ok {
			for _, w := range roundWorkloads() {
				if w.name == name {
					return w, true
				}
			}
		}
	}
	return workload{}, false
}

// workloadOf holds the configuration against the workload that it says it is, but for what
// was overridden.
func (s *submission) workloadOf(known workload) {
	overridden := map[string]bool{}
	for _, line := range s.overrides() {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "++workload."), "=")
		overridden[name] = true
	}
	has := s.shape.workload
	for _, f := range []struct {
		name      string
		has, want float64
	}{
		{"dataset.record_length", has.record, known.record}, {"reader.batch_size", has.batch, known.batch},
		{"train.computation_time", has.computation, known.computation}, {"metric.au", has.minAU, known.minAU},
	} {
		if !overridden[f.name] && f.has != 0 {
			s.same(s.configFile(), f.name, f.has, f.want, "the workload %s has another, and no override says so", known.name)
		}
	}
}

func (s *submission) checkpointsOnly() bool {
	_, trained := s.metric["train_au_percentage"]
	return !trained
}

func yamlNumber(v any) (float64, bool) {
	if n, ok := v.(float64); ok {
		return n, true
	}
	if n, ok := v.(int); ok {
		return float64(n), true
	}
	return 0, false
}
