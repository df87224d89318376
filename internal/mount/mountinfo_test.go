package mount

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMountinfo(t *testing.T) {
	tests := []struct {
		name, line string
		want       entry
	}{
		{"tags", `92 26 0:710 / /mnt/a rw,noatime shared:49 master:2 - lustre 10.0.0.8@tcp:/fs rw,flock`,
			entry{"0:710", "/mnt/a", []string{"rw", "noatime"}, "lustre", "10.0.0.8@tcp:/fs", []string{"rw", "flock"}}},
		{"no tags", `27 1 254:0 / / rw - ext4 /dev/vda ro`,
			entry{"254:0", "/", []string{"rw"}, "ext4", "/dev/vda", []string{"ro"}}},
		{"escapes", `5 1 0:5 / /a\040b\011c\134d rw - nfs srv:/x\040y rw`,
			entry{"0:5", "/a b\tc\\d", []string{"rw"}, "nfs", "srv:/x y", []string{"rw"}}},
		{"dash in the mount point", `5 1 0:5 / /a-\040-b rw - nfs srv:/x rw`,
			entry{"0:5", "/a- -b", []string{"rw"}, "nfs", "srv:/x", []string{"rw"}}},
		{"empty source", `5 1 0:5 / /t rw - tmpfs  rw,size=4k`,
			entry{"0:5", "/t", []string{"rw"}, "tmpfs", "", []string{"rw", "size=4k"}}},
		{"space in the options", `5 1 0:5 / /t rw - fuse.x y rw,name=a b`,
			entry{"0:5", "/t", []string{"rw"}, "fuse.x", "y", []string{"rw", "name=a b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseMountinfo(strings.NewReader(tt.line + "\n"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]entry{tt.want}, got, cmp.AllowUnexported(entry{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseMountinfoRefuses(t *testing.T) {
	for _, line := range []string{
		"",
		"27 1 254:0 / / rw",
		"27 1 254:0 / / - ext4 /dev/vda rw",
		"27 1 254:0 / / rw - ext4",
		"27 1 254:0 / / rw - ext4 /dev/vda",
	} {
		good := "27 1 254:0 / / rw - ext4 /dev/vda ro\n"
		got, err := parseMountinfo(strings.NewReader(good + line + "\n"))
		if err == nil {
			t.Errorf("%q is taken as %+v", line, got)
		} else if !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: error %q doesn't name the line", line, err)
		}
	}
	if _, err := parseMountinfo(strings.NewReader(strings.Repeat("x", 2<<20))); err == nil {
		t.Error("a line of 2 MiB is taken")
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		``: ``, `a`: `a`, `\040`: ` `, `\134\054`: `\,`, `a\377`: "a\xff",
		`\`: `\`, `\04`: `\04`, `\048`: `\048`, `\400`: `\400`, `\n040`: `\n040`, `\0401`: ` 1`,
	} {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	entries := []entry{
		{point: "/", source: "root"},
		{point: "/mnt/data", source: "below"},
		{point: "/mnt/data", source: "above"},
		{point: "/mnt/data/deep", source: "deep"},
		{point: "/mnt", source: "mnt"},
	}
	for path, want := range map[string]string{
		"/":                "root",
		"/home":            "root",
		"/mnt":             "mnt",
		"/mnt/database":    "mnt",
		"/mnt/data":        "above",
		"/mnt/data/x":      "above",
		"/mnt/data/deep":   "deep",
		"/mnt/data/deep/x": "deep",
		"/mnt/data/deeper": "above",
	} {
		if got, ok := find(entries, path); !ok || got.source != want {
			t.Errorf("%s is served by %q, %v; want %q", path, got.source, ok, want)
		}
	}
	if got, ok := find(entries[1:], "/home"); ok {
		t.Errorf("/home is served by %+v though nothing is mounted above it", got)
	}
}

func TestJoinOptions(t *testing.T) {
	tests := []struct{ mount, super, want string }{
		{"rw,relatime", "rw,vers=3", "rw,relatime,vers=3"},
		{"ro,relatime", "rw,vers=3", "ro,relatime,vers=3"},
		{"rw,sync", "ro,sync", "ro,sync"},
		{"rw", "", "rw"},
	}
	for _, tt := range tests {
		if got := joinOptions(strings.Split(tt.mount, ","), strings.Split(tt.super, ",")); got != tt.want {
			t.Errorf("joinOptions(%q, %q) = %q, want %q", tt.mount, tt.super, got, tt.want)
		}
	}
}

func FuzzParseMountinfo(f *testing.F) {
	f.Add("27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n")
	f.Add("5 1 0:5 / /a\\040b rw -  - nfs srv:/x rw,addr=1\n")
	f.Add("5 1 0:5 / \\ rw - tmpfs  \n\n")
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := parseMountinfo(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, e := range entries {
			if got, ok := find(entries, e.point); !ok || got.point != e.point {
				t.Errorf("%q is served by %q", e.point, got.point)
			}
		}
	})
}
