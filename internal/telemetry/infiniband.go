package telemetry

import (
	"context"
	"path/filepath"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// infiniband reads what each port of an RDMA adapter moved: rx_bytes and tx_bytes,
// label dev "mlx5_0/1". IPoIB traffic is in them and in nic both.
type infiniband struct{ root string }

func (infiniband) Name() string { return "infiniband" }

func (i infiniband) Read(context.Context) ([]result.Reading, error) {
	ports := rdmaPorts(i.root)
	r := readings{t: time.Now(), source: i.Name()}
	for _, p := range ports {
		// The counters are in units of 4 bytes, whatever the number of lanes.
		if n, ok := number(p.path, "counters/port_rcv_data"); ok {
			r.addDev("rx_bytes", p.name, 4*float64(n))
		}
		if n, ok := number(p.path, "counters/port_xmit_data"); ok {
			r.addDev("tx_bytes", p.name, 4*float64(n))
		}
	}
	if len(r.all) == 0 {
		return nil, ErrNoData
	}
	return r.all, nil
}

// rdmaPort is one port of an RDMA adapter: "mlx5_0/1" and its folder in sysfs.
type rdmaPort struct{ name, device, path string }

func rdmaPorts(root string) []rdmaPort {
	paths, _ := filepath.Glob(filepath.Join(root, "sys/class/infiniband/*/ports/*"))
	var ports []rdmaPort
	for _, path := range paths {
		device := filepath.Dir(filepath.Dir(path))
		ports = append(ports, rdmaPort{filepath.Base(device) + "/" + filepath.Base(path), device, path})
	}
	return ports
}
