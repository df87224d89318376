package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// ledgerTitle is the question that the account answers.
const ledgerTitle = "Where did the bytes come from?"

// ledgerSection is the account of the bytes, and what the buckets sent meanwhile. Of a
// mount that no network serves there is nothing to account for unless something is attached.
func ledgerSection(d *data) (section, bool) {
	parts := d.account.parts()
	if len(parts) == 0 {
		return section{}, false
	}
	s := section{ID: "ledger", Title: ledgerTitle, Lead: parts[0].Lead, Table: parts[0].Table, List: parts[1].List}
	if f, ok := bucketsOverTime(d); ok {
		s.Figure = &f
	}
	return s, true
}

// parts are the account's: a table by epoch, and what its columns rest on. None where
// nothing but the readers counted the bytes.
func (a *account) parts() []sheetPart {
	if a == nil || len(a.stages()) == 0 || !slices.ContainsFunc(a.stages(), func(s *stage) bool { return !s.bound }) {
		return nil
	}
	lead := a.sentence()
	t := a.table()
	list := append(append(a.sourceLines(), a.balance()...), a.bucketFacts()...)
	return []sheetPart{{ID: "ledger", Title: ledgerTitle, Lead: lead, Table: &t}, {List: list}}
}

// stages are those with data, from the client to the buckets.
func (a *account) stages() []*stage {
	return slices.DeleteFunc([]*stage{a.cache, a.received, a.fetched, a.sent, a.arc, a.pools, a.buckets}, func(s *stage) bool { return s == nil })
}

// deepest is the stage that the share of a period is of, as the sentence has it.
func (a *account) deepest() *stage {
	for _, s := range []*stage{a.buckets, a.pools, a.sent, a.fetched, a.received} {
		if s != nil {
			return s
		}
	}
	return nil
}

// table has a row per epoch and one for the run, and a column per stage.
func (a *account) table() table {
	t := table{Label: "Bytes, from the client to the buckets", Columns: []column{{Head: "epoch"}, {Head: "read", Number: true}}, Foot: 1}
	if len(a.tally.periods) == 1 {
		t.Columns[0].Head = "run"
	}
	deepest, way := a.deepest(), "from "
	if deepest == a.fetched || deepest == a.received {
		way = "over "
	}
	ours := a.elsewhere() == ""
	if ours {
		t.Columns = append(t.Columns, column{Head: way + deepest.head, Number: true})
	}
	stages := a.stages()
	if a.buckets != nil { // the list has the pools too
		stages = slices.DeleteFunc(stages, func(s *stage) bool { return s == a.pools })
	}
	for _, s := range stages {
		t.Columns = append(t.Columns, column{Head: s.head, Number: true})
	}
	for i, p := range a.tally.periods {
		r := row{Cells: []cell{{Text: p.name}, {Text: units.Bytes(a.asked[i])}}}
		if ours {
			r.Cells = append(r.Cells, cell{Text: deepest.mark() + shareText(deepest.amounts[i].over(a.asked[i]))})
		}
		for _, s := range stages {
			r.Cells = append(r.Cells, cell{Text: s.text(s.amounts[i])})
		}
		t.Rows = append(t.Rows, r)
	}
	t.Rows[len(t.Rows)-1].Kind = "mean"
	return t
}

// mark is before the figures of a clock that was not compared.
func (s *stage) mark() string {
	if s.loose {
		return "~ "
	}
	return ""
}

// text is an amount with how far it may be off, from 2 % on.
func (s *stage) text(a amount) string {
	text := units.Bytes(a.at)
	switch spread := a.spread(); {
	case s.bound:
		text = "≤ " + units.Bytes(a.high)
	case a.open() && a.low == 0:
		text = "not known"
	case a.open():
		text = "≥ " + units.Bytes(a.low)
	case spread > 1 || a.at == 0 && a.high > 0:
		text = "≤ " + units.Bytes(a.high)
	case spread >= 0.02:
		text += " ± " + strconv.Itoa(int(math.Ceil(spread*100))) + " %"
	}
	return s.mark() + text
}

// sourceLines say of each column where it is from and how sure it is.
func (a *account) sourceLines() []string {
	lines := []string{fmt.Sprintf("Read: %s. What the client's reads returned, to the byte.", units.Bytes(last(a.asked)))}
	for _, s := range a.stages() {
		head := strings.ToUpper(s.head[:1]) + s.head[1:]
		lines = append(lines, fmt.Sprintf("%s: %s, by %s; %s.", head, s.between(), s.source, s.doubt))
	}
	return append(lines, a.clockLines()...)
}

