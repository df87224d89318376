package cloud

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

func TestHostOf(t *testing.T) {
	for instance, want := range map[string]string{
		"oss1:9100":          "oss1",
		"oss1.example:9134":  "oss1.example",
		"oss1:32221":         "oss1",
		"oss1:9101":          "oss1:9101", // of a tunnel or a container: another machine
		"10.0.0.1:9100":      "10.0.0.1",
		"[fd00::1]:9100":     "fd00::1",
		"[fd00::1]:80":       "[fd00::1]:80",
		"fd00::1":            "fd00::1",
		"oss1":               "oss1",
		":9100":              ":9100",
		"http://oss1:9100/x": "http://oss1:9100/x",
		"":                   "",
	} {
		if got := hostOf(instance); got != want {
			t.Errorf("%q: %q, want %q", instance, got, want)
		}
	}
}

// diskSeries is an answer with one series for each text of its labels, which has the values
// at 14:02:00, 14:02:15, ... that aren't empty.
func diskSeries(series ...[]string) string {
	var all []string
	for _, s := range series {
		var values []string
		for i, v := range s[1:] {
			if v != "" {
				values = append(values, fmt.Sprintf(`[%d,"%s"]`, at("14:02:00").Unix()+int64(15*i), v))
			}
		}
		all = append(all, fmt.Sprintf(`{"metric":{%s},"values":[%s]}`, s[0], strings.Join(values, ",")))
	}
	return `{"status":"success","data":{"resultType":"matrix","result":[` + strings.Join(all, ",") + `]}}`
}

// TestPrometheusDoubles: series that are one in lbench's names are never mixed. Those that
// follow each other go on; other ports and devices are others.
func TestPrometheusDoubles(t *testing.T) {
	const a, b = `"device":"sda","instance":"oss1:9100","job":"a"`, `"device":"sda","instance":"oss1:9100","job":"b"`
	for _, test := range []struct {
		name    string
		series  [][]string
		want    string // values in order
		doubled int
	}{
		{"two jobs", [][]string{{a, "1", "2", "3"}, {b, "11", "12", "13"}}, "1 2 3", 3},
		{"two exporters' ports", [][]string{{a, "1", "2"}, {`"device":"sda","instance":"oss1:9134","job":"a"`, "11", "12"}}, "1 2", 2},
		{"a job that was renamed", [][]string{{a, "1", "2"}, {b, "", "", "3", "4"}}, "1 2 3 4", 0},
		{"the later one first", [][]string{{a, "", "", "3", "4"}, {b, "1", "2"}}, "1 2 3 4", 0},
		{"for some time both", [][]string{{a, "1", "2", "3"}, {b, "", "", "13", "14"}}, "1 2 3 14", 1},
		{"another port", [][]string{{a, "1", "2"}, {`"device":"sda","instance":"oss1:9101","job":"a"`, "11", "12"}}, "1 11 2 12", 0},
		{"another device", [][]string{{a, "1", "2"}, {`"device":"sdb","instance":"oss1:9100","job":"a"`, "11", "12"}}, "1 11 2 12", 0},
	} {
		p := answering(t, "", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, diskSeries(test.series...)) })
		var got []string
		own := &Own{"disk", "read_bytes", map[string]string{"dev": "device"}, 1}
		answers, err := p.Ask(t.Context(), []Question{{"x", own}}, window("14:02:00", "14:03:00", 15*time.Second), func(r result.Reading) error {
			got = append(got, fmt.Sprint(r.Value))
			return nil
		})
		if err != nil || strings.Join(got, " ") != test.want || answers[0].Doubled != test.doubled || answers[0].Readings != len(got) || answers[0].Series != 2 {
			t.Errorf("%s: %v, %+v, error %v, want %s and %d doubled", test.name, got, answers, err, test.want, test.doubled)
		}
		if told := answers[0].Double; (told != "") != (test.doubled > 0) || told != "" && !strings.HasPrefix(told, `{"device":"sda","instance":"oss1:9100","job":"a"} and {`) {
			t.Errorf("%s: told %q", test.name, told)
		}
	}
}

// TestPrometheusDoubleLater: the series that was taken in one part of the window is the one
// that stays, whichever comes first in the next answer.
func TestPrometheusDoubleLater(t *testing.T) {
	part := 0
	p := answering(t, "", func(w http.ResponseWriter, r *http.Request) {
		part++
		line := func(job, value string) string {
			return fmt.Sprintf(`{"metric":{"instance":"oss1:9100","job":"%s"},"values":[[%s,"%s"]]}`, job, r.FormValue("start"), value)
		}
		first, second := line("a", "100"), line("b", fmt.Sprint(part))
		if part == 1 {
			first, second = second, first
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[%s,%s]}}`, first, second)
	})
	var got []float64
	answers, err := p.Ask(t.Context(), []Question{{"x", &Own{"tcp", "out_segments", nil, 1}}}, Range{at("14:00:00"), at("15:00:00"), time.Second}, func(r result.Reading) error {
		got = append(got, r.Value)
		return nil
	})
	if err != nil || !cmp.Equal(got, []float64{1, 2, 3, 4}) || answers[0].Doubled != 4 || answers[0].Series != 2 {
		t.Errorf("%v, %+v, error %v", got, answers, err)
	}
}

// TestPrometheusOwn: seconds are whole ns, labels that a series lacks aren't there, and what
// keeps its own name has the machine all the same, but for questions of one's own.
func TestPrometheusOwn(t *testing.T) {
	s := promSeries{Metric: map[string]string{"__name__": "m", "device": "", "instance": "oss1:9100"}, Values: []promValue{{at("14:02:00"), 0.29}, {at("14:02:15"), 1e300}}}
	for _, test := range []struct {
		own  *Own
		want string
	}{
		{&Own{"disk", "io_ns", map[string]string{"dev": "device", "bytes": "size"}, 1e9}, "disk io_ns map[host:oss1] 2.9e+08"},
		{&Own{}, "prometheus m map[host:oss1 instance:oss1:9100] 0.29"},
		{nil, "prometheus m map[device: instance:oss1:9100] 0.29"},
	} {
		r := Question{PromQL: "x", Own: test.own}.readings(s)[0]
		if got := fmt.Sprint(r.Source, " ", r.Name, " ", r.Labels, " ", r.Value); got != test.want {
			t.Errorf("%v: %s, want %s", test.own, got, test.want)
		}
	}
	s.Values[1].value = 1e306
	if got := (Question{PromQL: "x", Own: &Own{"disk", "io_ns", nil, 1e9}}).readings(s); len(got) != 1 {
		t.Errorf("%v: a value beyond what a number can hold is there", got)
	}
}
