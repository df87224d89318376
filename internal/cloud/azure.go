package cloud

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/monitor/azquery"

	"github.com/lbench/lbench/internal/result"
)

// Azure is the metrics of Azure Blob Storage in Azure Monitor: totals over 60 s that begin
// on minutes of UTC. A storage account stands for a bucket.
type Azure struct {
	Client   *azquery.MetricsClient
	Accounts map[string]string // resource IDs by the names of the accounts
	Retry    Retry

	latency azureLatency // by the last reading
	clock   serviceClock
}

// azureLate is after how long a minute is usually there.
const azureLate = 5 * time.Minute

// azureSpan is how much is asked for at once: Monitor has no pages.
const azureSpan = 24 * time.Hour

// azureSeries is how many series one answer may have. Monitor gives 10 unless it is told.
const azureSeries = 1000

// Name is azure.
func (a *Azure) Name() string { return "azure" }

// Late is 5 minutes.
func (a *Azure) Late() time.Duration { return azureLate }

// Points reads every minute that the window touches, of the accounts that the query names.
func (a *Azure) Points(ctx context.Context, q Query, emit func(Point)) ([]result.Warning, error) {
	if q.Prefix != "" || q.Label != "" {
		return nil, fmt.Errorf("read Azure Monitor: storage accounts are chosen by their resource IDs only")
	}
	a.latency = azureLatency{from: q.From, to: q.To}
	var warnings []result.Warning
	for _, account := range q.Buckets {
		end := q.To.Add(minute - 1).Truncate(minute).UTC()
		for from := q.From.Truncate(minute).UTC(); from.Before(end); from = from.Add(azureSpan) {
			some, err := a.span(ctx, account, from, earlier(from.Add(azureSpan), end), emit)
			if err != nil {
				return nil, fmt.Errorf("read the metrics of storage account %q: %w", account, azureError(err))
			}
			warnings = append(warnings, some...)
		}
	}
	return warnings, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// azureAsk is one question about an account.
type azureAsk struct {
	metrics string // separated by commas
	by      string // a filter that splits them
	average bool   // else the total
}

// azureAsks are put in this order: the weights of the latencies come last.
func azureAsks() []azureAsk {
	return []azureAsk{
		{metrics: "Egress,Ingress"},
		{metrics: "SuccessE2ELatency", average: true},
		{metrics: "Transactions", by: "ApiName eq '*' and ResponseType eq '*'"},
	}
}

// span reads one account from a minute to another, the end excluded.
func (a *Azure) span(ctx context.Context, account string, from, until time.Time, emit func(Point)) ([]result.Warning, error) {
	var warnings []result.Warning
	a.latency.mean = map[time.Time]float64{}
	for _, ask := range azureAsks() {
		options := &azquery.MetricsClientQueryResourceOptions{
			MetricNames: to.Ptr(ask.metrics), MetricNamespace: to.Ptr("Microsoft.Storage/storageAccounts/blobServices"),
			Timespan: to.Ptr(azquery.NewTimeInterval(from, until)), Interval: to.Ptr("PT1M"), Aggregation: []*azquery.AggregationType{to.Ptr(azquery.AggregationTypeTotal)},
		}
		if ask.average {
			options.Aggregation[0] = to.Ptr(azquery.AggregationTypeAverage)
		}
		if ask.by != "" {
			options.Filter, options.Top = to.Ptr(ask.by), to.Ptr[int32](azureSeries)
		}
		var answer azquery.MetricsClientQueryResourceResponse
		err := a.Retry.do(ctx, azureMoment, func(ctx context.Context) (err error) {
			var raw *http.Response
			answer, err = a.Client.QueryResource(policy.WithCaptureResponse(ctx, &raw), strings.TrimPrefix(a.Accounts[account], "/")+"/blobServices/default", options)
			if raw != nil {
				a.clock.heard(raw.Header.Get("Date"), time.Now())
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, m := range answer.Value {
			warnings = append(warnings, a.metric(account, m, from, until, emit)...)
		}
	}
	return warnings, nil
}

// metric hands on the points of one metric that lie in a span.
func (a *Azure) metric(account string, m *azquery.Metric, from, until time.Time, emit func(Point)) []result.Warning {
	var warnings []result.Warning
	name := ""
	if m.Name != nil && m.Name.Value != nil {
		name = *m.Name.Value
	}
	if code := value(m.ErrorCode); code != "" && code != "Success" {
		warnings = append(warnings, result.Warning{Code: "partial_answer", Text: fmt.Sprintf("Azure Monitor could not read all of %s of storage account %q: %s %s", name, account, scrub(code), scrub(value(m.ErrorMessage)))})
	}
	if len(m.TimeSeries) >= azureSeries {
		warnings = append(warnings, result.Warning{Code: "partial_answer", Text: fmt.Sprintf("%s of storage account %q has more kinds than the %d that were asked for", name, account, azureSeries)})
	}
	for _, series := range m.TimeSeries {
		method, kind := "", ""
		for _, d := range series.MetadataValues {
			if d.Name == nil {
				continue
			}
			switch strings.ToLower(value(d.Name.Value)) {
			case "apiname":
				method = value(d.Value)
			case "responsetype":
				kind = value(d.Value)
			}
		}
		for _, v := range series.Data {
			if v.TimeStamp == nil || v.TimeStamp.Before(from) || !v.TimeStamp.Before(until) {
				continue
			}
			p := Point{Bucket: account, Start: v.TimeStamp.UTC(), End: v.TimeStamp.UTC().Add(minute)}
			switch {
			case name == "SuccessE2ELatency" && v.Average != nil:
				a.latency.mean[p.Start] = *v.Average
				continue
			case v.Total == nil: // not there, or idle
				continue
			case name == "Egress":
				p.Name = SentBytes
			case name == "Ingress":
				p.Name = ReceivedBytes
			case name == "Transactions":
				p.Name, p.Method, p.Code = Requests, method, azureCode(kind)
				a.latency.weigh(p, kind, *v.Total)
			default:
				continue
			}
			p.Value = *v.Total
			emit(p)
		}
	}
	return warnings
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// azureCode is a response type as a Tally knows codes. Throttled clients get 503 Server
// Busy. What else failed keeps its name; a missing blob (404) is a ClientOtherError.
func azureCode(kind string) string {
	switch {
	case strings.HasPrefix(kind, "Success"):
		return "OK"
	case strings.HasSuffix(kind, "ThrottlingError"), kind == "ServerBusyError":
		return "503"
	}
	return kind
}

// azureLatency is the mean latency of the successful requests in the window. Monitor gives
// the mean of a minute, but not of how many: they are weighted by its successes.
type azureLatency struct {
	from, to   time.Time
	mean       map[time.Time]float64 // ms, by the start of the minute; of one account and span
	sum, count float64
}

func (l *azureLatency) weigh(p Point, kind string, requests float64) {
	mean, known := l.mean[p.Start]
	if !known || !strings.HasPrefix(kind, "Success") {
		return
	}
	requests *= float64(overlap(p.Start, p.End, l.from, l.to)) / float64(minute)
	l.sum += mean * requests
	l.count += requests
}

// Extend puts beside the figures of the last reading how they were got, and what only Azure tells:
//
//	e2e_latency_mean_ns  of successful requests, from the first byte of the question to the last of the answer that the client took
func (a *Azure) Extend(t *result.Traffic) {
	a.Retry.tell(t)
	a.clock.tell(t)
	if a.latency.count > 0 {
		t.Metrics["e2e_latency_mean_ns"] = a.latency.sum / a.latency.count * float64(time.Millisecond)
	}
}
