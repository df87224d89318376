package verify

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// beside is a run whose folder lies next to this one's; nil: it isn't there.
func (v *searched) beside(id string) *result.Run {
	if id != filepath.Base(id) || strings.HasPrefix(id, ".") {
		return nil
	}
	run, err := result.ReadRun(filepath.Join(v.folder.Dir, "..", id))
	if err != nil || run.ID != id {
		return nil
	}
	return &run
}

// beganBetween holds the time in the ID of another run against this one's.
func (v *searched) beganBetween(figure, id string, from, to time.Time) {
	text, _, _ := strings.Cut(id, "-")
	at, err := time.Parse("20060102T150405Z", text)
	if v.v.Checked++; err != nil || at.Before(from.Truncate(time.Second)) || at.After(to) {
		v.find(result.RunFile, figure, id, nil, "no run of that time: want one from %s to %s", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	}
}

// fullRun is the run that was made at the answer; nil: its folder isn't there. known says
// whether the search's AU is that run's.
func (v *searched) fullRun() (full *result.Run, known bool) {
	if v.says.FullRun == "" || v.run.Status != result.Complete {
		return nil, false
	}
	return v.beside(v.says.FullRun), true
}

// resumed finds how many probes an earlier search made, and holds them against this one's.
func (v *searched) resumed() {
	if v.says.Earlier != "" {
		v.beganBetween("search.resumed", v.says.Earlier, time.Time{}, v.run.Started)
		before := v.beside(v.says.Earlier)
		if v.earlier = -1; before == nil || before.Search == nil {
			v.note("the search that this one went on from, %s, isn't beside it: its probes were taken as they are", v.says.Earlier)
			return
		}
		v.earlier = len(before.Search.Probes)
		same := len(v.says.Probes) >= v.earlier && slices.Equal(v.says.Probes[:v.earlier], before.Search.Probes)
		if v.v.Checked++; !same {
			v.find(result.RunFile, "search.probes", len(v.says.Probes), v.earlier, "the first ones aren't the probes of %s, which this search went on from", before.ID)
		}
	}
	sum, known := v.took()
	if !known || v.run.Ended == nil {
		return
	}
	if v.v.Checked++; sum > v.run.Ended.Sub(v.run.Started) {
		v.find(result.RunFile, "search.probes[].took_ns", int64(sum), int64(v.run.Ended.Sub(v.run.Started)), "the probes together took longer than the run")
	}
}

// besideRun compares the full run with the search that made it.
func (v *searched) besideRun() {
	off, _ := v.run.Settings["no-full-run"].Value.(bool)
	due := v.run.Status == result.Complete && v.answer.Max >= 1 && !off
	if v.v.Checked++; due != (v.says.FullRun != "") && v.run.Status == result.Complete {
		v.find(result.RunFile, "search.full_run", v.says.FullRun, nil, "a full run is made at an answer, unless --no-full-run says otherwise")
	}
	full, known := v.fullRun()
	if known && v.run.Ended != nil {
		v.beganBetween("search.full_run", v.says.FullRun, v.run.Started, *v.run.Ended)
	}
	switch {
	case !known:
	case full == nil:
		v.note("au_mean_fraction and au_min_fraction are those of the full run %s, which isn't beside this one", v.says.FullRun)
	default:
		var accelerators any
		if full.Plan != nil {
			accelerators = full.Plan.Accelerators
		}
		v.same(result.RunFile, "search.full_run", accelerators, v.answer.Max, "%s was made with another number of accelerators", full.ID)
		v.same(result.RunFile, "search.full_run", full.Command+" "+full.Workload, "mlperf "+v.run.Workload, "%s is another kind of run", full.ID)
		v.note("the full run %s was held against this search: what it says itself, `lbench verify` of its folder tells", full.ID)
	}
}

// tuned checks what can be said of the settings that were tried: the runs weren't kept.
func (v *searched) tuned() {
	asked := v.askedToTune()
	tried := v.run.Status == result.Complete && v.answer.MinFailing > 0
	if v.v.Checked++; v.run.Status == result.Complete && len(v.says.Settings) != map[bool]int{true: len(asked)}[tried] {
		v.find(result.RunFile, "search.tuned", len(v.says.Settings), len(asked), "the settings that --tune names are tried, where a number of accelerators fails")
	}
	for i, t := range v.says.Settings {
		at := fmt.Sprintf("search.tuned[%d].", i)
		if i < len(asked) {
			v.same(result.RunFile, at+"name", t.Name, asked[i], "by settings.tune")
		}
		v.tunedLevels(at, t)
		v.near(at+"change_fraction", (1+t.Change)*(1+t.Change), (1+t.Low)*(1+t.High), 1e-14, "1 + change_fraction is the geometric mean of 1 + low_fraction and 1 + high_fraction")
		v.same(result.RunFile, at+"mattered", t.Mattered, dlio.Matters(t.Low, t.High), "it did where the interval from low_fraction to high_fraction leaves 0 out")
	}
}

func (v *searched) tunedLevels(at string, t result.TunedSetting) {
	known := slices.IndexFunc(dlio.Tunables(), func(k dlio.Tunable) bool { return k.Key == t.Name })
	if v.v.Checked++; known < 0 {
		v.find(result.RunFile, at+"name", t.Name, nil, "no setting that a search tunes")
		return
	}
	v.same(result.RunFile, at+"from", t.From, fmt.Sprint(v.run.Settings[t.Name].Value), "settings.%s says otherwise", t.Name)
	if from, err := strconv.ParseInt(t.From, 10, 64); err == nil {
		v.same(result.RunFile, at+"to", t.To, strconv.FormatInt(dlio.Tunables()[known].Next(from), 10), "what is tried in place of %s", t.From)
	}
}

// askedToTune is the keys of --tune, as the settings record them: "[a,b]".
func (v *searched) askedToTune() []string {
	text, _ := v.run.Settings["tune"].Value.(string)
	text = strings.Trim(text, "[]")
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
