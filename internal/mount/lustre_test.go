package mount

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// xattrs answers getxattr of lustre.lov out of the captures: the file NAME has NAME.bin.
func xattrs(t *testing.T, root, dir string) func(string, string, []byte) (int, error) {
	return func(path, name string, buf []byte) (int, error) {
		rel, err := filepath.Rel(filepath.Join(root, dir), path)
		if err != nil || name != "lustre.lov" {
			t.Errorf("getxattr(%q, %q)", path, name)
		}
		b, err := os.ReadFile("testdata/lov/" + rel + ".bin")
		if err != nil {
			return 0, unix.ENODATA
		}
		return copy(buf, b), nil
	}
}

func TestDescribeLustre(t *testing.T) {
	root := capture(t, "lustre-2.16.1")
	s := noCalls(root)
	s.getxattr = xattrs(t, root, "/mnt/lustre/data")

	got, warnings := s.describe("/mnt/lustre/data", []string{"stripe2_start1", "unread", "pool_fast"})
	want := &result.Mount{
		Path: "/mnt/lustre", Type: "lustre", Source: "192.168.77.1@tcp:/lbtest", Servers: []string{"192.168.77.1@tcp"},
		Options: "rw,checksum,flock,nouser_xattr,lruresize,lazystatfs,nouser_fid2path,verbose,encrypt,statfs_project",
		Version: "2.16.1", Network: true,
		Lustre: &result.LustreMount{
			FSName: "lbtest", StripeCount: 2, StripeSizeBytes: 4 << 20, Targets: 2,
			MaxRPCsInFlight: 8, MaxPagesPerRPC: 256, MaxReadAheadMB: 256, Checksums: "t10ip4K",
			Layouts: []result.LustreLayout{
				{File: "stripe2_start1", Kind: "plain", StripeCount: 2, StripeSizeBytes: 4 << 20, Targets: []int{1, 0}},
				{File: "pool_fast", Kind: "plain", StripeCount: 1, StripeSizeBytes: 2 << 20, Pool: "fast", Targets: []int{1}},
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantWarnings := []result.Warning{{
		Code: "lustre_layouts_differ",
		Text: "stripe2_start1 and pool_fast have different Lustre layouts: plain, stripe count 2, stripe size 4.00 MiB; plain, stripe count 1, stripe size 2.00 MiB, pool fast",
	}}
	if diff := cmp.Diff(wantWarnings, warnings); diff != "" {
		t.Error(diff)
	}
}

func TestLustreOld(t *testing.T) {
	root := capture(t, "lustre-2.10")
	write(t, root+"/proc/self/mountinfo", "9 1 0:77 / /lustre rw - lustre 172.20.20.1@o2ib:172.20.20.2@o2ib:/lustrefs/sub rw,flock\n")
	got, warnings := noCalls(root).describe("/lustre", []string{"a"})
	want := &result.LustreMount{
		FSName: "lustrefs", Targets: 7, MaxRPCsInFlight: 8, MaxPagesPerRPC: 1024, MaxReadAheadMB: 64, Checksums: "crc32c",
	}
	if diff := cmp.Diff(want, got.Lustre); diff != "" || len(warnings) > 0 {
		t.Error(diff, warnings)
	}
	if got.Version != "2.10.1" || len(got.Servers) != 2 {
		t.Errorf("version %q, servers %q", got.Version, got.Servers)
	}
}

// TestLustreBare is a client of which nothing can be read.
func TestLustreBare(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/proc/self/mountinfo", "9 1 0:77 / /m rw - lustre 10.0.0.8@tcp:/fs rw\n")
	got, warnings := noCalls(root).describe("/m", nil)
	if diff := cmp.Diff(&result.LustreMount{FSName: "fs"}, got.Lustre); diff != "" || len(warnings) > 0 {
		t.Error(diff, warnings)
	}
}

// TestLustreOthers has devices that must not be asked: of a file system with a longer
// name, and a server's own.
func TestLustreOthers(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/proc/self/mountinfo", "9 1 0:77 / /m rw - lustre 10.0.0.8@tcp:/fs rw\n")
	for device, value := range map[string]string{
		"fs-OST0000-osc-ffff01":     "16",
		"fs-OST000a-osc-ffff01":     "16",
		"fs-OST0001-osc-MDT0000":    "1",
		"fs-two-OST0000-osc-ffff02": "2",
		"xfs-OST0000-osc-ffff03":    "3",
		"fs-MDT0000-mdc-ffff01":     "4",
	} {
		write(t, root+"/sys/fs/lustre/osc/"+device+"/max_rpcs_in_flight", value+"\n")
	}
	write(t, root+"/sys/fs/lustre/llite/fs-two-ffff02/max_read_ahead_mb", "5\n")
	write(t, root+"/sys/fs/lustre/llite/fs-ffff01/max_read_ahead_mb", "1024.50\n\x00\x00\x00")
	got, warnings := noCalls(root).describe("/m", nil)
	want := &result.LustreMount{FSName: "fs", MaxRPCsInFlight: 16, MaxReadAheadMB: 1024.5}
	if diff := cmp.Diff(want, got.Lustre); diff != "" || len(warnings) > 0 {
		t.Error(diff, warnings)
	}

	write(t, root+"/sys/fs/lustre/osc/fs-OST000a-osc-ffff01/max_rpcs_in_flight", "32\n")
	got, warnings = noCalls(root).describe("/m", nil)
	wantWarnings := []result.Warning{{
		Code: "lustre_settings_differ",
		Text: `Lustre setting max_rpcs_in_flight is "16" in osc/fs-OST0000-osc-ffff01 but "32" in osc/fs-OST000a-osc-ffff01; the first is shown`,
	}}
	if diff := cmp.Diff(wantWarnings, warnings); diff != "" || got.Lustre.MaxRPCsInFlight != 16 {
		t.Error(diff, got.Lustre.MaxRPCsInFlight)
	}
}

func TestLustreLayouts(t *testing.T) {
	root := capture(t, "lustre-2.16.1")
	tests := []struct {
		name     string
		files    []string
		layouts  []string // files that get one
		stripes  int      // of the mount: only the first file's
		warnings int
	}{
		{"no files", nil, nil, 0, 0},
		{"one file", []string{"plain1"}, []string{"plain1"}, 1, 0},
		{"one file twice", []string{"plain1", "plain1"}, []string{"plain1"}, 1, 0},
		{"alike but for the target", []string{"dir_c2__inherit", "x", "stripe2_start1"}, []string{"dir_c2__inherit", "stripe2_start1"}, 2, 0},
		{"no xattr on the first", []string{"none", "stripe2"}, []string{"stripe2"}, 0, 0},
		{"no xattr on the last", []string{"stripe2", "none"}, []string{"stripe2"}, 2, 0},
		{"composite and plain", []string{"pfl_full", "plain1"}, []string{"pfl_full", "plain1"}, 2, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := noCalls(root)
			s.getxattr = xattrs(t, root, "/mnt/lustre")
			got, warnings := s.describe("/mnt/lustre", tt.files)
			var layouts []string
			for _, l := range got.Lustre.Layouts {
				layouts = append(layouts, l.File)
			}
			if diff := cmp.Diff(tt.layouts, layouts); diff != "" {
				t.Error(diff)
			}
			if got.Lustre.StripeCount != tt.stripes || len(warnings) != tt.warnings {
				t.Errorf("%d stripes, warnings %+v", got.Lustre.StripeCount, warnings)
			}
		})
	}
}

// TestLustreCorrupt has an xattr that can't be decoded: the file is named, as unknown.
func TestLustreCorrupt(t *testing.T) {
	s := noCalls(capture(t, "lustre-2.16.1"))
	s.getxattr = func(_, _ string, buf []byte) (int, error) { return copy(buf, "\xd0\x0b\xd1\x0b short"), nil }
	got, _ := s.describe("/mnt/lustre", []string{"f"})
	if diff := cmp.Diff([]result.LustreLayout{{File: "f", Kind: "unknown"}}, got.Lustre.Layouts); diff != "" {
		t.Error(diff)
	}
}

func TestParseLustreSource(t *testing.T) {
	tests := []struct {
		source string
		nids   []string
		fsname string
	}{
		{"10.0.0.8@tcp:/fs", []string{"10.0.0.8@tcp"}, "fs"},
		{"10.0.0.8@tcp1,10.1.0.8@o2ib2:10.0.0.9@tcp1,10.1.0.9@o2ib2:/scratch/sub:/dir", []string{"10.0.0.8@tcp1", "10.1.0.8@o2ib2", "10.0.0.9@tcp1", "10.1.0.9@o2ib2"}, "scratch"},
		{"2001:db8::1@tcp:2001:db8::2@tcp:/fs", []string{"2001:db8::1@tcp", "2001:db8::2@tcp"}, "fs"},
		{"0@lo:/fs", []string{"0@lo"}, "fs"},
		{"mgs:/fs", nil, "fs"},
		{"/dev/sda", nil, ""},
		{"", nil, ""},
	}
	for _, tt := range tests {
		nids, fsname := parseLustreSource(tt.source)
		if diff := cmp.Diff(tt.nids, nids); diff != "" || fsname != tt.fsname {
			t.Errorf("%q: fsname %q, %s", tt.source, fsname, diff)
		}
	}
}

func TestLustreVersion(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/proc/fs/lustre/version", "lustre: 2.7.0\nkernel: patchless_client\nbuild:  2.7.0\n")
	if got := noCalls(root).lustreVersion(); got != "2.7.0" {
		t.Errorf("version %q, want 2.7.0", got)
	}
}

func TestChecksums(t *testing.T) {
	for _, tt := range []struct{ on, types, want string }{
		{"1", "adler t10ip512 [t10ip4K] ", "t10ip4K"}, {"0", "adler [crc32c]", "off"}, {"1", "", "on"}, {"", "[adler]", ""}, {"1", "adler", "on"},
	} {
		if got := checksums(tt.on, tt.types); got != tt.want {
			t.Errorf("checksums(%q, %q) = %q, want %q", tt.on, tt.types, got, tt.want)
		}
	}
}
