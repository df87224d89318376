package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/mount"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/telemetry"
	"github.com/lbench/lbench/internal/units"
	"github.com/lbench/lbench/workloads"
)

type findMaxOptions struct {
	common
	workload         string
	least, most      count
	minAU            searchedAU
	maxTime, ceiling span
	noVerify, noRun  toggle
	tune             []string
	resume           string
}

func newFindMax(a *app) *cobra.Command {
	o := findMaxOptions{
		least: count{1, 1, 1 << 16}, most: count{1024, 1, 1 << 16}, maxTime: span{value: 30 * time.Minute}, ceiling: span{value: 2 * time.Second, off: "off"},
	}
	c := &cobra.Command{
		Use: "find-max", Short: "How many accelerators can this storage feed, and what stops the next one?", Args: noArgs,
		Long: "find-max looks for the largest number of simulated accelerators at which AU reaches its threshold.\n" +
			"It makes short runs over files that it has not read before, closer and closer to the edge, and\n" +
			"repeats those at the edge until the interval of AU lies on one side of the threshold. This client's\n" +
			"own ceiling is measured at each point. In the end it makes one full run at the answer.",
		Example: "  lbench find-max --workload resnet50_h100 --data-dir /mnt/lustre/resnet50\n" +
			"  lbench find-max --workload resnet50_h100 --data-dir /mnt/lustre/resnet50 --tune reader.read_threads,reader.transfer_size",
	}
	f := c.Flags()
	f.StringVar(&o.workload, "workload", "resnet50_h100", "`NAME|FILE` of the workload")
	f.Var(&o.least, "least", "fewest accelerators that are of interest")
	f.Var(&o.most, "most", "most accelerators that are of interest")
	f.Var(&o.minAU, "min-au", "AU to pass at, in percent (default: the workload's)")
	f.Var(&o.maxTime, "max-time", "end the search after this time, with the bracket so far (0s: never); --tune and the full run come on top")
	f.Var(&o.ceiling, "ceiling", "measure this client's own ceiling for so long at each number of accelerators")
	o.noVerify.bind(f, "no-verify", "do not check the CRC32C of the records")
	o.noRun.bind(f, "no-full-run", "leave out the full run at the answer")
	f.StringSliceVar(&o.tune, "tune", nil, "then try these `KEYS` of the workload's reader at another value each, as reader.read_threads")
	f.StringVar(&o.resume, "resume", "", "go on with the probes of the search in `RUN`, which was interrupted or ran out of time")
	o.bind(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return a.findMax(c.Context(), c, &o) }
	return c
}

func (a *app) findMax(ctx context.Context, c *cobra.Command, o *findMaxOptions) error {
	s, err := a.resolve(c)
	if err != nil {
		return err
	}
	if err := o.needsDir("find-max", "the folder that lbench datagen made"); err != nil {
		return err
	}
	if o.most.value < o.least.value {
		return usagef("find-max: search between --least %d and --most %d accelerators: want the lower number first", o.least.value, o.most.value)
	}
	for i, key := range o.tune {
		if _, err := tunableOf(key); err != nil {
			return err
		}
		if slices.Contains(o.tune[:i], key) {
			return usagef("find-max: --tune names %s twice: want each key once", key)
		}
	}
	w, err := o.load(s)
	if err != nil {
		return err
	}
	if w.Train.ComputationTime == 0 {
		return usagef("find-max: the computation time of workload %q is 0: any number of accelerators is waiting for data then, so there is nothing to find", w.Name)
	}
	before, err := o.earlier()
	if err != nil {
		return err
	}
	data, err := prepare(ctx, w, o.engine.value, o.dataDir)
	if err != nil {
		return err
	}
	defer data.release()
	r, err := a.newSearchRun(o, s, w, data)
	if err == nil {
		err = r.takeUp(before)
	}
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1) // as mlperf does
	return r.do(ctx, steps{measure: r.measure, conclude: r.conclude, goesOn: r.goesOn})
}

// load reads the workload with the flags that stand for its keys, and others.
func (o *findMaxOptions) load(s *settings, more ...workloads.Override) (workloads.Training, error) {
	return loadWorkload(o.workload, s, append(s.override("min-au", "metric.au", fraction(o.minAU.fraction)), more...)...)
}

// plan is that of so many accelerators over the whole dataset. Probes take parts of it.
func (o *findMaxOptions) plan(w workloads.Training, d data, accelerators int) (dlio.Plan, error) {
	plan, err := dlio.NewPlan(w, d.files, d.spec.RecordBytes(), dlio.PlanOptions{
		Profile: "shuffled", Accelerators: accelerators, MinAU: w.Metric.AU, Seed: o.seed.value, Verify: !bool(o.noVerify)})
	return plan, err
}

