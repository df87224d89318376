package report

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// badFolder writes a run folder with these lines of steps and readings, as they are.
func badFolder(t *testing.T, run result.Run, steps, readings string) *result.Folder {
	t.Helper()
	dir := t.TempDir()
	text, err := run.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{result.RunFile: string(text), result.StepsFile: steps, result.ReadingsFile: readings} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := result.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// TestBadInput: whatever a folder holds, the report comes, and says what can be said.
func TestBadInput(t *testing.T) {
	started := madeShape().Started
	reading := func(s float64, source, name string, value any) string {
		labels := ""
		if source == "nic" {
			labels = `"labels":{"dev":"eth0"},`
		}
		return fmt.Sprintf(`{"t":%q,"source":%q,"name":%q,%s"value":%v}`+"\n", started.Add(time.Duration(s*1e9)).Format(time.RFC3339Nano), source, name, labels, value)
	}
	cached := func(from, to int) string {
		var b strings.Builder
		for s := from; s < to; s++ {
			b.WriteString(reading(float64(s), "memory", "cached_bytes", 4e9+float64(s)*1e8))
			b.WriteString(reading(float64(s), "nic", "rx_bytes", s*s*250_000_000))
		}
		return b.String()
	}
	steps := func(epochs, n int) string {
		var b strings.Builder
		for i := range epochs * n {
			fmt.Fprintf(&b, `{"epoch":%d,"step":%d,"rank":0,"start_ns":%d,"wait_ns":1000000,"compute_ns":199000000,"barrier_ns":0,"read_ns":900000,"work_ns":100000}`+"\n", 1+i/n, i%n, i*200_000_000)
		}
		return b.String()
	}
	const none = "What did this machine do meanwhile?"
	for _, test := range []struct {
		name            string
		steps, readings string
		want, wantNot   []string
	}{
		{"nothing at all", "", "", nil, []string{none}},
		{"as it should be", steps(2, 50), cached(0, 20), []string{"the page cache held 4.00 GB to 5.90 GB", "received at most 9.25 GB/s (at 18.5 s, in epoch 2)"}, []string{"Left out"}},
		{"out of order", steps(2, 50), cached(10, 20) + cached(0, 10), []string{"the page cache held 4.10 GB to 5.90 GB", "at most 9.25 GB/s", "Left out: 2 readings not newer than the one before."}, nil},
		{"huge values", steps(2, 50), cached(0, 10) + reading(10, "memory", "cached_bytes", "1e300") + reading(10, "nic", "rx_bytes", "1.7e308") + reading(10, "nic", "rx_bytes", "-1e300") + cached(11, 20),
			[]string{"the page cache held 4.00 GB to 5.90 GB", "at most 9.25 GB/s", "Left out: 3 readings that can't be."}, nil},
		{"the highest that a counter can be", steps(2, 50), cached(0, 10) + reading(10, "nic", "rx_bytes", "18446744073709551615") + cached(11, 20),
			[]string{"at most 18.4 EB/s", "up to 1 gap"}, []string{"Left out"}},
		{"a last line that was cut off", steps(2, 50) + `{"epoch":2,"st`, cached(0, 20) + `{"t":"2026-03-13T`, []string{"the page cache held 4.00 GB to 5.90 GB"}, nil},
		{"one reading", steps(2, 50), reading(3, "memory", "cached_bytes", 4e9), []string{"There are too few readings in the measured time to plot.", "Every counter and gauge: 1", "4.00"}, []string{"Telemetry of this machine over time"}},
		{"before the run and long after it", steps(2, 50), reading(-1e9, "memory", "cached_bytes", 1) + cached(0, 20) + reading(1e9, "memory", "cached_bytes", 9e9) + reading(900, "memory", "cached_bytes", 9e9),
			[]string{"the page cache held 4.00 GB to 5.90 GB"}, nil},
		{"in the year 9999", steps(2, 50), cached(0, 20) + `{"t":"9999-03-13T14:02:00Z","source":"nic","name":"rx_bytes","labels":{"dev":"eth0"},"value":9e15}` + "\n" + `{"t":"0001-01-01T00:00:00Z","source":"memory","name":"cached_bytes","value":1}` + "\n",
			[]string{"the page cache held 4.00 GB to 5.90 GB", "at most 9.25 GB/s", "Left out: 2 readings that can't be."}, nil},
		{"no steps", "", cached(0, 20), []string{"the page cache held 4.00 GB to 5.90 GB", "at most 9.25 GB/s (at 18.5 s)"}, []string{`id="throughput"`}},
		{"one epoch", steps(1, 50), cached(0, 11), []string{"at most 4.75 GB/s (at 9.5 s, in epoch 1)", "the page cache held 4.00 GB to 5.00 GB"}, nil},
		{"one step", steps(1, 1), cached(0, 2), []string{none}, nil},
		{"steps that can't be", steps(2, 50) + `{"epoch":2,"step":50,"rank":0,"start_ns":9223372036854775807,"wait_ns":9223372036854775807,"compute_ns":9223372036854775807,"barrier_ns":0,"read_ns":0,"work_ns":0}` + "\n" +
			`{"epoch":2,"step":51,"rank":0,"start_ns":-5,"wait_ns":-9223372036854775808,"compute_ns":1,"barrier_ns":0,"read_ns":0,"work_ns":0}` + "\n", cached(0, 20),
			[]string{"Left out: 2 steps with times that can't be.", "the page cache held 4.00 GB to 5.90 GB"}, nil},
		{"zero all the time", steps(2, 50), reading(0, "nic", "rx_bytes", 7) + reading(1, "nic", "rx_bytes", 7) + reading(2, "nic", "rx_bytes", 7), []string{"too few readings", "Zero all the time: network cards (received)."}, nil},
		{"negative levels", steps(2, 50), reading(0, "memory", "cached_bytes", -7) + reading(1, "memory", "cached_bytes", -3e9) + reading(2, "memory", "cached_bytes", 5), []string{none}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, ended := range []bool{true, false} {
				run := madeShape()
				run.Metrics = map[string]float64{}
				if ended {
					end := started.Add(20 * time.Second)
					run.Ended = &end
				} else {
					run.Status, run.Verdict, run.Limit = result.Incomplete, result.None, nil
					if strings.Contains(test.name, "huge") || strings.Contains(test.name, "9999") || strings.Contains(test.name, "after it") {
						continue // what is far off is known by the run's end
					}
				}
				folder := badFolder(t, run, test.steps, test.readings)
				var page bytes.Buffer
				if err := HTML(&page, folder.Run, folder); err != nil {
					t.Fatal(err)
				}
				text := strings.ReplaceAll(html.UnescapeString(page.String()), "\u00a0", " ")
				for _, want := range test.want {
					if !strings.Contains(text, want) {
						i := max(strings.Index(text, `id="telemetry"`), 0)
						t.Errorf("ended %v: page lacks %q in %.3000s", ended, want, captions(text[i:]))
					}
				}
				for _, wrong := range append([]string{"NaN", "Inf", "%!"}, test.wantNot...) {
					if strings.Contains(strings.ReplaceAll(text, shortened(pageScript), ""), wrong) {
						t.Errorf("ended %v: page holds %q", ended, wrong)
					}
				}
				checkLabels(t, test.name, page.String())
			}
		})
	}
}

