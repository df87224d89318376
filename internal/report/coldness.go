package report

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// coldness is what a run may say of its reads.
type coldness int

const (
	coldUnasked coldness = iota // nobody asked for cold files
	coldProven                  // as far as this client can see
	coldUnknown                 // the client's cache can't be asked
	coldNot                     // some of the files lay in the client's cache
)

// notCold stands beside every rate that is partly the client's memory's.
const notCold = "NOT COLD"

// coldOf judges by the rule "cold" where there is one. Without it a cold-read is cold
// where not one page was cached.
func coldOf(run result.Run) coldness {
	check := coldCheck(run)
	if run.Command != "cold-read" && check == nil {
		return coldUnasked
	}
	before, known := cachedBefore(run)
	switch {
	case !known:
		return coldUnknown
	case check != nil && check.OK, check == nil && before == 0:
		return coldProven
	}
	return coldNot
}

func coldCheck(run result.Run) *result.Check {
	for i, c := range run.Checks {
		if ruleMetric(c.Rule) == "cold" {
			return &run.Checks[i]
		}
	}
	return nil
}

// cachedBefore is the share of the files that lay in the client's cache before the first read.
func cachedBefore(run result.Run) (fraction float64, known bool) {
	if c := blockOf(run).Cold; c != nil {
		if c.Before == nil {
			return 0, false
		}
		return *c.Before, true
	}
	fraction, known = run.Metrics["cached_fraction_before"]
	return fraction, known
}

// beside is what to say beside a rate of reads: ", NOT COLD", or nothing.
func (c coldness) beside() string {
	switch c {
	case coldNot:
		return ", " + notCold
	case coldUnknown:
		return ", coldness unknown"
	}
	return ""
}

// besideMetric is beside for the metrics that are a rate of reads.
func besideMetric(run result.Run, name string) string {
	if !isBlock(run) || !strings.HasSuffix(name, "read_bytes_per_s") || strings.HasPrefix(name, "ceiling_") {
		return ""
	}
	return coldOf(run).beside()
}

// residency prints a share of the cache; one that isn't 0 never looks like 0.
func residency(fraction float64) string {
	if fraction > 0 && fraction < 0.0005 {
		return "< 0.1 %"
	}
	return units.Percent(fraction, 1)
}

// coldAlarm says why the rate isn't that of the storage.
func coldAlarm(run result.Run) string {
	if coldOf(run) != coldNot {
		return ""
	}
	before, _ := cachedBefore(run)
	return fmt.Sprintf("%s: %s of the files lay in this client's cache before the first read, so that the rate is partly that of its memory.", notCold, residency(before))
}

// coldLine says how cold the files were before the first read, here and on the servers.
func coldLine(run result.Run) string {
	c := blockOf(run).Cold
	if c == nil {
		if coldOf(run) == coldUnknown {
			return "How much of the files lay in this client's cache wasn't found out."
		}
		return ""
	}
	if blockOf(run).Direct && c.Way == "" {
		return "Past this client's page cache, whatever lies there. " + serverCaches(c)
	}
	line := "How much of the files lay in this client's cache can't be known"
	if c.Before != nil {
		line = fmt.Sprintf("Client cache: %s resident before the first read", residency(*c.Before))
	} else if c.Why != "" {
		line += " (" + strings.TrimSuffix(c.Why, ".") + ")"
	}
	if c.Way != "" {
		line += "; it was emptied by " + c.Way
	}
	return line + ". " + serverCaches(c)
}

func serverCaches(c *result.Cold) string {
	if c.Server == "" {
		return "Server caches: unknown."
	}
	return sentence(c.Server)
}

// coldFigure is the key figure on coldness; none where nobody asked and nobody looked.
func coldFigure(run result.Run) []keyFigure {
	f := keyFigure{Label: "cold", Code: doubt(run, "not_cold", "residency_unknown", "not_dropped")}
	before, known := cachedBefore(run)
	state := coldOf(run)
	switch {
	case state == coldUnasked && blockOf(run).Direct: // it doesn't read from there
		return nil
	case state == coldNot:
		f.Value, f.Detail = notCold, residency(before)+" in the client's cache before the first read"
	case known:
		f.Value, f.Detail = coldest(before), "not in the client's cache before the first read"
	case state == coldUnknown && !isMatrix(blockOf(run)):
		f.Value = notMeasured
	default:
		return nil
	}
	return []keyFigure{f}
}

// coldSection is the proof: what was cached before and after, and what was done about it.
func coldSection(d *data) (section, bool) {
	c := blockOf(d.run).Cold
	if c == nil {
		return section{}, false
	}
	t := table{Label: "What is known of the caches", Columns: []column{{}, {}}}
	add := func(name, value string, bad bool) {
		if value != "" {
			t.Rows = append(t.Rows, row{Cells: []cell{{Text: name}, {Text: value, Bad: bad}}})
		}
	}
	cached := func(fraction *float64) string {
		if fraction == nil {
			return notMeasured
		}
		return residency(*fraction) + " of all files"
	}
	add("in the client's cache before the first read", cached(c.Before), coldOf(d.run) == coldNot)
	add("after the last read", cached(c.After), false)
	add("why it isn't known", c.Why, false)
	add("emptied by", c.Way, false)
	for _, command := range c.Commands {
		add("run before", command, false)
	}
	add("server caches", strings.TrimSuffix(serverCaches(c), "."), false)
	s := section{ID: "cold", Title: "How cold were the files?", Table: &t}
	s.Lead = coldAlarm(d.run)
	return s, true
}
