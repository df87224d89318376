package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/rules"
	"github.com/lbench/lbench/workloads"
)

// blockOptions is the flags of the block commands; each command binds those that it has.
type blockOptions struct {
	common
	workload         string
	size             size
	files            count
	opSize           autoSize
	jobs             autoCount
	depth            count
	mode             choice
	direct, buffered toggle
	runner           choice
	rate             rate
	rules            []string

	pattern           choice
	duration          span
	fsync             choice
	overwrite, verify toggle

	beforeCold []string
	prepare    toggle

	matrix   string
	repeats  count
	cellTime span
	yes      toggle

	ceiling span
}

// Runners of block commands.
const (
	runNative = "native"
	runFio    = "fio"
	runBoth   = "both"
)

// bindBlock adds the flags that every command on large files has.
func (o *blockOptions) bindBlock(c *cobra.Command) {
	o.bindCommon(c)
	o.files, o.depth = count{0, 1, 1 << 20}, count{1, 1, fio.MaxDepth}
	o.opSize, o.jobs = autoSize{size: size{1 << 20}}, autoCount{count: count{1, 1, fio.MaxJobs}}
	o.mode, o.runner = choice{"buffered", []string{"buffered", "direct"}}, choice{runNative, []string{runNative, runFio, runBoth}}
	o.repeats, o.cellTime, o.ceiling = count{0, 1, 10000}, span{value: 10 * time.Second}, span{value: time.Second, off: "off"}
	f := c.Flags()
	f.Var(&o.size, "size", "of all files together (default: twice this client's memory)")
	f.Var(&o.files, "files", "files to lay out (default: 32)")
	f.Var(&o.depth, "depth", "operations in flight of each job")
	f.Var(&o.mode, "mode", "through the page cache or past it (O_DIRECT)")
	o.direct.bind(f, "direct", "short for --mode direct")
	o.buffered.bind(f, "buffered", "short for --mode buffered")
	f.Var(&o.runner, "runner", "lbench's own engine, the installed fio, or both in turn")
	f.Var(&o.rate, "rate", "of all jobs together, as 500MB/s; latency then counts from when an operation was due")
	f.StringVar(&o.matrix, "matrix", "", "run every combination of `SETTINGS`, as 'mode=buffered,direct jobs=1,8'")
	f.Var(&o.repeats, "repeats", "runs of each combination, or of each runner (default: 5)")
	o.yes.bind(f, "yes", "run a matrix however long it takes")
	f.Var(&o.ceiling, "ceiling", "measure what this client can copy at most for so long")
}

// bindCommon adds the flags of all block commands, small-write's too.
func (o *blockOptions) bindCommon(c *cobra.Command) {
	o.bind(c)
	o.engine = choice{"posix", ioengine.BlockNames()}
	f := c.Flags()
	f.Lookup("drop-caches").Usage = "drop all caches of this client first (as root)"
	f.Lookup("param").Usage = "set a key of the workload: `KEY=VALUE` (repeatable)"
	f.Lookup("data-dir").Usage = "`DIR` on the mount to be measured"
	f.Lookup("seed").Usage = "seed of every random order"
	f.StringVar(&o.workload, "workload", c.Name(), "`NAME|FILE` of the workload")
	f.StringArrayVar(&o.rules, "rule", nil, "what the run has to reach: a `RULE`, as 'read_bytes_per_s>=13GB/s' (repeatable)")
}

// settle makes one mode and one engine of the flags that choose them.
func (o *blockOptions) settle(s *settings) error {
	if err := o.settleMode(s); err != nil {
		return err
	}
	direct := o.mode.value == "direct"
	switch {
	case ioengine.Virtual(o.engine.value):
		if o.runner.value != runNative {
			return usagef("--engine %s: its files are virtual, so only --runner native can read them", o.engine.value)
		}
	case !s.given("engine") && direct && o.depth.value > 1:
		o.engine.value = "uring"
	case !s.given("engine") && direct:
		o.engine.value = "direct"
	case o.engine.value == "direct" && !direct:
		if s.weight("mode") >= 0 { // not only by the workload
			return usagef("--engine direct goes past the page cache, --mode buffered through it: give one")
		}
		o.mode.value = "direct"
	case o.engine.value == "posix" && direct && s.weight("engine") >= 0:
		return usagef("--engine posix goes through the page cache, --mode direct past it: choose --engine direct or uring, or leave it out")
	}
	for flag, c := range map[string]choice{"mode": o.mode, "engine": o.engine} {
		s.values[flag] = result.Setting{Value: c.value, From: s.from(flag)}
	}
	delete(s.values, "direct")
	delete(s.values, "buffered")
	return nil
}

