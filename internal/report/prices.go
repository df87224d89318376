package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// PricesText writes for a terminal what keeping data costs, a line per table of prices, and
// what capacity bytes cost a month. The order is kept. The only errors are those of w.
func PricesText(w io.Writer, prices []result.Price, capacity int64) error {
	return pricesSheet(prices, float64(capacity)).writeText(w)
}

func pricesSheet(prices []result.Price, capacity float64) sheet {
	low, high := restRange(prices)
	s := sheet{
		Title: "What does it cost to keep data?",
		Ends:  "List prices, or what their file says; without requests, egress and discounts. One GB is 2^30 bytes.",
	}
	s.Answer = answer{Word: "AT REST", Tone: "open", Why: "no price of it is known"}
	switch {
	case high > low && low > 0:
		s.Answer = answer{Word: "AT REST", Tone: "open", Figure: fmt.Sprintf("%s against %s per GB-month", perGB(low), perGB(high)),
			Lines: []string{fmt.Sprintf("The dearest costs %s x the cheapest.", significant(high/low))}}
	case high > 0:
		s.Answer = answer{Word: "AT REST", Tone: "open", Figure: perGB(high) + " per GB-month"}
	}
	t := &table{Label: "prices", Columns: []column{{Head: "storage"}, {Head: "per GB-month", Number: true}, {Head: units.BinaryBytes(capacity) + " a month", Number: true}, {Head: "x the cheapest", Number: true}, {Head: "as of"}, {Head: "terms"}}}
	for _, p := range prices {
		r := row{Cells: []cell{{Text: p.Name}, {}, {}, {}, {Text: p.AsOf}, {Text: p.Terms}}}
		if p.AtRest != nil {
			r.Cells[1].Text, r.Cells[2].Text = perGB(*p.AtRest), dollars(*p.AtRest*capacity/(1<<30))
			if low > 0 {
				r.Cells[3].Text = significant(*p.AtRest / low)
			}
		}
		t.Rows = append(t.Rows, r)
	}
	s.Parts = []sheetPart{{ID: "prices", Title: "At rest", Table: t}}
	return s
}

// restRange is the lowest and the highest price of keeping data; 0 where none is known.
func restRange(prices []result.Price) (low, high float64) {
	first := true
	for _, p := range prices {
		if p.AtRest == nil {
			continue
		}
		if first {
			low, high, first = *p.AtRest, *p.AtRest, false
		}
		low, high = min(low, *p.AtRest), max(high, *p.AtRest)
	}
	return low, high
}

// perGB is a price as lists have it: all of its digits, two at least.
func perGB(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if _, cents, _ := strings.Cut(text, "."); len(cents) < 2 {
		return fmt.Sprintf("$%.2f", v)
	}
	return "$" + text
}
