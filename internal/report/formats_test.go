package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// writers are all that print more than one run, each with made data.
func writers() map[string]func(io.Writer) error {
	runs := []result.Run{newMade(madeAU(), 0).run, madeCold().run, variants()["interrupted"]().run}
	s, ran := madeSuite()
	unfinished := s
	unfinished.Status, unfinished.Verdict, unfinished.Ended, unfinished.Gates, unfinished.Error = result.Interrupted, result.None, nil, nil, "stopped by SIGTERM"
	few := madeHistory(12)
	few.Metric = ""
	return map[string]func(io.Writer) error{
		"markdown-pass.md": func(w io.Writer) error { return Markdown(w, runs[:1]) },
		"markdown-cold.md": func(w io.Writer) error { return Markdown(w, runs[1:2]) },
		"markdown-many.md": func(w io.Writer) error { return Markdown(w, runs) },
		"runs.csv":         func(w io.Writer) error { return CSV(w, runs) },
		"runs-long.csv":    func(w io.Writer) error { return CSVLong(w, runs[:1]) },
		"runs.xml": func(w io.Writer) error {
			return JUnit(w, append(runs, variants()["warmup"]().run, variants()["failed"]().run))
		},
		"comparison.txt":           func(w io.Writer) error { return ComparisonText(w, madeComparison()) },
		"comparison-few.txt":       func(w io.Writer) error { return ComparisonText(w, madeComparisonFew()) },
		"comparison.md":            func(w io.Writer) error { return ComparisonMarkdown(w, madeComparison()) },
		"comparison.html":          func(w io.Writer) error { return ComparisonHTML(w, madeComparison()) },
		"history.txt":              func(w io.Writer) error { return HistoryText(w, madeHistory(60)) },
		"history-all.txt":          func(w io.Writer) error { return HistoryText(w, few) },
		"history.html":             func(w io.Writer) error { return HistoryHTML(w, madeHistory(60)) },
		"suite.txt":                func(w io.Writer) error { return SuiteText(w, s, ran) },
		"suite-unfinished.txt":     func(w io.Writer) error { return SuiteText(w, unfinished, nil) },
		"suite.md":                 func(w io.Writer) error { return SuiteMarkdown(w, s, ran) },
		"suite.xml":                func(w io.Writer) error { return SuiteJUnit(w, s, ran) },
		"suite.html":               func(w io.Writer) error { return SuiteHTML(w, s, ran) },
		"verification.txt":         func(w io.Writer) error { return VerificationText(w, madeVerification()) },
		"verification-set.txt":     func(w io.Writer) error { return VerificationText(w, madeSetVerification()) },
		"verification-ok.txt":      func(w io.Writer) error { return VerificationText(w, result.Verification{OK: true, Checked: 1}) },
		"verification-nothing.txt": func(w io.Writer) error { return VerificationText(w, result.Verification{OK: true}) },
	}
}

func TestFormatsGolden(t *testing.T) {
	for name, write := range writers() {
		t.Run(name, func(t *testing.T) {
			var b, again bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			if err := write(&again); err != nil || again.String() != b.String() {
				t.Fatalf("written twice it differs (%v)", err)
			}
			golden(t, name, withoutStyle(b.Bytes()))
			checkWritten(t, name, b.String())
			if err := write(brokenWriter{}); err == nil || !strings.Contains(err.Error(), "pipe is gone") {
				t.Errorf("a broken writer gives %v", err)
			}
		})
	}
}

// withoutStyle takes from a page what is another file's: its style sheet, its script with
// the sum of it, and what the page of a run notes of axes.
func withoutStyle(page []byte) []byte {
	return regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>|sha256-[^&]*| data-[xy]="[^"]*"`).ReplaceAll(page, nil)
}

// checkWritten is what holds for every format, whatever it is of.
func checkWritten(t *testing.T, name, text string) {
	t.Helper()
	others := strings.Replace(text, "<script>"+shortened(pageScript)+"</script>", "", 1)
	for _, wrong := range []string{"NaN", "Inf", "%!", "<script", "\x1b", "\x00"} {
		if strings.Contains(others, wrong) {
			t.Errorf("%s holds %q", name, wrong)
		}
	}
	switch filepath.Ext(name) {
	case ".html":
		checkSheet(t, name, text)
	case ".csv":
		if _, err := csv.NewReader(strings.NewReader(text)).ReadAll(); err != nil {
			t.Error(err)
		}
	case ".xml":
		checkWellFormed(t, text)
	case ".md":
		checkMarkdownTables(t, text)
	}
}

