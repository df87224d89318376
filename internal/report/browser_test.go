//go:build !race

// The browser is no Go code, and a page takes long: these run without the race detector only.

package report

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// browserPages are the pages that are opened in a browser, by name: those of one run, and
// those of many.
func browserPages(t *testing.T) map[string]string {
	t.Helper()
	pages, hostile := sheetPages(t), hostilePages(t)
	for _, name := range []string{"sheet-index-hostile", "sheet-suite-hostile"} { // of all of them asks TestBrowserRunsNoScriptOfSheets
		pages[name] = hostile[name]
	}
	pages["search-few-files"] = pageOf(t, searchVariants()["search-few-files"]().withFiles())
	pages["search"], pages["lost"] = pageOf(t, searchVariants()["search-tuned"]().withFiles()), pageOf(t, lostRun())
	pages["pass"], pages["fail"] = pageOf(t, stalledRun()), pageOf(t, variants()["fail-storage"]().withFiles())
	for name, of := range map[string]string{"cold-read": "cold-pass", "sustained": "sustained", "small-write": "small-write", "compare": "compare"} {
		pages[name] = pageOf(t, blockVariants()[of]().withFiles())
	}
	return pages
}

// TestBrowser opens each page as a file, in light and dark, on a phone and on a desk,
// and in print: the browser has nothing to say of it and asks for nothing, nothing
// sticks out, and axe-core finds no violation.
func TestBrowser(t *testing.T) {
	c, axe := newChrome(t), axeCore(t)
	dir := t.TempDir()
	for name, page := range browserPages(t) {
		t.Run(name, func(t *testing.T) {
			c.t = t
			path := filepath.Join(dir, name+".html")
			if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
			c.look(1440, "light", "screen")
			c.open(path)
			c.eval(axe, nil)
			for _, width := range []int{390, 1440} {
				for _, scheme := range []string{"light", "dark"} {
					c.look(width, scheme, "screen")
					c.checkWidth(fmt.Sprintf("%d px, %s", width, scheme))
					if (width == 390) == (scheme == "light") { // each width and each scheme once: it takes long
						c.checkAxe(fmt.Sprintf("%d px, %s", width, scheme))
					}
					c.shoot(name, width, scheme)
				}
			}
			c.checkPrint()
			c.shoot(name, 688, "print")
			for _, complaint := range c.complaints(path) {
				t.Error(complaint)
			}
		})
		c.t = t
	}
}

// axeCore is the source of axe-core; without it the test is skipped.
func axeCore(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/browser/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("no axe-core here: npm ci --prefix internal/report/testdata/browser")
	}
	return string(text) + ";0"
}

// checkWidth: nothing makes the page wider than its window, and no text is cut.
func (c *chrome) checkWidth(where string) {
	c.t.Helper()
	var wide []string
	c.eval(`(() => {
		const limit = document.documentElement.clientWidth, found = [];
		if (document.documentElement.scrollWidth > limit) found.push('the page is ' + document.documentElement.scrollWidth + ' wide of ' + limit);
		for (const e of document.querySelectorAll('body *:not(.skip)')) {
			if (e.closest('.wrap') && !matchMedia('print').matches) continue; // scrolls by itself
			const r = e.getBoundingClientRect();
			if (r.width && (r.right > limit + 1 || r.left < -1)) found.push(e.tagName + '.' + e.getAttribute('class') + ' "' + e.textContent.trim().slice(0, 40) + '" from ' + r.left + ' to ' + r.right + ' of ' + limit);
		}
		for (const e of document.querySelectorAll('table.sheet td.name')) {
			const r = e.getBoundingClientRect();
			if (r.width && r.width < 100) found.push('squeezed to ' + r.width + ': ' + e.textContent.trim().slice(0, 40));
		}
		return found.slice(0, 5);
	})()`, &wide)
	for _, w := range wide {
		c.t.Errorf("%s: %s", where, w)
	}
}

func (c *chrome) checkAxe(where string) {
	c.t.Helper()
	var violations []string
	c.eval(`axe.run({resultTypes: ['violations']}).then(r => r.violations.flatMap(v => v.nodes.slice(0, 3).map(n => v.id + ': ' + n.html.slice(0, 200) + ' | ' + n.failureSummary.replace(/\s+/g, ' ').slice(0, 300))))`, &violations)
	for _, v := range violations {
		c.t.Errorf("%s: axe-core: %s", where, v)
	}
}

