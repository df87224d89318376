package report

import (
	"testing"
)

func TestHundredths(t *testing.T) {
	for value, want := range map[float64]string{0: "0.00", 0.001: "< 0.01", 0.005: "0.01", 9.994: "9.99", 12.34: "12.3", 99.96: "100.0", 1234.5: "1,235", 3e18: "3e+18"} {
		if got := hundredths(value); got != want {
			t.Errorf("%v prints %q, want %q", value, got, want)
		}
	}
}
