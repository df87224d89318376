package dlio

import (
	"context"
)

// RunProbe makes the probe that ask wants over the next unread files. before are the probes
// made so far. o is as for Train; Emit may be nil. Took and CeilingAU are left to the
// caller, who knows what else belongs to a probe.
//
// AU is that of a run's epochs, (n-1) c / (last barrier - first barrier of the window),
// corrected for what lies ready at those two barriers: in a run of 700 steps the difference
// is nothing, in a probe of 8 steps it can be 3 points. So for steps n-1 stands what the
// bytes read within the window would feed, bytes / (B P record), where that is less, or more
// by no more than the streams themselves hold. Where storage is the limit, that is its rate
// over the demand. Where reads are too coarse for that, n-1 stands. A read-ahead that fills up for longer is not counted: it may be needed
// yet. The window opens after the steps in which the kernel's read-ahead fills up.
func RunProbe(ctx context.Context, f ProbeFiles, ask Ask, before []Probe, o TrainOptions) (Probe, error) {
	var used int64
	for _, p := range before {
		used += p.Files
	}
	plan, files, warm, err := f.Plan(ask, used)
	if err != nil {
		return Probe{}, err
	}
	w := window{opens: f.settling(), live: &Live{}}
	o.Live, o.Emit, o.Edge = w.live, nil, nil
	o.Step = w.step
	epochs, capped, err := Train(ctx, plan, o)
	if err != nil {
		return Probe{}, err
	}
	length, steps := seconds(w.end-w.start), float64(plan.Steps-1-f.settling())
	fed := float64(w.endBytes-w.startBytes) / float64(plan.RecordBytes) / float64(plan.BatchSize*ask.Accelerators)
	held := min(0.5, float64(aheadRecords*plan.streams())/float64(plan.BatchSize))
	if float64(int64(plan.streams())*plan.TransferBytes) > coarseReads*steps*float64(int64(plan.BatchSize)*plan.RecordBytes) {
		fed = steps // a read brings so much that the bytes of the window say nothing
	}
	rate := float64(w.endBytes-w.startBytes) / length
	if ask.Rate && rate == 0 { // all was read before the window opened: a small dataset, quickly read
		rate = float64(epochs[0].ReadBytes) / seconds(w.end-epochs[0].Start)
	}
	return Probe{
		Accelerators: ask.Accelerators, Rate: ask.Rate, Steps: int(steps), Files: files, Warm: warm, ReadBytes: epochs[0].ReadBytes,
		AU:        min(1, min(steps+held, fed)*plan.ComputationTime.Seconds()/length),
		BytesPerS: rate, Capped: capped,
	}, nil
}

// coarseReads is how many times a rank's window one read of each of its streams may be, for
// the bytes of the window to tell what was fed.
const coarseReads = 4

// window is what a probe's AU is over.
type window struct {
	opens                int // at the end of this step
	live                 *Live
	start, end           int64 // of the run's clock
	startBytes, endBytes int64
}

func (w *window) step(step int, end int64) {
	bytes := w.live.Bytes.Load()
	if step == w.opens {
		w.start, w.startBytes = end, bytes
	}
	w.end, w.endBytes = end, bytes
}
