package suite

import (
	"fmt"
	"slices"
)

// CheckRuns holds the suite against check, before anything is started: values that nobody
// gave, each flag alone, and each run with all that it is given (whole). An error of check
// comes back with the file and the line of what it is about.
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
		if err := check(s.args(e), true); err != nil {
			return s.at(e.Line, e, err)
		}
	}
	return nil
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
