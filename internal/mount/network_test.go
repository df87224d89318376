package mount

import "testing"

func TestNetwork(t *testing.T) {
	for fsType, want := range map[string]bool{
		"ext4": false, "tmpfs": false, "fuseblk": false, "xfs": false,
		"nfs": true, "nfs4": true, "lustre": true, "ceph": true, "fuse.glusterfs": true,
	} {
		if got := network(fsType); got != want {
			t.Errorf("%s is over a network: %v, want %v", fsType, got, want)
		}
	}
}
