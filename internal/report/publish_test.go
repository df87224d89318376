package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gonum.org/v1/plot/vg"

	"github.com/lbench/lbench/internal/result"
)

// folderOf writes a made run as a run folder below dir.
func folderOf(t *testing.T, dir string, m made) *result.Folder {
	t.Helper()
	w, err := result.Create(dir, &m.run, result.CreateFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Steps(m.steps), w.Readings(m.readings), w.Close(m.run), w.Seal()); err != nil {
		t.Fatal(err)
	}
	f, err := result.Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// small has the steps of a few ranks only, so that a test is quick.
func small(m made) made {
	m.steps = slices.DeleteFunc(slices.Clone(m.steps), func(s result.Step) bool { return s.Rank > 1 || s.Step > 60 })
	return m
}

// madeFolders are runs of one kind, one of another, one unfinished and one whose data is broken.
func madeFolders(t *testing.T) []*result.Folder {
	t.Helper()
	results := t.TempDir()
	var folders []*result.Folder
	for i, au := range []float64{0.9331, 0.9042, 0.8788} {
		m := small(newMade([]float64{au, au + 0.003}, 0))
		if i > 0 {
			m.steps = m.steps[:2] // so that the test is quick
		}
		ended := m.run.Ended.Add(time.Duration(i) * 24 * time.Hour)
		m.run.Started, m.run.Ended = m.run.Started.Add(time.Duration(i)*24*time.Hour), &ended
		m.run.ID = result.ID(m.run.Started, m.run.Command, m.run.Workload)
		folders = append(folders, folderOf(t, results, m))
	}
	again := made{run: newMade([]float64{0.9112, 0.9113}, 0).run} // the ID of the first, in another folder
	folders = append(folders, folderOf(t, t.TempDir(), again), folderOf(t, results, madeCold()), folderOf(t, results, madeMatrix()))
	interrupted := small(variants()["interrupted"]())
	interrupted.steps = interrupted.steps[:min(2, len(interrupted.steps))]
	interrupted.run.ID += "-stopped"
	broken := small(newMade(madeAU()[:1], 0))
	broken.run.ID += "-broken"
	folders = append(folders, folderOf(t, results, interrupted), folderOf(t, results, broken))
	if err := os.WriteFile(filepath.Join(folders[7].Dir, result.StepsFile), []byte("{\"epoch\":1}\nnot json\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return folders
}

func filesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestPublish(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "sub", "site")
	if err := Publish(dir, madeFolders(t), PublishOptions{Version: "1.0.0"}); err != nil {
		t.Fatal(err)
	}
	files := filesBelow(t, dir)
	if to := os.Getenv("LBENCH_REPORT_PAGES"); to != "" {
		if err := os.CopyFS(filepath.Join(to, "site"), os.DirFS(dir)); err != nil {
			t.Log(err)
		}
	}
	index := files["index.html"]
	checkSheet(t, "index.html", index)
	golden(t, "publish-index.html", withoutStyle([]byte(index)))
	for _, name := range []string{
		"results.csv", "results-long.csv", "20260313T140200Z-mlperf-resnet50_h100.html", "20260313T140200Z-mlperf-resnet50_h100-2.html",
		"plots/20260313T140200Z-mlperf-resnet50_h100-au.svg", "plots/20260313T140200Z-mlperf-resnet50_h100-au.png",
		"plots/20260313T140200Z-cold-read-cold-read-moved.svg", "data/20260313T140200Z-cold-read-cold-read/moved.csv",
		"data/20260313T140200Z-mlperf-resnet50_h100/epochs.csv", "data/20260313T140200Z-mlperf-resnet50_h100/waits.csv",
		"data/20260313T140200Z-mlperf-resnet50_h100/throughput.csv", "data/20260313T140200Z-mlperf-resnet50_h100-broken/run.json",
	} {
		if files[name] == "" {
			t.Errorf("%s is missing", name)
		}
	}
	if _, ok := files["20260313T140200Z-mlperf-resnet50_h100-broken.html"]; ok {
		t.Error("a run whose steps can't be read has a report")
	}
	for _, want := range []string{"steps.ndjson:2", "interrupted", "of an unfinished run"} {
		if !strings.Contains(index, want) {
			t.Errorf("index.html lacks %q", want)
		}
	}
	checkSite(t, files)
	if entries, _ := os.ReadDir(filepath.Dir(dir)); len(entries) != 1 {
		t.Errorf("beside the site lie %v", entries)
	}
}

// checkSite: every link leads to a file that is there, every picture can be read, every
// table is one.
func checkSite(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		switch filepath.Ext(name) {
		case ".html":
			for _, m := range regexp.MustCompile(`(?:href|src)="([^"#]+)"`).FindAllStringSubmatch(text, -1) {
				to, err := url.PathUnescape(m[1])
				if err != nil || files[to] == "" && to != "data:," {
					t.Errorf("%s links to %q, which isn't there", name, m[1])
				}
			}
		case ".svg":
			checkWellFormed(t, text)
			for _, wrong := range []string{"var(", `class="wide"`, "NaN", "http://", "url("} {
				if strings.Contains(strings.Replace(text, "http://www.w3.org/2000/svg", "", 1), wrong) {
					t.Errorf("%s holds %q", name, wrong)
				}
			}
			for _, m := range regexp.MustCompile(`class="([fs]-[a-z]+)`).FindAllStringSubmatch(text, -1) {
				if !regexp.MustCompile(`\.` + m[1] + `\{[^}]*#[0-9a-f]{3,6}\}`).MatchString(text) {
					t.Errorf("%s has no colour for %s", name, m[1])
				}
			}
			checkLabels(t, name, text)
		case ".png":
			img, err := png.Decode(strings.NewReader(text))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if img.Bounds().Dx() != 2*pictureWidth {
				t.Errorf("%s is %d pixels wide, want %d", name, img.Bounds().Dx(), 2*pictureWidth)
			}
		case ".csv":
			lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil || len(lines) < 2 {
				t.Errorf("%s: %d lines, %v", name, len(lines), err)
			}
		case ".json":
			if !json.Valid([]byte(text)) {
				t.Errorf("%s isn't JSON", name)
			}
		}
	}
}

// full is a disk that takes so many more bytes.
type full struct {
	io.WriteCloser
	left *int
}

func (f full) Write(b []byte) (int, error) {
	if *f.left -= len(b); *f.left < 0 {
		return 0, syscall.ENOSPC
	}
	return f.WriteCloser.Write(b)
}

// TestPublishKeepsTheOld: wherever the disk gets full, what was published stays.
func TestPublishKeepsTheOld(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "site")
	folders := []*result.Folder{folderOf(t, t.TempDir(), made{run: newMade(madeAU()[:1], 0).run})}
	if err := Publish(dir, folders, PublishOptions{Version: "old"}); err != nil {
		t.Fatal(err)
	}
	before := filesBelow(t, dir)
	total := 0
	for _, text := range before {
		total += len(text)
	}
	for _, left := range []int{0, 900, total / 3, total - 2000} {
		room := left
		create := func(path string) (io.WriteCloser, error) {
			f, err := result.CreateFile(path)
			return full{f, &room}, err
		}
		err := Publish(dir, folders, PublishOptions{Version: "new", Create: create})
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("with %d bytes left Publish gives %v", left, err)
		}
		for name, text := range filesBelow(t, parent) {
			if old, ok := strings.CutPrefix(name, "site/"); !ok || before[old] != text {
				t.Errorf("with %d bytes left there is another %s than before", left, name)
			}
		}
	}
	if err := Publish(dir, folders, PublishOptions{Version: "new"}); err != nil {
		t.Fatal(err)
	}
	if index := filesBelow(t, dir)["index.html"]; !strings.Contains(index, "lbench new") {
		t.Error("the new index didn't take the place of the old one")
	}
}

