package mount

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// lustre adds the client's settings and the layouts of the first and last file below dir.
func (s system) lustre(m *result.Mount, dir string, files []string) []result.Warning {
	nids, fsname := parseLustreSource(m.Source)
	l := &result.LustreMount{FSName: fsname}
	m.Lustre, m.Servers, m.Version = l, nids, s.lustreVersion()

	warnings := s.lustreSettings(l)
	for _, file := range ends(files) {
		if d, ok := s.layout(dir, file); ok {
			l.Layouts = append(l.Layouts, d)
		}
	}
	if len(l.Layouts) > 0 && l.Layouts[0].File == files[0] {
		first := l.Layouts[0]
		l.StripeCount, l.StripeSizeBytes, l.Pool = first.StripeCount, first.StripeSizeBytes, first.Pool
	}
	return append(warnings, layoutsDiffer(l.Layouts)...)
}

// parseLustreSource splits "NID[,NID...][:NID...]:/FSNAME[/SUBDIR]". A NID is
// ADDRESS@NET; the address can hold colons itself (IPv6), the net can't.
func parseLustreSource(source string) (nids []string, fsname string) {
	rest, dir, _ := strings.Cut(source, ":/")
	fsname, _, _ = strings.Cut(dir, "/")
	for strings.Contains(rest, "@") {
		at := strings.Index(rest, "@")
		end := len(rest)
		if n := strings.IndexAny(rest[at:], ":,"); n >= 0 {
			end = at + n
		}
		nids = append(nids, rest[:end])
		rest = rest[min(end+1, len(rest)):]
	}
	return nids, fsname
}

// lustreVersion is "2.16.1": the whole file since 2.10, its line "lustre: 2.7.0" before.
func (s system) lustreVersion() string {
	line, _, _ := strings.Cut(s.param("version"), "\n")
	return strings.TrimSpace(strings.TrimPrefix(line, "lustre:"))
}

// param returns a setting, which older clients keep in procfs and newer ones in sysfs.
func (s system) param(name string) string {
	if text := s.text(path.Join("/sys/fs/lustre", name)); text != "" {
		return text
	}
	return s.text(path.Join("/proc/fs/lustre", name))
}

// lustreSettings reads how the client's devices of one file system are set.
func (s system) lustreSettings(l *result.LustreMount) []result.Warning {
	osc := settings{system: s, devices: s.devices("osc", l.FSName, "-OST[0-9a-f]{4}-osc-")}
	lov := settings{system: s, devices: s.devices("lov", l.FSName, "-clilov-")}
	llite := settings{system: s, devices: s.devices("llite", l.FSName, "-")}

	l.MaxRPCsInFlight = integer(osc.value("max_rpcs_in_flight"))
	l.MaxPagesPerRPC = integer(osc.value("max_pages_per_rpc"))
	l.Checksums = checksums(osc.value("checksums"), osc.value("checksum_type"))
	l.Targets = int(integer(lov.value("numobd")))
	l.MaxReadAheadMB, _ = strconv.ParseFloat(llite.value("max_read_ahead_mb"), 64)
	return slices.Concat(osc.differ, lov.differ, llite.differ)
}

func integer(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// checksums is "off", or the algorithm in use: the one in brackets of "adler [t10ip4K]".
func checksums(on, types string) string {
	_, chosen, _ := strings.Cut(types, "[")
	chosen, _, _ = strings.Cut(chosen, "]")
	switch {
	case on == "0":
		return "off"
	case on == "1" && chosen == "":
		return "on"
	case on == "1":
		return chosen
	}
	return ""
}

// devices lists the client's devices of one kind and file system, such as
// osc/FSNAME-OST0000-osc-ID, by name. ID is the client's: a hexadecimal number, which
// tells its devices from those that a server has of the same name.
func (s system) devices(kind, fsname, between string) []string {
	name := regexp.MustCompile("^" + regexp.QuoteMeta(fsname) + between + "[0-9a-f]+$")
	var found []string
	for _, tree := range []string{"/sys/fs/lustre", "/proc/fs/lustre"} {
		entries, _ := os.ReadDir(s.at(path.Join(tree, kind)))
		for _, e := range entries {
			if device := path.Join(kind, e.Name()); name.MatchString(e.Name()) && !slices.Contains(found, device) {
				found = append(found, device)
			}
		}
	}
	slices.Sort(found)
	return found
}

// settings reads one setting of several devices that should agree. Of several mounts
// of one file system, which device is whose can't be told, so all are compared.
type settings struct {
	system  system
	devices []string
	differ  []result.Warning
}

// value returns the first device's value, with a warning if another has a different one.
func (s *settings) value(name string) string {
	var first, from string
	for _, device := range s.devices {
		text := s.system.param(path.Join(device, name))
		switch {
		case text == "":
		case first == "":
			first, from = text, device
		case text != first:
			s.differ = append(s.differ, result.Warning{
				Code: "lustre_settings_differ",
				Text: fmt.Sprintf("Lustre setting %s is %q in %s but %q in %s; the first is shown", name, first, from, text, device),
			})
			return first
		}
	}
	return first
}

// ends returns the first and last of files, and each once.
func ends(files []string) []string {
	if len(files) < 2 || files[0] == files[len(files)-1] {
		return files[:min(len(files), 1)]
	}
	return []string{files[0], files[len(files)-1]}
}

// layout reads how one file lies on the targets: absent where the xattr is.
func (s system) layout(dir, file string) (result.LustreLayout, bool) {
	value := make([]byte, 1<<16) // the largest xattr Linux has
	n, err := s.getxattr(s.at(path.Join(dir, file)), "lustre.lov", value)
	if err != nil {
		return result.LustreLayout{}, false
	}
	l, err := parseLOV(value[:n])
	if err != nil {
		return result.LustreLayout{File: file, Kind: "unknown"}, true
	}
	return l.describe(file), true
}

// layoutsDiffer warns if the first and last file don't lie on the targets alike.
func layoutsDiffer(layouts []result.LustreLayout) []result.Warning {
	if len(layouts) < 2 {
		return nil
	}
	a, b := layouts[0], layouts[1]
	if a.Kind == b.Kind && a.StripeCount == b.StripeCount && a.StripeSizeBytes == b.StripeSizeBytes &&
		a.Pool == b.Pool && a.Components == b.Components {
		return nil
	}
	return []result.Warning{{
		Code: "lustre_layouts_differ",
		Text: fmt.Sprintf("%s and %s have different Lustre layouts: %s; %s", a.File, b.File, brief(a), brief(b)),
	}}
}

func brief(l result.LustreLayout) string {
	text := l.Kind
	if l.Components > 0 {
		text += fmt.Sprintf(" of %d components", l.Components)
	}
	if l.StripeCount > 0 {
		text += fmt.Sprintf(", stripe count %d, stripe size %s", l.StripeCount, units.BinaryBytes(float64(l.StripeSizeBytes)))
	}
	if l.Pool != "" {
		text += ", pool " + l.Pool
	}
	return text
}