// checkPrint: on A4 nothing is cut, the folded tables are open, and a PDF comes out.
func (c *chrome) checkPrint() {
	c.t.Helper()
	c.look(688, "light", "print") // 182 mm: A4 without its margins
	c.checkWidth("print")
	var hidden []string
	c.eval(`[...document.querySelectorAll('details')].filter(d => !d.querySelector('td').checkVisibility({contentVisibilityAuto: true}) || d.querySelector('td').getBoundingClientRect().height == 0).map(d => d.textContent.trim().slice(0, 40))`, &hidden)
	for _, text := range hidden {
		c.t.Errorf("print hides %q", text)
	}
	pdf := c.bytesOf("Page.printToPDF", map[string]any{"preferCSSPageSize": true, "paperWidth": 8.27, "paperHeight": 11.69})
	var rows int
	c.eval(`document.querySelectorAll('tr').length`, &rows)
	if pages, most := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)), 12+rows/20; pages < 1 || pages > most || !strings.HasPrefix(string(pdf), "%PDF") {
		c.t.Errorf("a PDF of %d bytes has %d pages, want 1 to %d", len(pdf), pages, most)
	}
}

// shoot keeps a picture of the whole page where someone asks for it, to look at.
func (c *chrome) shoot(name string, width int, scheme string) {
	c.t.Helper()
	dir := os.Getenv("LBENCH_REPORT_PAGES")
	if dir == "" {
		return
	}
	png := c.bytesOf("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true})
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), png, 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// tab opens a made run's page at 1440 px.
func (c *chrome) tab(m made) (path string) {
	c.t.Helper()
	return c.tabOf(pageOf(c.t, m))
}

func (c *chrome) tabOf(page string) (path string) {
	c.t.Helper()
	path = filepath.Join(c.t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		c.t.Fatal(err)
	}
	c.look(1440, "light", "screen")
	c.open(path)
	return path
}

// demand lists what an expression, true where all is well, finds to be otherwise.
func (c *chrome) demand(what, expression string) {
	c.t.Helper()
	var text string
	c.eval("JSON.stringify("+expression+")", &text)
	if text != "true" {
		c.t.Errorf("%s: %s gives %s", what, expression, text)
	}
}

// press hits a key as a person does.
func (c *chrome) press(key string, code int) {
	c.t.Helper()
	for _, kind := range []string{"rawKeyDown", "keyUp"} {
		c.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}, nil)
	}
}

func (c *chrome) pointAt(x, y float64) {
	c.t.Helper()
	c.call("Input.dispatchMouseEvent", map[string]any{"type": "mouseMoved", "x": x, "y": y}, nil)
}

// helpers gives the page read(ID of a heading, stop of the slider below it), which is what
// the script says there, column(ID, n), the texts of a column, and sort(ID, n), those after
// a click on its head.
func (c *chrome) helpers() {
	c.t.Helper()
	c.eval(`window.read = (id, i) => { const s = document.getElementById(id).parentNode.querySelector('input'); s.value = i; s.dispatchEvent(new Event('input')); return s.parentNode.querySelector('span').textContent; };
	window.column = (id, n) => [...document.getElementById(id).parentNode.querySelector('tbody').rows].map(r => r.cells[n].textContent.replace(/\u00a0/g, ' '));
	window.sort = (id, n) => { document.getElementById(id).parentNode.querySelectorAll('thead th')[n].querySelector('button').click(); return column(id, n); }; 0`, nil)
}

