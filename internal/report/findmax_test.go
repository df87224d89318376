package report

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// newMadeSearch makes a search that found 46 accelerators; 48 fail.
func newMadeSearch() made {
	m := made{run: madeShape()}
	m.run.Command, m.run.ID, m.run.Plan = "find-max", "20260313T140200Z-find-max-resnet50_h100", nil
	ended := m.run.Started.Add(17*time.Minute + 3*time.Second)
	m.run.Ended = &ended
	m.run.Metrics = map[string]float64{"accelerators_max": 46, "accelerators_min_failing": 48, "au_mean_fraction": 0.9187, "au_min_fraction": 0.9052, "probes": 9, "read_bytes": 1.874e12}
	m.run.Limit = &result.Limit{Name: "storage", Evidence: []string{
		"with 48 accelerators AU is 88.9 %, and would be 99.6 % on infinitely fast storage", "8.93 GB/s were read with 48 accelerators, 9.82 GB/s are asked for at full speed",
	}}
	m.run.Warnings = []result.Warning{
		{Code: "residency_unknown", Text: "how much of the files lies in this client's cache can't be known: no permission"},
		{Code: "search_warm", Text: "2 of 9 probes read files that an earlier one had read, since the dataset was used up: a cache may have served them"},
	}
	m.run.Search = &result.Search{
		MinAU: 0.9, Stopped: "done", Edge: 47.31, EdgeHalf: 0.42, Noise: 0.0087, Open: []int{47}, FullRun: "20260313T141600Z-mlperf-resnet50_h100",
		Points: []result.SearchPoint{
			{Accelerators: 32, Probes: 1, AU: 1, Low: 0.9057, High: 1, Worst: 1, Ceiling: 0.9981, Decided: "pass"},
			{Accelerators: 46, Probes: 3, Warm: 2, AU: 0.9243, Low: 0.9142, High: 0.9345, Worst: 0.9061, Ceiling: 0.9972, Decided: "pass"},
			{Accelerators: 47, Probes: 2, AU: 0.9021, Low: 0.8802, High: 0.9244, Worst: 0.9004, Ceiling: 0.9968, Decided: "open"},
			{Accelerators: 48, Probes: 2, AU: 0.8891, Low: 0.8784, High: 0.8997, Worst: 0.8803, Ceiling: 0.9964, Decided: "fail"},
		},
	}
	for i, p := range []struct {
		accelerators int
		au           float64
		warm         bool
	}{{64, 0, false}, {48, 0.8803, false}, {32, 1, false}, {46, 0.9061, false}, {46, 0.9312, true}, {47, 0.9004, false}, {48, 0.898, false}, {47, 0.9038, false}, {46, 0.9356, true}} {
		probe := result.SearchProbe{Accelerators: p.accelerators, Rate: i == 0, AU: p.au, BytesPerS: 204.6e6 * float64(p.accelerators) * p.au, Steps: 28 + i, ReadBytes: int64(201e9 + 1e9*float64(i)),
			Files: int64(1400 + i), Warm: p.warm, CeilingAU: 0.9981 - 0.0001*float64(i), Took: time.Duration(40+i) * time.Second}
		if probe.Rate {
			probe.BytesPerS, probe.CeilingAU = 8.99e9, 0
		}
		m.run.Search.Probes = append(m.run.Search.Probes, probe)
	}
	return m
}

