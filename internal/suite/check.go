package suite

import (
	"fmt"
	"slices"
)

// CheckRuns holds the suite against check, before anything is started: values that nobody
// gave, each flag alone, and each run with all that it is given (whole). An error of check
// comes back with the file and the line of what it is about: a flag, the first of the params
// with which a run is refused, or the run.
func (s Suite) CheckRuns(check func(args []string, whole bool) error) error {
	if err := s.Check(); err != nil {
		return err
	}
	for _, e := range s.Entries {
		for _, o := range s.settingsOf(e) {
			for _, v := range o.Values {
				if err := check([]string{e.Command, flag(o.Name, s.expand(v))}, false); err != nil {
					return s.at(o.Line, e, err)
				}
			}
		}
		if err := s.checkWhole(e, check); err != nil {
			return err
		}
	}
	return nil
}

// checkWhole checks a run with all that it is given. Where it is refused, and with fewer params
// is not refused for the same reason, the line is that of the param which makes it so.
func (s Suite) checkWhole(e Entry, check func(args []string, whole bool) error) error {
	refused := check(s.args(e), true)
	if refused == nil {
		return nil
	}
	all, line := e.Params, e.Line
	for n := range all {
		e.Params = all[:n]
		if err := check(s.args(e), true); err != nil && err.Error() == refused.Error() {
			break
		}
		line = all[n].Line
	}
	return s.at(line, e, refused)
}

// settingsOf is the flags of an entry: its own and those of the suite that its command has.
func (s Suite) settingsOf(e Entry) []Setting {
	settings := slices.DeleteFunc(slices.Clone(s.Settings), func(o Setting) bool { return !slices.Contains(e.flags, o.Name) })
	for _, own := range e.Settings {
		settings = put(settings, own)
	}
	return settings
}

func flag(name, value string) string { return "--" + name + "=" + value }

// at names the place of what is wrong; line 0 is the command line.
func (s Suite) at(line int, e Entry, err error) error {
	if line == 0 {
		return fmt.Errorf("run %s of suite %s: %w", e.Name, s.File, err)
	}
	return fmt.Errorf("%s:%d: %w", s.File, line, err)
}
