package report

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

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

// TestRunColumns: what a row of results.csv is told from others by, and what keeps it from
// being counted.
func TestRunColumns(t *testing.T) {
	run := result.Run{
		Host: result.Host{Name: "=cmd()"}, Mount: &result.Mount{Type: "lustre"}, Plan: &result.Plan{Accelerators: 48}, Lbench: result.Build{Version: "1.2"},
		Settings: map[string]result.Setting{"engine": {Value: "direct"}}, Warnings: []result.Warning{{Code: result.NotAsClosed, Text: "no sums"}},
		Suite: &result.SuitePlace{ID: "night-suite", Name: "nightly", Entry: "train", Repeat: 2, Warmup: true},
	}
	want := [][3]string{
		{"lbench", "1.2"}, {"host", "'=cmd()"}, {"engine", "direct"}, {"mount_type", "lustre"}, {"accelerators", "48"},
		{"suite", "night-suite"}, {"entry", "train"}, {"repeat", "2"}, {"warmup", "true", "false"}, {"doubt", "no sums"},
	}
	columns := runColumns()
	if len(columns) != len(want) {
		t.Fatalf("%d columns, want %d", len(columns), len(want))
	}
	for i, c := range columns {
		if got := csvCell(c.of(run)); c.name != want[i][0] || got != want[i][1] {
			t.Errorf("%s is %q, want %s to be %q", c.name, got, want[i][0], want[i][1])
		}
		if got := csvCell(c.of(result.Run{})); got != want[i][2] {
			t.Errorf("of a run without it, %s is %q, want %q", c.name, got, want[i][2])
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

// TestIndexCounts: a run in doubt is in no count of the index and in no mean, and neither is a
// warm-up, which is marked as one.
func TestIndexCounts(t *testing.T) {
	of := func(name string, au float64, change func(*result.Run)) published {
		run := newMade([]float64{au}, 0).run
		change(&run)
		return published{run: run, name: name}
	}
	warmup := func(run *result.Run) {
		run.Suite = &result.SuitePlace{ID: "s", Entry: "train", Repeat: 1, Warmup: true}
	}
	doubt := func(run *result.Run) {
		run.Warnings = append(run.Warnings, result.Warning{Code: result.NotAsClosed, Text: "there is no SHA256SUMS"})
	}
	plain := func(*result.Run) {}
	all := []published{
		of("warm", 0.5, warmup), of("one", 0.95, plain), of("two", 0.93, plain), of("three", 0.91, doubt),
		of("both", 0.5, func(run *result.Run) { warmup(run); doubt(run) }),
	}
	page := overviewSheet(all, "1.0")
	if page.Answer.Word != "3 RUNS" || page.Answer.Lines[0] != "2 passed, 1 in doubt, 2 warm-ups." {
		t.Errorf("%s: %q", page.Answer.Word, page.Answer.Lines)
	}
	sets := setsOf(all)
	if len(sets) != 1 || len(sets[0].runs) != 2 || sets[0].passed() != "2" {
		t.Errorf("sets %+v", sets)
	}
	rows, _ := runTable(all)
	for i, want := range []row{
		{Kind: "warmup", Cells: []cell{{Text: "warm-up, FAIL", Bad: true}}}, {Cells: []cell{{Text: "PASS"}}}, {Cells: []cell{{Text: "PASS"}}},
		{Cells: []cell{{Text: "in doubt", Bad: true}}}, {Kind: "warmup", Cells: []cell{{Text: "warm-up, in doubt", Bad: true}}},
	} {
		if got := rows.Rows[i]; got.Kind != want.Kind || got.Cells[1].Text != want.Cells[0].Text || got.Cells[1].Bad != want.Cells[0].Bad {
			t.Errorf("row %d is %+v, want %+v", i, got, want)
		}
	}
}

// TestTablesAgree: CSV and Parquet have the same columns, metrics with their prefix.
func TestTablesAgree(t *testing.T) {
	run := newMade(madeAU(), 0).run
	run.Lost = &result.Lost{Parts: map[string]float64{"reads_fraction": 0.07}}
	var table, file bytes.Buffer
	if err := errors.Join(CSV(&table, []result.Run{run, {}}), Parquet(&file, []result.Run{run, {}})); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(table.String(), "\n")
	names := map[string]bool{}
	for i, name := range strings.Split(head, ",") {
		if i >= len(tableColumns()) {
			name = "metric_" + name
		}
		names[name] = true
	}
	opened, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range opened.Root().Columns() {
		if !names[column.Name()] {
			t.Errorf("only Parquet has %s", column.Name())
		}
		delete(names, column.Name())
	}
	if len(names) > 0 || !strings.Contains(head, ",lost_reads_fraction") {
		t.Errorf("only CSV has %v of %s", names, head)
	}
}