// searchVariants are searches that ended otherwise; each has a golden.
func searchVariants() map[string]func() made {
	return map[string]func() made{
		"search": newMadeSearch,
		"search-tuned": func() made {
			m := newMadeSearch()
			m.run.Search.Settings = []result.TunedSetting{
				{Name: "reader.read_threads", From: "8", To: "16", Change: 0.0312, Low: 0.0207, High: 0.0418, Mattered: true},
				{Name: "reader.transfer_size", From: "262144", To: "1048576", Change: -0.0213, Low: -0.0309, High: -0.0114, Mattered: true},
				{Name: "reader.prefetch_size", From: "2", To: "4", Change: -0.0021, Low: -0.0123, High: 0.0081},
			}
			return m
		},
		"search-not-confirmed": func() made {
			m := newMadeSearch()
			m.run.Metrics["au_mean_fraction"], m.run.Metrics["au_min_fraction"] = 0.8912, 0.8709
			return m
		},
		"search-client": func() made {
			m := newMadeSearch()
			m.run.Warnings, m.run.Search.FullRun, m.run.Search.Open = nil, "", nil
			m.run.Limit = &result.Limit{Name: "client-cpu", Evidence: []string{"this client ends at 46: with 48 accelerators it would reach 88.7 % AU on infinitely fast storage; the storage was never the limit"}}
			return m
		},
		"search-none": func() made {
			m := newMadeSearch()
			m.run.Metrics = map[string]float64{"accelerators_max": 0, "accelerators_min_failing": 48, "probes": 3, "read_bytes": 6e11}
			s := m.run.Search
			s.FullRun, s.Open, s.Points, s.Probes = "", nil, s.Points[3:], s.Probes[:2]
			return m
		},
		"search-time": func() made {
			m := newMadeSearch()
			m.run.Status, m.run.Limit = result.Incomplete, nil
			m.run.Search.Stopped, m.run.Search.FullRun = "time", ""
			return m
		},
		"search-cut-short": func() made {
			m := newMadeSearch()
			m.run.Status, m.run.Error = result.Interrupted, "the full run at P = 46 was interrupted"
			m.run.Search.FullRun = ""
			return m
		},
		"search-few-files": func() made {
			m := newMadeSearch()
			m.run.Warnings = append(m.run.Warnings, result.Warning{Code: "search_few_files", Text: "the dataset holds no probe of more than 46 accelerators, so the answer is 46 or more: make more files"})
			m.run.Limit = &result.Limit{Name: "none", Evidence: []string{"46 accelerators pass, the most that the dataset holds probes of: the storage was never the limit"}}
			delete(m.run.Metrics, "accelerators_min_failing")
			m.run.Search.Points, m.run.Search.Open, m.run.Search.Edge = m.run.Search.Points[:2], nil, 0
			return m
		},
		"search-short": func() made {
			m := newMadeSearch()
			m.run.Warnings = append([]result.Warning{{Code: "short_probes", Text: "the dataset is too small for probes that outlast this client's read-ahead (8.00 MiB a stream): AU may be read too high or too low: make more files"}}, m.run.Warnings...)
			m.run.Search.FullRun = ""
			return m
		},
		"search-not-falling": func() made {
			m := newMadeSearch()
			m.run.Warnings = []result.Warning{{Code: "search_not_falling", Text: "AU does not fall with accelerators as sharing one storage makes it: 71.0 % with 32, 92.4 % with 46"}}
			return m
		},
	}
}

// TestSearchText: what a search says on a terminal.
func TestSearchText(t *testing.T) {
	for name, makeRun := range searchVariants() {
		t.Run(name, func(t *testing.T) {
			m := makeRun()
			golden(t, name+".txt", []byte(written(t, func(w io.Writer) error { return TextFrom(w, m.run, m) })))
		})
	}
}

// TestSearchPage: the page of a search is well-formed, has every label inside its drawing and
// every link's goal, and shows what the search made.
func TestSearchPage(t *testing.T) {
	for name, makeRun := range searchVariants() {
		t.Run(name, func(t *testing.T) {
			m := makeRun()
			page := pageOf(t, m)
			for _, wrong := range []string{"NaN", "Inf", "ZgotmplZ", "%!"} {
				if strings.Contains(strings.Replace(page, shortened(pageScript), "", 1), wrong) {
					t.Errorf("page holds %q", wrong)
				}
			}
			for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1) {
				checkSVG(t, svg)
			}
			checkIDs(t, page)
			checkLabels(t, name, page)
			if n := strings.Count(page, "no compute</td>"); n != 1 {
				t.Errorf("the table of probes has %d probes without computation, want 1", n)
			}
			link := `<a href="../20260313T141600Z-mlperf-resnet50_h100/report.html">`
			if has := strings.Contains(page, link); has != (m.run.Search.FullRun != "") {
				t.Errorf("link to the full run: %v", has)
			}
		})
	}
}

