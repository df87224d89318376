package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// SuiteJUnit writes a suite for a CI system: a test suite with a test case per gate, one
// that could not be decided being skipped, and one with a test case per run, which is an
// error where the run could not be made. The only errors are those of w.
func SuiteJUnit(w io.Writer, s result.Suite, runs map[string]result.Run) error {
	file := junitFile{Name: plain("lbench suite " + s.Name), Suites: []junitSuite{suiteGates(s), suiteRuns(s, runs)}}
	return file.write(w)
}

func suiteGates(s result.Suite) junitSuite {
	out := junitSuite{Name: plain(s.Name + " gates"), Timestamp: junitTime(s.Started)}
	if s.Ended != nil {
		out.Time = junitSeconds(s.Ended.Sub(s.Started))
	}
	out.Properties = []junitProperty{
		{"suite", plain(s.ID)}, {"file", plain(s.File)}, {"verdict", plain(string(s.Verdict))}, {"lbench", plain(s.Lbench.Version)},
	}
	if s.Status != result.Complete {
		fault := &junitFault{Message: plain(joined("suite "+string(s.Status), s.Error)), Type: plain(string(s.Status))}
		out.Cases = append(out.Cases, junitCase{Class: plain(s.Name), Name: "suite", Error: fault})
	}
	for _, g := range s.Gates {
		one := junitCase{Class: plain(s.Name + "." + g.Entry), Name: plain(g.Rule)}
		switch {
		case !g.Decided:
			one.Skipped = &junitFault{Message: plain(g.Why)}
		case !g.OK:
			one.Failure = &junitFault{Message: plain(gateText(g)), Type: "gate", Text: plain(fmt.Sprintf("%s:%d: %s", s.File, g.Line, g.Why))}
		}
		out.Cases = append(out.Cases, one)
	}
	out.Out = junitWarnings(s.Warnings)
	return out
}

// junitWarnings has a line for each warning.
func junitWarnings(warnings []result.Warning) string {
	var lines []string
	for _, w := range warnings {
		lines = append(lines, "warning "+plain(w.Code)+": "+plain(w.Text))
	}
	return strings.Join(lines, "\n")
}

// gateText is what a gate wanted and got, in one line.
func gateText(g result.Gate) string {
	text := "want " + gateWant(g) + ", got " + gateGot(g)
	if baseline := gateBaseline(g); baseline != "" {
		text += ", baseline " + baseline
	}
	if change := gateChange(g); change != "" {
		text += ", change " + change
	}
	return text
}

func suiteRuns(s result.Suite, runs map[string]result.Run) junitSuite {
	out := junitSuite{Name: plain(s.Name + " runs"), Timestamp: junitTime(s.Started), Out: junitWarnings(suiteWarnings(s, runs))}
	for _, of := range []struct {
		name  string
		words func(...result.Run) string
	}{{"no_storage", engineWords}, {"client_memory", cacheWords}} {
		if text := suiteWords(s, runs, of.words); text != "" {
			out.Properties = append(out.Properties, junitProperty{of.name, plain(text)})
		}
	}
	for _, e := range s.Entries {
		name := fmt.Sprintf("repeat %d", e.Repeat)
		if e.Warmup {
			name += ", warm-up"
		}
		one := junitCase{Class: plain(s.Name + "." + e.Entry), Name: plain(joined(name, e.Run))}
		if e.Started != nil && e.Ended != nil {
			one.Time = junitSeconds(e.Ended.Sub(*e.Started))
		}
		run, known := runs[e.Run]
		switch {
		case e.State == result.Broken:
			one.Error = &junitFault{Message: plain(suiteRemark(e)), Type: string(e.State)}
		case e.State != result.Done:
			one.Skipped = &junitFault{Message: plain(joined(string(e.State), e.Error))}
		case known && run.Doubt() != "" && !e.Warmup:
			one.Failure = &junitFault{Message: plain(doubted + ": " + run.Doubt()), Type: "doubt"}
		case known && run.Verdict == result.Fail && !e.Warmup:
			one.Failure = &junitFault{Message: plain("failed its own rules: " + strings.Join(rulesMissed(run), "; ")), Type: "rule"}
		}
		out.Cases = append(out.Cases, one)
	}
	return out
}
