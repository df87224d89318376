package report

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Made runs of block commands: as those of mlperf, no two fields hold the same number.

func ptr[T any](v T) *T { return &v }

// madeBlock is what every made run of a block command starts from.
func madeBlock(command string, length time.Duration) made {
	m := made{run: madeShape()}
	m.run.Command, m.run.Workload = command, command
	m.run.ID = "20260313T140200Z-" + command + "-" + command
	m.run.Plan, m.run.Warnings, m.run.Epochs = nil, nil, nil
	m.run.Verdict = result.None
	m.run.Settings = map[string]result.Setting{
		"data-dir": {Value: "/mnt/zettafs/block", From: "flag"}, "jobs": {Value: "auto", From: "default"}, "size": {Value: "210GB", From: "workload"},
	}
	m.run.Limit = &result.Limit{Name: "storage", Evidence: []string{
		"13.1 GB/s of payload are 70.1 % of eth0's 18.8 GB/s",
		"the busiest of 144 CPUs is 41 % busy; 0.087 s of CPU per GB",
		"30.8 operations in flight x 2.44 ms = 12.6 thousand a second, as measured: what is missing is waited for",
		"copying from its own memory this client reaches 41.2 GB/s, 3.1 times that",
		"the slowest of 32 jobs came to 94.7 % of the mean",
	}}
	ended := m.run.Started.Add(length + 7*time.Second)
	m.run.Ended = &ended
	m.run.Block = &result.Block{
		Runner: "native", Engine: "posix", Op: "read", Pattern: "sequential", Files: 200, FileBytes: 1_050_000_000, SetBytes: 210_000_000_000,
		OpBytes: 1 << 20, Jobs: 32, Depth: 4,
	}
	return m
}

// madeCold is a cold pass over 210 GB in 16.03 s.
func madeCold() made {
	m := madeBlock("cold-read", 16030*time.Millisecond)
	m.run.Metrics = map[string]float64{
		"read_bytes_per_s": 13.1e9, "read_bytes": 210e9, "duration_ns": 16.03e9, "ops_per_s": 12493.8, "cpu_ns_per_byte_mean": 0.0871,
		"latency_p50_ns": 2.43e6, "latency_p90_ns": 4.11e6, "latency_p99_ns": 9.87e6, "latency_p99_9_ns": 41.7e6, "latency_max_ns": 213e6,
		"cached_fraction_before": 0, "ceiling_read_bytes_per_s": 41.2e9, "nic_fraction": 0.701, "inflight_mean": 30.8, "job_balance_fraction": 0.947, "passes": 1,
	}
	m.run.Block.Cold = &result.Cold{Way: "drop_caches", Before: ptr(0.0), After: ptr(0.312), Server: "server caches unknown: a client can't see them", Commands: []string{"ssh oss1 lctl set_param -n drop_caches=3"}}
	m.run.Block.Search = []result.SearchStep{
		{Jobs: 8, OpBytes: 1 << 20, Bytes: 8.4e9, BytesPerS: 7.21e9}, {Jobs: 16, OpBytes: 1 << 20, Bytes: 12.7e9, BytesPerS: 11.4e9},
		{Jobs: 32, OpBytes: 1 << 20, Bytes: 13.9e9, BytesPerS: 12.96e9, Chosen: true}, {Jobs: 64, OpBytes: 4 << 20, Bytes: 14.1e9, BytesPerS: 12.88e9},
	}
	m.addLatencies(200_272)
	m.addJobs(32)
	m.readings = m.ioReadings("read_bytes", 16030*time.Millisecond, func(s float64) float64 { return 13.1e9 * (1 - 0.35*math.Exp(-s*2) + 0.03*math.Sin(s*3)) })
	m.check("read_bytes_per_s >= 13GB/s", 13e9, "read_bytes_per_s")
	m.run.Checks = append(m.run.Checks, result.Check{Rule: "cold", Want: 1, Got: ptr(1.0), OK: true})
	return m
}

// check adds a rule that wants at least so much of a metric, and sets the verdict.
func (m *made) check(rule string, want float64, metric string) {
	c := result.Check{Rule: rule, Want: want}
	if got, ok := m.run.Metrics[metric]; ok {
		c.Got, c.OK = ptr(got), got >= want
	}
	m.run.Checks = append(m.run.Checks, c)
	m.run.Verdict = result.Pass
	for _, c := range m.run.Checks {
		if !c.OK {
			m.run.Verdict = result.Fail
		}
	}
}

