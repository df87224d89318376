package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

func settings(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func TestAxesAndNames(t *testing.T) {
	for _, test := range []struct {
		name   string
		cells  []map[string]string
		axes   []string
		first  string
		matrix bool
	}{
		{"none", nil, nil, "", false},
		{"one cell", []map[string]string{settings("mode", "direct", "jobs", "8")}, []string{"jobs", "mode"}, "jobs 8, direct", true},
		{"what doesn't change has no column", []map[string]string{settings("mode", "direct", "jobs", "8"), settings("mode", "direct", "jobs", "32")}, []string{"jobs"}, "jobs 8", true},
		{"op and mode belong together", []map[string]string{settings("op", "read", "mode", "direct", "op_size", "4KiB"), settings("op", "write", "mode", "buffered", "op_size", "1MiB")},
			[]string{"mode", "op", "op_size"}, "direct read, op size 4KiB", true},
		{"two runners", []map[string]string{settings("runner", "native"), settings("runner", "fio")}, []string{"runner"}, "native", false},
		{"runners and jobs", []map[string]string{settings("runner", "native", "jobs", "1"), settings("runner", "fio", "jobs", "2")}, []string{"jobs", "runner"}, "jobs 1, native", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b result.Block
			for _, s := range test.cells {
				b.Cells = append(b.Cells, result.Cell{Settings: s})
			}
			axes := axesOf(b.Cells)
			if diff := cmp.Diff(test.axes, axes); diff != "" {
				t.Errorf("axes (-want +got):\n%s", diff)
			}
			if len(b.Cells) > 0 && cellName(b.Cells[0].Settings, axes) != test.first {
				t.Errorf("the first cell is %q, want %q", cellName(b.Cells[0].Settings, axes), test.first)
			}
			if isMatrix(b) != test.matrix {
				t.Errorf("a matrix: %v, want %v", !test.matrix, test.matrix)
			}
		})
	}
}

// TestBetween: a comparison reads the same from both sides.
func TestBetween(t *testing.T) {
	a, b := settings("runner", "fio"), settings("runner", "native")
	known := []result.Difference{{A: a, B: b, Ratio: 0.8, Low: ptr(0.5), High: ptr(1.25), P: ptr(0.03), Verdict: result.Real}}
	d, ok := between(known, b, a)
	want := result.Difference{A: b, B: a, Ratio: 1.25, Low: ptr(0.8), High: ptr(2.0), P: ptr(0.03), Verdict: result.Real}
	if diff := cmp.Diff(want, d); diff != "" || !ok {
		t.Errorf("turned round (-want +got), %v:\n%s", ok, diff)
	}
	if d, ok = between(known, a, b); !ok || d.Ratio != 0.8 || *d.Low != 0.5 {
		t.Errorf("as it was made: %+v, %v", d, ok)
	}
	if _, ok = between(known, a, settings("runner", "other")); ok {
		t.Error("a comparison that nobody made is found")
	}
	few := []result.Difference{{A: a, B: b, Ratio: 0.8, Verdict: result.TooFew}, {A: a, B: settings("runner", "third"), Verdict: result.TooFew}}
	if d, ok = between(few, b, a); !ok || d.Ratio != 1.25 || d.Low != nil || d.High != nil || d.P != nil {
		t.Errorf("too few repeats turned round: %+v, %v", d, ok)
	}
	if d, ok = between(few, few[1].B, a); !ok || d.Ratio != 0 {
		t.Errorf("no ratio is turned round to %v, %v", d.Ratio, ok)
	}
}

func TestBest(t *testing.T) {
	cells := []result.Cell{{Metric: "read_bytes_per_s", Mean: 5}, {Metric: "write_bytes_per_s", Mean: 9}, {Metric: "read_bytes_per_s", Mean: 7}, {Metric: "read_bytes_per_s", Mean: 6}}
	if at := best(cells); at != 2 {
		t.Errorf("the best is cell %d, want 2: rates of writes are another thing", at)
	}
}

func TestMatrixRemarks(t *testing.T) {
	b := result.Block{}
	for i, jobs := range []string{"1", "2", "4", "8", "16"} {
		b.Cells = append(b.Cells, result.Cell{Settings: settings("jobs", jobs), Metric: "read_bytes_per_s", Mean: float64(i+1) * 1e9})
	}
	top := b.Cells[4].Settings
	b.Differences = []result.Difference{
		{A: top, B: b.Cells[0].Settings, Ratio: 0.21, Low: ptr(0.2), High: ptr(0.22), Verdict: result.Real},
		{A: b.Cells[1].Settings, B: top, Ratio: 2.5, Low: ptr(2.0), High: ptr(4.0), Verdict: result.Real},
		{A: top, B: b.Cells[2].Settings, Ratio: 0.61, Low: ptr(0.5), High: ptr(1.1), Verdict: result.NotReal},
	}
	var got []string
	for _, r := range matrixTable(b).Rows {
		texts := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			texts[i] = c.Text
		}
		got = append(got, strings.Join(texts, " | "))
	}
	want := []string{
		"1 | 1.00 | 0.93 | 0.210 | really slower", "2 | 2.00 | 1.86 | 0.400 | really slower", "4 | 3.00 | 2.79 | 0.610 | no real difference",
		"8 | 4.00 | 3.73 | 0.800 | not compared", "16 | 5.00 | 4.66 |  | best",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	line := matrixLines(b)[0]
	if want := "Of the other 4, 2 differ from it for real and 1 do not; for 1 there are too few repeats to tell."; !strings.HasSuffix(line, want) {
		t.Errorf("line is %q, want the end %q", line, want)
	}
}

// TestMatchups: cells are paired by everything but the mount, whatever its axis is
// called, and the first mount of the command line stays A.
func TestMatchups(t *testing.T) {
	b := *madeCompare().run.Block
	b.Cells = append(b.Cells[3:], b.Cells[:3]...) // begins with lustre
	if diff := cmp.Diff([]string{"lustre", "nfs"}, labelsOf(b)); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	var got []string
	for _, m := range matchups(b) {
		got = append(got, m.name+": "+ratioText(m.diff.Ratio)+" "+m.verdict(labelsOf(b)))
	}
	want := []string{"buffered read: 0.988 no real difference", "direct read: 1.063 nfs is faster", "buffered write: 0.843 lustre is faster"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
	for i := range b.Cells {
		b.Cells[i].Settings = settings("side", b.Cells[i].Settings["mount"])
	}
	if axis := mountAxis(b); axis != "side" {
		t.Errorf("the axis of the mounts is %q, want side", axis)
	}
	if found := matchups(b); len(found) == 0 || found[0].name != "read" {
		t.Errorf("cells that differ in the mount alone are paired as %+v", found)
	}
	if got := matchups(result.Block{Mounts: b.Mounts}); got != nil {
		t.Errorf("no cells give %v", got)
	}
}

func TestMiddle(t *testing.T) {
	if _, ok := middle(nil); ok {
		t.Error("nothing has a middle")
	}
	for _, test := range []struct {
		values []int64
		want   int64
	}{{[]int64{7}, 7}, {[]int64{9, 1, 5}, 5}, {[]int64{9, 1, 5, 7}, 5}} {
		if got, _ := middle(test.values); got != test.want {
			t.Errorf("middle of %v is %d, want %d", test.values, got, test.want)
		}
	}
}
