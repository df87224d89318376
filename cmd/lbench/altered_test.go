package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
)

// The programs of the scripts beside lbench itself. The one that is shipped has none of
// their switches.

// alteredMain is lbench in a worse world, as the environment says:
//
//	FAULT='read img_3 EIO'  operations of this kind on files of that name fail (or "hang")
//	FULL=steps.ndjson       the disk is full when this file of a run folder is written
//	START=2026-03-13T14:02:00Z  what the wall clock shows at first
//	STEP=-1h                how much it is set forward after that
//	SHIFT=1000s             how far it is ahead all the time
func alteredMain() {
	ctx, stop := interruptible(context.Background())
	defer stop()
	a := realApp()
	if words := strings.Fields(os.Getenv("FAULT")); len(words) == 3 {
		a.open = failing(a.open, words[0], words[1], words[2])
	}
	if name := os.Getenv("FULL"); name != "" {
		a.create = fullAt(name)
	}
	a.now = wallClock(os.Getenv("START"), os.Getenv("STEP"))
	if shift, err := time.ParseDuration(os.Getenv("SHIFT")); err == nil {
		a.now = func() time.Time { return setWall(time.Now(), shift) }
	}
	os.Exit(run(ctx, a, os.Args[1:]))
}

// nobodyMain is lbench run by a user who owns nothing.
func nobodyMain() {
	if os.Getuid() == 0 {
		const nobody = 65534
		if dir := os.Getenv("GOCOVERDIR"); dir != "" { // written to when this ends
			for ; strings.Contains(dir, "go-build"); dir = filepath.Dir(dir) {
				_ = os.Chmod(dir, 0o777)
			}
		}
		for _, err := range []error{syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)} {
			if err != nil {
				fmt.Fprintln(os.Stderr, "become nobody:", err)
				os.Exit(99)
			}
		}
	}
	main()
}

func failing(open openEngine, op, name, how string) openEngine {
	rule := ioengine.FaultRule{Op: ioengine.OpKind(op), Name: name}
	switch how {
	case "EIO":
		rule.Err = syscall.EIO
	case "ENOSPC":
		rule.Err = syscall.ENOSPC
	case "ESTALE":
		rule.Err = syscall.ESTALE
	case "hang":
		rule.Hang = make(chan struct{})
	default:
		panic("FAULT: " + how)
	}
	return func(engine, dir string, spec dataset.Spec) ioengine.Engine {
		return ioengine.NewFault(open(engine, dir, spec), rule)
	}
}

// fullAt makes files on a file system that has room for all but the one of this name.
func fullAt(name string) result.CreateFunc {
	return func(path string) (io.WriteCloser, error) {
		f, err := result.CreateFile(path)
		if filepath.Base(path) == name {
			f = fullFile{f}
		}
		return f, err
	}
}

type fullFile struct{ io.WriteCloser }

func (fullFile) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// wallClock is time.Now on a machine whose wall clock shows start at the first reading,
// and from the second one on is set forward by step. The monotonic clock goes on.
func wallClock(start, step string) func() time.Time {
	at, err := time.Parse(time.RFC3339, start)
	first := err == nil
	jump, _ := time.ParseDuration(step) // none: 0
	var shift time.Duration
	return func() time.Time {
		now := time.Now()
		if first { // not before: on a loaded machine a second may pass until then
			shift, first = at.Sub(now.Truncate(time.Second)), false
		}
		now = setWall(now, shift)
		shift, jump = shift+jump, 0
		return now
	}
}

// setWall moves the wall clock of a reading, by whole seconds, and not its monotonic one.
// The time package has no function for that: what does it is settimeofday(2), between two
// readings. A Time with a monotonic reading starts with a word whose bits 30 to 62 are the
// seconds since 1885.
func setWall(t time.Time, by time.Duration) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) += uint64(by/time.Second) << 30
	return t
}
