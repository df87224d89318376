package report

import (
	"io"
	"maps"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// TrafficCSV writes what each bucket did in each minute of the window, idle ones included: a
// line per minute and bucket, as long as they are few enough to be told apart, else one per
// minute whose bucket is empty: all of them.
//
//	minute_start       of UTC
//	window_fraction    of the minute that lies in the window; values are those of all of it
//	known              0: monitoring doesn't have all of this minute; what is empty isn't known
//	sent_bytes, received_bytes, requests
//
// The only errors are those of w.
func TrafficCSV(w io.Writer, t result.Traffic) error {
	lines := [][]string{{"minute_start", "window_fraction", "known", "bucket", "sent_bytes", "received_bytes", "requests"}}
	for _, m := range everyMinute(t) {
		values := func(bucket string, sent, received, requests float64) {
			lines = append(lines, append(m.head(), csvText(bucket), m.number(sent), m.number(received), m.number(requests)))
		}
		if !byBucket(t) {
			values("", m.Sent, m.Received, m.Requests)
			continue
		}
		for i, b := range t.Buckets {
			values(b.Name, valueAt(m.PerBucket, i), valueAt(m.ReceivedPerBucket, i), valueAt(m.RequestsPerBucket, i))
		}
	}
	return writeCSV(w, lines)
}

// TrafficMethodsCSV writes the requests of all buckets by method: a line per minute and
// method. The columns are those of TrafficCSV.
func TrafficMethodsCSV(w io.Writer, t result.Traffic) error {
	lines := [][]string{{"minute_start", "window_fraction", "known", "method", "requests"}}
	methods := slices.Sorted(maps.Keys(t.Methods))
	for _, m := range everyMinute(t) {
		for _, method := range methods {
			lines = append(lines, append(m.head(), csvText(method), m.number(m.ByMethod[method])))
		}
	}
	return writeCSV(w, lines)
}

// windowMinute is one minute of a window, with or without traffic.
type windowMinute struct {
	result.Minute
	share float64 // in the window
	known bool
}

// everyMinute are all minutes that the window touches.
func everyMinute(t result.Traffic) []windowMinute {
	has, missing := map[int64]result.Minute{}, map[int64]bool{}
	for _, m := range t.Minutes {
		has[m.Start.Unix()] = m
	}
	for _, at := range t.Missing {
		missing[at.Unix()] = true
	}
	var all []windowMinute
	for at := t.From.UTC().Truncate(time.Minute); at.Before(t.To); at = at.Add(time.Minute) {
		m := windowMinute{Minute: has[at.Unix()], known: !missing[at.Unix()]}
		m.Start = at
		within := min(t.To.Sub(t.From), at.Add(time.Minute).Sub(t.From), t.To.Sub(at), time.Minute)
		m.share = float64(within) / float64(time.Minute)
		all = append(all, m)
	}
	return all
}

func (m windowMinute) head() []string {
	known := "1"
	if !m.known {
		known = "0"
	}
	return []string{m.Start.Format(time.RFC3339), csvNumber(m.share, true), known}
}

// number is a value; empty where nothing came of a minute that isn't known.
func (m windowMinute) number(v float64) string { return csvNumber(v, m.known || v > 0) }

// byBucket says that the minutes have what each bucket did.
func byBucket(t result.Traffic) bool {
	return len(t.Buckets) > 0 && !slices.ContainsFunc(t.Minutes, func(m result.Minute) bool { return len(m.PerBucket) != len(t.Buckets) })
}

// valueAt is 0 where a minute has no such values, since all buckets had none.
func valueAt(values []float64, i int) float64 {
	if i < len(values) {
		return values[i]
	}
	return 0
}
