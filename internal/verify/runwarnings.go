package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/mount"
	"github.com/lbench/lbench/internal/result"
)

// due is what a run's folder tells of the warnings that belong to it.
type due struct {
	// must are those that follow from the figures, settings and host, to the letter.
	must []result.Warning
	// some are codes that follow, though not in which words; why is for who has none.
	some map[string]string
	// may are codes of what was seen while the run was made and is kept nowhere else, with
	// the words that they can have; none: any.
	may map[string][]string
}

func (d *due) words(w result.Warning) { d.may[w.Code] = []string{w.Text} }

// virtual says whether an engine makes its bytes in memory, where no storage is.
func virtual(engine string) bool { return engine == "mem" || engine == "null" }

// settingOf is the text of a setting; "" where it has none.
func settingOf(run result.Run, name string) string {
	text, _ := run.Settings[name].Value.(string)
	return text
}

// dueOf is what every run's folder tells.
func dueOf(run result.Run) *due {
	d := &due{some: map[string]string{}, may: map[string][]string{}}
	if run.Suite == nil {
		d.may["suite_unreadable"] = nil
	}
	if virtual(settingOf(run, "engine")) {
		return d
	}
	for _, code := range []string{"appledouble", "dataset_shared", "no_lock"} {
		d.may[code] = nil
	}
	d.words(result.ResultsOnTarget())
	mounts, all := mountsOf(run)
	for _, m := range mounts {
		d.must = append(d.must, mount.Doubts(&m)...)
		if m.Lustre != nil {
			d.may["lustre_settings_differ"] = nil
		}
	}
	switch {
	case all == unknownMounts:
		d.may["mount_unknown"], d.may["lustre_settings_differ"], d.may["lustre_layouts_differ"] = nil, nil, nil
	case len(mounts) < all:
		d.some["mount_unknown"] = "the run has no mount"
	}
	return d
}

// unknownMounts: a comparison of mounts that came to no figures keeps none.
const unknownMounts = -1

// mountsOf are the mounts that run.json keeps, and of how many the run was.
func mountsOf(run result.Run) (mounts []result.Mount, all int) {
	if run.Command == "compare-mounts" {
		if run.Block == nil {
			return nil, unknownMounts
		}
		for _, label := range sorted(run.Block.Mounts) {
			mounts = append(mounts, run.Block.Mounts[label])
		}
		return mounts, 2
	}
	if run.Mount != nil {
		mounts = append(mounts, *run.Mount)
	}
	return mounts, 1
}

// beginnings are the words that a warning which ends in an error begins with, by its code.
func beginnings() map[string]string {
	return map[string]string{"residency_unknown": result.ResidencyUnknown("").Text}
}

// checkWarnings holds the warnings of a run against those that belong to it.
func (l *ledger) checkWarnings(run result.Run, d *due) {
	if run.WarningsMethod > result.WarningsMethod {
		l.note("the warnings of this run go by the rules of another lbench (method %d, and this one has %d): they were taken as they are", run.WarningsMethod, result.WarningsMethod)
		return
	}
	left, had := slices.Clone(d.must), map[string]bool{}
	for i, w := range run.Warnings {
		l.v.Checked++
		had[w.Code] = true
		at := slices.Index(left, w)
		if at < 0 {
			at = slices.IndexFunc(left, func(m result.Warning) bool { return m.Code == w.Code })
			l.checkWarning(fmt.Sprintf("warnings[%d].text", i), w, at, left, d)
		}
		if at >= 0 {
			left = slices.Delete(left, at, at+1)
		}
	}
	for _, w := range left {
		l.v.Checked++
		l.find(result.RunFile, "warnings", nil, w.Text, "figures, settings and host call for the warning %s, and it isn't there", w.Code)
	}
	for _, code := range sorted(d.some) {
		if l.v.Checked++; !had[code] {
			l.find(result.RunFile, "warnings", nil, code, "the warning %s isn't there: %s", code, d.some[code])
		}
	}
}

// checkWarning checks one warning that is none of those that follow to the letter: it may
// stand for left[at], in other words, or be one whose words or presence follow from nothing.
func (l *ledger) checkWarning(figure string, w result.Warning, at int, left []result.Warning, d *due) {
	words, seen := d.may[w.Code]
	begin := beginnings()[w.Code]
	_, called := d.some[w.Code]
	switch {
	case at >= 0:
		l.find(result.RunFile, figure, w.Text, left[at].Text, "figures, settings and host give the warning %s in these words", w.Code)
	case !called && !seen:
		l.find(result.RunFile, figure, w.Text, nil, "nothing in the run gives cause for the warning %s", w.Code)
	case !strings.HasPrefix(w.Text, begin):
		l.find(result.RunFile, figure, w.Text, begin+"...", "lbench gives the warning %s in words that begin so", w.Code)
	case len(words) > 0 && !slices.Contains(words, w.Text):
		l.find(result.RunFile, figure, w.Text, words[0], "lbench gives the warning %s in these words", w.Code)
	default:
		l.taken[w.Code] = true
	}
}

// takenAsIs says once what nothing in the folder can prove or disprove.
func (l *ledger) takenAsIs(folder *result.Folder) {
	run := folder.Run
	all := []string{fmt.Sprintf("the version of lbench (%s)", run.Lbench.Version), "the host"}
	if mounts, _ := mountsOf(run); len(mounts) > 0 {
		all = append(all, "the mount")
	}
	if _, err := os.Stat(filepath.Join(folder.Dir, result.ReadingsFile)); err == nil {
		all = append(all, "the values in "+result.ReadingsFile)
	}
	var settings []string
	for _, name := range sorted(run.Settings) {
		if !l.held[name] {
			settings = append(settings, name)
		}
	}
	if len(settings) > 0 {
		all = append(all, "the settings "+strings.Join(settings, ", "))
	}
	if len(l.taken) > 0 {
		all = append(all, "the warnings "+strings.Join(sorted(l.taken), ", "))
	}
	l.note("taken as it is, since the folder keeps nothing that would show otherwise: %s", strings.Join(all, "; "))
}
