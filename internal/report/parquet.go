package report

import (
	"io"
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/lbench/lbench/internal/result"
)

// Parquet writes a row per run: what it was, and every metric that some run has, in a
// column of its own that is null where the run has it not. Metrics are doubles in the
// units of run.json.
func Parquet(w io.Writer, runs []result.Run) error {
	text := parquet.String()
	group := parquet.Group{
		"id": text, "command": text, "workload": text, "status": text, "verdict": text, "lbench": text,
		"started": parquet.Timestamp(parquet.Nanosecond),
	}
	names := map[string]bool{}
	for _, run := range runs {
		for name := range run.Metrics {
			names[name] = true
		}
	}
	for name := range names {
		group["metric_"+name] = parquet.Optional(parquet.Leaf(parquet.DoubleType))
	}
	schema := parquet.NewSchema("runs", group)
	out := parquet.NewWriter(w, schema)
	for _, run := range runs {
		row := map[string]any{
			"id": run.ID, "command": run.Command, "workload": run.Workload, "status": string(run.Status),
			"verdict": string(run.Verdict), "lbench": run.Lbench.Version, "started": run.Started.UnixNano(),
		}
		for _, name := range slices.Sorted(maps.Keys(run.Metrics)) {
			row["metric_"+name] = run.Metrics[name]
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	return out.Close()
}