// TestPublishOver: files of others stay, runs that are gone go, and a folder that isn't
// lbench's is refused.
func TestPublishOver(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "site")
	first := folderOf(t, t.TempDir(), made{run: newMade(madeAU()[:1], 0).run})
	second := folderOf(t, t.TempDir(), madeMatrix())
	if err := Publish(dir, []*result.Folder{first}, PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"CNAME": "bench.example.org", "about.html": "about us", ".git/HEAD": "ref"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755), os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Publish(dir, []*result.Folder{second}, PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	files := filesBelow(t, dir)
	if files["CNAME"] != "bench.example.org" || files["about.html"] != "about us" || files[".git/HEAD"] != "ref" {
		t.Error("a file of someone else is gone")
	}
	if files[first.Run.ID+".html"] != "" || files[second.Run.ID+".html"] == "" {
		t.Error("the reports aren't those of the new runs")
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "index.html"), []byte("<h1>mine</h1>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Publish(other, []*result.Folder{first}, PublishOptions{}); err == nil || !strings.Contains(err.Error(), "name an empty or a new folder") {
		t.Errorf("over a folder of someone else Publish gives %v", err)
	}
	if files := filesBelow(t, other); len(files) != 1 || files["index.html"] != "<h1>mine</h1>" {
		t.Errorf("it holds %v now", files)
	}
}

