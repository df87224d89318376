package fio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
)

func smallOptions() SmallOptions {
	return SmallOptions{Writers: 2, FileBytes: 10 << 10, Duration: time.Minute, Prefix: "small-", Seed: 3}
}

// gridSync waits, in every fsync, for the next multiple of a period.
func gridSync(period time.Duration) func(storeOp) error {
	start := time.Now()
	return func(o storeOp) error {
		if o.kind == opSync {
			time.Sleep(period - time.Since(start)%period)
		}
		return nil
	}
}

func TestSmallWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemStore(nil)
		onGrid := gridSync(time.Second)
		var mu sync.Mutex
		most := 0
		store.before = func(o storeOp) error {
			switch o.kind {
			case opCreate, opWrite, opClose:
				time.Sleep(time.Millisecond)
			case opRename:
				time.Sleep(2 * time.Millisecond)
				names := len(store.names())
				mu.Lock()
				most = max(most, names)
				mu.Unlock()
			}
			return onGrid(o)
		}
		o := smallOptions()
		o.Duration = 100 * time.Second
		live, samples, begun := &Live{}, 0, time.Now()
		o.Live, o.Sample = live, func(Sample) { samples++ }
		out, err := SmallWrites(t.Context(), store, o)
		if err != nil {
			t.Fatal(err)
		}
		// The file that is begun at 99.003 s is ready at 100.003 s.
		if out.Ops != 200 || out.Bytes != 200*10<<10 || out.Duration != 100*time.Second+3*time.Millisecond {
			t.Errorf("%d files, %d bytes in %v, want 200", out.Ops, out.Bytes, out.Duration)
		}
		if out.Latencies.Count() != 200 || out.Latencies.Max() != int64(1003*time.Millisecond) || out.Sync.Count() != 200 || out.Sync.Max() != int64(998*time.Millisecond) {
			t.Errorf("%d latencies up to %v, %d fsyncs up to %v", out.Latencies.Count(), time.Duration(out.Latencies.Max()), out.Sync.Count(), time.Duration(out.Sync.Max()))
		}
		if !out.Began.Equal(begun) {
			t.Errorf("began at %v, want %v", out.Began, begun)
		}
		for i, done := range out.Done {
			if want := time.Duration(1+i/2)*time.Second + 3*time.Millisecond; done != want {
				t.Fatalf("file %d was ready at %v, want %v", i, done, want)
			}
		}
		if len(out.Done) != 200 || live.Ops.Load() != 200 || samples != len(out.Samples) || samples < 1000 {
			t.Errorf("%d times, live %d, %d samples of %d", len(out.Done), live.Ops.Load(), samples, len(out.Samples))
		}
		if most != 2*(ringFiles+1) || len(store.names()) != 0 {
			t.Errorf("up to %d files, %d at the end", most, len(store.names()))
		}
	})
}

func TestSmallWritesTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemStore(nil)
		store.before = gridSync(time.Second)
		o := smallOptions()
		o.Writers, o.Duration = 1, 2*time.Second
		if _, err := SmallWrites(t.Context(), store, o); err != nil {
			t.Fatal(err)
		}
		var want strings.Builder
		for i := range ringFiles {
			fmt.Fprintf(&want, "open small-0000-%02d\n", i)
		}
		for i := range 2 {
			fmt.Fprintf(&want, "create small-0000.tmp\nwrite small-0000.tmp 0 10240\nsync small-0000.tmp\nclose small-0000.tmp\nrename small-0000-%02d\n", i)
		}
		want.WriteString("remove small-0000-00\nremove small-0000-01\n")
		if got := store.trace(); got != want.String() {
			t.Errorf("it did\n%swant\n%s", got, &want)
		}
	})
}

