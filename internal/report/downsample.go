package report

// maxColumns is how many columns a line over time is drawn in at most. The drawing area is
// about 600 pixels wide on a page and 270 on a phone.
const maxColumns = 300

// envelope keeps a line over time in a space that doesn't grow with it: of each column the
// lowest and the highest point, so that no extreme is lost. Up to two points a column it
// keeps all of them. Where time runs past the last column the width doubles.
type envelope struct {
	width   int64 // of a column in ns
	columns []stretch
	broken  bool // a gap lies before the next point
	count   int64
}

// point is a value at a time in ns since the axis begins.
type point struct {
	at    int64
	value float64
}

// stretch is a column: what a line came to in one stretch of time.
type stretch struct {
	known     bool
	gap       bool // the line is broken before its first point
	low, high point
}

// newEnvelope starts with columns that fit the expected length of time, in ns. 0: unknown.
func newEnvelope(expected int64) *envelope {
	return &envelope{width: max(expected/maxColumns+1, 10_000_000)}
}

// add keeps a point; one before the axis begins is left out.
func (e *envelope) add(p point) {
	if p.at < 0 || p.at > latest {
		return
	}
	for p.at/e.width >= maxColumns {
		e.double()
	}
	i := int(p.at / e.width)
	for len(e.columns) <= i {
		e.columns = append(e.columns, stretch{})
	}
	e.columns[i].add(stretch{known: true, gap: e.broken, low: p, high: p})
	e.broken = false
	e.count++
}

// breakLine leaves a gap before the next point.
func (e *envelope) breakLine() { e.broken = e.count > 0 }

// add takes in a column that lies in the same stretch of time or after it. A gap between
// the two is narrower than a column, and can't be drawn.
func (c *stretch) add(next stretch) {
	switch {
	case !next.known:
	case !c.known:
		*c = next
	default:
		if next.low.value < c.low.value {
			c.low = next.low
		}
		if next.high.value > c.high.value {
			c.high = next.high
		}
	}
}

func (e *envelope) double() {
	half := make([]stretch, (len(e.columns)+1)/2)
	for i, c := range e.columns {
		half[i/2].add(c)
	}
	e.columns, e.width = half, 2*e.width
}

// lines are the points up to a time, in its order, broken at the gaps. A column gives one
// point or two.
func (e *envelope) lines(end int64) [][]point {
	var lines [][]point
	for _, c := range e.columns {
		if !c.known {
			continue
		}
		if c.gap || len(lines) == 0 {
			lines = append(lines, nil)
		}
		last := &lines[len(lines)-1]
		first, second := c.low, c.high
		if second.at < first.at {
			first, second = second, first
		}
		if first.at <= end {
			*last = append(*last, first)
		}
		if second != first && second.at <= end {
			*last = append(*last, second)
		}
	}
	return lines
}

// extremes are the lowest and the highest point up to a time; ok is false without any.
func (e *envelope) extremes(end int64) (low, high point, ok bool) {
	for _, line := range e.lines(end) {
		for _, p := range line {
			if !ok {
				low, high, ok = p, p, true
			}
			if p.value < low.value {
				low = p
			}
			if p.value > high.value {
				high = p
			}
		}
	}
	return low, high, ok
}
