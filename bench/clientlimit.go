package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
)

// The searches for a client's own limit, under the load of the findmax bar.
const (
	clientSearches = 10
	fewestAtLimit  = 8 // about where the dearest client ends, in accelerators
	mostAtLimit    = 60
	clientMinAU    = 0.9
	clientProbe    = time.Second      // a probe takes so long at least
	clientMost     = 60 * time.Second // a search takes so long at most
	clientFiles    = 10               // for each accelerator at the limit: 320 steps a full run there
	fullSteps      = 640              // of a full run at most, where the answer is far too low
	clientOff      = 0.05             // of the right number
)

// clientLimit searches on storage that costs nothing behind a client that spends CPU
// time for each byte, at ten costs. What the right number is, full runs say at the same cost: 5 %
// less than the answer has to pass, and 5 % and one more to fail.
func clientLimit(b *bench) (outcome, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.NumCPU() + 1)) // as find-max does
	storage, err := b.freeStorage()
	if err != nil {
		return outcome{}, err
	}
	right := 0
	var told []string
	for i := range clientSearches {
		target := fewestAtLimit * math.Pow(float64(mostAtLimit)/fewestAtLimit, float64(i)/(clientSearches-1))
		client := costly{storage, perByte(target, runtime.NumCPU())}
		ok, text, err := searchClient(b.ctx, client, target)
		if err != nil {
			return outcome{}, err
		}
		if ok {
			right++
		}
		told = append(told, text)
	}
	return outcome{fmt.Sprintf("%d of %d", right, clientSearches), right == clientSearches, strings.Join(told, "; ")}, nil
}

// freeStorage is the null engine over the bytes of a generated file, which stand for
// those of every file.
func (b *bench) freeStorage() (ioengine.Engine, error) {
	dir, err := b.dataset(1, searchSamples)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "train", "*.tfrecord"))
	if err != nil || len(files) != 1 {
		return nil, fmt.Errorf("find the one file of %s: there are %d, error %w", dir, len(files), err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		return nil, err
	}
	return ioengine.NewNull(ioengine.Content{
		Size:  func(string) (int64, bool) { return int64(len(content)), true },
		Bytes: func(_ string, off int64, n int) []byte { return content[off:][:n] },
	}), nil
}

// searchClient searches with one client and says whether its own limit was found.
func searchClient(ctx context.Context, client costly, target float64) (ok bool, text string, err error) {
	plan, err := clientPlan(target)
	if err != nil {
		return false, "", err
	}
	began := time.Now()
	train := dlio.TrainOptions{Engine: client, Clock: dlio.NewClock(began), Workers: runtime.NumCPU(), MaxInflight: 1 << 10}
	files := dlio.NewProbeFiles(plan)
	o := files.Options()
	o.LeastTime, o.MaxTime = clientProbe, clientMost
	probe := func(ctx context.Context, ask dlio.Ask, before []dlio.Probe) (dlio.Probe, error) {
		start := time.Now()
		p, err := dlio.RunProbe(ctx, files, ask, before, train)
		if !ask.Rate {
			p.CeilingAU = p.AU // there is no storage to wait for
		}
		p.Took = time.Since(start)
		return p, err
	}
	a, err := dlio.Search(ctx, o, nil, probe, nil)
	if err != nil {
		return false, "", err
	}
	took := time.Since(began)
	pass, fail := aroundNumber(a.Max)
	passes, fails := 1.0, 0.0
	if pass > 0 {
		if passes, err = fullAU(ctx, plan, pass, train); err != nil {
			return false, "", err
		}
	}
	if fails, err = fullAU(ctx, plan, fail, train); err != nil {
		return false, "", err
	}
	ok = a.Max > 0 && a.Limit == "client-cpu" && passes >= clientMinAU && fails < clientMinAU
	return ok, fmt.Sprintf("%.2f ns a byte: %d, limit %s, %d probes, %.0f s; full runs AU %.1f %% at %d, %.1f %% at %d",
		1e9*client.perByte, a.Max, a.Limit, a.Probes, took.Seconds(), 100*passes, pass, 100*fails, fail), nil
}

// aroundNumber is the numbers of accelerators of which the first has to pass and the second
// to fail where an answer is right within clientOff.
func aroundNumber(answer int) (pass, fail int) {
	return int(math.Floor((1 - clientOff) * float64(answer))), int(math.Ceil((1+clientOff)*float64(answer))) + 1
}

// clientPlan is a small workload for a client that ends at about target accelerators.
func clientPlan(target float64) (dlio.Plan, error) {
	return dlio.PlanOf(result.Run{Seed: 7310, Plan: &result.Plan{
		Profile: "shuffled", Accelerators: 1, Files: int(clientFiles * math.Ceil(target)), SamplesPerFile: searchSamples, BatchSize: searchBatch, Steps: 2, Epochs: 10,
		Streams: 6, TransferBytes: 256 << 10, RecordBytes: recordBytes, NominalBytes: recordBytes, ComputationNS: int64(searchCompute * 1e9),
		ReadAheadBatches: 4, MinAU: clientMinAU, Verify: true}})
}

// fullAU is the AU of one epoch over all files, as far as fullSteps go: (n-1) c / (last barrier - first barrier).
func fullAU(ctx context.Context, plan dlio.Plan, accelerators int, train dlio.TrainOptions) (float64, error) {
	plan.Accelerators, plan.Epochs = accelerators, 1
	plan.Steps = min(fullSteps, len(plan.Files)*plan.SamplesPerFile/accelerators/plan.BatchSize)
	epochs, _, err := dlio.Train(ctx, plan, train)
	if err != nil {
		return 0, fmt.Errorf("a full run at %d accelerators: %w", accelerators, err)
	}
	if len(epochs) != 1 || epochs[0].End <= epochs[0].Open {
		return 0, errors.New("a full run has no steps after its first")
	}
	return float64(plan.Steps-1) * plan.ComputationTime.Seconds() / (float64(epochs[0].End-epochs[0].Open) / 1e9), nil
}

// costly is a client that spends CPU time for each byte that its engine gives.
type costly struct {
	ioengine.Engine
	perByte float64 // of CPU time, in s
}

// Open implements ioengine.Engine.
func (e costly) Open(name string) (ioengine.File, error) {
	f, err := e.Engine.Open(name)
	if err != nil {
		return nil, err
	}
	view, ok := f.(ioengine.Viewer)
	if !ok {
		return nil, fmt.Errorf("open %q: the engine copies bytes, want one that shows them", name)
	}
	return costlyFile{f, view, e.perByte}, nil
}

type costlyFile struct {
	ioengine.File
	view    ioengine.Viewer
	perByte float64
}

// View implements ioengine.Viewer.
func (f costlyFile) View(off int64, n int) []byte {
	p := f.view.View(off, n)
	spend(time.Duration(float64(len(p)) * f.perByte * 1e9))
	return p
}

// spend computes until the thread has had so much CPU time. What a byte costs is then the
// same whatever else makes the processor slower: a neighbour on the same core, its clock,
// a hypervisor that takes it away.
func spend(d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for end := threadTime() + d; threadTime() < end; {
	}
}

// threadTime is the CPU time of this thread.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(fmt.Sprintf("no CPU time of a thread: %v", err)) // every Linux has it
	}
	return time.Duration(t.Nano())
}

// perByte is the CPU time of a byte, in s, that makes so many cores feed target accelerators
// of the load at an AU of clientMinAU, if nothing else cost anything.
func perByte(target float64, cores int) float64 {
	return float64(cores) / (target * clientMinAU * searchBatch * recordBytes / searchCompute)
}
