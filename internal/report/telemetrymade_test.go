package report

import (
	"math"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// madeTelemetry are the readings of a host every second of a made run, from before its
// start; no two counters rise alike.
func (m made) madeTelemetry() []result.Reading {
	var all []result.Reading
	begin := m.run.Started.Add(-time.Second)
	seconds := int(m.run.Ended.Sub(begin) / time.Second)
	sums := map[string]float64{}
	for s := range seconds {
		at := begin.Add(time.Duration(s) * time.Second)
		wave := 1 + math.Sin(float64(s)/40)
		add := func(source, name, dev string, by float64) {
			r := result.Reading{T: at, Source: source, Name: name, Value: by}
			if dev != "" {
				r.Labels = map[string]string{"dev": dev}
			}
			if !isGauge(source, name) {
				sums[source+name+dev] += by
				r.Value = 7e9 + sums[source+name+dev]
			}
			all = append(all, r)
		}
		add("cpu", "busy_ns", "", 20e9*wave)
		add("cpu", "idle_ns", "", 1e9*(143.5-20*wave-1))
		add("cpu", "steal_ns", "", 1e9)
		add("process", "user_ns", "", 11e9)
		add("process", "rss_bytes", "", 3.1e9)
		add("memory", "cached_bytes", "", 40e9+1e9*float64(s)/10)
		add("memory", "available_bytes", "", 210e9)
		add("pressure", "io_some_ns", "", 0.31e9*wave)
		add("pressure", "cpu_some_ns", "", 0.021e9)
		add("pressure", "memory_some_ns", "", 0)
		add("nic", "rx_bytes", "eth0", 4.4e9*wave)
		add("nic", "tx_bytes", "eth0", 0.13e9)
		add("nic", "rx_bytes", "docker0", 1e12)
		add("disk", "read_bytes", "nvme0n1", 0.5e9)
		add("disk", "read_bytes", "nvme1n1", 0.25e9)
		add("disk", "read_bytes", "dm-0", 0.75e9)
	}
	return all
}
