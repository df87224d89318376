package telemetry

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// lustreServer reads the counters of the targets that this host serves (label target).
//
//   - obdfilter_read_bytes, obdfilter_read_count and so for write: what an OST moved;
//     obdfilter_op_count and obdfilter_op_ns per request (label op), likewise mdt_.
//   - osd_read_rpcs_by_pages and osd_read_ios_by_bytes, and so for write: the sizes of
//     bulk transfers (label pages) and of disk I/O (label bytes), upper edges.
//   - obdfilter_recovery_state and mdt_recovery_state: the number of lustreRecoveryState
//     with the label state; 4 is COMPLETE. While it recovers also recovery_remaining_ns.
type lustreServer struct{ root string }

func (lustreServer) Name() string { return "lustre_server" }

func (l lustreServer) Read(ctx context.Context) ([]result.Reading, error) {
	return readLustre(ctx, l.root, l.Name(), lustreServerParams())
}

// lustreServerParams are the files of a server that are read. Sizes of I/O are kept by
// the target in Lustre 1.8 and 2.0, since then by the object storage below it.
func lustreServerParams() []lustreParam {
	all := func(string) bool { return true }
	return []lustreParam{
		{kind: "obdfilter", file: "stats", certain: true, take: func(d lustreDevice, text string) error { return d.addStats(text, true, all) }},
		{kind: "obdfilter", file: "recovery_status", take: lustreDevice.addRecovery},
		{kind: "obdfilter", file: "brw_stats", take: func(d lustreDevice, text string) error {
			d.kind = "osd"
			return d.addBulkStats(text)
		}},
		{kind: "osd-ldiskfs", file: "brw_stats", take: lustreDevice.addBulkStats},
		{kind: "osd-zfs", file: "brw_stats", take: lustreDevice.addBulkStats},
		{kind: "mdt", file: "md_stats", take: func(d lustreDevice, text string) error { return d.addStats(text, false, all) }},
		{kind: "mdt", file: "recovery_status", take: lustreDevice.addRecovery},
	}
}

// lustreRecoveryState numbers the states of a target after a restart; other is 0.
func lustreRecoveryState(name string) int {
	return map[string]int{"INACTIVE": 1, "WAITING": 2, "WAITING_FOR_CLIENTS": 2, "RECOVERING": 3, "COMPLETE": 4}[name]
}

// addRecovery takes a target's recovery_status.
func (d lustreDevice) addRecovery(text string) error {
	fields, err := lustreFields(text)
	if err != nil {
		return err
	}
	state, ok := fields["status"]
	if !ok {
		return fmt.Errorf("has no status")
	}
	d.addFor("recovery_state", "state", state, float64(lustreRecoveryState(state)))
	if left, ok := fields["time_remaining"]; ok {
		seconds, err := strconv.ParseInt(left, 10, 64)
		if err != nil {
			return fmt.Errorf("time_remaining %q isn't a number of seconds", left)
		}
		d.add("recovery_remaining_ns", float64(seconds)*1e9)
	}
	return nil
}

// lustreFields reads lines "name: value", however far they are indented; of equal names
// the first.
func lustreFields(text string) (map[string]string, error) {
	if err := whole(text); err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if _, twice := fields[name]; ok && !twice {
			fields[name] = strings.TrimSpace(value)
		}
	}
	return fields, nil
}
