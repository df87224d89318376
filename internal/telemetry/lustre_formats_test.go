package telemetry

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// take runs one parser on a text.
func take(t testing.TB, kind, name, text string, parse func(lustreDevice, string) error) (map[string]float64, error) {
	r := readings{}
	err := parse(newLustreDevice(&r, kind, name), text)
	return series(t, r.all), err
}

func anyOp(string) bool { return true }

func addAllStats(d lustreDevice, text string) error { return d.addStats(text, true, anyOp) }

// TestLustreOlder has the formats of releases before 2.16.
func TestLustreOlder(t *testing.T) {
	for name, tt := range map[string]struct {
		kind, device, text string
		parse              func(lustreDevice, string) error
		want               map[string]float64
	}{
		"llite of 2.10, without sums of squares": {"llite", "a-b-ff01",
			"snapshot_time             15.5 secs.usecs\nread_bytes 3 samples [bytes] 1 9 12\nopen 7 samples [regs]\n", addAllStats,
			map[string]float64{
				"llite_read_count{client=ff01,fs=a-b}": 3, "llite_read_bytes{client=ff01,fs=a-b}": 12,
				"llite_write_count{client=ff01,fs=a-b}": 0, "llite_write_bytes{client=ff01,fs=a-b}": 0,
				"llite_op_count{client=ff01,fs=a-b,op=open}": 7,
			}},
		"obdfilter, usec": {"obdfilter", "a-OST0001",
			"snapshot_time: 15.5 (secs.nsecs)\nwrite_bytes 3 samples [bytes] 1 9 12 99\nsync 2 samples [usec] 3 4 7 25\n", addAllStats,
			map[string]float64{
				"obdfilter_read_count{target=a-OST0001}": 0, "obdfilter_read_bytes{target=a-OST0001}": 0,
				"obdfilter_write_count{target=a-OST0001}": 3, "obdfilter_write_bytes{target=a-OST0001}": 12,
				"obdfilter_op_count{op=sync,target=a-OST0001}": 2, "obdfilter_op_ns{op=sync,target=a-OST0001}": 7000,
			}},
		"read-ahead that never happened": {"llite", "a-ff01", "snapshot_time 1.5 secs.nsecs\n", lustreDevice.addReadAhead,
			map[string]float64{"llite_read_ahead_hits{client=ff01,fs=a}": 0, "llite_read_ahead_misses{client=ff01,fs=a}": 0}},
		"rpc_stats of 2.10": {"osc", "a-OST0001-osc-ff01",
			"snapshot_time:         1.8 (secs.nsecs)\nread RPCs in flight:  2\nwrite RPCs in flight: 6\npending write pages:  1244\npending read pages:   3\n\n" +
				"\t\t\tread\t\t\twrite\npages per rpc         rpcs   % cum % |       rpcs   % cum %\n" +
				"1:\t\t         5   0   0   |       1537   0   0\n1024:\t\t         0   0   0   |   16389010  89 100\n\n" +
				"\t\t\tread\t\t\twrite\nrpcs in flight        rpcs   % cum % |       rpcs   % cum %\n0:\t\t         0   0   0   |          4   0   0\n\n" +
				"\t\t\tread\t\t\twrite\noffset                rpcs   % cum % |       rpcs   % cum %\n0:\t\t         9   0   0   |          9   0   0\n\n",
			lustreDevice.addRPCStats,
			map[string]float64{
				"osc_read_inflight{client=ff01,target=a-OST0001}": 2, "osc_write_inflight{client=ff01,target=a-OST0001}": 6,
				"osc_pending_write_pages{client=ff01,target=a-OST0001}": 1244, "osc_pending_read_pages{client=ff01,target=a-OST0001}": 3,
				"osc_read_rpcs_by_pages{client=ff01,pages=1,target=a-OST0001}":        5,
				"osc_write_rpcs_by_pages{client=ff01,pages=1,target=a-OST0001}":       1537,
				"osc_write_rpcs_by_pages{client=ff01,pages=1024,target=a-OST0001}":    16389010,
				"osc_write_rpcs_by_inflight{client=ff01,inflight=0,target=a-OST0001}": 4,
			}},
		"bulk sizes": {"osd-ldiskfs", "a-OST0001",
			"pages per bulk r/w     rpcs  % cum % |  rpcs        % cum %\n1:  7 1 2 | 8 3 4\n   read   |   write\ndisk I/O size          ios   % cum % |  ios         % cum %\n4K: 7 1 2 | 8 3 4\n1M: 9 1 2 | 0 3 4\n",
			lustreDevice.addBulkStats,
			map[string]float64{
				"osd_read_rpcs_by_pages{pages=1,target=a-OST0001}": 7, "osd_write_rpcs_by_pages{pages=1,target=a-OST0001}": 8,
				"osd_read_ios_by_bytes{bytes=4096,target=a-OST0001}": 7, "osd_write_ios_by_bytes{bytes=4096,target=a-OST0001}": 8,
				"osd_read_ios_by_bytes{bytes=1048576,target=a-OST0001}": 9,
			}},
		"import of 2.10": {"osc", "a-OST0001-osc-ff01",
			"import:\n    name: x\n    state: EVICTED\n    rpcs:\n       inflight: 2\n       timeouts: 3\n       avg_waittime: 331 usec\n",
			lustreDevice.addImport,
			map[string]float64{
				"osc_import_state{client=ff01,state=EVICTED,target=a-OST0001}": 10, "osc_import_inflight{client=ff01,target=a-OST0001}": 2,
				"osc_import_timeouts{client=ff01,target=a-OST0001}": 3, "osc_import_wait_ns{client=ff01,target=a-OST0001}": 331e3,
			}},
	} {
		got, err := take(t, tt.kind, tt.device, tt.text, tt.parse)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestLustreRefuses(t *testing.T) {
	for _, tt := range []struct {
		parse func(lustreDevice, string) error
		texts []string
	}{
		{addAllStats, []string{
			"read_bytes\n", "read_bytes x samples [bytes]\n", "read_bytes -1 samples [bytes]\n", "read_bytes 1 sample [bytes]\n", "read_bytes 1 samples bytes\n",
			"read_bytes 1 samples [bytes] 1\n", "read_bytes 1 samples [bytes] 1 2 x\n", "read_bytes 1 samples [bytes] 1 2 3 4 5\n", "read_bytes 1 samples [bytes] 1 2 3",
		}},
		{lustreDevice.addReadAhead, []string{"hits\n", "hits 1 samples [pages]"}},
		{lustreDevice.addRPCStats, []string{
			"", "read RPCs in flight: 1\n", "pages per rpc  rpcs % cum %\n1\n", "pages per rpc  rpcs % cum %\n:\n", "pages per rpc  rpcs % cum %\n1:\n",
			"pages per rpc  rpcs % cum %\n1: 1 | \n", "pages per rpc  rpcs % cum %\n1: 1 | x\n", "pages per rpc  rpcs % cum %\nx: 1 | 1\n",
			"pages per rpc  rpcs % cum %\n1KK: 1 | 1\n", "pages per rpc  rpcs % cum %\n9999999T: 1 | 1\n", "pages per rpc  rpcs % cum %\n1: 1 | 1",
		}},
		{lustreDevice.addBulkStats, []string{"", "1: 2\n"}},
		{lustreDevice.addImport, []string{"", "state\n", "state: FULL\ninflight: x\n", "state: FULL\navg_waittime: 3\n", "state: FULL\navg_waittime: -3 usec\n", "state: FUL"}},
		{lustreDevice.addRecovery, []string{"", "state: COMPLETE\n", "status: RECOVERING\ntime_remaining: soon\n", "status: COMP"}},
	} {
		for _, text := range tt.texts {
			if got, err := take(t, "osc", "x", text, tt.parse); err == nil {
				t.Errorf("%q is taken as %v", text, got)
			}
		}
	}
}

func TestParams(t *testing.T) {
	got := parseParams("version=2.16.1\nignored line\nosc.a-OST0000-osc-f1.stats=\nread_bytes 1 samples [reqs]\nopen=x 2\n" +
		"obdfilter.a.exports.fe80::1@tcp.stats=\nskipped\nosc.b.cur_dirty_bytes=0\nmdt.c.md_stats=\nlast")
	want := []param{
		{"osc", "a-OST0000-osc-f1", "stats", "read_bytes 1 samples [reqs]\n"},
		{"osc", "b", "cur_dirty_bytes", "0\n"},
		{"mdt", "c", "md_stats", "last\n"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(param{})); diff != "" {
		t.Error(diff)
	}
}

// TestReadParams takes what it can, and tells which value it could not.
func TestReadParams(t *testing.T) {
	at := time.Unix(1, 0)
	all, err := ReadParams("osc.a-OST0000-osc-f1.import=\nnothing\nobdfilter.a-OST0000.recovery_status=\nstatus: COMPLETE\n", at)
	if err == nil || !strings.Contains(err.Error(), "osc.a-OST0000-osc-f1.import: has no state") {
		t.Errorf("error %v", err)
	}
	if len(all) != 1 || all[0].Source != "lustre_server" || all[0].Name != "obdfilter_recovery_state" || !all[0].T.Equal(at) {
		t.Errorf("readings %+v", all)
	}
}

// TestReadParamsBulk has sizes of I/O where Lustre 2.0 kept them, under one name with the newer.
func TestReadParamsBulk(t *testing.T) {
	all, err := ReadParams("obdfilter.a-OST0000.brw_stats=\npages per bulk r/w     rpcs  % cum % |  rpcs        % cum %\n1:  7 1 2 | 0 3 4\n", time.Time{})
	if diff := cmp.Diff(map[string]float64{"osd_read_rpcs_by_pages{pages=1,target=a-OST0000}": 7}, series(t, all)); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// fuzzLustre runs a parser, of which nothing is demanded but readings of this device.
func fuzzLustre(f *testing.F, parse func(lustreDevice, string) error) {
	f.Fuzz(func(t *testing.T, text string) {
		r := readings{}
		err := parse(newLustreDevice(&r, "osc", "x"), text)
		if err == nil && text != "" && !strings.HasSuffix(text, "\n") {
			t.Errorf("%q is cut off and taken", text)
		}
		for _, reading := range r.all {
			if reading.Labels["target"] != "x" || reading.Value != reading.Value {
				t.Errorf("%q gives %+v", text, reading)
			}
		}
	})
}

func FuzzLustreStats(f *testing.F) {
	f.Add("snapshot_time 1.2 secs.nsecs\nread_bytes 3 samples [bytes] 1 9 12 99\nopen 7 samples [usecs] 1 2 3\nioctl 4 samples [reqs]\n")
	fuzzLustre(f, addAllStats)
}

func FuzzLustreReadAhead(f *testing.F) {
	f.Add("hits 3 samples [pages]\nreadahead_pages 2 samples [pages] 1 2 3\n")
	fuzzLustre(f, lustreDevice.addReadAhead)
}

func FuzzLustreRPCStats(f *testing.F) {
	f.Add("read RPCs in flight: 0\n\n read write\npages per rpc  rpcs % cum % | rpcs % cum %\n16: 3 4 5 | 6 7 8\n\n modify\nrpcs in flight  rpcs %% cum %%\n1: 2 3 4\n")
	fuzzLustre(f, lustreDevice.addRPCStats)
}

func FuzzLustreBulkStats(f *testing.F) {
	f.Add("pages per bulk r/w  rpcs % cum % | rpcs % cum %\n1: 7 1 2 | 8 3 4\n\ndisk I/O size  ios % cum %\n4K: 7 1 2 | 8 3 4\n")
	fuzzLustre(f, lustreDevice.addBulkStats)
}

func FuzzLustreImport(f *testing.F) {
	f.Add("import:\n state: FULL\n rpcs:\n  inflight: 1\n  avg_waittime: 3 usecs\n")
	fuzzLustre(f, lustreDevice.addImport)
}

func FuzzLustreRecovery(f *testing.F) {
	f.Add("status: RECOVERING\ntime_remaining: 3\n")
	fuzzLustre(f, lustreDevice.addRecovery)
}

func FuzzReadParams(f *testing.F) {
	f.Add("osc.a-OST0000-osc-f1.stats=\nread_bytes 1 samples [reqs]\nmdt.c.recovery_status=\nstatus: COMPLETE\n")
	f.Fuzz(func(t *testing.T, text string) { _, _ = ReadParams(text, time.Time{}) })
}
