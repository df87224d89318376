// Package cloud asks the monitoring of a cloud what its buckets did while a run read from
// them, which is the only proof that no cache served it.
//
//  1. A Query says which buckets and which window of time.
//  2. A Source (one file each: gcs, ...) hands on Points: what one bucket sent, received or
//     was asked in one period, usually a minute aligned to UTC.
//  3. A Tally adds them up as they come, so that a thousand buckets need no more space than
//     their minutes. A period that the window cuts counts by the share of it that lies within.
//  4. Traffic gives the figures: totals, the best whole minute, means, balance over buckets,
//     requests by method, and the minutes that are not there yet.
//
// Monitoring is late, and says nothing of a minute without traffic. So what has not come
// can't always be told from what was idle: the package says which minutes it does not know.
package cloud

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Names of the values that points have.
const (
	SentBytes     = "sent_bytes"     // by the bucket: what was read from it
	ReceivedBytes = "received_bytes" // by the bucket: what was written to it
	Requests      = "requests"
)

// Point is what one bucket did in one period.
type Point struct {
	Bucket string
	Name   string // SentBytes, ReceivedBytes or Requests
	Method string // "ReadObject"; empty where the source doesn't tell
	Code   string // "OK", "429"; empty where the source doesn't tell
	Start  time.Time
	End    time.Time
	Value  float64 // bytes or requests within the period
}

// Query says what is asked for. Of Buckets, Prefix and Label one is set.
type Query struct {
	From, To time.Time
	Buckets  []string // by name
	Prefix   string   // of their names
	Label    string   // that they have, as "team=storage"
}

// Source is one cloud's monitoring.
type Source interface {
	// Name is the source of its readings: gcs, s3, azure or prometheus.
	Name() string
	// Points hands on all points whose period touches the window, in any order, each once.
	// What the cloud says that it could not read comes back as warnings.
	Points(ctx context.Context, q Query, emit func(Point)) ([]result.Warning, error)
	// Late is after how long a period's points are there at the latest.
	Late() time.Duration
}

// longest is how long monitoring keeps minutes: six weeks.
const longest = 42 * 24 * time.Hour

// Check says what is wrong with a query at the time now.
func (q Query) Check(now time.Time) error {
	set := 0
	for _, on := range []bool{len(q.Buckets) > 0, q.Prefix != "", q.Label != ""} {
		if on {
			set++
		}
	}
	switch {
	case set != 1:
		return fmt.Errorf("choose the buckets in one way: by names, by a prefix of them, or by a label, not in %d", set)
	case q.From.After(now):
		return fmt.Errorf("the window begins at %s, which is in the future (it is %s)", stamp(q.From), stamp(now))
	case !q.To.After(q.From):
		return fmt.Errorf("the window ends at %s, which isn't after its start at %s", stamp(q.To), stamp(q.From))
	case q.To.Sub(q.From) > longest:
		return fmt.Errorf("the window is %d days long: want at most %d, since minutes are kept no longer", int(q.To.Sub(q.From)/(24*time.Hour)), int(longest/(24*time.Hour)))
	}
	if key, value, ok := strings.Cut(q.Label, "="); q.Label != "" && (!ok || key == "" || value == "") {
		return fmt.Errorf("the label %q isn't key=value", q.Label)
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
