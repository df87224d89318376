package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lbench/lbench/internal/cloud"
	"github.com/lbench/lbench/internal/history"
	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/result"
)

func newTelemetry(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "telemetry", Short: "What did the buckets do meanwhile?",
		Example: "  lbench telemetry gcs --project my-project --bucket-prefix zettafs-vdev- --last 3h",
		Args:    unknownCommand, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newTelemetryGCS(a), newTelemetryS3(a), newTelemetryAzure(a), newTelemetryPrometheus(a), newTelemetryRecord(a), newTelemetryAttach(a), newTelemetryPrices(a))
	return c
}

// windowOptions choose buckets and a window of time.
type windowOptions struct {
	buckets             []string
	prefix, label       string
	from, to, last, run string
	wait                time.Duration
	file, page, prices  string
	csv, methodsCSV     string
	claims              string
	json                toggle
}

func (o *windowOptions) bind(f *pflag.FlagSet) {
	f.StringSliceVar(&o.buckets, "buckets", nil, "`NAMES` of buckets, separated by commas")
	f.StringVar(&o.prefix, "bucket-prefix", "", "buckets whose names begin with `TEXT`")
	f.StringVar(&o.label, "label", "", "buckets that have the label `KEY=VALUE`")
	o.bindWindow(f, ", whose bytes are held against those of the buckets")
	f.DurationVar(&o.wait, "wait", 0, "read again until the last minutes are there, for at most so long")
	f.StringVar(&o.file, "file", "", "read a saved answer of the service (JSON) from `FILE` instead of asking it")
	f.StringVar(&o.prices, "prices", "", "prices of requests and egress from `FILE` (default: list prices; lbench telemetry prices prints them)")
	f.StringVarP(&o.page, "output", "o", "", "write a page to `FILE`")
	f.StringVar(&o.csv, "csv", "", "write bytes and requests to `FILE`, a line per minute and bucket")
	f.StringVar(&o.methodsCSV, "methods-csv", "", "write the requests of all buckets to `FILE`, a line per minute and method")
	f.StringVar(&o.claims, "claims", "", "hold the published figures in `FILE` against those of the buckets")
	o.json.bind(f, "json", "print one JSON document")
}

// bindWindow binds the flags of the window alone; ofRun says what a run is for besides.
func (o *windowOptions) bindWindow(f *pflag.FlagSet, ofRun string) {
	f.StringVar(&o.from, "from", "", "begin of the window, as 2026-03-13T14:02:00Z")
	f.StringVar(&o.to, "to", "", "end of the window (default: now)")
	f.StringVar(&o.last, "last", "", "the window is the last `TIME`, as 3h or 2d")
	f.StringVar(&o.run, "run", "", "the window is that of the run in `DIR`"+ofRun)
}

// window is the span of time that is asked for, with the run that it is of.
func (o *windowOptions) window(now time.Time) (from, to time.Time, run *result.Run, err error) {
	ways := 0
	for _, way := range []string{o.from, o.last, o.run} {
		if way != "" {
			ways++
		}
	}
	if ways != 1 {
		return from, to, nil, usagef("telemetry: say which window, in one way: --from (and --to), --last or --run, not in %d", ways)
	}
	to = now
	switch {
	case o.run != "":
		return o.windowOfRun()
	case o.last != "":
		last, err := history.ParseLast(o.last)
		if err != nil || last.Age == 0 {
			return from, to, nil, usagef("telemetry: --last %q isn't a time as 3h or 2d", o.last)
		}
		from = now.Add(-last.Age)
	default:
		if from, err = moment("--from", o.from); err != nil {
			return from, to, nil, err
		}
	}
	if o.to != "" {
		to, err = moment("--to", o.to)
	}
	return from, to, nil, err
}

func (o *windowOptions) windowOfRun() (from, to time.Time, run *result.Run, err error) {
	r, err := result.ReadRun(o.run)
	if err != nil {
		return from, to, nil, err
	}
	if r.Ended == nil || r.Started.IsZero() {
		return from, to, nil, fmt.Errorf("telemetry of run %q: its run.json has no start or no end (its status is %q): give --from and --to", o.run, r.Status)
	}
	return r.Started, *r.Ended, &r, nil
}

// moment reads a time, in UTC where it names no zone.
func moment(flag, text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("telemetry: %s %q isn't a time as 2026-03-13T14:02:00Z", flag, text)
}

