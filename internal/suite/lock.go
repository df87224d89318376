package suite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// lockName is the file in the results folder that a suite locks while it runs: two at once
// would measure each other. It stays: were it deleted, two processes could lock two files.
const lockName = ".suite.lock"

var errLocked = errors.New("a suite is running")

// lock is the lock of a results folder. It belongs to the open file: the kernel drops it
// when the process ends, however it ends. What the file says is for people.
type lock struct{ file *os.File }

// lockResults takes the lock without waiting. A suite that holds it is named in the error.
// Where a file system has no locks, that is a warning.
func lockResults(results, suite string, now time.Time) (lock, []result.Warning, error) {
	if err := os.MkdirAll(results, 0o755); err != nil {
		return lock{}, nil, fmt.Errorf("create the results folder: %w", err)
	}
	name := filepath.Join(results, lockName)
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return lock{}, nil, fmt.Errorf("lock the results folder: %w", err)
	}
	for {
		if err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	switch {
	case err == nil:
		l := lock{file}
		return l, nil, l.sign(owner(suite, now))
	case errors.Is(err, unix.EWOULDBLOCK):
		err = fmt.Errorf("%w in results folder %q (%s): wait for it, or use another --results-dir", errLocked, results, signature(file))
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOLCK), errors.Is(err, unix.EOPNOTSUPP):
		file.Close()
		return lock{}, []result.Warning{{Code: "no_lock", Text: fmt.Sprintf("%s can't be locked (%v): lbench can't tell whether another suite runs there", name, err)}}, nil
	default:
		err = fmt.Errorf("lock %s: %w", name, err)
	}
	file.Close()
	return lock{}, nil, err
}

// owner is the line that tells others who holds the lock.
func owner(suite string, now time.Time) string {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	return fmt.Sprintf("host %s, pid %d, suite %s, since %s", host, os.Getpid(), suite, now.UTC().Format(time.RFC3339))
}

func (l lock) sign(line string) error {
	err := l.file.Truncate(0)
	if err == nil && line != "" {
		_, err = l.file.WriteAt([]byte(line+"\n"), 0)
	}
	if err != nil {
		l.file.Close()
		return fmt.Errorf("write %s: %w", l.file.Name(), err)
	}
	return nil
}

// signature is the first line of a lock's file, cut to what a message can hold.
func signature(file io.ReaderAt) string {
	text := make([]byte, 300)
	n, _ := file.ReadAt(text, 0)
	line, _, _ := strings.Cut(string(text[:n]), "\n")
	if line = strings.ToValidUTF8(line, "?"); line == "" {
		return "its owner is just starting"
	}
	return line
}

func (l lock) release() {
	if l.file != nil {
		_ = l.file.Truncate(0)
		l.file.Close()
	}
}
