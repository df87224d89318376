package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/stats"
)

// plainTries is how often small writes on this disk are asked for a period.
const plainTries = 20

// grids lets small durable files wait for a grid of 1 s and of 5 s, and for none.
func grids(b *bench) (outcome, error) {
	dir := filepath.Join(b.dir, "small")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return outcome{}, err
	}
	good, got := true, ""
	for _, period := range []time.Duration{time.Second, 5 * time.Second} {
		out, err := b.smallOn(ioengine.NewGridSync(ioengine.NewPosix(dir), period), time.Minute)
		if err != nil {
			return outcome{}, err
		}
		grid := stats.Grid(out.Done, out.Took)
		off := float64(grid.Period)/float64(period) - 1
		good = good && grid.Found && off > -0.02 && off < 0.02
		got += fmt.Sprintf("grid of %v: named %v (%+.2f %%); ", period, grid.Period, 100*off)
	}
	claimed := 0
	for range plainTries {
		_, run, err := b.block("small-write", "--data-dir", dir, "--duration", "3s", "--writers", "4")
		if err != nil {
			return outcome{}, err
		}
		if run.Block.Grid.Found {
			claimed++
		}
	}
	return outcome{got: got + fmt.Sprintf("plain disk: claimed in %d of %d", claimed, plainTries), met: good && claimed == 0,
		how: "fsync on a real disk, held to the grid by a test engine, 4 writers for 1 min each; lbench small-write for 3 s each on the same disk"}, nil
}

func (b *bench) smallOn(e ioengine.Maker, span time.Duration) (fio.SmallOutcome, error) {
	return fio.SmallWrites(b.ctx, e, fio.SmallOptions{Prefix: "small-", Writers: 4, FileBytes: 10 << 10, Duration: span})
}