// TestBrowserScript: the script reads from a drawing the values that it was drawn from,
// zooms, and sorts by amounts; the keyboard reaches all of it.
func TestBrowserScript(t *testing.T) {
	c := newChrome(t)
	m := stalledRun()
	path := c.tab(m)
	c.press("Tab", 9)
	c.demand("the first stop is the skip link", `document.activeElement.className == 'skip'`)
	c.press("Tab", 9)
	c.press("Tab", 9)
	c.demand("then the contents", `document.activeElement.closest('nav, .keys') != null`)
	c.demand("every section has an anchor that the keyboard reaches", `[...document.querySelectorAll('main > section:not(.verdict) h2')].every(h => h.firstChild.tabIndex == 0 && h.firstChild.hash == '#' + h.id)`)

	// Bars: all of epoch 5 as busy.go has it; the AU of the made run is 87.88 %.
	c.helpers()
	c.demand("the AU of an epoch", `read('au', 4 * 4) == 'epoch 5: AU below the threshold 87.88 %' || read('au', 4 * 4)`)
	c.demand("what it lost", `/^epoch 5: waiting for reads 10\.[01]\d? %$/.test(read('au', 4 * 4 + 1)) || read('au', 4 * 4 + 1)`)
	c.demand("a slider says its value", `document.querySelector('#au ~ figure input').getAttribute('aria-valuetext').startsWith('epoch 5: waiting')`)
	d, err := collect(m.run, m)
	if err != nil {
		t.Fatal(err)
	}
	took := d.taken.perSecond()
	for _, i := range []int{3, 100, len(took) - 2} {
		c.demand("the rate at a point", fmt.Sprintf(`Math.abs(read('throughput', %d).match(/taken by accelerators ([\d.]+) GB/)[1] - %.3f) < 0.01 || read('throughput', %d)`, i, took[i]/1e9, i))
	}
	c.demand("in powers of 1024 too", `(t => Math.abs(t.match(/([\d.]+) GB\/s/)[1] / 1.073741824 - t.match(/\(([\d.]+) GiB\/s\)/)[1]) < 0.01 || t)(read('throughput', 100))`)
	c.demand("waits in their own units", `/^[\d.]+ (us|ms|s): [\d.]+ %$/.test(read('waits', 20)) || read('waits', 20)`)

	c.eval(`document.querySelector('#au ~ figure svg.wide').scrollIntoView({block: 'center'}); 0`, nil)
	var at [2]float64
	c.eval(`(() => { const r = document.querySelector('#au ~ figure svg.wide path.f-bad').getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, &at)
	c.pointAt(at[0], at[1])
	c.demand("the pointer reads too", `document.querySelector('#au ~ figure .tools span').textContent.startsWith('epoch 2: AU below the threshold')`)

	c.eval(`[...document.querySelectorAll('#throughput ~ figure .tools button')][0].focus(); 0`, nil)
	c.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}, nil)
	c.demand("zoomed in", `document.querySelector('#throughput ~ figure svg.wide').viewBox.baseVal.width == 380`)
	c.shoot("zoomed", 1440, "light")
	c.eval(`[...document.querySelectorAll('#throughput ~ figure .tools button')][1].click(); 0`, nil)
	c.demand("and out again", `document.querySelector('#throughput ~ figure svg.wide').viewBox.baseVal.width == 760`)

	c.demand("AU rising", `(a => a.join() == [...a].sort((x, y) => parseFloat(x) - parseFloat(y)).join() && a.length == 5)(sort('epochs', 1))`)
	c.demand("said to be", `document.querySelector('#epochs ~ .wrap th[aria-sort=ascending]').textContent.startsWith('AU')`)
	c.demand("AU falling", `(a => a.join() == [...a].sort((x, y) => parseFloat(y) - parseFloat(x)).join())(sort('epochs', 1))`)
	c.demand("the mean stays below", `document.querySelector('#epochs ~ .wrap tfoot th').textContent == 'mean'`)
	c.demand("sizes by what they amount to", `(sort('files', 2), sort('files', 2).join('|') == '|22.0 GB (20.5 GiB)|1.29 GB (1.20 GiB)|76.1 MB (72.6 MiB)|4.48 MB (4.27 MiB)') || column('files', 2)`)
	for _, complaint := range c.complaints(path) {
		t.Error(complaint)
	}
}

// TestBrowserWithoutScript: what the script adds is all that is missing without it.
func TestBrowserWithoutScript(t *testing.T) {
	c := newChrome(t)
	c.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	c.tab(stalledRun())
	c.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": false}, nil)
	c.demand("no script ran", `document.querySelector('button, input') == null`)
	c.demand("all is there", `['PASS', '90.4', 'AU against', '± 3.0', '87.8', 'threshold 90 %', 'sha256sum -c', 'MLPerf-style'].every(t => document.body.textContent.replace(/\u00a0/g, ' ').includes(t))`)
}

// TestBrowserFitsEveryVariant: no made run has a page that is too wide for a phone or for paper.
func TestBrowserFitsEveryVariant(t *testing.T) {
	c := newChrome(t)
	all := variants()
	maps.Copy(all, blockVariants())
	maps.Copy(all, searchVariants())
	for name, makeRun := range all {
		path := c.tab(makeRun().withFiles())
		c.look(390, "dark", "screen")
		c.checkWidth(name + ", 390 px")
		c.look(688, "light", "print")
		c.checkWidth(name + ", print")
		for _, complaint := range c.complaints(path) {
			t.Errorf("%s: %s", name, complaint)
		}
	}
}

// TestBrowserRunsNoPlantedScript: a browser shows the planted texts and does nothing else.
func TestBrowserRunsNoPlantedScript(t *testing.T) {
	c := newChrome(t)
	dir := t.TempDir()
	i := 0
	for name, m := range plantedRuns(t) {
		i++
		path := filepath.Join(dir, fmt.Sprintf("%d.html", i))
		if err := os.WriteFile(path, []byte(pageOf(t, m)), 0o644); err != nil {
			t.Fatal(err)
		}
		c.look(390, "light", "screen")
		c.open(path)
		c.demand(name, `(document.images.length == 0 && document.scripts.length == 1 && document.querySelectorAll('style').length == 1 && document.body.textContent.includes('<script>alert(1)</script>'))`)
		c.demand(name, `[...document.querySelectorAll('*')].flatMap(e => [...e.attributes].map(a => a.name)).filter(n => n.startsWith('on')).length == 0`)
		c.demand(name, `[...document.querySelectorAll('a')].every(a => a.protocol == 'file:')`)
		c.checkWidth(name)
		for _, complaint := range c.complaints(path) {
			t.Errorf("%s: %s", name, complaint)
		}
	}
}

// TestBrowserTelemetry: on a phone and on a desk, light and dark, in print, and as a picture.
func TestBrowserTelemetry(t *testing.T) {
	c, axe := newChrome(t), axeCore(t)
	m := newMade(madeAU(), 0)
	m.readings = m.madeTelemetry()
	path := c.tab(m)
	c.eval(axe, nil)
	for _, width := range []int{350, 1440} {
		for _, scheme := range []string{"light", "dark"} {
			c.look(width, scheme, "screen")
			c.checkWidth(fmt.Sprintf("%d px, %s", width, scheme))
			c.checkAxe(fmt.Sprintf("%d px, %s", width, scheme))
			c.demand("lines can be told from the page", `[...document.querySelectorAll('#telemetry ~ figure svg path')].filter(e => e.checkVisibility()).every(e => getComputedStyle(e).stroke != getComputedStyle(document.body).backgroundColor)`)
			c.shoot("telemetry", width, scheme)
		}
	}
	c.checkPrint()
	for _, complaint := range c.complaints(path) {
		t.Error(complaint)
	}
}

// TestBrowserRecordings: a run with two recorded hosts and twelve buckets, and the page of the
// buckets alone, on a phone and on a desk, light and dark, in print.
func TestBrowserRecordings(t *testing.T) {
	c, axe := newChrome(t), axeCore(t)
	f := recordedRun(t)
	long := f.Run.Traffic[0]
	long.Buckets = slices.Clone(long.Buckets)
	for i := range long.Buckets {
		long.Buckets[i].Name = fmt.Sprintf("a-bucket-with-the-longest-name-that-there-may-be-of-63-letters-%d", i)
	}
	for name, page := range map[string]string{
		"recorded": folderPage(t, f), "traffic": written(t, trafficSheet(f.Run.Traffic[0]).writeHTML), "traffic-long": written(t, trafficSheet(long).writeHTML),
	} {
		path := c.tabOf(page)
		c.eval(axe, nil)
		for _, width := range []int{390, 1440} {
			for _, scheme := range []string{"light", "dark"} {
				c.look(width, scheme, "screen")
				c.checkWidth(fmt.Sprintf("%s, %d px, %s", name, width, scheme))
				if (width == 390) == (scheme == "light") && name != "traffic-long" { // which has no other elements
					c.checkAxe(fmt.Sprintf("%s, %d px, %s", name, width, scheme))
				}
				c.demand(name+": lines can be told from the page", `[...document.querySelectorAll('figure svg path')].filter(e => e.checkVisibility() && e.classList[0][0] == 's').every(e => getComputedStyle(e).stroke != getComputedStyle(document.body).backgroundColor)`)
				c.shoot(name, width, scheme)
			}
		}
		c.demand(name+": every swatch has its colour", `[...document.querySelectorAll('.swatch')].every(e => getComputedStyle(e).backgroundColor != 'rgba(0, 0, 0, 0)')`)
		if name == "recorded" {
			c.look(1440, "light", "screen")
			c.demand("the row of a host leads to its plots", `(document.querySelector('#hosts ~ .wrap tbody a').click(), location.hash == '#host-oss1') || location.hash`)
		}
		c.checkPrint()
		c.quiet(path)
	}
}

// TestBrowserSearch: the script reads AU at a number of accelerators from the curve of a search.
func TestBrowserSearch(t *testing.T) {
	c := newChrome(t)
	path := c.tab(newMadeSearch())
	c.helpers()
	c.demand("the AU of 46", `/^4[56]\.?\d* accelerators: passes 92\.[345]\d? %$/.test(read('curve', 1)) || read('curve', 1)`)
	c.demand("of what fails", `/^4[78]\.?\d* accelerators: fails 8[89]\.\d+ %$/.test(read('curve', 3)) || read('curve', 3)`)
	for _, complaint := range c.complaints(path) {
		t.Error(complaint)
	}
}
