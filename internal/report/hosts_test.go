package report

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

func folderPage(t testing.TB, f *result.Folder) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, f.Run, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hostsOf collects a run folder and asks for the sections of its recorded hosts.
func hostsOf(t *testing.T, f *result.Folder) (d *data, all []section) {
	t.Helper()
	d, err := collect(f.Run, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, ask := range hostSections() {
		if s, ok := ask(d); ok {
			all = append(all, s)
		}
	}
	return d, all
}

// TestRecordedRun: the page of a run with two recorded servers and twelve buckets.
func TestRecordedRun(t *testing.T) {
	f := recordedRun(t)
	page := folderPage(t, f)
	if dir := os.Getenv("LBENCH_REPORT_PAGES"); dir != "" { // to look at it
		for name, text := range map[string]string{"recorded.html": page, "traffic.html": written(t, trafficSheet(f.Run.Traffic[0]).writeHTML)} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	checkIDs(t, page)
	checkLabels(t, "recorded", page)
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1) {
		checkSVG(t, svg)
	}
	var ids, contents []string
	for _, m := range regexp.MustCompile(`<h2 id="([^"]*)">`).FindAllStringSubmatch(page, -1) {
		ids = append(ids, m[1])
	}
	if got := strings.Join(ids, " "); !strings.Contains(got, " ledger bucket-lines bucket-requests telemetry hosts host-oss1 host-oss2 epochs ") {
		t.Errorf("sections are %s", got)
	}
	for _, m := range regexp.MustCompile(`<li><a href="#(host[^"]*)">([^<]*)<`).FindAllStringSubmatch(page, -1) {
		contents = append(contents, m[1]+"="+m[2])
	}
	if got := strings.Join(contents, " "); got != "hosts=Recorded hosts host-oss1=oss1 host-oss2=oss2" {
		t.Errorf("contents are %s", got)
	}
}

// TestHostSection: a server's network cards are all real ones, and its lines are shifted by
// its clock, so that its peaks stand where those of the client do.
func TestHostSection(t *testing.T) {
	_, all := hostsOf(t, recordedRun(t))
	if len(all) != 3 {
		t.Fatalf("%d sections", len(all))
	}
	const server = "The host's CPUs were busy at most 37.5 % (at 5 min 14 s, in epoch 2); the network cards sent at most 4.40 GB/s (at 5 min 14 s, in epoch 2); " +
		"clients read from its targets at most 4.40 GB/s (at 5 min 14 s, in epoch 2); hits of the ARC were 0.0 % to 33.3 %; the ARC held 40.0 GB to 57.4 GB; " +
		"the pools read from their devices at most 3.04 GB/s (at 5 min 14 s, in epoch 2); the page cache held 3.10 GB; some task waited for I/O 12.0 % of the time all the time; the disks read 100 MB/s all the time. " +
		"Zero all the time: Lustre targets of this host (written). Of all that was asked of the ARC 31.0 % were hits, of demand for data 18.3 %, counted by accesses and not by bytes. Its lines are broken where nothing was asked. " +
		"Lines go through the lowest and the highest value of each 2.89 s. Summed up are the network cards that moved anything: eth0, eth1. "
	const clock = "Recorded in attached/oss1.ndjson, its clock 2.1 ms ahead, within 300 us: the lines are shifted by that."
	if diff := cmp.Diff(server+clock, all[1].Figure.Caption); diff != "" {
		t.Errorf("caption (-want +got):\n%s", diff)
	}
	if all[1].Lead != "" || all[2].Lead != "The recovery of zettafs-OST0000 was RECOVERING from 3 min 21 s to 4 min 19 s." {
		t.Errorf("leads are %q and %q", all[1].Lead, all[2].Lead)
	}
	if want := "Recorded in attached/oss2.ndjson, its clock 7.0 s behind, within 300 us"; !strings.Contains(all[2].Figure.Caption, want) {
		t.Errorf("caption %q lacks %q", all[2].Figure.Caption, want)
	}
	const peaks = "oss2|37.5 %|3.17 GB/s|4.40 GB/s|100 MB/s|its clock 7.0 s behind, within 300 us"
	var texts []string
	for _, c := range all[0].Table.Rows[1].Cells {
		texts = append(texts, c.Text)
	}
	if got := strings.Join(texts, "|"); got != peaks || all[0].Table.Rows[1].Cells[0].Link != "#host-oss2" {
		t.Errorf("row is %s", got)
	}
}

// TestHostsOfABlockRun: the axis begins with the first operation on other hosts too.
func TestHostsOfABlockRun(t *testing.T) {
	m := blockVariants()["cold-pass"]()
	f := madeFolder(t, m, map[string]any{"oss1.ndjson": serverReadings(m.run, "oss1", 0, 0)})
	d, all := hostsOf(t, f)
	if len(all) != 1 || all[0].Figure == nil {
		t.Fatalf("sections %+v", all)
	}
	h := d.hosts.all[0]
	if h.meanwhile.zero != int64(5*time.Second) || strings.Contains(string(all[0].Figure.Wide), ">epoch 1<") {
		t.Errorf("the axis begins at %d", h.meanwhile.zero)
	}
	for _, l := range h.meanwhile.lines { // what is made for second s stands at s less the 5 before the first operation
		if l.of.name != "obdfilter_read_bytes" {
			continue
		}
		for _, p := range l.env.lines(d.timeEnd())[0] {
			at := float64(p.at)/1e9 + 5
			if low, high := servedAt(at-1.5), servedAt(at+1.5); p.value < low*0.99 || p.value > high*1.01 {
				t.Errorf("at %v it served %v, want %v to %v", at, p.value, low, high)
			}
		}
	}
}

// TestOddHosts: names that are no anchors, machines twice, clocks that nobody compared,
// recordings of another day and ones that can't be read.
func TestOddHosts(t *testing.T) {
	m := newMade(madeAU(), 0)
	m.readings = m.madeTelemetry()
	named := func(s int, host string, value float64) string {
		return fmt.Sprintf(`{"t":%q,"source":"nic","name":"rx_bytes","labels":{"dev":"eth0","host":%q},"value":%v}`+"\n", m.run.Started.Add(time.Duration(s)*time.Second).Format(time.RFC3339Nano), host, value)
	}
	var all, late strings.Builder
	for s := range 20 {
		for _, host := range []string{"nfs 1.example", "nfs-1-example", `"><script>alert(1)</script>`, strings.Repeat("long", 60)} {
			all.WriteString(named(s, host, float64(s)*5e6))
		}
		late.WriteString(named(s+90000, "nfs2", float64(s)*5e6))
	}
	f := madeFolder(t, m, map[string]any{"a.ndjson": all.String(), "b.ndjson": named(1, "nfs-1-example", 7) + named(2, "nfs-1-example", 1e30), "late.ndjson": late.String(), "broken.ndjson": "{}\n", "empty.ndjson": ""})
	page := strings.ReplaceAll(html.UnescapeString(folderPage(t, f)), "\u00a0", " ")
	for _, want := range []string{
		`id="host-nfs-1-example"`, `id="host-nfs-1-example-2"`, `id="host-nfs-1-example-3"`, `id="host----script-alert-1---script-"`, "its clock was not compared with the run's",
		"There are too few readings in the measured time to plot.", "Left out: 1 reading that can't be.", "None of its readings in attached/late.ndjson is of the time of the run: the recording is from 2026-03-14 15:02:00 UTC to 2026-03-14 15:02:19 UTC",
		"A recording in attached/ is left out: read recording", "Recordings of 6 hosts are attached.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	checkIDs(t, folderPage(t, f))
	if page := folderPage(t, f); strings.Contains(page, "<script>alert") || strings.Contains(page, "NaN") {
		t.Error("a name became an element, or a figure is none")
	}
}

// TestManyHosts: the first have plots, more a row, and the rest is counted.
func TestManyHosts(t *testing.T) {
	m := newMade(madeAU(), 0)
	var all strings.Builder
	for s := range 10 {
		for host := range 70 {
			fmt.Fprintf(&all, `{"t":%q,"source":"nic","name":"tx_bytes","labels":{"dev":"eth0","host":"oss%02d"},"value":%d}`+"\n", m.run.Started.Add(time.Duration(s)*time.Second).Format(time.RFC3339Nano), host, s*host*1e6)
		}
	}
	d, sections := hostsOf(t, madeFolder(t, m, map[string]any{"all.ndjson": all.String()}))
	table := sections[0].Table
	if len(sections) != 1+hostsDrawn || len(table.Rows) != hostsKept || d.hosts.more != 70-hostsKept || sections[8].ID != "host-oss07" {
		t.Fatalf("%d sections, %d rows, %d more", len(sections), len(table.Rows), d.hosts.more)
	}
	if r := table.Rows[63]; r.Cells[0].Link != "" || r.Cells[1].Text != "63.0 MB/s" {
		t.Errorf("row is %+v", r.Cells)
	}
	if want := "Recordings of 70 hosts are attached. The first 8 have plots below. The table ends after 64 of them."; sections[0].Lead != want {
		t.Errorf("lead is %q", sections[0].Lead)
	}
}

func TestRecoveryLines(t *testing.T) {
	var r recovery
	at := func(s float64, target, state string) {
		r.add(int64(s*1e9), result.Reading{Source: "lustre_server", Name: "obdfilter_recovery_state", Labels: map[string]string{"target": target, "state": state}})
	}
	at(0, "OST0000", "COMPLETE")
	if lines := r.lines(100e9); len(lines) != 0 {
		t.Errorf("complete: %q", lines)
	}
	for s := range 101 {
		at(float64(s), "OST0001", "WAITING_FOR_CLIENTS")
		at(float64(s), "OST0002", "INACTIVE")
	}
	at(40, "OST0003", "RECOVERING")
	r.add(0, result.Reading{Source: "lustre_server", Name: "obdfilter_read_bytes", Labels: map[string]string{"target": "OST0000"}})
	want := []string{"The recovery of OST0001 was WAITING_FOR_CLIENTS all the time.", "The recovery of OST0003 was RECOVERING at 40 s.", "Recovery was INACTIVE, with no client to wait for: OST0002."}
	if diff := cmp.Diff(want, r.lines(100e9)); diff != "" {
		t.Error(diff)
	}
	for i := range 9 {
		at(50, fmt.Sprint("MDT", i), "RECOVERING")
	}
	if lines := r.lines(100e9); len(lines) != statesTold+2 || lines[statesTold] != "7 states of recovery more are left out." {
		t.Errorf("many: %q", lines)
	}
}

func TestMadeOfNICs(t *testing.T) {
	for name, want := range map[string]bool{"eth0": false, "ens1f0np0": false, "ib0": false, "ib0.8001": false, "lo": true, "bond0": true, "eth0.100": true, "docker0": true, "br-1a2b": true, "vethf00": true} {
		if madeOfNICs(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
