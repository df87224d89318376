//go:build !race

// The browser is no Go code, and a page takes long: these run without the race detector only.

package report

import (
	"fmt"
	"html"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// sheetPages are those of many runs: each as it mostly is, some with little or nothing in
// them, and an index of many runs with long names.
func sheetPages(t *testing.T) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	if err := Publish(dir, madeFolders(t), PublishOptions{Version: "1.0.0"}); err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{"sheet-index": string(index)}
	s, ran := madeSuite()
	all := madeHistory(60)
	all.Metric = ""
	for name, write := range map[string]func(io.Writer) error{
		"sheet-comparison":     func(w io.Writer) error { return ComparisonHTML(w, madeComparison()) },
		"sheet-comparison-few": func(w io.Writer) error { return ComparisonHTML(w, madeComparisonFew()) },
		"sheet-history":        func(w io.Writer) error { return HistoryHTML(w, madeHistory(60)) },
		"sheet-history-all":    func(w io.Writer) error { return HistoryHTML(w, all) },
		"sheet-suite":          func(w io.Writer) error { return SuiteHTML(w, s, ran) },
		"sheet-index-many":     overviewSheet(manyRuns(60), "1.0.0").writeHTML,
		"sheet-index-none":     overviewSheet(nil, "1.0.0").writeHTML,
		"sheet-history-none":   func(w io.Writer) error { return HistoryHTML(w, result.History{}) },
	} {
		pages[name] = written(t, write)
	}
	return pages
}

// manyRuns are n runs of three kinds, whose workloads, mounts and IDs have long names.
func manyRuns(n int) []published {
	kinds := []result.Run{newMadeShort(0.9123), madeCold().run, madeMatrix().run}
	var all []published
	for i := range n {
		run := kinds[i%len(kinds)]
		run.Started = run.Started.Add(time.Duration(i) * 7 * time.Hour)
		run.Workload += "_with_a_long_name_that_someone_gave_it_to_tell_it_from_others"
		run.ID = result.ID(run.Started, run.Command, run.Workload)
		run.Metrics = maps.Clone(run.Metrics)
		for name := range run.Metrics {
			run.Metrics[name] *= 1 + 0.001*float64(i%7)
		}
		if run.Mount != nil {
			mount := *run.Mount
			mount.Source = "fileserver-01.storage.research.example.org@tcp:/export/projects/training/datasets"
			run.Mount = &mount
		}
		all = append(all, published{run: run, name: fileName(run.ID), report: i%9 != 5, plots: []string{"au", "time"}, points: []string{"epochs.csv", "waits.csv"}})
		if i%9 == 5 {
			all[i].broken = "report: read steps: steps.ndjson:2: invalid character 'o' in literal null"
		}
	}
	return all
}

// hostilePages have a script in every text but in those that say what kind of thing it is of.
func hostilePages(t *testing.T) map[string]string {
	t.Helper()
	kinds := []string{"Command", "Status", "State", "Verdict", "Metric", "Rule", "Op"}
	c, h := madeComparison(), madeHistory(60)
	s, ran := madeSuite()
	run := newMadeShort(0.9123)
	for name, v := range map[string]any{"comparison": &c, "history": &h, "suite": &s, "runs of the suite": &ran, "run": &run} {
		if n := plant(reflect.ValueOf(v).Elem(), kinds); n < 10 {
			t.Fatalf("%s: only %d texts were planted", name, n)
		}
	}
	again := run
	again.Started = again.Started.Add(time.Hour)
	runs := []published{{run: run, name: fileName(run.ID), report: true, plots: []string{"au"}}, {run: again, name: fileName(again.ID) + "-2", report: true, broken: planted}}
	pages := map[string]string{}
	for name, write := range map[string]func(io.Writer) error{
		"sheet-comparison-hostile": func(w io.Writer) error { return ComparisonHTML(w, c) },
		"sheet-history-hostile":    func(w io.Writer) error { return HistoryHTML(w, h) },
		"sheet-suite-hostile":      func(w io.Writer) error { return SuiteHTML(w, s, ran) },
		"sheet-index-hostile":      overviewSheet(runs, planted).writeHTML,
	} {
		pages[name] = written(t, write)
	}
	return pages
}

