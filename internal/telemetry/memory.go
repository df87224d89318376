package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/procfs"

	"github.com/lbench/lbench/internal/result"
)

// memory reads how the host's memory is used, in bytes: available_bytes (what could be
// had without swapping), free_bytes, cached_bytes (page cache) and dirty_bytes.
type memory struct{ root string }

func (memory) Name() string { return "memory" }

func (m memory) Read(context.Context) ([]result.Reading, error) {
	fs, err := proc(m.root)
	if err != nil {
		return nil, err
	}
	info, err := fs.Meminfo()
	if err != nil {
		return nil, absent(err)
	}
	r := readings{t: time.Now(), source: m.Name()}
	r.addBytes("available_bytes", info.MemAvailableBytes)
	r.addBytes("cached_bytes", info.CachedBytes)
	r.addBytes("dirty_bytes", info.DirtyBytes)
	r.addBytes("free_bytes", info.MemFreeBytes)
	return r.all, nil
}

func (r *readings) addBytes(name string, n *uint64) {
	if n != nil {
		r.add(name, float64(*n))
	}
}

func proc(root string) (procfs.FS, error) {
	fs, err := procfs.NewFS(root + "/proc")
	return fs, absent(err)
}
