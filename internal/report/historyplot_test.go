package report

import (
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"
)

// TestDateTicks: the labels of an axis of dates say where the day changes and are never the
// same twice.
func TestDateTicks(t *testing.T) {
	wide, narrow := frame{class: "wide"}, frame{class: "narrow"}
	for _, test := range []struct {
		first   string
		length  time.Duration
		size    frame
		want    string
		seconds float64 // of the first mark
	}{
		{"2026-03-13T14:02:07Z", time.Minute, wide, "Mar 13 14:02:10 | 14:02:20 | 14:02:30 | 14:02:40 | 14:02:50 | 14:03:00", 3},
		{"2026-03-13T14:02:07Z", time.Minute, narrow, "Mar 13 14:02:30 | 14:03:00", 23},
		{"2026-03-13T14:02:07Z", 3 * time.Hour, wide, "Mar 13 14:30 | 15:00 | 15:30 | 16:00 | 16:30 | 17:00", 1673},
		{"2026-03-13T22:40:00Z", 3 * time.Hour, wide, "Mar 13 23:00 | 23:30 | Mar 14 | 00:30 | 01:00 | 01:30", 1200},
		{"2026-03-13T10:00:00Z", 30 * time.Hour, wide, "Mar 13 12:00 | 18:00 | Mar 14 | 06:00 | 12:00", 7200},
		{"2026-03-13T05:00:00Z", 36 * time.Hour, wide, "Mar 13 06:00 | 12:00 | 18:00 | Mar 14 | 06:00 | Mar 14 12:00", 3600},
		{"2026-03-13T10:00:00Z", 30 * time.Hour, narrow, "Mar 13 12:00 | Mar 14 | 12:00", 7200},
		{"2026-03-13T02:00:00Z", 60 * time.Hour, wide, "Mar 14 | Mar 15", 79200},
		{"2026-03-13T02:00:00Z", 10 * 24 * time.Hour, wide, "Mar 14 | Mar 16 | Mar 18 | Mar 20 | Mar 22", 79200},
		{"2026-03-13T02:00:00Z", 14 * 24 * time.Hour, wide, "Mar 14 | Mar 17 | Mar 20 | Mar 23 | Mar 26", 79200}, // not every 2.5 days
		{"2026-03-13T02:00:00Z", 120 * 24 * time.Hour, wide, "Mar 14 | Apr 3 | Apr 23 | May 13 | Jun 2 | Jun 22", 79200},
		{"2026-03-13T02:00:00Z", 120 * 24 * time.Hour, narrow, "Mar 14 | May 3 | Jun 22", 79200},
		{"2023-03-13T00:00:00Z", 1000 * 24 * time.Hour, wide, "2023-03 | 2023-09 | 2024-04 | 2024-11 | 2025-05 | 2025-12", 0},
		{"2026-03-13T14:02:07+02:00", 3 * time.Hour, narrow, "Mar 13 13:00 | 14:00 | 15:00", 3473},
	} {
		first, err := time.Parse(time.RFC3339, test.first)
		if err != nil {
			t.Fatal(err)
		}
		ticks := dateTicks(first, test.length.Seconds(), test.size)
		if got := tickLabels(ticks); got != test.want || ticks[0].Value != test.seconds {
			t.Errorf("%s from %s, %s: %s from %v s, want %s from %v s", test.length, test.first, test.size.class, got, ticks[0].Value, test.want, test.seconds)
		}
	}
}

func tickLabels(ticks []plot.Tick) string {
	texts := make([]string, len(ticks))
	for i, tick := range ticks {
		texts[i] = tick.Label
	}
	return strings.Join(texts, " | ")
}

// TestDateTicksOfAnyRange: from a minute to all of time, wherever it begins, there are a few
// marks inside the range, in their order, and no label twice.
func TestDateTicksOfAnyRange(t *testing.T) {
	begin := time.Date(2026, 2, 27, 0, 0, 0, 0, time.UTC)
	for offset := time.Duration(0); offset < 49*time.Hour; offset += 37*time.Minute + 11*time.Second {
		for _, length := range []time.Duration{
			time.Minute, 7 * time.Minute, time.Hour, 3 * time.Hour, 11 * time.Hour, 23 * time.Hour, 25 * time.Hour, 30 * time.Hour, 47 * time.Hour,
			49 * time.Hour, 71 * time.Hour, 240 * time.Hour, 90 * 24 * time.Hour, 120 * 24 * time.Hour, 400 * 24 * time.Hour, 4000 * 24 * time.Hour, 1<<63 - 1,
		} {
			for _, class := range []string{"wide", "narrow"} {
				first := begin.Add(offset)
				ticks := dateTicks(first, length.Seconds(), frame{class: class})
				seen, last := map[string]bool{}, -1.0
				for _, tick := range ticks {
					if seen[tick.Label] || tick.Value <= last || tick.Value > length.Seconds() {
						t.Fatalf("%s from %s, %s: %s", length, first, class, tickLabels(ticks))
					}
					seen[tick.Label], last = true, tick.Value
				}
				if len(ticks) == 0 || len(ticks) > 7 {
					t.Fatalf("%s from %s, %s: %d marks", length, first, class, len(ticks))
				}
			}
		}
	}
}
