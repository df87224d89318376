package dlio

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// searchedFacts are those of a search whose last probe ran in the window of the client's
// readings, from 10 s to 20 s, after one at another number of accelerators.
func searchedFacts(c client) SearchFacts {
	f := c.facts(0, Loss{})
	edge := func(s float64, accelerators int) result.Reading {
		return ProbeEdge(started().Add(time.Duration(s*1e9)), accelerators)
	}
	return SearchFacts{Started: f.Started, Readings: f.Readings, Host: f.Host, Remote: true,
		Edges: []result.Reading{edge(0, 47), edge(9, 0), edge(10, 48), edge(20, 0)}}
}

func limitedProbes() []Probe {
	probes := slices.Concat(at(1, 47, 0.995), at(1, 48, 0.8))
	for i := range probes {
		probes[i].CeilingAU, probes[i].BytesPerS = 0.999, 100e6
	}
	return probes
}

func TestSearchLimit(t *testing.T) {
	const storage, rate = "with 48 accelerators AU is 80.0 %, and would be 99.9 % on infinitely fast storage", "100 MB/s were read with 48 accelerators, 125 MB/s are asked for at full speed"
	o := searchOptions()
	o.Demand = 125e6 / 48
	for _, test := range []struct {
		name   string
		client client
		change func(*SearchFacts)
		limit  string
		want   []string
	}{
		{"storage", client{0.31, 0.02, 0.48, 0.07}, func(*SearchFacts) {}, "storage", []string{storage, rate, "client CPU 31 % busy",
			"CPU pressure: some task waited for a processor 50 % of the time", "memory pressure: some task waited for memory 2 % of the time", "network: eth0 at 48 % of its line rate"}},
		{"a full NIC", client{0.31, 0.02, 0.97, 0.07}, func(*SearchFacts) {}, "network", []string{storage, rate, "client CPU 31 % busy",
			"CPU pressure: some task waited for a processor 50 % of the time", "memory pressure: some task waited for memory 2 % of the time", "network: eth0 at 97 % of its line rate"}},
		{"busy processors before a full NIC", client{0.86, 0.02, 0.97, 0.07}, func(*SearchFacts) {}, "client-cpu", []string{storage, rate, "client CPU 86 % busy",
			"CPU pressure: some task waited for a processor 50 % of the time", "memory pressure: some task waited for memory 2 % of the time", "network: eth0 at 97 % of its line rate"}},
		{"memory before busy processors", client{0.86, 0.11, 0.48, 0.07}, func(*SearchFacts) {}, "client-memory", []string{storage, rate, "client CPU 86 % busy",
			"CPU pressure: some task waited for a processor 50 % of the time", "memory pressure: some task waited for memory 11 % of the time", "network: eth0 at 48 % of its line rate"}},
		{"a local disk beside a full NIC", client{0.31, 0.02, 0.97, 0.07}, func(f *SearchFacts) { f.Remote = false }, "storage", []string{storage, rate, "client CPU 31 % busy",
			"CPU pressure: some task waited for a processor 50 % of the time", "memory pressure: some task waited for memory 2 % of the time"}},
		{"no readings", client{}, func(f *SearchFacts) { f.Readings = nil }, "storage", []string{storage, rate}},
		{"the probe was an earlier search's", client{}, func(f *SearchFacts) { f.Edges = f.Edges[:2] }, "storage", []string{storage, rate}},
		{"the probe did not end", client{}, func(f *SearchFacts) { f.Edges = f.Edges[:3] }, "storage", []string{storage, rate}},
		{"the next one began before its end", client{}, func(f *SearchFacts) { f.Edges[3].Value = 47 }, "storage", []string{storage, rate}},
	} {
		f := searchedFacts(test.client)
		test.change(&f)
		probes := limitedProbes()
		got := SearchLimit(o, Conclude(o, probes), probes, f)
		if diff := cmp.Diff(&result.Limit{Name: test.limit, Evidence: test.want}, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	if got := SearchLimit(o, Conclude(o, at(1, 48, 0.8)), at(1, 48, 0.8), searchedFacts(client{})); got != nil {
		t.Errorf("without a ceiling: %+v", got)
	}
}

func TestFullRunDoubts(t *testing.T) {
	probed := Point{Accelerators: 8, AU: 0.934, Low: 0.91, High: 0.95}
	if got := FullRunDoubts(0.9, probed, 0.9); got != nil {
		t.Errorf("at the threshold: %v", got)
	}
	got := FullRunDoubts(0.9, probed, 0.89997)
	const want = "the full run at 8 accelerators has an AU of 89.997 %, below 90 %, where its probes had 93.4 % (91.0 % to 95.0 %): plan with fewer: lbench mlperf --accelerators 7 shows whether that is enough"
	if len(got) != 1 || got[0].Code != "search_full_run_fails" || got[0].Text != want {
		t.Errorf("%v, want %s", got, want)
	}
	probed.Accelerators = 1
	if text := FullRunDoubts(0.9, probed, 0.5)[0].Text; strings.Contains(text, "--accelerators") {
		t.Errorf("of one accelerator: %s", text)
	}
}

func TestJudgeSearch(t *testing.T) {
	for _, test := range []struct {
		most, failing, least int
		want                 result.Verdict
	}{{46, 48, 1, result.Pass}, {0, 1, 1, result.Fail}, {0, 40, 40, result.Fail}, {40, 41, 40, result.Pass}, {0, 3, 1, result.None}, {0, 0, 1, result.None}} {
		checks, got := JudgeSearch(Answer{Max: test.most, MinFailing: test.failing}, test.least)
		if got != test.want || len(checks) != map[bool]int{true: 1}[got != result.None] || len(checks) > 0 && checks[0].OK != (got == result.Pass) {
			t.Errorf("%+v: %s, %+v", test, got, checks)
		}
	}
}
