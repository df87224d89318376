package report

import (
	"bytes"
	"io"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// ListText writes a line per run for a terminal: its ID, how it ended, the figure that
// stands for it, and the size of its folder. The only errors are those of w.
func ListText(w io.Writer, runs []result.HistoryRun) error {
	if len(runs) == 0 {
		_, err := io.WriteString(w, "no runs\n")
		return err
	}
	t := table{Label: "One row per run, oldest first", Columns: []column{{Head: "run"}, {Head: "verdict"}, {Head: "metric"}, {Head: "value", Number: true}, {Head: "folder", Number: true}}}
	var total int64
	for _, r := range runs {
		name := result.HeadlineOf(r.Command, r.Metrics)
		value, _ := headlineValue(name, r.Metrics)
		total += r.Bytes
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: plain(r.ID)}, pointVerdict(r), {Text: name}, {Text: value}, {Text: units.Bytes(float64(r.Bytes))},
		}})
	}
	t.Rows = append(t.Rows, row{Kind: "mean", Cells: []cell{{Text: plural(len(runs), "run")}, {}, {}, {}, {Text: units.Bytes(float64(total))}}})
	var b bytes.Buffer
	if err := writeTable(&b, t, func(string) int { return 0 }); err != nil {
		return err
	}
	_, err := io.WriteString(w, strings.TrimLeft(b.String(), "\n"))
	return err
}
