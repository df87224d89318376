package losses

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// What it takes for a target to be named: how many times as long as usual its reads took,
// and as the median of the others' did beside what is usual for them, each more by what
// chance may do to a mean of so few reads.
const (
	timesUsual  = 1.5
	timesOthers = 1.5
	byChance    = 3   // / sqrt(reads)
	leastBusy   = 0.1 // reads in flight on average, in seconds that are judged: one that hangs is enough
	leastReads  = 8   // over the run
)

// Targets is what the mount's counters say of reads by target, over the run: those of a
// Lustre client by OST, of an NFS client those of the run's own mount, whose target is
// its server. Where neither is read it has none, and names none.
type Targets struct {
	mount   *result.Mount
	started time.Time
	by      map[string]map[string]*device // by target, and by the client's device for it
}

// NewTargets are those of a run.
func NewTargets(run result.Run) *Targets {
	return &Targets{mount: run.Mount, started: run.Started, by: map[string]map[string]*device{}}
}

// device is a client's counters of one target, in the order of their time. A file system
// that is mounted twice has two for each.
type device struct {
	counts []count
	last   sums  // as they were read, of the newest count
	open   count // of the moment that is being read
	has    [3]bool
}

// count is what reads had added up to at a time of the run, since the first count.
type count struct {
	at int64 // ns
	sums
}

type sums [3]float64

// The sums of a count.
const (
	readsDone = iota
	readNS
	readBytes
)

// Add takes a reading of the run; most are none of a target. Readings of a device come in
// the order of their time, those of one moment together.
func (t *Targets) Add(r result.Reading) {
	name, sum, ok := t.counter(r)
	if !ok {
		return
	}
	at, client := int64(r.T.Sub(t.started)), r.Labels["client"]
	if t.by[name] == nil {
		t.by[name] = map[string]*device{}
	}
	d := t.by[name][client]
	if d == nil {
		d = &device{}
		t.by[name][client] = d
	}
	if d.open.at != at {
		d.keep()
		d.open, d.has = count{at: at}, [3]bool{}
	}
	d.open.sums[sum] += r.Value
	d.has[sum] = true
}

// keep takes a moment that is complete. Counters that began anew add nothing.
func (d *device) keep() {
	n := len(d.counts)
	if d.has != [3]bool{true, true, true} || n > 0 && d.open.at <= d.counts[n-1].at {
		return
	}
	c := count{at: d.open.at}
	if n > 0 {
		c.sums = d.counts[n-1].sums
		if did := d.open.less(d.last); slices.Min(did[:]) >= 0 {
			c.sums = c.plus(did)
		}
	}
	d.counts, d.last, d.has = append(d.counts, c), d.open.sums, [3]bool{}
}

func (s sums) plus(o sums) sums { return sums{s[0] + o[0], s[1] + o[1], s[2] + o[2]} }
func (s sums) less(o sums) sums { return sums{s[0] - o[0], s[1] - o[1], s[2] - o[2]} }

// took is how long a read took, in ns.
func (s sums) took() float64 { return s[readNS] / max(s[readsDone], 1) }

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
		// All of a request's time: one to a server that is gone waits to be sent, and has no round trip.
		sum, ok = map[[2]string]int{{"op_count", "READ"}: readsDone, {"op_execute_ns", "READ"}: readNS, {"server_read_bytes", ""}: readBytes}[[2]string{r.Name, op}]
	}
	return name, sum, ok
}

// fsname is the name of the run's Lustre file system, of "10.0.0.1@tcp:/lbtest/folder".
func (t *Targets) fsname() string {
	_, path, _ := strings.Cut(t.mount.Source, ":/")
	name, _, _ := strings.Cut(path, "/")
	return name
}

// span is a time of the run, in ns.
type span struct{ from, to int64 }

// during names the target whose reads slowed most in a stretch of the run, beside the
// median second of the windows, if one stands out over the others. A read that hung counts
// when it ends, so that the reading after the stretch is looked at too.
func (t *Targets) during(from, to int64, windows []span) *result.LostTarget {
	var all []slowed
	for _, name := range t.names() {
		usual, rate := t.usual(name, windows)
		then, ended := t.between(name, from, to), t.between(name, from, t.after(name, to))
		if usual == 0 || rate == 0 || ended[readNS] < leastBusy*float64(to-from) {
			continue
		}
		took := max(then.took(), ended.took())
		all = append(all, slowed{result.LostTarget{Name: name, Slower: took / usual, Rate: then[readBytes] / (float64(to-from) / 1e9) / rate}, ended[readsDone]})
	}
	if len(all) == 0 {
		return nil
	}
	slowest, others := first(all)
	if slowest.Slower < timesUsual*slowest.chance() || slowest.Slower < timesOthers*slowest.chance()*max(others, 1) {
		return nil
	}
	return &slowest.LostTarget
}

