package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/lbench/lbench/internal/result"
)

// origins are where settings come from, those that someone chose first, with the words
// for them.
func origins() []struct{ from, words string } {
	return []struct{ from, words string }{
		{"flag", "set by flag"}, {"environment", "set by environment"}, {"config", "set by config file"}, {"dataset", "found in the dataset"},
		{"workload", "default of the workload"}, {"default", "default of lbench"},
	}
}

// isDefault says that nobody chose a setting for this run.
func isDefault(s result.Setting) bool { return s.From == "default" || s.From == "workload" }

// settingSection lists the settings: those that someone chose, and folded below them
// the defaults.
func settingSection(d *data) (section, bool) {
	settings := d.run.Settings
	order := func(name string) int {
		return slices.IndexFunc(origins(), func(o struct{ from, words string }) bool { return o.from == settings[name].From })
	}
	names := slices.SortedFunc(maps.Keys(settings), func(a, b string) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a, b))
	})
	var chosen, defaults []row
	for _, name := range names {
		s := settings[name]
		origin := s.From
		if i := order(name); i >= 0 {
			origin = origins()[i].words
		}
		r := row{Kind: "chosen", Cells: []cell{{Text: name}, {Text: settingText(s.Value)}, {Text: origin}}}
		if isDefault(s) {
			r.Kind = "default"
			defaults = append(defaults, r)
		} else {
			chosen = append(chosen, r)
		}
	}
	s := section{ID: "settings", Title: "Settings", Lead: fmt.Sprintf("%d of %d were set for this run, in bold. The others are defaults of the workload and of lbench.", len(chosen), len(names))}
	if len(chosen) > 0 {
		t := settingTable("Settings that were set for this run", chosen)
		s.Table = &t
	}
	if len(defaults) > 0 {
		t := settingTable(plural(len(defaults), "default"), defaults)
		s.Folded = &t
	}
	return s, len(names) > 0
}

func settingTable(label string, rows []row) table {
	return table{Label: label, Rows: rows, Columns: []column{{Head: "setting"}, {Head: "value"}, {Head: "from"}}}
}

// settingText prints whole numbers whole: JSON has read 262144 as a float.
func settingText(value any) string {
	switch v := value.(type) {
	case nil:
		return "none"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}
