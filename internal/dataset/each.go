package dataset

import (
	"context"
	"sync"
	"sync/atomic"
)

// lookers is how many files are looked at at once: over a network each look may be a
// round trip.
const lookers = 32

// each calls f for 0..n-1, many at once, and returns the error of the lowest number. It
// stops early only when ctx is done.
func each(ctx context.Context, n int, f func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(lookers, n) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && ctx.Err() == nil; i = next.Add(1) - 1 {
				errs[i] = f(int(i))
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
