package units

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{
		"4096":                4096,
		"0":                   0,
		"1B":                  1,
		"210GB":               210_000_000_000,
		"210gb":               210_000_000_000,
		"1kB":                 1000,
		"1KB":                 1000,
		"1KiB":                1024,
		"1MiB":                1 << 20,
		"1.5 TiB":             3 << 39,
		"  2   gib ":          2 << 30,
		"+3MB":                3_000_000,
		"1e12":                1_000_000_000_000,
		"1E3kb":               1_000_000,
		"1e-3 GB":             1_000_000,
		".5KiB":               512,
		"1.":                  1,
		"0.1KiB":              102,
		"1.5":                 2,
		"1EB":                 1_000_000_000_000_000_000,
		"7EiB":                7 << 60,
		"9007199254740993":    9007199254740993, // not a float64
		"9223372036854775807": math.MaxInt64,
		"0e999999999":         0,
		"1e-999999999":        0,
	} {
		got, err := ParseBytes(text)
		if err != nil || got != want {
			t.Errorf("ParseBytes(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestParseBytesRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "isn't a number",
		"GB":                  "isn't a number",
		"-5GB":                "is negative",
		"-0":                  "is negative",
		"8EiB":                "too large",
		"9223372036854775808": "too large",
		"1e999999999":         "too large",
		"1e99999999999999999": "too large",
		"210G":                "write GB (powers of 1000) or GiB (powers of 1024)",
		"5k":                  "write kB (powers of 1000) or KiB (powers of 1024)",
		"5 parsecs":           `unknown unit "parsecs"`,
		"1e3x":                `unknown unit "x"`,
		"5 x":                 `unknown unit "x"`,
		"5 5":                 "isn't a number",
		"0x10":                "isn't a number",
		"1_000":               "isn't a number",
		"1,000":               "isn't a number",
		"inf":                 "isn't a number",
		"1GB/s":               "isn't a number",
	} {
		got, err := ParseBytes(text)
		if err == nil {
			t.Errorf("ParseBytes(%q) = %d, want an error", text, got)
			continue
		}
		for _, part := range []string{want, strconv.Quote(text), "allowed: "} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("ParseBytes(%q): %q lacks %q", text, err, part)
			}
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]float64{
		"13GB/s":     13e9,
		"1.5 GiB/s":  1.5 * (1 << 30),
		"100 mib/S":  100 << 20,
		"4096/s":     4096,
		"0.5 B/s":    0.5,
		" 2 kB/s ":   2000,
		"20000PB/s":  2e19,
		"8.87 GB /s": 8.87e9,
	} {
		got, err := ParseRate(text)
		if err != nil || got != want {
			t.Errorf("ParseRate(%q) = %g, %v, want %g", text, got, err, want)
		}
	}
	for _, text := range []string{"", "/s", "13GB", "13", "-1GB/s", "13GB/min", "1e400/s", "1G/s", "1e99999999999999999/s"} {
		if got, err := ParseRate(text); err == nil || !strings.Contains(err.Error(), strconv.Quote(text)) {
			t.Errorf("ParseRate(%q) = %g, %v, want an error with the value", text, got, err)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "5m": 5 * time.Minute, "1h30m": 90 * time.Minute, "0": 0, " 13ms ": 13 * time.Millisecond,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "90", "5 minutes", "-1s", "1d", "99999999h"} {
		_, err := ParseDuration(text)
		if err == nil || !strings.Contains(err.Error(), strconv.Quote(text)) || !strings.Contains(err.Error(), "1h30m") {
			t.Errorf("ParseDuration(%q): %v, want an error with the value and an example", text, err)
		}
	}
}

// What is printed can be typed again, and is off by no more than its rounding to
// three digits.
func TestRoundTrip(t *testing.T) {
	const rounding = 0.005
	for _, start := range []float64{1, 999, 1000, 1023, 1024, 7.77e4, 999.5e6, 999.4e6, 1.52e12, 8.99e18} {
		for factor := 1.0; factor < 1.01; factor += 0.0013 {
			n := math.Floor(start * factor)
			for _, text := range []string{Bytes(n), BinaryBytes(n)} {
				got, err := ParseBytes(text)
				if err != nil || math.Abs(float64(got)-n) > n*rounding {
					t.Errorf("%.0f prints as %q, which reads as %d, %v", n, text, got, err)
				}
			}
			for _, text := range []string{Rate(n), BinaryRate(n)} {
				got, err := ParseRate(text)
				if err != nil || math.Abs(got-n) > n*rounding {
					t.Errorf("%.0f prints as %q, which reads as %g, %v", n, text, got, err)
				}
			}
			if got, err := ParseBytes(strconv.FormatFloat(n, 'f', 0, 64)); err != nil || float64(got) != n {
				t.Errorf("%.0f reads as %d, %v", n, got, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"210GB", "1.5 TiB", "1e999999999", "-1", "13GB/s", "1h30m", "0e-99999", "9223372036854775807", ".e1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := ParseBytes(text); err == nil && n < 0 {
			t.Errorf("ParseBytes(%q) = %d", text, n)
		}
		if r, err := ParseRate(text); err == nil && !(r >= 0 && r <= math.MaxFloat64) {
			t.Errorf("ParseRate(%q) = %g", text, r)
		}
		if d, err := ParseDuration(text); err == nil && d < 0 {
			t.Errorf("ParseDuration(%q) = %v", text, d)
		}
	})
}

// Every size prints in a form that can be typed again.
func FuzzRoundTrip(f *testing.F) {
	f.Add(int64(1))
	f.Add(int64(999_999))
	f.Add(int64(math.MaxInt64 / 2))
	f.Fuzz(func(t *testing.T, n int64) {
		n = n & math.MaxInt64
		if got, err := ParseBytes(strconv.FormatInt(n, 10)); err != nil || got != n {
			t.Errorf("%d reads as %d, %v", n, got, err)
		}
		if n > 9.1e18 { // may round to what no int64 holds
			return
		}
		for _, text := range []string{Bytes(float64(n)), BinaryBytes(float64(n))} {
			got, err := ParseBytes(text)
			if err != nil || math.Abs(float64(got)-float64(n)) > float64(n)*0.0051 {
				t.Errorf("%d prints as %q, which reads as %d, %v", n, text, got, err)
			}
		}
	})
}
