package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/cloud"
	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// pricesOptions choose prices and how they are shown.
type pricesOptions struct {
	file, capacity string
	table, json    toggle
}

func newTelemetryPrices(a *app) *cobra.Command {
	var o pricesOptions
	c := &cobra.Command{
		Use: "prices", Short: "Print the list prices, to be edited and given with --prices; or what keeping data costs",
		Example: "  lbench telemetry prices > prices.yaml\n" +
			"  lbench telemetry prices --table --capacity 1PiB",
		Args: noArgs,
	}
	f := c.Flags()
	o.table.bind(f, "table", "print what keeping data costs, instead of the file")
	f.StringVar(&o.file, "prices", "", "prices from `FILE` (default: list prices)")
	f.StringVar(&o.capacity, "capacity", "1TiB", "`SIZE` of the data whose cost a month the table has")
	o.json.bind(f, "json", "print the table as one JSON document")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		return a.printPrices(o)
	}
	return c
}

// restPrice is one line of the table.
type restPrice struct {
	result.Price
	Month *float64 `json:"at_rest_usd_per_month,omitempty"` // of the capacity
}

func (a *app) printPrices(o pricesOptions) error {
	capacity, err := units.ParseBytes(o.capacity)
	if err != nil || capacity <= 0 {
		return usagef("telemetry prices: --capacity %q isn't a size as 1PiB", o.capacity)
	}
	prices, err := readPrices(o.file)
	if err != nil {
		return err
	}
	switch {
	case bool(o.json):
		doc := struct {
			Capacity int64       `json:"capacity_bytes"`
			Prices   []restPrice `json:"prices"`
		}{Capacity: capacity}
		for _, p := range prices.Tables() {
			line := restPrice{Price: p}
			if p.AtRest != nil {
				month := *p.AtRest * float64(capacity) / (1 << 30)
				line.Month = &month
			}
			doc.Prices = append(doc.Prices, line)
		}
		return a.printJSON(doc)
	case bool(o.table):
		return report.PricesText(a.stdout, prices.Tables(), capacity)
	case o.file != "":
		return usagef("telemetry prices: --prices is for --table or --json: the file itself is there already")
	}
	_, err = a.stdout.Write(cloud.ListPrices())
	return err
}

// readPrices are the user's, or the list prices where no file is named.
func readPrices(file string) (cloud.Prices, error) {
	if file == "" {
		return cloud.ParsePrices("prices.yaml", cloud.ListPrices())
	}
	text, err := result.ReadRegular(file)
	if err != nil {
		return cloud.Prices{}, fmt.Errorf("telemetry: read --prices: %w", err)
	}
	prices, err := cloud.ParsePrices(file, text)
	if err != nil {
		return prices, usagef("telemetry: --prices: %w", err)
	}
	return prices, nil
}
