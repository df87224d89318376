package dlio

import (
	"fmt"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// What MLPerf Storage asks for, and what counts as asked for: v2.0's rounding makes sets of
// 4.98 times the memory.
const (
	askedSteps  = 500
	askedMemory = 5
	roundedDown = 0.98
)

// coldMost is the largest share of an epoch's files that may lie in this client's cache
// before it and the epoch still counts as read from storage: a hundredth of its bytes can
// come faster then, and no more.
const coldMost = 0.01

// Doubts are the warnings that a plan alone calls for.
func (p Plan) Doubts() []result.Warning {
	var all []result.Warning
	if p.Steps < askedSteps {
		all = append(all, result.Warning{Code: "few_steps", Text: fmt.Sprintf("%d steps an epoch; MLPerf Storage asks for %d", p.Steps, askedSteps)})
	}
	return append(all, p.warnings()...)
}

// IsMemoryDoubt says whether a warning's code is one that MemoryDoubts gives.
func IsMemoryDoubt(code string) bool { return code == "fits_in_memory" || code == "under_5x_memory" }

// MemoryDoubts warns of a dataset whose size lets the cache of a client with so many bytes
// of memory (0: not known) make the figures, by what is known after these epochs.
//
// A dataset that fits in memory may be served from there, unless the epochs show that it
// was not: before each one that counts at most 1 % of the files that were looked at lay in
// the cache, whether it was dropped or nothing had read them, and no sample is read twice in
// an epoch. Only the profile shuffled promises the latter: under a round's profile ranks may
// share files or begin theirs again. Without an epoch that counts nothing is shown. That a
// dataset is smaller than MLPerf Storage asks for is said in any case.
func MemoryDoubts(p *result.Plan, memoryBytes int64, engine string, epochs []result.Epoch) []result.Warning {
	memory, bytes := float64(memoryBytes), float64(p.DatasetBytes)
	switch {
	case ioengine.Virtual(engine) || memory <= 0 || bytes >= askedMemory*roundedDown*memory:
		return nil
	case bytes < memory && !readCold(p, epochs):
		return []result.Warning{{Code: "fits_in_memory", Text: fmt.Sprintf("the dataset (%s) fits in this client's memory (%s): epochs may come from its page cache; MLPerf Storage asks for %d times the memory",
			units.Bytes(bytes), units.Bytes(memory), askedMemory)}}
	}
	text := fmt.Sprintf("the dataset (%s) is %.1f times this client's memory; MLPerf Storage asks for %d", units.Bytes(bytes), bytes/memory, askedMemory)
	if bytes < memory {
		text = fmt.Sprintf("the dataset (%s) fits in this client's memory (%s), though next to nothing of the files looked at lay in its page cache before an epoch that counts; MLPerf Storage asks for %d times the memory",
			units.Bytes(bytes), units.Bytes(memory), askedMemory)
	}
	return []result.Warning{{Code: "under_5x_memory", Text: text}}
}

// readCold says whether the epochs show that this client's cache served none that counts.
func readCold(p *result.Plan, epochs []result.Epoch) bool {
	counted := 0
	for _, e := range epochs {
		if e.Warmup {
			continue
		}
		if cached, known := e.Metrics["cached_fraction_before"]; !known || cached > coldMost {
			return false
		}
		counted++
	}
	return counted > 0 && p.Profile == "shuffled"
}

// NoCeiling warns that a training has no ceiling, where its settings rule that out: the
// time that the ceiling was to take is 0 or off, or the engine has none. False: they don't.
func NoCeiling(engine, ceiling string) (result.Warning, bool) {
	took, err := time.ParseDuration(ceiling)
	switch {
	case ceiling == "off" || err == nil && took == 0:
		return result.Warning{Code: "no_ceiling", Text: "what this client could reach at most was not measured: --ceiling " + ceiling}, true
	case engine != "posix": // direct reads pay no copy, so that isn't their ceiling
		return result.Warning{Code: "no_ceiling", Text: "the engine " + engine + " has no ceiling to compare with"}, true
	}
	return result.Warning{}, false
}

// StoppedEarly warns of a training that --duration ended after some of its epochs.
func StoppedEarly(after time.Duration, made, planned int) result.Warning {
	return result.Warning{Code: "stopped_early", Text: fmt.Sprintf("--duration %v ended the run after %d of %d epochs", after, made, planned)}
}

// CappedIsOurs is how the text of InflightCapped ends.
const CappedIsOurs = ", and the wait counts as this client's"

// InflightCapped warns that a training had fewer reads in flight than its streams make:
// what they wait for is this client's own doing. most is --max-inflight.
func InflightCapped(most string) result.Warning {
	return result.Warning{Code: "inflight_capped", Text: "reads had to wait for --max-inflight " + most +
		": the storage saw fewer at once than the streams would make" + CappedIsOurs}
}

// DroppedByFile warns of caches that were dropped by a user who may not drop all of them.
func DroppedByFile() result.Warning {
	return result.Warning{Code: "dropped_by_file", Text: "caches were dropped file by file, since only root may drop all of them"}
}

// NotTuned warns that a search left --tune out.
func NotTuned() result.Warning {
	return result.Warning{Code: "not_tuned", Text: "no number of accelerators fails, so that no reader setting can show what it does: --tune was left out"}
}
