package verify

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// Run verifies one run folder of lbench. What is wrong in the folder is a finding, a
// run.json that isn't JSON too; an error says that it could not be verified: no run.json, one
// of another version, or a file that this machine or user can't read.
func Run(dir string, o Options) (result.Verification, error) {
	schema, err := newSchema(o.Schema)
	if err != nil {
		return result.Verification{}, err
	}
	v, err := verifyRun(dir, schema)
	if ofMachine(err) {
		return result.Verification{}, cannotRead(dir, err)
	}
	return v, err
}

func verifyRun(dir string, schema *schemaRules) (result.Verification, error) {
	l := newLedger()
	l.v.Runs = []string{dir}
	folder, ok, err := l.openRun(dir, schema)
	if err != nil {
		return result.Verification{}, err
	}
	if !ok { // the sums tell at least which files were changed
		l.sums(dir, result.Failed)
		return l.close(), l.machine
	}
	run := folder.Run
	l.sums(dir, closedAs(run))
	l.runItself(run)
	switch {
	case run.Plan != nil:
		l.mlperf(folder)
	case run.Block != nil:
		l.block(folder)
	case run.Search != nil:
		l.search(folder)
	case len(run.Metrics) > 0:
		l.note("figures of %q aren't computed again by this lbench", run.Command)
	default:
		l.note("the run has no figures: its status is %s", run.Status)
	}
	l.takenAsIs(folder)
	return l.close(), l.machine
}

// runItself checks what any run says of itself.
func (l *ledger) runItself(run result.Run) {
	begins := strings.TrimSuffix(result.ID(run.Started, run.Command, ""), "-")
	if l.v.Checked++; !strings.HasPrefix(run.ID, begins+"-") {
		l.find(result.RunFile, "id", run.ID, begins+"-...", "the ID is made of started and command")
	}
	if run.Ended != nil && run.Ended.Before(run.Started) {
		l.find(result.RunFile, "ended", run.Ended.String(), nil, "the run ended before it started")
	}
	if run.Status != result.Complete {
		l.same(result.RunFile, "verdict", string(run.Verdict), string(result.None), "a verdict is never given of a run that isn't complete")
		l.same(result.RunFile, "checks", len(run.Checks), 0, "rules are held against complete runs only")
	}
	if name, ok := run.Settings["name"].Value.(string); ok {
		l.held["name"] = true
		want := begins + "-" + name
		if l.v.Checked++; run.ID != want && !strings.HasPrefix(run.ID, want+"-") {
			l.find(result.RunFile, "settings.name", name, run.ID, "the ID ends in the name")
		}
	} else if l.v.Checked++; !strings.HasPrefix(run.ID, begins+"-"+run.Workload) {
		l.find(result.RunFile, "workload", run.Workload, run.ID, "the ID ends in the workload's name")
	}
	if seed, ok := toNumber(run.Settings["seed"].Value); ok {
		l.same(result.RunFile, "settings.seed", seed, float64(run.Seed), "the run's seed is another one")
	}
}

// verdict compares checks and verdict with what the rules give.
func (l *ledger) verdict(run result.Run, checks []result.Check, verdict result.Verdict) {
	l.same(result.RunFile, "verdict", string(run.Verdict), string(verdict), "by the checks")
	l.same(result.RunFile, "checks", len(run.Checks), len(checks), "the number of rules")
	for i := range min(len(checks), len(run.Checks)) {
		has, want := run.Checks[i], checks[i]
		at := fmt.Sprintf("checks[%d].", i)
		l.same(result.RunFile, at+"rule", has.Rule, want.Rule, "as the rule is spelled")
		l.same(result.RunFile, at+"want", has.Want, want.Want, "by the rule %q", want.Rule)
		l.same(result.RunFile, at+"got", optional(has.Got), optional(want.Got), "the metric of the rule %q", want.Rule)
		l.same(result.RunFile, at+"ok", has.OK, want.OK, "by the rule %q", want.Rule)
	}
}

// optional is a number, or nothing.
func optional[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}
