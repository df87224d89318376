package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
)

// The files that jobs and op size are searched on: their folder below the user's, and how
// large they are.
const (
	searchFolder = "lbench-search"
	searchFiles  = 32
	searchShare  = 4       // of the pass at most one in so many bytes
	searchMost   = 4 << 30 // bytes
	searchLeast  = 256 << 20
	searchTry    = 128 << 20              // bytes that one try reads at least
	searchStep   = 400 * time.Millisecond // that one try is to take
)

// searchBytes is the size of the files of the search, for a pass over so many bytes.
func searchBytes(pass int64) int64 { return min(max(pass/searchShare, searchLeast), searchMost) }

// searchJobs finds the number of jobs and the op size that "auto" stands for, on files of
// its own: those of the pass are not touched, since no client can empty a server's cache.
func (r *blockRun) searchJobs(ctx context.Context, side *side) error {
	if !r.o.jobs.auto && !r.o.opSize.auto {
		return nil
	}
	own, err := r.app.searchSide(ctx, r.o, side)
	if err != nil {
		return err
	}
	defer own.release()
	fixedJobs, fixedOp := r.o.jobs.value, r.o.opSize.bytes
	if r.o.jobs.auto {
		fixedJobs = 0
	}
	if r.o.opSize.auto {
		fixedOp = 0
	}
	search := fio.NewSearch(int(max(1, r.run.Host.UsableCPUs)), fixedJobs, fixedOp)
	var rate float64
	for tries := 0; ; tries++ {
		jobs, op, ok := search.Next()
		if !ok {
			break
		}
		outcome, err := r.tryJobs(ctx, own, tries*searchFiles/8, jobs, op, rate)
		if err != nil {
			return fmt.Errorf("search for --jobs and --op-size: %w", err)
		}
		rate = float64(outcome.Bytes) / outcome.Duration.Seconds()
		search.Record(rate, outcome.Bytes)
	}
	r.search = search.Steps()
	r.o.jobs.value, r.o.opSize.bytes = search.Best()
	return nil
}

// searchSide is where the search reads: a folder below the user's.
func (a *app) searchSide(ctx context.Context, o *blockOptions, of *side) (*side, error) {
	if ioengine.Virtual(o.engine.value) {
		return of, nil
	}
	l, err := a.provide(ctx, o, filepath.Join(of.dir, searchFolder), rawSpec(searchBytes(of.bytes()), searchFiles), false)
	if err != nil {
		return nil, onTarget(fmt.Errorf("files to search --jobs and --op-size on (give both, and none are needed): %w", err))
	}
	return &side{dir: filepath.Join(of.dir, searchFolder), layout: l}, nil
}

// tryJobs reads some of the files once, cold: as many as may take searchStep, from one on
// that moves from try to try.
func (r *blockRun) tryJobs(ctx context.Context, side *side, from, jobs int, op int64, rate float64) (fio.Outcome, error) {
	most := max(int64(rate*searchStep.Seconds()), searchTry)
	var files []fio.File
	var bytes int64
	for i := range side.files {
		f := side.files[(from+i)%len(side.files)]
		if bytes >= most && len(files)%jobs == 0 {
			break
		}
		files, bytes = append(files, f), bytes+f.Bytes
	}
	job := r.o.job(fio.Read, files)
	job.Jobs, job.OpBytes, job.Duration = jobs, op, 0
	done, err := r.take(ctx, turn{job: job, side: side, runner: runNative, cold: true, search: true, label: fmt.Sprintf("search-%dx%d", jobs, op)})
	return done.outcome, err
}
