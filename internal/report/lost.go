package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// lostPart is one part of a window of AU as a report shows it. Its letter stands on its
// piece of a bar, for readers who see no colours.
type lostPart struct {
	name, letter, label string
	head                string // of its column, where label is too long
	ink                 ink
}

func lostParts() []lostPart {
	return []lostPart{
		{losses.AU, "", "accelerators busy (AU)", "AU", inkAU},
		{losses.FirstReads, "a", "first bytes of files", "first bytes", inkNet},
		{losses.SlowReads, "b", "slow reads", "slow reads", inkBad},
		{losses.Reads, "c", "other reads", "other reads", inkRead},
		{losses.Barrier, "d", "waiting for the slowest rank", "slowest rank", inkStart},
		{losses.Work, "e", "lbench's own work", "own work", inkWork},
		{losses.Late, "f", "late timers, scheduler", "late", inkLate},
		{losses.After, "g", "after the last step", "after", inkMuted},
	}
}

// lostPoints prints parts so that they make 100.0 together; AU as it is printed elsewhere.
// Parts that there are none of are left out of the map.
func lostPoints(run result.Run, parts map[string]float64) (points map[string]string, lost string) {
	au := percentBeside(parts[losses.AU], threshold(run))
	digits := len(au) - len(" %") - 1 - strings.IndexByte(au, '.')
	unit := math.Pow10(digits)
	printed, _ := strconv.ParseFloat(strings.TrimSuffix(au, " %"), 64) // its ties are rounded as text, not as binary numbers
	pinned := int64(math.Round(printed * unit))
	var names []string
	var values []float64
	for _, name := range losses.PartNames()[1:] {
		if value, ok := parts[name]; ok {
			names, values = append(names, name), append(values, value)
		}
	}
	text := func(n int64) string { return strconv.FormatFloat(float64(n)/unit, 'f', digits, 64) }
	points = map[string]string{losses.AU: strings.TrimSuffix(au, " %")}
	whole := int64(math.Round(100 * unit))
	for i, n := range losses.Round(values, whole-pinned, digits) {
		points[names[i]] = text(n)
	}
	return points, text(whole - pinned)
}

// sumPoints adds printed points up.
func sumPoints(points map[string]string, names ...string) string {
	sum, digits := 0.0, 1
	for _, name := range names {
		if text, ok := points[name]; ok {
			v, _ := strconv.ParseFloat(text, 64)
			sum += v
			digits = len(text) - 1 - strings.IndexByte(text, '.')
		}
	}
	return strconv.FormatFloat(sum, 'f', digits, 64)
}

// none says that so many points are none in print.
func none(points string) bool { return strings.Trim(points, "0.-") == "" }

// lostLines say in three lines where the lost time went: the parts, and the two causes
// that cost most.
func lostLines(run result.Run) []string {
	if run.Lost == nil {
		return nil
	}
	line := lostLine(run, run.Lost.Parts)
	if line == "" {
		return nil
	}
	lines := []string{line}
	for i, c := range run.Lost.Causes[:min(2, len(run.Lost.Causes))] {
		if i == 0 && run.Lost.Parts[losses.Barrier] > 0 { // or a cause would seem to cost more than its part
			lines = append(lines, "By the slowest rank of each step, "+causeText(run, c))
			continue
		}
		lines = append(lines, causeLine(run, c))
	}
	return lines
}

