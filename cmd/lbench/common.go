package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/workloads"
)

// common is the flags that every benchmark command has.
type common struct {
	dataDir, resultsDir, config string
	name                        label
	seed                        seed
	engine                      choice
	dropCaches, json, quiet     toggle
	ioTimeout, telemetryEvery   span
	maxInflight                 count
	params                      []string
}

// maxInflightMost keeps the threads of blocked reads below the Go runtime's limit of 10,000.
const maxInflightMost = 9000

func (o *common) bind(c *cobra.Command) {
	o.engine = choice{"posix", ioengine.Names()}
	o.maxInflight = count{4096, 1, maxInflightMost}
	o.ioTimeout = span{value: 10 * time.Minute}
	o.telemetryEvery = span{value: time.Second, least: leastInterval}
	o.seed.draw()
	f := c.Flags()
	f.StringVar(&o.dataDir, "data-dir", "", "`DIR` of the dataset (needed by posix and direct)")
	f.StringVar(&o.resultsDir, "results-dir", "results", "`DIR` for run folders")
	f.Var(&o.name, "name", "`NAME` in the run folder's, in place of the workload's")
	f.Var(&o.seed, "seed", "seed of the order of samples")
	f.Var(&o.engine, "engine", "how bytes are moved")
	o.dropCaches.bind(f, "drop-caches", "make the files cold before every epoch (as root: drop_caches; else file by file)")
	f.Var(&o.ioTimeout, "io-timeout", "end the run when a read takes longer (0s: never)")
	f.Var(&o.maxInflight, "max-inflight", "reads that may block at once")
	f.Var(&o.telemetryEvery, "telemetry-interval", "time between readings of this machine's counters")
	o.json.bind(f, "json", "print run.json instead of tables")
	o.quiet.bind(f, "quiet", "print the result and errors only")
	bindConfig(c, &o.config, &o.params)
}

// bindConfig adds the flags of every command that takes settings from files.
func bindConfig(c *cobra.Command, config *string, params *[]string) {
	c.Flags().StringVar(config, "config", "", "YAML `FILE` that sets flags")
	c.Flags().StringArrayVar(params, "param", nil, "set a key of the workload: `KEY=VALUE` (repeatable)")
}

// within does something that reaches for the storage under --io-timeout: a server that
// does not answer ends the run as a read that hangs does, and what waits for it is left
// behind. what is the beginning of that error.
func (o *common) within(ctx context.Context, what string, look func(context.Context) error) error {
	timed, cancel := ctx, context.CancelFunc(func() {})
	if o.ioTimeout.value > 0 {
		timed, cancel = context.WithTimeout(ctx, o.ioTimeout.value)
	}
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- look(timed) }()
	var err error
	select {
	case err = <-done:
	case <-timed.Done():
		err = timed.Err()
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return timeoutError{fmt.Errorf("%s: no answer for %v, more than --io-timeout: is the server up?", what, o.ioTimeout.value)}
	}
	return err
}

// timeoutError says that something took longer than --io-timeout.
type timeoutError struct{ error }

func isTimeout(err error) bool {
	var timeout timeoutError
	return errors.As(err, &timeout)
}

// loadWorkload reads the workload with every override: keys of --param, and those that
// have flags of their own.
func loadWorkload(name string, s *settings, flags ...workloads.Override) (workloads.Training, error) {
	var overrides []workloads.Override
	for _, from := range sources() {
		for _, o := range append(s.params[:len(s.params):len(s.params)], flags...) {
			if o.From == from {
				overrides = append(overrides, o)
			}
		}
	}
	w, err := workloads.LoadTraining(name, overrides)
	if err != nil {
		return w, usageError{err}
	}
	return w, nil
}

// override makes a flag an override of the key that it stands for, if it was given.
func (s *settings) override(flag, key, value string) []workloads.Override {
	if !s.given(flag) {
		return nil
	}
	return []workloads.Override{{Key: key, Value: value, From: s.from(flag)}}
}

func fraction(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// record joins the settings of flags and workload for run.json.
func (s *settings) record(w workloads.Training) map[string]result.Setting {
	all := map[string]result.Setting{}
	for name, v := range s.values {
		if v.Value != "" { // a flag that was left out and has no default
			all[name] = v
		}
	}
	for name, v := range w.Settings {
		all[name] = result.Setting{Value: v.Value, From: v.From}
	}
	return all
}

// standIn records a flag that stands for a workload's key as what became of that key.
func standIn(all map[string]result.Setting, flag string, value any, key string) {
	all[flag] = result.Setting{Value: value, From: all[key].From}
}

func (a *app) warn(w result.Warning) { fmt.Fprintf(a.stderr, "warning: %s\n", w.Text) }
