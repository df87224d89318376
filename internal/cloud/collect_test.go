package cloud

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// lateSource has points of minutes that ended at least late ago, and counts its readings.
type lateSource struct {
	late  time.Duration
	never time.Time // a minute that bucket b never gets
	reads int
	code  string // of the warning of each reading
	err   error
}

func (s *lateSource) Name() string        { return "made" }
func (s *lateSource) Late() time.Duration { return s.late }

func (s *lateSource) Points(_ context.Context, q Query, emit func(Point)) ([]result.Warning, error) {
	s.reads++
	for start := q.From.Truncate(time.Minute); start.Before(q.To); start = start.Add(time.Minute) {
		end := start.Add(time.Minute)
		if end.After(time.Now().Add(-s.late)) {
			continue
		}
		for _, bucket := range []string{"a", "b", "c"} {
			if bucket != "b" || !start.Equal(s.never) {
				emit(Point{Bucket: bucket, Name: SentBytes, Start: start, End: end, Value: 60})
			}
		}
	}
	return []result.Warning{{Code: s.code}}, s.err
}

// TestCollectWaits: the window is read again until its last minute is there.
func TestCollectWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now() // 2000-01-01 00:00:00
		q := Query{From: now.Add(-10 * time.Minute), To: now, Prefix: "x"}
		source := &lateSource{late: 4 * time.Minute, code: "best_effort"}
		got, err := Collect(t.Context(), source, q, 0, time.Now)
		if err != nil || source.reads != 1 || len(got.Missing) != 4 || got.Metrics["sent_bytes"] != 6*180 {
			t.Errorf("%v: %d reads, missing %v, %v", err, source.reads, got.Missing, got.Metrics)
		}
		got, err = Collect(t.Context(), source, q, 10*time.Minute, time.Now)
		if waited := time.Since(now); err != nil || waited != 4*time.Minute || len(got.Missing) != 0 || got.Metrics["sent_bytes"] != 10*180 {
			t.Errorf("%v: waited %v, missing %v, %v", err, waited, got.Missing, got.Metrics)
		}
		if !warned(got, "best_effort") {
			t.Errorf("warnings %+v", got.Warnings)
		}
	})
}

// TestCollectGivesUp: what never comes is named when the time is over.
func TestCollectGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		source := &lateSource{never: now.Add(-5 * time.Minute)}
		got, err := Collect(t.Context(), source, Query{From: now.Add(-10 * time.Minute), To: now, Prefix: "x"}, 3*time.Minute, time.Now)
		if waited := time.Since(now); err != nil || waited > 3*time.Minute || waited < 2*time.Minute || len(got.Missing) != 1 || !got.Missing[0].Equal(source.never) {
			t.Errorf("%v: waited %v, missing %v", err, waited, got.Missing)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := Collect(ctx, source, Query{From: now.Add(-10 * time.Minute), To: now, Prefix: "x"}, time.Hour, time.Now); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		source.err = errors.New("gone")
		if _, err := Collect(t.Context(), source, Query{From: now.Add(-10 * time.Minute), To: now, Prefix: "x"}, time.Hour, time.Now); err == nil || err.Error() != "gone" {
			t.Errorf("error is %v", err)
		}
	})
}

// TestCollectPartial: where the source could not read all, any minute may lack something.
func TestCollectPartial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		source := &lateSource{code: "partial_answer"}
		got, err := Collect(t.Context(), source, Query{From: now.Add(-10 * time.Minute), To: now, Prefix: "x"}, 0, time.Now)
		if err != nil || len(got.Missing) != 10 || got.Metrics["minutes_missing"] != 10 || !warned(got, "minutes_missing") {
			t.Errorf("%v: missing %v, warnings %+v", err, got.Missing, got.Warnings)
		}
	})
}
