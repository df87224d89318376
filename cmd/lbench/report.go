package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/claims"
	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/result"
)

// reportOptions is where a report goes and in which forms.
type reportOptions struct {
	json, html      toggle
	forms           [textFormCount]toggle // as textForms
	output, publish string
	resultsDir      string
	claims          string // a file
	held            report.Claims
}

// textForm is a form of a report over all runs together.
type textForm struct {
	flag, file, usage string
	write             func(io.Writer, []*result.Folder) error
}

const textFormCount = 5

// textForms are the forms that fit on stdout.
func textForms() [textFormCount]textForm {
	return [textFormCount]textForm{
		{"md", "report.md", "as Markdown, for the summary of a CI job", report.MarkdownFrom},
		{"csv", "report.csv", "as CSV, a line per run", ofRuns(report.CSV)},
		{"junit", "report.xml", "as JUnit XML, a case per rule", ofRuns(report.JUnit)},
		{"account-csv", "account.csv", "by where their bytes came from, as CSV, a line per epoch and place", report.AccountCSV},
		{"account-json", "account.json", "by where their bytes came from, as JSON", report.AccountJSON},
	}
}

// ofRuns is a form that needs nothing but run.json.
func ofRuns(write func(io.Writer, []result.Run) error) func(io.Writer, []*result.Folder) error {
	return func(w io.Writer, folders []*result.Folder) error { return write(w, runsAlone(folders)) }
}

func newReport(a *app) *cobra.Command {
	var o reportOptions
	c := &cobra.Command{
		Use: "report RUN...", Short: "Print a run's result again, write its report.html, or publish many runs",
		Long: "A RUN is a run folder, a folder of run folders, the ID of a run in --results-dir, or a pattern.\n" +
			"Without a form, tables are printed and report.html is written into each run folder.\n" +
			"Exit code 3: a figure of --claims does not follow from the runs.",
		Example: "  lbench report results/20260313T140200Z-mlperf-resnet50_h100\n" +
			"  lbench report results --md\n" +
			"  lbench report results --publish site\n" +
			"  lbench report results --claims claims.yaml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("report: want run folders, as results/20260313T140200Z-mlperf-resnet50_h100")
			}
			return nil
		},
	}
	f := c.Flags()
	o.json.bind(f, "json", "print run.json instead of tables")
	o.html.bind(f, "html", "write the page only")
	for i, form := range textForms() {
		o.forms[i].bind(f, form.flag, "print the runs "+form.usage)
	}
	f.StringVarP(&o.output, "output", "o", "", "write the forms into `DIR` (without a form: all)")
	f.StringVar(&o.publish, "publish", "", "make a site of the runs in `DIR`: index.html, plots, data")
	f.StringVar(&o.claims, "claims", "", "hold the published figures in `FILE` against the runs")
	f.StringVar(&o.resultsDir, "results-dir", "results", "`DIR` of run folders that are named by ID")
	c.RunE = func(c *cobra.Command, args []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		if err := o.check(args); err != nil {
			return err
		}
		folders, err := a.findRuns(o.resultsDir, args)
		if err != nil {
			return err
		}
		if bool(o.json) && len(folders) > 1 {
			return usagef("report: --json prints one document, so it takes one run folder, not the %d in %q", len(folders), args[0])
		}
		if o.claims == "" {
			return a.report(o, folders)
		}
		if o.held, err = readClaims(o.claims, runsAlone(folders)); err != nil {
			return usageError{err}
		}
		if err := a.report(o, folders); err != nil {
			return err
		}
		return a.reportClaims(o, o.held)
	}
	return c
}

// readClaims reads published figures and puts them beside those of the runs.
func readClaims(file string, runs []result.Run) (report.Claims, error) {
	text, err := result.ReadRegular(file)
	if err != nil {
		return report.Claims{}, fmt.Errorf("read --claims: %w", err)
	}
	published, err := claims.Parse(file, text)
	if err != nil {
		return report.Claims{}, err
	}
	held, err := published.Hold(runs)
	return report.Claims{Source: published.Source, Held: held}, err
}

// reportClaims writes which claims follow: below the report on stdout, or into the folder
// of -o as files of its own.
func (a *app) reportClaims(o reportOptions, c report.Claims) error {
	markdown := bool(o.forms[0])
	var err error
	switch all := o.forms == [textFormCount]toggle{} && !bool(o.html); {
	case o.output == "" && markdown:
		_, err = fmt.Fprint(a.stdout, "\n---\n\n")
		err = errors.Join(err, report.ClaimsMarkdown(a.stdout, c))
	case o.output == "":
		_, err = fmt.Fprintln(a.stdout)
		err = errors.Join(err, report.ClaimsText(a.stdout, c))
	default:
		if all || markdown {
			err = a.writeFile(filepath.Join(o.output, "claims.md"), func(w io.Writer) error { return report.ClaimsMarkdown(w, c) })
		}
		if err == nil && (all || bool(o.html)) {
			err = a.writeFile(filepath.Join(o.output, "claims.html"), func(w io.Writer) error { return report.ClaimsHTML(w, c) })
		}
	}
	if err == nil && !c.Good() {
		err = errFailed
	}
	return err
}