// TestLongPageIsSmall: a page of 20,000 steps and an hour of telemetry of many devices.
func TestLongPageIsSmall(t *testing.T) {
	m := made{run: madeShape()}
	ended := m.run.Started.Add(time.Hour)
	m.run.Ended, m.run.Metrics = &ended, map[string]float64{}
	for i := range 20_000 {
		m.steps = append(m.steps, result.Step{Epoch: 1 + i/2000, Step: i % 2000, StartNS: int64(i) * 180e6, Wait: int64(i%97) * 1e6, Compute: 80e6, Read: int64(i%97) * 1e6})
	}
	m.readings = m.madeTelemetry()
	n := len(m.readings)
	for i, r := range m.readings[:n] { // and 20 disks more
		if r.Source == "disk" {
			for disk := range 20 {
				r.Labels = map[string]string{"dev": fmt.Sprint("sd", disk, i%3)}
				m.readings = append(m.readings, r)
			}
		}
	}
	page := pageOf(t, m)
	if len(page) >= 3e6 || !strings.Contains(page, "What did this machine do meanwhile?") {
		t.Errorf("page has %d bytes, want less than 3 MB", len(page))
	}
	t.Logf("%d steps, %d readings: %d bytes", len(m.steps), len(m.readings), len(page))
}

// captions are the texts of a page's sections from one on, without tags.
func captions(text string) string {
	return regexp.MustCompile(`(?s)<svg.*?</svg>|<[^>]*>|\s+`).ReplaceAllString(text, " ")
}
