package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/credentials/impersonate"
	monitoring "cloud.google.com/go/monitoring/apiv3/v2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/lbench/lbench/internal/result"
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
		local, err := loopbackEndpoint(o.Endpoint)
		if err != nil {
			return nil, err
		}
		if local {
			return []option.ClientOption{option.WithEndpoint(o.Endpoint), option.WithoutAuthentication(),
				option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials()))}, nil
		}
	}
	creds, err := o.credentials()
	if err != nil {
		return nil, err
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

// credentials are those of a key file, or what the environment has.
func (o GCSOptions) credentials() (*auth.Credentials, error) {
	options := &credentials.DetectOptions{Scopes: []string{readScope}}
	if o.CredentialsFile == "" {
		creds, err := credentials.DetectDefault(options)
		if err != nil {
			return nil, errNoCredentials
		}
		return creds, nil
	}
	kind, err := keyKind(o.CredentialsFile)
	if err != nil {
		return nil, fmt.Errorf("read --credentials-file %q: %w", o.CredentialsFile, err)
	}
	creds, err := credentials.NewCredentialsFromFile(kind, o.CredentialsFile, options)
	if err != nil {
		return nil, fmt.Errorf("read --credentials-file %q: %s", o.CredentialsFile, scrub(err.Error()))
	}
	return creds, nil
}

// keyKind is what a key file says that it is, if that is one of those that stay with
// Google: one that sends its reader elsewhere for a token has to come from the environment.
func keyKind(path string) (credentials.CredType, error) {
	text, err := result.ReadRegular(path)
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return "", pathErr.Err
	}
	var file struct{ Type credentials.CredType }
	if err != nil || json.Unmarshal(text, &file) != nil {
		return "", errors.New("it isn't the JSON of a key")
	}
	kinds := []credentials.CredType{credentials.ServiceAccount, credentials.AuthorizedUser, credentials.ImpersonatedServiceAccount}
	if !slices.Contains(kinds, file.Type) {
		return "", fmt.Errorf("its type %.40q isn't one of %q: use GOOGLE_APPLICATION_CREDENTIALS for others", file.Type, kinds)
	}
	return file.Type, nil
}
