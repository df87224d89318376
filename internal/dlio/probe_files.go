package dlio

import "fmt"

// What a probe leaves out at its beginning: leastSettling steps, in which ranks that start
// apart in their files come into their stride, and no more than mostSettling.
const leastSettling, mostSettling = 8, 64

// ProbeFiles deals the files of a plan to the probes of a search, so that no file is read
// twice while there are unread ones. Files are dealt whole, in a seeded order, as many to a
// rank as its streams keep open in a whole epoch: what a client's kernel reads ahead in a
// file is then never what a later probe reads. Where the files end they begin again, and a
// probe that reads some for the second time is warm.
//
// A rank begins as deep in its first file as in a full run: if all began at the first byte,
// all would come to the ends of their files at once, and the storage would idle meanwhile.
type ProbeFiles struct {
	base Plan
	// ReadAhead is how many bytes the kernel may read ahead of a stream. Probes leave out
	// the steps in which that fills up: it takes from the storage what no step has yet.
	ReadAhead int64
}

// NewProbeFiles deals the files of base, whose number of accelerators doesn't matter.
func NewProbeFiles(base Plan) ProbeFiles { return ProbeFiles{base: base} }

func (f ProbeFiles) files() int64 { return int64(len(f.base.Files)) }

// settling is how many steps a rank's read-ahead feeds, within these bounds.
func (f ProbeFiles) settling() int {
	ahead := int64(f.base.streams()) * f.ReadAhead
	return int(min(mostSettling, max(leastSettling, ceilDiv(ahead, int64(f.base.BatchSize)*f.base.RecordBytes))))
}

// fills is how many times the read-ahead of its streams a rank reads in the window of a
// probe: what lies in that at one end and not at the other is then no more than a part.
const fills = 4

// leastSteps is the shortest window of a probe.
func (f ProbeFiles) leastSteps() int {
	ahead := fills * int64(f.base.streams()) * f.ReadAhead
	return int(max(leastSteps, ceilDiv(ahead, int64(f.base.BatchSize)*f.base.RecordBytes)))
}

// perRank is the files of one rank: for what it leaves out of its first one, its steps, the
// first and those that settle, a batch and two records a stream that are read ahead by the
// end, and as many as it keeps open in a whole epoch. A rank that is further ahead, since
// storage gives more than it needs, reads its first files again: reading must not end before
// the last step.
func (f ProbeFiles) perRank(steps, accelerators int) int64 {
	samples := int64(steps+f.settling()+2)*int64(f.base.BatchSize) + aheadRecords*int64(f.base.streams()) + int64(f.base.SamplesPerFile) - 1
	open := min(int64(f.base.streams()), f.files()/int64(accelerators))
	return max(ceilDiv(samples, int64(f.base.SamplesPerFile)), open)
}

// Most is the largest number of accelerators for which the files hold one probe, and two
// steps of a whole epoch.
func (f ProbeFiles) Most() int {
	return int(min(f.files()/f.perRank(f.leastSteps(), len(f.base.Files)), f.base.samples()/(2*int64(f.base.BatchSize))))
}

// Options are those of a search over these files: up to Most accelerators, from a rate,
// reading no more than two full runs of the plan.
func (f ProbeFiles) Options() SearchOptions {
	batch := int64(f.base.BatchSize) * f.base.RecordBytes
	return SearchOptions{
		MinAU: f.base.MinAU, Least: 1, Most: f.Most(), Demand: float64(batch) / f.base.ComputationTime.Seconds(),
		StepTime: f.base.ComputationTime, LeastSteps: f.leastSteps(), StepBytes: batch, BesideBytes: int64(f.settling()+f.base.ReadAheadBatches)*batch + aheadRecords*int64(f.base.streams())*f.base.RecordBytes,
		DatasetBytes: f.base.samples() * f.base.RecordBytes,
		MaxBytes:     2 * int64(f.base.Epochs) * f.base.samples() * f.base.RecordBytes,
	}
}

// Plan is the plan of one probe, after earlier ones that used up so many files; of fewer
// steps than asked for where the dataset is too small. It says how many more files this one
// uses up, and whether it reads some for the second time.
func (f ProbeFiles) Plan(ask Ask, used int64) (plan Plan, files int64, warm bool, err error) {
	each := f.perRank(ask.Steps, ask.Accelerators)
	for ; each*int64(ask.Accelerators) > f.files() && ask.Steps > 2; each = f.perRank(ask.Steps, ask.Accelerators) {
		ask.Steps--
	}
	if files = each * int64(ask.Accelerators); files > f.files() {
		return Plan{}, 0, false, fmt.Errorf("plan a probe of %d accelerators: it takes %d files, and the dataset has %d: make more files",
			ask.Accelerators, files, f.files())
	}
	plan = f.base
	plan.Profile, plan.Accelerators, plan.Steps, plan.Epochs, plan.WarmupEpochs = "shuffled", ask.Accelerators, ask.Steps+f.settling()+1, 1, 0
	if ask.Rate {
		plan.ComputationTime = 0
	}
	order := permutation(len(f.base.Files), uint64(f.base.Seed), 0) // epochs are keyed from 1
	again := ceilDiv(int64(plan.ReadAheadBatches*plan.BatchSize), int64(plan.SamplesPerFile)) + int64(plan.streams())
	plan.deal = func(rank int) *shard {
		own := make([]int32, each+again)
		first := used + int64(rank)*each
		for i := range own {
			own[i] = order[(first+int64(i)%each)%f.files()]
		}
		perFile := int64(plan.SamplesPerFile)
		start := int64(rank) * (plan.samples() / int64(plan.Accelerators)) % perFile
		return &shard{order: own, perFile: perFile, start: start, pos: start, end: (each + again) * perFile}
	}
	return plan, files, used+files > f.files(), nil
}

// Names are the files of a probe, after earlier ones that used up so many.
func (f ProbeFiles) Names(ask Ask, used int64) []string {
	_, n, _, err := f.Plan(ask, used)
	if err != nil {
		return nil
	}
	order := permutation(len(f.base.Files), uint64(f.base.Seed), 0)
	names := make([]string, n)
	for i := range names {
		names[i] = f.base.Files[order[(used+int64(i))%f.files()]].Name
	}
	return names
}

// For deals the same files to probes of another plan of them, as one with other settings of
// its readers.
func (f ProbeFiles) For(plan Plan) ProbeFiles {
	f.base = plan
	return f
}
