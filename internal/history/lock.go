package history

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lockWait is how long an index waits for another process that brings it up to date.
const lockWait = time.Minute

// lock takes a lock on a file, which it makes and which stays: were it deleted, two
// processes could lock two files. The lock belongs to the open file, so that the kernel drops
// it when the process ends, however it ends. It is an error where a file system has no locks.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o666)
	if err != nil {
		return nil, err
	}
	for until := time.Now().Add(lockWait); ; {
		err = unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Len: 1})
		busy := errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES)
		switch {
		case err == nil:
			return func() { file.Close() }, nil
		case errors.Is(err, unix.EINTR):
			continue
		case !busy || time.Now().After(until):
			file.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
