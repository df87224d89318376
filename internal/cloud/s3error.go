package cloud

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// errPlain is why a question was not sent.
var errPlain = errors.New("without TLS, which is for loopback only")

// lasting says whether a connection will fail the next time too.
func lasting(err error) bool {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &name) && name.IsNotFound || errors.As(err, &certificate) || errors.Is(err, errPlain)
}

// awsMoment marks an error that AWS's own rules would try again, and an answer that broke off.
func awsMoment(err error) error {
	again := retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary || errors.Is(err, io.ErrUnexpectedEOF)
	if lasting(err) || !again {
		return err
	}
	m := momentary{err: err}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil {
		m.after = retryAfter(answer.Response.Header)
	}
	return m
}

var errNoAWSCredentials = errors.New("there are no credentials: run `aws configure` or `aws sso login`, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --aws-profile")

// awsError says what a caller can do about an answer of CloudWatch.
func awsError(err error, region string) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return fmt.Errorf("there is no region %q: check --region (%s)", region, scrub(dns.Error()))
	}
	var api smithy.APIError
	var answer *smithyhttp.ResponseError
	switch {
	case errors.As(err, &api):
	case errors.As(err, &answer) && answer.HTTPStatusCode() >= http.StatusBadRequest:
		return fmt.Errorf("the answer (HTTP status %d) isn't one of CloudWatch, which is asked by Smithy RPC v2 in CBOR: check --endpoint, or a proxy on the way", answer.HTTPStatusCode())
	default:
		return errors.New(scrub(err.Error()))
	}
	said := scrub(api.ErrorMessage())
	if _, throttled := retry.DefaultThrottleErrorCodes[api.ErrorCode()]; throttled {
		return fmt.Errorf("CloudWatch is asked too often: try again later, or ask for fewer buckets or a shorter window (%s)", said)
	}
	switch api.ErrorCode() {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		return fmt.Errorf("permission denied: the caller needs cloudwatch:GetMetricData and cloudwatch:ListMetrics (%s)", said)
	case "UnrecognizedClientException", "InvalidClientTokenId", "MissingAuthenticationToken", "ExpiredToken", "ExpiredTokenException":
		return fmt.Errorf("the credentials are not accepted (%s): get new ones with `aws sso login` or `aws configure`, or give --aws-profile", said)
	case "SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired", "IncompleteSignature":
		return fmt.Errorf("the signature is not accepted (%s): the secret key or this machine's clock is wrong", said)
	case "InvalidParameterValue", "InvalidParameterCombination", "ValidationError", "ValidationException":
		return fmt.Errorf("the question is not understood: check the names of the buckets and --filter-id (%s)", said)
	}
	return fmt.Errorf("%s: %s", scrub(api.ErrorCode()), said)
}