// lostLine is the parts in one sentence; empty where nothing was lost.
func lostLine(run result.Run, parts map[string]float64) string {
	points, lost := lostPoints(run, parts)
	if none(lost) {
		return ""
	}
	var said []string
	if reads := sumPoints(points, losses.FirstReads, losses.SlowReads, losses.Reads); !none(reads) {
		text := "reads " + reads
		if points[losses.SlowReads] != "" {
			text += fmt.Sprintf(" (first bytes %s, slow %s, rest %s)", points[losses.FirstReads], points[losses.SlowReads], points[losses.Reads])
		}
		said = append(said, text)
	}
	own := "lbench's own work"
	if capped(run) {
		own = "lbench's own work and waits for --max-inflight"
	}
	for _, p := range [][2]string{{losses.Barrier, "waiting for the slowest rank"}, {losses.Work, own}, {losses.Late, "late timers and scheduling"}, {losses.After, "after the last step"}} {
		if text := points[p[0]]; text != "" && !none(text) {
			said = append(said, p[1]+" "+text)
		}
	}
	line := "Lost "
	if profile(run) != "shuffled" {
		line = fmt.Sprintf("By lbench's own formula, where the AU of %s is another, AU is %s %%. Lost ", profile(run), points[losses.AU])
	}
	return line + lost + " points: " + strings.Join(said, ", ") + "."
}

// capped says whether reads had to wait for --max-inflight, which counts as lbench's own work.
func capped(run result.Run) bool {
	return hasWarning(run, "inflight_capped")
}

// causeLine is one cause in a sentence.
func causeLine(run result.Run, c result.LostCause) string {
	line := causeText(run, c)
	if c.Kind == result.LostToFile || c.Kind == result.LostToSeconds && c.Target != nil { // it begins with a name
		return line
	}
	return strings.ToUpper(line[:1]) + line[1:]
}

func causeText(run result.Run, c result.LostCause) string {
	return fmt.Sprintf("%s cost %s points (%s): %s.", causeName(c), points(c.Fraction), units.Duration(time.Duration(c.Lost)), causeWhy(run, c))
}

// causeName is what a cause is called in a table.
func causeName(c result.LostCause) string {
	switch c.Kind {
	case result.LostToFile:
		return c.File
	case result.LostToRank:
		return fmt.Sprintf("rank %d", *c.Rank)
	case result.LostToSeconds:
		if c.Times > 0 {
			return fmt.Sprintf("%d stretches of seconds", c.Times)
		}
		seconds := fmt.Sprintf("seconds %d to %d", c.From/1e9, (c.To+1e9-1)/1e9)
		if c.Target != nil {
			return c.Target.Name + " in " + seconds
		}
		return seconds
	case result.LostToFirst:
		return "first reads of files"
	case result.LostToClient:
		return "this client"
	}
	return "reads throughout"
}

// causeWhy says what speaks for a cause.
func causeWhy(run result.Run, c result.LostCause) string {
	switch c.Kind {
	case result.LostToFile:
		return "one rank waited for it while the others did not"
	case result.LostToRank:
		return "it waited for reads while the others did not, and not for one file"
	case result.LostToSeconds:
		text := "reads held all ranks up then"
		if c.Times > 0 {
			return fmt.Sprintf("%s, between second %d and %d", text, c.From/1e9, (c.To+1e9-1)/1e9)
		}
		if c.Target != nil {
			text = targetThen(*c.Target, time.Duration(c.To-c.From)) + " and all ranks were held up"
		}
		if len(run.Epochs) > 1 {
			text = fmt.Sprintf("in epoch %d %s", c.Epoch, text)
		}
		return text
	case result.LostToFirst:
		return "that is beyond what as many other reads cost"
	case result.LostToClient:
		if capped(run) {
			return "waits for --max-inflight, its own work on the bytes, late timers and the scheduler"
		}
		return "its own work on the bytes, late timers and the scheduler"
	}
	if c.Target != nil {
		return "no single file, rank or second explains it; " + targetEver(*c.Target)
	}
	return "no single file, rank or second explains it"
}

// targetThen is what the mount's counters say of a target while time was lost. After a read
// that hung it may have given as much as ever.
func targetThen(t result.LostTarget, long time.Duration) string {
	slower := fmt.Sprintf("its reads took %s times as long as usual", times(t.Slower))
	switch {
	case t.Rate > 0.95:
		return slower
	case t.Rate < 0.005:
		return fmt.Sprintf("it gave nothing for %s, %s", units.Duration(long), slower)
	}
	return fmt.Sprintf("it gave %s of its usual rate for %s, %s", units.Percent(t.Rate, 0), units.Duration(long), slower)
}