// TestSearchHeadlines: what is bounded by the dataset is a lower bound, and what only short
// probes say is not confirmed, in every format.
func TestSearchHeadlines(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"search": {"text": "FOUND 46 accelerators [2] at 90 % AU or more, one client", "Markdown": "FOUND: 46 accelerators \\[2\\] at 90 % AU or more",
			"page": "<title>FOUND, 46 accelerators at 90 % AU or more", "JUnit": `name="headline" value="46 accelerators fed"`, "index": "<td class=\"word\">PASS</td><td class=\"n\">46</td>"},
		"search-few-files": {"text": "FOUND 46 accelerators or more [3] at 90 % AU, one client", "Markdown": "FOUND: 46 accelerators or more \\[3\\] at 90 % AU,",
			"page": "<title>FOUND, 46 accelerators or more at 90 % AU:", "JUnit": `name="headline" value="46 or more accelerators fed"`, "index": "<td class=\"word\">PASS</td><td class=\"n\">46 or more</td>"},
		"search-short": {"text": "FOUND, NOT CONFIRMED: no full run was made 46 accelerators [1] by short probes alone, one client",
			"Markdown": "FOUND, NOT CONFIRMED: no full run was made: 46 accelerators", "page": `<section class="verdict open"`,
			"JUnit": `name="answer" value="FOUND, NOT CONFIRMED: no full run was made"`, "index": "PASS, not confirmed"},
		"search-not-confirmed": {"text": "FOUND, NOT CONFIRMED: the full run reached 89.1 % AU 46 accelerators", "page": `<section class="verdict open"`, "index": "PASS, not confirmed"},
	} {
		m := searchVariants()[name]()
		m.run.Verdict = result.Pass
		for format, write := range map[string]func(io.Writer) error{
			"text": func(w io.Writer) error { return Text(w, m.run) }, "page": func(w io.Writer) error { return HTML(w, m.run, m) },
			"Markdown": func(w io.Writer) error { return Markdown(w, []result.Run{m.run}) }, "JUnit": func(w io.Writer) error { return JUnit(w, []result.Run{m.run}) },
			"index": overviewSheet([]published{{run: m.run, name: "a"}}, "1").writeHTML,
		} {
			if text := flat(written(t, write)); !strings.Contains(text, want[format]) {
				t.Errorf("%s of %s has no %q:\n%.600s", format, name, want[format], text)
			}
		}
	}
}

