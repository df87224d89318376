package dlio

import (
	"fmt"
	"time"
)

// LeastProbeTime is how long a probe lasts at least: a throttle, a server's cache and a
// bucket are not even over a fraction of a second.
const LeastProbeTime = 2 * time.Second

// Bounded are the options of a search over these files between two numbers of accelerators,
// as find-max makes it.
func (f ProbeFiles) Bounded(least, most int) SearchOptions {
	o := f.Options()
	o.LeastTime, o.Least, o.Most, o.FewFiles = LeastProbeTime, least, min(most, f.Most()), f.Most() < most
	return o
}

// Outlasting are the files with a read-ahead that a probe of at least so many steps
// outlasts, as the first probe of a search tells: all else that probes leave out for the
// read-ahead follows from that.
func (f ProbeFiles) Outlasting(steps int) (ProbeFiles, error) {
	const most = 1 << 24
	f.ReadAhead = 0
	if steps > leastSteps && steps <= most && f.base.streams() > 0 {
		f.ReadAhead = int64(steps) * int64(f.base.BatchSize) * f.base.RecordBytes / (fills * int64(f.base.streams()))
	}
	if f.leastSteps() != steps {
		return f, fmt.Errorf("no search begins with a probe of %d steps", steps)
	}
	return f, nil
}

// Due is what a search would have made of one probe.
type Due struct {
	Probe                 Probe         // of its figures, those that are known beforehand
	LeastBytes, MostBytes int64         // that it reads in all
	LeastWindow           int64         // bytes that it reads in the steps that AU is over, at least
	LeastTook             time.Duration // that its steps take
}

// Replay says for each probe of a search what it must have been after those before it, the
// time aside. It stops where the search would have stopped, with the reason.
func (f ProbeFiles) Replay(o SearchOptions, probes []Probe) ([]Due, Stop, error) {
	o.MaxTime = 0
	var all []Due
	var used int64
	made := map[Ask]Plan{}
	for i := range probes {
		ask, stop := Next(o, probes[:i])
		if stop != StopNot {
			return all, stop, nil
		}
		plan, known := made[ask]
		if !known {
			var err error
			if plan, _, _, err = f.Plan(ask, 0); err != nil {
				return all, StopNot, err
			}
			made[ask] = plan
		}
		due := f.due(ask, plan, used)
		all = append(all, due)
		used += due.Probe.Files
	}
	return all, StopNot, nil
}

func (f ProbeFiles) due(ask Ask, plan Plan, used int64) Due {
	ranks, steps := int64(ask.Accelerators), plan.Steps-1-f.settling()
	files := f.perRank(steps, ask.Accelerators) * ranks
	batch := int64(plan.BatchSize) * plan.RecordBytes
	const block = 4096 // to which direct reads are rounded, at both ends of each file's part
	ahead := ranks * (int64(plan.ReadAheadBatches)*batch + int64(plan.streams())*((aheadRecords+1)*plan.RecordBytes+plan.TransferBytes+block))
	least := ranks * int64(plan.Steps) * batch
	return Due{
		Probe:      Probe{Accelerators: ask.Accelerators, Rate: ask.Rate, Steps: steps, Files: files, Warm: used+files > f.files()},
		LeastBytes: least, MostBytes: least + ahead + 2*block*(files+ranks*int64(plan.streams())),
		LeastWindow: max(0, ranks*int64(steps)*batch-ahead), LeastTook: time.Duration(plan.Steps) * plan.ComputationTime,
	}
}

// Feeds is the AU that so many bytes/s feed at most; ok is false where a read of a stream
// brings so much that the bytes of a probe say nothing.
func (f ProbeFiles) Feeds(p Probe) (au float64, ok bool) {
	step := float64(int64(f.base.BatchSize) * f.base.RecordBytes)
	if float64(int64(f.base.streams())*f.base.TransferBytes) > coarseReads*float64(p.Steps)*step {
		return 1, false
	}
	return min(1, p.BytesPerS*f.base.ComputationTime.Seconds()/(step*float64(p.Accelerators))), true
}

// Differ says which probe of a search is the first that can't have been made as its next
// one, and how. The text is empty where all can.
func (f ProbeFiles) Differ(o SearchOptions, probes []Probe) (probe int, text string) {
	dues, stop, err := f.Replay(o, probes)
	for i, due := range dues {
		is, want := probes[i], due.Probe
		for _, figure := range []struct {
			name     string
			is, want any
		}{
			{"accelerators", is.Accelerators, want.Accelerators}, {"rate", is.Rate, want.Rate}, {"steps", is.Steps, want.Steps},
			{"files", is.Files, want.Files}, {"warm", is.Warm, want.Warm},
		} {
			if figure.is != figure.want {
				return i, fmt.Sprintf("has %s %v, where the search would have made it with %v", figure.name, figure.is, figure.want)
			}
		}
	}
	switch {
	case err != nil:
		return len(dues), err.Error()
	case stop != StopNot:
		return len(dues), fmt.Sprintf("is one too many: the search was over before (%s)", stop)
	}
	return 0, ""
}