// TestPublishEvil: a run's names neither leave the folder nor become markup.
func TestPublishEvil(t *testing.T) {
	t.Parallel()
	m := evilRun()
	parent := t.TempDir()
	dir := filepath.Join(parent, "site")
	up := &result.Folder{Dir: t.TempDir(), Run: m.run}
	up.Run.ID = "../../up"
	index := &result.Folder{Dir: up.Dir, Run: m.run}
	index.Run.ID = "index"
	if err := Publish(dir, []*result.Folder{up, index, {Dir: up.Dir, Run: m.run}}, PublishOptions{Version: evil}); err != nil {
		t.Fatal(err)
	}
	files := filesBelow(t, dir)
	for _, name := range []string{"_.._up.html", "index-2.html"} {
		if files[name] == "" {
			t.Errorf("%s isn't there", name)
		}
	}
	checkSheet(t, "evil-index.html", files["index.html"])
	checkSite(t, files)
	for name, text := range files {
		if ext := filepath.Ext(name); (ext == ".html" || ext == ".svg") && strings.Contains(text, "<script>alert") {
			t.Errorf("%s holds a script", name)
		}
	}
	if all := filesBelow(t, parent); len(all) != len(files) {
		t.Error("something was written beside the site")
	}
}

func TestPublishNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	if err := Publish(dir, nil, PublishOptions{Version: "1.0.0"}); err != nil {
		t.Fatal(err)
	}
	checkSheet(t, "empty-index.html", filesBelow(t, dir)["index.html"])
}

// TestPicture: the pixels have the colours of the light page, in the places of the SVG.
func TestPicture(t *testing.T) {
	d, err := collect(newMade(madeAU(), 0).run, brokenSource{})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := busySection(d)
	p, err := newPicture(s, "about")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.PNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	colors := map[string]int{}
	for x := range img.Bounds().Dx() {
		for y := range img.Bounds().Dy() {
			r, g, b, _ := img.At(x, y).RGBA()
			colors[fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)]++
		}
	}
	pixels := img.Bounds().Dx() * img.Bounds().Dy()
	for hex, share := range map[string]float64{"#ffffff": 0.5, "#0072b2": 0.05, "#c24e00": 0.01, "#e69f00": 0.01} {
		if got := float64(colors[hex]) / float64(pixels); got < share {
			t.Errorf("%s is %.3f of the picture, want %.2f at least", hex, got, share)
		}
	}
	if err := (picture{drawn: `<svg viewBox="0 0 9 9"><circle/></svg>`}).PNG(io.Discard); err == nil || !strings.Contains(err.Error(), "<circle>") {
		t.Errorf("what can't be drawn gives %v", err)
	}
	if err := p.PNG(brokenWriter{}); err == nil || !strings.Contains(err.Error(), "pipe is gone") {
		t.Errorf("a broken writer gives %v", err)
	}
}

// TestSVGPathReadsCanvas: what the canvas of SVG writes is read as the path that it was of.
func TestSVGPathReadsCanvas(t *testing.T) {
	for _, d := range []string{
		"M1 98L4 98L4 94L1 94Z", "M1 99Q2 98 3 97C4 96 5 95 6 94", "M60 50A10 10 0 0 0 40 50A10 10 0 0 0 60 50",
		"M50 10L50 40A10 10 0 0 1 57.1 42.9A10 10 0 0 1 60 50",
	} {
		path, err := svgPath(d, 100)
		if err != nil {
			t.Fatal(err)
		}
		c := newCanvas(100, 100)
		for _, step := range path {
			if step.Type != vg.ArcComp {
				continue
			}
			if step.Pos.Sub(vg.Point{X: 50, Y: 50}).Dot(step.Pos.Sub(vg.Point{X: 50, Y: 50})) > 0.1 {
				t.Errorf("%s: an arc has its centre at %v, want 50,50", d, step.Pos)
			}
		}
		if got := c.data(path); !strings.Contains(d, "A") && got != d {
			t.Errorf("%s is read as %s", d, got)
		}
	}
	for _, d := range []string{"L1 2", "M1", "M1 2X3", "M1 2L3 x", "M1 2Z4"} {
		if _, err := svgPath(d, 100); err == nil {
			t.Errorf("%q is read without an error", d)
		}
	}
}

func TestPublishedLinks(t *testing.T) {
	page := `<a href="#au">AU</a> <a class="x" href="run.json" download>run.json</a>, <a href="steps.ndjson">steps</a> <a href="dlio/summary.json">s</a>`
	want := `<a href="#au">AU</a> <a class="x" href="data/id/run.json" download>run.json</a>, steps s`
	if got := string(publishedLinks([]byte(page), "id")); got != want {
		t.Errorf("links are\n%s\nwant\n%s", got, want)
	}
}
