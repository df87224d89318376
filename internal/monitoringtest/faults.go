package monitoringtest

import (
	"cmp"
	"context"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Counts says how often each kind of call was made, refused ones included, and how often
// each fault acted, so that a test can demand that it did.
type Counts struct {
	ListTimeSeries, ListMetricDescriptors, ListMonitoredResourceDescriptors int // calls; a page is a call
	CreateTimeSeries, Other                                                 int // calls, all of them refused

	Slowed, Denied, Throttled, WrongProject int // calls that waited, or were refused
	Delayed, Dropped, Incomplete            int // pages that lacked points for this fault
	BrokenOff                               int // connections cut
}

// Counts since the server started.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// faults are those that are set now.
type faults struct {
	delay, slow, retryAfter time.Duration
	deny                    bool
	throttle                int // calls to refuse yet
	breakPage, breaks       int // a page's number, from 1; times to cut it yet
	drops                   []drop
	incomplete              map[string]*status.Status // by bucket
}

// drop is a time in which a bucket's points never come: those that end in (from, to].
type drop struct {
	bucket   string
	from, to time.Time
}

// dropped says whether a bucket's point that ends at a moment never comes.
func (f *faults) dropped(bucket string, end time.Time) bool {
	for _, d := range f.drops {
		if (d.bucket == "" || d.bucket == bucket) && end.After(d.from) && !end.After(d.to) {
			return true
		}
	}
	return false
}

// set changes the faults under the lock.
func (s *Server) set(change func(*faults)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.faults)
}

// Mend ends all faults. Points that were delayed or dropped are there from then on.
func (s *Server) Mend() { s.set(func(f *faults) { *f = faults{} }) }

// Delay lets each point arrive d after its minute has ended; 0: at once.
func (s *Server) Delay(d time.Duration) { s.set(func(f *faults) { f.delay = d }) }

// Drop keeps back for good the points of a bucket (empty: of each) that end after from and
// not after to. Drops add up.
func (s *Server) Drop(bucket string, from, to time.Time) {
	s.set(func(f *faults) { f.drops = append(f.drops, drop{bucket, from, to}) })
}

// Incomplete leaves the series of a bucket out of listings, which say so in their
// execution_errors with this code and text. Code OK brings them back.
func (s *Server) Incomplete(bucket string, code codes.Code, text string) {
	s.set(func(f *faults) {
		if f.incomplete == nil {
			f.incomplete = map[string]*status.Status{}
		}
		f.incomplete[bucket] = status.New(code, text)
		if code == codes.OK {
			delete(f.incomplete, bucket)
		}
	})
}

// Throttle refuses the next calls with ResourceExhausted. If retryAfter isn't 0 the error
// carries RetryInfo, which asks to wait for it.
func (s *Server) Throttle(calls int, retryAfter time.Duration) {
	s.set(func(f *faults) { f.throttle, f.retryAfter = calls, retryAfter })
}

// BreakOff cuts the connection in the middle of a page of a time series listing, the given
// number of times. Pages count from 1. The client sees Unavailable, and may try again.
func (s *Server) BreakOff(page, times int) {
	s.set(func(f *faults) { f.breakPage, f.breaks = page, times })
}

// Slow lets each call wait for d, in Options.Sleep; 0: not at all.
func (s *Server) Slow(d time.Duration) { s.set(func(f *faults) { f.slow = d }) }

// Deny refuses all calls with PermissionDenied, until it is called with false.
func (s *Server) Deny(on bool) { s.set(func(f *faults) { f.deny = on }) }

// gate counts each call, and lets it wait or refuses it.
func (s *Server) gate(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	method := info.FullMethod[strings.LastIndexByte(info.FullMethod, '/')+1:]
	s.mu.Lock()
	*s.counts.of(method)++
	wait := s.faults.slow
	if wait > 0 {
		s.counts.Slowed++
	}
	s.mu.Unlock()
	if wait > 0 {
		if err := s.options.Sleep(ctx, wait); err != nil {
			return nil, status.FromContextError(err).Err()
		}
	}
	if err := s.refuse(method, request); err != nil {
		return nil, err
	}
	return handler(ctx, request)
}

// of is the counter of a method.
func (c *Counts) of(method string) *int {
	switch method {
	case "ListTimeSeries":
		return &c.ListTimeSeries
	case "ListMetricDescriptors":
		return &c.ListMetricDescriptors
	case "ListMonitoredResourceDescriptors":
		return &c.ListMonitoredResourceDescriptors
	case "CreateTimeSeries":
		return &c.CreateTimeSeries
	}
	return &c.Other
}

// refuse gives the error of a call that may not pass, or nil.
func (s *Server) refuse(method string, request any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults.deny {
		s.counts.Denied++
		return status.Errorf(codes.PermissionDenied, "Permission monitoring.%s denied (or the resource may not exist).", permission(method))
	}
	if s.faults.throttle > 0 {
		s.faults.throttle--
		s.counts.Throttled++
		st := status.Newf(codes.ResourceExhausted, "Quota exceeded for quota metric 'Time series queries' and limit 'Time series queries per minute' of service 'monitoring.googleapis.com' for consumer 'project_number:%s'.",
			cmp.Or(s.options.Number, "0"))
		if wait := s.faults.retryAfter; wait != 0 {
			detailed, err := st.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
			if err != nil {
				return status.Errorf(codes.Internal, "adding RetryInfo: %v", err)
			}
			st = detailed
		}
		return st.Err()
	}
	named, ok := request.(interface{ GetName() string })
	if !ok {
		return nil
	}
	project, ok := strings.CutPrefix(named.GetName(), "projects/")
	if !ok || project == "" {
		return status.Errorf(codes.InvalidArgument, "Field name had an invalid value of %q: it isn't projects/ID; organizations and folders aren't known here", named.GetName())
	}
	project, _, _ = strings.Cut(project, "/")
	if project != s.options.Project && (s.options.Number == "" || project != s.options.Number) {
		s.counts.WrongProject++
		return status.Errorf(codes.NotFound, "The project or resource %q could not be found.", "projects/"+project)
	}
	return nil
}

// permission names what a method needs.
func permission(method string) string {
	switch method {
	case "ListMetricDescriptors":
		return "metricDescriptors.list"
	case "ListMonitoredResourceDescriptors":
		return "monitoredResourceDescriptors.list"
	case "CreateTimeSeries":
		return "timeSeries.create"
	}
	return "timeSeries.list"
}
