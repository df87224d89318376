package fio

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/rules"
)

func rule(metric, operator string, want float64) rules.Rule {
	return rules.Rule{Metric: metric, Operator: operator, Want: want}
}

func TestParseRule(t *testing.T) {
	for _, c := range []struct {
		text string
		want rules.Rule
		said string // canonical
	}{
		{"read_bytes_per_s>=13GB/s", rule("read_bytes_per_s", ">=", 13e9), "read_bytes_per_s >= 13 GB/s"},
		{" write_bytes_per_s  <  1.5 gib/s ", rule("write_bytes_per_s", "<", 1.5*(1<<30)), "write_bytes_per_s < 1.5 GiB/s"},
		{"ceiling_read_bytes_per_s>13.125GB/s", rule("ceiling_read_bytes_per_s", ">", 13.125e9), "ceiling_read_bytes_per_s > 13.125 GB/s"},
		{"steady_read_bytes_per_s>=1000/s", rule("steady_read_bytes_per_s", ">=", 1000), "steady_read_bytes_per_s >= 1 kB/s"},
		{"read_bytes >= 210GB", rule("read_bytes", ">=", 210e9), "read_bytes >= 210 GB"},
		{"verified_bytes>=4096", rule("verified_bytes", ">=", 4096), "verified_bytes >= 4 KiB"},
		{"write_bytes>0", rule("write_bytes", ">", 0), "write_bytes > 0 B"},
		{"latency_p99_ns <= 50ms", rule("latency_p99_ns", "<=", 50e6), "latency_p99_ns <= 50ms"},
		{"latency_p99_9_ns<=50 ms", rule("latency_p99_9_ns", "<=", 50e6), "latency_p99_9_ns <= 50ms"},
		{"latency_max_ns<52us", rule("latency_max_ns", "<", 52e3), "latency_max_ns < 52us"},
		{"duration_ns<90s", rule("duration_ns", "<", 90e9), "duration_ns < 1m30s"},
		{"grid_period_ns<5e8", rule("grid_period_ns", "<", 5e8), "grid_period_ns < 500ms"},
		{"steady_from_ns<=17", rule("steady_from_ns", "<=", 17), "steady_from_ns <= 17ns"},
		{"balance_fraction>=0.95", rule("balance_fraction", ">=", 0.95), "balance_fraction >= 0.95"},
		{"job_balance_fraction>=95%", rule("job_balance_fraction", ">=", 0.95), "job_balance_fraction >= 0.95"},
		{"nic_fraction < 99.6 %", rule("nic_fraction", "<", 0.996), "nic_fraction < 0.996"},
		{"cached_fraction_before<=1%", rule("cached_fraction_before", "<=", 0.01), "cached_fraction_before <= 0.01"},
		{"balance_fraction<=100%", rule("balance_fraction", "<=", 1), "balance_fraction <= 1"},
		{"ops_per_s >= 100000", rule("ops_per_s", ">=", 100000), "ops_per_s >= 100000"},
		{"ops_per_s>=1e6", rule("ops_per_s", ">=", 1e6), "ops_per_s >= 1000000"},
		{"runner_ratio>=0.98", rule("runner_ratio", ">=", 0.98), "runner_ratio >= 0.98"},
		{"passes>=3", rule("passes", ">=", 3), "passes >= 3"},
		{"cpu_ns_per_byte_mean<=0.4", rule("cpu_ns_per_byte_mean", "<=", 0.4), "cpu_ns_per_byte_mean <= 0.4"},
		{"inflight_mean > .5", rule("inflight_mean", ">", 0.5), "inflight_mean > 0.5"},
		{" cold ", rules.Rule{Metric: "cached_fraction_before"}, "cold"},
	} {
		got, err := ParseRule(c.text)
		if err != nil || got != c.want {
			t.Errorf("ParseRule(%q) = %+v, %v, want %+v", c.text, got, err, c.want)
			continue
		}
		if got.String() != c.said {
			t.Errorf("ParseRule(%q) prints as %q, want %q", c.text, got, c.said)
		}
		if again, err := ParseRule(got.String()); err != nil || again != got {
			t.Errorf("%q reads as %+v, %v, want %+v", got, again, err, got)
		}
	}
}

func TestParseRuleRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "is empty; allowed: METRIC",
		"  ":                              "is empty",
		"13":                              "has no operator; allowed: METRIC",
		"nan":                             "has no operator",
		"read_bytes_per_s":                "has no operator",
		"Cold":                            "has no operator",
		">=":                              `has no metric before ">="`,
		">=13GB/s":                        `has no metric before ">="`,
		"cold>=1":                         `"cold", which takes no value`,
		"au_mean_fraction>=0.9":           `unknown metric "au_mean_fraction": not one of [read_bytes_per_s, write_bytes_per_s, `,
		"READ_BYTES_PER_S>=1GB/s":         "unknown metric",
		"read_bytes_per_s!=1GB/s":         "unknown metric",
		"passes=3":                        `unknown operator "="`,
		"passes==3":                       `unknown operator "=="`,
		"passes>=>=3":                     `unknown operator ">=>="`,
		"passes>=<3":                      `unknown operator ">=<"`,
		"passes> =3":                      "more than one operator",
		"passes>=3>=2":                    "more than one operator",
		"passes>=":                        `has no value after ">="`,
		"passes>=-5":                      `value "-5" isn't a number of at least 0`,
		"passes>=nan":                     `value "nan" isn't a number`,
		"passes>=inf":                     `value "inf" isn't a number`,
		"passes>=0x10":                    `value "0x10" isn't a number`,
		"passes>=1_000":                   `value "1_000" isn't a number`,
		"passes>=1e999":                   `value "1e999" isn't a number`,
		"passes>=3GB":                     `value "3GB" isn't a number`,
		"read_bytes_per_s>=13GB":          `rate "13GB" doesn't end in /s; allowed: a size followed by /s`,
		"read_bytes_per_s>=13":            `rate "13" doesn't end in /s`,
		"read_bytes_per_s>=-5GB/s":        `rate "-5GB/s" is negative`,
		"read_bytes_per_s>=nan":           `rate "nan" doesn't end in /s`,
		"read_bytes_per_s>=13G/s":         "ambiguous unit",
		"read_bytes>=13GB/s":              `size "13GB/s" isn't a number`,
		"read_bytes>=-5":                  `size "-5" is negative`,
		"read_bytes>=9223372036854775807": "is too large",
		"latency_p99_ns<=-5ms":            `duration "-5ms" isn't a number of ns`,
		"latency_p99_ns<=inf":             `duration "inf" isn't a number of ns`,
		"latency_p99_ns<=50 parsecs":      `duration "50 parsecs" isn't a number of ns`,
		"latency_p99_ns<=1 0ms":           `duration "1 0ms" isn't a number of ns`,
		"latency_p99_ns<=0.5":             "isn't a whole number of ns",
		"latency_p99_ns<=1e19":            "isn't a whole number of ns",
		"latency_p99_ns<=2562047h47m16.854775807s": "is too long",
		"balance_fraction>=95":                     `fraction "95" isn't between 0 and 1, nor 0% and 100%`,
		"balance_fraction>=101%":                   `fraction "101%" isn't between`,
		"balance_fraction>=-1%":                    `fraction "-1%" isn't between`,
		"balance_fraction>=%":                      `fraction "%" isn't between`,
		"balance_fraction>=1e1%":                   `fraction "1e1%" isn't between`,
		"balance_fraction>=nan":                    `fraction "nan" isn't between`,
	} {
		got, err := ParseRule(text)
		if err == nil {
			t.Errorf("ParseRule(%q) = %+v, want an error", text, got)
			continue
		}
		if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "rule ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("ParseRule(%q): %q lacks %q, or isn't one line about the rule", text, err, want)
		}
	}
}

// Every metric can be ruled on, by the form that its suffix asks for.
func TestRuleMetrics(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range RuleMetrics() {
		if seen[m.Name] || m.Means == "" {
			t.Errorf("metric %q stands there twice, or has no meaning", m.Name)
		}
		seen[m.Name] = true
		if _, err := ParseRule(rules.Rule{Metric: m.Name, Operator: ">="}.String()); err != nil {
			t.Error(err)
		}
	}
}