func (m *made) addLatencies(n int64) {
	m.run.Block.Latencies = map[string]result.Latency{
		"total":    {Count: n, MeanNS: 2.44e6, P50NS: 2.43e6, P90NS: 4.11e6, P99NS: 9.87e6, P999NS: 41.7e6, MaxNS: 213e6},
		"complete": {Count: n, MeanNS: 2.41e6, P50NS: 2.39e6, P90NS: 4.05e6, P99NS: 9.71e6, P999NS: 41.2e6, MaxNS: 212e6},
		"submit":   {Count: n, MeanNS: 31300, P50NS: 18400, P90NS: 44900, P99NS: 129000, P999NS: 740000, MaxNS: 3_310_000},
	}
}

func (m *made) addJobs(n int) {
	random := rand.New(rand.NewPCG(7310, 2))
	total := m.run.Metrics["read_bytes"] + m.run.Metrics["write_bytes"]
	length := m.run.Metrics["duration_ns"]
	for i := range n {
		part := (0.97 + 0.03*random.Float64()) / float64(n)
		m.run.Block.PerJob = append(m.run.Block.PerJob, result.JobResult{Job: i, Bytes: int64(total * part), Ops: int64(total * part / (1 << 20)),
			DurationNS: int64(length * (0.95 + 0.05*random.Float64())), P50NS: 2_400_000 + int64(i)*1000, P99NS: 9_800_000 + int64(i)*10000, MaxNS: 100_000_000 + int64(i)*3_000_000})
	}
}

// ioReadings are the counters of the jobs ten times a second, after 5 s of preparation,
// and those of a NIC beside them.
func (m *made) ioReadings(name string, length time.Duration, rate func(s float64) float64) []result.Reading {
	const step = 100 * time.Millisecond
	var readings []result.Reading
	begin := m.run.Started.Add(5 * time.Second)
	total, nic := 0.0, 4.4e12
	counter := "rx_bytes"
	if name == "write_bytes" {
		counter = "tx_bytes"
	}
	at := func(t time.Time, source, name string, value float64) {
		r := result.Reading{T: t, Source: source, Name: name, Value: value}
		if source == "nic" {
			r.Labels = map[string]string{"dev": "eth0"}
		}
		readings = append(readings, r)
	}
	at(m.run.Started, "nic", counter, nic)
	nic += 9e9 // of the preparation, which must not show
	for t := time.Duration(0); t <= length; t += step {
		if t%time.Second == 0 {
			at(begin.Add(t), "nic", counter, nic)
		}
		at(begin.Add(t), "io", name, total)
		amount := rate(t.Seconds()) * step.Seconds()
		total += amount
		nic += amount * 1.012
	}
	return readings
}

// madeSustained is five minutes of random reading that is steady from 42 s on.
func madeSustained() made {
	m := madeBlock("sustained", 5*time.Minute)
	b := m.run.Block
	b.Pattern, b.DurationNS, b.Jobs = "random", 300e9, 128
	b.Cold = &result.Cold{Way: "fadvise", Before: ptr(0.0312), After: ptr(0.887), Server: "cold end to end: 99.6 % came from the buckets"}
	b.Steady = &result.Steady{Found: true, FromNS: 42e9, BytesPerS: 10.7e9, LowBytesPerS: 10.42e9, HighBytesPerS: 10.93e9, RampBytesPerS: 8.31e9, WindowNS: 2e9,
		Rule: "the first window from which on the slope is below 1 % a minute and the spread below 10 %"}
	m.run.Metrics = map[string]float64{
		"read_bytes_per_s": 10.37e9, "steady_read_bytes_per_s": 10.7e9, "steady_from_ns": 42e9, "read_bytes": 3.0e12, "duration_ns": 300.4e9, "passes": 14.29,
		"ops_per_s": 9889.6, "cpu_ns_per_byte_mean": 0.0913, "latency_p50_ns": 11.9e6, "latency_p99_ns": 58.3e6, "latency_max_ns": 412e6, "job_balance_fraction": 0.981,
	}
	m.addLatencies(2_861_023)
	m.addJobs(128)
	m.readings = m.ioReadings("read_bytes", 300*time.Second, func(s float64) float64 {
		return 10.7e9 - 4.1e9*math.Exp(-s/15) + 0.17e9*math.Sin(s*1.7) + 0.08e9*math.Sin(s*11)
	})
	m.check("steady_read_bytes_per_s >= 10GB/s", 10e9, "steady_read_bytes_per_s")
	return m
}

