package telemetry

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// nic reads what each network interface but lo moved: rx_bytes, tx_bytes, and
// rx_dropped (packets). RDMA passes these counters by: see infiniband.
type nic struct{ root string }

func (nic) Name() string { return "nic" }

func (n nic) Read(context.Context) ([]result.Reading, error) {
	fs, err := proc(n.root)
	if err != nil {
		return nil, err
	}
	devices, err := fs.NetDev()
	if err != nil {
		return nil, absent(err)
	}
	delete(devices, "lo")
	if len(devices) == 0 {
		return nil, ErrNoData
	}
	r := readings{t: time.Now(), source: n.Name()}
	for _, dev := range slices.Sorted(maps.Keys(devices)) {
		d := devices[dev]
		r.addDev("rx_bytes", dev, float64(d.RxBytes))
		r.addDev("tx_bytes", dev, float64(d.TxBytes))
		r.addDev("rx_dropped", dev, float64(d.RxDropped))
	}
	return r.all, nil
}
