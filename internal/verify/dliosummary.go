package verify

import (
	"fmt"
	"math"

	"github.com/lbench/lbench/internal/dlio"
)

// lastBits is by how much a figure may differ, as a part of it: DLIO sums in Python, and
// in another order than we do. All published runs at hand agree to 2e-16.
const lastBits = 1e-15

// manyBits is lastBits of a figure that is the sum of some hundred steps.
const manyBits = 1e-13

// near compares a figure of DLIO's with what it was computed to be again.
func (s *submission) near(file, figure string, published any, again float64, format string, args ...any) {
	s.within(file, figure, published, again, lastBits*math.Abs(again), format, args...)
}

// within compares a figure that is known only to so much.
func (s *submission) within(file, figure string, published any, again, slack float64, format string, args ...any) {
	s.v.Checked++
	if v, ok := toNumber(published); !ok || !(math.Abs(v-again) <= slack) {
		s.find(file, figure, published, again, format, args...)
	}
}

// values are the numbers of a list; false where one is none, which is found.
func (s *submission) values(file, figure string, list any) ([]float64, bool) {
	items, ok := list.([]any)
	if !ok {
		s.find(file, figure, leafOf(list), nil, "want a list of numbers")
		return nil, false
	}
	all := make([]float64, len(items))
	for i, item := range items {
		if all[i], ok = toNumber(item); !ok || math.IsInf(all[i], 0) {
			s.find(file, indexed(figure, i), leafOf(item), nil, "it is no number")
			return nil, false
		}
	}
	return all, true
}

// summarized computes the summary's means and deviations from its values per epoch.
func (s *submission) summarized() {
	au, ok1 := s.values(summaryFile, "metric.train_au_percentage", s.metric["train_au_percentage"])
	rate, ok2 := s.values(summaryFile, "metric.train_throughput_samples_per_second", s.metric["train_throughput_samples_per_second"])
	if !ok1 || !ok2 {
		return
	}
	s.same(summaryFile, "epochs", s.summary["epochs"], len(au), "so many epochs have an AU")
	s.same(summaryFile, "metric.train_throughput_samples_per_second", len(rate), len(au), "so many epochs have an AU")
	for i, v := range au {
		if s.v.Checked++; v < 0 || v > 100.5 {
			s.find(summaryFile, indexed("metric.train_au_percentage", i), v, nil, "no accelerator computes less than never, or longer than always")
		}
	}
	w := s.shape.workload
	again := dlio.Figures(au, rate, w.record, w.minAU)
	s.mean("train_au_mean_percentage", again.AUMean, "metric.train_au_percentage")
	s.spread("train_au_stdev_percentage", again.AUStdev, again.AUMean, "metric.train_au_percentage")
	s.mean("train_throughput_mean_samples_per_second", again.ThroughputMean, "metric.train_throughput_samples_per_second")
	s.spread("train_throughput_stdev_samples_per_second", again.ThroughputStdev, again.ThroughputMean, "metric.train_throughput_samples_per_second")
	if w.record > 0 {
		in := fmt.Sprintf("metric.train_throughput_samples_per_second x %v B / 2^20", w.record)
		s.mean("train_io_mean_MB_per_second", again.IOMeanMBPerSecond, in)
		s.spread("train_io_stdev_MB_per_second", again.IOStdevMBPerSecond, again.IOMeanMBPerSecond, in)
	}
	if w.minAU > 0 {
		s.same(summaryFile, "metric.train_au_meet_expectation", s.metric["train_au_meet_expectation"], again.AUMeetExpectation,
			"by the mean AU against %v %%", 100*w.minAU)
	}
}

// mean compares a mean over epochs.
func (s *submission) mean(name string, again float64, of string) {
	s.near(summaryFile, "metric."+name, s.metric[name], again, "mean of %s", of)
}

// spread compares a deviation: what is left of a difference of nearly equal values.
func (s *submission) spread(name string, again, mean float64, of string) {
	s.within(summaryFile, "metric."+name, s.metric[name], again, lastBits*math.Max(again, math.Abs(mean)), "population deviation of %s", of)
}

// dataset computes what the summary says of the dataset's size against each host's memory.
func (s *submission) dataset() {
	h := s.shape
	size, there := toNumber(s.summary["data_size_per_host_GB"])
	if !there || s.shape.workload.record == 0 || h.hosts == 0 || h.accelerators == 0 || s.checkpointsOnly() {
		return
	}
	samples := (h.accelerators / h.hosts) * h.samplesPerFile * h.files / h.accelerators
	s.near(summaryFile, "data_size_per_host_GB", size, float64(samples)*h.workload.record/(1<<30), "num_files_train x num_samples_per_file by num_accelerators on num_hosts x %v B / 2^30", h.workload.record)
	memory, ok1 := s.values(summaryFile, "host_memory_GB", s.summary["host_memory_GB"])
	fits, ok2 := s.values(summaryFile, "potential_caching", s.summary["potential_caching"])
	if !ok1 || !ok2 {
		return
	}
	s.same(summaryFile, "host_memory_GB", len(memory), h.hosts, "one for each of num_hosts")
	s.same(summaryFile, "potential_caching", len(fits), h.hosts, "one for each of num_hosts")
	for i := range min(len(memory), len(fits)) {
		want := 0
		if memory[i] > size {
			want = 1
		}
		s.same(summaryFile, indexed("potential_caching", i), fits[i], want, "by host_memory_GB against data_size_per_host_GB")
	}
}

// plausible holds each epoch's AU against its rate, where no rank tells: between the two
// lies only how long the first step took, or by how much the emulated computing overslept.
func (s *submission) plausible() {
	au, ok1 := s.values(summaryFile, "metric.train_au_percentage", s.metric["train_au_percentage"])
	rate, ok2 := s.values(summaryFile, "metric.train_throughput_samples_per_second", s.metric["train_throughput_samples_per_second"])
	w, n := s.shape.workload, float64(s.shape.steps())
	if !ok1 || !ok2 || w.computation == 0 || n < 3 || s.guessed {
		return
	}
	for i := range min(len(au), len(rate)) {
		s.v.Checked++
		if au[i] == 0 || rate[i] == 0 {
			continue
		}
		perStep := w.batch * float64(s.shape.accelerators)
		computed := au[i] / 100 * perStep / rate[i] // seconds a step, as v3.0 counts
		figure := indexed("metric.train_throughput_samples_per_second", i)
		switch s.round {
		case "v1.0":
			total := n * perStep / rate[i]
			first := total - (n-1)*w.computation/(au[i]/100)
			if first < w.computation*(1-1e-6) || first > total/4 {
				s.find(summaryFile, figure, rate[i], nil,
					"with the epoch's AU of %.4f %% and num_accelerators %d the first step would have lasted %.3f s of %.1f s, and it computes for %v s", au[i], s.shape.accelerators, first, total, w.computation)
			}
		case "v2.0":
			s.computing(figure, rate[i], au[i], computed*(n-2)/(n-1))
		case "v3.0":
			s.computing(figure, rate[i], au[i], computed)
		}
	}
}

// computing is held against the computation time: a sleep is never shorter, and on
// machines that published it was up to 0.2 ms longer.
func (s *submission) computing(figure string, rate, au, each float64) {
	c := s.shape.workload.computation
	if each < c*(1-1e-6) || each > c*1.01+0.002 {
		s.find(summaryFile, figure, rate, nil, "with the epoch's AU of %.4f %% and num_accelerators %d a step would have computed for %.5f s, and its computation time is %v s", au, s.shape.accelerators, each, c)
	}
}
