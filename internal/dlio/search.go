package dlio

import (
	"context"
	"fmt"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// SearchOptions say what is searched for, and how much may be spent on it.
//
// A search finds the largest number of accelerators that storage feeds at an AU of MinAU:
//
//  1. One probe with a computation time of 0 gives a rate, and so a first guess.
//  2. Each probe is a short run at one number of accelerators and gives one AU.
//  3. Next, a pure function of the probes made so far, says where to probe next: it
//     brackets, narrows the bracket, and repeats a point until the interval of its AU
//     lies on one side of MinAU.
//  4. Conclude, pure too, makes the answer of whatever probes there are.
//
// So a search that was interrupted goes on from its probes, and the loop is Search.
type SearchOptions struct {
	MinAU       float64 // fraction, at most MostMinAU
	Least, Most int     // accelerators; the answer lies within, or below Least
	// Virtual says that an engine makes the bytes, so that no cache can serve a file that was
	// read before.
	Virtual bool
	// FewFiles says that Most is what the dataset holds probes of, and less than was asked for.
	FewFiles bool
	Guess    float64 // first guess, in accelerators; 0: from a rate probe
	Demand   float64 // bytes/s of one accelerator that never waits

	StepBytes int64 // that one accelerator reads in a step
	// BesideBytes is what it may read in a probe beside the steps that count and the first:
	// in those that settle, and ahead when it ends.
	BesideBytes  int64
	DatasetBytes int64 // that can be read before files are read again
	// MaxBytes is what all probes may read: two full runs where one more is made at the
	// answer, so that no search reads more than three.
	MaxBytes int64
	// A probe lasts for LeastTime, as far as MaxBytes allow, since storage is not even over
	// shorter times; a step takes StepTime where nothing waits. 0: it may be as short as it likes.
	LeastTime, StepTime time.Duration
	LeastSteps          int // of a probe; 0: leastSteps
	// MaxTime is for the probes of this sitting, those after the first Earlier; 0: no end.
	MaxTime time.Duration
	Earlier int // probes of sittings before
}

// MostMinAU is the highest AU that can be searched for: no run reaches 100 %.
const MostMinAU = 0.99

// Validate returns an error naming the first option that allows no search.
func (o SearchOptions) Validate() error {
	switch {
	case !(o.MinAU > 0 && o.MinAU <= MostMinAU):
		return fmt.Errorf("search for an AU of %.4g %%: want more than 0 and at most %g %%, since a run never reaches 100 %% exactly", 100*o.MinAU, 100*MostMinAU)
	case o.Least < 1 || o.Most < o.Least:
		return fmt.Errorf("search between %d and %d accelerators: want at least 1, and the lower number first", o.Least, o.Most)
	case o.Guess == 0 && !(o.Demand > 0):
		return fmt.Errorf("search from a rate: one accelerator demands %g bytes/s, want more than 0", o.Demand)
	case o.StepBytes < 1 || o.DatasetBytes < o.StepBytes || o.MaxBytes < o.StepBytes:
		return fmt.Errorf("search within %d bytes of a dataset of %d: want at least the %d of one step", o.MaxBytes, o.DatasetBytes, o.StepBytes)
	}
	return nil
}

// Ask is the probe that a search wants next.
type Ask struct {
	Accelerators int
	Steps        int  // after the first, which counts for nothing
	Rate         bool // with a computation time of 0
}

// Probe is one short run, as made and as a run folder keeps it for a search that goes on.
type Probe = result.SearchProbe

// ProbeFunc makes one probe; before are those made so far.
type ProbeFunc func(ctx context.Context, ask Ask, before []Probe) (Probe, error)

// Stop says why a search asks for no more probes.
type Stop string

// The reasons to stop; StopNot: none yet.
const (
	StopNot   Stop = ""
	StopDone  Stop = "done"
	StopBytes Stop = "bytes" // MaxBytes
	StopTime  Stop = "time"  // MaxTime
)

// Search makes probes from those before on, until the answer stands or what it may spend
// is spent. Each new probe is handed to keep (nil: nobody keeps them), so that a later
// Search can go on. The answer holds the bracket so far even where the error is not nil:
// that of the context, of a probe or of keep.
func Search(ctx context.Context, o SearchOptions, before []Probe, probe ProbeFunc, keep func(Probe) error) (Answer, error) {
	probes := append([]Probe(nil), before...)
	if err := o.Validate(); err != nil {
		return Answer{}, err
	}
	for {
		ask, stop := Next(o, probes)
		if stop != StopNot {
			return Conclude(o, probes), nil
		}
		if err := ctx.Err(); err != nil {
			return Conclude(o, probes), err
		}
		made, err := probe(ctx, ask, probes)
		if err != nil {
			return Conclude(o, probes), fmt.Errorf("probe %d accelerators: %w", ask.Accelerators, err)
		}
		probes = append(probes, made)
		if keep != nil {
			if err := keep(made); err != nil {
				return Conclude(o, probes), err
			}
		}
	}
}
