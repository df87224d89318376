package cloud

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// gcsError says what a caller can do about an answer of Cloud Monitoring.
func gcsError(err error) error {
	s, ok := status.FromError(err)
	if !ok {
		return errors.New(scrub(err.Error()))
	}
	said := scrub(s.Message())
	switch s.Code() {
	case codes.PermissionDenied:
		return fmt.Errorf("permission denied: the caller needs the role roles/monitoring.viewer in the project (%s)", said)
	case codes.Unauthenticated:
		return fmt.Errorf("the credentials are not accepted (%s): get new ones with `gcloud auth application-default login`, or give --credentials-file", said)
	case codes.NotFound:
		return fmt.Errorf("there is no such project, or nothing is monitored there: check --project (%s)", said)
	case codes.InvalidArgument:
		return fmt.Errorf("the question is not understood: check --project and the names of the buckets (%s)", said)
	case codes.ResourceExhausted:
		return fmt.Errorf("the quota of Monitoring is used up: try again later, or ask for fewer buckets or a shorter window (%s)", said)
	}
	return fmt.Errorf("%s: %s", s.Code(), said)
}

// scrub takes from a text what names or opens an account: mail addresses, tokens, keys and
// long numbers.
func scrub(text string) string {
	for _, secret := range []string{
		`[\w.+-]+@[\w-]+(\.[\w-]+)+`,            // a mail address or a service account
		`\bya29\.[\w.-]+`,                       // an access token of Google
		`(?i)\bbearer\s+[^\s,;]+`,               // a header
		`\bAKIA[0-9A-Z]{12,}`,                   // a key of AWS
		`(?i)(key|token|secret|sig)=[^\s&",;]+`, // in an address
		`\beyJ[\w-]{8,}(\.[\w-]+)*`,             // a JSON web token
		`\b\d{9,}\b`,                            // the number of a project or account
		`-----BEGIN[^-]*-----[\s\S]*?(-----END[^-]*-----|$)`,
	} {
		text = regexp.MustCompile(secret).ReplaceAllString(text, "[removed]")
	}
	const most = 300
	if len(text) > most {
		text = text[:most] + "..."
	}
	return text
}

// Retry says how calls that a server refuses for the moment are repeated. The zero value
// gives up after 2 minutes.
type Retry struct {
	Budget time.Duration                              // of waiting for one page
	Sleep  func(ctx context.Context, d time.Duration) // tests replace it; nil: waits
}

// attempts is one page's.
type attempts struct {
	retry  Retry
	next   time.Duration
	waited time.Duration
}

func (r Retry) begin() *attempts {
	if r.Budget == 0 {
		r.Budget = 2 * time.Minute
	}
	if r.Sleep == nil {
		r.Sleep = sleep
	}
	return &attempts{retry: r, next: time.Second}
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
	if !again || ctx.Err() != nil || a.waited+d > a.retry.Budget {
		return err
	}
	a.waited += d
	a.next = min(2*a.next, 32*time.Second)
	a.retry.Sleep(ctx, d)
	return nil
}

// pause says whether an error is one of the moment, and how long to wait.
func pause(err error, otherwise time.Duration) (time.Duration, bool) {
	s, ok := status.FromError(err)
	if !ok {
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
