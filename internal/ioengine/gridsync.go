package ioengine

import "time"

// GridSync makes the syncs of an engine end only at multiples of a period, as those of a
// server do that makes writes durable by transaction groups (ZFS).
type GridSync struct {
	Maker
	period time.Duration
	start  time.Time
}

// NewGridSync wraps e. The grid begins now, on the time package's clock.
func NewGridSync(e Maker, period time.Duration) *GridSync {
	return &GridSync{Maker: e, period: period, start: time.Now()}
}

// Create implements Maker.
func (g *GridSync) Create(name string) (WriteFile, error) { return g.wrap(g.Maker.Create(name)) }

// Modify implements Maker.
func (g *GridSync) Modify(name string) (WriteFile, error) { return g.wrap(g.Maker.Modify(name)) }

func (g *GridSync) wrap(f WriteFile, err error) (WriteFile, error) {
	if err != nil {
		return nil, err
	}
	return gridFile{f, g}, nil
}

type gridFile struct {
	WriteFile
	grid *GridSync
}

// Sync waits a whole period where it is asked for right on the grid: that group has gone.
func (f gridFile) Sync() error {
	err := f.WriteFile.Sync()
	time.Sleep(f.grid.period - time.Since(f.grid.start)%f.grid.period)
	return err
}
