package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
	"github.com/lbench/lbench/internal/units"
)

// answer is what a reader takes away who reads nothing else.
type answer struct {
	Word     string   // PASS, FAIL, NO VERDICT
	Why      string   // after the word: what failed, or why there is no verdict
	Quantity string   // what Figure is: AU; empty where Beside says it
	Figure   string   // mean AU, or the rate of a block command, where there is one
	Beside   string   // after Figure: " against 90 %" where there is a threshold, or that the run is unfinished
	Rule     string   // what Figure had to be, where Beside doesn't say it: "rule: ≥ 13.0 GB/s"
	Sure     string   // the interval of Figure, and of how many values; or why there is none
	Code     string   // of the warning that puts Figure in doubt
	Tone     string   // ok, bad or open: for colour, never the only sign
	Alarm    string   // why the figure may say nothing of the storage
	Lines    []string // sentences, the most important first
}

// judgesFrom is the ceiling from which a client may judge a storage system: what is
// lost below it is the client's own.
const judgesFrom = 0.99

// newAnswer puts a run's verdict into words. It decides nothing: run.Verdict does.
func newAnswer(run result.Run) answer {
	if isBlock(run) {
		return newBlockAnswer(run)
	}
	if isSearch(run) {
		return newSearchAnswer(run)
	}
	a := answer{Quantity: "AU"}
	mean, measured := run.Metrics["au_mean_fraction"]
	if measured {
		a.Figure = percentBeside(mean, threshold(run))
		a.Beside, a.Code = beside(run), "head_start"
	}
	a.judge(run, blame)
	if measured && run.Status == result.Complete {
		a.Sure = epochsSure(run)
	}
	if run.Status != result.Complete {
		a.Lines = unfinished(run)
		return a
	}
	a.Alarm = alarm(run)
	a.Lines = append(a.Lines, failedRules(run)...)
	if measured {
		a.Lines = append(a.Lines, marginLine(run, mean))
	}
	for _, line := range slices.Concat([]string{worstLine(run), limitLine(run)}, lostLines(run)) {
		if line != "" {
			a.Lines = append(a.Lines, line)
		}
	}
	return a
}

// epochsSure is how sure the mean AU is. Epochs are repeats within one run.
func epochsSure(run result.Run) string {
	values := counted(run, "au_fraction")
	half, ok := stats.Interval95(values)
	if !ok {
		return plural(len(values), "epoch") + " of one run: no interval"
	}
	return fmt.Sprintf("± %s points at 95 %%, %s of one run", points(half), plural(len(values), "epoch"))
}

// judge sets the word for a run's verdict; blame says in a few words what failed.
func (a *answer) judge(run result.Run, blame func(result.Run) string) {
	a.Tone = "open"
	switch {
	case run.Status != result.Complete:
		a.Word, a.Why = "NO VERDICT", "run "+string(run.Status)
	case run.Verdict == result.Pass:
		a.Word, a.Tone = "PASS", "ok"
	case run.Verdict == result.Fail:
		a.Word, a.Why, a.Tone = "FAIL", blame(run), "bad"
	default:
		a.Word, a.Why = "NO VERDICT", "no rule was set"
	}
}

// Unit is what stands under Figure where that stands alone.
func (a answer) Unit() string { return strings.TrimSpace(a.Quantity + a.Beside) }

// Head is the word, with the reason where there is one.
func (a answer) Head() string {
	switch {
	case a.Why == "":
		return a.Word
	case a.Tone == "open":
		return a.Word + ": " + a.Why
	}
	return a.Word + " (" + a.Why + ")"
}

// threshold is the AU that the run had to reach; 0 where there was none.
func threshold(run result.Run) float64 {
	for _, c := range run.Checks {
		if strings.HasPrefix(c.Rule, "au_mean_fraction") {
			return c.Want
		}
	}
	if run.Plan != nil {
		return run.Plan.MinAU
	}
	return 0
}

