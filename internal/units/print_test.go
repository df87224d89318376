package units

import (
	"math"
	"testing"
	"time"
)

func TestBytes(t *testing.T) {
	for _, c := range []struct {
		n               float64
		decimal, binary string
	}{
		{0, "0 B", "0 B"},
		{1, "1 B", "1 B"},
		{512, "512 B", "512 B"},
		{999, "999 B", "999 B"},
		{1000, "1.00 kB", "1000 B"},
		{1023, "1.02 kB", "1023 B"},
		{1024, "1.02 kB", "1.00 KiB"},
		{1.5, "1.50 B", "1.50 B"},
		{999_499, "999 kB", "976 KiB"},
		{999_500, "1.00 MB", "976 KiB"},
		{1_047_000, "1.05 MB", "1022 KiB"},
		{1_048_100, "1.05 MB", "1.00 MiB"},
		{9_994_000, "9.99 MB", "9.53 MiB"},
		{9_996_000, "10.0 MB", "9.53 MiB"},
		{99_960_000, "100 MB", "95.3 MiB"},
		{1.52e12, "1.52 TB", "1.38 TiB"},
		{8e18, "8.00 EB", "6.94 EiB"},
		{5e21, "5000 EB", "4337 EiB"},
		{-1.52e12, "-1.52 TB", "-1.38 TiB"},
		{math.NaN(), "NaN B", "NaN B"},
	} {
		if got := Bytes(c.n); got != c.decimal {
			t.Errorf("Bytes(%g) = %q, want %q", c.n, got, c.decimal)
		}
		if got := BinaryBytes(c.n); got != c.binary {
			t.Errorf("BinaryBytes(%g) = %q, want %q", c.n, got, c.binary)
		}
	}
}

func TestRate(t *testing.T) {
	if got, want := Rate(8.87e9), "8.87 GB/s"; got != want {
		t.Errorf("Rate = %q, want %q", got, want)
	}
	if got, want := BinaryRate(8.87e9), "8.26 GiB/s"; got != want {
		t.Errorf("BinaryRate = %q, want %q", got, want)
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 10629: "10,629", 1234567: "1,234,567", -100: "-100", -4096: "-4,096",
		math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		fraction float64
		digits   int
		want     string
	}{{0.9072, 2, "90.72 %"}, {0.9, 0, "90 %"}, {1, 1, "100.0 %"}, {0, 2, "0.00 %"}} {
		if got := Percent(c.fraction, c.digits); got != c.want {
			t.Errorf("Percent(%g, %d) = %q, want %q", c.fraction, c.digits, got, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                 "0 ns",
		850:                               "850 ns",
		999:                               "999 ns",
		1000:                              "1 us",
		52 * time.Microsecond:             "52 us",
		13 * time.Millisecond:             "13 ms",
		13400 * time.Microsecond:          "13.4 ms",
		999_499 * time.Nanosecond:         "999 us",
		999_500 * time.Nanosecond:         "1 ms",
		100 * time.Millisecond:            "100 ms",
		1240 * time.Millisecond:           "1.24 s",
		10 * time.Second:                  "10 s",
		59_940 * time.Millisecond:         "59.9 s",
		59_950 * time.Millisecond:         "1 min 0 s",
		850 * time.Second:                 "14 min 10 s",
		3599 * time.Second:                "59 min 59 s",
		3599_600 * time.Millisecond:       "1 h 0 min",
		3*time.Hour + 5*time.Minute:       "3 h 5 min",
		24*time.Hour - 20*time.Second:     "1 d 0 h",
		52*time.Hour + 10*time.Minute:     "2 d 4 h",
		-1240 * time.Millisecond:          "-1.24 s",
		time.Duration(math.MinInt64):      "-106751 d 23 h",
		time.Duration(math.MaxInt64):      "106751 d 23 h",
		119_600 * time.Millisecond:        "2 min 0 s",
		time.Hour - 500_000_001:           "59 min 59 s",
		23*time.Hour + 59*time.Minute:     "23 h 59 min",
		1*time.Second - 1*time.Nanosecond: "1 s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%d ns) = %q, want %q", d, got, want)
		}
	}
}
