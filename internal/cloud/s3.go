package cloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/lbench/lbench/internal/result"
)

// S3 is the request metrics of Amazon S3 in CloudWatch: sums over 60 s that begin on
// minutes of UTC. A bucket has them only where they were switched on for a filter.
type S3 struct {
	Client *cloudwatch.Client
	Filter string // the filter's id, as EntireBucket
	Retry  Retry
	Now    func() time.Time

	told  s3Told // by the last reading
	clock serviceClock
}

// s3Late is after how long a minute is usually there. AWS promises no limit.
const s3Late = 10 * time.Minute

// One question may have 500 metrics.
const s3Questions = 500

// s3Minutes is how long CloudWatch keeps minutes; after that it has periods of 5 minutes.
const s3Minutes = 15 * 24 * time.Hour

// Name is s3.
func (s *S3) Name() string { return "s3" }

// Late is 10 minutes.
func (s *S3) Late() time.Duration { return s3Late }

// Points reads every minute that the window touches. A bucket without request metrics
// comes back as a warning; where no bucket has any it is an error.
func (s *S3) Points(ctx context.Context, q Query, emit func(Point)) ([]result.Warning, error) {
	if q.Label != "" {
		return nil, fmt.Errorf("read S3: CloudWatch knows no labels such as %q: choose buckets by their names or a prefix", q.Label)
	}
	buckets := q.Buckets
	if q.Prefix != "" {
		var err error
		if buckets, err = s.beginning(ctx, q.Prefix); err != nil {
			return nil, err
		}
	}
	s.told = s3Told{from: q.From, to: q.To}
	warnings := []result.Warning{{Code: "best_effort", Text: "S3 gives request metrics to CloudWatch on a best-effort basis: by AWS's own word they may come late, in a later minute, or not at all"}}
	period := minute
	if s.Now().Sub(q.From) > s3Minutes {
		period = 5 * minute
		warnings = append(warnings, result.Warning{Code: "long_periods", Text: "CloudWatch keeps minutes for 15 days, then periods of 5 minutes: these are spread evenly over their minutes"})
	}
	seen := map[string]bool{}
	for part := range slices.Chunk(buckets, s3Questions/len(s3Metrics())) {
		some, err := s.read(ctx, part, q, period, func(p Point) {
			seen[p.Bucket] = true
			emit(p)
		})
		if err != nil {
			return nil, fmt.Errorf("read the metrics of S3: %w", err)
		}
		warnings = append(warnings, some...)
	}
	silent := slices.DeleteFunc(slices.Clone(buckets), func(name string) bool { return seen[name] })
	some, err := s.without(ctx, silent, len(buckets))
	return append(warnings, some...), err
}

// read asks for all metrics of some buckets, page by page. A page that breaks off is asked
// for again, and nothing of it is handed on twice.
func (s *S3) read(ctx context.Context, buckets []string, q Query, period time.Duration, emit func(Point)) ([]result.Warning, error) {
	metrics := s3Metrics()
	request := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(q.From.Truncate(period)), EndTime: aws.Time(q.To.Add(period - 1).Truncate(period)), // the end is exclusive
	}
	for b, bucket := range buckets {
		for k, m := range metrics {
			request.MetricDataQueries = append(request.MetricDataQueries, types.MetricDataQuery{
				Id: aws.String(fmt.Sprintf("b%d_%d", b, k)),
				MetricStat: &types.MetricStat{
					Metric: &types.Metric{Namespace: aws.String("AWS/S3"), MetricName: aws.String(m.metric), Dimensions: []types.Dimension{
						{Name: aws.String("BucketName"), Value: aws.String(bucket)}, {Name: aws.String("FilterId"), Value: aws.String(s.Filter)},
					}},
					Period: aws.Int32(int32(period / time.Second)), Stat: aws.String(m.stat),
				},
			})
		}
	}
	var warnings []result.Warning
	for {
		var page *cloudwatch.GetMetricDataOutput
		err := s.Retry.do(ctx, awsMoment, func(ctx context.Context) (err error) {
			page, err = s.Client.GetMetricData(ctx, request)
			return err
		})
		if err != nil {
			return nil, awsError(err, s.region())
		}
		if at, told := awsmiddleware.GetServerTime(page.ResultMetadata); told {
			s.clock.was(at, time.Now())
		}
		for _, series := range page.MetricDataResults {
			var b, k int
			if n, _ := fmt.Sscanf(aws.ToString(series.Id), "b%d_%d", &b, &k); n != 2 || b < 0 || b >= len(buckets) || k < 0 || k >= len(metrics) || len(series.Timestamps) != len(series.Values) {
				return nil, fmt.Errorf("the answer has a series %q that wasn't asked for, or one without a value for each time", scrub(aws.ToString(series.Id)))
			}
			if series.StatusCode == types.StatusCodeInternalError || series.StatusCode == types.StatusCodeForbidden {
				warnings = append(warnings, result.Warning{Code: "partial_answer", Text: fmt.Sprintf("CloudWatch could not read %s of bucket %q: %s%s", metrics[k].metric, buckets[b], series.StatusCode, messages(series.Messages))})
			}
			for i, at := range series.Timestamps {
				p := Point{Bucket: buckets[b], Name: metrics[k].name, Method: metrics[k].method, Start: at.UTC(), End: at.UTC().Add(period), Value: series.Values[i]}
				if !s.told.take(p) {
					emit(p)
				}
			}
		}
		if aws.ToString(page.NextToken) == "" {
			for _, m := range page.Messages {
				warnings = append(warnings, result.Warning{Code: "partial_answer", Text: "CloudWatch says: " + scrub(aws.ToString(m.Value))})
			}
			return warnings, nil
		}
		request.NextToken = page.NextToken
	}
}