// check refuses what can't be done at once.
func (o *reportOptions) check(args []string) error {
	asked := 0
	for _, on := range o.forms {
		if on {
			asked++
		}
	}
	switch {
	case bool(o.json) && len(args) > 1:
		return usagef("report: --json prints one document, so it takes one run folder, not %d", len(args))
	case bool(o.json) && (asked > 0 || bool(o.html) || o.output != "" || o.publish != ""):
		return usagef("report: --json goes with no other form: leave one out")
	case o.claims != "" && (bool(o.json) || slices.Contains(o.forms[1:], true) || o.publish != ""):
		return usagef("report: --claims goes with tables, --md, --html and -o only")
	case o.claims != "" && bool(o.html) && o.output == "":
		return usagef("report: say where the page of --claims goes, as -o DIR")
	case asked > 1 && o.output == "":
		return usagef("report: %d forms don't fit on stdout: say where they go, as -o DIR", asked)
	}
	return nil
}

// report writes the forms that are asked for.
func (a *app) report(o reportOptions, folders []*result.Folder) error {
	if o.publish != "" {
		if err := report.Publish(o.publish, folders, report.PublishOptions{Create: a.create, Version: build().Version}); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "published: %s\n", filepath.Join(o.publish, "index.html"))
		if o.output == "" && o.forms == [textFormCount]toggle{} && !bool(o.html) {
			return nil
		}
	}
	if o.output != "" {
		return a.reportInto(o, folders)
	}
	for i, form := range textForms() {
		if o.forms[i] {
			if err := form.write(a.stdout, folders); err != nil {
				return err
			}
		}
	}
	plain := o.forms == [textFormCount]toggle{} && !bool(o.html)
	var failed error
	for i, folder := range folders {
		if plain {
			run := folder.Run
			if !bool(o.json) {
				run = report.Explained(run, folder)
			}
			if err := a.printRun(run, folder, bool(o.json)); err != nil {
				return err
			}
		}
		if plain && !bool(o.json) && i+1 < len(folders) {
			fmt.Fprintln(a.stdout)
		}
		if plain || bool(o.html) {
			err := a.writeHTML(folder)
			if err == nil {
				fmt.Fprintf(a.stderr, "report: %s\n", filepath.Join(folder.Dir, result.ReportFile))
			} else if failed == nil { // the other runs are shown all the same
				if failed = err; errors.As(err, new(writeError)) {
					failed = fmt.Errorf("%w: give -o DIR for pages elsewhere", err)
				}
			}
		}
	}
	return failed
}

// reportInto writes forms as files of a folder, all of them where none is chosen. A file
// that is there already is replaced when the new one is whole.
func (a *app) reportInto(o reportOptions, folders []*result.Folder) error {
	if err := os.MkdirAll(o.output, 0o755); err != nil {
		return fmt.Errorf("make the folder of -o %q (want a folder, or a name that is free): %w", o.output, err)
	}
	all := o.forms == [textFormCount]toggle{} && !bool(o.html)
	for i, form := range textForms() {
		if !all && !bool(o.forms[i]) {
			continue
		}
		write := func(w io.Writer) error { return form.write(w, folders) }
		if err := a.writeFile(filepath.Join(o.output, form.file), write); err != nil {
			return err
		}
	}
	if !all && !bool(o.html) {
		return nil
	}
	taken := map[string]int{}
	for _, folder := range folders {
		name := result.ReportFile
		if base := filepath.Base(folder.Dir); len(folders) > 1 {
			if taken[base]++; taken[base] > 1 {
				base = fmt.Sprintf("%s-%d", base, taken[base])
			}
			name = base + ".html"
		}
		write := func(w io.Writer) error { return report.HTMLClaimed(w, folder.Run, folder, o.held) }
		if err := a.writeFile(filepath.Join(o.output, name), write); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes what write gives to a file that somebody named, and says where it is.
func (a *app) writeFile(path string, write func(io.Writer) error) error {
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	if err := result.WriteOutput(a.create, path, text.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "wrote %s\n", path)
	return nil
}

// writeHTML makes report.html of a run folder, from that folder alone.
func (a *app) writeHTML(folder *result.Folder) error {
	var page bytes.Buffer
	if err := report.HTML(&page, folder.Run, folder); err != nil {
		return err
	}
	if err := result.Replace(a.create, filepath.Join(folder.Dir, result.ReportFile), page.Bytes()); err != nil {
		return writeError{err}
	}
	return nil
}

// writeError says that a file was made and could not be written.
type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

// printRun prints a run; what was attached to it is read from src.
func (a *app) printRun(run result.Run, src report.Source, asJSON bool) error {
	if !asJSON {
		return report.TextFrom(a.stdout, run, src)
	}
	text, err := run.Encode()
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(text)
	return err
}

// printJSON prints one document.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
