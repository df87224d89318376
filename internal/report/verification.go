package report

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// VerificationText writes whether published figures follow from their data: one line
// where they do, else each finding with what was published and what the data gives; then
// what several runs give together, the rules about them, and what could not be computed
// again. The only errors are those of w.
func VerificationText(w io.Writer, v result.Verification) error {
	var b bytes.Buffer
	fmt.Fprintln(&b, verificationLine(v))
	for _, run := range v.Runs {
		fmt.Fprintf(&b, "  %s\n", plain(run))
	}
	for _, f := range v.Findings {
		writeFinding(&b, f)
	}
	for _, set := range v.Sets {
		if err := writeSet(&b, set); err != nil {
			return err
		}
	}
	if len(v.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, note := range v.Notes {
		writeWrapped(&b, "        ", "  note: "+plain(note))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func verificationLine(v result.Verification) string {
	figures := plural(v.Checked, "figure")
	round := ""
	if v.Round != "" {
		round = " by the formulas of " + plain(v.Round)
	}
	follow := "follow"
	if v.Checked == 1 {
		follow = "follows"
	}
	switch {
	case v.OK && v.Checked == 0:
		return "OK, but nothing could be computed again: no figure was contradicted, and none confirmed"
	case v.OK:
		line := fmt.Sprintf("OK: %s %s from the data%s", figures, follow, round)
		if broken := rulesNotMet(v); broken > 0 {
			line += fmt.Sprintf("; not met: %s about runs together", plural(broken, "rule"))
		}
		return line
	}
	return fmt.Sprintf("FAILED: %s, of %s that were computed again%s", plural(len(v.Findings), "finding"), figures, round)
}

func writeFinding(b *bytes.Buffer, f result.Finding) {
	fmt.Fprintf(b, "\n  %s\n", plain(strings.TrimSuffix(f.File+": "+f.Figure, ": ")))
	published, recomputed := bothValues(f.Published, f.Recomputed)
	for _, line := range [][2]string{{"published", published}, {"recomputed", recomputed}, {"why", plain(f.Why)}} {
		if line[1] != "" {
			fmt.Fprintf(b, "    %-12s%s\n", line[0], line[1])
		}
	}
}

// bothValues prints what was published and what the data gives with every digit they
// have, and by how much they differ.
func bothValues(published, recomputed any) (string, string) {
	a, b := valueText(published), valueText(recomputed)
	x, ok1 := published.(float64)
	y, ok2 := recomputed.(float64)
	if ok1 && ok2 && x != 0 && !math.IsInf(y/x, 0) && !math.IsNaN(y/x) {
		b += fmt.Sprintf("  (%s)", apart(y/x-1))
	}
	return a, b
}

// apart is a relative difference of any size: "+3.2 %", "-4.1e-11 of it".
func apart(fraction float64) string {
	if math.Abs(fraction) >= 0.0001 {
		return signed(fraction)
	}
	return strconv.FormatFloat(fraction, 'g', 2, 64) + " of it"
}

func valueText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return strconv.FormatFloat(v, 'f', 0, 64)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return plain(fmt.Sprint(value))
}

// writeSet writes the means over several runs, each with its deviation, and the rules.
func writeSet(b *bytes.Buffer, set result.RunSet) error {
	fmt.Fprintf(b, "\n%s\n\n", setHead(set))
	t := table{Columns: []column{{Head: "metric"}, {Head: "mean", Number: true}, {Head: "deviation (population)", Number: true}, {Head: "95 %", Number: true}}}
	for _, name := range slices.Sorted(maps.Keys(set.Means)) {
		deviation, interval := "", ""
		if v, ok := set.Stdevs[name]; ok {
			deviation = setNumber(v)
		}
		if v, ok := set.Half95[name]; ok {
			interval = "± " + setNumber(v)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: name}, {Text: setNumber(set.Means[name])}, {Text: deviation}, {Text: interval}}})
	}
	if t = t.dropEmptyLast(); len(t.Rows) > 0 {
		if err := writeTable(b, plainTable(t), func(string) int { return 0 }); err != nil {
			return err
		}
	}
	for name := range set.Means {
		if strings.Contains(name, "MB_") || strings.Contains(name, "GB_") {
			b.WriteString("\n  MB and GB in DLIO's names are MiB and GiB.\n")
			break
		}
	}
	for i, r := range set.Rules {
		word := "ok"
		if !r.OK {
			word = "NOT MET"
		}
		if i == 0 {
			b.WriteString("\n")
		}
		writeWrapped(b, "      ", fmt.Sprintf("  %s: %s", word, plain(joinedWith(": ", r.Rule, r.Why))))
	}
	return nil
}

// setHead says which runs a set is of.
func setHead(set result.RunSet) string {
	head := plural(set.Runs, "run") + " together"
	if set.Of != "" {
		head = plural(set.Runs, "run") + " of " + plain(set.Of) + " together"
	}
	if set.Folder != "" {
		head = plain(set.Folder) + ": " + head
	}
	if set.Round != "" {
		head += ", by the rules of " + plain(set.Round)
	}
	if set.Warmup != "" {
		head += "; the warm-up " + plain(set.Warmup) + " doesn't count"
	}
	return head
}

// rulesNotMet counts the rules about sets that don't hold. They say nothing of whether a
// figure follows from its data.
func rulesNotMet(v result.Verification) int {
	broken := 0
	for _, set := range v.Sets {
		for _, r := range set.Rules {
			if !r.OK {
				broken++
			}
		}
	}
	return broken
}

// setNumber has four digits after the point below a thousand, as DLIO's figures are
// compared, two above, and four digits of what is smaller than one.
func setNumber(v float64) string {
	if math.Abs(v) >= 1000 {
		whole, part, _ := strings.Cut(strconv.FormatFloat(math.Abs(v), 'f', 2, 64), ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		sign := ""
		if v < 0 {
			sign = "-"
		}
		return sign + units.Count(n) + "." + part
	}
	if math.Abs(v) < 1 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}

// joinedWith puts the texts that aren't empty in a row with something between them.
func joinedWith(between string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), between)
}
