package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/cloud"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

type prometheusOptions struct {
	server        cloud.PrometheusOptions
	queries       []string
	preset, match string
	window        windowOptions // from, to, last, run, page (-o) and json
	step          span
	insecure      toggle
}

func newTelemetryPrometheus(a *app) *cobra.Command {
	o := prometheusOptions{step: span{value: 15 * time.Second}}
	c := &cobra.Command{
		Use: "prometheus", Short: "Series of a Prometheus server, as readings",
		Long: "Writes one JSON object a line, as in telemetry.ndjson of a run folder, for lbench telemetry attach. What a preset\n" +
			"asks for has the names, units and labels of lbench's own telemetry, with the machine in the label host; --query\n" +
			"leaves all as it is. Counters stay counters: rates come from their differences. A value may be older than its time\n" +
			"by the interval of the scrapes: let --step be no shorter than that. Needs leave to query, and nothing else. TLS is\n" +
			"verified; a CA of your own comes by SSL_CERT_FILE, a bearer token by --token-file.",
		Example: "  lbench telemetry prometheus --url https://prometheus.example:9090 --preset node --last 3h -o node.ndjson\n" +
			"  lbench telemetry prometheus --url http://localhost:9090 --query 'rate(node_disk_read_bytes_total[1m])' --last 1h --step 30s --json",
		Args: noArgs,
	}
	f := c.Flags()
	f.StringVar(&o.server.URL, "url", "", "`URL` of the server, with a path where it is below one")
	f.StringArrayVar(&o.queries, "query", nil, "`PROMQL` to ask for (repeatable)")
	f.StringVar(&o.preset, "preset", "", "ask for what matters of an exporter: `"+strings.Join(cloud.Presets(), "|")+"`")
	f.StringVar(&o.match, "match", "", "narrow --preset down to series with these `LABELS`, as 'instance=~\"oss.*\"'")
	o.window.bindWindow(f, "")
	f.Var(&o.step, "step", "time between values")
	f.StringVar(&o.server.TokenFile, "token-file", "", "`FILE` that holds a bearer token")
	o.insecure.bind(f, "insecure-http", "allow plain http beyond loopback: anyone between can read the token and change the answer")
	f.StringVarP(&o.window.page, "output", "o", "", "write the readings to `FILE`")
	o.window.json.bind(f, "json", "print one JSON document, with the readings unless they go to a file")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		return a.prometheus(c.Context(), o)
	}
	return c
}

// questions are those that the flags ask for.
func (o prometheusOptions) questions() ([]cloud.Question, error) {
	switch {
	case o.server.URL == "":
		return nil, usagef("telemetry prometheus: --url is missing: the server's address, as https://prometheus.example:9090")
	case (o.preset == "") == (len(o.queries) == 0):
		return nil, usagef("telemetry prometheus: say what to ask for, in one way: --query (as often as you like) or --preset")
	case o.match != "" && o.preset == "":
		return nil, usagef("telemetry prometheus: --match narrows a --preset down: put it into the --query itself")
	case o.window.page == "" && !bool(o.window.json):
		return nil, usagef("telemetry prometheus: say where the readings go: -o FILE, or --json")
	}
	if o.preset != "" {
		questions, err := cloud.Preset(o.preset, o.match)
		if err != nil {
			return nil, usagef("telemetry prometheus: %w", err)
		}
		return questions, nil
	}
	var questions []cloud.Question
	for _, q := range o.queries {
		questions = append(questions, cloud.Question{PromQL: q})
	}
	return questions, nil
}

// prometheusDocument is what --json prints.
type prometheusDocument struct {
	Source   string           `json:"source"`
	From     time.Time        `json:"from"`
	To       time.Time        `json:"to"`
	Step     int64            `json:"step_ns"`
	File     string           `json:"file,omitempty"`
	Queries  []cloud.Answer   `json:"queries"`
	Readings []result.Reading `json:"readings,omitempty"`
}

