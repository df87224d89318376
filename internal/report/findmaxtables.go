package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// pointTable is the numbers of accelerators that were probed.
func pointTable(run result.Run) (table, bool) {
	s := searchOf(run)
	t := table{Label: "The numbers of accelerators that were probed", Columns: []column{{Head: "accelerators", Number: true}, {Head: "AU", Number: true, Code: "search_drift"},
		{Head: "against " + short(s.MinAU)}, {Head: "interval", Number: true}, {Head: "worst probe", Number: true},
		{Head: "client's ceiling", Number: true}, {Head: "probes", Number: true, Code: "search_warm"}}}
	for _, p := range s.Points {
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: fmt.Sprint(p.Accelerators)}, {Text: percentBeside(p.AU, s.MinAU), Bad: p.Decided == "fail"},
			{Text: decidedWord(p.Decided)}, {Text: pointInterval(p, s.MinAU)}, {Text: percentBeside(p.Worst, s.MinAU)},
			{Text: ceilingText(p)}, {Text: probeCount(s, p, madeBytes(run) == "")}}})
	}
	t = t.dropEmpty()
	return t, len(t.Rows) > 0
}

func decidedWord(decided string) string {
	if word, ok := map[string]string{"pass": "passes", "fail": "fails", "open": "can't be told"}[decided]; ok {
		return word
	}
	return decided
}

// ceilingText is what this client could do alone: at least the AU that it reached, whatever
// was measured while something else kept it busy.
func ceilingText(p result.SearchPoint) string {
	switch {
	case p.Ceiling == 0:
		return ""
	case p.Ceiling < p.AU:
		return "≥ " + units.Percent(p.AU, 1)
	}
	return units.Percent(p.Ceiling, 1)
}

// probeCount is how many probes a point's figures are from, and how many of those read files
// that had been read before, where those lay on a storage.
func probeCount(s result.Search, point result.SearchPoint, stored bool) string {
	n, warm := 0, 0
	for _, p := range s.Probes {
		if p.Accelerators == point.Accelerators && !p.Rate && n < point.Probes {
			n++
			if p.Warm {
				warm++
			}
		}
	}
	text := fmt.Sprint(point.Probes)
	if warm > 0 && stored {
		text += fmt.Sprintf(", %d warm", warm)
	}
	return text
}

// probeTable is every probe of a search, in their order.
func probeTable(run result.Run) (table, bool) {
	probes := searchOf(run).Probes
	t := table{Label: "All " + plural(len(probes), "probe") + " in their order", Columns: []column{{Head: "probe", Number: true}, {Head: "accelerators", Number: true}, {Head: "AU", Number: true},
		{Head: "rate", Number: true}, {Head: "steps", Number: true}, {Head: "read", Number: true}, {Head: "files", Number: true}, {Head: "files were"}, {Head: "client's ceiling", Number: true}, {Head: "took", Number: true}}}
	for i, p := range probes {
		au, ceiling, files := percentBeside(p.AU, searchOf(run).MinAU), "", "unread"
		if p.Rate {
			au = "no compute"
		}
		if p.CeilingAU > 0 {
			ceiling = units.Percent(p.CeilingAU, 1)
		}
		switch {
		case madeBytes(run) != "":
			files = ""
		case p.Warm:
			files = "read before"
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: fmt.Sprint(i + 1)}, {Text: fmt.Sprint(p.Accelerators)}, {Text: au}, {Text: units.Rate(p.BytesPerS)},
			{Text: units.Count(int64(p.Steps))}, {Text: units.Bytes(float64(p.ReadBytes))}, {Text: units.Count(p.Files)}, {Text: files}, {Text: ceiling}, {Text: units.Duration(p.Took)}}})
	}
	t = t.dropEmpty()
	return t, len(t.Rows) > 0
}

