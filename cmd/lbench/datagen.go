package main

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"errors"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// defaultDataSeed is the seed of a dataset's bytes, as in DLIO.
const defaultDataSeed = 10

type datagenOptions struct {
	workload, dataDir, config string
	files, accelerators       count
	memory                    size
	parallel                  count
	seed                      seed
	quiet                     toggle
	params                    []string
}

func newDatagen(a *app) *cobra.Command {
	o := datagenOptions{
		files: count{0, 1, 1 << 30}, accelerators: count{0, 1, 1 << 20}, parallel: count{dataset.DefaultParallel, 1, 1024},
		seed: seed{value: defaultDataSeed},
	}
	c := &cobra.Command{
		Use: "datagen", Short: "Make the dataset of a workload", Args: noArgs,
		Long: "datagen makes the files of a workload's dataset. Interrupted, it goes on where it was when\n" +
			"it is run again. It never replaces or deletes a file that lbench did not make.",
		Example: "  lbench datagen --workload resnet50_h100 --files 64 --data-dir /mnt/lustre/resnet50\n" +
			"  lbench datagen --accelerators 48 --client-memory 284GiB --data-dir /mnt/lustre/resnet50",
	}
	f := c.Flags()
	f.StringVar(&o.workload, "workload", "resnet50_h100", "`NAME|FILE` of the workload")
	f.StringVar(&o.dataDir, "data-dir", "", "`DIR` of the dataset")
	f.Var(&o.files, "files", "files to make (default: the workload's number)")
	f.Var(&o.accelerators, "accelerators", "size the dataset by the rules for so many accelerators")
	f.Var(&o.memory, "client-memory", "memory of each host, for --accelerators (default: this one's)")
	f.Var(&o.parallel, "parallel", "files written at once")
	f.Var(&o.seed, "seed", "seed of the bytes; an interrupted datagen keeps its own")
	o.quiet.bind(f, "quiet", "print no progress")
	bindConfig(c, &o.config, &o.params)
	c.RunE = func(c *cobra.Command, _ []string) error { return a.datagen(c.Context(), c, &o) }
	return c
}

func (a *app) datagen(ctx context.Context, c *cobra.Command, o *datagenOptions) error {
	s, err := a.resolve(c)
	if err != nil {
		return err
	}
	spec, err := o.spec(s)
	if err != nil {
		return err
	}
	bar := a.newBar(spec.Bytes(), "datagen", bool(o.quiet))
	began := time.Now()
	done, err := dataset.Generate(ctx, o.dataDir, spec, dataset.GenerateOptions{
		Parallel: o.parallel.value,
		Progress: bar.add,
		Warn:     func(code, text string) { a.warn(result.Warning{Code: code, Text: text}) },
	})
	bar.finish()
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %d of %d files are complete, run lbench datagen again to go on", errInterrupted, done.Kept+done.Written, spec.Files)
	}
	if err != nil {
		return err
	}
	elapsed := time.Since(began)
	if done.Written == 0 {
		_, err = fmt.Fprintf(a.stdout, "%s is complete: %s files, %s\n", o.dataDir, units.Count(int64(spec.Files)), units.Bytes(float64(spec.Bytes())))
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s: wrote %s files, %s in %s (%s, %.1f files/s, synced)\n", o.dataDir, units.Count(int64(done.Written)),
		units.Bytes(float64(done.Bytes)), units.Duration(elapsed), units.Rate(float64(done.Bytes)/elapsed.Seconds()), float64(done.Written)/elapsed.Seconds())
	return err
}

// spec is the dataset to be made: the workload's, with the number of files and the seed
// that were asked for, or those that the folder's marker says.
func (o *datagenOptions) spec(s *settings) (dataset.Spec, error) {
	if o.dataDir == "" {
		return dataset.Spec{}, usagef("datagen: --data-dir is needed: the folder to make the dataset in")
	}
	byRules := s.given("accelerators") && s.weight("accelerators") >= s.weight("files")
	if byRules && s.weight("accelerators") == s.weight("files") {
		return dataset.Spec{}, usagef("datagen: --files and --accelerators both size the dataset: give one")
	}
	if s.from("client-memory") == "flag" && !s.given("accelerators") {
		return dataset.Spec{}, usagef("datagen: --client-memory needs --accelerators")
	}
	w, err := loadWorkload(o.workload, s, s.override("files", "dataset.num_files_train", o.files.String())...)
	if err != nil {
		return dataset.Spec{}, err
	}
	spec := specOf(w)
	marker, err := dataset.ReadMarker(o.dataDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return spec, err
	}
	found := err == nil
	switch {
	case byRules:
		spec.Files = int(sizeDataset(w, "shuffled", o.accelerators.value, 1, o.memory.bytes).Files)
	case found && !filesGiven(w):
		spec.Files = marker.Spec.Files
	}
	if found && !s.given("seed") {
		o.seed.value = marker.Spec.Seed
	}
	spec.Seed = o.seed.value
	return spec, nil
}
