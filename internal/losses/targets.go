package losses

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// What it takes for a target to be named.
const (
	timesUsual   = 1.5 // its reads took so many times as long as in its median second
	timesTargets = 1.5 // and slowed so many times as much as the median target's
	leastReads   = 8   // in the time that is judged
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
	at               int64 // ns
	reads, ns, bytes float64
	has              int // of the three
}

// Add takes a reading of the run; most are none of a target. Readings of one moment come
// together, moments in their order.
func (t *Targets) Add(r result.Reading) {
	name, what := t.counter(r)
	if what == nil {
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
	*what(&d.open) += r.Value
	d.open.has++
}

// keep takes a moment that is complete.
func (d *target) keep() {
	if d.open.has >= 3 && (len(d.counts) == 0 || d.open.at > d.counts[len(d.counts)-1].at) {
		d.counts = append(d.counts, d.open)
	}
}

// counter says which target and which counter of it a reading is; nil: none.
func (t *Targets) counter(r result.Reading) (name string, what func(*count) *float64) {
	if t.mount == nil {
		return "", nil
	}
	reads, ns, bytes := func(c *count) *float64 { return &c.reads }, func(c *count) *float64 { return &c.ns }, func(c *count) *float64 { return &c.bytes }
	switch {
	case t.mount.Type == "lustre" && r.Source == "lustre":
		name = r.Labels["target"]
		switch {
		case r.Name == "osc_op_count" && r.Labels["op"] == "ost_read":
			return name, reads
		case r.Name == "osc_op_ns" && r.Labels["op"] == "ost_read":
			return name, ns
		case r.Name == "osc_read_bytes":
			return name, bytes
		}
	case r.Source == "nfs" && len(t.mount.Servers) > 0 && r.Labels["mount"] == t.mount.Path:
		name = t.mount.Servers[0]
		switch {
		case r.Name == "op_count" && r.Labels["op"] == "READ":
			return name, reads
		case r.Name == "op_rtt_ns" && r.Labels["op"] == "READ":
			return name, ns
		case r.Name == "server_read_bytes":
			return name, bytes
		}
	}
	return "", nil
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
		if usual == 0 || rate == 0 || ended.reads < leastReads {
			continue
		}
		took := max(ended.ns/ended.reads, did.ns/max(did.reads, 1))
		all = append(all, result.LostTarget{Name: name, Slower: took / usual, Rate: did.bytes / (float64(to-from) / 1e9) / rate})
	}
	return standsOut(all, timesUsual)
}

// ever names the target whose reads took longest over the whole run.
func (t *Targets) ever() *result.LostTarget {
	var all []result.LostTarget
	var took []float64
	for _, name := range t.names() {
		counts := t.by[name].counts
		if did := counts[len(counts)-1].since(counts[0]); did.reads >= leastReads {
			all, took = append(all, result.LostTarget{Name: name}), append(took, did.ns/did.reads)
		}
	}
	if len(all) < 2 || median(took) == 0 {
		return nil
	}
	for i := range all {
		all[i].Slower = took[i] / median(took)
	}
	return standsOut(all, timesTargets)
}

// standsOut is the slowest target, if it is so by least, and so many times more than the
// median of the others.
func standsOut(all []result.LostTarget, least float64) *result.LostTarget {
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b result.LostTarget) int { return cmp.Compare(b.Slower, a.Slower) })
	var others []float64
	for _, o := range all[1:] {
		others = append(others, o.Slower)
	}
	if all[0].Slower < least || all[0].Slower < timesTargets*median(others) {
		return nil
	}
	return &all[0]
}

// usual is what a read took, in ns, and the bytes/s, in the median of the times between
// readings in which the target was read.
func (d *target) usual() (ns, bytesPerS float64) {
	var took, rates []float64
	for i := range d.counts[1:] {
		did := d.counts[i+1].since(d.counts[i])
		if did.reads > 0 {
			took = append(took, did.ns/did.reads)
			rates = append(rates, did.bytes/(float64(did.at)/1e9))
		}
	}
	return median(took), median(rates)
}

// since is what was added from an earlier count on, and the time; nothing where counters
// began anew.
func (c count) since(before count) count {
	d := count{at: c.at - before.at, reads: c.reads - before.reads, ns: c.ns - before.ns, bytes: c.bytes - before.bytes}
	if d.reads < 0 || d.ns < 0 || d.bytes < 0 {
		return count{at: d.at}
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
		did := b.since(a)
		sum.reads += part * did.reads
		sum.ns += part * did.ns
		sum.bytes += part * did.bytes
	}
	return sum
}

// after is the time of the first reading later than at.
func (d *target) after(at int64) int64 {
	i, _ := slices.BinarySearchFunc(d.counts, at+1, func(c count, at int64) int { return cmp.Compare(c.at, at) })
	return d.counts[min(i, len(d.counts)-1)].at
}
