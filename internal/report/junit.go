package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// The elements of a JUnit file that CI systems agree on.
type (
	junitFile struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Time       string          `xml:"time,attr,omitempty"` // seconds
		Hostname   string          `xml:"hostname,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property,omitempty"`
		Cases      []junitCase     `xml:"testcase"`
		Out        string          `xml:"system-out,omitempty"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string      `xml:"classname,attr"`
		Name    string      `xml:"name,attr"`
		Time    string      `xml:"time,attr,omitempty"`
		Failure *junitFault `xml:"failure,omitempty"`
		Error   *junitFault `xml:"error,omitempty"`
		Skipped *junitFault `xml:"skipped,omitempty"`
	}
	junitFault struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes runs for a CI system: a test suite per run and a test case per rule. A
// run that came to no end has the error "run"; one without rules has the case "run",
// which passes. The only errors are those of w.
func JUnit(w io.Writer, runs []result.Run) error {
	file := junitFile{Name: "lbench"}
	for _, run := range runs {
		file.Suites = append(file.Suites, junitOf(run))
	}
	return file.write(w)
}

func junitOf(run result.Run) junitSuite {
	class := plain(strings.Trim(run.Command+"."+run.Workload, "."))
	s := junitSuite{Name: plain(run.ID), Timestamp: junitTime(run.Started), Hostname: plain(run.Host.Name)}
	if run.Ended != nil {
		s.Time = junitSeconds(run.Ended.Sub(run.Started))
	}
	value, what := runHeadline(run)
	s.Properties = []junitProperty{
		{"command", plain(run.Command)}, {"workload", plain(run.Workload)}, {"verdict", plain(string(run.Verdict))},
		{"headline", plain(strings.TrimSpace(value + " " + what))}, {"lbench", plain(run.Lbench.Version)},
	}
	if isSearch(run) {
		s.Properties = append(s.Properties, junitProperty{"answer", plain(newAnswer(run).Head())})
	}
	if run.Status != result.Complete {
		fault := &junitFault{Message: plain(joined("run "+string(run.Status), run.Error)), Type: plain(string(run.Status))}
		s.Cases = append(s.Cases, junitCase{Class: class, Name: "run", Error: fault})
	} else if len(run.Checks) == 0 {
		s.Cases = append(s.Cases, junitCase{Class: class, Name: "run"})
	}
	for _, c := range run.Checks {
		one := junitCase{Class: class, Name: plain(c.Rule)}
		if !c.OK {
			text := fmt.Sprintf("want %s, got %s", wanted(c), gotOf(run, c))
			one.Failure = &junitFault{Message: plain(text), Type: "rule", Text: plain(junitNumbers(c))}
		}
		s.Cases = append(s.Cases, one)
	}
	var notes []string
	if text := noStorage(run); text != "" {
		s.Properties = append(s.Properties, junitProperty{"no_storage", plain(engineWords(run))})
		notes = append(notes, plain(text))
	}
	for _, w := range run.Warnings {
		notes = append(notes, "warning "+plain(w.Code)+": "+plain(w.Text))
	}
	s.Out = strings.Join(notes, "\n")
	return s
}

// junitNumbers gives a check's numbers as run.json has them.
func junitNumbers(c result.Check) string {
	got := notMeasured
	if c.Got != nil {
		got = csvNumber(*c.Got, true)
	}
	return fmt.Sprintf("%s: want %s, got %s", c.Rule, csvNumber(c.Want, true), got)
}

func junitTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}

func junitSeconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// write counts the cases and writes the file.
func (f junitFile) write(w io.Writer) error {
	for i := range f.Suites {
		s := &f.Suites[i]
		for _, c := range s.Cases {
			s.Tests++
			s.Failures += junitCount(c.Failure)
			s.Errors += junitCount(c.Error)
			s.Skipped += junitCount(c.Skipped)
		}
		f.Tests, f.Failures, f.Errors, f.Skipped = f.Tests+s.Tests, f.Failures+s.Failures, f.Errors+s.Errors, f.Skipped+s.Skipped
	}
	text, err := xml.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	if _, err := w.Write(append([]byte(xml.Header), append(text, '\n')...)); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	return nil
}

func junitCount(fault *junitFault) int {
	if fault == nil {
		return 0
	}
	return 1
}
