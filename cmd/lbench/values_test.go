package main

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
)

func TestValuesTakeWhatTheyPrint(t *testing.T) {
	for _, c := range []struct {
		name  string
		value pflag.Value
		good  []string // each prints as itself
		bad   []string
	}{
		{"choice", &choice{"a", []string{"a", "b"}}, []string{"a", "b"}, []string{"", "A", "c", "a b"}},
		{"toggle", new(toggle), []string{"true", "false"}, []string{"", "yes", "2"}},
		{"label", new(label), []string{"", "nightly-3", "über"}, []string{"a/b", "..//", "a\nb", "a\x00"}},
		{"count", &count{1, 1, 9}, []string{"1", "9"}, []string{"", "0", "10", "-1", "1.5", "1e1", "one"}},
		{"size", new(size), []string{"284 GiB", "1.50 KiB"}, []string{"", "0", "0GB", "-1", "GiB", "5 XB"}},
		{"span", new(span), []string{"0s", "1m30s"}, []string{"", "5", "off", "-1s", "soon"}},
		{"span or off", &span{off: "off"}, []string{"off", "4s"}, []string{"", "never", "-1s"}},
		{"seed", new(seed), []string{"0", "9223372036854775807", "random"}, []string{"", "-1", "1.5", "9223372036854775808"}},
		{"percent", new(percent), []string{"90", "0.5", "100"}, []string{"", "0", "-1", "100.1", "NaN", "0x1p-2%%", "ninety"}},
	} {
		for _, text := range c.good {
			if err := c.value.Set(text); err != nil || c.value.String() != text {
				t.Errorf("%s: Set(%q) gives %q, error %v", c.name, text, c.value.String(), err)
			}
		}
		for _, text := range c.bad {
			if err := c.value.Set(text); err == nil {
				t.Errorf("%s: Set(%q) gives %q and no error", c.name, text, c.value.String())
			}
		}
	}
}

func TestTypedValues(t *testing.T) {
	on, n, bytes, drawn, fixed := toggle(true), count{7, 1, 9}, size{1 << 20}, seed{}, seed{value: 42}
	drawn.draw()
	for want, v := range map[any]typed{true: &on, 7: &n, int64(1 << 20): &bytes, "random": &drawn, int64(42): &fixed} {
		if got := v.typed(); got != want {
			t.Errorf("%T is recorded as %v (%T), want %v (%T)", v, got, got, want, want)
		}
	}
}

// A word for a duration is forgotten when a duration follows, as in a repeated flag.
func TestSpanForgetsItsWord(t *testing.T) {
	d := span{value: time.Second, off: "off"}
	for _, text := range []string{"off", "3s"} {
		if err := d.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	if d.word != "" || d.value != 3*time.Second {
		t.Errorf("off, then 3s: %+v", d)
	}
}

// A seed that is drawn fits into a JSON number of any reader, and is not always the same.
func TestDrawnSeeds(t *testing.T) {
	seen := map[int64]bool{}
	for range 100 {
		var s seed
		s.draw()
		if s.value < 0 || s.value >= 1<<31 {
			t.Fatalf("drew %d", s.value)
		}
		seen[s.value] = true
	}
	if len(seen) < 90 {
		t.Errorf("100 draws gave %d seeds", len(seen))
	}
}