// ever names the target whose reads took longest in the windows, against the others.
func (t *Targets) ever(windows []span) *result.LostTarget {
	var all []slowed
	for _, name := range t.names() {
		var did sums
		for _, w := range windows {
			did = did.plus(t.between(name, w.from, w.to))
		}
		if did[readsDone] >= leastReads {
			all = append(all, slowed{result.LostTarget{Name: name, Slower: did.took()}, did[readsDone]})
		}
	}
	if len(all) < 2 {
		return nil
	}
	slowest, others := first(all)
	if others == 0 || slowest.Slower < timesOthers*slowest.chance()*others {
		return nil
	}
	slowest.Slower /= others
	return &slowest.LostTarget
}

// slowed is a target with how many reads say how slow it was.
type slowed struct {
	result.LostTarget
	reads float64
}

func (s slowed) chance() float64 { return 1 + byChance/math.Sqrt(max(s.reads, 1)) }

// first is the slowest of all, and the median of the others; 0 where there are none.
func first(all []slowed) (slowest slowed, others float64) {
	slices.SortStableFunc(all, func(a, b slowed) int { return cmp.Compare(b.Slower, a.Slower) })
	var rest []float64
	for _, o := range all[1:] {
		rest = append(rest, o.Slower)
	}
	return all[0], median(rest)
}

// names are those of the targets that have counters, in order.
func (t *Targets) names() []string {
	if t == nil {
		return nil
	}
	for _, devices := range t.by {
		maps.DeleteFunc(devices, func(_ string, d *device) bool {
			d.keep()
			return len(d.counts) < 2
		})
	}
	maps.DeleteFunc(t.by, func(_ string, devices map[string]*device) bool { return len(devices) == 0 })
	return slices.Sorted(maps.Keys(t.by))
}

// counts are those of the first of a target's devices, for their times.
func (t *Targets) counts(name string) []count {
	devices := t.by[name]
	return devices[slices.Min(slices.Collect(maps.Keys(devices)))].counts
}

// usual is what a read took, in ns, and the bytes/s, in the median of the times between
// readings in the windows in which the target was read.
func (t *Targets) usual(name string, windows []span) (ns, bytesPerS float64) {
	var took, rates []float64
	counts := t.counts(name)
	for i := range counts[1:] {
		from, to := counts[i].at, counts[i+1].at
		if !slices.ContainsFunc(windows, func(w span) bool { return w.from <= (from+to)/2 && (from+to)/2 < w.to }) {
			continue
		}
		if did := t.between(name, from, to); did[readsDone] > 0 {
			took = append(took, did.took())
			rates = append(rates, did[readBytes]/(float64(to-from)/1e9))
		}
	}
	return median(took), median(rates)
}

// between is what was added from one time to another.
func (t *Targets) between(name string, from, to int64) (all sums) {
	for _, client := range slices.Sorted(maps.Keys(t.by[name])) {
		d := t.by[name][client]
		all = all.plus(d.by(to).less(d.by(from)))
	}
	return all
}

// by is what had been added by a time, by straight lines between readings.
func (d *device) by(at int64) sums {
	i := sort.Search(len(d.counts), func(i int) bool { return d.counts[i].at >= at })
	switch {
	case i == 0:
		return d.counts[0].sums
	case i == len(d.counts):
		return d.counts[i-1].sums
	}
	a, b := d.counts[i-1], d.counts[i]
	part := float64(at-a.at) / float64(b.at-a.at)
	did := b.less(a.sums)
	return a.plus(sums{part * did[0], part * did[1], part * did[2]})
}

// after is the time of the first reading later than at.
func (t *Targets) after(name string, at int64) int64 {
	counts := t.counts(name)
	i := sort.Search(len(counts), func(i int) bool { return counts[i].at > at })
	return counts[min(i, len(counts)-1)].at
}
