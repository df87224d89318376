package rules

import "testing"

// Any metric; those of the block commands are tried where their list is.
func TestParse(t *testing.T) {
	for text, want := range map[string]Rule{
		"au_mean_fraction>=90%":             {"au_mean_fraction", ">=", 0.9},
		" au_min_fraction > 0.875 ":         {"au_min_fraction", ">", 0.875},
		"read_bytes_per_s >= 13 GB/s":       {"read_bytes_per_s", ">=", 13e9},
		"read_bytes_per_s_mean >= 1.5GiB/s": {"read_bytes_per_s_mean", ">=", 1.5 * (1 << 30)},
		"read_bytes<1TiB":                   {"read_bytes", "<", 1 << 40},
		"latency_p99_ns <= 50ms":            {"latency_p99_ns", "<=", 50e6},
		"latency_p99_ns <= 1.5 s":           {"latency_p99_ns", "<=", 1.5e9},
		"latency_p99_ns<=1000":              {"latency_p99_ns", "<=", 1000},
		"passes>=3":                         {"passes", ">=", 3},
		"cold":                              {"cached_fraction_before", "", 0},
	} {
		r, err := Parse(text, nil)
		if err != nil || r != want {
			t.Errorf("%q: %+v %v", text, r, err)
		}
	}
	for _, text := range []string{"", ">= 3", "a >= ", "a >= -1", "a >= inf", "a >= 0x10", "a == 3", "a_fraction >= 101%", "a_ns >= -1s", "a >= 1 >= 2", "a b >= 1", "a_bytes >= 3s"} {
		if r, err := Parse(text, nil); err == nil {
			t.Errorf("%q: %+v", text, r)
		}
	}
}

func TestRuleHolds(t *testing.T) {
	for _, c := range []struct {
		operator         string
		less, same, more bool
	}{{">=", false, true, true}, {">", false, false, true}, {"<=", true, true, false}, {"<", true, false, false}} {
		r := Rule{"passes", c.operator, 5}
		if r.Holds(4) != c.less || r.Holds(5) != c.same || r.Holds(6) != c.more {
			t.Errorf("%s 5", c.operator)
		}
	}
	if cold := (Rule{}); !cold.Holds(0) || cold.Holds(1e-9) {
		t.Error("cold is exactly 0")
	}
}
