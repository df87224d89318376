package report

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// methodSection says how to get at every number again.
func methodSection(d *data) (section, bool) {
	var list []string
	if d.steps > 0 {
		list = append(formulas(d.run), "The interval is Student's, at 95 %, over the epochs that aren't warm-up; it takes epochs to be independent.")
	}
	list = append(list, "GB and MB are powers of 1000, GiB and MiB of 1024. Bytes per second are bytes that reads returned.")
	return recompute(d, list), true
}

// recompute is the section on how to get at every number again, and at the files.
func recompute(d *data, list []string) section {
	id := quoted(d.run.ID)
	commands := []string{"lbench verify " + id, "lbench report " + id}
	if d.run.Status != result.Incomplete {
		commands = append(commands, fmt.Sprintf("(cd %s && sha256sum -c %s)", id, result.SumsFile))
	}
	return section{ID: "recompute", Title: "How to recompute everything", List: list, Commands: commands,
		Lead: rawFiles(d) + " In the folder that holds the run folder, these commands work out every published number again, make the page again, and check the files:"}
}

// quoted is a word that a shell takes as it is.
func quoted(word string) string {
	if regexp.MustCompile(`^[A-Za-z0-9_.][A-Za-z0-9_.-]*$`).MatchString(word) {
		return word
	}
	return "./'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// rawFiles names the files of the run folder that hold what the page was made from.
func rawFiles(d *data) string {
	text := fmt.Sprintf("The run folder %s holds every figure and setting in %s", d.run.ID, result.RunFile)
	if d.steps > 0 {
		text += ", each step of each accelerator in " + result.StepsFile
	}
	if len(blockOf(d.run).Latencies) > 0 {
		text += ", the latencies of each job and second in ops.hdr"
	}
	if d.reads != nil {
		text += ", the latencies of the reads of each second in " + result.OpsFile
	}
	if d.readings > 0 {
		text += ", the client's counters in " + result.ReadingsFile
	}
	if d.run.Status != result.Incomplete {
		text += ", and their checksums in " + result.SumsFile
	}
	return text + ". From these files alone, lbench report makes this page again."
}

// formulas are those that the AU and the samples/s of a run were worked out by.
func formulas(run result.Run) []string {
	const whole = " The whole-epoch figure is steps × computation time / (last barrier - first read)."
	const perRank = ", then the mean over accelerators. T runs from the epoch's first read to its last barrier."
	switch profile(run) {
	case "v1.0":
		return []string{
			"AU of an epoch, by the formula of v1.0 = (steps - 1) × computation time / (T - wait and compute of step 0) per accelerator" + perRank + whole,
			"Samples/s of an epoch, by the formula of v1.0 = steps × batch size / T, summed over accelerators.",
		}
	case "v2.0":
		return measuredFormulas("v2.0", 2, perRank+whole)
	case "v3.0":
		return measuredFormulas("v3.0", 1, perRank+whole)
	}
	return []string{
		"AU of an epoch = (steps - 1) × computation time / (last barrier - step 0's barrier)." + whole,
		"Samples/s of an epoch = samples / (last barrier - first read).",
	}
}

// measuredFormulas are those of the rounds that count compute as long as it took; they
// differ in how many steps they leave out of samples/s.
func measuredFormulas(round string, left int, more string) []string {
	return []string{
		fmt.Sprintf("AU of an epoch, by the formula of %s = measured compute of all steps after step 0 / (T - wait and compute of step 0) per accelerator%s", round, more),
		fmt.Sprintf("Samples/s of an epoch, by the formula of %s = (steps - %d) × batch size / (T - wait and compute of step 0), summed over accelerators.", round, left),
		"Compute counts as long as it took, so an overloaded client, whose timers come late, raises this AU.",
	}
}

// profile is whose formulas a run's AU follows: "shuffled" or a round of MLPerf Storage.
func profile(run result.Run) string {
	if run.Plan == nil || run.Plan.Profile == "" {
		return "shuffled"
	}
	return run.Plan.Profile
}
