package report

import (
	"fmt"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// partOf names what the figures of a run are of that came to no end that counts; empty
// for a complete run.
func partOf(run result.Run) string {
	switch run.Status {
	case result.Complete:
		return ""
	case result.Failed:
		return "a failed run"
	}
	return "an unfinished run"
}

// unfinished says how far a run came whose numbers can't carry a verdict, and what
// they are if there are any.
func unfinished(run result.Run) []string {
	line := progress(run)
	if run.Error != "" {
		line = sentence(run.Error) + " " + line
	}
	lines := []string{line}
	if len(run.Metrics)+len(run.Epochs) > 0 {
		lines = append(lines, fmt.Sprintf("All figures are those of %s.", partOf(run)))
	}
	return lines
}

// progress counts the finished epochs. A killed run's folder holds those that were saved.
func progress(run result.Run) string {
	n, of := len(run.Epochs), ""
	if run.Plan != nil {
		of = fmt.Sprintf(" of %d", run.Plan.Epochs)
	}
	switch {
	case run.Status == result.Incomplete:
		return fmt.Sprintf("As far as the run folder says, %d%s epochs were finished; a verdict is never computed from a part.", n, of)
	case n > 0 && !slices.ContainsFunc(run.Epochs, func(e result.Epoch) bool { return !e.Warmup }):
		return fmt.Sprintf("%d%s epochs were finished, all of them to warm up; those enter no mean and no verdict.", n, of)
	case run.Plan != nil && n >= run.Plan.Epochs:
		return fmt.Sprintf("%d%s epochs were finished; the run broke off after them.", n, of)
	}
	return fmt.Sprintf("%d%s epochs were finished; a verdict is never computed from a part.", n, of)
}
