package telemetry

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// nics lists the network interfaces but lo and those that are down, then the active
// ports of RDMA adapters, under the names that the readings have.
func nics(root string) []result.NIC {
	var all []result.NIC
	entries, _ := os.ReadDir(filepath.Join(root, "sys/class/net"))
	for _, e := range entries {
		dir := filepath.Join(root, "sys/class/net", e.Name())
		if e.Name() == "lo" || text(dir, "operstate") == "down" || text(dir, "type") == "" {
			continue // type: bonding_masters is a file in this folder
		}
		mtu, _ := number(dir, "mtu")
		all = append(all, result.NIC{
			Name:       e.Name(),
			Driver:     link(dir, "device/driver"),
			BytesPerS:  lineRate(dir),
			MTU:        int(mtu),
			Infiniband: text(dir, "type") == "32", // ARPHRD_INFINIBAND
		})
	}
	for _, p := range rdmaPorts(root) {
		if strings.HasSuffix(text(p.path, "state"), "ACTIVE") {
			all = append(all, result.NIC{
				Name:       p.name,
				Driver:     link(p.device, "device/driver"),
				BytesPerS:  parseRate(text(p.path, "rate")),
				Infiniband: text(p.path, "link_layer") == "InfiniBand", // else Ethernet: RoCE
			})
		}
	}
	return all
}

// lineRate is an interface's speed in bytes/s; sysfs has Mb/s. An interface that has
// none says -1, or 0, or fails the read.
func lineRate(dir string) float64 {
	megabits, ok := number(dir, "speed")
	if !ok || megabits <= 0 {
		return 0
	}
	return float64(megabits) * 1e6 / 8
}

// parseRate turns "100 Gb/sec (4X EDR)" into bytes/s.
func parseRate(rate string) float64 {
	gigabits, _, ok := strings.Cut(rate, " Gb/sec")
	n, err := strconv.ParseFloat(gigabits, 64)
	if !ok || err != nil || n <= 0 {
		return 0
	}
	return n * 1e9 / 8
}
