package report

import (
	"math"
	"strconv"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// TestPointsOverTime: the plots of telemetry and of who was last can be drawn again from their
// points, which are in the units of run.json.
func TestPointsOverTime(t *testing.T) {
	m := small(newMade(madeAU()[:2], 0))
	m.readings = m.madeTelemetry()
	d, err := collect(m.run, folderOf(t, t.TempDir(), m))
	if err != nil {
		t.Fatal(err)
	}
	points := map[string][][]string{}
	for _, p := range pointsOf(d) {
		points[p.name] = p.lines
	}
	number := func(text string) float64 {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	busy, units := 0, map[string]string{}
	for _, line := range points["telemetry"][1:] {
		units[line[0]] = line[2]
		if line[0] != "CPU of this host" {
			continue
		}
		busy++
		// The reading at second s of the run was made in round s+1, and its share is of the second before.
		if want := 20 * (1 + math.Sin((number(line[4])+1)/40)) / 143.5; math.Abs(number(line[5])-want) > 0.003 {
			t.Errorf("at %s s the CPUs were busy by %s, want %.4f", line[4], line[5], want)
		}
	}
	if busy < 30 || units["CPU of this host"] != "fraction" || units["Network cards"] != "bytes_per_s" || units["Memory"] != "bytes" {
		t.Errorf("%d points of the CPUs, units %v", busy, units)
	}
	seconds := d.lost.Seconds().AtMost(slowestPieces)
	var lost, want float64
	for _, line := range points["slowest"][1:] {
		s := seconds.All[int(math.Round(number(line[0])*1e9/float64(seconds.Width)))]
		lost += (number(line[2]) + number(line[3]) + number(line[4])) * float64(s.Time)
		if s.Wait > 0 && (line[5] != strconv.Itoa(s.Rank) || line[6] != strconv.FormatInt(s.Wait, 10)) {
			t.Errorf("at %s s rank %s waited %s ns, want %d and %d", line[0], line[5], line[6], s.Rank, s.Wait)
		}
	}
	for _, s := range seconds.All {
		want += float64(s.Lost())
	}
	if want == 0 || math.Abs(lost/want-1) > 1e-9 {
		t.Errorf("the points hold %v ns lost, want %v", lost, want)
	}
}

// TestRunCells: what a row of results.csv is told from others by.
func TestRunCells(t *testing.T) {
	run := result.Run{
		Host: result.Host{Name: "=cmd()"}, Mount: &result.Mount{Type: "lustre"}, Plan: &result.Plan{Accelerators: 48},
		Settings: map[string]result.Setting{"engine": {Value: "direct"}},
	}
	for i, want := range []string{"'=cmd()", "direct", "lustre", "48"} {
		if got := runCells(run)[i]; got != want {
			t.Errorf("%s is %q, want %q", runColumns()[i], got, want)
		}
	}
	for i, got := range runCells(result.Run{}) {
		if got != "" {
			t.Errorf("of a run without it, %s is %q", runColumns()[i], got)
		}
	}
}

// TestPassedOfSets: "0" is only said of runs that had a rule.
func TestPassedOfSets(t *testing.T) {
	of := func(verdicts ...result.Verdict) (s set) {
		for _, v := range verdicts {
			s.runs = append(s.runs, published{run: result.Run{Verdict: v}})
		}
		return s
	}
	for want, s := range map[string]set{
		"no rule": of(result.None, result.None), "0": of(result.Fail, result.None), "2": of(result.Pass, result.Fail, result.Pass),
	} {
		if got := s.passed(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
