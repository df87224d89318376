package monitoringtest

import (
	"testing"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Whatever a filter says, it is read without a panic; it is refused with a status that can
// be sent, or it demands the metric that it was read to be of.
func FuzzFilter(f *testing.F) {
	const typed = `metric.type = "storage.googleapis.com/api/request_count"`
	for _, seed := range []string{
		typed, typed + ` AND resource.type="gcs_bucket"`, `(` + typed + `) resource.label.bucket_name != one_of("a", 'b')`,
		typed + ` AND (metric.labels.method = starts_with("R") OR NOT metric.labels.response_code = "OK")`,
		`metric.type = "x" OR ` + typed, typed + ` AND resource.labels.bucket_name = "\`, "NOT NOT " + typed, `"é`, `((((`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		match, m, err := parseFilter(text)
		if err != nil {
			if code := status.Code(err); code != codes.InvalidArgument && code != codes.NotFound {
				t.Errorf("%q: code %v", text, code)
			}
			if utf8.ValidString(text) && !utf8.ValidString(status.Convert(err).Message()) {
				t.Errorf("%q: the error isn't UTF-8: %q", text, err)
			}
			return
		}
		for _, other := range metrics() {
			s := &series{labels: labels{metric: other.kind, bucket: "a", method: "ReadObject", code: "OK"}}
			if match(s) && other.kind != m.kind {
				t.Errorf("%q: read as %s, but matches %s", text, m.kind, other.kind)
			}
		}
		if _, err := parseOptional(text, "metric.type"); err == nil && text == "" {
			t.Error("an empty filter isn't one of a listing")
		}
	})
}
