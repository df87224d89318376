package report

import (
	"strconv"
	"time"
)

// telemetryPoints has a line per point of the plots of what this machine did: of many
// readings the lowest and the highest of a stretch, as they are drawn. span counts the
// stretches of a line that no gap is in.
func telemetryPoints(d *data) csvPoints {
	p := csvPoints{"telemetry", [][]string{{"panel", "line", "unit", "span", "at_s", "value"}}}
	if d.meanwhile == nil {
		return p
	}
	end := d.timeEnd()
	plots, _ := shownPanels(d.meanwhile, end)
	for _, plot := range plots {
		for _, l := range plot.shown {
			for span, points := range l.env.lines(end) {
				for _, at := range points {
					p.lines = append(p.lines, []string{csvText(plot.title), csvText(l.of.label), plot.unit.word(), strconv.Itoa(span + 1), csvNumber(float64(at.at)/1e9, true), csvNumber(at.value, true)})
				}
			}
		}
	}
	return p
}

// word is the unit as run.json spells units.
func (u panelUnit) word() string {
	return map[panelUnit]string{inFractions: "fraction", inBytes: "bytes", inBytesPerS: "bytes_per_s", inRequestsPerS: "requests_per_s"}[u]
}

// slowestPoints has a line per stretch of time of the plot of who was last: the shares of it
// that were lost, and the rank that waited longest in it.
func slowestPoints(d *data) csvPoints {
	p := csvPoints{"slowest", [][]string{{"at_s", "epoch", "lost_reads_together_fraction", "lost_reads_alone_fraction", "lost_own_fraction", "rank", "wait_ns"}}}
	if d.lost == nil || slowestFigure(d) == nil {
		return p
	}
	seconds := d.lost.Seconds().AtMost(slowestPieces)
	for i, s := range seconds.All {
		if s.Time <= 0 {
			continue
		}
		share := func(ns int64) string { return csvNumber(float64(ns)/float64(s.Time), true) }
		rank := ""
		if s.Wait > 0 {
			rank = strconv.Itoa(s.Rank)
		}
		p.lines = append(p.lines, []string{
			csvNumber(time.Duration(int64(i)*seconds.Width).Seconds(), true), strconv.Itoa(s.Epoch),
			share(s.Together), share(s.Alone), share(s.Own), rank, strconv.FormatInt(s.Wait, 10),
		})
	}
	return p
}
