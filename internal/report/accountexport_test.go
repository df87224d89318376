package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// TestAccountForPrograms: JSON and CSV have what the table has, to the byte, and leave out
// what isn't known.
func TestAccountForPrograms(t *testing.T) {
	f := world{clientCache: 0.02, arc: 0.67, buckets: true, how: result.ClockMeasured}.folder(t)
	f.Run.Traffic[0].To = f.Run.Traffic[0].To.Add(-10 * 60e9) // the last epoch's end isn't known
	a := accountOfFolder(t, f)
	var text, lines bytes.Buffer
	if err := AccountJSON(&text, []*result.Folder{f}); err != nil {
		t.Fatal(err)
	}
	if err := AccountCSV(&lines, []*result.Folder{f}); err != nil {
		t.Fatal(err)
	}
	var doc struct{ Accounts []accountDoc }
	if err := json.Unmarshal(text.Bytes(), &doc); err != nil || len(doc.Accounts) != 1 {
		t.Fatalf("%v: %s", err, text.String())
	}
	got := doc.Accounts[0]
	if got.Run != f.Run.ID || got.Says != a.sentence() || len(got.Rows) != len(a.tally.periods)*(1+len(a.stages())) {
		t.Errorf("%q %q, %d rows", got.Run, got.Says, len(got.Rows))
	}
	all, err := csv.NewReader(&lines).ReadAll()
	if err != nil || len(all) != 1+len(got.Rows) || strings.Join(all[0], ",") != "run,epoch,stage,bytes,low_bytes,high_bytes,source,uncertainty" {
		t.Fatalf("%v: %d lines, %v", err, len(all), all[0])
	}
	open := 0
	for i, r := range got.Rows {
		number := func(v *float64) string {
			if v == nil {
				return ""
			}
			return strconv.FormatFloat(*v, 'f', -1, 64)
		}
		line := all[i+1]
		for j, want := range []*float64{r.Bytes, r.Low, r.High} {
			if have, err := strconv.ParseFloat(line[3+j], 64); want == nil && line[3+j] != "" || want != nil && (err != nil || math.Abs(have-*want) > 0.5) {
				t.Errorf("row %d: %v, want %s", i, line, number(want))
			}
		}
		if r.Source == "" || r.Uncertainty == "" || line[1] != r.Epoch || line[2] != r.Stage || line[6] != r.Source {
			t.Errorf("row %d: %+v, %v", i, r, line)
		}
		if r.High == nil {
			open++
			if r.Bytes != nil || !strings.HasPrefix(r.Uncertainty, "minutes are missing; ") {
				t.Errorf("row %d: %+v", i, r)
			}
		}
	}
	if open != 2 { // epoch 5 and all
		t.Errorf("%d rows are open", open)
	}
	if r := got.Rows[len(a.stages())+1+1]; r.Epoch != "2" || r.Stage != "page cache" || *r.Bytes != a.cache.amounts[1].at || *r.Low != a.cache.amounts[1].low || *r.High != a.cache.amounts[1].high {
		t.Errorf("%+v, want %+v", r, a.cache.amounts[1])
	}
}
