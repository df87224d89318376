package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
)

// S3Options say where CloudWatch is asked, and as whom.
type S3Options struct {
	Filter   string // of the request metrics
	Region   string // that the buckets are in; empty: the profile's or AWS_REGION
	Profile  string // of the shared config; empty: the default chain
	RoleARN  string // a role to act as
	Endpoint string // host:port instead of AWS's; plain text on loopback only
}

// NewS3 connects to the CloudWatch of a region.
func NewS3(ctx context.Context, o S3Options) (*S3, error) {
	client, err := o.client(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to CloudWatch: %w", err)
	}
	return &S3{Client: client, Filter: o.Filter, Now: time.Now}, nil
}

func (o S3Options) client(ctx context.Context) (*cloudwatch.Client, error) {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(o.Region), config.WithSharedConfigProfile(o.Profile), config.WithAppID("lbench"),
		config.WithLogger(logging.Nop{}),                                   // else it warns on stderr
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }), // we try again ourselves
	}
	local := false
	if o.Endpoint != "" {
		var err error
		if local, err = loopbackEndpoint(o.Endpoint); err != nil {
			return nil, err
		}
		scheme := "https://"
		if local { // no secret goes there
			scheme = "http://"
			options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("none", "none", "")))
		}
		options = append(options, config.WithBaseEndpoint(scheme+o.Endpoint))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	var noProfile config.SharedConfigProfileNotExistError
	switch {
	case errors.As(err, &noProfile):
		return nil, fmt.Errorf("there is no profile %q: `aws configure list-profiles` names them", o.Profile)
	case err != nil:
		return nil, errors.New(scrub(err.Error()))
	case cfg.Region == "" && local:
		cfg.Region = "us-east-1"
	case cfg.Region == "":
		return nil, errors.New("there is no region: give --region, that of the buckets, or set AWS_REGION")
	}
	cfg.HTTPClient = encrypted{cfg.HTTPClient}
	if !local {
		if err := o.authorize(ctx, &cfg); err != nil {
			return nil, err
		}
	}
	return cloudwatch.NewFromConfig(cfg), nil
}

// authorize gets credentials now, so that their lack is told before anything else.
func (o S3Options) authorize(ctx context.Context, cfg *aws.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if cfg.Credentials == nil {
		return errNoAWSCredentials
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return fmt.Errorf("%w (%s)", errNoAWSCredentials, scrub(err.Error()))
	}
	if o.RoleARN == "" {
		return nil
	}
	cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(*cfg), o.RoleARN))
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return fmt.Errorf("act as --role-arn, which needs sts:AssumeRole: %s", scrub(err.Error()))
	}
	return nil
}

// encrypted refuses to send anything in plain text but to this machine. The environment
// may name an endpoint too.
type encrypted struct{ next config.HTTPClient }

func (e encrypted) Do(r *http.Request) (*http.Response, error) {
	if local, _ := loopbackEndpoint(r.URL.Host); r.URL.Scheme != "https" && !local {
		return nil, fmt.Errorf("endpoint %q is %w", r.URL.Host, errPlain)
	}
	return e.next.Do(r)
}