// traffic reads the window from a source, or from a saved answer.
func (a *app) traffic(ctx context.Context, o *windowOptions, open func(context.Context) (cloud.Source, error)) (result.Traffic, error) {
	now := a.now()
	from, to, run, err := o.window(now)
	if err != nil {
		return result.Traffic{}, err
	}
	q := cloud.Query{From: from, To: to, Buckets: o.buckets, Prefix: o.prefix, Label: o.label}
	if err := o.check(q, now); err != nil {
		return result.Traffic{}, usagef("telemetry: %w", err)
	}
	prices, err := readPrices(o.prices) // before minutes may go by
	if err != nil {
		return result.Traffic{}, err
	}
	traffic, err := a.ask(ctx, o, q, open)
	if err != nil {
		return result.Traffic{}, err
	}
	prices.Add(&traffic)
	if read := readBytes(run); read > 0 {
		traffic.Metrics["read_amplification"] = traffic.Metrics["sent_bytes"] / read
	}
	return traffic, nil
}

// check says what is wrong with a query. Of a saved answer, which was asked for already, it
// chooses, or takes all.
func (o *windowOptions) check(q cloud.Query, now time.Time) error {
	if o.file == "" {
		return q.Check(now)
	}
	for flag, given := range map[string]bool{"--label": o.label != "", "--wait": o.wait != 0} {
		if given {
			return fmt.Errorf("%s is for asking the service, and --file %q is a saved answer: leave one of them out", flag, o.file)
		}
	}
	if len(q.Buckets) == 0 && q.Prefix == "" {
		q.Prefix = "any"
	}
	return q.Check(now)
}

func (a *app) ask(ctx context.Context, o *windowOptions, q cloud.Query, open func(context.Context) (cloud.Source, error)) (result.Traffic, error) {
	if o.file != "" {
		return readSaved(o.file, q, a.now())
	}
	note := a.newNote("asking the monitoring of the buckets", false)
	defer note.finish()
	source, err := open(ctx)
	if err != nil {
		return result.Traffic{}, err
	}
	return cloud.Collect(ctx, source, q, o.wait, a.now)
}

// readSaved reads a saved answer of Cloud Monitoring, of the buckets that the query names.
func readSaved(file string, q cloud.Query, now time.Time) (result.Traffic, error) {
	f, err := result.OpenRegular(file)
	if err != nil {
		return result.Traffic{}, fmt.Errorf("telemetry: read --file: %w", err)
	}
	defer f.Close()
	tally := cloud.NewTally(q.From, q.To)
	saved, err := cloud.ReadREST(f, func(p cloud.Point) {
		if strings.HasPrefix(p.Bucket, q.Prefix) && (len(q.Buckets) == 0 || slices.Contains(q.Buckets, p.Bucket)) {
			tally.Add(p)
		}
	})
	if err != nil {
		return result.Traffic{}, fmt.Errorf("telemetry: --file %q: %w", file, err)
	}
	return tally.SavedTraffic("gcs", saved, now, q.Buckets), nil
}

// readBytes is what the client read in a run, over all of its epochs.
func readBytes(run *result.Run) float64 {
	if run == nil {
		return 0
	}
	return run.Metrics["read_bytes"]
}

// printTraffic prints in the form that is asked for.
func (a *app) printTraffic(o *windowOptions, t result.Traffic) error {
	for _, form := range []struct {
		file  string
		write func(io.Writer, result.Traffic) error
	}{{o.page, report.TrafficHTML}, {o.csv, report.TrafficCSV}, {o.methodsCSV, report.TrafficMethodsCSV}} {
		if form.file == "" {
			continue
		}
		if err := a.writeFile(form.file, func(w io.Writer) error { return form.write(w, t) }); err != nil {
			return err
		}
	}
	if o.json {
		return a.printJSON(t)
	}
	if err := report.TrafficText(a.stdout, t); err != nil || o.claims == "" {
		return err
	}
	return a.printTrafficClaims(o.claims, t)
}

// printTrafficClaims writes which published figures follow from the traffic, which they
// speak of as command telemetry with the source as workload.
func (a *app) printTrafficClaims(file string, t result.Traffic) error {
	held, err := readClaims(file, []result.Run{{
		Command: "telemetry", Workload: t.Source, Status: result.Complete, Started: t.From, Ended: &t.To, Metrics: t.Metrics,
		ID: t.From.UTC().Format("2006-01-02 15:04") + " to " + t.To.UTC().Format("15:04 UTC"),
	}})
	if err != nil {
		return usageError{err}
	}
	if _, err := fmt.Fprintln(a.stdout); err != nil {
		return err
	}
	if err := report.ClaimsText(a.stdout, held); err != nil {
		return err
	}
	if !held.Good() {
		return errFailed
	}
	return nil
}
