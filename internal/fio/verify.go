package fio

import (
	"context"
	"fmt"
)

// Verify reads back everything that a job with Verify has written, as its streams wrote
// it, and checks the header and the checksum of every block. It returns the bytes that
// were right once it has checked all; else 0, and an error that names the first block that
// is not right, or why it ended. What lies in this client's cache is read from there: drop it first to check what was stored. Files
// that an earlier run with the same seed has left are taken for this one's.
func (n Native) Verify(ctx context.Context, job Job, o Options) (int64, error) {
	if job.Op != Write || !job.Verify {
		return 0, fmt.Errorf("verify: the job wrote no checksums: only one that writes with verify does")
	}
	ids := make([]blockID, len(job.Files))
	for i, f := range job.Files {
		ids[i] = newBlockID(job.Seed, f.Name)
	}
	back := job
	back.Op, back.Overwrite, back.Verify, back.Fsync = Read, false, false, ""
	back.Depth, back.RateBytesPerS = 1, 0
	n.OwnQueue = false
	r, err := newNativeRun(n, back, o)
	if err != nil {
		return 0, fmt.Errorf("verify: %w", err)
	}
	r.check = func(sl *slot) error {
		op := sl.op
		at, err := checkBlocks(sl.content.buffer(op.n), ids[op.file], op.off)
		if err != nil {
			return fmt.Errorf("check %q at %d: %w", job.Files[op.file].Name, at, err)
		}
		return nil
	}
	out, err := r.do(ctx)
	if err != nil {
		return 0, err
	}
	return out.Bytes, nil
}
