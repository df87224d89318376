package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// mostFindings is how many findings of one kind are told one by one.
const mostFindings = 20

// ledger collects what is found in one folder.
type ledger struct {
	v    result.Verification
	told map[string]int // findings by kind, of those that may be many

	held  map[string]bool // settings that something was held against
	taken map[string]bool // codes of warnings whose presence or words follow from nothing

	machine error // why a file can't be read, of the machine: nothing is said of the folder
}

func newLedger() *ledger {
	return &ledger{v: result.Verification{Findings: []result.Finding{}}, told: map[string]int{}, held: map[string]bool{}, taken: map[string]bool{}}
}

// close gives what was collected.
func (l *ledger) close() result.Verification {
	for _, kind := range slices.Sorted(maps.Keys(l.told)) {
		if more := l.told[kind] - mostFindings; more > 0 {
			l.note("%d more findings of %s aren't listed", more, kind)
		}
	}
	l.v.OK = len(l.v.Findings) == 0
	return l.v
}

func (l *ledger) note(format string, args ...any) {
	l.v.Notes = append(l.v.Notes, fmt.Sprintf(format, args...))
}

// find adds a finding. published and recomputed may be nil: there is none.
func (l *ledger) find(file, figure string, published, recomputed any, format string, args ...any) {
	l.v.Findings = append(l.v.Findings, result.Finding{
		File: file, Figure: figure, Published: printable(published), Recomputed: printable(recomputed), Why: fmt.Sprintf(format, args...),
	})
}

// findOne adds a finding of a kind of which there may be very many.
func (l *ledger) findOne(kind, file, figure string, published, recomputed any, format string, args ...any) {
	if l.told[kind]++; l.told[kind] <= mostFindings {
		l.find(file, figure, published, recomputed, format, args...)
	}
}

// printable makes a text of what JSON has no number for.
func printable(v any) any {
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return fmt.Sprint(f)
	}
	return v
}

// same compares one figure with what it was computed to be again.
func (l *ledger) same(file, figure string, published, recomputed any, format string, args ...any) bool {
	l.v.Checked++
	if name, ok := strings.CutPrefix(figure, "settings."); ok {
		l.held[name] = true
	}
	if equal(figure, published, recomputed) {
		return true
	}
	l.find(file, figure, published, recomputed, format, args...)
	return false
}

// equal compares numbers exactly: the same code on the same data gives the same bits. Only
// what sums squares may be rounded differently by another kind of processor, which
// multiplies and adds at once.
func equal(figure string, a, b any) bool {
	x, isNumber := toNumber(a)
	y, bothAre := toNumber(b)
	if !isNumber || !bothAre {
		return a == b
	}
	return x == y || roundsDifferently(figure) && math.Abs(x-y) <= 1e-12*math.Max(math.Abs(x), math.Abs(y))
}

func roundsDifferently(figure string) bool {
	if strings.HasPrefix(figure, "lost.") {
		return true // long sums of fractions
	}
	name := figure[strings.LastIndexByte(figure, '.')+1:]
	switch name {
	case "half", "low", "high", "ratio", "p", "runner_ratio":
		return true
	}
	return strings.Contains(name, "stddev") || strings.Contains(name, "stdev")
}

func toNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

// numbers compares figures by name, and returns the names of those that were published
// and not computed again. What was not published needs no proof.
func (l *ledger) numbers(file, prefix string, published, recomputed map[string]float64, why string) (left []string) {
	for _, name := range slices.Sorted(maps.Keys(published)) {
		again, ok := recomputed[name]
		if !ok {
			left = append(left, name)
			continue
		}
		l.same(file, prefix+name, published[name], again, "%s", why)
	}
	return left
}
