package report

import (
	"io"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/lbench/lbench/internal/result"
)

// Parquet writes a row per run: the columns of CSV, and every metric that CSV has as
// metric_NAME, null where the run has it not. Metrics are doubles in the units of run.json.
func Parquet(w io.Writer, runs []result.Run) error {
	group := parquet.Group{}
	for _, c := range tableColumns() {
		group[c.name] = c.node
	}
	for _, name := range tableMetrics(runs) {
		group["metric_"+name] = parquet.Optional(parquet.Leaf(parquet.DoubleType))
	}
	out := parquet.NewWriter(w, parquet.NewSchema("runs", group))
	for _, run := range runs {
		row := map[string]any{}
		for _, c := range tableColumns() {
			switch v := c.of(run).(type) {
			case nil:
			case time.Time:
				row[c.name] = v.UnixNano()
			default:
				row[c.name] = v
			}
		}
		for name, value := range withLost(run) {
			row["metric_"+name] = value
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	return out.Close()
}
