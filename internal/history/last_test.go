package history

import (
	"strings"
	"testing"
	"time"
)

func TestParseLast(t *testing.T) {
	const day = 24 * time.Hour
	for s, want := range map[string]Last{
		"90d": {Age: 90 * day}, "12w": {Age: 84 * day}, "36h": {Age: 36 * time.Hour}, "1h30m": {Age: 90 * time.Minute}, " 1d ": {Age: day},
		"106751d": {Age: 106751 * day}, "15250w": {Age: 106750 * day}, "last:10": {Runs: 10}, "last:1": {Runs: 1}, "last:2147483647": {Runs: 1<<31 - 1},
	} {
		if got, err := ParseLast(s); got != want || err != nil {
			t.Errorf("ParseLast(%q) = %+v, %v, want %+v", s, got, err, want)
		}
	}
	for s, want := range map[string]string{
		"": "isn't an age", "90": "isn't an age", "0d": "isn't an age", "-3d": "isn't an age", "+3d": "isn't an age", "1.5d": "isn't an age", "d": "isn't an age",
		"-5h": "isn't an age", "106752d": "isn't an age", "15251w": "isn't an age", "99999999999999999999d": "isn't an age", "90days": "isn't an age", "9D": "isn't an age",
		"last:0": "isn't a number of runs", "last:-1": "isn't a number of runs", "last:": "isn't a number of runs", "last:90d": "isn't a number of runs", "last:2147483648": "isn't a number of runs",
	} {
		_, err := ParseLast(s)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"`+s+`"`) || !strings.Contains(err.Error(), "90d, 12w or 36h") {
			t.Errorf("ParseLast(%q): %v, want %q", s, err, want)
		}
	}
}

func TestLastFilter(t *testing.T) {
	f := Filter{Workload: "x"}
	if got, want := (Last{Age: time.Hour}).Filter(f, noon), (Filter{Workload: "x", Since: noon.Add(-time.Hour)}); got != want {
		t.Errorf("an hour: %+v, want %+v", got, want)
	}
	if got, want := (Last{Runs: 3}).Filter(f, noon), (Filter{Workload: "x", Last: 3}); got != want {
		t.Errorf("3 runs: %+v, want %+v", got, want)
	}
}

func FuzzParseLast(f *testing.F) {
	for _, s := range []string{"90d", "12w", "36h", "last:10", "last:x", "-1d", "9223372036854775807w", "1e3d", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseLast(s)
		if valid := (got.Age > 0) != (got.Runs > 0) && got.Age >= 0 && got.Runs >= 0; valid != (err == nil) {
			t.Errorf("ParseLast(%q) = %+v, %v", s, got, err)
		}
	})
}
