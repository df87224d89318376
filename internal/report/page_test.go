package report

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// TestPageTellsItsStoryInOrder: sections of a training run, each with an anchor and a
// line in the contents.
func TestPageTellsItsStoryInOrder(t *testing.T) {
	page := pageOf(t, stalledRun())
	var ids, anchors, contents []string
	for _, m := range regexp.MustCompile(`<h2 id="([^"]*)"><a href="#([^"]*)">`).FindAllStringSubmatch(page, -1) {
		ids, anchors = append(ids, m[1]), append(anchors, m[2])
	}
	want := strings.Fields("au lost throughput slowest stalls waits time cached limit ledger telemetry epochs rules rounds metrics settings mount files recompute notes")
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("sections (-want +got):\n%s", diff)
	}
	nav := page[strings.Index(page, "<nav"):strings.Index(page, "</nav>")]
	for _, m := range regexp.MustCompile(`<a href="#([^"]*)">[^<]+</a>`).FindAllStringSubmatch(nav, -1) {
		contents = append(contents, m[1])
	}
	if !slices.Equal(ids, anchors) || !slices.Equal(ids, contents) {
		t.Errorf("anchors are %v and contents %v, want %v", anchors, contents, ids)
	}
	order := regexp.MustCompile(`<(header|main|nav|/main|footer)[ >]`).FindAllStringSubmatch(page, -1)
	var landmarks []string
	for _, m := range order {
		landmarks = append(landmarks, m[1])
	}
	if got := strings.Join(landmarks, " "); got != "header main nav /main footer" {
		t.Errorf("landmarks are %s", got)
	}
}

// TestPolicyIsOfItsScript: a browser runs the page's script, as its hash is in the policy.
func TestPolicyIsOfItsScript(t *testing.T) {
	page := pageOf(t, madeCold())
	script := page[strings.Index(page, "<script>")+len("<script>") : strings.Index(page, "</script>")]
	sum := sha256.Sum256([]byte(script))
	policy := html.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	if want := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) || !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("policy is %s, want %s in it", policy, want)
	}
	if len(script) >= 7<<10 {
		t.Errorf("the script has %d bytes, want less than 7 KiB", len(script))
	}
	for _, wrong := range []string{"//", "http", "eval", "innerHTML", "fetch("} {
		if strings.Contains(script, wrong) {
			t.Errorf("the script has %q", wrong)
		}
	}
}

func TestPageDescribesItself(t *testing.T) {
	page := strings.ReplaceAll(html.UnescapeString(pageOf(t, stalledRun())), "\u00a0", " ")
	const head = "PASS, 90.4 % AU against 90 %: resnet50_h100, 48 accelerators, one client, on 10.0.0.8@tcp:/zettafs (lustre, 4 OSTs, 2 servers)"
	for _, want := range []string{
		"<title>" + head + "</title>", `<meta property="og:title" content="` + head + `">`, `property="og:type"`, `<html lang="en">`,
		`name="description" content="90.4 % AU against 90 %, ± 3.0 points at 95 %, 5 epochs of one run. Accelerator`,
		`<a class="skip" href="#verdict">`, `name="color-scheme" content="light dark"`,
		"standard deviation 2.17 points (of the population, as DLIO), 95 % interval 87.3 % to 93.4 %. Mean rate 8.76 GB/s = 8.16 GiB/s.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %s", want)
		}
	}
}

// TestSure: beside every headline stands how sure it is.
func TestSure(t *testing.T) {
	one := func() made { return newMade([]float64{0.93}, 0) }
	steadyFew := func() made {
		m := madeSustained()
		m.run.Block.Steady.Found = false
		return m
	}
	for _, test := range []struct {
		name       string
		makeRun    func() made
		sure, rule string
	}{
		{"five epochs", stalledRun, "± 3.0 points at 95 %, 5 epochs of one run", ""},
		{"one epoch", one, "1 epoch of one run: no interval", ""},
		{"unfinished", variants()["interrupted"], "", ""},
		{"cold", madeCold, "one run: no interval", "rule: at least 13.0 GB/s"},
		{"no rule", blockVariants()["cold-no-rule"], "one run: no interval", ""},
		{"steady", madeSustained, "nine in ten windows from 10.4 GB/s to 10.9 GB/s; one run: no interval", "rule: at least 10.0 GB/s"},
		{"never steady", steadyFew, "one run: no interval", ""},
		{"small writes", madeSmallWrite, "one run: no interval", "rule: at most 50 ms"},
		{"matrix", blockVariants()["matrix-few"], "1 repeat: too few for an interval", ""},
		{"compare", madeCompare, "6 repeats on each; intervals below", ""},
		{"killed", blockVariants()["cold-killed"], "", ""},
	} {
		a := newAnswer(test.makeRun().run)
		if a.Sure != test.sure || a.Rule != test.rule {
			t.Errorf("%s: %q and %q, want %q and %q", test.name, a.Sure, a.Rule, test.sure, test.rule)
		}
	}
	a := newAnswer(madeMatrix().run)
	if !regexp.MustCompile(`^± 0\.\d\d GB/s at 95 %, 5 repeats$`).MatchString(a.Sure) {
		t.Errorf("matrix: %q", a.Sure)
	}
}

