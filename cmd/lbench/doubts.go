package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
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

// overridesYAML lists the workload's keys that were set, in the form that rule checkers of
// DLIO runs read.
func overridesYAML(settings map[string]result.Setting) []byte {
	var lines []string
	for name, s := range settings {
		if strings.Contains(name, ".") && s.From != "workload" && s.From != "default" {
			lines = append(lines, fmt.Sprintf("- ++workload.%s=%v\n", name, s.Value))
		}
	}
	slices.Sort(lines)
	if len(lines) == 0 {
		return []byte("[]\n")
	}
	return []byte(strings.Join(lines, ""))
}
