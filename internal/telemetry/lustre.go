package telemetry

import (
	"context"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// lustre reads the counters of a Lustre client. Each name begins with the kind of the
// device that has it; labels are the file system (fs) or server target (target), and
// the client's id of the mount (client).
//
//   - llite, what applications did: llite_read_bytes, llite_read_count and so for write;
//     per call (label op) llite_op_count, llite_op_ns.
//   - read-ahead, in pages: llite_read_ahead_hits, llite_read_ahead_misses; the other
//     lines as llite_read_ahead_count (label event), and llite_read_ahead_pages read.
//   - osc, what went to each OST, and mdc, to each MDT (files kept there): osc_read_bytes,
//     osc_read_count, ..., osc_op_count and osc_op_ns of its RPCs (label op).
//   - osc_read_rpcs_by_pages (label pages, the upper edge of a power of two) and
//     osc_read_rpcs_by_inflight (label inflight, counting itself), and so for write;
//     osc_read_inflight, osc_pending_read_pages, ...: now.
//   - osc_import_state: the number of lustreImportState with the label state; 9 is FULL,
//     connected. osc_import_inflight, osc_import_wait_ns (mean), osc_import_timeouts,
//     osc_import_connection_attempts.
//
// The kernel leaves out what never happened: an op, event or bucket that isn't there is 0.
type lustre struct{ root string }

func (lustre) Name() string { return "lustre" }

func (l lustre) Read(ctx context.Context) ([]result.Reading, error) {
	return readLustre(ctx, l.root, l.Name(), lustreClientParams())
}

// lustreClientParams are the files of a client that are read.
func lustreClientParams() []lustreParam {
	return []lustreParam{
		{kind: "llite", file: "stats", certain: true, take: func(d lustreDevice, text string) error {
			// opencount and openclosetime tell how often files were opened again, not of calls.
			return d.addStats(text, true, func(op string) bool { return !strings.HasPrefix(op, "openc") })
		}},
		{kind: "llite", file: "read_ahead_stats", take: lustreDevice.addReadAhead},
		{kind: "osc", file: "stats", certain: true, take: func(d lustreDevice, text string) error {
			return d.addStats(text, true, func(op string) bool { return op == "ost_read" || op == "ost_write" })
		}},
		{kind: "osc", file: "rpc_stats", take: lustreDevice.addRPCStats},
		{kind: "osc", file: "import", take: lustreDevice.addImport},
		{kind: "mdc", file: "stats", take: func(d lustreDevice, text string) error {
			return d.addStats(text, false, func(op string) bool { return strings.HasPrefix(op, "mds_") })
		}},
		{kind: "mdc", file: "rpc_stats", take: lustreDevice.addRPCStats},
		{kind: "mdc", file: "import", take: lustreDevice.addImport},
	}
}

// lustreParam is one file that each device of a kind has, such as osc.*.rpc_stats.
type lustreParam struct {
	kind, file string
	certain    bool // every release has it: missing is an error
	take       func(d lustreDevice, text string) error
}

func (p lustreParam) String() string { return p.kind + ".*." + p.file }

// lustreDevice is what a file's counters are added for.
type lustreDevice struct {
	r      *readings
	kind   string
	labels map[string]string
}

// newLustreDevice splits the name of a device: llite "lbtest-ffff8880be6e3800", osc
// "lbtest-OST0000-osc-ffff8880be6e3800", and on servers "lbtest-OST0000".
func newLustreDevice(r *readings, kind, name string) lustreDevice {
	d := lustreDevice{r: r, kind: kind}
	target, client, _ := strings.Cut(name, "-"+kind+"-")
	switch {
	case kind == "llite":
		fs, client := name, ""
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			fs, client = name[:i], name[i+1:]
		}
		d.labels = map[string]string{"fs": fs, "client": client}
	case client != "":
		d.labels = map[string]string{"target": target, "client": client}
	default:
		d.labels = map[string]string{"target": name}
	}
	if strings.HasPrefix(kind, "osd-") { // osd-zfs, osd-ldiskfs
		d.kind = "osd"
	}
	return d
}

func (d lustreDevice) add(name string, value float64) {
	d.r.addLabels(d.kind+"_"+name, d.labels, value)
}

// addFor adds a reading with one more label.
func (d lustreDevice) addFor(name, label, of string, value float64) {
	labels := map[string]string{label: of}
	for k, v := range d.labels {
		labels[k] = v
	}
	d.r.addLabels(d.kind+"_"+name, labels, value)
}