func beside(run result.Run) string {
	if of := partOf(run); of != "" {
		return " of " + of
	}
	if want := threshold(run); want > 0 {
		return " against " + short(want)
	}
	return ""
}

// sentence makes one of the text of an error or a warning. A name that it begins with, as
// of a file or a setting, stays as it is.
func sentence(text string) string {
	text = strings.TrimSuffix(text, ".")
	first, _, _ := strings.Cut(text, " ")
	if !strings.ContainsAny(strings.TrimRight(first, ".,:;"), "_./=") {
		_, size := utf8.DecodeRuneInString(text)
		text = strings.ToUpper(text[:size]) + text[size:]
	}
	return text + "."
}

// blame says in a few words where a failure of the AU rule comes from; empty where
// another rule failed, or where the run doesn't tell.
func blame(run result.Run) string {
	if run.Limit == nil || auPassed(run) {
		return ""
	}
	if engine := madeBytes(run); engine != "" && run.Limit.Name == "storage" {
		return "the engine " + engine + ", not storage"
	}
	ceiling, known := run.Metrics["ceiling_au_fraction"]
	switch run.Limit.Name {
	case "client-cpu", "client-memory":
		return "client, not storage"
	case "network":
		return "network"
	case "storage":
		if mean, ok := run.Metrics["au_mean_fraction"]; ok && known && ceiling < threshold(run) {
			return fmt.Sprintf("storage at %s; this client ends at %s", short(mean), short(ceiling))
		}
		return "storage"
	}
	return ""
}

// auPassed says that there is a rule on AU and that it holds.
func auPassed(run result.Run) bool {
	for _, c := range run.Checks {
		if strings.HasPrefix(c.Rule, "au_") {
			return c.OK
		}
	}
	return false
}

func alarm(run result.Run) string {
	if text := noStorage(run); text != "" {
		return text
	}
	ceiling, ok := run.Metrics["ceiling_au_fraction"]
	switch {
	case !ok || ceiling >= judgesFrom:
		return ""
	case beaten(run):
		return fmt.Sprintf("With the data in its own memory this client was measured at %s AU, and the run reached %s: something else took its processors while it was measured, so that its ceiling isn't known.",
			units.Percent(ceiling, 1), units.Percent(run.Metrics["au_mean_fraction"], 1))
	}
	return fmt.Sprintf("This client can't judge that storage: with the data in its own memory it ends at %s AU, under the %s that it takes.",
		units.Percent(ceiling, 1), short(judgesFrom))
}

// beaten says that the run did better than this client could, as its ceiling was measured.
func beaten(run result.Run) bool {
	ceiling, ok := run.Metrics["ceiling_au_fraction"]
	const near = 0.01 // two measurements of one client differ by so much
	return ok && run.Metrics["au_mean_fraction"] > ceiling+near
}

// marginLine gives the mean, its distance from the threshold and how sure that is.
func marginLine(run result.Run, mean float64) string {
	want := threshold(run)
	values := counted(run, "au_fraction")
	if want == 0 {
		return fmt.Sprintf("Accelerator utilization (AU) has no threshold here; %s on one client.", plural(len(values), "epoch"))
	}
	relation := "above"
	if mean < want {
		relation = "below"
	}
	line := fmt.Sprintf("Accelerator utilization (AU) is %s points %s the %s threshold", points(math.Abs(mean-want)), relation, short(want))
	half, ok := stats.Interval95(values)
	if !ok {
		return line + fmt.Sprintf(", over %s on one client.", plural(len(values), "epoch"))
	}
	line += fmt.Sprintf(" (± %s at 95 %%, %s), on one client.", points(half), plural(len(values), "epoch"))
	if half > math.Abs(mean-want) {
		line += " The threshold lies within that interval: more epochs would settle it."
	}
	return line
}