// targetEver is what they say of one over the whole run.
func targetEver(t result.LostTarget) string {
	return fmt.Sprintf("reads from %s took %s times as long as those from the others", t.Name, times(t.Slower))
}

func times(n float64) string {
	if n >= 10 {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.1f", n)
}

// lostSection divides what AU is short of 100 %, and blames it.
func lostSection(d *data) (section, bool) {
	lost := d.lostOf()
	if lost == nil || len(lost.Epochs) == 0 {
		return section{}, false
	}
	s := section{ID: "lost", Title: "Where did the lost time go?"}
	s.Lead = lostLine(d.run, lost.Parts)
	if s.Lead == "" {
		s.Lead = "Nothing was lost that prints."
	}
	f := lostFigure(d.run, lost)
	s.Figure = &f
	if len(lost.Causes) > 0 {
		s.Table = causeTable(d.run, lost.Causes)
	}
	s.Folded = lostTable(d.run, lost)
	return s, true
}

// lostOf computes what was lost from the steps, also for runs that don't say it.
func (d *data) lostOf() *result.Lost {
	if d.lost == nil {
		return nil
	}
	return d.lost.Lost(d.run, d.targets)
}

func causeTable(run result.Run, causes []result.LostCause) *table {
	t := table{Label: "What to blame, the costliest first", Columns: []column{{Head: "to blame"}, {Head: "points of AU", Number: true}, {Head: "time lost", Number: true}, {Head: "because"}}}
	for i, c := range causes {
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: causeName(c), Bad: i == 0 && c.Fraction >= 0.01}, {Text: points(c.Fraction)}, {Text: units.Duration(time.Duration(c.Lost))}, {Text: causeWhy(run, c)},
		}})
	}
	return &t
}

// lostTable has the parts of each epoch, and its start-up, which is in no AU, beside them.
func lostTable(run result.Run, lost *result.Lost) *table {
	t := table{Label: "Parts of each epoch in % of its window, and its start-up before that", Columns: []column{{Head: "epoch"}}}
	for _, p := range lostParts() {
		t.Columns = append(t.Columns, column{Head: p.head, Number: true})
	}
	t.Columns = append(t.Columns, column{Head: "start-up", Number: true})
	add := func(kind, name string, parts map[string]float64, start string) {
		points, _ := lostPoints(run, parts)
		r := row{Kind: kind, Cells: []cell{{Text: name}}}
		for _, p := range lostParts() {
			r.Cells = append(r.Cells, cell{Text: points[p.name]})
		}
		r.Cells = append(r.Cells, cell{Text: start})
		t.Rows = append(t.Rows, r)
	}
	for _, e := range lost.Epochs {
		kind, start := "", ""
		if i := slices.IndexFunc(run.Epochs, func(of result.Epoch) bool { return of.Epoch == e.Epoch }); i >= 0 {
			if run.Epochs[i].Warmup {
				kind = "warmup"
			}
			if ns, ok := run.Epochs[i].Metrics["first_step_ns"]; ok {
				start = printed("_ns", ns)
			}
		}
		add(kind, strconv.Itoa(e.Epoch), e.Parts, start)
	}
	if len(lost.Epochs) > 1 {
		add("mean", "mean", lost.Parts, "")
		t.Foot = 1
	}
	t = t.dropEmpty()
	return &t
}

// Explained is a run that says where its time was lost, also where an older lbench wrote
// it. It reads src once then; what can't be read leaves the run as it is.
func Explained(run result.Run, src Source) result.Run {
	if run.Lost != nil || run.Plan == nil || run.Status != result.Complete {
		return run
	}
	tally := losses.New(*run.Plan)
	err := src.Steps(func(s result.Step) error {
		if !impossible(s) {
			tally.Add(s)
		}
		return nil
	})
	targets := losses.NewTargets(run)
	if err == nil {
		err = src.Readings(func(r result.Reading) error {
			targets.Add(r)
			return nil
		})
	}
	if err == nil {
		run.Lost = tally.Lost(run, targets)
	}
	return run
}
