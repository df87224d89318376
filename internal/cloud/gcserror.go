package cloud

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// gcsError says what a caller can do about an answer of Cloud Monitoring.
func gcsError(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	s, ok := status.FromError(err)
	if !ok {
		return errors.New(scrub(err.Error()))
	}
	said := scrub(s.Message())
	if nobodyThere(s) {
		return fmt.Errorf("nothing answers there: check --endpoint, or a proxy or firewall on the way (%s)", said)
	}
	switch s.Code() {
	case codes.PermissionDenied:
		return fmt.Errorf("permission denied: the caller needs the role roles/monitoring.viewer in the project, or --project isn't its ID (%s)", said)
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
// long numbers and letters.
func scrub(text string) string {
	for _, secret := range []string{
		`[\w.+-]+@[\w-]+(\.[\w-]+)+`,        // a mail address or a service account
		`\bya29\.[\w.-]+`,                   // an access token of Google
		`(?i)\bbearer\s+[^\s,;]+`,           // a header
		`\barn:aws[\w-]*:[^\s,;"']+`,        // who is denied, by AWS
		`\bA(KIA|SIA|ROA|IDA)[0-9A-Z]{12,}`, // a key of AWS, a role, a user
		`(?i)(key|key-?id|token|secret|signature|credential|sig)=[^\s&",;]+`,   // in an address or a header
		`(?i)"\w*(key|token|secret|signature|credential)\w*"\s*:\s*"[^"]*"`,    // in JSON
		`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`, // a subscription, tenant or client of Azure
		`\beyJ[\w-]{8,}(\.[\w-]+)*`, // a JSON web token
		`\b\d{9,}\b`,                // the number of a project or account
		`-----BEGIN[^-]*-----[\s\S]*?(-----END[^-]*-----|$)`,
		`[A-Za-z0-9+/]{40,}={0,2}`, // a secret key or a session token; last, since it takes parts of the others
	} {
		text = regexp.MustCompile(secret).ReplaceAllString(text, "[removed]")
	}
	const most = 300
	if len(text) > most {
		text = text[:most] + "..."
	}
	return text
}
