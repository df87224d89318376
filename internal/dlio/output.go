package dlio

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Output makes the files that DLIO leaves behind, by name relative to the dlio folder:
// summary.json and for each rank its output and its per-epoch statistics, so that scripts
// written for DLIO read an lbench run. Names are those of v2.0, or of v1.0 under that
// profile; figures are the profile's, v1.0's under "shuffled".
func Output(run result.Run, plan Plan, epochs []Epoch, steps func(func(result.Step) error) error) (map[string][]byte, error) {
	epochs = slices.DeleteFunc(slices.Clone(epochs), func(e Epoch) bool { return e.Warmup }) // DLIO knows none
	round := plan.Profile
	if round == "shuffled" {
		round = "v1.0"
	}
	ranks, err := collect(plan, epochs, steps)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	put := func(name string, v any) {
		text, encodeErr := json.MarshalIndent(v, "", "    ")
		if encodeErr != nil && err == nil {
			err = fmt.Errorf("encode %s: %w", name, encodeErr)
		}
		files[name] = append(text, '\n')
	}
	put("summary.json", summary(run, plan, run.DLIO[round], len(epochs)))
	perEpoch := epochStats(run.Started, epochs)
	for r, steps := range ranks {
		put(fmt.Sprintf("%d_output.json", r), rankOutput(run, plan, epochs, steps, round))
		if plan.Profile != "v1.0" {
			put(fmt.Sprintf("%d_per_epoch_stats.json", r), perEpoch)
		}
	}
	if plan.Profile == "v1.0" {
		put("per_epoch_stats.json", perEpoch)
	}
	return files, err
}

// rankSteps is the steps of one rank in seconds, an element per epoch.
type rankSteps struct{ load, proc, compute [][]float64 }

func collect(plan Plan, epochs []Epoch, steps func(func(result.Step) error) error) ([]rankSteps, error) {
	index := map[int]int{}
	for i, e := range epochs {
		index[e.Epoch] = i
	}
	ranks := make([]rankSteps, plan.Accelerators)
	for r := range ranks {
		ranks[r] = rankSteps{load: make([][]float64, len(epochs)), proc: make([][]float64, len(epochs)), compute: make([][]float64, len(epochs))}
	}
	err := steps(func(s result.Step) error {
		e, ok := index[s.Epoch]
		if !ok || s.Rank >= len(ranks) {
			return nil
		}
		r := &ranks[s.Rank]
		compute := s.Compute
		if plan.Profile == "shuffled" || plan.Profile == "v1.0" {
			compute = int64(plan.ComputationTime)
		}
		r.load[e] = append(r.load[e], seconds(s.Wait))
		r.proc[e] = append(r.proc[e], seconds(s.Wait+s.Compute))
		r.compute[e] = append(r.compute[e], seconds(compute))
		return nil
	})
	return ranks, err
}

const gib = 1 << 30

func summary(run result.Run, plan Plan, figures result.DLIO, epochs int) map[string]any {
	perHost, memory, caching := caching(run, plan)
	return map[string]any{
		"start": dlioTime(run.Started), "end": dlioTime(ended(run)),
		"num_accelerators": plan.Accelerators, "num_hosts": 1, "hostname": run.Host.Name,
		"num_files_train": len(plan.Files), "num_files_eval": 0, "num_samples_per_file": plan.SamplesPerFile,
		"host_cpu_count": []int{run.Host.CPUs}, "host_processor_name": run.Host.CPUModel,
		"host_memory_GB": []float64{memory}, "data_size_per_host_GB": perHost, "potential_caching": []int{caching},
		"epochs": epochs, "metric": figures,
	}
}

// caching is the dataset's nominal size and the host's memory, in GiB, and 1 where the
// dataset fits.
func caching(run result.Run, plan Plan) (perHost, memory float64, fits int) {
	perHost = float64(plan.samples()) * plan.NominalBytes / gib
	memory = float64(run.Host.MemoryBytes) / gib
	if memory > perHost {
		fits = 1
	}
	return perHost, memory, fits
}

func ended(run result.Run) time.Time {
	if run.Ended == nil {
		return run.Started
	}
	return *run.Ended
}

// dlioTime is DLIO's form of a time. DLIO writes local time without saying so; this is UTC.
func dlioTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }

func epochStats(started time.Time, epochs []Epoch) map[string]any {
	all := map[string]any{}
	for i, e := range epochs {
		span := map[string]any{
			"start": dlioTime(started.Add(time.Duration(e.Start))), "end": dlioTime(started.Add(time.Duration(e.End))),
			"duration": strconv.FormatFloat(seconds(e.End-e.Start), 'f', 2, 64),
		}
		all[strconv.Itoa(i+1)] = map[string]any{"start": span["start"], "end": span["end"], "duration": span["duration"], "block1": span}
	}
	return all
}

func rankOutput(run result.Run, plan Plan, epochs []Epoch, steps rankSteps, round string) map[string]any {
	_, memory, fits := caching(run, plan)
	out := map[string]any{
		"hostname": run.Host.Name, "host_cpu_count": run.Host.CPUs, "host_processor_name": run.Host.CPUModel,
		"host_memory_GB": memory, "potential_caching": fits,
	}
	for i, e := range epochs {
		figures := RankEpoch{
			Steps: len(steps.load[i]), Batch: plan.BatchSize, Total: seconds(e.End - e.Start),
			Computation: plan.ComputationTime.Seconds(), Compute: sum(steps.compute[i], 1),
		}
		if len(steps.proc[i]) > 0 {
			figures.First = steps.proc[i][0]
		}
		for _, r := range AllRounds() {
			if r.Name == round {
				out[strconv.Itoa(i+1)] = map[string]any{
					"start":   dlioTime(run.Started.Add(time.Duration(e.Start))),
					"end":     dlioTime(run.Started.Add(time.Duration(e.End))),
					"load":    map[string]any{"block1": steps.load[i]},
					"proc":    map[string]any{"block1": steps.proc[i]},
					"compute": map[string]any{"block1": steps.compute[i]},
					"au":      map[string]any{"block1": 100 * r.AU(figures)}, "throughput": map[string]any{"block1": r.Throughput(figures)},
				}
			}
		}
	}
	return out
}

func sum(values []float64, from int) float64 {
	var s float64
	for i := from; i < len(values); i++ {
		s += values[i]
	}
	return s
}
