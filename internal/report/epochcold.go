package report

import (
	"fmt"
	"strconv"

	"github.com/lbench/lbench/internal/units"
)

// coldEpochSection is the proof of how cold each epoch's data was: what of it lay in
// this client's page cache when the epoch began. Bytes that an engine makes are never cached.
func coldEpochSection(d *data) (section, bool) {
	t := table{Label: "One row per epoch: what was cached before it", Columns: []column{
		{Head: "epoch"}, {Head: "cached before", Number: true, Code: "residency_unknown"}, {Head: "of the dataset", Number: true}, {},
	}}
	worst, known := 0.0, 0
	for _, e := range d.run.Epochs {
		r := row{Cells: []cell{{Text: strconv.Itoa(e.Epoch)}, {Text: notMeasured}, {}, {}}}
		if cached, ok := e.Metrics["cached_fraction_before"]; ok {
			known++
			worst = max(worst, cached)
			r.Cells[1].Text = residency(cached)
			if d.run.Plan != nil {
				r.Cells[2].Text = "none"
				if cached > 0 {
					r.Cells[2].Text = bothBytes(cached * float64(d.run.Plan.DatasetBytes))
				}
			}
		}
		if e.Warmup {
			r.Kind, r.Cells[3].Text = "warmup", "warm-up"
		}
		t.Rows = append(t.Rows, r)
	}
	if len(t.Rows) == 0 || madeBytes(d.run) != "" {
		return section{}, false
	}
	lead := "How much of the data lay in this client's page cache before an epoch wasn't measured, so that any of it may have come from memory."
	const measured = "of the data lay in this client's page cache before an epoch, by cachestat(2) or else mincore(2); a first read of"
	switch {
	case known == len(t.Rows) && worst == 0:
		lead = "Nothing " + measured + " each file went to the mount."
	case known > 0:
		lead = "Up to " + residency(worst) + " " + measured + " the rest went to the mount."
	}
	if m := d.run.Plan; m != nil && d.run.Host.MemoryBytes > 0 {
		lead += fmt.Sprintf(" The dataset is %s this client's memory (%s).",
			timesOf(float64(m.DatasetBytes)/float64(d.run.Host.MemoryBytes)), bothBytes(float64(d.run.Host.MemoryBytes)))
	}
	t = t.dropEmpty()
	return section{ID: "cached", Title: "How cold was the data?", Lead: lead + " What servers had cached, a client can't see." + droppedLine(d), Table: &t}, true
}

// timesOf is a ratio as a person says it: "4.98 times", "1.9 % of".
func timesOf(ratio float64) string {
	if ratio < 1 {
		return units.Percent(ratio, 1) + " of"
	}
	return significant(ratio) + " times"
}

// droppedLine says whether caches were emptied before every epoch.
func droppedLine(d *data) string {
	s, ok := d.run.Settings["drop-caches"]
	if !ok {
		return ""
	}
	if s.Value == true {
		return " Caches were dropped before every epoch, untimed."
	}
	return " Caches weren't dropped between epochs (drop-caches " + settingText(s.Value) + ")."
}

// percentInterval is the 95 % interval of a mean of fractions, as "88.7 % to 93.1 %".
func percentInterval(mean, half float64) string {
	return units.Percent(max(mean-half, 0), 1) + " to " + units.Percent(min(mean+half, 1), 1)
}
