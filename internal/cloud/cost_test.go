package cloud

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

func pricesOf(t *testing.T, text string) Prices {
	t.Helper()
	p, err := ParsePrices("mine", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCost: each cloud's names of methods are billed as it bills them.
func TestCost(t *testing.T) {
	p := pricesOf(t, `as_of: 2026-01-02
gcs: {at_rest_per_gb_month: 0.14, egress_per_gb: 0.12, writes_per_1000: 0.005, reads_per_1000: 0.0004}
s3: {writes_per_1000: 5, reads_per_1000: 3, as_of: 2025-06-07}
azure: {egress_per_gb: 0.087, reads_per_1000: 7}
fast-tier: {at_rest_per_gb_month: 0.2}
`)
	for _, test := range []struct {
		source, date string
		methods      map[string]float64
		want         map[string]float64
	}{
		{"gcs", "2026-01-02", map[string]float64{"ReadObject": 1e6, "GetObjectMetadata": 1e6, "WriteObject": 1e5, "ListObjects": 1e5, "DeleteObject": 1e9},
			map[string]float64{"cost_requests_usd": 0.8 + 1, "cost_egress_usd": 1.2, "at_rest_usd_per_gb_month": 0.14}},
		{"s3", "2025-06-07", map[string]float64{"GET": 2000, "HEAD": 1000, "PUT": 1000, "POST": 2000, "LIST": 3000, "DELETE": 1e9}, // only requests have prices
			map[string]float64{"cost_requests_usd": 9 + 30}},
		{"azure", "2026-01-02", map[string]float64{"GetBlob": 1000}, map[string]float64{"cost_egress_usd": 0.87}}, // what a write costs isn't known
		{"prometheus", "", nil, map[string]float64{}},
	} {
		traffic := result.Traffic{Source: test.source, Metrics: map[string]float64{SentBytes: 10 << 30}, Methods: test.methods}
		p.Add(&traffic)
		delete(traffic.Metrics, SentBytes)
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }
		if !maps.EqualFunc(traffic.Metrics, test.want, near) || traffic.Prices != test.date {
			t.Errorf("%s: %v by the prices of %q, want %v", test.source, traffic.Metrics, traffic.Prices, test.want)
		}
	}
	var names []string
	for _, one := range p.Tables() {
		names = append(names, one.Name)
	}
	if want := []string{"gcs", "fast-tier", "azure", "s3"}; !slices.Equal(names, want) {
		t.Errorf("tables are %v, want %v", names, want)
	}
}

// TestListPrices: each source has all of its prices, with the terms and the date of them.
func TestListPrices(t *testing.T) {
	p := pricesOf(t, string(ListPrices()))
	for _, name := range []string{"gcs", "s3", "azure"} {
		one := p.tables[name]
		if one.AtRest == nil || one.Egress == nil || one.Reads == nil || one.Writes == nil || one.AsOf == "" || one.Terms == "" {
			t.Fatalf("%+v", one)
		}
		if *one.Reads >= *one.Writes || *one.AtRest < 0.01 || *one.AtRest > 0.03 { // a price per 10,000 taken for one per 1,000 is out by ten
			t.Errorf("%s: %v, %v, %v", name, *one.AtRest, *one.Writes, *one.Reads)
		}
	}
}

func TestParsePrices(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "want as_of with a date",
		"as_of: x":                               "and a table per source",
		"as_of: [1]":                             `read prices "f"`,
		"as_of: x\ngcs: 3":                       "f:2: gcs isn't a table of prices: want [at_rest_per_gb_month, ",
		"as_of: x\ngcs: {reads_per_1000: cheap}": "f:2: gcs isn't a table of prices",
		"as_of: x\ngcs: {reads_per_1000: -1}":    "f:2: gcs has a price of -1: want 0 or more",
		"as_of: x\ngcs: {reads_per_1000: .inf}":  "want 0 or more",
		"as_of: x\ns3: {terms: y}":               "f:2: s3 has no price: want some of",
		"as_of: x\ns3: {egress_per_gb: }":        "f:2: s3 has no price",
		"as_of: x\ns3: {egress_per_gb: 1, read_per_1000: 2}": `f:2: s3 has "read_per_1000": want some of [terms, as_of, `,
		"s3: {egress_per_gb: 1}":                             "f:1: s3 has no date",
		"a: [":                                               `read prices "f"`,
	} {
		if _, err := ParsePrices("f", []byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error is %v, want %q", text, err, want)
		}
	}
}

func FuzzParsePrices(f *testing.F) {
	f.Add(ListPrices())
	f.Add([]byte("as_of: 2026-01-02\nfast-tier: {at_rest_per_gb_month: 0.14, as_of: 2025-06-07}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePrices("f", text)
		if err == nil && len(p.Tables()) == 0 {
			t.Error("no table, and no error")
		}
	})
}

// TestCostOfRefused: what was refused or failed isn't billed.
func TestCostOfRefused(t *testing.T) {
	p := pricesOf(t, "as_of: 2026-01-02\ngcs: {writes_per_1000: 5, reads_per_1000: 1}\ns3: {writes_per_1000: 5, reads_per_1000: 1}\n")
	gcs := result.Traffic{Source: "gcs", Metrics: map[string]float64{}, Methods: map[string]float64{"ReadObject": 3000, "WriteObject": 2000}, Unbilled: map[string]float64{"ReadObject": 1000}}
	s3 := result.Traffic{Source: "s3", Metrics: map[string]float64{"error_5xx_fraction": 0.25}, Methods: map[string]float64{"GET": 4000, "PUT": 400}}
	p.Add(&gcs)
	p.Add(&s3)
	if gcs.Metrics["cost_requests_usd"] != 12 || s3.Metrics["cost_requests_usd"] != 4.5 {
		t.Errorf("%v, %v", gcs.Metrics, s3.Metrics)
	}
}
