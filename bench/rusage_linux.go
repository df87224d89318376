package main

import (
	"os/exec"
	"syscall"
)

// rusage is the largest resident size of a finished process, in bytes.
func rusage(cmd *exec.Cmd) (int64, bool) {
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, false
	}
	return usage.Maxrss * 1024, true
}