// madeWrite is a checkpoint of 210 GB with fsync at the end.
func madeWrite() made {
	m := madeBlock("write", 30*time.Second)
	b := m.run.Block
	b.Op, b.Fsync, b.Pattern, b.Direct = "write", "end", "sequential", true
	m.run.Metrics = map[string]float64{
		"write_bytes_per_s": 7.03e9, "write_bytes": 210e9, "duration_ns": 29.87e9, "ops_per_s": 6704.1, "cpu_ns_per_byte_mean": 0.212,
		"latency_p50_ns": 4.52e6, "latency_p99_ns": 17.8e6, "latency_max_ns": 611e6, "job_balance_fraction": 0.962, "verified_bytes": 209.7e9,
	}
	m.addLatencies(200_273)
	b.Latencies["sync"] = result.Latency{Count: 200, MeanNS: 1.21e9, P50NS: 1.13e9, P90NS: 1.87e9, P99NS: 2.24e9, P999NS: 2.31e9, MaxNS: 2.32e9}
	m.addJobs(8)
	m.readings = m.ioReadings("write_bytes", 29800*time.Millisecond, func(s float64) float64 { return 7.03e9 * (1 + 0.05*math.Sin(s)) })
	m.check("write_bytes_per_s >= 7GB/s", 7e9, "write_bytes_per_s")
	return m
}

// madeSmallWrite is a minute of small durable files on a server that syncs every 5 s.
func madeSmallWrite() made {
	m := madeBlock("small-write", time.Minute)
	b := m.run.Block
	b.Op, b.Files, b.FileBytes, b.SetBytes, b.OpBytes, b.Jobs, b.Depth, b.DurationNS, b.Pattern, b.Fsync = "small-write", 0, 0, 0, 10240, 16, 1, 60e9, "", "each"
	b.Grid = &result.Grid{Found: true, PeriodNS: 5_003_000_000, Why: "185 of 192 completions lie within 2 % of multiples of it"}
	b.Latencies = map[string]result.Latency{
		"total": {Count: 192, MeanNS: 4.81e9, P50NS: 4.93e9, P90NS: 4.99e9, P99NS: 5.02e9, P999NS: 5.04e9, MaxNS: 5.04e9},
		"sync":  {Count: 191, MeanNS: 4.79e9, P50NS: 4.91e9, P90NS: 4.97e9, P99NS: 5.00e9, P999NS: 5.01e9, MaxNS: 5.01e9},
	}
	m.run.Metrics = map[string]float64{
		"write_bytes_per_s": 32768, "write_bytes": 1.966e6, "duration_ns": 60.04e9, "ops_per_s": 3.2, "grid_period_ns": 5.003e9,
		"latency_p50_ns": 4.93e9, "latency_p99_ns": 5.02e9, "latency_max_ns": 5.04e9, "cpu_ns_per_byte_mean": 412,
	}
	for i := range 16 {
		b.PerJob = append(b.PerJob, result.JobResult{Job: i, Bytes: 10240 * 12, Ops: 12 - int64(i%2), DurationNS: 60e9 - int64(i)*1e8, P50NS: 4.93e9, P99NS: 5.01e9 + int64(i)*1e6, MaxNS: 5.03e9})
	}
	m.readings = m.ioReadings("ops", time.Minute, func(s float64) float64 {
		if int(s*10)%50 == 49 {
			return 160
		}
		return 0
	})
	m.run.Checks = []result.Check{{Rule: "latency_p99_ns <= 50ms", Want: 50e6, Got: ptr(5.02e9)}}
	m.run.Verdict = result.Fail
	m.run.Limit.Evidence = m.run.Limit.Evidence[:2]
	return m
}

