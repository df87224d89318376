package cloud

import (
	"context"
	"fmt"
	"net"

	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/credentials/impersonate"
	monitoring "cloud.google.com/go/monitoring/apiv3/v2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// readScope lets a caller read monitoring data and nothing else.
const readScope = "https://www.googleapis.com/auth/monitoring.read"

// GCSOptions say where Monitoring is asked, and as whom.
type GCSOptions struct {
	CredentialsFile string // a key file; empty: Application Default Credentials
	Impersonate     string // a service account to act as
	Endpoint        string // host:port instead of Google's; plain text on loopback only
}

// NewGCS connects to the monitoring of a project. Close the client when done.
func NewGCS(ctx context.Context, project string, o GCSOptions) (*GCS, error) {
	options, err := o.clientOptions()
	if err != nil {
		return nil, fmt.Errorf("connect to the monitoring of project %q: %w", project, err)
	}
	client, err := monitoring.NewMetricClient(ctx, append(options, option.WithUserAgent("lbench"))...)
	if err != nil {
		return nil, fmt.Errorf("connect to the monitoring of project %q: %s", project, scrub(err.Error()))
	}
	return &GCS{Project: project, Client: client}, nil
}

func (o GCSOptions) clientOptions() ([]option.ClientOption, error) {
	if o.Endpoint != "" {
		host, _, err := net.SplitHostPort(o.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("endpoint %q isn't host:port", o.Endpoint)
		}
		if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
			return []option.ClientOption{option.WithEndpoint(o.Endpoint), option.WithoutAuthentication(),
				option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials()))}, nil
		}
	}
	creds, err := credentials.DetectDefault(&credentials.DetectOptions{Scopes: []string{readScope}, CredentialsFile: o.CredentialsFile})
	switch {
	case err != nil && o.CredentialsFile != "":
		return nil, fmt.Errorf("read --credentials-file %q: %s", o.CredentialsFile, scrub(err.Error()))
	case err != nil:
		return nil, errNoCredentials
	}
	if o.Impersonate != "" {
		creds, err = impersonate.NewCredentials(&impersonate.CredentialsOptions{TargetPrincipal: o.Impersonate, Scopes: []string{readScope}, Credentials: creds})
		if err != nil {
			return nil, fmt.Errorf("act as --impersonate %q: %s", o.Impersonate, scrub(err.Error()))
		}
	}
	options := []option.ClientOption{option.WithAuthCredentials(creds)}
	if o.Endpoint != "" {
		options = append(options, option.WithEndpoint(o.Endpoint))
	}
	return options, nil
}