func (a *app) prometheus(ctx context.Context, o prometheusOptions) error {
	questions, err := o.questions()
	if err != nil {
		return err
	}
	now := a.now()
	from, to, _, err := o.window.window(now)
	if err != nil {
		return err
	}
	if o.window.run != "" && now.After(to) { // up to the first value after the end of the run
		to = to.Add(min(o.step.value, now.Sub(to)))
	}
	window := cloud.Range{From: from, To: to, Step: o.step.value}
	if err := window.Check(now); err != nil {
		return usagef("telemetry prometheus: %w", err)
	}
	o.server.InsecureHTTP = bool(o.insecure)
	server, err := cloud.NewPrometheus(o.server)
	if err != nil {
		return usagef("telemetry prometheus: %w", err)
	}
	doc := prometheusDocument{Source: "prometheus", From: from.UTC(), To: to.UTC(), Step: int64(window.Step), File: o.window.page}
	ask := func(emit func(result.Reading) error) (err error) {
		doc.Queries, err = a.askAll(ctx, server, questions, window, emit)
		return wrap("telemetry prometheus", err)
	}
	if o.window.page != "" {
		err = a.writeFile(o.window.page, func(w io.Writer) error { return ask(encodeTo(w)) })
	} else {
		err = ask(func(r result.Reading) error { doc.Readings = append(doc.Readings, r); return nil })
	}
	if err != nil {
		return err
	}
	a.warnOfAnswers(doc.Queries)
	if o.window.json {
		return a.printJSON(doc)
	}
	return nil
}

// encodeTo writes readings as lines.
func encodeTo(w io.Writer) func(result.Reading) error {
	var e encoder
	return func(r result.Reading) error {
		text, err := e.round([]result.Reading{r})
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}
}

// askAll asks all questions. None of them having a reading is an error.
func (a *app) askAll(ctx context.Context, server *cloud.Prometheus, questions []cloud.Question, window cloud.Range, emit func(result.Reading) error) ([]cloud.Answer, error) {
	note := a.newNote("asking the Prometheus server", false)
	defer note.finish()
	answers, err := server.Ask(ctx, questions, window, emit)
	if err == nil && !slices.ContainsFunc(answers, func(a cloud.Answer) bool { return a.Readings > 0 }) {
		return nil, errors.New("the server has nothing in this window: are the names right, was anything scraped then, and does an exporter run there?")
	}
	return answers, err
}

// warnOfAnswers says on stderr what came, what did not, and what was left out.
func (a *app) warnOfAnswers(answers []cloud.Answer) {
	var empty []string
	series, readings, left, doubled, double := 0, 0, 0, 0, ""
	for _, answer := range answers {
		series, readings, left = series+answer.Series, readings+answer.Readings, left+answer.LeftOut
		doubled, double = doubled+answer.Doubled, cmp.Or(double, answer.Double)
		if answer.Readings == 0 {
			empty = append(empty, cmp.Or(answer.Becomes, answer.Query))
		}
		for _, w := range answer.Warnings {
			a.warn(result.Warning{Text: "the server says of " + answer.Query + ": " + w})
		}
	}
	fmt.Fprintf(a.stderr, "%s readings of %s series\n", units.Count(int64(readings)), units.Count(int64(series)))
	if left > 0 {
		a.warn(result.Warning{Text: fmt.Sprintf("%s values were left out: NaN, infinite or a histogram", units.Count(int64(left)))})
	}
	if doubled > 0 {
		a.warn(result.Warning{Text: fmt.Sprintf("%s values were left out: in lbench's names two series are one, as %s: choose between them by --match", units.Count(int64(doubled)), double)})
	}
	if len(empty) > 0 {
		a.warn(result.Warning{Text: fmt.Sprintf("of %d queries %d gave nothing: %s", len(answers), len(empty), strings.Join(empty, ", "))})
	}
}
