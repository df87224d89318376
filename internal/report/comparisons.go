package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// ComparisonsText writes how two sets of runs differ, benchmark by benchmark, as
// ComparisonText does of one. The only errors are those of w.
func ComparisonsText(w io.Writer, c result.Comparisons) error {
	return comparisonsSheet(c, false, nil).writeText(w)
}

// ComparisonsMarkdown writes the same in GitHub's Markdown. The only errors are those of w.
func ComparisonsMarkdown(w io.Writer, c result.Comparisons) error {
	var b bytes.Buffer
	comparisonsSheet(c, false, nil).writeMarkdown(&b, 3)
	_, err := w.Write(b.Bytes())
	return err
}

// ComparisonsHTML writes the same as one page with plots. The only errors are those of w.
func ComparisonsHTML(w io.Writer, c result.Comparisons) error {
	return comparisonsSheet(c, true, nil).writeHTML(w)
}

// comparisonsSheet puts the sheets of several benchmarks into one: the worst answer, what
// each one says, and their parts one after the other. Those whose runs are given have plots
// of A and B over each other.
func comparisonsSheet(all result.Comparisons, plots bool, runs []Overlaid) sheet {
	page := func(i int, c result.Comparison) sheet {
		s := comparisonPage(c, overlayID(i, plots))
		if plots && i < len(runs) {
			s.addOverlaid(c, overlayID(i, plots), runs[i])
		}
		return s
	}
	if len(all.Comparisons) == 1 {
		c := all.Comparisons[0]
		c.Warnings = slices.Concat(c.Warnings, all.Warnings)
		return page(0, c)
	}
	s := sheet{Title: fmt.Sprintf("%s compared: A against B", plural(len(all.Comparisons), "benchmark")), Ends: comparisonEnds}
	warnings := []result.Warning{}
	for i, c := range all.Comparisons {
		one, name := page(i, c), comparedName(c)
		one.Parts[0].Lead = strings.TrimSpace(fmt.Sprintf("%s, %s. %s", name, comparedSizes(c), one.Parts[0].Lead))
		for _, part := range one.Parts {
			part.ID += "-" + strconv.Itoa(i+1)
			part.Title = name + ": " + part.Title
			s.Parts = append(s.Parts, part)
		}
		for _, w := range c.Warnings {
			warnings = append(warnings, result.Warning{Code: w.Code, Text: "in " + name + ": " + w.Text})
		}
		s.Answer = worse(s.Answer, one.Answer, name)
	}
	s.warned(append(warnings, all.Warnings...))
	return s
}

// overlayID is that of the plot of the i-th benchmark; "" for none.
func overlayID(i int, plots bool) string {
	switch {
	case !plots:
		return ""
	case i == 0:
		return "overlay"
	}
	return "overlay-" + strconv.Itoa(i+1)
}

// worse is the answer for several benchmarks: the word of the worst, with a line of each.
func worse(so, next answer, name string) answer {
	ranks := []string{"", "NOTHING TO COMPARE", "NO DIFFERENCE SHOWN", "TOO FEW RUNS", "BETTER", "WORSE"}
	line := name + ": " + strings.ToLower(next.Word)
	if next.Why != "" {
		line += ", " + next.Why
	}
	lines := append(so.Lines, line+".")
	if slices.Index(ranks, next.Word) > slices.Index(ranks, so.Word) {
		so = answer{Word: next.Word, Tone: next.Tone, Why: "in " + name}
	}
	so.Lines = slices.Concat(lines, next.Lines)
	return so
}

// comparedName is "mlperf resnet50_h100, train", the entry of a suite where there is one.
func comparedName(c result.Comparison) string {
	name := strings.TrimSpace(c.Command + " " + c.Workload)
	if c.Command == c.Workload {
		name = c.Command
	}
	if c.Entry != "" {
		name += ", " + c.Entry
	}
	return name
}

func comparedSizes(c result.Comparison) string {
	return setSize(c.A, c.ANights) + " against " + setSize(c.B, c.BNights)
}

// setSize is "3 runs", or "10 nights (30 runs)" where the mean of a night is one value.
func setSize(runs []string, nights int) string {
	if nights == 0 {
		return plural(len(runs), "run")
	}
	return fmt.Sprintf("%s (%s)", plural(nights, "night"), plural(len(runs), "run"))
}

// valueCount is how many values a set has: "3 runs", "10 nights".
func valueCount(runs []string, nights int) string {
	if nights == 0 {
		return plural(len(runs), "run")
	}
	return plural(nights, "night")
}
