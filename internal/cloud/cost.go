package cloud

import (
	"maps"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// Prices are dated tables of what storage costs, by name.
type Prices struct{ tables map[string]result.Price }

// Tables are all of them, those of the cheapest capacity first, those without a price of it last.
func (p Prices) Tables() []result.Price {
	all := slices.SortedFunc(maps.Values(p.tables), func(a, b result.Price) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(all, func(a, b result.Price) int {
		switch {
		case a.AtRest == nil && b.AtRest == nil:
			return 0
		case a.AtRest == nil, b.AtRest != nil && *a.AtRest > *b.AtRest:
			return 1
		case b.AtRest == nil, *a.AtRest < *b.AtRest:
			return -1
		}
		return 0
	})
	return all
}

// Add puts what the traffic cost into its metrics, where its source has the prices of it:
//
//	cost_requests_usd  reads and writes by their prices per 1,000; what deletes is free, and what was
//	                   refused or failed: of GCS 4xx and 5xx (cloud.google.com/storage/pricing, Operation
//	                   charges). Of S3 5xx are (ErrorCodeBilling in its guide), but not known by method:
//	                   their share is taken off
//	cost_egress_usd    sent bytes / 2^30 x price
//	at_rest_usd_per_gb_month
func (p Prices) Add(t *result.Traffic) {
	price, ok := p.tables[t.Source]
	if !ok {
		return
	}
	if price.Reads != nil && price.Writes != nil {
		var requests float64
		for method, n := range t.Methods {
			switch t.Source {
			case "gcs":
				n -= t.Unbilled[method]
			case "s3":
				n *= 1 - t.Metrics["error_5xx_fraction"]
			}
			switch kindOf(method) {
			case reading:
				requests += n * *price.Reads / 1000
			case writing:
				requests += n * *price.Writes / 1000
			}
		}
		t.Metrics["cost_requests_usd"] = requests
	}
	if price.Egress != nil {
		t.Metrics["cost_egress_usd"] = t.Metrics[SentBytes] / (1 << 30) * *price.Egress
	}
	if price.AtRest != nil {
		t.Metrics["at_rest_usd_per_gb_month"] = *price.AtRest
	}
	t.Prices = price.AsOf
}

type methodKind int

const (
	free methodKind = iota
	reading
	writing
)

// kindOf is how a method is billed: by its first word, as clouds name their methods
// (ReadObject, GET, GetBlob).
func kindOf(method string) methodKind {
	method = strings.ToLower(method)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(method, w) })
	}
	switch {
	case has("delete"):
		return free
	case has("read", "get", "head", "test"):
		return reading
	}
	return writing
}
