package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// residencySample is how many files the page cache is asked about before an epoch.
const residencySample = 256

// sampleOf draws the files that an epoch's residency is measured on.
func sampleOf(names []string, seed int64, epoch int) []string {
	if len(names) <= residencySample {
		return names
	}
	order := rand.New(rand.NewPCG(uint64(seed), uint64(epoch))).Perm(len(names))[:residencySample]
	sample := make([]string, 0, residencySample)
	for _, i := range order {
		sample = append(sample, names[i])
	}
	return sample
}

// cacheDoubts warns of datasets whose size lets a cache, or a few steps, make the figure.
func cacheDoubts(plan *result.Plan, host result.Host, engine string) []result.Warning {
	var all []result.Warning
	memory, bytes := float64(host.MemoryBytes), float64(plan.DatasetBytes)
	switch {
	case ioengine.Virtual(engine) || memory == 0:
	case bytes < memory:
		all = append(all, result.Warning{Code: "fits_in_memory", Text: fmt.Sprintf("the dataset (%s) fits in this client's memory (%s): epochs may come from its page cache; MLPerf Storage asks for 5 times the memory",
			units.Bytes(bytes), units.Bytes(memory))})
	case bytes < 5*memory*0.98: // v2.0's rounding makes sets of 4.98 times
		all = append(all, result.Warning{Code: "under_5x_memory", Text: fmt.Sprintf("the dataset (%s) is %.1f times this client's memory; MLPerf Storage asks for 5", units.Bytes(bytes), bytes/memory)})
	}
	if plan.Steps < 500 {
		all = append(all, result.Warning{Code: "few_steps", Text: fmt.Sprintf("%d steps an epoch; MLPerf Storage asks for 500", plan.Steps)})
	}
	return all
}

func dropCaches(ctx context.Context, dir string, names []string) ([]result.Warning, error) {
	dropped, err := ioengine.Drop(ctx, "/", dir, names)
	if err != nil {
		return nil, fmt.Errorf("drop caches: %w", err)
	}
	var warnings []result.Warning
	if dropped.Way == ioengine.DropByFile {
		warnings = append(warnings, result.Warning{Code: "dropped_by_file", Text: "caches were dropped file by file, since only root may drop all of them"})
	}
	for _, text := range dropped.Warnings {
		warnings = append(warnings, result.Warning{Code: "not_dropped", Text: text})
	}
	return warnings, nil
}

// overridesOf lists the workload's keys that were set, in the form that rule checkers of
// DLIO runs read.
func overridesOf(settings map[string]result.Setting) []string {
	all := []string{}
	for name, s := range settings {
		if strings.Contains(name, ".") && s.From != "workload" && s.From != "default" {
			value := fmt.Sprint(s.Value)
			if number, ok := s.Value.(float64); ok {
				value = strconv.FormatFloat(number, 'f', -1, 64)
			}
			all = append(all, "++workload."+name+"="+value)
		}
	}
	slices.Sort(all)
	return all
}

// hydra is what a DLIO run keeps of its launcher, as far as there is something to say.
func hydra(run result.Run, overrides []string) map[string]any {
	return map[string]any{"hydra": map[string]any{
		"run": map[string]any{"dir": run.ID}, "job": map[string]any{"name": "lbench"},
		"overrides": map[string]any{"hydra": []string{}, "task": append([]string{"workload=" + run.Workload}, overrides...)},
	}}
}
