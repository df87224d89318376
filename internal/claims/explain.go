package claims

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// explainFigure is the likeliest reason why a figure does not follow; empty where no
// arithmetic gives one.
func explainFigure(run result.Run, f figure, got float64) string {
	return firstOf(otherSystem(f.value, got), otherStatistic(run, f), otherFigure(run, f), composition(run, f))
}

func firstOf(notes ...string) string {
	for _, note := range notes {
		if note != "" {
			return note
		}
	}
	return ""
}

// otherSystem: the number is right in GiB, but was printed as GB, or the other way round.
func otherSystem(v Value, got float64) string {
	other, ok := v.counterpart()
	if !ok || !other.allows(got) {
		return ""
	}
	exact := units.Bytes(got)
	if strings.Contains(other.unit, "i") {
		exact = units.BinaryBytes(got)
	}
	if strings.HasSuffix(v.unit, "/s") {
		exact += "/s"
	}
	return fmt.Sprintf("the claimed %q is %s: the run has %s, in %s it is %s", v.Text, other.unit, exact, v.unit, v.digits(got))
}

// otherStatistic: the epochs were summed up in another way than the figure's name says.
func otherStatistic(run result.Run, f figure) string {
	s, ok := statisticOf(f.name)
	if !ok {
		return ""
	}
	for _, other := range summaries(epochValues(run, s.of, false)) {
		if f.value.allows(other.value) { // the figure's own statistic isn't allowed, or it would follow
			return fmt.Sprintf("the claimed %q is the %s of the epochs, not their %s", f.value.Text, other.as, s.as)
		}
	}
	for _, other := range summaries(epochValues(run, s.of, true)) {
		if f.value.allows(other.value) {
			return fmt.Sprintf("the claimed %q is the %s with the warm-up epochs, which don't count", f.value.Text, other.as)
		}
	}
	return ""
}

// mixedUp lists figures that are taken for each other.
func mixedUp() [][2]string {
	return [][2]string{
		{"nominal_bytes_per_s_mean", "read_bytes_per_s_mean"}, {"samples_per_s_mean", "samples_per_s_window_mean"},
		{"au_mean_fraction", "au_whole_fraction"}, {"read_bytes_per_s", "steady_read_bytes_per_s"},
		{"read_bytes", "dataset_bytes"}, {"write_bytes", "dataset_bytes"},
	}
}

// otherFigure: the number is one of the run, but of another name.
func otherFigure(run result.Run, f figure) string {
	for _, pair := range mixedUp() {
		for i, name := range pair {
			other := pair[1-i]
			if v, ok := figureOf(run, other); ok && name == f.name && f.value.allows(v) {
				return fmt.Sprintf("the claimed %q is the run's %s, not its %s", f.value.Text, other, f.name)
			}
		}
	}
	return ""
}

// composition: what so many files, samples and bytes come to.
func composition(run result.Run, f figure) string {
	if f.name != "dataset_bytes" || run.Plan == nil {
		return ""
	}
	p := *run.Plan
	bytes, _ := figureOf(run, f.name)
	return fmt.Sprintf("%s of %s of %s B hold %s (%s), not the claimed %s", plural(p.Files, "file"), plural(p.SamplesPerFile, "sample"),
		grouped(p.NominalBytes), units.Bytes(bytes), units.BinaryBytes(bytes), f.value.Text)
}

// coarseFrom is by how much a figure may differ from what it is rounded from, unsaid.
const coarseFrom = 0.04

// coarse: the figure follows, but only since it has few digits.
func coarse(v Value, got float64) string {
	claimed := v.number * v.factor
	if math.Abs(claimed-got) <= coarseFrom*got {
		return ""
	}
	finer := v
	finer.decimals += 2
	return fmt.Sprintf("the claimed %q is rounded: the run has %s", v.Text, finer.print(got))
}

// difference is by how much a claim misses, in points for a fraction, else in per cent.
func difference(f figure, got float64) string {
	claimed := f.value.number * f.value.factor
	word := "above"
	if claimed < got {
		word = "below"
	}
	has := f.value.print(got)
	switch apart := math.Abs(claimed - got); {
	case f.value.unit == "%":
		return fmt.Sprintf("the claimed %s is %s points %s the run's %s", f.value.Text, rounded(100*apart), word, has)
	case got == 0:
		return fmt.Sprintf("the claimed %s is %s the run's %s", f.value.Text, word, has)
	case claimed > 3*got:
		return fmt.Sprintf("the claimed %s is %s times the run's %s", f.value.Text, rounded(claimed/got), has)
	default:
		return fmt.Sprintf("the claimed %s is %s %% %s the run's %s", f.value.Text, rounded(100*apart/got), word, has)
	}
}

// rounded keeps two digits, and all of those before the point.
func rounded(v float64) string {
	if v >= 99.5 {
		return units.Count(int64(min(v, 1e15) + 0.5))
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

// grouped is a number with commas between thousands and the digits after its point.
func grouped(v float64) string {
	whole, rest, parted := strings.Cut(units.ExactNumber(v), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	switch {
	case err != nil:
		return units.ExactNumber(v)
	case parted:
		return units.Count(n) + "." + rest
	}
	return units.Count(n)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return units.Count(int64(n)) + " " + noun + "s"
}
