package telemetry

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// lustreCounter is one line of a stats file:
//
//	read_bytes   1226 samples [bytes] 4096 1048576 127672320 107163762556928
//
// with the least, most and sum of the samples where the unit has them; the sum of their
// squares overflows and isn't kept.
type lustreCounter struct {
	name    string
	samples uint64
	unit    string
	sum     int64
	hasSum  bool
}

// parseLustreStats reads a stats file. With an error it returns the lines before it.
func parseLustreStats(text string) ([]lustreCounter, error) {
	if err := whole(text); err != nil {
		return nil, err
	}
	var all []lustreCounter
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || lustreTimes(fields[0]) {
			continue
		}
		c, err := parseLustreCounter(fields)
		if err != nil {
			return all, fmt.Errorf("line %q: %w", strings.TrimSpace(line), err)
		}
		all = append(all, c)
	}
	return all, nil
}

// lustreTimes says whether a line only tells when the file was read, or counting began.
func lustreTimes(name string) bool {
	return slices.Contains([]string{"snapshot_time", "start_time", "elapsed_time"}, strings.TrimSuffix(name, ":"))
}

func parseLustreCounter(fields []string) (c lustreCounter, err error) {
	if len(fields) < 4 || fields[2] != "samples" {
		return c, fmt.Errorf("isn't NAME NUMBER samples [UNIT]")
	}
	c.name = fields[0]
	if c.samples, err = strconv.ParseUint(fields[1], 10, 64); err != nil {
		return c, err
	}
	unit, open := strings.CutPrefix(fields[3], "[")
	unit, closed := strings.CutSuffix(unit, "]")
	if !open || !closed {
		return c, fmt.Errorf("unit %q isn't in brackets", fields[3])
	}
	c.unit = unit
	switch rest := fields[4:]; len(rest) {
	case 0:
	case 3, 4: // least, most, sum, and of newer ones the sum of squares
		c.hasSum = true
		if c.sum, err = strconv.ParseInt(rest[2], 10, 64); err != nil {
			return c, err
		}
	default:
		return c, fmt.Errorf("has %d numbers after its unit, want 0, 3 or 4", len(rest))
	}
	return c, nil
}

// nanoseconds returns the sum of a counter of times.
func (c lustreCounter) nanoseconds() (float64, bool) {
	return float64(c.sum) * 1e3, c.hasSum && (c.unit == "usec" || c.unit == "usecs")
}

// addStats takes a stats file: bytes read and written, and calls or requests by name as
// far as op wants them. With always, bytes that have no line are 0.
func (d lustreDevice) addStats(text string, always bool, op func(name string) bool) error {
	counters, err := parseLustreStats(text)
	var missing []string
	if always && err == nil {
		missing = []string{"read", "write"}
	}
	for _, c := range counters {
		if name, isBytes := strings.CutSuffix(c.name, "_bytes"); isBytes && (name == "read" || name == "write") {
			d.add(name+"_count", float64(c.samples))
			if c.hasSum {
				d.add(name+"_bytes", float64(c.sum))
			}
			missing = slices.DeleteFunc(missing, func(s string) bool { return s == name })
			continue
		}
		if !op(c.name) {
			continue
		}
		d.addFor("op_count", "op", c.name, float64(c.samples))
		if ns, ok := c.nanoseconds(); ok {
			d.addFor("op_ns", "op", c.name, ns)
		}
	}
	for _, name := range missing {
		d.add(name+"_count", 0)
		d.add(name+"_bytes", 0)
	}
	return err
}

// addReadAhead takes llite's read_ahead_stats, whose samples are pages.
func (d lustreDevice) addReadAhead(text string) error {
	counters, err := parseLustreStats(text)
	pages := map[string]float64{}
	if err == nil {
		pages["hits"], pages["misses"] = 0, 0
	}
	for _, c := range counters {
		switch c.name {
		case "hits", "misses":
			pages[c.name] = float64(c.samples)
			continue
		case "readahead_pages": // one sample a window
			d.add("read_ahead_pages", float64(c.sum))
		}
		d.addFor("read_ahead_count", "event", c.name, float64(c.samples))
	}
	for _, name := range []string{"hits", "misses"} {
		if n, ok := pages[name]; ok {
			d.add("read_ahead_"+name, n)
		}
	}
	return err
}
