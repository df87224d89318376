package losses

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// What it takes for a target to be named.
const (
	timesUsual   = 1.5 // its reads took so many times as long as in its median second
	timesTargets = 1.5 // and slowed so many times as much as the median target's
	leastReads   = 8   // over the run
	leastBusy    = 0.1 // reads in flight on average, in seconds that are judged: one that hangs is enough
)

// Targets is what the mount's counters say of reads by target, over the run: those of a
// Lustre client by OST, of an NFS client those of the run's own mount, whose target is
// its server. Where neither is read it has none, and names none.
type Targets struct {
	mount   *result.Mount
	started time.Time
	by      map[string]*target
}

// NewTargets are those of a run.
func NewTargets(run result.Run) *Targets {
	return &Targets{mount: run.Mount, started: run.Started, by: map[string]*target{}}
}

// target is the counters of one target, in the order of their time.
type target struct {
	counts []count
	open   count // of the moment that is being read
}

// count is what reads of a target had added up to at a time of the run.
type count struct {
	at   int64 // ns
	sums [3]float64
	has  [3]bool
}

// The sums of a count.
const (
	readsDone = iota
	readNS
	readBytes
)

// Add takes a reading of the run; most are none of a target. Readings of one moment come
// together, moments in their order.
func (t *Targets) Add(r result.Reading) {
	name, sum, ok := t.counter(r)
	if !ok {
		return
	}
	at := int64(r.T.Sub(t.started))
	d := t.by[name]
	if d == nil {
		d = &target{open: count{at: at}}
		t.by[name] = d
	}
	if d.open.at != at {
		d.keep()
		d.open = count{at: at}
	}
	d.open.sums[sum] += r.Value
	d.open.has[sum] = true
}

// keep takes a moment that is complete.
func (d *target) keep() {
	if d.open.has == [3]bool{true, true, true} && (len(d.counts) == 0 || d.open.at > d.counts[len(d.counts)-1].at) {
		d.counts = append(d.counts, d.open)
	}
}

// counter says which sum of which target a reading belongs to.
func (t *Targets) counter(r result.Reading) (name string, sum int, ok bool) {
	switch {
	case t.mount == nil:
		return "", 0, false
	case t.mount.Type == "lustre" && r.Source == "lustre":
		name = r.Labels["target"]
		if !strings.HasPrefix(name, t.fsname()+"-") {
			return "", 0, false
		}
		sum, ok = map[[2]string]int{{"osc_op_count", "ost_read"}: readsDone, {"osc_op_ns", "ost_read"}: readNS, {"osc_read_bytes", ""}: readBytes}[[2]string{r.Name, r.Labels["op"]}]
	case r.Source == "nfs" && len(t.mount.Servers) > 0 && r.Labels["mount"] == t.mount.Path:
		name = t.mount.Servers[0]
		op := strings.TrimSuffix(r.Labels["op"], "_PLUS") // NFS 4.2 reads with READ_PLUS too
		sum, ok = map[[2]string]int{{"op_count", "READ"}: readsDone, {"op_rtt_ns", "READ"}: readNS, {"server_read_bytes", ""}: readBytes}[[2]string{r.Name, op}]
	}
	return name, sum, ok
}

// fsname is the name of the run's Lustre file system, of "10.0.0.1@tcp:/lbtest/folder".
func (t *Targets) fsname() string {
	_, path, _ := strings.Cut(t.mount.Source, ":/")
	name, _, _ := strings.Cut(path, "/")
	return name
}

// done takes the last moments, before anything is asked.
func (t *Targets) done() {
	for _, d := range t.by {
		d.keep()
		d.open = count{}
	}
}

// names are those of the targets that have counters, in order.
func (t *Targets) names() []string {
	if t == nil {
		return nil
	}
	t.done()
	names := slices.Sorted(maps.Keys(t.by))
	return slices.DeleteFunc(names, func(name string) bool { return len(t.by[name].counts) < 2 })
}

// during names the target whose reads slowed most in a stretch of the run, if one stands
// out over the others. A read that hung counts when it ends, so that the reading after
// the stretch is looked at too.
func (t *Targets) during(from, to int64) *result.LostTarget {
	var all []result.LostTarget
	for _, name := range t.names() {
		d := t.by[name]
		usual, rate := d.usual()
		did, ended := d.between(from, to), d.between(from, d.after(to))
		if usual == 0 || rate == 0 || ended.sums[readNS] < leastBusy*float64(to-from) {
			continue
		}
		took := max(ended.sums[readNS]/max(ended.sums[readsDone], 1), did.sums[readNS]/max(did.sums[readsDone], 1))
		all = append(all, result.LostTarget{Name: name, Slower: took / usual, Rate: did.sums[readBytes] / (float64(to-from) / 1e9) / rate})
	}
	return standsOut(all, timesUsual)
}

// ever names the target whose reads took longest over the whole run, against the others.
func (t *Targets) ever() *result.LostTarget {
	var all []result.LostTarget
	for _, name := range t.names() {
		counts := t.by[name].counts
		if did := counts[len(counts)-1].since(counts[0]); did.sums[readsDone] >= leastReads {
			all = append(all, result.LostTarget{Name: name, Slower: did.sums[readNS] / did.sums[readsDone]})
		}
	}
	slowest := standsOut(all, 0)
	others := median(slowness(all[min(1, len(all)):]))
	if slowest == nil || others == 0 {
		return nil
	}
	slowest.Slower /= others
	return slowest
}

// standsOut is the slowest target, which comes first in all then, if it is so by least and
// timesTargets more than the median of the others.
func standsOut(all []result.LostTarget, least float64) *result.LostTarget {
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b result.LostTarget) int { return cmp.Compare(b.Slower, a.Slower) })
	if all[0].Slower < least || all[0].Slower < timesTargets*median(slowness(all[1:])) {
		return nil
	}
	return &all[0]
}

func slowness(all []result.LostTarget) (slower []float64) {
	for _, t := range all {
		slower = append(slower, t.Slower)
	}
	return slower
}

// usual is what a read took, in ns, and the bytes/s, in the median of the times between
// readings in which the target was read.
func (d *target) usual() (ns, bytesPerS float64) {
	var took, rates []float64
	for i := range d.counts[1:] {
		did := d.counts[i+1].since(d.counts[i])
		if did.sums[readsDone] > 0 {
			took = append(took, did.sums[readNS]/did.sums[readsDone])
			rates = append(rates, did.sums[readBytes]/(float64(did.at)/1e9))
		}
	}
	return median(took), median(rates)
}

// since is what was added from an earlier count on, and the time; nothing where counters
// began anew.
func (c count) since(before count) count {
	d := count{at: c.at - before.at}
	for i := range d.sums {
		if d.sums[i] = c.sums[i] - before.sums[i]; d.sums[i] < 0 {
			return count{at: d.at}
		}
	}
	return d
}

// between is what was added from one time to another, by straight lines between readings.
func (d *target) between(from, to int64) (sum count) {
	for i := range d.counts[1:] {
		a, b := d.counts[i], d.counts[i+1]
		part := float64(min(to, b.at)-max(from, a.at)) / float64(b.at-a.at)
		if part <= 0 {
			continue
		}
		for i, did := range b.since(a).sums {
			sum.sums[i] += part * did
		}
	}
	return sum
}

// after is the time of the first reading later than at.
func (d *target) after(at int64) int64 {
	i, _ := slices.BinarySearchFunc(d.counts, at+1, func(c count, at int64) int { return cmp.Compare(c.at, at) })
	return d.counts[min(i, len(d.counts)-1)].at
}
