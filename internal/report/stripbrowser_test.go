//go:build !race

// The browser is no Go code, and a page takes long: these run without the race detector only.

package report

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestBrowserReadsStrips: the slider below plots that stand one below the other says what all
// of them were at a time, as they were drawn from; the keyboard and the pointer move it.
func TestBrowserReadsStrips(t *testing.T) {
	c := newChrome(t)
	m := newMade(madeAU(), 0)
	m.readings = m.madeTelemetry()
	path := c.tab(m)
	c.helpers()
	d, err := collect(m.run, m)
	if err != nil {
		t.Fatal(err)
	}
	plots, _ := shownPanels(d.meanwhile, d.timeEnd())
	busy := plots[0].shown[0].env.lines(d.timeEnd())[0]
	received := plots[1].shown[0].env.lines(d.timeEnd())[0]
	if plots[0].title != "CPU of this host" || plots[1].title != "Network cards" || len(busy) != len(received) {
		t.Fatalf("the first plots are %q and %q, of %d and %d points", plots[0].title, plots[1].title, len(busy), len(received))
	}
	for _, i := range []int{0, 40, len(busy) / 2, len(busy) - 1} {
		c.demand("the CPU at a point", fmt.Sprintf(`Math.abs(read('telemetry', %d).match(/: CPU of this host: busy ([\d.]+) %%/)[1] - %.3f) < 0.2 || read('telemetry', %d)`, i, 100*busy[i].value, i))
		c.demand("the network there", fmt.Sprintf(`Math.abs(read('telemetry', %d).match(/ · Network cards: received ([\d.]+) GB\/s/)[1] - %.4f) < 0.05 || read('telemetry', %d)`, i, received[i].value/1e9, i))
		c.demand("the time", fmt.Sprintf(`Math.abs(parseFloat(read('telemetry', %d)) - %.4f) < 0.03 || read('telemetry', %d)`, i, time.Duration(busy[i].at).Minutes(), i))
	}
	c.demand("every plot is read, its title once", `['CPU of this host', 'Network cards', 'Memory', 'Tasks waiting', 'Disks of this host'].every(s => read('telemetry', 40).split(s + ': ').length == 2) || read('telemetry', 40)`)
	c.demand("two lines of a plot", `/Memory: page cache [\d.]+ GB · available 209[.]9 GB · Tasks/.test(read('telemetry', 40)) || read('telemetry', 40)`)
	c.demand("a mark on every line", `document.querySelectorAll('#telemetry ~ figure svg.wide g circle').length == read('telemetry', 40).split(' · ').length`)
	c.demand("the slider has as many stops as a line has points", fmt.Sprintf(`document.querySelector('#telemetry ~ figure input').max == %d`, len(busy)-1))

	c.eval(`read('telemetry', 10); document.querySelector('#telemetry ~ figure input').focus(); 0`, nil)
	c.press("ArrowRight", 39)
	c.demand("the keyboard moves it", `(s => s.value == 11 && s.getAttribute('aria-valuetext').includes('CPU of this host: busy') && s.ariaLabel.includes('Telemetry of this machine'))(document.querySelector('#telemetry ~ figure input'))`)
	c.eval(`document.querySelector('#telemetry ~ figure svg.wide').scrollIntoView({block: 'center'}); 0`, nil)
	var at [2]float64
	c.eval(`(() => { const r = document.querySelector('#telemetry ~ figure svg.wide').getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height * 0.7]; })()`, &at)
	c.pointAt(at[0], at[1])
	c.demand("the pointer too", `(s => s.value > s.max * 0.4 && s.value < s.max * 0.6 || s.value)(document.querySelector('#telemetry ~ figure input'))`)
	c.demand("the throughput above is still read", `/^[\d.]+ min: taken by accelerators [\d.]+ GB/.test(read('throughput', 40)) || read('throughput', 40)`)
	c.shoot("strips", 1440, "light")
	c.look(390, "dark", "screen")
	c.checkWidth("390 px, with values")
	c.shoot("strips", 390, "dark")
	for _, complaint := range c.complaints(path) {
		t.Error(complaint)
	}
}

// TestBrowserReadsBuckets: of many buckets those are read that the legend names, and what a
// step is in its own minute.
func TestBrowserReadsBuckets(t *testing.T) {
	c := newChrome(t)
	f := recordedRun(t)
	traffic := f.Run.Traffic[0]
	a := windowBuckets(traffic)
	path := c.tabOf(written(t, trafficSheet(traffic).writeHTML))
	c.helpers()
	shares := a.shares()
	most := a.line(ofBucket(shares[0].bucket))[0]
	highest := 0
	for i := range most {
		if most[i].value > most[highest].value {
			highest = i
		}
	}
	unit, name := rateUnit(highestPoint([][]point{most}))
	for _, i := range []int{highest - 2, highest - 1, highest, highest + 1, highest + 2, highest + 3} { // both ends of three steps
		c.demand("what the first bucket sent", fmt.Sprintf(`Math.abs(read('bucket-lines', %d).match(/: Each bucket: .*most: %s ([\d.]+) %s/)?.[1] - %.6g) < %.6g || read('bucket-lines', %d)`,
			i, plain(a.name(shares[0])), strings.Replace(name, "/", `\/`, 1), most[i].value/unit, most[highest].value/unit/200, i))
	}
	c.demand("buckets of one ink aren't read", fmt.Sprintf(`!read('bucket-lines', %d).includes('other') || read('bucket-lines', %[1]d)`, highest))
	c.demand("the balance beside them", fmt.Sprintf(`/ · Balance: mean \/ highest: [\d.]+ %%$/.test(read('bucket-lines', %d)) || read('bucket-lines', %[1]d)`, highest))
	c.demand("none where there is none", `!read('bucket-lines', 0).includes('Balance') && !read('bucket-lines', 1).includes('Balance') || read('bucket-lines', 1)`)
	for _, complaint := range c.complaints(path) {
		t.Error(complaint)
	}
}
