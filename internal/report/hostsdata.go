package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

const (
	// hostsDrawn is how many recorded hosts have a section of their own, hostsKept how many a
	// row in the table of hosts.
	hostsDrawn = 8
	hostsKept  = 64
)

// recordedHosts are the machines of the attached recordings, by name.
type recordedHosts struct {
	all  []*recordedHost
	more int // past hostsKept
}

// recordedHost is what a recording says of one machine, by the run's clock and on its axis.
type recordedHost struct {
	id, name  string // id is that of its section
	recording result.Recording
	meanwhile *meanwhile
	recovery  recovery
}

// addHosts streams attached recordings once. One that can't be read is a warning.
func (d *data) addHosts(recordings []result.Recording) {
	for _, r := range recordings {
		hosts := map[string]*recordedHost{}
		for _, name := range r.Hosts {
			if len(d.hosts.all) == hostsKept {
				d.hosts.more++
				continue
			}
			h := &recordedHost{name: plain(name), recording: r, meanwhile: newMeanwhileOf(otherHost, d.run, d.meanwhile.length, true)}
			h.meanwhile.zero = d.meanwhile.zero
			hosts[name] = h
			d.hosts.all = append(d.hosts.all, h)
		}
		d.warnOfRecordings(r.Readings(func(name string, of result.Reading) error {
			if h := hosts[name]; h != nil {
				h.add(of)
			}
			return nil
		}))
	}
	for _, h := range d.hosts.all {
		h.meanwhile.finish()
	}
	d.hosts.settle()
}

// warnOfRecordings adds the warning that a recording can't be read, once.
func (d *data) warnOfRecordings(err error) {
	if err == nil {
		return
	}
	if w := unreadable(err); !slices.Contains(d.run.Warnings, w) {
		d.run.Warnings = append(slices.Clip(d.run.Warnings), w)
	}
}

// add takes in a reading. What is before or after the run is no fault of it, and what was
// before is where counters begin.
func (h *recordedHost) add(r result.Reading) {
	m := h.meanwhile
	if !believable(r, m.run.Started, 0) {
		m.refused++
		return
	}
	m.add(r)
	if at := int64(r.T.Sub(m.run.Started)) - m.zero; at >= 0 && (m.length == 0 || at <= m.length) {
		h.recovery.add(at, r)
	}
}

// settle orders the hosts, and gives each an ID of its own.
func (hosts *recordedHosts) settle() {
	slices.SortStableFunc(hosts.all, func(a, b *recordedHost) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.recording.File, b.recording.File))
	})
	taken := map[string]bool{}
	for _, h := range hosts.all {
		base := "host-" + anchorName(h.name)
		h.id = base
		for n := 2; taken[h.id]; n++ {
			h.id = fmt.Sprintf("%s-%d", base, n)
		}
		taken[h.id] = true
	}
}

// anchorName keeps of a name what is safe in an address, in the name of a file and in a
// style sheet.
func anchorName(name string) string {
	safe := strings.Map(func(r rune) rune {
		if isWord(r) || r == '-' {
			return r
		}
		return '-'
	}, name)
	return safe[:min(len(safe), 60)]
}
