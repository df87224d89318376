package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// serverUnknown is what a client knows of its servers' caches.
const serverUnknown = "what the servers had cached can't be seen from a client"

// chill makes the files of a turn cold, if it is to be, and measures how cold they are.
func (r *blockRun) chill(ctx context.Context, t turn) (*result.Cold, error) {
	cold := &result.Cold{Server: serverUnknown}
	if t.cold && !t.search {
		for _, command := range r.o.beforeCold {
			if err := r.runBefore(ctx, command); err != nil {
				return nil, err
			}
			cold.Commands = append(cold.Commands, command)
		}
	}
	names := fileNames(t.job.Files)
	what := fmt.Sprintf("make the files of %q cold", t.side.dir)
	return cold, r.flags.within(ctx, what, func(ctx context.Context) error {
		if !t.cold {
			return r.prove(ctx, t.side.dir, names, &cold.Before, cold)
		}
		return r.makeCold(ctx, t.side.dir, names, cold)
	})
}

// makeCold drops the files from this client's cache and stores the proof.
func (r *blockRun) makeCold(ctx context.Context, dir string, names []string, cold *result.Cold) error {
	found, err := ioengine.Chill(ctx, "/", dir, names, bool(r.o.dropCaches), ioengine.ResidencyOptions{})
	if err != nil {
		return err
	}
	cold.Way = found.Way
	for _, text := range found.Warnings {
		r.warnOnce(result.Warning{Code: "not_dropped", Text: text})
	}
	if found.Unknown != "" {
		r.residencyUnknown(cold, found.Unknown)
		return nil
	}
	fraction := float64(found.Cached) / float64(found.Total)
	cold.Before = &fraction
	if !found.Proven() {
		r.warnOnce(result.Warning{Code: "not_cold", Text: fmt.Sprintf("%s of %s pages were still in this client's cache before the first read, after %d rounds of dropping them: another process may have them mapped",
			units.Count(found.Cached), units.Count(found.Total), found.Rounds)})
	}
	return nil
}

func (r *blockRun) residencyUnknown(cold *result.Cold, why string) {
	cold.Why = why
	r.warnOnce(result.ResidencyUnknown(why))
}

// prove stores the share of the files that this client has cached.
func (r *blockRun) prove(ctx context.Context, dir string, names []string, to **float64, cold *result.Cold) error {
	fraction, err := ioengine.Residency(ctx, dir, names, ioengine.ResidencyOptions{})
	switch {
	case err == nil:
		*to = &fraction
	case errors.Is(err, ioengine.ErrResidencyUnknown):
		r.residencyUnknown(cold, err.Error())
	default:
		return err
	}
	return nil
}

// proveAfter stores how much of the files a turn has left in this client's cache.
func (r *blockRun) proveAfter(ctx context.Context, done *doneTurn) error {
	names := fileNames(done.job.Files)
	what := fmt.Sprintf("look at the files of %q after the run", done.side.dir)
	return r.flags.within(ctx, what, func(ctx context.Context) error {
		return r.prove(ctx, done.side.dir, names, &done.proof.After, done.proof)
	})
}

// runBefore runs a command of --before-cold by the shell.
func (r *blockRun) runBefore(ctx context.Context, command string) error {
	line := r.app.newNote("before cold: "+command, bool(r.o.quiet))
	defer line.finish()
	shell := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	shell.WaitDelay = time.Second // what it has left in the background may hold its output open
	out, err := shell.CombinedOutput()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("--before-cold %q: %w: %s", command, err, lines[len(lines)-1])
	}
	return nil
}
