package report

import (
	"math"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// blockVariants are the runs of block commands whose report is worth reading.
func blockVariants() map[string]func() made {
	return map[string]func() made{
		"cold-pass": madeCold,
		"cold-fail": func() made {
			m := madeCold()
			m.run.Checks = nil
			m.run.Metrics["read_bytes_per_s"], m.run.Metrics["duration_ns"] = 12.98e9, 16.18e9
			m.check("read_bytes_per_s >= 13GB/s", 13e9, "read_bytes_per_s")
			m.check("balance_fraction >= 0.95", 0.95, "balance_fraction")
			return m
		},
		"cold-no-rule": func() made {
			m := madeCold()
			m.run.Checks, m.run.Verdict = nil, result.None
			m.run.Block.Runner, m.run.Block.FioVersion, m.run.Block.Engine = "fio", "fio-3.39", "io_uring"
			return m
		},
		"cold-not-cold": func() made {
			m := madeCold()
			m.run.Block.Cold.Before, m.run.Metrics["cached_fraction_before"] = ptr(0.0317), 0.0317
			m.run.Checks[1].Got, m.run.Checks[1].OK, m.run.Verdict = ptr(0.0), false, result.Fail
			m.run.Warnings = []result.Warning{{Code: "not_cold", Text: "3.2 % of the files stayed in the cache after fadvise: another process maps them"}}
			return m
		},
		"cold-unknown": func() made {
			m := madeCold()
			m.run.Block.Cold = &result.Cold{Way: "fadvise", Why: "the kernel tells it only to those who own the file or may write it", Server: ""}
			delete(m.run.Metrics, "cached_fraction_before")
			m.run.Checks[1].Got, m.run.Checks[1].OK, m.run.Verdict = nil, false, result.Fail
			return m
		},
		"cold-interrupted": func() made {
			m := madeCold()
			m.run.Status, m.run.Verdict, m.run.Checks, m.run.Limit = result.Interrupted, result.None, nil, nil
			m.run.Metrics["read_bytes"], m.run.Metrics["duration_ns"] = 98.1e9, 7.49e9
			return m
		},
		"cold-killed": func() made {
			m := madeCold()
			m.run.Status, m.run.Verdict, m.run.Checks, m.run.Limit, m.run.Block, m.run.Ended = result.Incomplete, result.None, nil, nil, nil, nil
			m.run.Metrics, m.readings = nil, nil
			return m
		},
		"cold-failed": func() made {
			m := madeCold()
			m.run.Status, m.run.Verdict, m.run.Error = result.Failed, result.None, `read "/mnt/zettafs/block/f007": no answer for 5 min 0 s`
			m.run.Metrics, m.run.Checks, m.run.Limit, m.readings = nil, nil, nil, nil
			m.run.Block.Latencies, m.run.Block.PerJob = nil, nil
			return m
		},
		"both": func() made {
			m := madeCold()
			m.run.Checks = nil
			m.check("runner_ratio >= 0.98", 0.98, "runner_ratio")
			b := m.run.Block
			b.Runner, b.FioVersion = "both", "fio-3.39"
			native, fio := map[string]string{"runner": "native"}, map[string]string{"runner": "fio"}
			b.Cells = []result.Cell{
				{Settings: native, Metric: "read_bytes_per_s", Values: []float64{13.07e9, 13.13e9, 13.11e9}, Mean: 13.1033e9, Half: ptr(0.076e9)},
				{Settings: fio, Metric: "read_bytes_per_s", Values: []float64{13.12e9, 13.19e9, 13.09e9}, Mean: 13.1333e9, Half: ptr(0.127e9)},
			}
			b.Differences = []result.Difference{{A: native, B: fio, Ratio: 1.0023, Low: ptr(0.9961), High: ptr(1.0085), P: ptr(0.311), Verdict: result.NotReal}}
			m.run.Metrics["runner_ratio"] = 0.9977
			m.run.Checks[0].Got, m.run.Checks[0].OK, m.run.Verdict = ptr(0.9977), true, result.Pass
			return m
		},
		"sustained": madeSustained,
		"sustained-unsteady": func() made {
			m := madeSustained()
			m.run.Block.Steady = &result.Steady{Rule: "the slope over the last 240 s is still -2.1 % a minute, above 1 %", WindowNS: 2e9}
			m.run.Block.RateBytesPerS = 12e9
			m.run.Block.Latencies["intended"] = result.Latency{Count: 2_861_022, MeanNS: 71e6, P50NS: 12.3e6, P90NS: 81e6, P99NS: 1.92e9, P999NS: 3.37e9, MaxNS: 3.61e9}
			m.run.Metrics["latency_p50_ns"], m.run.Metrics["latency_p99_ns"], m.run.Metrics["latency_max_ns"] = 12.3e6, 1.92e9, 3.61e9
			delete(m.run.Metrics, "steady_read_bytes_per_s")
			delete(m.run.Metrics, "steady_from_ns")
			m.run.Checks = nil
			m.check("steady_read_bytes_per_s >= 10GB/s", 10e9, "steady_read_bytes_per_s")
			m.run.Warnings = []result.Warning{{Code: "inflight_capped", Text: "operations had to wait for --max-inflight 64"}}
			return m
		},
		"write": madeWrite,
		"write-no-fsync": func() made {
			m := madeWrite()
			m.run.Block.Fsync, m.run.Block.Direct, m.run.Block.Overwrite = "none", false, true
			delete(m.run.Block.Latencies, "sync")
			delete(m.run.Metrics, "verified_bytes")
			m.run.Checks, m.run.Verdict = nil, result.None
			return m
		},
		"small-write": madeSmallWrite,
		"small-write-plain": func() made {
			m := madeSmallWrite()
			b := m.run.Block
			b.Grid = &result.Grid{Why: "the completions lie evenly between multiples of every period from 0.1 s to 30 s"}
			b.Latencies = map[string]result.Latency{"total": {Count: 61203, MeanNS: 15.6e6, P50NS: 13.2e6, P90NS: 24.1e6, P99NS: 44.7e6, P999NS: 91.3e6, MaxNS: 203e6}}
			for name, v := range map[string]float64{"latency_p50_ns": 13.2e6, "latency_p99_ns": 44.7e6, "latency_max_ns": 203e6, "ops_per_s": 1020.1} {
				m.run.Metrics[name] = v
			}
			delete(m.run.Metrics, "grid_period_ns")
			for i := range b.PerJob {
				b.PerJob[i].Ops = 3825 - int64(i)*7
			}
			m.run.Checks = []result.Check{{Rule: "latency_p99_ns <= 50ms", Want: 50e6, Got: ptr(44.7e6), OK: true}}
			m.run.Verdict = result.Pass
			m.readings = m.ioReadings("ops", time.Minute, func(s float64) float64 { return 1020 + 90*math.Sin(s*5) })
			return m
		},
		"small-reads": func() made { // 4 KiB at random, with few jobs
			m := madeCold()
			m.run.Command, m.run.Workload = "sustained", "random-4k"
			m.run.Block.OpBytes, m.run.Block.Pattern, m.run.Block.Cold, m.run.Block.Search, m.run.Checks, m.run.Verdict = 4096, "random", nil, nil, nil, result.None
			m.run.Metrics["ops_per_s"], m.run.Metrics["read_bytes_per_s"] = 412_345, 1.689e9
			m.run.Block.PerJob = m.run.Block.PerJob[:3]
			return m
		},
		"matrix": madeMatrix,
		"repeats": func() made {
			m := madeMatrix()
			m.run.Command, m.run.Block.Op, m.run.Block.Fsync = "write", "write", "end"
			m.run.Block.Cells, m.run.Block.Differences = m.run.Block.Cells[:1], nil
			m.run.Block.Cells[0].Metric = "write_bytes_per_s"
			return m
		},
		"matrix-few": func() made {
			m := madeMatrix()
			for i := range m.run.Block.Cells {
				c := &m.run.Block.Cells[i]
				c.Half, c.Values, c.Order, c.P50NS, c.P99NS = nil, c.Values[:1], c.Order[:1], nil, nil
			}
			for i := range m.run.Block.Differences {
				d := &m.run.Block.Differences[i]
				d.Low, d.High, d.P, d.Verdict = nil, nil, nil, result.TooFew
			}
			return m
		},
		"compare": madeCompare,
		"compare-few": func() made {
			m := madeCompare()
			for i := range m.run.Block.Cells {
				c := &m.run.Block.Cells[i]
				c.Half, c.Values = nil, c.Values[:1]
			}
			for i := range m.run.Block.Differences {
				d := &m.run.Block.Differences[i]
				d.Low, d.High, d.P, d.Verdict = nil, nil, nil, result.TooFew
			}
			m.run.Block.Differences[2].Ratio = 0
			return m
		},
		"compare-interrupted": func() made {
			m := madeCompare()
			m.run.Status = result.Interrupted
			m.run.Block.Cells, m.run.Block.Differences = m.run.Block.Cells[:3], m.run.Block.Differences[:1]
			return m
		},
	}
}
