package monitoringtest_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// Each filter stands beside metric.type = sent and picks from buckets a1, a2, b1 (ReadObject
// OK), b1 (WriteObject OK) and a1 (ReadObject UNAVAILABLE).
func TestFilters(t *testing.T) {
	s, client, _ := start(t)
	for _, line := range [][3]string{
		{"a1", "ReadObject", "OK"}, {"a2", "ReadObject", "OK"}, {"b1", "ReadObject", "OK"},
		{"b1", "WriteObject", "OK"}, {"a1", "ReadObject", "UNAVAILABLE"}, {`q"\'`, "ReadObject", "OK"},
	} {
		s.Serve(line[0], line[1], line[2], at(14, 0, 0), 1, 0, 1)
	}
	for filter, picked := range map[string]string{
		`resource.type = "gcs_bucket"`:                                                    `a1 OK, a1 UNAVAILABLE, a2 OK, b1 OK, b1 write, q"\' OK`,
		`resource.labels.bucket_name = "a1"`:                                              "a1 OK, a1 UNAVAILABLE",
		`resource.label.bucket_name="a1"`:                                                 "a1 OK, a1 UNAVAILABLE",
		`resource.labels.bucket_name = one_of("a2","b1", "none")`:                         "a2 OK, b1 OK, b1 write",
		`resource.labels.bucket_name = starts_with("a")`:                                  "a1 OK, a1 UNAVAILABLE, a2 OK",
		`resource.labels.bucket_name = ends_with("1")`:                                    "a1 OK, a1 UNAVAILABLE, b1 OK, b1 write",
		`resource.labels.bucket_name = has_substring("2")`:                                "a2 OK",
		`resource.labels.bucket_name != starts_with("a")`:                                 `b1 OK, b1 write, q"\' OK`,
		`metric.labels.method = "WriteObject"`:                                            "b1 write",
		`metric.labels.response_code != "OK"`:                                             "a1 UNAVAILABLE",
		`metric.label.response_code = 'UNAVAILABLE'`:                                      "a1 UNAVAILABLE",
		`NOT metric.labels.response_code = "OK"`:                                          "a1 UNAVAILABLE",
		`NOT (resource.type = "x" OR metric.labels.method = "ReadObject")`:                "b1 write",
		`(metric.labels.method = "WriteObject" OR resource.labels.bucket_name = "a2")`:    "a2 OK, b1 write",
		"metric.labels.method=\"ReadObject\"\n\tresource.labels.bucket_name=\"b1\"":       "b1 OK", // nothing between is AND
		`(resource.labels.bucket_name = "b1" AND (metric.labels.method = "WriteObject"))`: "b1 write",
		`resource.labels.bucket_name = "q\"\\'"`:                                          `q"\' OK`,
		`resource.labels.bucket_name = 'q"\\\''`:                                          `q"\' OK`,
		`project = "lab" AND resource.labels.project_id = "lab" AND resource.labels.location = starts_with("us-") AND resource.labels.bucket_name = "a2"`: "a2 OK",
		`(resource.type = "x" OR resource.labels.bucket_name = "a2")`:                                                                                     "a2 OK",
		`NOT resource.type = "x" AND resource.labels.bucket_name = "a2"`:                                                                                  "a2 OK",
		`project = "other"`: "",
		`resource.labels.bucket_name = one_of(` + strings.TrimSuffix(strings.Repeat(`"a2",`, 100), ",") + `)`: "a2 OK",
	} {
		all, err := list(t.Context(), client, day(sent, filter))
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		var got []string
		for _, series := range all {
			kind := series.GetMetric().GetLabels()["response_code"]
			if series.GetMetric().GetLabels()["method"] == "WriteObject" {
				kind = "write"
			}
			got = append(got, series.GetResource().GetLabels()["bucket_name"]+" "+kind)
		}
		want(t, filter, strings.Join(got, ", "), picked)
	}
}

