// Package monitoringtest is a Google Cloud Monitoring server in process, for tests and
// for the lab: what buckets served is known to the byte, and what the server answers can
// be delayed, lost, refused or cut. A real client talks to it over gRPC on loopback.
//
//	s, err := monitoringtest.Start(t.Context(), monitoringtest.Options{Project: "p", Now: clock.Now})
//	s.Serve("bucket-00", "ReadObject", "OK", at, 1<<20, 0, 1)
//	client, err := monitoring.NewMetricClient(ctx, s.ClientOptions()...)
//
// What happens between serving and answering:
//
//  1. Serve books traffic of a bucket at a moment. Load books a whole answer of the REST
//     API (timeSeries.list), as a recorded or made file holds it.
//  2. Booking goes two ways: into the truth, kept by the second, which Served reads; and
//     into DELTA points of whole UTC minutes, one series for each metric, bucket, location,
//     method and response code. A minute without traffic has no point. A moment on the
//     minute opens the next one.
//  3. A call passes the gate in this order: it is counted, waits (Slow), is refused for its
//     permission (Deny), then for the quota (Throttle), then for its project (NotFound).
//  4. A listing parses the filter, and takes the points of the matching series that have
//     arrived: a point arrives when its minute has ended, plus Delay, by the clock Now.
//     Points of a Drop never do. Series of an Incomplete bucket are left out.
//  5. Without an aligner it gives the points whose end lies in (start, end]. With one it
//     divides the time into periods that count back from the interval's end, aligns each
//     series in them, and then sums over series if a reducer asks for that.
//  6. It pages: page_size counts points (HEADERS: series), so that a long series goes on,
//     with its labels again, on the next page. Newest point first. A page token belongs to
//     its request and to the moment of its first page: points that arrive meanwhile aren't in.
//  7. A page on which BreakOff is set is cut in the middle: the connection ends.
//  8. Counts says how often each kind of call was made, and each fault acted.
//
// Where this differs from the service: a period without any point has no aligned point
// (the service documents that it interpolates); an OR beside an AND must be in parentheses;
// group.id, secondary_aggregation, and aligners and reducers that aggregate.go doesn't have
// are InvalidArgument; texts of errors are like the service's, not its own.
package monitoringtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Options says whose buckets the server knows, and by which clock. Only Project is required.
type Options struct {
	Project  string           // the project's id, as in projects/ID
	Number   string           // the project's number, which names it too; empty: none
	Location string           // of buckets that Serve books; default us-central1
	Now      func() time.Time // decides which points have arrived; default time.Now
	// Sleep waits for Slow, and gives up with ctx's error when ctx ends. Default: the time package's clock.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Server answers as google.monitoring.v3.MetricService. Its methods may be called from
// many goroutines, also while clients ask.
type Server struct {
	monitoringpb.UnimplementedMetricServiceServer
	options  Options
	listener *cutListener
	grpc     *grpc.Server
	served   chan struct{} // closed when grpc has stopped
	undo     func() bool

	mu     sync.Mutex
	store  store
	truth  truth
	faults faults
	counts Counts
}

// Start listens on a free port of loopback, and serves until ctx ends or Close.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Project == "" {
		return nil, errors.New("starting a monitoring server: options have no project")
	}
	if o.Location == "" {
		o.Location = "us-central1"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting a monitoring server: %w", err)
	}
	s := &Server{options: o, listener: newCutListener(listener), store: store{of: map[labels]*series{}}, truth: truth{}, served: make(chan struct{})}
	s.grpc = grpc.NewServer(grpc.UnaryInterceptor(s.gate))
	monitoringpb.RegisterMetricServiceServer(s.grpc, s)
	go func() {
		defer close(s.served)
		s.grpc.Serve(s.listener) // ends with Stop, and has nothing else to say on loopback
	}()
	s.undo = context.AfterFunc(ctx, s.grpc.Stop)
	return s, nil
}

// Close ends all connections and waits for calls in progress. It may be called again.
func (s *Server) Close() {
	s.undo()
	s.grpc.Stop()
	<-s.served
}

// Endpoint is the server's address, host:port.
func (s *Server) Endpoint() string { return s.listener.Addr().String() }

// ClientOptions lets a client of Google's library talk to this server: no TLS, no account.
func (s *Server) ClientOptions() []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(s.Endpoint()),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
