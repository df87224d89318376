package report

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// title says what was run on what, in one line.
func title(run result.Run) string {
	if isBlock(run) {
		return blockTitle(run)
	}
	if run.Command == "telemetry" {
		return "the buckets of " + run.Workload
	}
	if isSearch(run) {
		return strings.Join([]string{run.Command, run.Workload, "one client"}, ", ") + onStorage(run)
	}
	parts := []string{run.Workload}
	if run.Workload == "" {
		parts[0] = run.Command
	}
	if run.Plan != nil {
		parts = append(parts, plural(run.Plan.Accelerators, "accelerator"))
	}
	parts = append(parts, "one client")
	return strings.Join(parts, ", ") + onStorage(run)
}

// blockTitle is the title of a block command; its workload is named where it isn't the
// one that the command is named after.
func blockTitle(run result.Run) string {
	parts := []string{run.Command}
	if run.Workload != "" && run.Workload != run.Command {
		parts = append(parts, run.Workload)
	}
	if names := mountNames(blockOf(run)); run.Command == "compare-mounts" && names != "" {
		return strings.Join(append(parts, names, "one client"), ", ")
	}
	return strings.Join(append(parts, "one client"), ", ") + onStorage(run)
}

// onStorage says what was read or written: a mount, or nothing but memory.
func onStorage(run result.Run) string {
	if engine := madeBytes(run); engine != "" {
		return ", on no storage (engine " + engine + ")"
	}
	return onMount(run.Mount)
}

// madeBytes is the engine of a run that makes its bytes in memory; empty: the run moved
// those of a storage system.
func madeBytes(run result.Run) string { return run.MadeBytes() }

// noStorage is why such a run says nothing of any storage.
func noStorage(run result.Run) string {
	if engine := madeBytes(run); engine != "" {
		return "No storage was read or written: the engine " + engine + " makes the bytes in this client's memory."
	}
	return ""
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
		parts = append(parts, shape(run), "profile "+run.Plan.Profile)
	}
	if isBlock(run) {
		parts = append(parts, shapeOf(run)...)
	}
	parts = append(parts, fmt.Sprintf("seed %d", run.Seed), "lbench "+run.Lbench.Version)
	return strings.Join(parts, " · ")
}

// shape is how many epochs were run, and of how many if they weren't all: --duration
// ends a complete run before its last. The folder of a killed run may lag behind, so
// that it is asked for the plan only.
func shape(run result.Run) string {
	text := plural(run.Plan.Epochs, "epoch")
	if run.Status == result.Incomplete {
		text = "planned " + text
	} else if len(run.Epochs) < run.Plan.Epochs {
		text = fmt.Sprintf("%d of %s", len(run.Epochs), text)
	}
	if run.Plan.WarmupEpochs > 0 {
		text += fmt.Sprintf(" (%d to warm up)", run.Plan.WarmupEpochs)
	}
	return text + " of " + plural(run.Plan.Steps, "step")
}

// mountFacts is what a figure of a network mount can't be published without, in one
// line; empty for other mounts.
func mountFacts(m *result.Mount) string {
	switch {
	case m == nil:
		return ""
	case m.NFS != nil:
		rsize := ""
		if m.NFS.Rsize > 0 {
			rsize = "rsize " + plainBinary(m.NFS.Rsize)
		}
		return joined(known("NFS", m.NFS.Vers), m.NFS.Proto, known("nconnect", m.NFS.Nconnect), rsize)
	case m.Lustre != nil:
		stripes := ""
		if l := m.Lustre; l.StripeCount > 0 {
			stripes = fmt.Sprintf("stripes %d x %s", l.StripeCount, plainBinary(l.StripeSizeBytes))
		}
		return joined(known("Lustre", m.Version), stripes, known("max_rpcs_in_flight", m.Lustre.MaxRPCsInFlight))
	}
	return ""
}

// plainBinary prints a size that someone has set without zeros after the point: 1 MiB.
func plainBinary(size int64) string {
	return strings.Replace(units.BinaryBytes(float64(size)), ".00 ", " ", 1)
}
