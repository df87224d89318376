package verify

import (
	"fmt"
	"math"
	"strconv"

	"github.com/lbench/lbench/internal/dlio"
)

// rankEpochs is what one rank's output says of its epochs.
type rankEpochs struct {
	file   rankFile
	epochs []rankBlock
}

// rankBlock is one epoch of a rank, in seconds.
type rankBlock struct {
	load, proc, compute []float64
	au, rate            float64
}

// total is how long the block lasted by a round's formulas. No file says it: under v1.0 it
// is in the rate, later in the AU, and the other of the two is then the proof.
func (b rankBlock) total(r dlio.Round, w workload) float64 {
	n := float64(len(b.proc))
	if r.Name == "v1.0" {
		return n * w.batch / b.rate
	}
	return 100*sumOf(b.compute[1:])/b.au + b.proc[0]
}

func (b rankBlock) figures(r dlio.Round, w workload) (au, rate float64) {
	e := dlio.RankEpoch{
		Steps: len(b.proc), Batch: int(w.batch), Total: b.total(r, w), First: b.proc[0],
		Computation: w.computation, Compute: sumOf(b.compute[1:]),
	}
	return 100 * r.AU(e), r.Throughput(e)
}

// fits says whether a block's AU and rate are by the formulas of a round.
func (b rankBlock) fits(r dlio.Round, w workload) bool {
	au, rate := b.figures(r, w)
	return math.Abs(au-b.au) <= 1e-9*au && math.Abs(rate-b.rate) <= 1e-9*rate
}

// readRanks reads the ranks' outputs. An epoch in several blocks is left out, with a note.
func (s *submission) readRanks() []rankEpochs {
	var all []rankEpochs
	for _, file := range s.ranks {
		doc, ok := s.document(file.name)
		top, isObject := doc.(map[string]any)
		if !ok || !isObject {
			continue
		}
		rank := rankEpochs{file: file}
		for e := 1; e <= s.shape.epochs; e++ {
			epoch, ok := top[strconv.Itoa(e)].(map[string]any)
			if !ok {
				s.find(file.name, strconv.Itoa(e), nil, nil, "the epoch isn't there")
				break
			}
			block, ok := s.block(file.name, strconv.Itoa(e), epoch)
			if !ok {
				break
			}
			rank.epochs = append(rank.epochs, block)
		}
		if len(rank.epochs) == s.shape.epochs {
			all = append(all, rank)
		}
	}
	return all
}

func (s *submission) block(file, at string, epoch map[string]any) (b rankBlock, ok bool) {
	of := func(name string) any {
		blocks, _ := epoch[name].(map[string]any)
		if len(blocks) > 1 {
			s.note("%s: epoch %s has %d blocks, which aren't computed again", file, at, len(blocks))
		}
		return blocks["block1"]
	}
	for _, list := range []struct {
		name string
		to   *[]float64
	}{{"load", &b.load}, {"proc", &b.proc}, {"compute", &b.compute}} {
		if *list.to, ok = s.values(file, fmt.Sprintf("%s.%s.block1", at, list.name), of(list.name)); !ok {
			return b, false
		}
	}
	if len(b.proc) == 0 || len(b.load) != len(b.proc) || len(b.compute) != len(b.proc) {
		s.find(file, at, nil, nil, "%d waits, %d steps and %d computations: want one of each for a step", len(b.load), len(b.proc), len(b.compute))
		return b, false
	}
	b.au, ok = toNumber(of("au"))
	rate, ok2 := toNumber(of("throughput"))
	b.rate = rate
	if !ok || !ok2 {
		s.find(file, at, nil, nil, "it has no AU or no throughput")
	}
	return b, ok && ok2
}

// computed computes each rank's figures from its steps, and the summary's from the ranks'.
func (s *submission) computed(ranks []rankEpochs) {
	r, ok := dlio.RoundOf(s.round)
	if !ok {
		return
	}
	for _, rank := range ranks {
		for i, b := range rank.epochs {
			s.rankEpoch(r, rank.file.name, strconv.Itoa(i+1), b)
		}
	}
	if len(ranks) != s.shape.accelerators {
		s.note("outputs of %d of %d ranks are here: the values per epoch aren't computed again from them", len(ranks), s.shape.accelerators)
		return
	}
	au, ok1 := s.values(summaryFile, "metric.train_au_percentage", s.metric["train_au_percentage"])
	rate, ok2 := s.values(summaryFile, "metric.train_throughput_samples_per_second", s.metric["train_throughput_samples_per_second"])
	if !ok1 || !ok2 {
		return
	}
	for e := range min(len(au), len(rate), s.shape.epochs) {
		var auSum, rateSum float64
		for _, rank := range ranks {
			auSum += rank.epochs[e].au
			rateSum += rank.epochs[e].rate
		}
		s.within(summaryFile, indexed("metric.train_au_percentage", e), au[e], auSum/float64(len(ranks)), manyBits*au[e], "mean over the ranks' outputs")
		s.within(summaryFile, indexed("metric.train_throughput_samples_per_second", e), rate[e], rateSum, manyBits*rateSum, "sum over the ranks' outputs")
	}
}

func (s *submission) rankEpoch(r dlio.Round, file, at string, b rankBlock) {
	w := s.shape.workload
	if n := s.shape.steps(); len(b.proc) != n {
		s.v.Checked++
		if capped, ok := yamlNumber(s.settings["train.total_training_steps"]); !ok || int(capped) != len(b.proc) {
			s.find(file, at+".proc.block1", len(b.proc), n, "steps: num_files_train x num_samples_per_file / num_accelerators / batch_size")
		}
	}
	au, rate := b.figures(r, w)
	s.within(file, at+".au.block1", b.au, au, manyBits*au, "by %s's formula from %s.compute.block1, %s.proc.block1 and %s.throughput.block1", r.Name, at, at, at)
	s.within(file, at+".throughput.block1", b.rate, rate, manyBits*rate, "by %s's formula from %s.compute.block1, %s.proc.block1 and %s.au.block1", r.Name, at, at, at)
	s.v.Checked++
	if total, steps := b.total(r, w), sumOf(b.proc); steps > total*(1+1e-9) {
		s.find(file, at+".proc.block1", steps, total, "the steps last longer than the epoch that they are in")
	}
	for i := range b.proc {
		s.step(r, file, at, i, b)
	}
}

// step checks what one step says of itself. By how much a wait is too long for the figures
// no file tells, so that a wait made shorter isn't seen here.
func (s *submission) step(r dlio.Round, file, at string, i int, b rankBlock) {
	s.v.Checked++
	computation := s.shape.workload.computation
	switch {
	case r.Name == "v1.0" && b.compute[i] != computation:
		s.findOne("computations in "+file, file, indexed(at+".compute.block1", i), b.compute[i], computation, "the computation time of every step")
	case r.Name != "v1.0" && b.compute[i] < computation*(1-1e-6):
		s.findOne("computations in "+file, file, indexed(at+".compute.block1", i), b.compute[i], nil, "no step computes for less than %v s", computation)
	case b.proc[i] < (b.load[i]+b.compute[i])*(1-1e-9):
		s.findOne("steps in "+file, file, indexed(at+".proc.block1", i), b.proc[i], nil, "it is shorter than %s.load.block1 of %v s and %s.compute.block1 of %v s", at, b.load[i], at, b.compute[i])
	}
}

func sumOf(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum
}

func indexed(figure string, i int) string { return figure + "[" + strconv.Itoa(i) + "]" }
