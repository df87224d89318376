package main

import (
	"fmt"
)

// cachedSet is what the jobs on cached files read.
const cachedSet = "1GiB"

// cachedSequential holds 1 MiB reads of cached files against fio's psync, with one job
// and with several.
func cachedSequential(b *bench) (outcome, error) {
	dir, names, err := b.blockFiles(cachedSet, 8)
	if err != nil {
		return outcome{}, err
	}
	if err := warmFiles(names); err != nil {
		return outcome{}, err
	}
	all, got, how := isMet, "", ""
	for _, jobs := range []int{1, 8} {
		rate, cpu, err := b.cachedPair(dir, names, jobs)
		if err != nil {
			return outcome{}, err
		}
		all = worst(all, rate.atLeast(0.98), cpu.atMost(1.05))
		got += fmt.Sprintf("%d job(s): rate %s, CPU %s; ", jobs, rate, cpu)
		how += fmt.Sprintf("%d jobs: %.2f / %.2f GB/s, %.4f / %.4f CPU s per GB; ", jobs, median(rate.ours)/1e9, median(rate.theirs)/1e9, median(cpu.ours), median(cpu.theirs))
	}
	return all.outcome(got, how)
}

// cachedPair compares rates and CPU per byte of whole processes.
func (b *bench) cachedPair(dir string, names []string, jobs int) (rate, cpu compared, err error) {
	var cpuOurs, cpuTheirs []float64
	rate, err = b.pairs(func() (float64, error) {
		c, run, err := b.block("sustained", "--data-dir", dir, "--pattern", "sequential", "--duration", seconds(), "--jobs", fmt.Sprint(jobs), "--op-size", "1MiB")
		cpuOurs = append(cpuOurs, c.cpu.Seconds()/run.Metrics["read_bytes"]*1e9)
		return run.Metrics["read_bytes_per_s"], err
	}, func() (float64, error) {
		f, err := b.fioSplitBlock(names, jobs)
		cpuTheirs = append(cpuTheirs, f.cpu.Seconds()/f.bytes*1e9)
		return f.bytesPerS, err
	})
	if err != nil {
		return rate, cpu, err
	}
	return rate, compareSeries(cpuOurs, cpuTheirs), nil
}

// fioSplitBlock reads files with fio's psync, dealt to its jobs as lbench deals them.
func (b *bench) fioSplitBlock(names []string, jobs int) (fioRun, error) {
	text := fmt.Sprintf("[global]\nrw=read\nbs=1m\nioengine=psync\ninvalidate=0\ntime_based\nruntime=%d\nfile_service_type=sequential\ngroup_reporting\n", blockSeconds)
	for j := range jobs {
		own := ""
		for i := j; i < len(names); i += jobs {
			own += ":" + names[i]
		}
		text += fmt.Sprintf("[job%d]\nfilename=%s\n", j, own[1:])
	}
	name, err := b.jobFile(text)
	if err != nil {
		return fioRun{}, err
	}
	return b.runFio("", "--output-format=json", name)
}

// cachedRandom holds 4 KiB reads at random offsets of cached files against fio's psync.
func cachedRandom(b *bench) (outcome, error) {
	dir, names, err := b.blockFiles(cachedSet, 8)
	if err != nil {
		return outcome{}, err
	}
	if err := warmFiles(names); err != nil {
		return outcome{}, err
	}
	var cpuOurs, cpuTheirs []float64
	iops, err := b.pairs(func() (float64, error) {
		c, run, err := b.block("sustained", "--data-dir", dir, "--pattern", "random", "--duration", seconds(), "--jobs", "1", "--op-size", "4KiB")
		cpuOurs = append(cpuOurs, c.cpu.Seconds()/run.Metrics["read_bytes"]*4096*1e6)
		return run.Metrics["ops_per_s"], err
	}, func() (float64, error) {
		f, err := b.fioBlock(names, "--rw=randread", "--bs=4k", "--ioengine=psync", "--norandommap", "--file_service_type=random")
		cpuTheirs = append(cpuTheirs, f.cpu.Seconds()/f.bytes*4096*1e6)
		return f.bytesPerS / 4096, err
	})
	if err != nil {
		return outcome{}, err
	}
	cpu := compareSeries(cpuOurs, cpuTheirs)
	return worst(iops.atLeast(0.9), cpu.atMost(1.2)).outcome(fmt.Sprintf("IOPS %s, CPU per op %s", iops, cpu),
		fmt.Sprintf("%.0f / %.0f kIOPS, %.2f / %.2f us CPU per op, whole processes", median(iops.ours)/1e3, median(iops.theirs)/1e3, median(cpu.ours), median(cpu.theirs)))
}

// mostJobThreads bounds the threads of 1,024 jobs: far below one for each.
const mostJobThreads = 256

// manyJobs holds 1,024 jobs on cached files against 32.
func manyJobs(b *bench) (outcome, error) {
	dir, names, err := b.blockFiles("4GiB", 1024)
	if err != nil {
		return outcome{}, err
	}
	if err := warmFiles(names); err != nil {
		return outcome{}, err
	}
	threads := 0.0
	perGB := func(jobs string) (float64, error) {
		c, run, err := b.block("sustained", "--data-dir", dir, "--pattern", "sequential", "--duration", "4s", "--jobs", jobs, "--op-size", "1MiB")
		if err != nil {
			return 0, err
		}
		n, err := b.mostThreads(run.ID)
		threads = max(threads, n)
		return c.cpu.Seconds() / run.Metrics["read_bytes"] * 1e9, err
	}
	cpu, err := b.pairs(func() (float64, error) { return perGB("1024") }, func() (float64, error) { return perGB("32") })
	if err != nil {
		return outcome{}, err
	}
	v := cpu.atMost(1.1)
	if threads > mostJobThreads {
		v = missed
	}
	return v.outcome(fmt.Sprintf("CPU per GB %s, %.0f threads", cpu, threads),
		fmt.Sprintf("%.4f / %.4f CPU s per GB, whole processes, 1 MiB reads of cached files", median(cpu.ours), median(cpu.theirs)))
}
