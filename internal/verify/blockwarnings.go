package verify

import (
	"strconv"
	"time"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/result"
)

// warnings holds the warnings of a block command against those that belong to it.
func (b *blockRun) warnings() {
	d := dueOf(b.run)
	engine := settingOf(b.run, "engine")
	if most, ok := toNumber(b.run.Settings["max-inflight"].Value); ok && (!b.isPlain() || float64(b.block.Jobs)*float64(max(b.block.Depth, 1)) > most) {
		d.words(fio.InflightCapped(strconv.FormatFloat(most, 'f', -1, 64)))
	}
	if !virtual(engine) {
		b.dueOfCache(d)
		b.dueOfCeiling(d)
		b.dueOfRings(d, engine)
		b.dueOfWriting(d)
	}
	b.checkWarnings(b.run, d)
}

// isPlain says whether the run is of one job alone, that run.json tells of: no cells, no
// search before it, and none cut off.
func (b *blockRun) isPlain() bool {
	return len(b.block.Cells) == 0 && len(b.block.Search) == 0 && b.run.Status == result.Complete
}

// dueOfCache: block.cold is of the job that was the least cold. Warnings are kept of the
// first job that gives cause, so that words follow where there is one only.
func (b *blockRun) dueOfCache(d *due) {
	if dropped, _ := b.run.Settings["drop-caches"].Value.(bool); dropped {
		d.may["not_dropped"] = nil
	}
	cold := b.block.Cold
	if cold == nil {
		if len(b.block.Search) > 0 || b.run.Status != result.Complete {
			d.may["not_cold"], d.may["residency_unknown"] = nil, nil
		}
		return
	}
	switch {
	case cold.Before != nil && *cold.Before > 0 && cold.Way != "":
		d.some["not_cold"] = "block.cold.before_fraction isn't 0 though the files were made cold"
	case cold.Before == nil || len(b.block.Search) > 0 || b.run.Status != result.Complete:
		d.may["not_cold"] = nil
	}
	switch {
	case cold.Why != "" && b.isPlain():
		d.must = append(d.must, result.ResidencyUnknown(cold.Why))
	case cold.Why != "":
		d.some["residency_unknown"] = "block.cold.why says that it is"
	case !b.isPlain():
		d.may["residency_unknown"] = nil
	}
}

// dueOfCeiling: what copies has a ceiling, or the run says why not.
func (b *blockRun) dueOfCeiling(d *due) {
	asked := settingOf(b.run, "ceiling")
	took, err := time.ParseDuration(asked)
	if asked == "off" || err != nil || took == 0 || b.block.Direct {
		return
	}
	_, measured := b.run.Metrics["ceiling_read_bytes_per_s"]
	switch {
	case measured:
	case b.run.Status == result.Complete:
		d.some["no_ceiling"] = "metrics.ceiling_read_bytes_per_s isn't either"
	default:
		d.may["no_ceiling"] = nil
	}
}

// dueOfRings: where the kernel has no rings, and nobody asked for them, threads take their
// place. In a matrix that may have happened to any cell.
func (b *blockRun) dueOfRings(d *due, engine string) {
	wanted := engine == "uring" && b.run.Settings["engine"].From == "default"
	switch {
	case !b.isPlain() || b.block.Runner != "native":
		d.may["no_io_uring"] = nil
	case wanted && b.block.Direct && b.block.Depth > 1 && b.block.Engine == "direct":
		d.some["no_io_uring"] = "block.engine is direct where uring was to be"
	}
}

// dueOfWriting: what only a command that writes may have seen.
func (b *blockRun) dueOfWriting(d *due) {
	if b.block.Op == string(fio.Read) && len(b.block.Cells) == 0 {
		return
	}
	d.may["stale_scratch"] = nil
	if b.job.Verify && !(b.block.Direct && len(b.block.Cells) == 0) {
		d.words(fio.VerifiedCached())
	}
}
