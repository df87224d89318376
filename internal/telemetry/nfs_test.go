package telemetry

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNFSWorkload knows what was done over each mount: 200 MiB read and 50 MiB written
// in calls of 1 MiB, and one fsync.
func TestNFSWorkload(t *testing.T) {
	const mib = 1 << 20
	for mount, connections := range map[string]float64{
		"v3-nconnect1": 1, "v3-nconnect4": 4, "v4.2-nconnect1": 1, "v4.2-nconnect4": 4,
	} {
		got := read(t, nfs{"testdata/nfs/" + mount})
		for key, want := range map[string]float64{
			"app_read_bytes{mount=/mnt/nfs}":           200 * mib,
			"app_write_bytes{mount=/mnt/nfs}":          50 * mib,
			"server_read_bytes{mount=/mnt/nfs}":        200 * mib,
			"server_write_bytes{mount=/mnt/nfs}":       50 * mib,
			"op_count{mount=/mnt/nfs,op=READ}":         200,
			"op_count{mount=/mnt/nfs,op=WRITE}":        50,
			"op_count{mount=/mnt/nfs,op=COMMIT}":       1,
			"op_transmissions{mount=/mnt/nfs,op=READ}": 200,
			"op_errors{mount=/mnt/nfs,op=READ}":        0,
			"connections{mount=/mnt/nfs}":              connections,
			"connects{mount=/mnt/nfs}":                 2 * connections,
		} {
			if value, ok := got[key]; !ok || value != want {
				t.Errorf("%s: %s is %v, %v, want %v", mount, key, value, ok, want)
			}
		}
	}
}

// oldMount is an NFS mount as a kernel before 5.3 shows it: no errors per operation.
const oldMount = "device s:/x mounted on /a\\040b with fstype nfs statvers=1.0\n" +
	"\topts:\trw\n\tevents:\t1 2\n" +
	"\tbytes:\t1 2 30 40 500 600 7 8\n" +
	"\txprt:\ttcp 900 1 2 3 4 50 60 7 80 90\n" +
	"\txprt:\tudp 900 1 5000 6000 7 8000 9000\n" +
	"\txprt:\tavian 1\n" +
	"\tper-op statistics\n" +
	"\t        NULL: 9 9 9 9 9 9 9 9\n" +
	"\t        READ: 10 13 1 100 2000 3 4 5\n\n"

func TestNFSOld(t *testing.T) {
	root := t.TempDir()
	write(t, "device proc mounted on /proc with fstype proc\n"+oldMount, root, "proc/self/mountstats")
	want := map[string]float64{
		"app_read_bytes{mount=/a b}": 31, "app_write_bytes{mount=/a b}": 42,
		"server_read_bytes{mount=/a b}": 500, "server_write_bytes{mount=/a b}": 600,
		"connections{mount=/a b}": 3, "connects{mount=/a b}": 2, "sends{mount=/a b}": 5050, "receives{mount=/a b}": 6060,
		"in_flight_sum{mount=/a b}": 8080, "backlog_sum{mount=/a b}": 9090,
		"op_count{mount=/a b,op=READ}": 10, "op_transmissions{mount=/a b,op=READ}": 13,
		"op_sent_bytes{mount=/a b,op=READ}": 100, "op_received_bytes{mount=/a b,op=READ}": 2000,
		"op_queue_ns{mount=/a b,op=READ}": 3e6, "op_rtt_ns{mount=/a b,op=READ}": 4e6, "op_execute_ns{mount=/a b,op=READ}": 5e6,
	}
	if diff := cmp.Diff(want, read(t, nfs{root})); diff != "" {
		t.Error(diff)
	}
}

// TestNFSMountedOver has two mounts at one place: the later one serves the path.
func TestNFSMountedOver(t *testing.T) {
	root := t.TempDir()
	write(t, oldMount+strings.Replace(oldMount, "500 600", "501 600", 1), root, "proc/self/mountstats")
	if got := read(t, nfs{root})["server_read_bytes{mount=/a b}"]; got != 501 {
		t.Errorf("server_read_bytes is %v, want 501 of the later mount", got)
	}
}

func TestNFSRefuses(t *testing.T) {
	for _, broken := range []string{
		"device s:/y mounted on /y with fstype nfs4 statvers=1.1\n",
		"device s:/y mounted on /y with fstype nfs4 statvers=1.1\n\n",
		"device s:/y mounted on /y with fstype nfs4 statvers=1.1\n\tbytes:\t1 2 3 4 5\n\n",
		"device s:/y mounted on /y with fstype nfs4 statvers=1.1\n\tbytes:\t1 2 3 4 5 6\n\n",
		"device s:/y mounted on /y with fstype nfs4 statvers=1.1\n\tbytes:\t1 2 3 4 5 6\n\tREAD: 1 2 3\n\n",
		"device s:/y mounted on /y with fstype nfs4 statvers=1.1\n\tbytes:\t1 2 3 4 5 -6\n\tREAD: 1 2 3 4 5 6 7 8\n\n",
		"device s:/y mounted on /y with fstype nfs4 statvers=1.1\n\txprt:\ttcp 1 2 3\n\n",
		"device s:/y mounted on /y with fstype nfs4 statvers=1.1\n" + oldMount,
	} {
		root := t.TempDir()
		write(t, oldMount+broken, root, "proc/self/mountstats")
		got, err := nfs{root}.Read(t.Context())
		if err == nil || errors.Is(err, ErrNoData) || !strings.Contains(err.Error(), "/y") {
			t.Errorf("%q: error %v", broken, err)
		}
		if len(got) == 0 || got[0].Labels["mount"] != "/a b" {
			t.Errorf("%q: with the error came %+v, want the mount before", broken, got)
		}
	}
}

func TestNFSNone(t *testing.T) {
	root := t.TempDir()
	write(t, "device proc mounted on /proc with fstype proc\nno device mounted on /x with fstype y\n", root, "proc/self/mountstats")
	if got, err := (nfs{root}).Read(t.Context()); !errors.Is(err, ErrNoData) {
		t.Errorf("%v, %v, want ErrNoData", got, err)
	}
}

// TestMountstatsCut cuts a capture at every byte: all but the whole is an error.
func TestMountstatsCut(t *testing.T) {
	b, err := os.ReadFile("testdata/nfs/v4.2-nconnect4/proc/self/mountstats")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	start := strings.Index(text, "device 127.0.0.1")
	for i := start + len("device 127.0.0.1:/srv/nfs mounted on /mnt/nfs with fstype nfs4 statvers=1.1"); i < len(text); i++ {
		if _, err := parseMountstats(text[:i]); err == nil {
			t.Errorf("cut to %d of %d bytes it is taken", i, len(text))
		}
	}
}

func FuzzParseMountstats(f *testing.F) {
	f.Add(oldMount)
	f.Fuzz(func(t *testing.T, text string) {
		mounts, _ := parseMountstats(text)
		for _, m := range mounts {
			m.addTo(&readings{})
		}
	})
}
