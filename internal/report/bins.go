package report

// maxBins is how many points a plot over time has at most.
const maxBins = 300

// bins adds amounts up over time, in at most maxBins bins of one width. Where time
// runs past the last one the width doubles, so that no length need be known before.
type bins struct {
	width int64 // ns
	end   int64 // of the last amount
	sums  []float64
}

// newBins starts with a width that fits the expected length of time, in ns.
func newBins(expected int64) *bins {
	return &bins{width: max(expected/maxBins+1, 10_000_000)}
}

// add spreads an amount evenly from start to end, both in ns since the run began.
func (b *bins) add(start, end int64, amount float64) {
	start = max(start, 0)
	end = max(end, start+1)
	b.end = max(b.end, end)
	for (end-1)/b.width >= maxBins {
		b.double()
	}
	for int64(len(b.sums)) <= (end-1)/b.width {
		b.sums = append(b.sums, 0)
	}
	per := amount / float64(end-start)
	for i := start / b.width; i*b.width < end; i++ {
		part := min(end, (i+1)*b.width) - max(start, i*b.width)
		b.sums[i] += per * float64(part)
	}
}

// total is the sum of all amounts.
func (b *bins) total() float64 {
	total := 0.0
	for _, sum := range b.sums {
		total += sum
	}
	return total
}

// until is the sum of what was added up to a time in ns, to within a bin.
func (b *bins) until(end int64) float64 {
	sum := 0.0
	for i, amount := range b.sums {
		part := float64(end-int64(i)*b.width) / float64(min(b.width, b.end-int64(i)*b.width))
		sum += amount * min(max(part, 0), 1)
	}
	return sum
}

func (b *bins) double() {
	half := make([]float64, (len(b.sums)+1)/2)
	for i, sum := range b.sums {
		half[i/2] += sum
	}
	b.sums, b.width = half, 2*b.width
}

// perSecond is the rate in each bin. The last one is as long as there were amounts.
func (b *bins) perSecond() []float64 {
	rates := make([]float64, len(b.sums))
	for i, sum := range b.sums {
		rates[i] = sum / (float64(min(b.width, b.end-int64(i)*b.width)) / 1e9)
	}
	return rates
}