func TestJudge(t *testing.T) {
	metrics := map[string]float64{"passes": 3, "ops_per_s": math.NaN(), "inflight_mean": math.Inf(1), "cached_fraction_before": 0}
	three, zero := 3.0, 0.0
	for _, c := range []struct {
		rule string
		want result.Check
	}{
		{"passes>=3", result.Check{Rule: "passes >= 3", Want: 3, Got: &three, OK: true}},
		{"passes<=3", result.Check{Rule: "passes <= 3", Want: 3, Got: &three, OK: true}},
		{"passes>3", result.Check{Rule: "passes > 3", Want: 3, Got: &three}},
		{"passes<3", result.Check{Rule: "passes < 3", Want: 3, Got: &three}},
		{"passes>=3.5", result.Check{Rule: "passes >= 3.5", Want: 3.5, Got: &three}},
		{"passes>2.5", result.Check{Rule: "passes > 2.5", Want: 2.5, Got: &three, OK: true}},
		{"passes<=2.5", result.Check{Rule: "passes <= 2.5", Want: 2.5, Got: &three}},
		{"passes<3.5", result.Check{Rule: "passes < 3.5", Want: 3.5, Got: &three, OK: true}},
		{"read_bytes<1GB", result.Check{Rule: "read_bytes < 1 GB", Want: 1e9}}, // missing
		{"ops_per_s>=0", result.Check{Rule: "ops_per_s >= 0"}},                 // JSON has no NaN
		{"inflight_mean>=0", result.Check{Rule: "inflight_mean >= 0"}},
		{"cold", result.Check{Rule: "cold", Got: &zero, OK: true}},
	} {
		r, err := ParseRule(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		checks, verdict := Judge([]rules.Rule{r}, metrics)
		if diff := cmp.Diff([]result.Check{c.want}, checks); diff != "" {
			t.Errorf("%s: %s", c.rule, diff)
		}
		if (verdict == result.Pass) != c.want.OK || (verdict == result.Fail) == c.want.OK {
			t.Errorf("%s: verdict %q", c.rule, verdict)
		}
	}
}

func TestVerdict(t *testing.T) {
	good, bad, cold := rule("passes", ">=", 1), rule("passes", ">", 1), rules.Rule{Metric: rules.ColdMetric}
	for _, c := range []struct {
		name   string
		rules  []rules.Rule
		cached map[string]float64
		want   result.Verdict
	}{
		{"no rules", nil, nil, result.None},
		{"one bad among good ones", []rules.Rule{good, bad, good}, nil, result.Fail},
		{"all good", []rules.Rule{good, good}, nil, result.Pass},
		{"cold", []rules.Rule{cold}, map[string]float64{rules.ColdMetric: 0}, result.Pass},
		{"one page in the cache", []rules.Rule{cold}, map[string]float64{rules.ColdMetric: 1e-9}, result.Fail},
		{"can't be known", []rules.Rule{cold}, nil, result.Fail},
	} {
		metrics := map[string]float64{"passes": 1}
		for name, v := range c.cached {
			metrics[name] = v
		}
		checks, got := Judge(c.rules, metrics)
		if got != c.want || len(checks) != len(c.rules) || checks == nil {
			t.Errorf("%s: %q with %d checks, want %q", c.name, got, len(checks), c.want)
		}
	}
}

// What a rule prints as can be typed again, and is the same rule.
func FuzzParseRule(f *testing.F) {
	for _, text := range []string{"read_bytes_per_s>=13GB/s", "latency_p99_ns <= 50ms", "cold", "balance_fraction>=95%", "passes>=1e300",
		"read_bytes<7EiB", "steady_from_ns>9223372036854775807", ">=", "passes>=>=1", "nic_fraction<99.999999999999999999%", "write_bytes_per_s>1e-300B/s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRule(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: an error of more than one line: %v", text, err)
			}
			return
		}
		if !(r.Want >= 0 && r.Want <= math.MaxFloat64) {
			t.Errorf("ParseRule(%q) wants %g", text, r.Want)
		}
		if again, err := ParseRule(r.String()); err != nil || again != r {
			t.Errorf("%q prints as %q, which reads as %+v, %v, want %+v", text, r, again, err, r)
		}
	})
}
