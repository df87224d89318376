package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// answering is a client of a server that answers every request so.
func answering(t *testing.T, token string, answer http.HandlerFunc) *Prometheus {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	o := PrometheusOptions{URL: server.URL}
	if token != "" {
		o.TokenFile = filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(o.TokenFile, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := NewPrometheus(o)
	if err != nil {
		t.Fatal(err)
	}
	p.Retry.Sleep = func(context.Context, time.Duration) {}
	return p
}

// promText is an answer in the form that Prometheus 3 gives, as
// curl -g 'localhost:9090/api/v1/query_range?query=...' prints it.
const promText = `{"status":"success","data":{"resultType":"matrix","result":[` +
	`{"metric":{"__name__":"node_disk_read_bytes_total","device":"sda","instance":"oss1:9100","job":"node"},"values":[[1773410520,"4096"],[1773410535.5,"1.5e+09"],[1773410550,"NaN"],[1773410565,"+Inf"]]},` +
	`{"metric":{},"values":[[1773410520,"-0.25"]],"histograms":[[1773410520,{"count":"5","sum":"1","buckets":[[0,"1","2","5"]]}]]}` +
	`]},"warnings":["PromQL warning: planted@example.com of 123456789012"],"infos":["PromQL info: metric might not be a counter"]}`

func window(from, to string, step time.Duration) Range { return Range{at(from), at(to), step} }

func TestPrometheusReadings(t *testing.T) {
	var asked string
	p := answering(t, "", func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.Path + " " + fmt.Sprint(r.URL.Query()) + r.Header.Get("Authorization")
		fmt.Fprint(w, promText)
	})
	var got []result.Reading
	answers, err := p.Ask(t.Context(), []Question{{PromQL: `x{a="b"}`}}, window("14:02:00", "14:03:00", 15*time.Second), func(r result.Reading) error { got = append(got, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if want := `GET /api/v1/query_range map[end:[1773410580.000] query:[x{a="b"}] start:[1773410520.000] step:[15]]`; asked != want {
		t.Errorf("asked %s, want %s", asked, want)
	}
	labels := map[string]string{"device": "sda", "instance": "oss1:9100", "job": "node"}
	want := []result.Reading{
		{T: at("14:02:00"), Source: "prometheus", Name: "node_disk_read_bytes_total", Labels: labels, Value: 4096},
		{T: at("14:02:00"), Source: "prometheus", Name: `x{a="b"}`, Value: -0.25},
		{T: at("14:02:15").Add(500 * time.Millisecond), Source: "prometheus", Name: "node_disk_read_bytes_total", Labels: labels, Value: 1.5e9},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wanted := []Answer{{Query: `x{a="b"}`, Series: 2, Readings: 3, LeftOut: 3, Warnings: []string{"PromQL warning: [removed] of [removed]"}}}
	if diff := cmp.Diff(wanted, answers); diff != "" {
		t.Error(diff)
	}
}

// TestPrometheusLongWindow: no query has over 1,000 points of a series, which bounds what is
// held at one time (a server refuses over 11,000), and none of them is asked for twice.
func TestPrometheusLongWindow(t *testing.T) {
	queries := 0
	p := answering(t, "", func(w http.ResponseWriter, r *http.Request) {
		queries++
		q := r.URL.Query()
		number := func(name string) float64 { f, _ := strconv.ParseFloat(q.Get(name), 64); return f }
		start, end, step := number("start"), number("end"), number("step")
		if (end-start)/step > 999 {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 1,000 points per timeseries. Try decreasing the query resolution (?step=XX)"}`)
			return
		}
		var values [][2]any
		for at := start; at <= end; at += step {
			values = append(values, [2]any{at, "1"})
		}
		text, _ := json.Marshal(map[string]any{"status": "success", "data": map[string]any{"resultType": "matrix", "result": []any{map[string]any{"metric": map[string]string{"a": "b"}, "values": values}}}})
		w.Write(text)
	})
	for _, test := range []struct {
		window time.Duration
		step   time.Duration
		points int
		asked  int
	}{
		{time.Minute, 15 * time.Second, 5, 1},
		{999 * time.Second, time.Second, 1_000, 1},
		{1_000 * time.Second, time.Second, 1_001, 2},
		{24 * time.Hour, time.Second, 86_401, 87},
		{90 * time.Second, 500 * time.Millisecond, 181, 1},
		{100 * time.Second, 15 * time.Second, 7, 1},
	} {
		queries = 0
		last := time.Time{}
		answers, err := p.Ask(t.Context(), []Question{{PromQL: "x"}}, Range{at("00:00:00"), at("00:00:00").Add(test.window), test.step}, func(r result.Reading) error {
			if !last.IsZero() && r.T.Sub(last) != test.step {
				t.Errorf("%v after %v", r.T, last)
			}
			last = r.T
			return nil
		})
		if err != nil || answers[0].Readings != test.points || answers[0].Series != 1 || queries != test.asked {
			t.Errorf("%v by %v: %+v in %d queries, error %v, want %d in %d", test.window, test.step, answers, queries, err, test.points, test.asked)
		}
	}
}

func TestRangeCheck(t *testing.T) {
	now := at("15:00:00")
	for _, test := range []struct {
		r    Range
		want string
	}{
		{window("14:00:00", "15:00:00", time.Second), ""},
		{window("14:00:00", "14:00:00", time.Second), "isn't after its start"},
		{window("15:00:01", "15:10:00", time.Second), "in the future"},
		{window("14:00:00", "15:00:00", 0), "the step 0s"},
		{window("14:00:00", "15:00:00", 1500*time.Microsecond), "the step 1.5ms"},
		{Range{now.Add(-365 * 24 * time.Hour), now, time.Millisecond}, "31536000000 steps of 1ms"},
	} {
		err := test.r.Check(now)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error %v, want %q", test.r, err, test.want)
		}
	}
}

func FuzzPrometheusAnswer(f *testing.F) {
	f.Add(promText)
	f.Add(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":null,"values":[[1e300,"1"]]}]}}`)
	f.Add(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":null,"values":[[1,"1e300"]]}]}}`)
	f.Add(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"instance":"[::1]:9100"},"values":[[1,"-1e306"]]}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var answer promAnswer
		if json.Unmarshal([]byte(text), &answer) != nil {
			return
		}
		for _, s := range answer.Data.Series {
			for _, own := range []*Own{nil, {}, {"disk", "io_ns", map[string]string{"dev": "device"}, 1e9}} {
				for _, r := range (Question{PromQL: "x", Own: own}).readings(s) {
					if _, err := json.Marshal(r); err != nil { // NaN, or infinite
						t.Errorf("%q: %v", text, err)
					}
				}
			}
		}
	})
}
