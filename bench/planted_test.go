package main

import (
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

func TestStallNamed(t *testing.T) {
	const s = int64(time.Second)
	at := func(seconds float64) time.Duration { return time.Duration(seconds * 1e9) }
	for _, c := range []struct {
		name     string
		cause    result.LostCause
		from, to time.Duration
		want     bool
	}{
		{"its seconds", result.LostCause{Kind: "seconds", From: 10 * s, To: 12 * s}, at(9.9), at(11.9), true},
		{"the seconds about it", result.LostCause{Kind: "seconds", From: 10 * s, To: 13 * s}, at(10.4), at(12.4), true},
		{"a second too few", result.LostCause{Kind: "seconds", From: 11 * s, To: 13 * s}, at(10.4), at(12.4), false},
		{"its end is missing", result.LostCause{Kind: "seconds", From: 10 * s, To: 12 * s}, at(10.4), at(12.4), false},
		{"far too many", result.LostCause{Kind: "seconds", From: 8 * s, To: 13 * s}, at(10.4), at(12.4), false},
		{"others", result.LostCause{Kind: "seconds", From: 3 * s, To: 5 * s}, at(10.4), at(12.4), false},
		{"storage", result.LostCause{Kind: "storage"}, at(10.4), at(12.4), false},
	} {
		if got := stallNamed(c.cause, c.from, c.to); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestNear(t *testing.T) {
	for _, c := range []struct {
		got, want float64
		near      bool
	}{{1.6, 2, true}, {2.4, 2, true}, {1.59, 2, false}, {2.41, 2, false}, {0, 0.1, false}, {0.1, -0.1, false}} {
		if near(c.got, c.want) != c.near {
			t.Errorf("%v for %v", c.got, c.want)
		}
	}
}
