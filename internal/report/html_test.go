package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

func pageOf(t *testing.T, m made) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, m.run, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// stalledRun is the passing run with a server pause of 5.1 s and readings of a NIC.
func stalledRun() made {
	m := newMade(madeAU(), 5100*time.Millisecond)
	m.readings = m.madeReadings()
	m.run.DLIO = map[string]result.DLIO{
		"v2.0": {AUMean: 90.31, AUStdev: 1.71, AUMeetExpectation: "success", ThroughputMean: 77011.5, IOMeanMBPerSecond: 8421.3},
		"v1.0": {AUMean: 90.88, AUStdev: 1.76, AUMeetExpectation: "fail", ThroughputMean: 77625.1, IOMeanMBPerSecond: 8488.9},
	}
	return m.withFiles()
}

func TestHTMLGolden(t *testing.T) {
	m := stalledRun()
	first := pageOf(t, m)
	golden(t, "stalled.html", []byte(first))
	for range 3 {
		if pageOf(t, m) != first {
			t.Fatal("two pages of one run differ")
		}
	}
}

// TestHTMLStandsAlone: every variant is well-formed, fetches nothing, prints no number
// that isn't one and has every label inside its drawing.
func TestHTMLStandsAlone(t *testing.T) {
	all := variants()
	all["stalled"] = stalledRun
	maps.Copy(all, blockVariants())
	for name, makeRun := range all {
		t.Run(name, func(t *testing.T) {
			m := makeRun()
			html := pageOf(t, m)
			if dir := os.Getenv("LBENCH_REPORT_PAGES"); dir != "" { // to look at them
				if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(html), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			stripped := strings.ReplaceAll(html, `xmlns="http://www.w3.org/2000/svg"`, "")
			stripped = strings.Replace(stripped, "<script>"+shortened(pageScript)+"</script>", "", 1)
			for _, wrong := range []string{"http:", "https:", "NaN", "Inf", "<script", "ZgotmplZ", "%!", "url("} {
				if strings.Contains(stripped, wrong) {
					t.Errorf("page holds %q", wrong)
				}
			}
			if !strings.Contains(html, disclaimer(m.run)) {
				t.Error("page lacks the disclaimer")
			}
			if len(html) > 3<<20 {
				t.Errorf("page has %d bytes, want at most 3 MiB", len(html))
			}
			for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(html, -1) {
				checkSVG(t, svg)
			}
			checkIDs(t, html)
			checkNoTraining(t, m.run, html)
			checkLabels(t, name, html)
		})
	}
}

func checkSVG(t *testing.T, svg string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	elements := map[string]int{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("SVG isn't well-formed: %v in %.200s", err, svg)
		}
		if start, ok := token.(xml.StartElement); ok {
			elements[start.Name.Local]++
		}
	}
	for _, name := range []string{"title", "desc", "path", "text"} {
		if elements[name] == 0 {
			t.Errorf("SVG has no %s: %.200s", name, svg)
		}
	}
	head := svg[:strings.Index(svg, ">")]
	if !strings.Contains(head, "viewBox=") || !strings.Contains(head, `role="img"`) || strings.Contains(head, " width=") {
		t.Errorf("SVG head is %q", head)
	}
	if colour := regexp.MustCompile(`#[0-9a-fA-F]{6}|rgb\(`).FindString(svg); colour != "" {
		t.Errorf("SVG has the fixed colour %s", colour)
	}
}

// checkIDs: no id twice, and every class of an ink has a rule in the style sheet.
func checkIDs(t *testing.T, html string) {
	t.Helper()
	seen := map[string]bool{}
	for _, match := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if seen[match[1]] {
			t.Errorf("id %q stands twice", match[1])
		}
		seen[match[1]] = true
	}
	for _, match := range regexp.MustCompile(`class="(?:swatch )?([fsb]-[a-z]+)`).FindAllStringSubmatch(html, -1) {
		if !strings.Contains(pageStyle+blockStyle, "."+match[1]+"{") {
			t.Errorf("class %q has no style", match[1])
		}
	}
	for _, match := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if !seen[match[1]] {
			t.Errorf("link to #%s, which isn't there", match[1])
		}
	}
}

var _ Source = (*result.Folder)(nil)

type brokenSource struct{ steps, readings error }

func (b brokenSource) Steps(func(result.Step) error) error       { return b.steps }
func (brokenSource) Recordings() ([]result.Recording, error)     { return nil, nil }
func (b brokenSource) Readings(func(result.Reading) error) error { return b.readings }

func TestHTMLReportsErrors(t *testing.T) {
	for _, test := range []struct {
		name string
		w    io.Writer
		src  Source
		want string
	}{
		{"steps", io.Discard, brokenSource{steps: errors.New("steps.ndjson:7: cut")}, "read steps: steps.ndjson:7: cut"},
		{"readings", io.Discard, brokenSource{readings: &fs.PathError{Op: "read", Path: "telemetry.ndjson", Err: errors.New("input/output error")}}, "read telemetry: read telemetry.ndjson: input/output error"},
		{"writer", brokenWriter{}, brokenSource{}, "pipe is gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := HTML(test.w, madeShape(), test.src)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("HTML gives %v, want %q", err, test.want)
			}
		})
	}
}
