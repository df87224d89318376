package cloud

import (
	_ "embed" // the list prices
	"fmt"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/internal/result"
)

//go:embed prices.yaml
var listPrices []byte

// ListPrices is the file of prices that users edit.
func ListPrices() []byte { return listPrices }

// Prices is a dated table of what a cloud charges.
type Prices struct {
	AsOf    string
	sources map[string]price
}

// price is in dollars; one GB is 2^30 bytes.
type price struct {
	AtRest float64 `yaml:"at_rest_per_gb_month"`
	Egress float64 `yaml:"egress_per_gb"`
	Writes float64 `yaml:"writes_per_1000"`
	Reads  float64 `yaml:"reads_per_1000"`
}

// ParsePrices reads a file of prices; name is for errors.
func ParsePrices(name string, text []byte) (Prices, error) {
	var all map[string]yaml.Node
	if err := yaml.Unmarshal(text, &all); err != nil {
		return Prices{}, fmt.Errorf("read prices %q: %s", name, strings.ReplaceAll(err.Error(), "\n", " "))
	}
	p := Prices{sources: map[string]price{}}
	for key, node := range all {
		if key == "as_of" {
			p.AsOf = node.Value
			continue
		}
		var one price
		if err := node.Decode(&one); err != nil {
			return Prices{}, fmt.Errorf("%s:%d: %s isn't a table of prices: want at_rest_per_gb_month, egress_per_gb, writes_per_1000 and reads_per_1000, each a number", name, node.Line, key)
		}
		for _, v := range []float64{one.AtRest, one.Egress, one.Writes, one.Reads} {
			if !(v >= 0) || math.IsInf(v, 0) {
				return Prices{}, fmt.Errorf("%s:%d: a price of %s is %v: want 0 or more", name, node.Line, key, v)
			}
		}
		p.sources[key] = one
	}
	if p.AsOf == "" || len(p.sources) == 0 {
		return Prices{}, fmt.Errorf("read prices %q: want as_of with a date, and a table per source, as gcs", name)
	}
	return p, nil
}

// Add puts what the traffic cost into its metrics, where its source has prices:
//
//	cost_requests_usd      reads and writes by their prices per 1,000; what deletes is free
//	cost_egress_usd        sent bytes / 2^30 x price
//	at_rest_usd_per_gb_month
func (p Prices) Add(t *result.Traffic) {
	price, ok := p.sources[t.Source]
	if !ok {
		return
	}
	var requests float64
	for method, n := range t.Methods {
		switch kindOf(method) {
		case reading:
			requests += n * price.Reads / 1000
		case writing:
			requests += n * price.Writes / 1000
		}
	}
	t.Metrics["cost_requests_usd"], t.Metrics["cost_egress_usd"] = requests, t.Metrics[SentBytes]/(1<<30)*price.Egress
	t.Metrics["at_rest_usd_per_gb_month"] = price.AtRest
	t.Prices = p.AsOf
}

type methodKind int

const (
	free methodKind = iota
	reading
	writing
)

// kindOf is how a method is billed: by its first word, as clouds name their methods.
func kindOf(method string) methodKind {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(method, w) })
	}
	switch {
	case has("Delete"):
		return free
	case has("Read", "Get", "Head", "Test"):
		return reading
	}
	return writing
}
