package cloud

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/lbench/lbench/internal/result"
)

// Retry says how calls that a server refuses for the moment are repeated, and keeps count
// of it. The zero value gives up after 2 minutes. It serves one call at a time.
type Retry struct {
	Budget time.Duration                              // of waiting for one page
	Sleep  func(ctx context.Context, d time.Duration) // tests replace it; nil: waits

	repeated int           // calls, over all pages
	waited   time.Duration // before them
}

// attempts is one page's.
type attempts struct {
	retry  *Retry
	budget time.Duration
	next   time.Duration
	waited time.Duration
}

func (r *Retry) begin() *attempts {
	return &attempts{retry: r, budget: cmp.Or(r.Budget, 2*time.Minute), next: time.Second}
}

// tell puts beside the figures how hard they were to get. Waiting for minutes that are late
// isn't part of it.
//
//	monitoring_calls_repeated  calls that were refused or broke off, and were made again
//	monitoring_waited_ns       before them
func (r *Retry) tell(t *result.Traffic) {
	t.Metrics["monitoring_calls_repeated"], t.Metrics["monitoring_waited_ns"] = float64(r.repeated), float64(r.waited)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// wait waits before the next attempt: as long as the server asks for, else twice as long as
// before, at most 32 s. It returns the error where another attempt makes no sense.
func (a *attempts) wait(ctx context.Context, err error) error {
	d, again := pause(err, a.next)
	if !again || ctx.Err() != nil || a.waited+d > a.budget {
		return err
	}
	a.waited += d
	a.retry.repeated++
	a.retry.waited += d
	a.next = min(2*a.next, 32*time.Second)
	if a.retry.Sleep != nil {
		a.retry.Sleep(ctx, d)
	} else {
		sleep(ctx, d)
	}
	return nil
}

// pause says whether an error is one of the moment, and how long to wait.
func pause(err error, otherwise time.Duration) (time.Duration, bool) {
	if m := (momentary{}); errors.As(err, &m) {
		return cmp.Or(m.after, otherwise), true
	}
	s, ok := status.FromError(err)
	if !ok || nobodyThere(s) {
		return 0, false
	}
	switch s.Code() {
	case codes.ResourceExhausted, codes.Unavailable, codes.Aborted, codes.Internal, codes.DeadlineExceeded, codes.Unknown:
	default:
		return 0, false
	}
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok && info.GetRetryDelay().AsDuration() > 0 {
			return info.GetRetryDelay().AsDuration(), true
		}
	}
	return otherwise, true
}

// nobodyThere says that nothing listens where a call went, or that there is no such host:
// the endpoint is wrong, and waiting doesn't mend it. gRPC has no code of its own for that.
func nobodyThere(s *status.Status) bool {
	return s.Code() == codes.Unavailable && (strings.Contains(s.Message(), "connection refused") || strings.Contains(s.Message(), "no such host"))
}

// momentary is an error that another attempt may not meet.
type momentary struct {
	err   error
	after time.Duration // how long the server asks to wait; 0 where it doesn't say
}

func (m momentary) Error() string { return m.err.Error() }
func (m momentary) Unwrap() error { return m.err }

// do calls until it succeeds, as Retry says. moment turns an error of the moment into a
// momentary. One call has a minute.
func (r *Retry) do(ctx context.Context, moment func(error) error, call func(context.Context) error) error {
	attempts := r.begin()
	for {
		once, cancel := context.WithTimeout(ctx, time.Minute)
		err := call(once)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			err = momentary{err: errors.New("no answer within a minute")}
		default:
			err = moment(err)
		}
		if err := attempts.wait(ctx, err); err != nil {
			return err
		}
	}
}

// retryAfter is how long an answer asks to wait: in seconds; 0 where it doesn't say.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