// searchRun is one run of find-max, from an open run folder to a closed one.
type searchRun struct {
	benchmark
	o       *findMaxOptions
	s       *settings
	load    workloads.Training
	data    data
	plan    dlio.Plan
	files   dlio.ProbeFiles
	search  dlio.SearchOptions
	engine  ioengine.Engine
	probes  []dlio.Probe
	answer  dlio.Answer
	ceiling map[int]float64 // by accelerators
	sampler *telemetry.Sampler
	edges   []result.Reading // of the probes of this sitting

	cutShort string // that the full run was interrupted; empty: it was not
}

func (a *app) newSearchRun(o *findMaxOptions, s *settings, w workloads.Training, d data) (*searchRun, error) {
	plan, err := o.plan(w, d, 1)
	if err != nil {
		return nil, err
	}
	r := &searchRun{benchmark: a.newBenchmark(&o.common, "find-max", w.Name), o: o, s: s, load: w, data: d, plan: plan, files: dlio.NewProbeFiles(plan),
		engine: a.open(o.engine.value, o.dataDir, d.spec), ceiling: map[int]float64{}}
	if r.files.Most() < o.least.value {
		more := "make more files (lbench datagen --files N)"
		if ioengine.Virtual(o.engine.value) {
			more = "give it more files (--param dataset.num_files_train=N)"
		}
		return nil, fmt.Errorf("find-max: %d files of %d samples are enough for probes of %d accelerators, and --least is %d: %s",
			len(d.files), plan.SamplesPerFile, r.files.Most(), o.least.value, more)
	}
	if o.engine.value == "posix" {
		r.outlastReadAhead()
	}
	r.search = r.files.Bounded(o.least.value, o.most.value)
	r.search.MaxTime, r.search.Virtual = o.maxTime.value, ioengine.Virtual(o.engine.value)
	if err := r.search.Validate(); err != nil {
		return nil, usagef("find-max: %w", err)
	}
	if err := r.checkTune(); err != nil {
		return nil, err
	}
	r.run.Settings, r.run.Seed = o.settings(s, w, d), plan.Seed
	r.run.Search = &result.Search{Method: result.SearchMethod, MinAU: plan.MinAU, Points: []result.SearchPoint{}, Probes: []result.SearchProbe{}}
	for _, text := range w.Warnings {
		r.warn(result.Warning{Code: "no_effect", Text: text})
	}
	for _, found := range d.warnings {
		r.warn(result.Warning{Code: found.Code, Text: found.Text})
	}
	if !ioengine.Virtual(o.engine.value) {
		r.describeMount(o.dataDir, []string{d.files[0].Name, d.files[len(d.files)-1].Name})
	}
	return r, nil
}

// outlastReadAhead has probes outlast what this client reads ahead, where the dataset is
// large enough.
func (r *searchRun) outlastReadAhead() {
	r.files.ReadAhead = r.readAhead()
	if r.files.Most() < max(r.o.least.value, 2) {
		r.warn(result.Warning{Code: "short_probes", Text: fmt.Sprintf("the dataset is too small for probes that outlast this client's read-ahead (%s a stream): AU may be read too high or too low: make more files",
			units.BinaryBytes(float64(r.files.ReadAhead)))})
		r.files.ReadAhead = 0
	}
}

// lustreReadAhead is what Lustre reads ahead in one file at most, unless it says so.
const lustreReadAhead = 64 << 20

// readAhead is how many bytes this client may read ahead of one stream.
func (r *searchRun) readAhead() int64 {
	if bytes, known := mount.ReadAhead("/", r.o.dataDir); known {
		return bytes
	}
	return lustreReadAhead
}

// settings is what run.json says of flags and workload. Where the folder's files were
// counted, their number is the dataset's; so is the seed of its bytes.
func (o *findMaxOptions) settings(s *settings, w workloads.Training, d data) map[string]result.Setting {
	all := s.record(w)
	standIn(all, "min-au", math.Round(w.Metric.AU*1e8)/1e6, "metric.au")
	if d.counted {
		all["dataset.num_files_train"] = result.Setting{Value: len(d.files), From: "dataset"}
	}
	if !ioengine.Virtual(o.engine.value) {
		if marker, err := dataset.ReadMarker(o.dataDir); err == nil { // a folder without one is not lbench's
			all["dataset.seed"] = result.Setting{Value: marker.Spec.Seed, From: "dataset"}
		}
	}
	return all
}

// errOutOfTime ends a search that has no time for one more probe.
var errOutOfTime = errors.New("out of time")

// searchedAU is an AU that can be searched for.
type searchedAU struct{ percent }

func (p *searchedAU) Set(s string) error {
	if err := p.percent.Set(s); err != nil || p.fraction > dlio.MostMinAU {
		return fmt.Errorf("%q isn't a percentage above 0, at most %g, as 90: no run reaches 100 %% exactly", s, 100*dlio.MostMinAU)
	}
	return nil
}
