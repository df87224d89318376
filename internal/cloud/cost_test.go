package cloud

import (
	"math"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

func TestCost(t *testing.T) {
	p, err := ParsePrices("prices.yaml", ListPrices())
	if err != nil || p.AsOf == "" {
		t.Fatal(err)
	}
	p, err = ParsePrices("mine", []byte("as_of: 2026-01-02\ngcs: {at_rest_per_gb_month: 0.14, egress_per_gb: 0.12, writes_per_1000: 0.005, reads_per_1000: 0.0004}\n"))
	if err != nil {
		t.Fatal(err)
	}
	traffic := result.Traffic{Source: "gcs", Metrics: map[string]float64{SentBytes: 10 << 30}, Methods: map[string]float64{
		"ReadObject": 1e6, "GetObjectMetadata": 1e6, "WriteObject": 1e5, "ListObjects": 1e5, "DeleteObject": 1e9,
	}}
	p.Add(&traffic)
	for name, want := range map[string]float64{"cost_requests_usd": 0.8 + 1, "cost_egress_usd": 1.2, "at_rest_usd_per_gb_month": 0.14} {
		if got := traffic.Metrics[name]; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if traffic.Prices != "2026-01-02" {
		t.Errorf("prices of %q", traffic.Prices)
	}
	other := result.Traffic{Source: "s3", Metrics: map[string]float64{}}
	p.Add(&other)
	if len(other.Metrics) > 0 || other.Prices != "" {
		t.Errorf("%+v", other)
	}
}

func TestParsePrices(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "want as_of with a date",
		"as_of: x":                              "and a table per source",
		"as_of: x\ngcs: 3":                      "f:2: gcs isn't a table of prices",
		"as_of: x\ngcs: {reads_per_1000: -1}":   "f:2: a price of gcs is -1",
		"as_of: x\ngcs: {reads_per_1000: .inf}": "want 0 or more",
		"a: [":                                  `read prices "f"`,
	} {
		if _, err := ParsePrices("f", []byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error is %v, want %q", text, err, want)
		}
	}
}

func FuzzParsePrices(f *testing.F) {
	f.Add(ListPrices())
	f.Fuzz(func(_ *testing.T, text []byte) { _, _ = ParsePrices("f", text) })
}