func messages(all []types.MessageData) string {
	text := ""
	for _, m := range all {
		text += ", " + scrub(aws.ToString(m.Value))
	}
	return text
}

func (s *S3) region() string { return s.Client.Options().Region }

// filters lists the filters of request metrics by bucket: of those that had a request in
// the last two weeks.
func (s *S3) filters(ctx context.Context) (map[string][]string, error) {
	found := map[string][]string{}
	request := &cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/S3"), MetricName: aws.String("AllRequests")}
	for {
		var page *cloudwatch.ListMetricsOutput
		err := s.Retry.do(ctx, awsMoment, func(ctx context.Context) (err error) {
			page, err = s.Client.ListMetrics(ctx, request)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list the metrics of S3: %w", awsError(err, s.region()))
		}
		for _, m := range page.Metrics {
			var bucket, filter string
			for _, d := range m.Dimensions {
				switch aws.ToString(d.Name) {
				case "BucketName":
					bucket = aws.ToString(d.Value)
				case "FilterId":
					filter = aws.ToString(d.Value)
				}
			}
			found[bucket] = append(found[bucket], filter)
		}
		if aws.ToString(page.NextToken) == "" {
			return found, nil
		}
		request.NextToken = page.NextToken
	}
}

// beginning gives the buckets with request metrics whose names begin with a prefix.
func (s *S3) beginning(ctx context.Context, prefix string) ([]string, error) {
	found, err := s.filters(ctx)
	if err != nil {
		return nil, err
	}
	var buckets, others []string
	for _, name := range slices.Sorted(maps.Keys(found)) {
		switch {
		case !strings.HasPrefix(name, prefix):
		case slices.Contains(found[name], s.Filter):
			buckets = append(buckets, name)
		default:
			others = append(others, found[name]...)
		}
	}
	switch {
	case len(buckets) > 0:
		return buckets, nil
	case len(others) > 0:
		return nil, fmt.Errorf("no bucket whose name begins with %q has request metrics by the filter %q: they have [%s]; choose one with --filter-id", prefix, s.Filter, listOf(others))
	}
	return nil, fmt.Errorf("no bucket whose name begins with %q had request metrics in region %q in the last two weeks: check --bucket-prefix and --region, and %s", prefix, s.region(), s.howTo("BUCKET"))
}

// without says which buckets have no point because they have no request metrics, rather
// than no requests. asked is how many buckets were asked for.
func (s *S3) without(ctx context.Context, silent []string, asked int) ([]result.Warning, error) {
	if len(silent) == 0 {
		return nil, nil
	}
	found, err := s.filters(ctx)
	if err != nil && ctx.Err() == nil && len(silent) < asked { // what was read is kept
		return []result.Warning{{Code: "no_request_metrics", Text: fmt.Sprintf("buckets [%s] have no point, and whether they have request metrics is not known: %v", listOf(silent), err)}}, nil
	}
	if err != nil {
		return nil, err
	}
	var warnings []result.Warning
	for _, name := range silent {
		switch has := found[name]; {
		case slices.Contains(has, s.Filter): // was idle
		case len(has) > 0:
			warnings = append(warnings, result.Warning{Code: "no_request_metrics", Text: fmt.Sprintf("bucket %q has no request metrics by the filter %q: it has [%s]; choose one with --filter-id", name, s.Filter, listOf(has))})
		default:
			warnings = append(warnings, result.Warning{Code: "no_request_metrics", Text: fmt.Sprintf("bucket %q had no request metrics in region %q in the last two weeks: check its name and --region, and %s", name, s.region(), s.howTo(name))})
		}
	}
	if len(warnings) == asked {
		return nil, errors.New(warnings[0].Text)
	}
	return warnings, nil
}

func (s *S3) howTo(bucket string) string {
	return fmt.Sprintf("switch them on with `aws s3api put-bucket-metrics-configuration --bucket %s --id %s --metrics-configuration Id=%[2]s` (the first minutes come some 15 minutes later)", bucket, s.Filter)
}

// listOf names some words once each, in their order.
func listOf(words []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(words))), ", ")
}
