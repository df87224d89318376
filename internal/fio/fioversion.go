package fio

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The minor numbers of fio 3 whose options and output this package knows.
const (
	oldestFio = 20
	newestFio = 49
)

// askFio is how long fio may take to say something about itself.
const askFio = 10 * time.Second

// installed is the fio(1) that is on this machine.
type installed struct {
	path    string
	version string // as "fio-3.33"
}

// findFio looks for a program, by name or path, and asks for its version.
func findFio(ctx context.Context, path string) (installed, error) {
	if path == "" {
		path = "fio"
	}
	found, err := exec.LookPath(path)
	if err != nil {
		where := ""
		if !strings.Contains(path, "/") {
			where = " in PATH"
		}
		return installed{}, fmt.Errorf("--runner fio: fio isn't installed (looked for %q%s): apt-get install fio, or use --runner native: %w", path, where, err)
	}
	said, err := ask(ctx, found, "--version")
	if err != nil {
		return installed{}, fmt.Errorf("--runner fio: ask %q for its version: %w", found, err)
	}
	version := firstLine(said)
	if err := checkVersion(version); err != nil {
		return installed{}, fmt.Errorf("--runner fio: %q is %w", found, err)
	}
	return installed{path: found, version: version}, nil
}

// checkVersion accepts fio 3.20 to 3.49, builds between two versions included.
func checkVersion(version string) error {
	number := regexp.MustCompile(`^fio-(\d+)\.(\d+)`).FindStringSubmatch(version)
	if number != nil {
		minor, err := strconv.Atoi(number[2])
		if err == nil && number[1] == "3" && minor >= oldestFio && minor <= newestFio {
			return nil
		}
	}
	return fmt.Errorf("version %q: want fio-3.%d to fio-3.%d: install one of these, or use --runner native", version, oldestFio, newestFio)
}

// engine is the ioengine that serves a depth best: psync for one operation at a time,
// else io_uring where fio and the kernel have it, else libaio.
func (f installed) engine(ctx context.Context, depth int) (string, error) {
	if depth <= 1 {
		return "psync", nil
	}
	said, err := ask(ctx, f.path, "--enghelp=io_uring")
	if err != nil && ctx.Err() != nil {
		return "", ctx.Err()
	}
	// It says so of an engine that it lacks, and ends with 0.
	if err != nil || strings.Contains(said, "not found") || !kernelHasUring() {
		return "libaio", nil
	}
	return "io_uring", nil
}

// kernelHasUring tries io_uring_setup(2) without parameters: one that is allowed fails
// to read these, and not with ENOSYS or EPERM.
func kernelHasUring() bool {
	_, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0)
	return errno == unix.EFAULT
}

// ask runs fio for a few words on stdout.
func ask(ctx context.Context, path string, args ...string) (string, error) {
	asked, cancel := context.WithTimeout(ctx, askFio)
	defer cancel()
	c := exec.CommandContext(asked, path, args...)
	c.WaitDelay = time.Second
	out, err := c.Output()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		err = fmt.Errorf("%w: %s", err, firstLine(string(exit.Stderr)))
	}
	return string(out), err
}

// firstLine is the first line of a text, cut to a readable length.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > 200 {
		line = line[:200] + "..."
	}
	return line
}