// clockLines say how the clocks of the servers stand.
func (a *account) clockLines() []string {
	var lines, known []string
	for _, host := range slices.Sorted(maps.Keys(a.clocks)) {
		if clock := a.clocks[host]; clock.How != result.ClockUnknown {
			known = append(known, host+": "+clock.String())
		}
	}
	if len(known) > 0 {
		lines = append(lines, "Clocks: "+strings.Join(fewOf(known), "; ")+".")
	}
	if loose := slices.DeleteFunc(slices.Sorted(maps.Keys(a.clocks)), func(host string) bool { return a.clocks[host].How != result.ClockUnknown }); len(loose) > 0 {
		lines = append(lines, fmt.Sprintf("The clock of %s was not compared with this client's: what is marked ~ may be of another time, and no claim rests on it.", listedFew(loose)))
	}
	return lines
}

// between is the amount of the whole run with what it is at least and at most.
func (s *stage) between() string {
	a := s.whole()
	low, high := units.Bytes(a.low), units.Bytes(a.high)
	switch {
	case s.bound:
		return "at most " + high
	case a.open() && a.low == 0:
		return "not known: " + s.gap()
	case a.open():
		return fmt.Sprintf("at least %s: %s", low, s.gap())
	case low == high:
		return units.Bytes(a.at)
	}
	return fmt.Sprintf("%s (%s to %s)", units.Bytes(a.at), low, high)
}

// gap is why more may have been counted than is known.
func (s *stage) gap() string {
	if s.who == "the buckets" {
		return "minutes are missing"
	}
	return "readings are missing, or a counter began again"
}

// balance is what two counts of the same bytes leave unexplained.
func (a *account) balance() []string {
	var lines []string
	compare := func(a, b *stage) {
		if a != nil && b != nil && b.whole().at > 0 && a.sure() && b.sure() {
			lines = append(lines, difference(a, b)+".")
		}
	}
	compare(a.received, a.fetched)
	switch {
	case a.sent == nil:
	case a.fetched != nil && !a.sent.headers:
		compare(a.sent, a.fetched)
	default:
		compare(a.sent, a.received)
	}
	compare(a.buckets, a.pools)
	if n := len(a.run.Traffic); n > 1 && a.unjoined == "" {
		lines = append(lines, fmt.Sprintf("The traffic of %s is added up: they are of different buckets in the same window.", plural(n, "file")))
	}
	return lines
}

// difference says by how much two stages differ: "The servers sent 1.2 % (36.1 GB) more
// than this client's NICs received".
func difference(a, b *stage) string {
	x, y := a.whole(), b.whole()
	if x.open() || y.open() {
		return fmt.Sprintf("What %s %s and what %s %s can't be balanced: one of them isn't known whole", a.who, a.did, b.who, b.did)
	}
	more, word := x.at-y.at, "more"
	if more < 0 {
		more, word = -more, "less"
	}
	who := sentence(a.who)
	text := fmt.Sprintf("%s %s %s (%s) %s than %s %s", who[:len(who)-1], a.did, units.Percent(more/y.at, 1), units.Bytes(more), word, b.who, b.did)
	if more < 0.0005*y.at {
		return fmt.Sprintf("%s %s as much as %s %s, to 0.1 %%", who[:len(who)-1], a.did, b.who, b.did)
	}
	if x.low <= y.high && y.low <= x.high && x.low+y.low < x.high+y.high {
		text += ", which is within their uncertainty"
	}
	return text
}

// withAccount adds what a run's account says to its answer.
func (a answer) withAccount(of *account, run result.Run) answer {
	if sent, engine := sentOf(run), madeBytes(run); sent > 0 && engine != "" && run.Status == result.Complete {
		a.Lines = append(slices.Clip(a.Lines), fmt.Sprintf("The buckets whose traffic is attached sent %s meanwhile, which can't have been this run's: the engine %s reads no storage.", units.Bytes(sent), engine))
	}
	if line := of.sentence(); line != "" && run.Status == result.Complete && (len(run.Traffic) > 0 || len(of.recordings) > 0) {
		a.Lines = append(slices.Clip(a.Lines), line)
	}
	return a
}

// sentOf is what attached traffic sent over its windows.
func sentOf(run result.Run) (sum float64) {
	for _, t := range run.Traffic {
		sum += t.Metrics["sent_bytes"]
	}
	return sum
}

// unsaid is a part without a lead that the answer above has said.
func (p sheetPart) unsaid(above answer) sheetPart {
	if slices.Contains(above.Lines, p.Lead) {
		p.Lead = ""
	}
	return p
}