func TestFileSection(t *testing.T) {
	files := []result.FileSum{
		{Name: "dlio/0_output.json", Bytes: 7, SHA256: "aa"}, {Name: "dlio/summary.json", Bytes: 999, SHA256: "bb"},
		{Name: "odd #1?.txt", Bytes: 1_500_000, SHA256: "cc"}, {Name: "c:x", SHA256: "dd"},
	}
	run := madeShape()
	s := newFileSection(run, files)
	var lines []string
	for _, r := range s.Table.Rows {
		lines = append(lines, r.Cells[0].Text+"|"+r.Cells[0].Link+"|"+r.Cells[2].Text+"|"+r.Cells[3].Text)
	}
	want := []string{"dlio/summary.json|dlio/summary.json|999 B|bb", "odd #1?.txt|odd%20%231%3F.txt|1.50 MB (1.43 MiB)|cc", "c:x|./c:x|0 B|dd", "SHA256SUMS|SHA256SUMS||"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if s.Folded == nil || len(s.Folded.Rows) != 1 || s.Folded.Label != "1 more file" || !strings.HasPrefix(s.Lead, "4 files, 1.50 MB (1.43 MiB), beside") {
		t.Errorf("folded %+v, lead %q", s.Folded, s.Lead)
	}
	run.Status = result.Incomplete
	if s := newFileSection(run, files); len(s.Table.Rows) != 3 || strings.Contains(s.Lead, "SHA256SUMS") {
		t.Errorf("a folder that isn't closed has a checksum file: %q", s.Lead)
	}
	if _, ok := fileSection(nil)(&data{}); ok {
		t.Error("no files, yet a section")
	}
}

type brokenFiles struct{ made }

func (brokenFiles) Files() ([]result.FileSum, error) { return nil, errors.New("run.json: cut") }

func TestHTMLReportsFileErrors(t *testing.T) {
	m := madeCold()
	var b strings.Builder
	if err := HTML(&b, m.run, brokenFiles{m}); err == nil || err.Error() != "report: run.json: cut" || b.Len() > 0 {
		t.Errorf("HTML gives %v after %d bytes", err, b.Len())
	}
}

func TestSettingsAreMarked(t *testing.T) {
	run := result.Run{Settings: map[string]result.Setting{
		"a": {Value: 4096.0, From: "default"}, "b": {Value: true, From: "workload"}, "c": {Value: "x", From: "config"},
		"d": {Value: nil, From: "flag"}, "e": {Value: 2, From: "dataset"}, "f": {Value: 0.5, From: "elsewhere"}, "g": {Value: 1, From: "environment"},
	}}
	s, ok := settingSection(&data{run: run})
	print := func(t *table) string {
		var b strings.Builder
		for _, r := range t.Rows {
			b.WriteString(r.Kind + " " + r.Cells[0].Text + "=" + r.Cells[1].Text + " " + r.Cells[2].Text + "\n")
		}
		return b.String()
	}
	if diff := cmp.Diff("chosen f=0.5 elsewhere\nchosen d=none set by flag\nchosen g=1 set by environment\nchosen c=x set by config file\nchosen e=2 found in the dataset\n", print(s.Table)); diff != "" || !ok {
		t.Errorf("chosen (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("default b=true default of the workload\ndefault a=4096 default of lbench\n", print(s.Folded)); diff != "" || s.Folded.Label != "2 defaults" {
		t.Errorf("defaults (-want +got):\n%s%s", diff, s.Folded.Label)
	}
	if _, ok := settingSection(&data{}); ok {
		t.Error("no settings, yet a section")
	}
}

func TestCommandsForAShell(t *testing.T) {
	for _, test := range []struct{ id, want string }{
		{"20260313T140200Z-mlperf-resnet50_h100", "20260313T140200Z-mlperf-resnet50_h100"},
		{"-rf", "./'-rf'"},
		{"a b'; rm $x", `./'a b'\''; rm $x'`},
	} {
		if got := quoted(test.id); got != test.want {
			t.Errorf("quoted(%q) is %s, want %s", test.id, got, test.want)
		}
	}
	s := recompute(&data{run: result.Run{ID: "x y", Status: result.Complete}}, nil)
	if got := strings.Join(s.Commands, "\n"); got != "lbench verify ./'x y'\nlbench report ./'x y'\n(cd ./'x y' && sha256sum -c SHA256SUMS)" {
		t.Errorf("commands are\n%s", got)
	}
}

func TestColdnessOfEpochs(t *testing.T) {
	m := stalledRun()
	delete(m.run.Epochs[1].Metrics, "cached_fraction_before")
	s, ok := coldEpochSection(&data{run: m.run})
	if !ok || s.Table.Rows[1].Cells[1].Text != notMeasured || s.Table.Rows[4].Cells[1].Text != "1.7 %" || s.Table.Rows[4].Cells[2].Text != "25.2 GB (23.4 GiB)" {
		t.Errorf("rows are %+v", s.Table.Rows)
	}
	if !strings.HasPrefix(s.Lead, "Up to 1.7 % of the data lay") || !strings.Contains(s.Lead, "weren't dropped") {
		t.Errorf("lead is %q", s.Lead)
	}
	for i := range m.run.Epochs {
		delete(m.run.Epochs[i].Metrics, "cached_fraction_before")
	}
	if s, _ := coldEpochSection(&data{run: m.run}); !strings.Contains(s.Lead, "wasn't measured") {
		t.Errorf("lead is %q", s.Lead)
	}
}

// TestNumberKeepsItsUnit: a path goes on in the next line, a number with its unit never does.
func TestNumberKeepsItsUnit(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"dlio/summary.json", "dlio/<wbr>summary.<wbr>json"},
		{unbroken("425 MB/s"), "425\u00a0MB/s"},
		{unbroken("± 3.0 at 95 %, 12 steps"), "±\u00a03.0 at 95\u00a0%, 12\u00a0steps"},
		{"<b>/x y", "&lt;b&gt;/x y"},
		{"<b>/x", "&lt;b&gt;/<wbr>x"},
	} {
		if got := string(breakable(test.text)); got != test.want {
			t.Errorf("breakable(%q) is %q, want %q", test.text, got, test.want)
		}
	}
}
