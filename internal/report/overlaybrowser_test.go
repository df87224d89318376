//go:build !race

// The browser is no Go code, and a page takes long: these run without the race detector only.

package report

import (
	"fmt"
	"io"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// overlayPages are the pages with plots of A and B over each other: of one run each, of sets,
// and of several benchmarks, one of which lacks data.
func overlayPages(t *testing.T) map[string]string {
	t.Helper()
	a, b := overlaidMade(13, madeAU(), 1), overlaidMade(14, []float64{0.95, 0.9501, 0.9502, 0.9099, 0.9504}, 0.9)
	one, runsOfOne := overlaidOf([]made{a}, []made{b})
	var before, after []made
	for i := range 5 {
		shift := 0.004 * float64(i)
		before = append(before, overlaidMade(1+i, []float64{0.90 + shift, 0.913 - shift, 0.921, 0.917 - shift/2, 0.902}, 1+0.04*float64(i)))
		after = append(after, overlaidMade(11+i, []float64{0.934, 0.941 + shift/3, 0.939 - shift, 0.952, 0.937}, 0.7+0.03*float64(i)))
	}
	sets, runsOfSets := overlaidOf(before, after)
	small := blockVariants()["small-write"]()
	writes, runsOfWrites := overlaidOf([]made{small}, []made{small})
	cold, slower := madeCold(), madeCold()
	slower.run.ID, slower.readings = "b", nil
	reads, runsOfReads := overlaidOf([]made{cold}, []made{slower})
	page := func(runs []Overlaid, all ...result.Comparison) string {
		return written(t, func(w io.Writer) error {
			return ComparisonsHTMLOverlaid(w, result.Comparisons{Comparisons: all}, runs)
		})
	}
	return map[string]string{
		"overlay-one":     page([]Overlaid{runsOfOne}, one),
		"overlay-sets":    page([]Overlaid{runsOfSets}, sets),
		"overlay-several": page([]Overlaid{runsOfWrites, runsOfReads}, writes, reads),
	}
}

// TestBrowserReadsOverlays: the pages fit a phone, a desk and paper, axe-core and the browser
// have nothing to say, and the slider reads A and B at one place.
func TestBrowserReadsOverlays(t *testing.T) {
	c := newChrome(t)
	pages := overlayPages(t)
	for name, page := range pages {
		path := c.tabOf(page)
		c.eval(axeCore(t), nil)
		for _, width := range []int{390, 1440} {
			for _, scheme := range []string{"light", "dark"} {
				c.look(width, scheme, "screen")
				c.checkWidth(fmt.Sprintf("%s, %d px, %s", name, width, scheme))
				if (width == 390) == (scheme == "light") {
					c.checkAxe(fmt.Sprintf("%s, %d px, %s", name, width, scheme))
				}
				c.shoot(name, width, scheme)
			}
		}
		c.checkPrint()
		c.shoot(name, 688, "print")
		c.quiet(path)
	}
	path := c.tabOf(pages["overlay-one"])
	c.helpers()
	c.demand("both rates at a time", `/^[\d.]+ (s|min): (▲ B|○ A) [\d.]+ GB\/s \([\d.]+ GiB\/s\) · (▲ B|○ A) [\d.]+ GB\/s/.test(read('over-time', 40)) || read('over-time', 40)`)
	c.demand("both AU of an epoch", `(s => s.startsWith('epoch 5: ') && /○ A 87\.8\d? %/.test(s) && /▲ B 95\.0\d? %/.test(s) || s)(read('over-au', 4))`)
	c.demand("both p99", `(s => s.startsWith('p99: ') && /○ A 3[12]\.?\d* ms/.test(s) && /▲ B 28\.?\d* ms/.test(s) || s)(read('over-latencies', 2))`)
	c.quiet(path)
}