// TestBrowserScriptOfSheets: the same script reads, zooms and sorts on the pages of many runs.
func TestBrowserScriptOfSheets(t *testing.T) {
	c := newChrome(t)
	pages := sheetPages(t)
	numbers := func(list string) string { return list + `.map(x => parseFloat(x))` }

	path := c.tabOf(pages["sheet-history"])
	c.helpers()
	h := madeHistory(60)
	for _, i := range []int{0, 33, 46} {
		want := fmt.Sprintf("%s: %s %.4g %%", h.Runs[i].Started.Format("2006-01-02 15:04"), map[bool]string{true: "failed a rule", false: "passed"}[i == 33 || i == 46], 100*h.Runs[i].Metrics["au_mean_fraction"])
		// A drawing is exact to a tenth of its unit, which is 0.004 points of AU here.
		c.demand("the run at a dot", fmt.Sprintf(`(got => got.split(' ').slice(0, -2).join() == %q.split(' ').slice(0, -2).join() && Math.abs(parseFloat(got.split(' ').at(-2)) - parseFloat(%q.split(' ').at(-2))) < 0.02 || got)(read('trend-1', %d))`, want, want, i))
	}
	c.demand("a slider has a stop per dot", `+document.querySelector('#trend-1 ~ figure input').max == 58`)
	var at [2]float64
	c.eval(`(() => { document.querySelector('#trend-1').scrollIntoView(); const r = document.querySelectorAll('#trend-1 ~ figure svg.wide path.f-bad')[2].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, &at)
	c.pointAt(at[0], at[1])
	c.demand("the pointer reads the dot that it points at", `document.querySelector('#trend-1 ~ figure .tools span').textContent.startsWith('2026-02-09 01:30: failed a rule 85.9') || document.querySelector('#trend-1 ~ figure .tools span').textContent`)
	c.eval(`document.querySelector('#trend-1 ~ figure .tools button').click(); 0`, nil)
	c.demand("zoomed in", `document.querySelector('#trend-1 ~ figure svg.wide').viewBox.baseVal.width == 380`)
	c.demand("oldest first", `column('runs', 0)[0] == '2026-01-05 01:30'`)
	c.demand("a click leaves them so", `sort('runs', 0)[0] == '2026-01-05 01:30'`)
	c.demand("and another turns them round", `(a => a[0] == '2026-03-05 01:30' && a[59] == '2026-01-05 01:30')(sort('runs', 0))`)
	c.demand("values rising, what has none last", `(a => a[59] == '' && `+numbers("a.slice(0, 59)")+`.every((v, i, l) => !i || l[i - 1] <= v))(sort('runs', 2))`)
	c.demand("rows stay whole", `document.querySelector('#runs ~ .wrap tbody tr.change').cells[4].textContent.includes('from here on')`)
	c.quiet(path)

	compared := madeComparison()
	compared.Metrics[0].High = ptr(0.09)        // an interval is not sorted by its sum,
	compared.Metrics[1].Difference = ptr(0.002) // nor a difference as a text
	path = c.tabOf(written(t, func(w io.Writer) error { return ComparisonHTML(w, compared) }))
	c.helpers()
	c.demand("a run of A", `/^AU, mean: 20260301T010000Z-mlperf-resnet50_h100: runs of A -0\.1[4-7]\d* %$/.test(read('overlay-plot', 0)) || read('overlay-plot', 0)`)
	c.demand("a run of B", `/^read, mean: 20260305T010000Z-mlperf-resnet50_h100: runs of B 7\.[34]\d* %$/.test(read('overlay-plot', 9)) || read('overlay-plot', 9)`)
	c.eval(`(() => { document.querySelector('#overlay-plot').scrollIntoView(); const r = document.querySelector('#overlay-plot ~ figure svg.wide path.f-mut').getBoundingClientRect(); return [r.x + r.width / 2 + 1.5, r.y + r.height / 2]; })()`, &at)
	c.pointAt(at[0], at[1])
	c.demand("the dot of this row, not one of another that lies nearer from left to right", `document.querySelector('#overlay-plot ~ figure .tools span').textContent.startsWith('AU, mean: 20260301') || document.querySelector('#overlay-plot ~ figure .tools span').textContent`)
	c.demand("signed differences by their amount", `sort('compared', 3).join('|') == '-4.3 %|+0.07 %|+0.2 %|' || column('compared', 3)`)
	c.demand("intervals by their lower end", `sort('compared', 4).join('|') == '-5.6 to +9.0 %|-3.1 to +3.3 %|+4.1 to +9.7 %|' || column('compared', 4)`)
	c.demand("verdicts by their words", `sort('compared', 6).join('|') == 'better|n is too small to tell|no difference|worse' || column('compared', 6)`)
	c.demand("a metric has words and its name", `column('compared', 0).includes('AU, mean au_mean_fraction') || column('compared', 0)`)
	c.quiet(path)

	path = c.tabOf(pages["sheet-index"])
	c.helpers()
	c.press("Tab", 9)
	c.demand("the first stop is the skip link", `document.activeElement.className == 'skip'`)
	c.demand("verdicts", `(a => a[0] == 'FAIL' && a.at(-1) == 'PASS, data broken' || a)(sort('runs', 1))`)
	c.demand("links go with their rows", `[...document.querySelectorAll('#runs ~ .wrap tbody th a')].every(a => decodeURIComponent(a.getAttribute('href')) == a.textContent + '.html')`)
	c.quiet(path)

	path = c.tabOf(pages["sheet-suite"])
	c.helpers()
	c.demand("gates", `sort('gates', 1).join('|') == 'FAILED|FAILED|not decided|ok' && sort('gates', 1)[0] == 'ok' || column('gates', 1)`)
	c.demand("times", `(a => `+numbers("a")+`.join() == '1,9,9,9' || a)(sort('runs', 4))`)
	c.quiet(path)
}

// TestBrowserShowsVerdictsOnPhones: on the pages of a history, a suite and an index the verdict
// of each row, and of a run its value, is seen at 390 px before anything is scrolled.
func TestBrowserShowsVerdictsOnPhones(t *testing.T) {
	c := newChrome(t)
	pages := sheetPages(t)
	s, runs := madePass()
	s.Entries[1].Entry = "train_with_many_workers" // as long as a text that isn't broken
	s.Gates[0].Entry = "train_with_many_workers"
	pages["sheet-suite-pass"] = written(t, func(w io.Writer) error { return SuiteHTML(w, s, runs) })
	pages["sheet-history-nights"] = written(t, func(w io.Writer) error { return HistoryHTML(w, nightsHistory()) })
	for _, name := range []string{"sheet-history", "sheet-history-all", "sheet-history-nights", "sheet-suite", "sheet-suite-pass", "sheet-index", "sheet-index-many"} {
		c.tabOf(pages[name])
		c.look(390, "light", "screen")
		c.demand(name+": there are verdicts", `document.querySelectorAll('td.word').length > 0`)
		c.demand(name+": every verdict is seen", `[...document.querySelectorAll('td.word')].map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, r]) => r.left < 0 || r.right > 390 - 16).map(([text, r]) => text + ' ends at ' + r.right).slice(0, 3).join() || true`)
		if strings.HasPrefix(name, "sheet-history") {
			c.demand(name+": every value is seen", `[...document.querySelectorAll('#runs ~ .wrap td.n:nth-child(3)')].map(e => e.getBoundingClientRect()).every(r => r.width > 0 && r.right <= 390 - 16 + 12)`)
		}
		c.shoot(name+"-phone", 390, "light")
	}
}

// quiet: the browser has nothing to say of a page, and asked for nothing else.
func (c *chrome) quiet(path string) {
	c.t.Helper()
	for _, complaint := range c.complaints(path) {
		c.t.Error(complaint)
	}
}

// TestBrowserReadsSheetsWithoutScript: a page of many runs says without its script what it
// says with it.
func TestBrowserReadsSheetsWithoutScript(t *testing.T) {
	c := newChrome(t)
	const text = `(() => { document.querySelectorAll('.tools, script').forEach(e => e.remove()); return document.body.textContent; })()`
	for name, page := range sheetPages(t) {
		var with, without string
		c.tabOf(page)
		c.eval(text, &with)
		c.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
		c.tabOf(page)
		c.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": false}, nil)
		c.demand(name+": no script ran", `document.querySelector('button, input') == null`)
		c.eval(text, &without)
		if with != without || len(with) < 100 {
			t.Errorf("%s: the page has another text with its script (%d bytes) than without it (%d bytes)", name, len(with), len(without))
		}
	}
}

// TestBrowserRunsNoScriptOfSheets: a browser shows planted texts on the pages of many runs
// and does nothing else.
func TestBrowserRunsNoScriptOfSheets(t *testing.T) {
	c := newChrome(t)
	for name, page := range hostilePages(t) {
		path := c.tabOf(page)
		c.demand(name, `(document.images.length == 0 && document.scripts.length == 1 && document.querySelectorAll('style').length == 1 && document.body.textContent.includes('<script>alert(1)</script>'))`)
		c.demand(name, `[...document.querySelectorAll('*')].flatMap(e => [...e.attributes].map(a => a.name)).filter(n => n.startsWith('on')).length == 0`)
		c.demand(name, `[...document.querySelectorAll('a')].every(a => a.protocol == 'file:')`)
		c.eval(`document.querySelectorAll('thead button, .tools button').forEach(b => b.click()); 0`, nil)
		for _, width := range []int{390, 1440} {
			c.look(width, "dark", "screen")
			c.checkWidth(fmt.Sprintf("%s, %d px", name, width))
		}
		c.look(688, "light", "print")
		c.checkWidth(name + ", print")
		c.quiet(path)
	}
}

// TestBrowserBuildsSheetsAsReports: landmarks, one script that the policy allows, an anchor
// and a line in the contents for each part, and what a search engine or a chat shows.
func TestBrowserBuildsSheetsAsReports(t *testing.T) {
	script := shortened(pageScript)
	for name, page := range sheetPages(t) {
		t.Run(name, func(t *testing.T) {
			var landmarks, ids, anchors, contents []string
			for _, m := range regexp.MustCompile(`<(header|main|nav|/main|footer)[ >]`).FindAllStringSubmatch(page, -1) {
				landmarks = append(landmarks, m[1])
			}
			if got := strings.Join(landmarks, " "); got != "header main nav /main footer" {
				t.Errorf("landmarks are %s", got)
			}
			for _, m := range regexp.MustCompile(`<h2 id="([^"]*)"><a href="#([^"]*)">`).FindAllStringSubmatch(page, -1) {
				ids, anchors = append(ids, m[1]), append(anchors, m[2])
			}
			nav := page[strings.Index(page, "<nav"):strings.Index(page, "</nav>")]
			for _, m := range regexp.MustCompile(`<a href="#([^"]*)">[^<]+</a>`).FindAllStringSubmatch(nav, -1) {
				contents = append(contents, m[1])
			}
			if !slices.Equal(ids, anchors) || !slices.Equal(ids, contents) || len(ids) == 0 || strings.Count(page, "<h2") != len(ids)+1 {
				t.Errorf("headings are %v, anchors %v and contents %v", ids, anchors, contents)
			}
			if strings.Count(page, "<script") != 1 || !strings.Contains(page, "<script>"+script+"</script>") || !strings.Contains(html.UnescapeString(page), policy(script)) {
				t.Error("the page has another script than that of the page of one run, or a policy that forbids it")
			}
			for _, want := range []string{`<meta name="description" content="`, `<meta property="og:title" content="`, `<a class="skip" href="#verdict">`, generator} {
				if !strings.Contains(page, want) {
					t.Errorf("it lacks %s", want)
				}
			}
			checkIDs(t, strings.ReplaceAll(page, "b-mut", "b-au")) // which only these pages have
		})
	}
}
