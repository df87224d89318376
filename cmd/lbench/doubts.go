package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
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

func dropCaches(ctx context.Context, dir string, names []string) ([]result.Warning, error) {
	dropped, err := ioengine.Drop(ctx, "/", dir, names)
	if err != nil {
		return nil, fmt.Errorf("drop caches: %w", err)
	}
	var warnings []result.Warning
	if dropped.Way == ioengine.DropByFile {
		warnings = append(warnings, dlio.DroppedByFile())
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
