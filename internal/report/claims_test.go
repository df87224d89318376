package report

import (
	"bytes"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/claims"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// slide is what a slide says of two runs.
const slide = `source: the slide of 2026-03-13
runs:
  - command: mlperf
    figures:
      accelerators: 48
      au_mean_fraction: 90.72 %
      samples_per_s_mean: 77,485
      nominal_bytes_per_s_mean: 8.3 GB/s
      dataset_files: 10,629
      dataset_bytes: 210 GB
      wait_p99_ns: 40 ms
    epochs: {au_fraction: [93.3 %, 90.4 %, 91.4 %, 91.4 %, 87.9 %]}
  - command: cold-read
    figures: {read_bytes_per_s: 13.1 GB/s, duration_ns: 17 s, read_bytes: 210 GB}
`

// slideTraining is a made run with the slide's AUs and rate.
func slideTraining() result.Run {
	run := madeShape()
	for i, au := range []float64{0.933, 0.904, 0.914, 0.914, 0.879} {
		run.Epochs = append(run.Epochs, result.Epoch{Epoch: i + 1, Metrics: map[string]float64{
			"au_fraction": au, "samples_per_s": 77485 * au / 0.9088, "read_bytes_per_s": 77485 * au / 0.9088 * madeRecord}})
	}
	au := counted(run, "au_fraction")
	run.Metrics = map[string]float64{"samples_per_s_mean": 77485, "nominal_bytes_per_s_mean": 77485 * 114660.07, "read_bytes_per_s_mean": 77485 * madeRecord}
	run.Metrics["au_mean_fraction"], _ = stats.Mean(au)
	run.Metrics["au_min_fraction"], _ = stats.Min(au)
	run.Metrics["au_stddev_fraction"], _ = stats.PopulationStdev(au)
	mean := run.Metrics["au_mean_fraction"]
	run.Verdict, run.Checks = result.Pass, []result.Check{{Rule: "au_mean_fraction >= 0.9", Want: 0.9, Got: &mean, OK: true}}
	return run
}

// slideCold is a made cold read of 13.1 GB/s over 17 s.
func slideCold() result.Run {
	run := madeCold().run
	run.Metrics["duration_ns"], run.Metrics["read_bytes"], run.Block.SetBytes = 17e9, 222.7e9, 222_700_000_000
	return run
}

func slideClaims(t *testing.T, text string, runs ...result.Run) Claims {
	t.Helper()
	f, err := claims.Parse("slide.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	held, err := f.Hold(runs)
	if err != nil {
		t.Fatal(err)
	}
	return Claims{f.Source, held}
}

func TestClaims(t *testing.T) {
	unfinished := slideTraining()
	unfinished.Status, unfinished.Verdict = result.Interrupted, result.None
	all := slideClaims(t, slide, slideTraining(), slideCold())
	right := slideClaims(t, "runs: [{figures: {accelerators: 48, au_mean_fraction: 90.88 %}}]", slideTraining())
	cut := slideClaims(t, "source: us\nruns: [{figures: {accelerators: 48, au_mean_fraction: 90.88 %}}]", unfinished)
	if all.Good() || !right.Good() || cut.Good() {
		t.Errorf("good: %v, %v, %v, want the second only", all.Good(), right.Good(), cut.Good())
	}
	for name, write := range map[string]func(io.Writer) error{
		"claims-run.txt":        func(w io.Writer) error { return Text(w, slideTraining()) },
		"claims.txt":            func(w io.Writer) error { return ClaimsText(w, all) },
		"claims.md":             func(w io.Writer) error { return ClaimsMarkdown(w, all) },
		"claims-right.txt":      func(w io.Writer) error { return ClaimsText(w, right) },
		"claims-unfinished.txt": func(w io.Writer) error { return ClaimsText(w, cut) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

// TestManualShowsTheSlide: the manual's example is this slide with what lbench says of it.
func TestManualShowsTheSlide(t *testing.T) {
	manual, err := os.ReadFile("../../docs/results.md")
	if err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile("testdata/claims.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"```yaml\n" + slide + "```", "```text\n" + string(said) + "```"} {
		if !strings.Contains(string(manual), want) {
			t.Errorf("docs/results.md lacks\n%s", want)
		}
	}
}

// TestClaimsPage: each note has the number that its row leads to.
func TestClaimsPage(t *testing.T) {
	var b bytes.Buffer
	if err := ClaimsHTML(&b, slideClaims(t, slide, slideTraining(), slideCold())); err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(b.String(), "\u00a0", " ")
	for _, want := range []string{
		`<section class="verdict bad"`, "DOES NOT FOLLOW (4 of 15 figures, 1 not in the run)", "claimed by the slide of 2026-03-13",
		`<a href="#note-2">does not follow [2]</a>`, `<li id="note-2">The claimed &#34;8.3 GB/s&#34; is GiB/s: the run has 8.27 GiB/s, in GB/s it is 8.9.</li>`,
		`<a href="#note-4">follows [4]</a>`, `<li id="note-4">210 GB / 17 s = 12.4 GB/s, not 13.1.</li>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %s", want)
		}
	}
}

// TestClaimsAreText: what a file of claims or a run says is text on the page and in Markdown.
func TestClaimsAreText(t *testing.T) {
	run := slideTraining()
	plant(reflect.ValueOf(&run).Elem(), []string{"Status", "Command", "Workload"})
	c := slideClaims(t, "runs: [{figures: {accelerators: 48}}]", run)
	c.Source = planted
	for name, write := range map[string]func(io.Writer, Claims) error{"HTML": ClaimsHTML, "Markdown": ClaimsMarkdown} {
		var b bytes.Buffer
		if err := write(&b, c); err != nil {
			t.Fatal(err)
		}
		others := strings.Replace(b.String(), "<script>"+shortened(pageScript)+"</script>", "", 1)
		if strings.Contains(others, "<script") || strings.Contains(others, "<img") {
			t.Errorf("%s has the planted text as markup", name)
		}
	}
	for _, write := range []func(io.Writer, Claims) error{ClaimsHTML, ClaimsMarkdown, ClaimsText} {
		if err := write(brokenWriter{}, c); err == nil || !strings.Contains(err.Error(), "pipe is gone") {
			t.Errorf("error %v, want the writer's", err)
		}
	}
}

// TestClaimsOfARunsPage: a section after the rules, whose notes come after those of the warnings.
func TestClaimsOfARunsPage(t *testing.T) {
	m := made{run: slideTraining()}
	c := slideClaims(t, slide, m.run, slideCold())
	var b, without bytes.Buffer
	if err := errors.Join(HTMLClaimed(&b, m.run, m, c), HTML(&without, m.run, m)); err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(b.String(), "\u00a0", " ")
	for _, want := range []string{
		`<h2 id="claims"><a href="#claims">Does what was claimed follow?</a></h2>`, `<li><a href="#claims">Claims</a></li>`,
		`<a href="#note-4">does not follow [4]</a>`, `<li id="note-4">The claimed &#34;8.3 GB/s&#34; is GiB/s`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	if rules, own := strings.Index(page, `id="rules"`), strings.Index(page, `id="claims"`); rules < 0 || own < rules || strings.Contains(page, "12.4 GB/s, not 13.1") {
		t.Error("the section isn't after the rules, or is about another run")
	}
	if strings.Contains(without.String(), "claims") {
		t.Error("a page without claims speaks of them")
	}
}
