package report

import (
	"net/url"
	"path"
	"strings"
)

// pathOf is a folder's or a file's name as part of a relative address. It can't leave
// the folder that it is below: what is above is cut off.
func pathOf(name string) string {
	clean := strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, "\\", "/")), "/")
	parts := strings.Split(clean, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// reportLink is the address of a run's report, from a page in a folder beside the run's.
func reportLink(dir string) string { return "../" + pathOf(dir) + "/report.html" }
