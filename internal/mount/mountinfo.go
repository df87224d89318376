package mount

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// entry is one line of mountinfo: proc_pid_mountinfo(5).
type entry struct {
	device  string   // MAJ:MIN
	point   string   // where it is mounted
	options []string // of this mount: rw, relatime, ...
	fstype  string
	source  string
	super   []string // of the file system: rw, vers=4.2, ...
}

// parseMountinfo reads /proc/self/mountinfo, in the order of the file.
func parseMountinfo(r io.Reader) ([]entry, error) {
	var entries []entry
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20) // overlay mounts have long lines
	for n := 1; lines.Scan(); n++ {
		e, err := parseEntry(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("mountinfo line %d: %w", n, err)
		}
		entries = append(entries, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading mountinfo: %w", err)
	}
	return entries, nil
}

// parseEntry reads "ID PARENT MAJ:MIN ROOT POINT OPTIONS TAG... - TYPE SOURCE SUPER".
// The source can be empty, which leaves two spaces in a row: hence no strings.Fields.
func parseEntry(line string) (entry, error) {
	left, right, ok := strings.Cut(line, " - ")
	mount, super := strings.Split(left, " "), strings.SplitN(right, " ", 3)
	if !ok || len(mount) < 6 || len(super) < 3 {
		return entry{}, fmt.Errorf("%q is not ID PARENT MAJ:MIN ROOT POINT OPTIONS [TAGS] - TYPE SOURCE OPTIONS", line)
	}
	return entry{
		device:  mount[2],
		point:   unescape(mount[4]),
		options: strings.Split(mount[5], ","),
		fstype:  unescape(super[0]),
		source:  unescape(super[1]),
		super:   strings.Split(super[2], ","),
	}, nil
}

// unescape turns the kernel's \040 and the like (three octal digits) into bytes.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] <= '3' && octal(s[i+1]) && octal(s[i+2]) && octal(s[i+3]) {
			b = append(b, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func octal(c byte) bool { return '0' <= c && c <= '7' }

// find returns the mount that serves path: the one with the longest mount point, and
// of several on one point the last, which hides the others.
func find(entries []entry, path string) (entry, bool) {
	var best entry
	found := false
	for _, e := range entries {
		if within(path, e.point) && len(e.point) >= len(best.point) {
			best, found = e, true
		}
	}
	return best, found
}

func within(path, point string) bool {
	return point == "/" || path == point || strings.HasPrefix(path, point+"/")
}

// joinOptions merges the options of mount and file system as /proc/mounts does: "ro"
// if either says so, then each option once.
func joinOptions(mount, super []string) string {
	access := "rw"
	if slices.Contains(mount, "ro") || slices.Contains(super, "ro") {
		access = "ro"
	}
	all := []string{access}
	for _, o := range slices.Concat(mount, super) {
		if o != "" && o != "rw" && o != "ro" && !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	return strings.Join(all, ",")
}

// option returns the value of name=value, or of a bare name "". The last one counts.
func option(options []string, name string) (value string, ok bool) {
	for _, o := range slices.Backward(options) {
		if key, value, _ := strings.Cut(o, "="); key == name {
			return value, true
		}
	}
	return "", false
}
