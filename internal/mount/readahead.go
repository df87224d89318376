package mount

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// ReadAhead is how many bytes the kernel may read ahead of one reader of a file in dir;
// false where that can't be known, as of Lustre, which reads ahead by rules of its own. root
// is "/", or a tree that holds a test's sys.
func ReadAhead(root, dir string) (bytes int64, known bool) {
	info, err := os.Stat(dir)
	if err != nil {
		return 0, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	device := fmt.Sprintf("%d:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev))
	for _, place := range []string{
		"/sys/class/bdi/" + device, "/sys/dev/block/" + device + "/queue",
		"/sys/dev/block/" + device + "/../queue", // of a partition's disk: .. is of the link's target
	} {
		text, err := os.ReadFile(root + place + "/read_ahead_kb")
		if err != nil {
			continue
		}
		if kb, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && kb >= 0 {
			return kb << 10, true
		}
	}
	return 0, false
}
