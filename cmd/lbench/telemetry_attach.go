package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/result"
)

func newTelemetryAttach(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "attach RUN FILE...", Short: "Add what the buckets did to a finished run",
		Long: "FILE is what `lbench telemetry gcs --json` printed. It goes into RUN/attached with a sum of its own;\n" +
			"nothing that is there is changed. `lbench report RUN` then says whether the bytes came from the buckets.",
		Example: "  lbench telemetry attach results/20260313T140200Z-mlperf-resnet50_h100 buckets.json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("telemetry attach: want a run folder and at least one file, not %d arguments", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := a.resolve(c); err != nil {
				return err
			}
			return a.attach(args[0], args[1:])
		},
	}
}

// attach reads all files before it adds the first one.
func (a *app) attach(run string, files []string) error {
	folder, err := result.Open(run)
	if err != nil {
		return err
	}
	if folder.Run.Status == result.Incomplete {
		return fmt.Errorf("attach to %q: the run isn't at its end: wait for it, or give it up with lbench results", run)
	}
	texts := make([][]byte, len(files))
	traffics := make([]result.Traffic, len(files))
	for i, file := range files {
		if texts[i], err = os.ReadFile(file); err != nil {
			return fmt.Errorf("attach: %w", err)
		}
		if traffics[i], err = result.ParseTraffic(texts[i]); err != nil {
			return fmt.Errorf("attach %q: %w", file, err)
		}
		if r := folder.Run; r.Ended != nil && (traffics[i].To.Before(r.Started) || traffics[i].From.After(*r.Ended)) {
			return fmt.Errorf("attach %q: its window from %s has nothing of the run from %s: ask with --run %s", file, traffics[i].From.UTC().Format("2006-01-02T15:04:05Z"), r.Started.UTC().Format("2006-01-02T15:04:05Z"), run)
		}
	}
	for i, text := range texts {
		name := traffics[i].Source + ".json"
		if len(files) > 1 {
			name = traffics[i].Source + "-" + strings.TrimSuffix(filepath.Base(files[i]), ".json") + ".json"
		}
		if err := folder.Attach(name, text, a.create); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "attached: %s\n", filepath.Join(run, result.AttachedFolder, name))
	}
	return nil
}
