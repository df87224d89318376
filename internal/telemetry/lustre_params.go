package telemetry

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// ReadParams takes the readings of the lustre and lustre_server sources out of what
// `lctl get_param` printed at time t, such as an administrator's answer to a gap. What
// it doesn't know it passes over; of what it can't read it tells beside the rest.
func ReadParams(text string, t time.Time) ([]result.Reading, error) {
	client := readings{t: t, source: lustre{}.Name()}
	server := readings{t: t, source: lustreServer{}.Name()}
	var errs []error
	for _, p := range parseParams(text) {
		for _, group := range []struct {
			r      *readings
			params []lustreParam
		}{{&client, lustreClientParams()}, {&server, lustreServerParams()}} {
			for _, known := range group.params {
				if known.kind != p.kind || known.file != p.file {
					continue
				}
				if err := known.take(newLustreDevice(group.r, p.kind, p.device), p.value); err != nil {
					errs = append(errs, fmt.Errorf("%s.%s.%s: %w", p.kind, p.device, p.file, err))
				}
			}
		}
	}
	return append(client.all, server.all...), errors.Join(errs...)
}

// param is a value that lctl get_param printed, of osc.DEVICE.rpc_stats or the like.
type param struct{ kind, device, file, value string }

// parseParams splits the output of lctl get_param: "NAME=VALUE", or "NAME=" and the
// lines of the value. Names of other than three parts, such as those of exports, are
// left out, with their values.
func parseParams(text string) []param {
	var all []param
	last := -1 // the param that the next lines belong to
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(line, "=")
		if !ok || !isParamName(name) {
			if last >= 0 {
				all[last].value += line
			}
			continue
		}
		last = -1
		if kind, rest, _ := strings.Cut(name, "."); strings.Count(rest, ".") == 1 {
			device, file, _ := strings.Cut(rest, ".")
			all = append(all, param{kind, device, file, strings.TrimPrefix(value, "\n")})
			last = len(all) - 1
		}
	}
	if last >= 0 && !strings.HasSuffix(all[last].value, "\n") {
		all[last].value += "\n" // lost in copying
	}
	return all
}

// isParamName says whether a line's beginning is a name such as
// "obdfilter.lbtest-OST0000.exports.192.168.77.2@tcp.stats" and not a part of a value.
func isParamName(text string) bool {
	return text != "" && text[0] >= 'a' && text[0] <= 'z' && !strings.ContainsAny(text, " \t|[]{}\"'")
}