// fullRunSection has the figures of the full run, and leads to its page.
func fullRunSection(d *data) (section, bool) {
	s := searchOf(d.run)
	if s.FullRun == "" {
		return section{}, false
	}
	t := table{Label: "The full run at the answer", Columns: []column{{Head: "run"}, {Head: "accelerators", Number: true}, {Head: "mean AU", Number: true}, {Head: "worst epoch", Number: true}, {Head: "against " + short(s.MinAU)}}}
	r := row{Cells: []cell{{Text: s.FullRun, Link: reportLink(s.FullRun)}, {Text: fmt.Sprint(int(d.run.Metrics["accelerators_max"]))}, {}, {}, {Text: "it did not come to its end"}}}
	if au, ok := fullRunAU(d.run); ok {
		worst, failed := d.run.Metrics["au_min_fraction"], au < s.MinAU
		r.Cells[2], r.Cells[3], r.Cells[4].Text = cell{Text: percentBeside(au, s.MinAU), Bad: failed}, cell{Text: percentBeside(worst, s.MinAU), Bad: worst < s.MinAU}, "passes"
		if failed {
			r.Cells[4].Text = "fails"
		}
	}
	t.Rows = []row{r}
	t = t.dropEmpty()
	return section{ID: "full-run", Title: "What did a full run at the answer give?", Contents: "Full run", Table: &t,
		Lead: "The probes are short. This is one run of all epochs over the whole dataset, in a folder beside this one."}, true
}

// tunedLead says how reader settings were tried.
func tunedLead(run result.Run) string {
	return fmt.Sprintf("Reader settings, each tried at another value with %s, the fewest that fail. Changes are of AU, relative: +1 %% of 80 %% is 80.8 %%.",
		plural(int(run.Metrics["accelerators_min_failing"]), "accelerator"))
}

// tunedLine is which reader settings would help, and what to do about it.
func tunedLine(run result.Run) string {
	settings := searchOf(run).Settings
	if len(settings) == 0 {
		return ""
	}
	var help, params []string
	for _, t := range settings {
		if t.Mattered && t.Change > 0 {
			help = append(help, fmt.Sprintf("%s at %s instead of %s raises AU by %s of itself (%s)", t.Name, tunedValue(t.Name, t.To), tunedValue(t.Name, t.From), units.Percent(t.Change, 1), signedInterval(t)))
			params = append(params, "--param "+t.Name+"="+t.To)
		}
	}
	if len(help) == 0 {
		most := slices.MaxFunc(settings, func(a, b result.TunedSetting) int { return cmp.Compare(a.High, b.High) }).High
		return fmt.Sprintf("Of %s that were tried none was seen to help: a gain of more than %s would have shown.", plural(len(settings), "reader setting"), units.Percent(max(0, most), 1))
	}
	return fmt.Sprintf("What would help: %s. Search again with %s.", strings.Join(help, "; "), strings.Join(params, " "))
}

// tunedValue is a setting as a person reads it: a transfer size has a unit.
func tunedValue(name, value string) string {
	if size, err := strconv.ParseInt(value, 10, 64); err == nil && name == "reader.transfer_size" {
		return plainBinary(size)
	}
	return value
}

func signedInterval(t result.TunedSetting) string {
	return strings.TrimSuffix(signed(t.Low), " %") + " to " + signed(t.High)
}

// tunedTable is what each reader setting changed; those that mattered are in bold.
func tunedTable(run result.Run) (table, bool) {
	t := table{Label: "Reader settings that were tried", Columns: []column{{Head: "setting"}, {Head: "from"}, {Head: "to"}, {Head: "change of AU", Number: true}, {Head: "interval", Number: true}, {Head: "mattered"}}}
	for _, s := range searchOf(run).Settings {
		r := row{Cells: []cell{{Text: s.Name}, {Text: tunedValue(s.Name, s.From)}, {Text: tunedValue(s.Name, s.To)}, {Text: signed(s.Change)}, {Text: signedInterval(s)}, {Text: "no"}}}
		if s.Mattered {
			r.Kind, r.Cells[5].Text = "chosen", "yes"
		}
		t.Rows = append(t.Rows, r)
	}
	return t, len(t.Rows) > 0
}

// tunedSection is which reader settings mattered.
func tunedSection(d *data) (section, bool) {
	t, ok := tunedTable(d.run)
	if !ok {
		return section{}, false
	}
	return section{ID: "tuned", Title: "Which reader settings mattered?", Lead: tunedLine(d.run) + " " + tunedLead(d.run), Table: &t}, true
}