func checkSheet(t *testing.T, name, page string) {
	t.Helper()
	if dir := os.Getenv("LBENCH_REPORT_PAGES"); dir != "" { // to look at them
		if err := os.WriteFile(filepath.Join(dir, name), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stripped := strings.ReplaceAll(page, `xmlns="http://www.w3.org/2000/svg"`, "")
	for _, wrong := range []string{"http:", "https:", "ZgotmplZ", "url("} {
		if strings.Contains(stripped, wrong) {
			t.Errorf("page holds %q", wrong)
		}
	}
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1) {
		checkSVG(t, svg)
	}
	checkStyles(t, page)
	checkLabels(t, name, page)
	if len(page) > 3<<20 {
		t.Errorf("page has %d bytes, want at most 3 MiB", len(page))
	}
}

func checkWellFormed(t *testing.T, text string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := decoder.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
}

// checkMarkdownTables: every row of a table has as many cells as its head.
func checkMarkdownTables(t *testing.T, text string) {
	t.Helper()
	cells := regexp.MustCompile(`(^|[^\\])\|`)
	want := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			want = 0
			continue
		}
		n := len(cells.FindAllString(line, -1))
		if want > 0 && n != want {
			t.Errorf("row has %d bars, its head %d: %s", n, want, line)
		}
		want = n
	}
}

// evil is what a host name or a mount's options may hold.
const evil = "\"><script>alert(1)</script>|*x*[y](z)\x1b[31m\u202e`=1+1`'\x00\n# big"

func evilRun() made {
	m := newMade(madeAU()[:2], 0)
	r := &m.run
	r.ID, r.Workload, r.Host.Name, r.Mount.Source, r.Mount.Options, r.Mount.Path = evil, evil, evil, evil, evil, evil
	r.Lbench.Version, r.Plan.Profile = evil, "shuffled"
	r.Warnings = []result.Warning{{Code: evil, Text: evil}}
	r.Limit = &result.Limit{Name: evil, Evidence: []string{evil}}
	r.Checks = append(r.Checks, result.Check{Rule: evil, Want: 7})
	r.Metrics[evil] = 41.25
	r.Settings[evil] = result.Setting{Value: evil, From: evil}
	return m
}

