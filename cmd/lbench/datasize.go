package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/telemetry"
	"github.com/lbench/lbench/internal/units"
	"github.com/lbench/lbench/workloads"
)

type datasizeOptions struct {
	workload, config    string
	accelerators, hosts count
	memory              size
	profile             choice
	json                toggle
	params              []string
}

func newDatasize(a *app) *cobra.Command {
	o := datasizeOptions{accelerators: count{1, 1, 1 << 20}, hosts: count{1, 1, 1 << 20}, profile: choice{"shuffled", dlio.Profiles()}}
	c := &cobra.Command{
		Use: "datasize", Short: "How much data do the rules ask for here?", Args: noArgs,
		Example: "  lbench datasize --workload resnet50_h100 --accelerators 48 --client-memory 284GiB",
	}
	f := c.Flags()
	f.StringVar(&o.workload, "workload", "resnet50_h100", "`NAME|FILE` of the workload")
	f.Var(&o.accelerators, "accelerators", "accelerators over all hosts")
	f.Var(&o.hosts, "hosts", "client hosts")
	f.Var(&o.memory, "client-memory", "memory of each host (default: this one's)")
	f.Var(&o.profile, "profile", "whose rules")
	o.json.bind(f, "json", "print one JSON document")
	bindConfig(c, &o.config, &o.params)
	c.RunE = func(c *cobra.Command, _ []string) error { return a.datasize(c, &o) }
	return c
}

func (a *app) datasize(c *cobra.Command, o *datasizeOptions) error {
	s, err := a.resolve(c)
	if err != nil {
		return err
	}
	w, err := loadWorkload(o.workload, s)
	if err != nil {
		return err
	}
	sizing := sizeDataset(w, o.profile.value, o.accelerators.value, o.hosts.value, o.memory.bytes)
	if o.json {
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		return e.Encode(sizing)
	}
	fmt.Fprintf(a.stdout, "%s: %s files, %s, %s steps an epoch\n\n", w.Name, units.Count(sizing.Files),
		units.Bytes(float64(sizing.StoredBytes)), units.Count(sizing.Steps))
	for _, line := range sizing.Working {
		fmt.Fprintf(a.stdout, "  %s\n", line)
	}
	_, err = fmt.Fprintf(a.stdout, "\nMake it: lbench datagen --workload %s --files %d --data-dir DIR\n", o.workload, sizing.Files)
	return err
}

// sizeDataset sizes by the rules of a profile; memory 0 is this host's.
func sizeDataset(w workloads.Training, profile string, accelerators, hosts int, memory int64) dlio.Sizing {
	if memory == 0 {
		memory = telemetry.Host("/").MemoryBytes
	}
	return dlio.Datasize(w, specOf(w).RecordBytes(), profile, accelerators, hosts, memory)
}

// specOf is the dataset that a workload describes.
func specOf(w workloads.Training) dataset.Spec {
	return dataset.Spec{
		Format: w.Dataset.Format, Prefix: w.Dataset.FilePrefix, Files: w.Dataset.NumFilesTrain,
		Subfolders: w.Dataset.NumSubfoldersTrain, SamplesPerFile: w.Dataset.NumSamplesPerFile,
		Dim: dataset.Dim(w.Dataset.RecordLengthBytes), Seed: defaultDataSeed,
	}
}
