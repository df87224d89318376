package cloud

import (
	"context"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// reread is how often a window that isn't complete is read again.
const reread = 30 * time.Second

// extender is a source that knows more of what it read last than points can say.
type extender interface{ Extend(t *result.Traffic) }

// Collect asks a source for a window. Where minutes of it aren't there yet it asks again
// until they are, for at most wait, and names those that are still missing then.
func Collect(ctx context.Context, source Source, q Query, wait time.Duration, clock func() time.Time) (result.Traffic, error) {
	until := clock().Add(wait)
	for {
		t := NewTally(q.From, q.To)
		warnings, err := source.Points(ctx, q, t.Add)
		if err != nil {
			return result.Traffic{}, err
		}
		now := clock()
		t.partial = slices.ContainsFunc(warnings, func(w result.Warning) bool { return w.Code == warnPartial })
		traffic := t.Traffic(source.Name(), now, source.Late(), q.Buckets)
		traffic.Warnings = append(traffic.Warnings, warnings...)
		if more, ok := source.(extender); ok {
			more.Extend(&traffic)
		}
		if len(traffic.Missing) == 0 || !now.Add(reread).Before(until) || ctx.Err() != nil {
			return traffic, ctx.Err()
		}
		sleep(ctx, reread)
	}
}
