package report

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

const (
	// latest is the last time that is believed, in ns since the run began: 36 years.
	latest = int64(1) << 60
	// seriesKept bounds how many series are told apart.
	seriesKept = 4096
)

// meanwhile sums up the telemetry of a run along the axis of its plot over time, in a
// space that doesn't grow with the readings.
type meanwhile struct {
	run    result.Run
	of     hostKind
	began  bool  // zero is known
	zero   int64 // where the axis begins, in ns since the run began
	length int64 // of the axis in ns; 0: unknown

	series    map[seriesKey]*series
	lines     []*line
	backwards int64 // readings older than the one before
	refused   int64 // readings that can't be
	more      int64 // readings of series past seriesKept
}

type seriesKey struct{ source, name, device string }

// hostKind is whose readings they are.
type hostKind int

const (
	ownHost   hostKind = iota // of the host that the run was on: its NICs are those that the run names
	otherHost                 // of another one, by an attached recording: all that it has
)

// newMeanwhile begins with the run, or where restart says so.
func newMeanwhile(run result.Run, length int64, began bool) *meanwhile {
	return newMeanwhileOf(ownHost, run, length, began)
}

func newMeanwhileOf(kind hostKind, run result.Run, length int64, began bool) *meanwhile {
	m := &meanwhile{run: run, of: kind, began: began, length: length, series: map[seriesKey]*series{}}
	for i, p := range panels() {
		for _, of := range p.lines {
			if kind == otherHost || !of.writes || writes(run) {
				m.lines = append(m.lines, &line{of: of, panel: i, unit: p.unit, env: newEnvelope(length)})
			}
		}
	}
	return m
}

// restart begins the axis at a time, and forgets what was before.
func (m *meanwhile) restart(zero time.Time) {
	m.began, m.zero = true, int64(zero.Sub(m.run.Started))
	for _, s := range m.series {
		s.restart()
	}
	for _, l := range m.lines {
		*l = line{of: l.of, panel: l.panel, unit: l.unit, env: newEnvelope(m.length)}
	}
}

// add takes in a reading.
func (m *meanwhile) add(r result.Reading) {
	if r.Source == "telemetry" {
		if r.Name == "gap" && r.Value > 0 {
			m.fail(r.Labels["source"])
		}
		return
	}
	s := m.seriesOf(r)
	if s == nil {
		m.more++
		return
	}
	at := int64(r.T.Sub(m.run.Started))
	i := s.next(at, r.Value)
	if !m.began || at < m.zero || m.length > 0 && at > m.zero+m.length {
		return
	}
	s.readings++
	if i.state == backwards {
		m.backwards++
	}
	s.measure(i)
	i.from, i.to = i.from-m.zero, i.to-m.zero
	for _, f := range s.feeds {
		f.line.add(i, f.part)
	}
}

// fail notes that a source could not be read.
func (m *meanwhile) fail(source string) {
	for key, s := range m.series {
		if key.source == source {
			s.failed = true
		}
	}
}

// finish ends the last rounds.
func (m *meanwhile) finish() {
	for _, l := range m.lines {
		l.flush()
	}
}

// seriesOf finds the series of a reading, or begins one; nil where there are too many.
func (m *meanwhile) seriesOf(r result.Reading) *series {
	key := seriesKey{r.Source, r.Name, deviceOf(r.Labels)}
	if s := m.series[key]; s != nil {
		return s
	}
	if len(m.series) >= seriesKept {
		return nil
	}
	s := &series{source: r.Source, name: r.Name, device: key.device, gauge: isGauge(r.Source, r.Name)}
	for _, l := range m.lines {
		if part, ok := l.of.wants(s, m.run, m.of); ok {
			s.feeds = append(s.feeds, feed{l, part})
		}
	}
	m.series[key] = s
	return s
}

// deviceOf is what the labels of a reading tell apart.
func deviceOf(labels map[string]string) string {
	if dev, ok := labels["dev"]; ok && len(labels) == 1 {
		return dev
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, labels[name])
	}
	return strings.Join(parts, " ")
}

// madeOfOthers says that a disk's bytes are counted by others too: device mapper and md.
func madeOfOthers(disk string) bool {
	return strings.HasPrefix(disk, "dm-") || strings.HasPrefix(disk, "md")
}

// madeOfNICs says that an interface's bytes are counted by others too, or stay within the
// host: bonds, bridges, VLANs, tunnels and what containers have.
func madeOfNICs(nic string) bool {
	if nic == "lo" || strings.Contains(nic, "@") || strings.Contains(nic, ".") && !strings.HasPrefix(nic, "ib") { // a child of ib0 counts for itself
		return true
	}
	for _, kind := range []string{"bond", "team", "br", "vlan", "docker", "veth", "virbr", "cni", "cali", "flannel", "cilium", "lxc", "tun", "tap", "wg", "dummy", "ovs", "vnet"} {
		if strings.HasPrefix(nic, kind) {
			return true
		}
	}
	return false
}

// believable says that a reading can be one: no counter of a kernel passes 2^64, and
// none is read years before a run or a minute after its end. length is the run's in ns,
// 0 unknown.
func believable(r result.Reading, started time.Time, length int64) bool {
	at := int64(r.T.Sub(started))
	return math.Abs(r.Value) <= 1<<64 && at > -latest && at < latest && (length <= 0 || at <= length+int64(time.Minute))
}

// impossible says of a step that it can't have been: a time is negative, or past latest.
func impossible(s result.Step) bool {
	for _, ns := range []int64{s.StartNS, s.Wait, s.Compute, s.Barrier} {
		if ns < 0 || ns > latest/4 {
			return true
		}
	}
	return false
}
