package report

import "strings"

// trendUnit is the unit that an axis of a metric is marked in: how much of the metric it
// is, and its name.
func trendUnit(metric string, top float64) (size float64, name string) {
	switch {
	case isFraction(metric):
		return 0.01, "%"
	case strings.HasSuffix(metric, "_bytes_per_s"), strings.Contains(metric, "_bytes_per_s_"):
		return rateUnit(top)
	case strings.HasSuffix(metric, "_bytes"):
		size, name = rateUnit(top)
		return size, strings.TrimSuffix(name, "/s")
	case strings.HasSuffix(metric, "_ns_per_byte"), strings.HasSuffix(metric, "_ns_per_byte_mean"):
		return 1, "ns/B"
	case strings.HasSuffix(metric, "_ns"):
		size, name = 1e9, "s"
		for _, smaller := range []string{"ms", "us", "ns"} {
			if top < size {
				size, name = size/1000, smaller
			}
		}
		return size, name
	case strings.Contains(metric, "_per_s"):
		return 1, "/s"
	}
	return 1, ""
}
