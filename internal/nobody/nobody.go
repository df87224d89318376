// Package nobody lets a test act as a user who owns nothing: root, as which tests may
// run, passes every permission.
package nobody

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Do runs f as an ordinary user. Only f's own goroutine is that user: its thread changes,
// and ends with it.
func Do(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if os.Getuid() == 0 {
			const nobody = 65534
			runtime.LockOSThread() // for good
			unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0)
			unix.RawSyscall(unix.SYS_SETRESGID, nobody, nobody, nobody)
			if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
				t.Errorf("become nobody: %v", errno)
				return
			}
		}
		f()
	}()
	<-done
}

// Reach lets other users reach a folder of a test, which Go makes for its user only.
func Reach(t *testing.T, dir string) {
	t.Helper()
	for parent := filepath.Dir(dir); parent != os.TempDir() && len(parent) > 1; parent = filepath.Dir(parent) {
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
