package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

const (
	longRanks  = 8
	longSteps  = 1250 // in an epoch
	longEpochs = 100  // 1,000,000 steps of all ranks
	longTime   = 3 * time.Hour

	longCompute = 76 * time.Millisecond

	longWall  = 5 * time.Second
	longBytes = 500_000_000 // resident
	longPage  = 3_000_000   // bytes of report.html
)

// longRun is the run folder that is reported on.
type longRun struct {
	*result.Writer
	short    string // the real run that its run.json was made from
	run      result.Run
	plan     dlio.Plan
	epochs   []dlio.Epoch
	readings int
}

// longReport makes a run folder of a million steps and 3 h of telemetry, and asks the
// built binary for its page. Then verify must find that the folder is one that lbench
// could have written.
func longReport(b *bench) (outcome, error) {
	results, err := os.MkdirTemp(b.dir, "longreport-")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(results)
	long, err := newLongRun(b, results)
	if err != nil {
		return outcome{}, fmt.Errorf("make the run folder: %w", err)
	}
	var wall, cpu []float64
	most := int64(0)
	for range b.rounds {
		c, err := b.process("", b.lbench, "report", "--html", long.Dir())
		if err != nil {
			return outcome{}, err
		}
		wall, cpu, most = append(wall, c.wall.Seconds()), append(cpu, c.cpu.Seconds()), max(most, c.maxBytes)
	}
	page, err := os.Stat(filepath.Join(long.Dir(), result.ReportFile))
	if err != nil {
		return outcome{}, err
	}
	if err := long.verify(b); err != nil {
		return outcome{}, err
	}
	return outcome{got: fmt.Sprintf("%.2f s, %d MB, %d kB", median(wall), most/1e6, page.Size()/1000),
		met: median(wall) <= longWall.Seconds() && most <= longBytes && page.Size() <= longPage,
		how: fmt.Sprintf("%d steps, %d readings; time is the median of %d, %.2f to %.2f s, CPU %.2f s; memory is the largest of all",
			longRanks*longSteps*longEpochs, long.readings, b.rounds, slices.Min(wall), slices.Max(wall), median(cpu))}, nil
}

// newLongRun makes the folder, from the run.json of a real run of the null engine with the
// steps, the readings and the figures of a long one.
func newLongRun(b *bench, results string) (*longRun, error) {
	_, run, err := b.mlperf("", "--engine", "null", "--accelerators", fmt.Sprint(longRanks), "--epochs", "1", "--ceiling", "off", "--param", "train.computation_time=0.001",
		"--param", "dataset.num_files_train=32", "--param", "reader.batch_size=4", "--param", fmt.Sprintf("dataset.num_samples_per_file=%d", longSteps))
	if err != nil {
		return nil, err
	}
	short := run.ID
	run.Plan.Epochs, run.Plan.ComputationNS = longEpochs, int64(longCompute)
	for _, name := range []string{"epochs", "train.epochs"} {
		run.Settings[name] = result.Setting{Value: longEpochs, From: "flag"}
	}
	run.Settings["train.computation_time"] = result.Setting{Value: longCompute.Seconds(), From: "flag"}
	plan, err := dlio.PlanOf(run)
	if err != nil {
		return nil, err
	}
	w, err := result.Create(results, &run, result.CreateFile)
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(20, 27))
	tally, lost := dlio.NewTally(plan), losses.New(*run.Plan)
	epochs, latencies, err := longEmulation(w, random, plan, tally, lost, run.Started)
	if err != nil {
		return nil, err
	}
	readings, err := longTelemetry(w, random, filepath.Join(b.dir, "results", short), run.Started)
	if err != nil {
		return nil, err
	}
	run.Metrics, run.Epochs = dlio.Measure(plan, epochs, tally, nil)
	maps.Copy(run.Metrics, dlio.LatencyMetrics(latencies))
	run.Reads = nil
	for _, e := range epochs {
		run.Reads = append(run.Reads, e.Reads)
	}
	run.Lost = lost.Lost(run, nil)
	run.Checks, run.Verdict = dlio.Judge(run.Metrics, plan.MinAU)
	run.Limit, run.DLIO = nil, dlio.Rounds(plan, epochs, tally)                  // naming the limit would take all readings into memory
	run.Warnings = slices.DeleteFunc(run.Warnings, func(w result.Warning) bool { // the others were of the short run's steps
		return !slices.Contains([]string{"few_files", "few_streams", "no_ceiling"}, w.Code)
	})
	run.Warnings = append(run.Warnings, dlio.Doubts(plan, epochs, run.Metrics)...)
	ended := run.Started.Add(longTime)
	run.Ended = &ended
	return &longRun{w, short, run, plan, epochs, readings}, errors.Join(w.Close(run), w.Seal())
}