// madeCells are the cells of a matrix, with their comparisons to the best one.
func madeMatrix() made {
	m := madeBlock("cold-read", 4*time.Minute)
	b := m.run.Block
	b.Jobs, b.OpBytes = 0, 0
	random := rand.New(rand.NewPCG(7310, 3))
	add := func(mean float64, settings map[string]string) {
		c := result.Cell{Settings: settings, Metric: "read_bytes_per_s", Mean: mean, Half: ptr(mean * (0.01 + 0.02*random.Float64()))}
		for r := range 5 {
			c.Values = append(c.Values, mean*(0.985+0.03*random.Float64()))
			c.Order = append(c.Order, len(b.Cells)+12*r)
			c.P50NS = append(c.P50NS, int64(2e6+3e5*random.Float64()))
			c.P99NS = append(c.P99NS, int64(9e6+9e6*random.Float64()))
		}
		b.Cells = append(b.Cells, c)
	}
	for i, mode := range []string{"buffered", "direct"} {
		for j, jobs := range []string{"1", "8", "32"} {
			for k, size := range []string{"256KiB", "1MiB"} {
				add(1e9*(1.31+float64(i)*0.17+float64(j*j)*2.71+float64(k)*0.11), map[string]string{"mode": mode, "jobs": jobs, "op-size": size})
			}
		}
	}
	top := b.Cells[11]
	for i, c := range b.Cells[:11] {
		d := result.Difference{A: top.Settings, B: c.Settings, Ratio: c.Mean / top.Mean, Low: ptr(c.Mean/top.Mean - 0.02), High: ptr(c.Mean/top.Mean + 0.021), P: ptr(0.001 * float64(i)), Verdict: result.Real}
		if *d.High > 1 {
			d.Verdict = result.NotReal
		}
		b.Differences = append(b.Differences, d)
	}
	m.run.Metrics = map[string]float64{"read_bytes": 12.6e12, "duration_ns": 1201e9}
	return m
}

// madeCompare is write, buffered and direct read on two mounts.
func madeCompare() made {
	m := madeBlock("compare-mounts", 10*time.Minute)
	b := m.run.Block
	m.run.Mount, b.Op = nil, ""
	b.Mounts = map[string]result.Mount{
		"nfs": {Path: "/mnt/nfs", Type: "nfs4", Network: true, Source: "10.7.0.2:/vol1", Version: "4.1", Options: "rw,hard,nconnect=16",
			NFS: &result.NFSMount{Vers: "4.1", Proto: "tcp", Nconnect: 16, Rsize: 524288, Wsize: 262144, ReadAheadKB: 15360}},
		"lustre": {Path: "/mnt/lustre", Type: "lustre", Network: true, Source: "10.0.0.8@tcp:/zettafs", Servers: []string{"10.0.0.8@tcp", "10.0.0.9@tcp"}, Version: "2.17.0", Options: "rw,flock",
			Lustre: &result.LustreMount{StripeCount: 2, StripeSizeBytes: 1048576, Targets: 4, MaxRPCsInFlight: 64, MaxPagesPerRPC: 256}},
	}
	random := rand.New(rand.NewPCG(7310, 4))
	for i, of := range []struct {
		op, mode        string
		first, ratio    float64
		verdict, metric string
	}{
		{"write", "buffered", 5.9e9, 1.186, result.Real, "write_bytes_per_s"},
		{"read", "buffered", 9.71e9, 1.012, result.NotReal, "read_bytes_per_s"},
		{"read", "direct", 11.3e9, 0.941, result.Real, "read_bytes_per_s"},
	} {
		var pair [2]map[string]string
		for k, label := range []string{"nfs", "lustre"} {
			pair[k] = map[string]string{"op": of.op, "mode": of.mode, "mount": label}
			mean := of.first * []float64{1, of.ratio}[k]
			c := result.Cell{Settings: pair[k], Metric: of.metric, Mean: mean, Half: ptr(mean * (0.012 + 0.003*float64(i+k)))}
			for range 6 {
				c.Values = append(c.Values, mean*(0.98+0.04*random.Float64()))
			}
			b.Cells = append(b.Cells, c)
		}
		b.Differences = append(b.Differences, result.Difference{A: pair[0], B: pair[1], Ratio: of.ratio, Low: ptr(of.ratio - 0.031), High: ptr(of.ratio + 0.033), P: ptr(0.011), Verdict: of.verdict})
	}
	m.run.Metrics, m.run.Limit = map[string]float64{"duration_ns": 600e9}, nil
	return m
}
