package telemetry

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCaptures parses every file that a source reads in the folder $LBENCH_CAPTURES, which
// holds file trees of many NFS clients, Lustre clients and servers, and ZFS hosts, and
// output of lctl get_param.
func TestCaptures(t *testing.T) {
	dir := os.Getenv("LBENCH_CAPTURES")
	if dir == "" {
		return
	}
	parsed := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text, _, _ := strings.Cut(string(b), "\x00") // files of sysfs were copied padded
		what, readings, err := parseCapture(path, text)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if what != "" {
			parsed[what]++
			parsed["readings"] += readings
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("parsed %v", parsed)
	for _, what := range []string{"mountstats", "kstat", "params", "llite.*.stats", "osc.*.rpc_stats", "osc.*.import", "obdfilter.*.stats", "mdt.*.md_stats", "osd-zfs.*.brw_stats"} {
		if parsed[what] == 0 {
			t.Errorf("%s has no %s", dir, what)
		}
	}
}

// parseCapture says what kind of file a path is, parses it, and counts the readings.
func parseCapture(path, text string) (what string, n int, err error) {
	r := readings{}
	parts := strings.Split(path, string(filepath.Separator))
	name := parts[len(parts)-1]
	switch {
	case name == "mountstats":
		mounts, err := parseMountstats(text)
		for _, m := range mounts {
			m.addTo(&r)
		}
		return "mountstats", len(r.all), err
	case strings.Contains(path, "spl/kstat/zfs/") && slices.Contains([]string{"arcstats", "zfetchstats", "io", "iostats"}, name):
		counters, err := parseKstat(text)
		return "kstat", len(counters), err
	case strings.HasSuffix(name, ".txt") && len(parseParams(text)) > 0:
		all, err := ReadParams(text, time.Time{})
		return "params", len(all), err
	case len(parts) < 3:
		return "", 0, nil
	}
	for _, p := range append(lustreClientParams(), lustreServerParams()...) {
		if p.kind == parts[len(parts)-3] && p.file == name {
			err := p.take(newLustreDevice(&r, p.kind, parts[len(parts)-2]), text)
			return p.String(), len(r.all), err
		}
	}
	return "", 0, nil
}