// verify adds the files that a DLIO run leaves, and asks the built binary whether all
// figures follow from the data. It comes after the reports: the largest size that Linux
// gives for a process is never below that of the one that started it, and those files take
// memory here.
func (long *longRun) verify(b *bench) error {
	files, err := dlio.Output(long.run, long.plan, long.epochs, (&result.Folder{Dir: long.Dir()}).Steps)
	if err != nil {
		return err
	}
	changed := strings.NewReplacer("epochs: 1 ", fmt.Sprintf("epochs: %d ", longEpochs), "epochs=1\n", fmt.Sprintf("epochs=%d\n", longEpochs),
		"computation_time: 0.001 ", fmt.Sprintf("computation_time: %v ", longCompute.Seconds()), "computation_time=0.001\n", fmt.Sprintf("computation_time=%v\n", longCompute.Seconds()))
	for _, name := range []string{"config.yaml", "overrides.yaml", "hydra.yaml"} {
		name = "dlio_config/" + name
		text, err := os.ReadFile(filepath.Join(b.dir, "results", long.short, "dlio", name))
		if err != nil {
			return err
		}
		files[name] = []byte(changed.Replace(string(text)))
	}
	for name, content := range files {
		if err := long.File("dlio/"+name, content); err != nil {
			return err
		}
	}
	if err := long.Seal(); err != nil {
		return err
	}
	c, err := b.process("", b.lbench, "verify", "--json", long.Dir())
	if err != nil {
		return err
	}
	var verified result.Verification
	if err := json.Unmarshal(c.stdout, &verified); err != nil {
		return fmt.Errorf("read what verify printed: %w", err)
	}
	if !verified.OK {
		return fmt.Errorf("the run folder that was made isn't one that lbench could write: %+v", verified.Findings[0])
	}
	return nil
}

