package report

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"
)

// TestAxesTurnLengthsIntoValues: where a value is drawn is where the axis says it lies.
func TestAxesTurnLengthsIntoValues(t *testing.T) {
	for _, test := range []struct {
		name         string
		x, y         []plot.Tick
		log          bool
		xUnit, yUnit string
		xWorth       float64
	}{
		{"time and rate", []plot.Tick{{Value: 0, Label: "0"}, {Value: 120e9, Label: "2 min"}}, rateTicks(8.9e9, 5), false, "min", "GB/s", 60e9},
		{"names and shares", []plot.Tick{{Value: 1, Label: "epoch 1"}}, []plot.Tick{{Value: 0.5, Label: "50"}, {Value: 1, Label: "100 %"}}, false, "", "%", 1},
		{"logarithmic time", []plot.Tick{{Value: 1e6, Label: "1 ms"}}, []plot.Tick{{Value: 1e5, Label: "100,000 /s"}}, true, "ns", "/s", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCanvas(760, 240)
			p := newPlot(frame{class: "wide", width: 760, height: 240, text: 12}, test.x, test.y)
			p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 1, 150e9, 0, 9.5e9
			if test.log {
				p.X.Scale = plot.LogScale{}
			}
			var at, value [2]float64
			p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
				toX, toY := p.Transforms(&c)
				value = [2]float64{3.7e9, 2.1e9}
				at = [2]float64{float64(toX(value[0])), 240 - float64(toY(value[1]))}
			}))
			p.Draw(draw.New(c))
			for i, a := range []*axis{c.x, c.y} {
				share := (at[i] - a.from) / (a.to - a.from)
				got := a.low + share*(a.high-a.low)
				if a.log {
					got = a.low * math.Pow(a.high/a.low, share)
				}
				if math.Abs(got-value[i]) > 1e-6*value[i] {
					t.Errorf("axis %d: %v lies at %v, which reads %v", i, value[i], at[i], got)
				}
			}
			if c.x.unit != test.xUnit || c.y.unit != test.yUnit || c.x.factor != test.xWorth {
				t.Errorf("units are %q (worth %v) and %q, want %q (%v) and %q", c.x.unit, c.x.factor, c.y.unit, test.xUnit, test.xWorth, test.yUnit)
			}
		})
	}
}

func TestAxisText(t *testing.T) {
	for _, test := range []struct {
		axis axis
		want string
	}{
		{axis{56.24, 660, 0, 1.2e10, 1e9, "GB/s", false}, "56.2 660 0 1.2e+10 1e+09 GB/s"},
		{axis{10, 20, 1e5, 1e9, 1, "ns", true}, "10 20 100000 1e+09 1 ns log"},
		{axis{10, 20, -0.5, 4.5, 1, "", false}, "10 20 -0.5 4.5 1"},
		{axis{10, 20, 0, math.NaN(), 1, "", false}, ""},
	} {
		if got := test.axis.String(); got != test.want {
			t.Errorf("%+v is %q, want %q", test.axis, got, test.want)
		}
	}
}

// TestStripsAreNoted: each strip leaves its axis of values and the names of its lines, and a
// value that can't be drawn leaves none for any.
func TestStripsAreNoted(t *testing.T) {
	strips := []strip{
		{title: `A|B; <"C">`, unit: inFractions, top: 0.4, lines: []stripLine{{label: "busy", ink: inkAU}, {ink: inkMuted}}},
		{title: "Network cards", unit: inBytesPerS, top: 9e9, lines: []stripLine{{label: "received", ink: inkNet}, {label: "sent; all", ink: inkAU}}},
	}
	size := frame{class: "wide", width: 760, height: 216, text: 12}
	noted := func() *canvas {
		c := newCanvas(size.width, size.height)
		drawStrips(draw.New(c), size, nil, strips, 600e9)
		return c
	}
	c := noted()
	if len(c.strips) != 2 || c.y != nil || c.x.unit != "min" || c.strips[0].y.unit != "%" || c.strips[1].y.unit != "GB/s" || c.strips[0].y.from >= c.strips[1].y.to {
		t.Errorf("noted: x %v, y %v, strips %+v", c.x, c.y, c.strips)
	}
	if got, want := c.axes(), ` data-strips="A/B, &lt;&#34;C&#34;&gt;;au busy|Network cards;net received;au sent, all"`; !strings.HasSuffix(got, want) || strings.Count(got, "|") != 2 {
		t.Errorf("attributes are %s, want them to end in %s", got, want)
	}
	c.strips[1].y.high = math.Inf(1)
	if got := c.axes(); got != "" {
		t.Errorf("with an infinite axis attributes are %s", got)
	}
}