// TestFormatsEscape: nothing that a run says of itself is taken for markup anywhere.
func TestFormatsEscape(t *testing.T) {
	run := evilRun().run
	c := madeComparison()
	c.A[0], c.Settings[0], c.Metrics[0].Name, c.Warnings[0].Text = evil, result.SettingChange{Name: evil, A: evil, B: evil}, evil, evil
	h := madeHistory(60)
	h.Runs[59].ID, h.Runs[59].Dir, h.Runs[59].Workload, h.Runs[59].Command = evil, "../../"+evil, evil, evil
	h.Changes[1].Settings = c.Settings
	s, _ := madeSuite()
	s.Name, s.File, s.ID, s.Error = evil, evil, evil, evil
	s.Entries[0].Entry, s.Entries[0].Run, s.Entries[3].Error, s.Entries[4].Error = evil, evil, evil, evil
	s.Gates[1].Rule, s.Gates[1].Why, s.Gates[1].Entry, s.Gates[1].Metric = evil, evil, evil, evil
	s.Warnings[0].Text = evil
	ran := map[string]result.Run{evil: run}
	v := madeVerification()
	v.Runs[0], v.Findings[2].Published, v.Findings[3].Why, v.Findings[3].File, v.Notes[0], v.Round = evil, evil, evil, evil, evil, evil
	set := madeSetVerification()
	set.Sets[0].Rules[0], set.Sets[0].Means[evil] = result.SetRule{Rule: evil, Why: evil}, 3
	for name, write := range map[string]func(io.Writer) error{
		"run.md": func(w io.Writer) error { return Markdown(w, []result.Run{run, run}) }, "run.csv": func(w io.Writer) error { return CSV(w, []result.Run{run}) },
		"long.csv": func(w io.Writer) error { return CSVLong(w, []result.Run{run}) }, "run.xml": func(w io.Writer) error { return JUnit(w, []result.Run{run}) },
		"c.txt": func(w io.Writer) error { return ComparisonText(w, c) }, "c.md": func(w io.Writer) error { return ComparisonMarkdown(w, c) },
		"c.html": func(w io.Writer) error { return ComparisonHTML(w, c) }, "h.txt": func(w io.Writer) error { return HistoryText(w, h) },
		"h.html": func(w io.Writer) error { return HistoryHTML(w, h) }, "s.txt": func(w io.Writer) error { return SuiteText(w, s, ran) },
		"s.md": func(w io.Writer) error { return SuiteMarkdown(w, s, ran) }, "s.xml": func(w io.Writer) error { return SuiteJUnit(w, s, ran) },
		"s.html": func(w io.Writer) error { return SuiteHTML(w, s, ran) }, "v.txt": func(w io.Writer) error { return VerificationText(w, v) },
		"set.txt": func(w io.Writer) error { return VerificationText(w, set) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			text := b.String()
			if !strings.Contains(text, "alert(1)") {
				t.Fatal("the planted text isn't there at all")
			}
			for _, wrong := range []string{"\x1b", "\x00", "\u202e", "\n# big"} {
				if strings.Contains(text, wrong) {
					t.Errorf("holds %q", wrong)
				}
			}
			switch filepath.Ext(name) {
			case ".txt", ".csv": // no markup there
			default:
				checkWritten(t, name, text)
			}
			switch filepath.Ext(name) {
			case ".md":
				for _, wrong := range []string{"*x*[y]", "[y](z)", "`=1"} {
					if strings.Contains(strings.ReplaceAll(text, `\`+wrong[:1], ""), wrong) {
						t.Errorf("holds %q unescaped", wrong)
					}
				}
			case ".html":
				for _, href := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(text, -1) {
					if strings.HasPrefix(href[1], "../../") || strings.Contains(href[1], "/..") {
						t.Errorf("link %q leaves its folder", href[1])
					}
				}
			}
		})
	}
}

func TestCSVText(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "=1+1": "'=1+1", "-x": "'-x", "@x": "'@x", "+1": "'+1", "a\nb": "a b"} {
		if got := csvText(in); got != want {
			t.Errorf("csvText(%q) is %q, want %q", in, got, want)
		}
	}
}

// TestCSVKeepsNumbers: a number is as run.json has it, and one that isn't there is empty.
func TestCSVKeepsNumbers(t *testing.T) {
	runs := []result.Run{{ID: "a", Metrics: map[string]float64{"x_ns": 1524834000011, "y_fraction": 0.1}}, {ID: "b", Metrics: map[string]float64{"x_ns": 1e-7}}}
	var b bytes.Buffer
	if err := CSV(&b, runs); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{{"x_ns", "y_fraction"}, {"1524834000011", "0.1"}, {"1e-7", ""}} {
		if got := lines[i][6+len(runColumns()):]; !slices.Equal(got, want) {
			t.Errorf("line %d ends in %q, want %q", i, got, want)
		}
	}
}

// TestFormatsOfNothing: no data at all is printed as such.
func TestFormatsOfNothing(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"runs.md": func(w io.Writer) error { return Markdown(w, nil) }, "run.md": func(w io.Writer) error { return Markdown(w, make([]result.Run, 2)) },
		"runs.csv": func(w io.Writer) error { return CSV(w, nil) }, "run.csv": func(w io.Writer) error { return CSV(w, make([]result.Run, 1)) },
		"long.csv": func(w io.Writer) error { return CSVLong(w, nil) }, "runs.xml": func(w io.Writer) error { return JUnit(w, nil) },
		"run.xml": func(w io.Writer) error { return JUnit(w, make([]result.Run, 1)) }, "c.txt": func(w io.Writer) error { return ComparisonText(w, result.Comparison{}) },
		"c.html": func(w io.Writer) error { return ComparisonHTML(w, result.Comparison{}) }, "c.md": func(w io.Writer) error { return ComparisonMarkdown(w, result.Comparison{}) },
		"h.txt": func(w io.Writer) error { return HistoryText(w, result.History{}) }, "h.html": func(w io.Writer) error { return HistoryHTML(w, result.History{}) },
		"h1.html": func(w io.Writer) error {
			return HistoryHTML(w, result.History{Runs: []result.HistoryRun{{Metrics: map[string]float64{"x": 0}, Status: result.Complete}}, Changes: []result.Change{{Run: "?", Metric: "y", Low: -1, High: 9}}})
		},
		"s.txt": func(w io.Writer) error { return SuiteText(w, result.Suite{}, nil) }, "s.html": func(w io.Writer) error { return SuiteHTML(w, result.Suite{}, nil) },
		"s.md": func(w io.Writer) error { return SuiteMarkdown(w, result.Suite{}, nil) }, "s.xml": func(w io.Writer) error { return SuiteJUnit(w, result.Suite{}, nil) },
		"v.txt": func(w io.Writer) error { return VerificationText(w, result.Verification{}) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			if b.Len() == 0 {
				t.Error("nothing is written")
			}
			for _, wrong := range []string{"NaN", "Inf", "%!"} {
				if strings.Contains(b.String(), wrong) {
					t.Errorf("holds %q", wrong)
				}
			}
		})
	}
}

// checkStyles: no id twice, and every class of an ink has a rule in the style sheet.
func checkStyles(t *testing.T, page string) {
	t.Helper()
	seen := map[string]bool{}
	for _, match := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if seen[match[1]] {
			t.Errorf("id %q stands twice", match[1])
		}
		seen[match[1]] = true
	}
	for _, match := range regexp.MustCompile(`class="(?:swatch )?([fsb]-[a-z]+)`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(pageStyle+blockStyle+sheetStyle, "."+match[1]+"{") {
			t.Errorf("class %q has no style", match[1])
		}
	}
}

// TestHistoryNotAsClosed: the verdict of a folder that isn't as its run left it doesn't count,
// and a footnote says why.
func TestHistoryNotAsClosed(t *testing.T) {
	h := madeHistory(30)
	var before, after bytes.Buffer
	if err := HistoryText(&before, h); err != nil {
		t.Fatal(err)
	}
	h.Runs[29].Doubt = "there is no SHA256SUMS"
	for i := range 12 {
		h.Runs[i].Doubt = "emptied"
	}
	if err := HistoryText(&after, h); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(before.String(), "LAST RUN: PASS") || !strings.Contains(before.String(), "30 runs: 30 passed.") {
		t.Errorf("as closed:\n%s", before.String())
	}
	for _, want := range []string{"LAST RUN: IN DOUBT", "30 runs: 17 passed, 13 in doubt.", h.Runs[29].ID + ": there is no SHA256SUMS.", "3 older runs are not as they were closed either.", "verdict [1]"} {
		if !strings.Contains(strings.Join(strings.Fields(after.String()), " "), want) {
			t.Errorf("it lacks %q:\n%s", want, after.String())
		}
	}
}

// TestHistoryOfTenThousand: the text shows the end and says how much more there is, the
// page stays small, and its plot keeps the extremes.
func TestHistoryOfTenThousand(t *testing.T) {
	h := madeHistory(10_000)
	h.Runs[4321].Metrics["au_mean_fraction"], h.Runs[7654].Metrics["au_mean_fraction"] = 0.3, 0.99
	var text, page bytes.Buffer
	if err := HistoryText(&text, h); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "The last 40; 9,960 runs before them.") || strings.Contains(text.String(), h.Runs[9959].ID) || !strings.Contains(text.String(), h.Runs[9960].ID) {
		t.Error("the text doesn't hold the last 40 runs and how many there are before")
	}
	if err := HistoryHTML(&page, h); err != nil {
		t.Fatal(err)
	}
	if page.Len() > 1<<20 {
		t.Errorf("the page has %d bytes, want 1 MiB at most", page.Len())
	}
	low, high := 1.0, 0.0
	for _, p := range newTrend(h, h.Metric).thinned() {
		low, high = min(low, p.value), max(high, p.value)
	}
	if low != 0.3 || high != 0.99 {
		t.Errorf("drawn are %v to %v, want 0.3 to 0.99", low, high)
	}
}

// TestMarkdownFits: however many runs, a job summary holds them.
func TestMarkdownFits(t *testing.T) {
	run := newMade(madeAU(), 0).run
	run.Epochs = slices.Repeat(run.Epochs, 40)
	var b bytes.Buffer
	if err := Markdown(&b, slices.Repeat([]result.Run{run}, 1500)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"500 runs more.", "rows are left out", "more left out here: a job summary holds 1 MiB."} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it lacks %q", want)
		}
	}
	if b.Len() > 1<<20 {
		t.Errorf("it has %d bytes", b.Len())
	}
}

// FuzzSVGPath: no path makes it panic, and what can't be read is an error.
func FuzzSVGPath(f *testing.F) {
	f.Add("M1 98L4 98 5 6L4 94Z")
	f.Add("M60 50A10 10 0 0 0 40 50A10 10 0 0 0 60 50")
	f.Add("L1 2")
	f.Add("M1Q2 3")
	f.Fuzz(func(t *testing.T, d string) {
		if path, err := svgPath(d, 100); err == nil && len(path) == 0 && regexp.MustCompile(`[MLQCA]`).MatchString(d) {
			t.Errorf("%q is read as nothing", d)
		}
	})
}

// FuzzMarkdown: no text ends a cell or a line, or becomes an element.
func FuzzMarkdown(f *testing.F) {
	for _, text := range []string{evil, "a_b", "_a_", "x|y", "`", "\\|", "@all"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := markdown(text)
		if strings.ContainsAny(out, "\n\r<>") || regexp.MustCompile(`(^|[^\\])(\\\\)*[|`+"`"+`*\[]`).MatchString(out) {
			t.Errorf("markdown(%q) is %q", text, out)
		}
	})
}
