package telemetry

import (
	"fmt"
	"strconv"
	"strings"
)

// lustreImportState numbers the states of a client's connection to a target, as Lustre
// does (enum lustre_imp_state); other is 0.
func lustreImportState(name string) int {
	return map[string]int{
		"CLOSED": 1, "NEW": 2, "DISCONN": 3, "CONNECTING": 4, "REPLAY": 5, "REPLAY_LOCKS": 6, "REPLAY_WAIT": 7,
		"RECOVER": 8, "FULL": 9, "EVICTED": 10, "IDLE": 11,
	}[name]
}

// addImport takes a device's import file.
func (d lustreDevice) addImport(text string) error {
	fields, err := lustreFields(text)
	if err != nil {
		return err
	}
	state, ok := fields["state"]
	if !ok {
		return fmt.Errorf("has no state")
	}
	d.addFor("import_state", "state", state, float64(lustreImportState(state)))
	for _, c := range [][2]string{
		{"inflight", "import_inflight"}, {"timeouts", "import_timeouts"}, {"connection_attempts", "import_connection_attempts"},
	} {
		text, ok := fields[c[0]]
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%s %q isn't a number", c[0], text)
		}
		d.add(c[1], float64(n))
	}
	if text, ok := fields["avg_waittime"]; ok {
		number, unit, _ := strings.Cut(text, " ")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil || unit != "usec" && unit != "usecs" {
			return fmt.Errorf("avg_waittime %q isn't a number of usecs", text)
		}
		d.add("import_wait_ns", float64(n)*1e3)
	}
	return nil
}
