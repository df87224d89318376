package result

import "time"

// SuiteSchema names the form of suite.json.
const SuiteSchema = "lbench.suite/1"

// SuiteFile is the file of a suite's folder, results/<utc>-suite-<name>/.
const SuiteFile = "suite.json"

// Suite is one execution of a suite: its runs in their order, and its gates. It is saved
// after every change, so that a suite which was cut off goes on where it stood.
type Suite struct {
	Schema   string      `json:"schema"`
	Lbench   Build       `json:"lbench"`
	Name     string      `json:"name"`
	File     string      `json:"file"`        // that it was read from
	SHA256   string      `json:"file_sha256"` // of that file's text: another text is another suite
	ID       string      `json:"id"`
	Started  time.Time   `json:"started"`
	Ended    *time.Time  `json:"ended,omitempty"`
	Resumed  []time.Time `json:"resumed,omitempty"`
	Status   Status      `json:"status"`
	Verdict  Verdict     `json:"verdict"`
	Error    string      `json:"error,omitempty"`
	BudgetNS int64       `json:"time_budget_ns,omitempty"`
	Entries  []SuiteRun  `json:"runs"`
	Gates    []Gate      `json:"gates"`
	Warnings []Warning   `json:"warnings"`
}

// SuiteRun is one run of a suite: one repeat of one of its entries.
type SuiteRun struct {
	Entry    string     `json:"entry"` // the name in the suite's file
	Command  string     `json:"command"`
	Args     []string   `json:"args"`             // as lbench was started, without its own name
	Repeat   int        `json:"repeat"`           // from 1
	Warmup   bool       `json:"warmup,omitempty"` // in no gate
	State    RunState   `json:"state"`
	Attempts int        `json:"attempts,omitempty"`
	Run      string     `json:"run,omitempty"` // ID of its run folder
	Exit     *int       `json:"exit,omitempty"`
	Started  *time.Time `json:"started,omitempty"`
	Ended    *time.Time `json:"ended,omitempty"`
	Error    string     `json:"error,omitempty"` // one line
}

// RunState is how far a run of a suite has come.
type RunState string

// The states of a SuiteRun.
const (
	Waiting RunState = "waiting"
	Running RunState = "running"
	Done    RunState = "done"    // ran to its end; its own rules may have failed
	Broken  RunState = "failed"  // could not run
	Skipped RunState = "skipped" // no time was left, or the suite was interrupted
)

// Gate is one gate of a suite and what became of it.
type Gate struct {
	Entry    string   `json:"entry"`
	Rule     string   `json:"rule"` // as it stands in the file
	Metric   string   `json:"metric"`
	Line     int      `json:"line"`               // in the suite's file
	Relative bool     `json:"relative,omitempty"` // Want is the most that may be lost against the baseline, as a fraction
	Want     *float64 `json:"want,omitempty"`
	Got      *float64 `json:"got,omitempty"` // mean over the repeats
	Baseline *float64 `json:"baseline,omitempty"`
	Runs     int      `json:"baseline_runs,omitempty"`
	Change   *float64 `json:"change_fraction,omitempty"` // against the baseline
	Low      *float64 `json:"low_fraction,omitempty"`    // 95 % interval of it
	High     *float64 `json:"high_fraction,omitempty"`
	OK       bool     `json:"ok"`
	Decided  bool     `json:"decided"` // false: too few runs to tell, which fails no gate and is said
	Why      string   `json:"why"`     // in one line
}
