package cloud

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

func TestScrub(t *testing.T) {
	for _, secret := range []string{
		"somebody@example.iam.gserviceaccount.com", "ya29.c.b0Aaekm1K", "Bearer abc.def", "AKIAIOSFODNN7EXAMPLE", "token=s3cr3t", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln",
		"arn:aws:sts::123456789012:assumed-role/Admin/somebody", "ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEYx", "Credential=ABC/20260313/us-east-1", "Signature=fe5f80f77d5fa3be",
		"X-Amz-Security-Token=IQoJb3JpZ2luX2Vj", "AWSAccessKeyId=ABC", `"client_secret": "abc~def"`, `"access_token":"abc.def"`, "12345678-abcd-abcd-abcd-1234567890ab",
		"123456789012", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
	} {
		got := scrub("denied for " + secret + ", see the log")
		if strings.Contains(got, secret) || !strings.HasPrefix(got, "denied for ") || !strings.HasSuffix(got, ", see the log") {
			t.Errorf("%q: %q", secret, got)
		}
	}
	if got := scrub("bucket zettafs-vdev-00 has 12 minutes"); got != "bucket zettafs-vdev-00 has 12 minutes" {
		t.Errorf("%q", got)
	}
	if text := `User is not authorized to perform: cloudwatch:GetMetricData because no identity-based policy allows it`; scrub(text) != text {
		t.Errorf("%q", scrub(text))
	}
	if got := scrub(strings.Repeat("x ", 1000)); len(got) > 310 {
		t.Errorf("%d letters", len(got))
	}
}

func TestGCSErrors(t *testing.T) {
	for code, want := range map[codes.Code]string{
		codes.PermissionDenied: "roles/monitoring.viewer", codes.Unauthenticated: "gcloud auth application-default login", codes.NotFound: "check --project",
		codes.InvalidArgument: "names of the buckets", codes.ResourceExhausted: "quota", codes.Unimplemented: "Unimplemented",
	} {
		err := gcsError(status.Error(code, "project 123456789012 says no to a@b.example"))
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "123456789012") || strings.Contains(err.Error(), "@") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", code, err)
		}
	}
	if err := gcsError(errors.New("token=abc")); strings.Contains(err.Error(), "abc") {
		t.Error(err)
	}
}

// TestRetry: waits double to 32 s, or are what the server asks for, until the time is over.
func TestRetry(t *testing.T) {
	var waits []time.Duration
	r := Retry{Budget: 100 * time.Second, Sleep: func(_ context.Context, d time.Duration) { waits = append(waits, d) }}
	busy := status.Error(codes.ResourceExhausted, "quota")
	a := r.begin()
	var err error
	for err == nil {
		err = a.wait(t.Context(), busy)
	}
	want := []time.Duration{1, 2, 4, 8, 16, 32, 32}
	for i := range want {
		if len(waits) != len(want) || waits[i] != want[i]*time.Second {
			t.Fatalf("waits are %v", waits)
		}
	}
	asked, _ := status.New(codes.Unavailable, "later").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(7 * time.Second)})
	if d, again := pause(asked.Err(), time.Second); !again || d != 7*time.Second {
		t.Errorf("%v, %v", d, again)
	}
	for _, final := range []error{status.Error(codes.PermissionDenied, ""), status.Error(codes.InvalidArgument, ""), errors.New("x"), status.Error(codes.Unavailable, "dial tcp 127.0.0.1:1: connect: connection refused")} {
		if r.begin().wait(t.Context(), final) == nil {
			t.Errorf("%v is tried again", final)
		}
	}
}