// settleMode lets --direct and --buffered speak for --mode.
func (o *blockOptions) settleMode(s *settings) error {
	if o.direct && o.buffered && s.weight("direct") == s.weight("buffered") {
		return usagef("--direct and --buffered exclude each other: give one")
	}
	for flag, on := range map[string]toggle{"direct": o.direct, "buffered": o.buffered} {
		if !bool(on) || s.given("mode") && s.weight("mode") > s.weight(flag) {
			continue
		}
		if s.from("mode") == s.from(flag) && o.mode.value != flag {
			return usagef("--%s and --mode %s exclude each other: give one", flag, o.mode.value)
		}
		o.mode.value = flag
		s.values["mode"] = result.Setting{Value: flag, From: s.from(flag)}
	}
	return nil
}

// job is what the flags ask for, of these files.
func (o *blockOptions) job(op fio.Op, files []fio.File) fio.Job {
	j := fio.Job{
		Op: op, Pattern: fio.Sequential, Files: files, OpBytes: o.opSize.bytes, Jobs: o.jobs.value, Depth: o.depth.value,
		Direct: o.mode.value == "direct", RateBytesPerS: o.rate.perS, Fsync: fio.FsyncNone, Seed: o.seed.value,
	}
	if op == fio.Write {
		j.Fsync, j.Overwrite, j.Verify = fio.Fsync(o.fsync.value), bool(o.overwrite), bool(o.verify)
		return j
	}
	if o.pattern.value != "" { // sustained
		j.Pattern, j.Duration = fio.Pattern(o.pattern.value), o.duration.value
	}
	return j
}

// check refuses a job, or a cell of a matrix, before anything is laid out for it.
func (o *blockOptions) check(op fio.Op, matrix *fio.Matrix) error {
	files := o.writtenFiles(o.spec()) // the names make no difference
	if matrix == nil {
		return o.checkJob(o.job(op, files))
	}
	for _, settings := range matrix.Cells() {
		job, err := fio.Apply(o.job(op, files), settings)
		if err != nil {
			return usagef("--matrix: %w", err)
		}
		if job.Op != op {
			return usagef("--matrix: cell %q: reads and writes are compared by compare-mounts only", settings)
		}
		if err := o.checkJob(job); err != nil {
			return err
		}
	}
	return nil
}

func (o *blockOptions) checkJob(job fio.Job) error {
	if err := job.Validate(); err != nil {
		return usageError{err}
	}
	if job.Direct && job.OpBytes%directBlock != 0 {
		return usagef("--op-size %d: past the page cache it has to be a multiple of %d bytes: choose one, or --buffered", job.OpBytes, directBlock)
	}
	return nil
}

// directBlock is what lbench aligns direct I/O to.
const directBlock = 4096

// blockSetup is what the flags and the workload of a block command come to.
type blockSetup struct {
	command  string
	s        *settings
	workload workloads.Block
	rules    []rules.Rule
	matrix   *fio.Matrix
}

// setUp reads the flags and the workload of a block command.
func (a *app) setUp(c *cobra.Command, o *blockOptions, sides int) (blockSetup, error) {
	s, w, err := a.resolveBlock(c, o)
	if err != nil {
		return blockSetup{}, err
	}
	setup := blockSetup{command: c.Name(), s: s, workload: w}
	if c.Flags().Lookup("mode") != nil {
		if err := o.settle(s); err != nil {
			return setup, err
		}
	}
	if setup.rules, err = o.parseRules(w); err != nil {
		return setup, err
	}
	setup.matrix, err = o.parseMatrix(sides)
	return setup, err
}

// parseRules reads the rules of the workload and of the flags.
func (o *blockOptions) parseRules(w workloads.Block) ([]rules.Rule, error) {
	var all []rules.Rule
	for _, text := range w.Rules {
		r, err := fio.ParseRule(text.Text)
		if err != nil {
			return nil, usagef("%s:%d: %w", w.File, text.Line, err)
		}
		all = append(all, r)
	}
	for _, text := range o.rules {
		r, err := fio.ParseRule(text)
		if err != nil {
			return nil, usagef("--rule: %w", err)
		}
		all = append(all, r)
	}
	return all, nil
}
