package mount

import (
	"slices"
	"strings"
)

// network says whether the data of a file system of this type comes through the network
// cards, as far as its name tells. Most file systems of FUSE are remote.
func network(fsType string) bool {
	return strings.HasPrefix(fsType, "fuse.") || slices.Contains([]string{
		"nfs", "nfs4", "lustre", "ceph", "cifs", "smb3", "gpfs", "beegfs", "wekafs", "pvfs2", "panfs", "quobyte", "afs", "9p",
	}, fsType)
}
