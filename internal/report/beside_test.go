package report

import (
	"bytes"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lbench/lbench/internal/result"
)

// TestBesideEachOther: two values have the digits that tell them apart, and two more than
// usual at most.
func TestBesideEachOther(t *testing.T) {
	for _, test := range []struct {
		name         string
		a, b         float64
		textA, textB string
	}{
		{"samples_per_s_mean", 77485.123456789, 77485.123456789, "77,485 /s", "77,485 /s"},
		{"samples_per_s_mean", 77485.123456789, 81234.9, "77,485 /s", "81,235 /s"},
		{"samples_per_s_mean", 77485.123456789, 77485.312345678, "77,485.1 /s", "77,485.3 /s"},
		{"samples_per_s_mean", 77485.123456789, 77485.142345678, "77,485.12 /s", "77,485.14 /s"},
		{"samples_per_s_mean", 77485.123456789, 77485.123456790, "77,485 /s", "77,485 /s"},
		{"samples_per_s_mean", -77485.31, -77485.12, "-77,485.3 /s", "-77,485.1 /s"},
		{"read_bytes_per_s_mean", 13.0001e9, 13.0214e9, "13.00 GB/s", "13.02 GB/s"},
		{"read_bytes_per_s_mean", 13.00001e9, 13.00002e9, "13.0 GB/s", "13.0 GB/s"},
		{"read_bytes_per_s_mean", 9.996e9, 10.003e9, "9.996 GB/s", "10.003 GB/s"},
		{"read_bytes_per_s_mean", 9.99951e9, 10.00012e9, "10.0 GB/s", "10.0 GB/s"},
		{"read_bytes_per_s_mean", 999.61e6, 1.0001e9, "0.9996 GB/s", "1.0001 GB/s"},
		{"read_bytes", 1.521e12, 1.524e12, "1.521 TB", "1.524 TB"},
		{"read_bytes", 0, 0, "0 B", "0 B"},
		{"read_bytes", 0, 1, "0 B", "1 B"},
		{"au_mean_fraction", 0.9102491, 0.9102494, "91.0 %", "91.0 %"},
		{"au_mean_fraction", 0.910231, 0.910239, "91.023 %", "91.024 %"},
		{"au_mean_fraction", 0, 0, "0.0 %", "0.0 %"},
		{"au_mean_fraction", 0, 0.0002, "0.00 %", "0.02 %"},
		{"wait_p99_ns", 43812345, 43841234, "43.81 ms", "43.84 ms"},
		{"wait_p99_ns", 0, 0, "0 ns", "0 ns"},
		{"duration_ns", 850.236e9, 850.249e9, "14 min 10.24 s", "14 min 10.25 s"},
		{"duration_ns", 850.2361e9, 850.2362e9, "14 min 10 s", "14 min 10 s"},
		{"duration_ns", 11112e9, 11125e9, "3 h 5 min 12 s", "3 h 5 min 25 s"},
		{"duration_ns", 11112.1e9, 11112.2e9, "3 h 5 min", "3 h 5 min"},
		{"duration_ns", 187980e9, 187320e9, "52 h 13 min", "52 h 2 min"},
		{"cpu_ns_per_byte_mean", 0.09712345, 0.09713345, "0.09712 s/GB", "0.09713 s/GB"},
		{"cpu_ns_per_byte_mean", 1.23412e-7, 1.23434e-7, "1.2341e-07 s/GB", "1.2343e-07 s/GB"},
		{"ops", 12, 12.001, "12.000", "12.001"},
	} {
		a, b := besideEachOther(test.name, test.a, test.b)
		if a != test.textA || b != test.textB {
			t.Errorf("%s %v beside %v prints %q and %q, want %q and %q", test.name, test.a, test.b, a, b, test.textA, test.textB)
		}
	}
}

// digitsOf counts the digits of a text from its first one that isn't 0, without an exponent.
func digitsOf(text string) int {
	text, _, _ = strings.Cut(text, "e")
	return len(strings.TrimLeft(regexp.MustCompile(`[^0-9]`).ReplaceAllString(text, ""), "0"))
}

// TestBesideEachOtherIsShort: whatever two values are, their texts have at most two digits
// more than usual, and as many after the point as each other.
func TestBesideEachOtherIsShort(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 1))
	for _, name := range []string{"samples_per_s_mean", "read_bytes_per_s_mean", "read_bytes", "au_mean_fraction", "wait_p99_ns", "cpu_ns_per_byte_mean"} {
		for range 2000 {
			a := math.Pow(10, 12*random.Float64())
			if isFraction(name) {
				a = random.Float64()
			}
			b := a * (1 + math.Pow(10, -1-9*random.Float64()))
			textA, textB := besideEachOther(name, a, b)
			usual := max(digitsOf(printed(name, a)), 3)
			if isFraction(name) {
				usual = digitsOf(printed(name, a))
			}
			if got := digitsOf(textA); got > usual+fewMoreDigits {
				t.Fatalf("%s %v beside %v prints %q, %d digits and not %d", name, a, b, textA, got, usual)
			}
			if textA == textB && textA != printed(name, a) {
				t.Fatalf("%s %v beside %v prints %q twice: the digits tell nothing", name, a, b, textA)
			}
		}
	}
}

// TestComparisonOfNearMeans: of one run each, equal, nearly equal and zero, the table stays
// narrow, and every number ends where the head of its column does.
func TestComparisonOfNearMeans(t *testing.T) {
	one := func(name string, a, b float64) result.MetricChange {
		m := result.MetricChange{Name: name, A: a, B: b, AValues: []float64{a}, BValues: []float64{b}, Verdict: result.TooFewRuns}
		if a != 0 {
			m.Difference = ptr((b - a) / a)
		}
		return m
	}
	c := result.Comparison{A: []string{"before"}, B: []string{"after"}, Metrics: []result.MetricChange{
		one("samples_per_s_mean", 77485.123456789, 77485.142345678),
		one("au_mean_fraction", 0.9102374561, 0.9102374562),
		one("read_bytes_per_s_mean", 8810237456.12, 8810237456.12),
		one("wait_max_ns", 0, 0),
		one("duration_ns", 11112345678901, 11125345678901),
	}}
	var b bytes.Buffer
	if err := ComparisonText(&b, c); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	at := 0
	for !strings.HasPrefix(lines[at], " metric") {
		at++
	}
	head, rows := lines[at], lines[at+2:at+2+len(c.Metrics)]
	for _, row := range rows {
		if utf8.RuneCountInString(row) > 110 {
			t.Errorf("the line is %d characters long: %q", utf8.RuneCountInString(row), row)
		}
		for _, column := range []string{"  A ", "  B "} {
			end := strings.Index(head, column) + 2
			if row[end] == ' ' || row[end+1] != ' ' {
				t.Errorf("no number ends below %q:\n%s\n%s", column, head, row)
			}
		}
	}
	for _, want := range []string{"77,485.12 /s", "77,485.14 /s", "91.0 %", "8.81 GB/s", "0 ns", "3 h 5 min 12 s", "3 h 5 min 25 s"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q isn't there", want)
		}
	}
	if t.Failed() {
		t.Log("\n" + b.String())
	}
}
