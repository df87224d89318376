package main

import (
	"context"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// turn is how long each of two alternated processes runs before the other does: short beside
// the changes of a shared processor's speed, long beside what a change of processes costs.
const turn = 20 * time.Millisecond

// alternated runs two commands at once of which only one ever runs, in turns, and says what
// each cost. They so meet the same processor: its speed changes by 10 % from second to
// second where others use it too, which runs after one another would take for a difference.
func alternated(ctx context.Context, first, second *exec.Cmd) (firstCPU, secondCPU time.Duration, err error) {
	ended := make(chan error, 2)
	for _, c := range []*exec.Cmd{first, second} {
		if err := c.Start(); err != nil {
			return 0, 0, err
		}
		defer c.Process.Kill() // a stopped process wouldn't end by itself
		go func() { ended <- c.Wait() }()
	}
	runs, waits := first, second
	_ = waits.Process.Signal(syscall.SIGSTOP)
	for {
		select {
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		case err := <-ended:
			_ = waits.Process.Signal(syscall.SIGCONT)
			other := <-ended
			for _, err := range []error{err, other} {
				if err != nil && !failedRule(err) {
					return 0, 0, fmt.Errorf("run %s and %s in turns: %w", first.Path, second.Path, err)
				}
			}
			return cpuOf(first), cpuOf(second), nil
		case <-time.After(turn):
			_ = runs.Process.Signal(syscall.SIGSTOP)
			runs, waits = waits, runs
			_ = runs.Process.Signal(syscall.SIGCONT)
		}
	}
}

// cpuOf is the user and system time of a finished process.
func cpuOf(c *exec.Cmd) time.Duration {
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
}