// TestNotConfirmed: short probes need a full run, and with one that passes they are enough.
func TestNotConfirmed(t *testing.T) {
	for name, want := range map[string]bool{"search": false, "search-short": true, "search-not-confirmed": true, "search-client": false, "search-none": false, "search-time": false, "search-cut-short": true} {
		if got := notConfirmed(searchVariants()[name]().run) != ""; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	short := searchVariants()["search-short"]().run
	short.Search.FullRun = "20260313T141600Z-mlperf-resnet50_h100"
	if why := notConfirmed(short); why != "" {
		t.Errorf("a full run passes, and yet %s", why)
	}
}

// TestLowerBoundsInLists: a list that knows the metrics alone says "or more" too.
func TestLowerBoundsInLists(t *testing.T) {
	for want, metrics := range map[string]map[string]float64{
		"46 or more": {"accelerators_max": 46}, "46": {"accelerators_max": 46, "accelerators_min_failing": 48}, "0": {"accelerators_max": 0},
	} {
		if got, ok := headlineValue("accelerators_max", metrics); !ok || got != want {
			t.Errorf("%v: %q, want %q", metrics, got, want)
		}
	}
	if got, ok := headlineValue("au_mean_fraction", map[string]float64{"accelerators_max": 46}); ok {
		t.Errorf("a value of a metric that isn't there: %q", got)
	}
	var b strings.Builder
	if err := ListText(&b, []result.HistoryRun{{ID: "a", Command: "find-max", Status: result.Complete, Metrics: map[string]float64{"accelerators_max": 46}}}); err != nil || !strings.Contains(b.String(), "46 or more") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// TestSearchDoubt: the footnote of the headline is that of the gravest doubt.
func TestSearchDoubt(t *testing.T) {
	for want, codes := range map[string][]string{
		"": {"residency_unknown"}, "search_few_files": {"search_warm", "search_few_files"}, "inflight_capped": {"search_warm", "inflight_capped"}, "short_probes": {"search_few_files", "short_probes"},
	} {
		var run result.Run
		for _, code := range codes {
			run.Warnings = append(run.Warnings, result.Warning{Code: code})
		}
		if got := searchDoubt(run); got != want {
			t.Errorf("%v: %q, want %q", codes, got, want)
		}
	}
}

// TestPointText: an interval is short where both sides print alike, and has its ends where
// it is cut off at 100 % or uneven.
func TestPointText(t *testing.T) {
	for want, p := range map[string]result.SearchPoint{
		"92.4 % ± 1.0 (worst of 6 probes 90.6 %)":              {AU: 0.924, Low: 0.9142, High: 0.934, Worst: 0.906, Probes: 6},
		"83.7 % (78.5 to 89.2 %; worst of 4 probes 81.6 %)":    {AU: 0.837, Low: 0.785, High: 0.892, Worst: 0.816, Probes: 4},
		"98.0 % (96.0 to 100.0 %; worst of 2 probes 97.0 %)":   {AU: 0.98, Low: 0.96, High: 1, Worst: 0.97, Probes: 2},
		"89.97 % ± 2.0 (worst of 2 probes 89.1 %)":             {AU: 0.8997, Low: 0.88, High: 0.9189, Worst: 0.891, Probes: 2},
		"100.0 % (90.6 to 100.0 %; 1 probe)":                   {AU: 1, Low: 0.906, High: 1, Worst: 1, Probes: 1},
		"90.04 % (90.001 to 90.2 %; worst of 2 probes 90.0 %)": {AU: 0.9004, Low: 0.90001, High: 0.902, Worst: 0.9, Probes: 2},
		"88.9 % ± 1.1 (worst of 2 probes 88.0 %)":              {AU: 0.8891, Low: 0.8784, High: 0.89965, Worst: 0.88, Probes: 2, Decided: "fail"},
		"90.9 % ± 0.9 (worst of 2 probes 90.8 %)":              {AU: 0.9092, Low: 0.9001, High: 0.9188, Worst: 0.908, Probes: 2, Decided: "pass"},
	} {
		if got := pointText(p, 0.9); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestCeilingText: what was reached can't be beyond what the client can do.
func TestCeilingText(t *testing.T) {
	for want, p := range map[string]result.SearchPoint{"": {AU: 0.9}, "99.1 %": {AU: 0.9, Ceiling: 0.991}, "≥ 97.2 %": {AU: 0.972, Ceiling: 0.915}} {
		if got := ceilingText(p); got != want {
			t.Errorf("AU %v with a ceiling of %v: %q, want %q", p.AU, p.Ceiling, got, want)
		}
	}
}

// TestProbeCount: of the probes that a point's figures are from, not of those made since.
func TestProbeCount(t *testing.T) {
	s := result.Search{Probes: []result.SearchProbe{{Accelerators: 6, Rate: true, Warm: true}, {Accelerators: 6}, {Accelerators: 5, Warm: true}, {Accelerators: 6, Warm: true}, {Accelerators: 6, Warm: true}}}
	for n, want := range map[int]string{1: "1", 2: "2, 1 warm", 3: "3, 2 warm"} {
		if got := probeCount(s, result.SearchPoint{Accelerators: 6, Probes: n, Warm: 2}, true); got != want {
			t.Errorf("%d probes: %q, want %q", n, got, want)
		}
	}
}

// TestEdgeText: the edge is left out where the points contradict it.
func TestEdgeText(t *testing.T) {
	fails := func(p int) result.SearchPoint { return result.SearchPoint{Accelerators: p, Decided: "fail"} }
	passes := func(p int) result.SearchPoint { return result.SearchPoint{Accelerators: p, Decided: "pass"} }
	for _, test := range []struct {
		points  []result.SearchPoint
		warning string
		want    string
	}{
		{[]result.SearchPoint{passes(9), fails(11)}, "", "10.5 ± 0.9"},
		{[]result.SearchPoint{passes(9), fails(10)}, "", "10.5 ± 0.9"}, // within it
		{[]result.SearchPoint{fails(9)}, "", ""},
		{[]result.SearchPoint{passes(12)}, "", ""},
		{[]result.SearchPoint{{Accelerators: 9, Decided: "open"}}, "", "10.5 ± 0.9"},
		{nil, "search_drift", ""},
		{nil, "search_not_falling", ""},
	} {
		run := result.Run{Search: &result.Search{Edge: 10.5, EdgeHalf: 0.9, Points: test.points}, Warnings: []result.Warning{{Code: test.warning}}}
		if got := edgeText(run); got != test.want {
			t.Errorf("%v %s: %q, want %q", test.points, test.warning, got, test.want)
		}
	}
}

// TestTunedLine: what would help is said with what to do; what would not is left to the table.
func TestTunedLine(t *testing.T) {
	up := result.TunedSetting{Name: "reader.transfer_size", From: "262144", To: "1048576", Change: 0.088, Low: 0.054, High: 0.122, Mattered: true}
	down := result.TunedSetting{Name: "reader.read_threads", From: "8", To: "16", Change: -0.03, Low: -0.05, High: -0.01, Mattered: true}
	for want, settings := range map[string][]result.TunedSetting{
		"": nil,
		"What would help: reader.transfer_size at 1 MiB instead of 256 KiB raises AU by 8.8 % of itself (+5.4 to +12.2 %). Search again with --param reader.transfer_size=1048576.": {down, up},
		"Of 2 reader settings that were tried none was seen to help: a gain of more than 7.1 % would have shown.":                                                                   {down, {Name: "reader.prefetch_size", Change: 0.02, Low: -0.031, High: 0.071}},
	} {
		if got := tunedLine(result.Run{Search: &result.Search{Settings: settings}}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
