package mount

import "slices"

// Network says whether a file system of this type is reached over a network, as far as
// its name tells.
func Network(fsType string) bool {
	return slices.Contains([]string{
		"nfs", "nfs4", "lustre", "ceph", "fuse.ceph", "cifs", "smb3", "9p", "virtiofs", "afs", "beegfs", "gpfs", "wekafs", "pvfs2",
		"fuse.glusterfs", "fuse.sshfs", "fuse.s3fs", "fuse.gcsfuse", "fuse.juicefs", "fuse.geesefs", "fuse.goofys", "fuse.rclone", "panfs", "dtfs", "quobyte", "fuse.quobyte",
	}, fsType)
}
