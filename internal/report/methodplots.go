package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// methodsDrawn is how many methods have a plot of their own.
const methodsDrawn = 4

const perMethodTitle = "What was asked of the buckets, minute by minute?"

// requestSection plots the requests by method on the run's axis.
func requestSection(d *data) (section, bool) {
	a, ok := runBuckets(d)
	if !ok {
		return section{}, false
	}
	f, ok := a.perMethod()
	return section{ID: "bucket-requests", Title: perMethodTitle, Contents: "Requests", Figure: &f}, ok
}

// methodCount is a method with its requests on the axis.
type methodCount struct {
	name     string
	requests float64
}

// perMethod draws a small plot for each of the methods that were asked for most, each on its
// own scale: one list in a thousand reads would not be seen beside them.
func (a bucketAxis) perMethod() (figure, bool) {
	methods := a.methods()
	if len(methods) == 0 || !a.measured() {
		return figure{}, false
	}
	drawn := methods[:min(len(methods), methodsDrawn)]
	var strips []strip
	for _, m := range drawn {
		strips = append(strips, a.methodStrip(plain(m.name), func(of result.Minute) float64 { return of.ByMethod[m.name] }))
	}
	if rest := methods[len(drawn):]; len(rest) > 0 {
		strips = append(strips, a.methodStrip(plural(len(rest), "other method"), func(of result.Minute) float64 {
			sum := 0.0
			for _, m := range rest {
				sum += of.ByMethod[m.name]
			}
			return sum
		}))
	}
	strips = slices.DeleteFunc(strips, func(s strip) bool { return s.top == 0 })
	if len(strips) == 0 {
		return figure{}, false
	}
	var names []string
	for _, s := range strips {
		names = append(names, fmt.Sprintf("%s %s", s.title, s.note))
	}
	f := stripFigure("bucket-requests", "Requests per second by method", "Plots over one axis of time, one below the other: "+strings.Join(names, "; ")+".", a.d, strips, panelHeight, a.end)
	f.Caption = a.perMethodCaption(methods)
	return f, true
}

func (a bucketAxis) methodStrip(title string, of func(result.Minute) float64) strip {
	s := strip{title: title, unit: inRequestsPerS, unknown: a.unknown(), lines: []stripLine{{ink: inkNet, width: 1.4, points: a.line(ofAll(of))}}}
	s.top = highestPoint(s.lines[0].points)
	s.note = "max " + inRequestsPerS.text(s.top)
	return s
}

// methods are those of the minutes of the axis, by their requests, the most first. Minutes
// that it cuts count by their share.
func (a bucketAxis) methods() []methodCount {
	sums := map[string]float64{}
	for _, m := range a.minutes {
		for name, n := range m.of.ByMethod {
			sums[name] += n * m.share()
		}
	}
	var all []methodCount
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if sums[name] > 0 {
			all = append(all, methodCount{name, sums[name]})
		}
	}
	slices.SortStableFunc(all, func(x, y methodCount) int { return cmp.Compare(y.requests, x.requests) })
	return all
}

func (a bucketAxis) perMethodCaption(methods []methodCount) string {
	const told = 6
	var counts []string
	for _, m := range methods[:min(len(methods), told)] {
		counts = append(counts, fmt.Sprintf("%s %s", plain(m.name), units.Count(max(1, int64(m.requests+0.5)))))
	}
	if more := len(methods) - told; more > 0 {
		counts = append(counts, plural(more, "method")+" more")
	}
	parts := []string{"Requests in this time: " + strings.Join(counts, ", ") + ".", "Each step is the mean of a minute of UTC, and each plot has its own scale."}
	return strings.Join(append(parts, spaced(a.unknownLine())...), " ")
}
