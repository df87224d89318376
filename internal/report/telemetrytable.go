package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/units"
)

// seriesListed bounds the rows of the table of readings.
const seriesListed = 200

// readingTable has a row for each counter and gauge: rates of counters, levels of gauges.
func readingTable(m *meanwhile) table {
	all := slices.SortedFunc(maps.Values(m.series), func(a, b *series) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.name, b.name), cmp.Compare(a.device, b.device))
	})
	all = slices.DeleteFunc(all, func(s *series) bool { return s.readings == 0 })
	t := table{Columns: []column{{Head: "source"}, {Head: "name"}, {Head: "unit"}, {Head: "min", Number: true}, {Head: "mean", Number: true},
		{Head: "max", Number: true}, {Head: "readings", Number: true}, {Head: "gaps", Number: true}}}
	for _, s := range all[:min(len(all), seriesListed)] {
		t.Rows = append(t.Rows, s.row())
	}
	t.Label = "Every counter and gauge: " + units.Count(int64(len(all)))
	if len(all) > seriesListed {
		t.Label = fmt.Sprintf("The first %d of %s counters and gauges", seriesListed, units.Count(int64(len(all))))
	}
	return t
}

func (s *series) row() row {
	name := s.name
	if s.device != "" {
		name += " " + s.device
	}
	cells := []cell{{Text: s.source}, {Text: name}, {}, {}, {}, {}, {Text: units.Count(s.readings)}, {Text: units.Count(s.gaps)}}
	if s.measured && s.weight > 0 {
		size, unit := s.unit()
		cells[2].Text = unit
		for i, value := range []float64{s.low, s.sum / s.weight, s.high} {
			cells[3+i].Text = hundredths(value / size)
		}
	}
	return row{Cells: cells}
}

// unit is what a series is printed in, by its name: how much of a gauge, or of a counter's
// increase per second, and its name. Counters of ns are CPUs, or a share of the time.
func (s *series) unit() (size float64, name string) {
	switch {
	case strings.HasSuffix(s.name, "_bytes"):
		size, name = rateUnit(s.high)
		if s.gauge {
			name = strings.TrimSuffix(name, "/s")
		}
		return size, name
	case s.gauge:
		return 1, ""
	case !strings.HasSuffix(s.name, "_ns"):
		return 1, "/s"
	case s.source == "cpu" || s.source == "process":
		return 1e9, "CPUs"
	}
	return 1e7, "% of time"
}

// hundredths prints a number with two digits after the point, or one or none where it has
// enough before it.
func hundredths(v float64) string {
	switch {
	case v >= 1e15:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case v >= 100:
		return units.Count(int64(v + 0.5))
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v > 0 && v < 0.005:
		return "< 0.01"
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
