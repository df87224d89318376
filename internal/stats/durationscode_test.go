package stats

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func TestEncodeRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, digits := range []int{1, 2, 3} {
		d := NewDurations(digits)
		for range 5000 {
			d.RecordN(int64(random.ExpFloat64()*1e6), 1+random.Int64N(3))
		}
		encoded, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeDurations(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if got.Count() != d.Count() || got.digits != digits {
			t.Errorf("%d digits: count %d and digits %d, want %d", digits, got.Count(), got.digits, d.Count())
		}
		for _, q := range []float64{0.01, 0.5, 0.9, 0.99, 0.999} {
			if got.Quantile(q) != d.Quantile(q) {
				t.Errorf("%d digits: quantile %g is %d, want %d", digits, q, got.Quantile(q), d.Quantile(q))
			}
		}
		rough := math.Pow(10, -float64(digits))
		for name, pair := range map[string][2]float64{
			"min": {float64(got.Min()), float64(d.Min())}, "max": {float64(got.Max()), float64(d.Max())}, "mean": {got.Mean(), d.Mean()},
		} {
			if math.Abs(pair[0]-pair[1]) > rough*pair[1] {
				t.Errorf("%d digits: %s is %g, want %g within %g", digits, name, pair[0], pair[1], rough)
			}
		}
		theirs, err := hdrhistogram.Decode(encoded)
		if err != nil || !theirs.Equals(d.histogram) || theirs.Export().IntegerToDoubleConversionRatio != 1 {
			t.Errorf("%d digits: the library decodes something else (%v)", digits, err)
		}
		again, err := got.Encode()
		if err != nil || !bytes.Equal(again, encoded) {
			t.Errorf("%d digits: encoding it again gives another text (%v)", digits, err)
		}
	}
}

func TestEncodeEmpty(t *testing.T) {
	encoded, err := new(Durations).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if d, err := DecodeDurations(encoded); err != nil || d.Count() != 0 || d.Min() != 0 || d.Max() != 0 || d.Mean() != 0 {
		t.Errorf("an empty one comes back as %+v, %v", d, err)
	}
}

// Another tool may use other limits, and more digits.
func TestDecodeOfAnotherTool(t *testing.T) {
	foreign := hdrhistogram.New(1000, 100*trackableNS, 4)
	for _, ns := range []int64{5_000_000, 5_000_000, 123_456_789, 50 * trackableNS} {
		if err := foreign.RecordValue(ns); err != nil {
			t.Fatal(err)
		}
	}
	encoded, err := foreign.EncodeV2()
	if err != nil {
		t.Fatal(err)
	}
	d, err := DecodeDurations(encoded)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"count", float64(d.Count()), 4}, {"digits", float64(d.digits), 3},
		{"min", float64(d.Min()), 5e6}, {"median", float64(d.Quantile(0.5)), 5e6},
		{"third", float64(d.Quantile(0.75)), 123_456_789}, {"max", float64(d.Max()), 50 * trackableNS},
		{"mean", d.Mean(), (10e6 + 123_456_789 + 50*trackableNS) / 4},
	} {
		if math.Abs(c.got-c.want) > 0.001*c.want {
			t.Errorf("%s is %g, want %g within 0.1 %%", c.name, c.got, c.want)
		}
	}
}

// Sums of durations pass 2^64 ns, which are 585 years.
func TestDecodeOfMany(t *testing.T) {
	d := NewDurations(3)
	d.RecordN(trackableNS, 1_000_000)
	d.RecordN(trackableNS/2, 1_000_000)
	encoded, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeDurations(encoded)
	if err != nil || d.Mean() != 0.75*trackableNS || math.Abs(got.Mean()/d.Mean()-1) > 0.001 {
		t.Errorf("mean %g, and %g once decoded (%v), want %g", d.Mean(), got.Mean(), err, 0.75*trackableNS)
	}
}

func TestDecodeOfTooMany(t *testing.T) {
	foreign := hdrhistogram.New(1, trackableNS, 2)
	if err := foreign.RecordValues(5, maxCount+1); err != nil {
		t.Fatal(err)
	}
	encoded, err := foreign.EncodeV2()
	if err != nil {
		t.Fatal(err)
	}
	if d, err := DecodeDurations(encoded); err == nil || d != nil || !strings.Contains(err.Error(), "more than 2^62") {
		t.Errorf("%v, error %v", d, err)
	}
}

func TestDecodeSad(t *testing.T) {
	d := NewDurations(2)
	d.RecordN(1000, 7)
	encoded, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":   "",
		"no base64": "?" + string(encoded[1:]),
		"cut off":   string(encoded[:len(encoded)-8]),
		"V1":        "HISTIgAAAFd42pNpmazIwMAYxgABTBDKT4GBgdnNYMcCBvsPUBkeBkYGZqA8MwMbAzsDC5DFBCTZgJCDQY1BjkGLQZRBlUEPCB8zWDCYMxgDZZkZhgJgHDibAY8JB/A=",
		"text":      strings.Repeat("A", 100),
	} {
		got, err := DecodeDurations([]byte(text))
		if err == nil || got != nil || !strings.Contains(err.Error(), "V2") {
			t.Errorf("%s: %v, error %v, want one that names the format", name, got, err)
		}
		if err != nil && len(err.Error()) > 250 {
			t.Errorf("%s: the error has %d characters: %v", name, len(err.Error()), err)
		}
	}
}