// points prints a difference of two fractions in percentage points, with one digit
// after the point, or two below a tenth.
func points(difference float64) string {
	if difference < 0.001 {
		return strings.TrimSuffix(units.Percent(difference, 2), " %")
	}
	return strings.TrimSuffix(units.Percent(difference, 1), " %")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return units.Count(int64(n)) + " " + noun + "s"
}

// failedRules names the rules that failed, but for the mean AU, which marginLine has.
func failedRules(run result.Run) []string {
	var lines []string
	for _, c := range run.Checks {
		if c.OK || strings.HasPrefix(c.Rule, "au_mean_fraction") && c.Got != nil {
			continue
		}
		lines = append(lines, fmt.Sprintf("Failed rule: %s (got: %s).", c.Rule, got(c)))
	}
	return lines
}

// worstEpoch is the index in run.Epochs of the lowest AU that enters the mean.
func worstEpoch(run result.Run) (int, bool) {
	worst, found := 0, false
	for i, e := range run.Epochs {
		au, ok := e.Metrics["au_fraction"]
		if ok && !e.Warmup && (!found || au < run.Epochs[worst].Metrics["au_fraction"]) {
			worst, found = i, true
		}
	}
	return worst, found
}

// worstLine gives what a mean hides: the worst epoch, and the start of each.
func worstLine(run result.Run) string {
	var parts []string
	if i, ok := worstEpoch(run); ok && len(counted(run, "au_fraction")) > 1 {
		e := run.Epochs[i]
		parts = append(parts, fmt.Sprintf("Worst epoch: %s (epoch %d).", percentBeside(e.Metrics["au_fraction"], threshold(run)), e.Epoch))
	}
	if whole, ok := run.Metrics["au_whole_fraction"]; ok {
		parts = append(parts, fmt.Sprintf("Over whole epochs, start-up included: %s.", percentBeside(whole, threshold(run))))
	}
	return strings.Join(parts, " ")
}

// limitLine names the limit, and beside it what this client could do at most.
func limitLine(run result.Run) string {
	if run.Limit == nil {
		return ""
	}
	names := map[string]string{
		"storage":       "The limit is the storage.",
		"client-cpu":    "The limit is this client's CPU.",
		"client-memory": "The limit is this client's memory.",
		"network":       "The limit is the network.",
		"none":          "Nothing held the accelerators back.",
	}
	if engine := madeBytes(run); engine != "" {
		names["storage"] = "The limit is what makes the bytes, the engine " + engine + "."
	}
	if isBlock(run) {
		names["none"] = "Nothing that this client can see held it back."
	}
	line, ok := names[run.Limit.Name]
	if whole, known := run.Metrics["au_whole_fraction"]; known && run.Limit.Name == "none" && hasWarning(run, "whole_lower") {
		line = fmt.Sprintf("Within the window nothing held the accelerators back; start-up of each epoch took the rest (whole epochs: %s).",
			percentBeside(whole, threshold(run)))
	}
	if !ok {
		line = fmt.Sprintf("The limit is %s.", run.Limit.Name)
	}
	for _, name := range []string{"ceiling_au_fraction", "ceiling_read_bytes_per_s"} {
		if ceiling, ok := run.Metrics[name]; ok && !beaten(run) {
			line += " With the data in its own memory this client reaches " + printed(name, ceiling)
			if run.Mount != nil && run.Mount.Network {
				line += ", less what a network file system would cost it"
			}
			return line + "."
		}
	}
	return line
}

// evidence is what speaks for the limit of a run. What is said there of a storage is left
// out where none was read or written.
func evidence(run result.Run) []string {
	if run.Limit == nil {
		return nil
	}
	if madeBytes(run) == "" {
		return run.Limit.Evidence
	}
	return slices.DeleteFunc(slices.Clone(run.Limit.Evidence), func(text string) bool { return strings.Contains(text, "storage") })
}

func hasWarning(run result.Run, code string) bool {
	return slices.ContainsFunc(run.Warnings, func(w result.Warning) bool { return w.Code == code })
}
