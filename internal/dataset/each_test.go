package dataset

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
)

func TestEach(t *testing.T) {
	var seen [1000]atomic.Int32
	err := each(t.Context(), len(seen), func(i int) error {
		seen[i].Add(1)
		if i%100 == 37 {
			return fmt.Errorf("failed at %d", i)
		}
		return nil
	})
	if fmt.Sprint(err) != "failed at 37" {
		t.Errorf("error %v, want that of the lowest number", err)
	}
	for i := range seen {
		if n := seen[i].Load(); n != 1 {
			t.Errorf("called %d times for %d", n, i)
		}
	}
	if err := each(t.Context(), 0, nil); err != nil {
		t.Error(err)
	}
}

func TestEachStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32
	err := each(ctx, 1000, func(int) error {
		calls.Add(1)
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || calls.Load() > lookers {
		t.Errorf("error %v after %d calls", err, calls.Load())
	}
}
