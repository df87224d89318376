package report

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// title says what was run on what, in one line.
func title(run result.Run) string {
	parts := []string{run.Workload}
	if run.Workload == "" {
		parts[0] = run.Command
	}
	if run.Plan != nil {
		parts = append(parts, plural(run.Plan.Accelerators, "accelerator"))
	}
	parts = append(parts, "one client")
	return strings.Join(parts, ", ") + onMount(run.Mount)
}

func onMount(m *result.Mount) string {
	if m == nil {
		return ""
	}
	about := m.Type
	if m.Lustre != nil && m.Lustre.Targets > 0 {
		about += ", " + plural(m.Lustre.Targets, "OST")
	}
	if len(m.Servers) > 0 {
		about += ", " + plural(len(m.Servers), "server")
	}
	name := m.Source
	if name == "" {
		name = m.Path
	}
	return fmt.Sprintf(", on %s (%s)", name, about)
}

// subtitle says when, how long and by which lbench.
func subtitle(run result.Run) string {
	parts := []string{run.Started.UTC().Format("2006-01-02 15:04 UTC")}
	if run.Ended != nil {
		parts = append(parts, units.Duration(run.Ended.Sub(run.Started)))
	}
	if run.Plan != nil {
		epochs := plural(run.Plan.Epochs, "epoch")
		if run.Plan.WarmupEpochs > 0 {
			epochs += fmt.Sprintf(" (%d to warm up)", run.Plan.WarmupEpochs)
		}
		parts = append(parts, fmt.Sprintf("%s of %s", epochs, plural(run.Plan.Steps, "step")), "profile "+run.Plan.Profile)
	}
	parts = append(parts, fmt.Sprintf("seed %d", run.Seed), "lbench "+run.Lbench.Version)
	return strings.Join(parts, " · ")
}
