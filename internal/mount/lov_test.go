package mount

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/internal/result"
)

// getstripe is what lfs getstripe prints as YAML. Of a directory's default the names
// lack "lmm_".
type getstripe struct {
	yamlStripes `yaml:",inline"`
	Mirrors     int `yaml:"lcm_mirror_count"`
	Entries     int `yaml:"lcm_entry_count"`
	Components  []struct {
		ID        string      `yaml:"lcme_id"` // N/A in a default
		Flags     string      `yaml:"lcme_flags"`
		Start     uint64      `yaml:"lcme_extent.e_start"`
		End       string      `yaml:"lcme_extent.e_end"`
		SubLayout yamlStripes `yaml:"sub_layout"`
	} `yaml:"components"`
	Foreign string `yaml:"lfm_magic"`
}

type yamlStripes struct {
	Count         int    `yaml:"lmm_stripe_count"`
	Size          uint32 `yaml:"lmm_stripe_size"`
	ExtensionSize uint32 `yaml:"lmm_extension_size"`
	Pattern       string `yaml:"lmm_pattern"`
	Pool          string `yaml:"lmm_pool"`
	Objects       []struct {
		OST int `yaml:"l_ost_idx"`
	} `yaml:"lmm_objects"`

	DefaultCount   int    `yaml:"stripe_count"`
	DefaultSize    uint32 `yaml:"stripe_size"`
	DefaultPattern string `yaml:"pattern"`
	DefaultPool    string `yaml:"pool"`
}

func (y yamlStripes) stripes(t *testing.T) stripes {
	patterns := map[string]uint32{"raid0": 0x1, "mdt": 0x100, "raid0,overstriped": 0x201}
	name := y.Pattern + y.DefaultPattern
	pattern, ok := patterns[name]
	if !ok {
		t.Fatalf("pattern %q is not known to the test", name)
	}
	s := stripes{pattern: pattern, count: y.Count + y.DefaultCount, size: y.Size + y.DefaultSize + y.ExtensionSize>>10, pool: y.Pool + y.DefaultPool}
	for _, o := range y.Objects {
		s.targets = append(s.targets, o.OST)
	}
	return s
}

func (y getstripe) layout(t *testing.T) layout {
	switch {
	case y.Foreign != "":
		return layout{kind: "foreign"}
	case y.Components == nil:
		return layout{kind: "plain", plain: y.stripes(t)}
	}
	l := layout{kind: "composite", mirrors: y.Mirrors}
	flags := map[string]uint32{"0": 0, "init": flagInit, "init,stale": flagInit | flagStale, "extension": flagExtension}
	for _, c := range y.Components {
		id, _ := strconv.ParseUint(c.ID, 10, 32)
		end, err := strconv.ParseUint(c.End, 10, 64)
		if err != nil {
			end = 1<<64 - 1 // EOF
		}
		l.components = append(l.components, component{uint32(id), flags[c.Flags], c.Start, end, c.SubLayout.stripes(t)})
	}
	if len(l.components) != y.Entries {
		t.Fatalf("%d components, lcm_entry_count %d", len(l.components), y.Entries)
	}
	return l
}

