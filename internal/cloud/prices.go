package cloud

import (
	_ "embed" // the list prices
	"errors"
	"fmt"
	"maps"
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

// priceFields are what a table of prices may have, and those of them that are prices.
func priceFields() (all, numbers []string) {
	numbers = []string{"at_rest_per_gb_month", "egress_per_gb", "writes_per_1000", "reads_per_1000"}
	return append([]string{"terms", "as_of"}, numbers...), numbers
}

// ParsePrices reads a file of prices; name is for errors. Tables may have any name.
func ParsePrices(name string, text []byte) (Prices, error) {
	var doc struct {
		AsOf   string               `yaml:"as_of"`
		Tables map[string]yaml.Node `yaml:",inline"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return Prices{}, fmt.Errorf("read prices %q: %s", name, strings.Join(strings.Fields(err.Error()), " "))
	}
	p := Prices{tables: map[string]result.Price{}}
	for _, key := range slices.Sorted(maps.Keys(doc.Tables)) {
		node := doc.Tables[key]
		one, err := parsePrice(node)
		if err != nil {
			return Prices{}, fmt.Errorf("%s:%d: %s %w", name, node.Line, key, err)
		}
		if one.AsOf == "" {
			one.AsOf = doc.AsOf
		}
		if one.AsOf == "" {
			return Prices{}, fmt.Errorf("%s:%d: %s has no date: want as_of in it, or for all at the top", name, node.Line, key)
		}
		one.Name = key
		p.tables[key] = one
	}
	if len(p.tables) == 0 {
		return Prices{}, fmt.Errorf("read prices %q: want as_of with a date, and a table per source, as gcs", name)
	}
	return p, nil
}

// parsePrice reads one table. What it doesn't know is an error, since a price that is
// misspelt would cost nothing.
func parsePrice(node yaml.Node) (result.Price, error) {
	all, numbers := priceFields()
	var fields map[string]yaml.Node
	var one result.Price
	if node.Kind != yaml.MappingNode || node.Decode(&fields) != nil || node.Decode(&one) != nil {
		return one, fmt.Errorf("isn't a table of prices: want [%s], each of these a number, and terms", strings.Join(numbers, ", "))
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(all, field) {
			return one, fmt.Errorf("has %.40q: want some of [%s]", field, strings.Join(all, ", "))
		}
	}
	known := 0
	for _, v := range []*float64{one.AtRest, one.Egress, one.Writes, one.Reads} {
		if v == nil {
			continue
		}
		known++
		if !(*v >= 0) || math.IsInf(*v, 0) {
			return one, fmt.Errorf("has a price of %v: want 0 or more", *v)
		}
	}
	if known == 0 {
		return one, errors.New("has no price: want some of [" + strings.Join(numbers, ", ") + "]")
	}
	return one, nil
}