// longEmulation writes steps that wait some ms for a batch, one in 2,000 of them two
// seconds, and the latencies of their reads, one in each step of a rank.
func longEmulation(w *result.Writer, random *rand.Rand, plan dlio.Plan, tally *dlio.Tally, lost *losses.Tally, started time.Time) ([]dlio.Epoch, *stats.Durations, error) {
	var epochs []dlio.Epoch
	var log bytes.Buffer
	hdr, err := stats.NewDurationsLog(&log, started)
	if err != nil {
		return nil, nil, err
	}
	all, second := stats.NewDurations(dlio.LatencyDigits), stats.NewDurations(dlio.LatencyDigits)
	from, compute := time.Duration(0), int64(plan.ComputationTime)
	for n := range longEpochs {
		clock := int64(longTime) / longEpochs * int64(n)
		e := dlio.Epoch{Epoch: n + 1, Start: clock, ReadBytes: int64(longRanks*longSteps*plan.BatchSize) * plan.RecordBytes}
		rows := map[int64]result.ReadLatency{}
		for s := range longSteps {
			slowest := int64(random.ExpFloat64() * 5e6)
			if random.IntN(2000) == 0 {
				slowest = int64(2 * time.Second)
			}
			steps := make([]result.Step, longRanks)
			for rank := range steps {
				wait := int64(float64(slowest) * random.Float64())
				if rank == s%longRanks {
					wait = slowest
				}
				read := wait - wait/10
				steps[rank] = result.Step{Epoch: e.Epoch, Step: s, Rank: rank, StartNS: clock, Wait: wait, Compute: compute, Barrier: slowest - wait, Read: read, Work: wait / 10}
				second.Record(read)
				if s > 0 {
					row := rows[dlio.LatencyUpTo(read)]
					rows[dlio.LatencyUpTo(read)] = result.ReadLatency{UpTo: dlio.LatencyUpTo(read), Reads: row.Reads + 1, Wait: row.Wait + read}
				}
			}
			clock += slowest + compute
			if s == 0 {
				e.Open = clock
			}
			if now := time.Duration(clock); now-from >= time.Second {
				if err := hdr.Write("reads", from, now, second); err != nil {
					return nil, nil, err
				}
				all.Merge(second)
				second.Reset()
				from = now
			}
			tally.Add(steps)
			lost.Add(steps...)
			if err := w.Steps(steps); err != nil {
				return nil, nil, err
			}
		}
		e.End, e.Reads = clock, longReads(plan, lost, n+1, rows)
		epochs = append(epochs, e)
	}
	if err := hdr.Write("reads", from, time.Duration(epochs[longEpochs-1].End), second); err != nil {
		return nil, nil, err
	}
	all.Merge(second)
	return epochs, all, w.File(result.OpsFile, log.Bytes())
}

// longReads is what an epoch says of its reads: what the last ranks waited alone is shared
// out evenly to as many files as are named.
func longReads(plan dlio.Plan, lost *losses.Tally, epoch int, rows map[int64]result.ReadLatency) result.EpochReads {
	_, last, together := lost.ReadSums(epoch)
	reads := result.EpochReads{Epoch: epoch, Together: together, OtherFiles: (last - together) % dlio.FilesNamed}
	for _, upTo := range slices.Sorted(maps.Keys(rows)) {
		reads.Latencies = append(reads.Latencies, rows[upTo])
	}
	for i := range dlio.FilesNamed {
		reads.Files = append(reads.Files, result.FileWait{File: fmt.Sprintf("train/img_%d_of_%d.tfrecord", i, len(plan.Files)), Wait: (last - together) / dlio.FilesNamed})
	}
	return reads
}

// longTelemetry writes what every source of this host said last in the real run, once a
// second: levels that move, and counters that rise, fastest for a minute in each hour.
func longTelemetry(w *result.Writer, random *rand.Rand, short string, started time.Time) (count int, err error) {
	var now []result.Reading // the last round, in the order of the first
	at := map[string]int{}
	err = (&result.Folder{Dir: short}).Readings(func(r result.Reading) error {
		key := fmt.Sprint(r.Source, r.Name, r.Labels)
		if _, ok := at[key]; !ok {
			at[key] = len(now)
			now = append(now, r)
		}
		now[at[key]] = r
		return nil
	})
	if err != nil {
		return 0, err
	}
	for second := range int(longTime / time.Second) {
		busy := 0.2 + 0.2*random.Float64()
		if second%3600 > 1800 && second%3600 < 1860 {
			busy = 0.9
		}
		round := slices.Clone(now)
		for i, r := range now {
			round[i].T = started.Add(time.Duration(second) * time.Second)
			switch {
			case r.Source == "memory" || r.Name == "rss_bytes" || r.Name == "threads":
				round[i].Value = float64(int64(r.Value * (1 - 0.1*busy)))
				continue
			case r.Name == "idle_ns":
				now[i].Value += float64(int64(1e9 * (1 - busy)))
			case strings.HasSuffix(r.Name, "_ns"), strings.HasSuffix(r.Name, "_bytes"):
				now[i].Value += float64(int64(1e9 * busy))
			default:
				now[i].Value += float64(int64(100 * busy))
			}
		}
		count += len(round)
		if err := w.Readings(round); err != nil {
			return 0, err
		}
	}
	return count, nil
}