// TestParseLOV holds the decoder against what lfs says of the same files.
func TestParseLOV(t *testing.T) {
	values, _ := filepath.Glob("testdata/lov/*.bin")
	if len(values) != 28 {
		t.Fatalf("%d captures, want 28", len(values))
	}
	for _, name := range values {
		name = strings.TrimSuffix(name, ".bin")
		t.Run(filepath.Base(name), func(t *testing.T) {
			var truth getstripe
			if err := yaml.Unmarshal(read(t, name+".yaml"), &truth); err != nil {
				t.Fatal(err)
			}
			got, err := parseLOV(read(t, name+".bin"))
			if err != nil {
				t.Fatal(err)
			}
			// A directory default may name no pattern, which is the default one: raid0.
			if got.kind == "plain" && got.plain.pattern == 0 {
				got.plain.pattern = 1
			}
			// Of an extension component lfs prints 0 stripes, whatever the value says.
			for i, c := range got.components {
				if c.flags&flagExtension != 0 {
					got.components[i].count = 0
				}
			}
			unexported := cmp.AllowUnexported(layout{}, stripes{}, component{})
			if diff := cmp.Diff(truth.layout(t), got, unexported); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDescribeLayout(t *testing.T) {
	const mib = 1 << 20
	tests := map[string]result.LustreLayout{
		"plain1":           {Kind: "plain", StripeCount: 1, StripeSizeBytes: 4 * mib, Targets: []int{1}},
		"stripe2_start1":   {Kind: "plain", StripeCount: 2, StripeSizeBytes: 4 * mib, Targets: []int{1, 0}},
		"overstripe4":      {Kind: "plain", StripeCount: 4, StripeSizeBytes: 1 * mib, Targets: []int{1, 0, 1, 0}},
		"pool_fast":        {Kind: "plain", StripeCount: 1, StripeSizeBytes: 2 * mib, Pool: "fast", Targets: []int{1}},
		"pfl_empty":        {Kind: "composite", StripeCount: 1, StripeSizeBytes: 1 * mib, Targets: []int{1}, Components: 3},
		"pfl_full":         {Kind: "composite", StripeCount: 2, StripeSizeBytes: 16 * mib, Targets: []int{0, 1}, Components: 3},
		"pfl_pool":         {Kind: "composite", StripeCount: 1, StripeSizeBytes: 4 * mib, Pool: "fast", Targets: []int{1}, Components: 3},
		"dom":              {Kind: "composite", StripeCount: 2, StripeSizeBytes: 1 * mib, Targets: []int{1, 0}, Components: 2},
		"dom_only":         {Kind: "composite", StripeSizeBytes: mib / 16, Components: 1},
		"sel":              {Kind: "composite", StripeCount: 1, StripeSizeBytes: 1 * mib, Targets: []int{0}, Components: 4},
		"mirror2":          {Kind: "composite", StripeCount: 1, StripeSizeBytes: 4 * mib, Targets: []int{0}, Components: 2}, // the other is stale
		"foreign":          {Kind: "foreign"},
		"dir_all__inherit": {Kind: "plain", StripeCount: 2, StripeSizeBytes: 4 * mib, Targets: []int{1, 0}},
		"dir_all":          {Kind: "plain"}, // all targets, but of no file: how many isn't said
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			l, err := parseLOV(read(t, "testdata/lov/"+name+".bin"))
			if err != nil {
				t.Fatal(err)
			}
			want.File = name
			if diff := cmp.Diff(want, l.describe(name)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseLOVRefuses(t *testing.T) {
	plain, pool, composite := read(t, "testdata/lov/plain1.bin"), read(t, "testdata/lov/pool_fast.bin"), read(t, "testdata/lov/pfl_full.bin")
	tests := map[string][]byte{
		"nothing":              nil,
		"no magic":             plain[:3],
		"half a header":        plain[:31],
		"half an object":       plain[:40],
		"half a pool name":     pool[:47],
		"half a header of PFL": composite[:31],
		"half an entry":        composite[:32+47],
		"a component cut off":  composite[:len(composite)-1],
		"a component beyond":   patched(composite, 32+24, 0xFFFFFFFF),
		"a component in one":   patched(composite, int(binary.LittleEndian.Uint32(composite[32+24:])), magicComposite),
	}
	for name, value := range tests {
		if got, err := parseLOV(value); err == nil {
			t.Errorf("%s is taken as %+v", name, got)
		}
	}
}

func TestParseLOVUnknown(t *testing.T) {
	l, err := parseLOV(patched(read(t, "testdata/lov/plain1.bin"), 0, 0x0BD90BD0))
	if err != nil || l.kind != "unknown" {
		t.Errorf("an unheard-of magic is %+v, %v", l, err)
	}
}

func FuzzParseLOV(f *testing.F) {
	values, _ := filepath.Glob("testdata/lov/*.bin")
	for _, name := range values {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := parseLOV(b)
		if err != nil {
			return
		}
		d := l.describe("x")
		if d.StripeCount < 0 || len(d.Targets)*objectSize > len(b)*max(1, len(l.components)) {
			t.Errorf("%d bytes give %+v", len(b), d)
		}
	})
}

func patched(b []byte, at int, value uint32) []byte {
	b = slices.Clone(b)
	binary.LittleEndian.PutUint32(b[at:], value)
	return b
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