func TestFiltersRefused(t *testing.T) {
	_, client, _ := start(t)
	typed := fmt.Sprintf("metric.type = %q", sent)
	for _, c := range []struct {
		filter string
		code   codes.Code
		text   string
	}{
		{"", codes.InvalidArgument, `a selector is missing before ""`},
		{`resource.type = "gcs_bucket"`, codes.InvalidArgument, "exactly one metric type"},
		{`metric.type = starts_with("storage")`, codes.InvalidArgument, "exactly one metric type"},
		{`metric.type != "x"`, codes.InvalidArgument, "exactly one metric type"},
		{"NOT " + typed, codes.InvalidArgument, "exactly one metric type"},
		{typed + " AND " + typed, codes.InvalidArgument, "exactly one metric type"},
		{typed + ` OR metric.labels.method = "a"`, codes.InvalidArgument, "exactly one metric type"},
		{typed + ` OR metric.type = "` + requests + `"`, codes.InvalidArgument, "exactly one metric type"},
		{`metric.type = "x.googleapis.com/y"`, codes.NotFound, `Cannot find metric(s) that match type = "x.googleapis.com/y"`},
		{typed + ` AND resource.type = "gce_instance"`, codes.InvalidArgument, "valid combination of metric and monitored resource"},
		{typed + ` AND resource.labels.bucket = "a"`, codes.InvalidArgument, `selector "resource.labels.bucket" isn't one of [project metric.type`},
		{typed + ` AND group.id = "a"`, codes.InvalidArgument, `selector "group.id" isn't one of`},
		{typed + ` AND resource.labels.bucket_name = a`, codes.InvalidArgument, `"a" is neither a quoted string nor one of the functions [one_of`},
		{typed + ` AND resource.labels.bucket_name > "a"`, codes.InvalidArgument, `stands "> \"a\"", which isn't one of [= !=]`},
		{typed + ` AND resource.labels.bucket_name = "a`, codes.InvalidArgument, "isn't closed"},
		{typed + ` AND resource.labels.bucket_name = monitoring.regex.full_match("a")`, codes.InvalidArgument, "neither a quoted string nor"},
		{typed + ` AND resource.labels.bucket_name = starts_with("a", "b")`, codes.InvalidArgument, "starts_with takes 1 string, not 2"},
		{typed + ` AND resource.labels.bucket_name = starts_with "a"`, codes.InvalidArgument, "not a parenthesis"},
		{typed + ` AND resource.labels.bucket_name = one_of()`, codes.InvalidArgument, `")" isn't a quoted string`},
		{typed + ` AND resource.labels.bucket_name = one_of("a" "b")`, codes.InvalidArgument, "where a comma or parenthesis should"},
		{typed + ` AND resource.labels.bucket_name = one_of(` + strings.Repeat(`"a",`, 100) + `"a")`, codes.InvalidArgument, "at most 100 strings, not 101"},
		{typed + ` AND metric.labels.method = "a" OR metric.labels.method = "b"`, codes.InvalidArgument, "put the terms of OR in parentheses"},
		{typed + ` AND (metric.labels.method = "a"`, codes.InvalidArgument, "a parenthesis isn't closed"},
		{typed + `)`, codes.InvalidArgument, `unexpected ")"`},
		{typed + ` AND`, codes.InvalidArgument, "a selector is missing"},
		{typed + ` ANDY = "a"`, codes.InvalidArgument, `selector "ANDY" isn't one of`},
		{strings.Repeat("(", 60) + typed + strings.Repeat(")", 60), codes.InvalidArgument, "more than 50 parentheses"},
		{strings.Repeat("NOT ", 60) + typed, codes.InvalidArgument, "more than 50 NOTs"},
	} {
		r := day(sent, "")
		r.Filter = c.filter
		_, err := list(t.Context(), client, r)
		wantError(t, c.filter, err, c.code, c.text)
	}
}