func TestSmallWritesOnDisk(t *testing.T) {
	dir := t.TempDir()
	o := smallOptions()
	o.Duration = 20 * time.Millisecond
	out, err := SmallWrites(t.Context(), ioengine.NewPosix(dir), o)
	if err != nil || out.Ops < 2 || !slices.IsSorted(out.Done) || out.Latencies.Max() < out.Sync.Max() {
		t.Errorf("%d files, %v", out.Ops, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	o.FileBytes = 8192
	if _, err := SmallWrites(t.Context(), ioengine.NewDirect(dir), o); err != nil {
		t.Error(err)
	}
}

// Whatever ends it, its files are gone, and no others.
func TestSmallWritesFail(t *testing.T) {
	for _, c := range []struct {
		name string
		kind opKind
		err  error
		want string
	}{
		{"create", opCreate, syscall.EACCES, `create "small-0001.tmp": permission denied`},
		{"write", opWrite, syscall.ENOSPC, `write "small-0001.tmp": no space left on device: make room on that file system, or ask for less`},
		{"sync", opSync, syscall.EIO, `sync "small-0001.tmp": input/output error`},
		{"close", opClose, syscall.EDQUOT, `close "small-0001.tmp": disk quota exceeded: make room on that file system, or ask for less`},
		{"rename", opRename, syscall.ESTALE, `rename "small-0001-02": stale file handle`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newMemStore([]File{{"small", 10}, {"other", 10}})
				grid := gridSync(time.Second)
				var mu sync.Mutex
				seen := 0
				store.before = func(o storeOp) error {
					mu.Lock()
					if o.kind == c.kind && strings.HasPrefix(o.name, "small-0001") {
						seen++
					}
					fails := seen == 3
					mu.Unlock()
					if fails && o.kind == c.kind && strings.HasPrefix(o.name, "small-0001") {
						return c.err
					}
					return grid(o)
				}
				out, err := SmallWrites(t.Context(), store, smallOptions())
				if err == nil || err.Error() != c.want || !errors.Is(err, c.err) {
					t.Errorf("SmallWrites = %v, want %s", err, c.want)
				}
				names := store.names()
				slices.Sort(names)
				if !slices.Equal(names, []string{"other", "small"}) || out.Ops < 4 || out.Ops > 6 {
					t.Errorf("%d files were made, and these are there: %v", out.Ops, names)
				}
			})
		})
	}
}

func TestSmallWritesLeavesOthersAlone(t *testing.T) {
	for _, name := range []string{"small-0001-63", "small-0000.tmp"} {
		store := newMemStore([]File{{name, 10}})
		_, err := SmallWrites(t.Context(), store, smallOptions())
		if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if names := store.names(); len(names) != 1 || len(store.bytes(name)) != 10 {
			t.Errorf("%s: there are %v", name, names)
		}
	}
}

func TestSmallWritesAreCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemStore(nil)
		store.before = gridSync(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 10500*time.Millisecond)
		defer cancel()
		out, err := SmallWrites(ctx, store, smallOptions())
		if err != context.DeadlineExceeded || out.Ops < 20 || out.Ops > 22 || len(store.names()) != 0 {
			t.Errorf("%v, %d files, %v are left", err, out.Ops, store.names())
		}
	})
}

func TestSmallWritesHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemStore(nil)
		never := make(chan struct{})
		defer close(never)
		syncs := 0
		store.before = func(o storeOp) error {
			if o.kind == opSync {
				time.Sleep(time.Second)
				if o.name == "small-0001.tmp" {
					if syncs++; syncs == 3 {
						<-never
					}
				}
			}
			return nil
		}
		o := smallOptions()
		o.IOTimeout = 5 * time.Second
		begun := time.Now()
		out, err := SmallWrites(t.Context(), store, o)
		want := `sync "small-0001.tmp": no answer for 5s, more than --io-timeout: is the server up?`
		if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), `remove files "small-*": not done after 10s: remove them by hand`) {
			t.Errorf("SmallWrites = %v, want %s", err, want)
		}
		if took := time.Since(begun); out.Ops < 8 || took > 20*time.Second {
			t.Errorf("%d files, after %v", out.Ops, took)
		}
	})
}

func TestSmallOptions(t *testing.T) {
	for _, c := range []struct {
		change func(*SmallOptions)
		want   string
	}{
		{func(o *SmallOptions) { o.Writers = 0 }, "writers 0: want 1 to 4096"},
		{func(o *SmallOptions) { o.FileBytes = 1000 }, "file size 1000: want a multiple of 512"},
		{func(o *SmallOptions) { o.FileBytes = 0 }, "file size 0: want"},
		{func(o *SmallOptions) { o.Duration = 0 }, "duration 0s: want"},
		{func(o *SmallOptions) { o.Prefix = "" }, "prefix of the files' names is empty"},
	} {
		o := smallOptions()
		c.change(&o)
		if _, err := SmallWrites(t.Context(), newMemStore(nil), o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("SmallWrites = %v, want %q", err, c.want)
		}
	}
	o := smallOptions()
	if _, err := SmallWrites(t.Context(), ioengine.NewDirect(t.TempDir()), o); err == nil || !strings.Contains(err.Error(), "want a multiple of 4096 bytes") {
		t.Errorf("direct: %v", err)
	}
}
