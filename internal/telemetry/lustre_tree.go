package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// lustreRoots are the folders that hold KIND/DEVICE/FILE. Lustre moves files from the
// first to the others from release to release; in 2.16 stats are in the last one, which
// only root may enter.
func lustreRoots() []string {
	return []string{"proc/fs/lustre", "sys/fs/lustre", "sys/kernel/debug/lustre"}
}

// readLustre takes params of all devices. What can't be read is an error beside the rest.
func readLustre(ctx context.Context, root, source string, params []lustreParam) ([]result.Reading, error) {
	r := readings{source: source}
	var gaps lustreGaps
	found := false
	for _, p := range params {
		for _, device := range lustreDevices(root, p.kind) {
			if err := ctx.Err(); err != nil {
				return r.all, fmt.Errorf("reading %s: %w", p, err)
			}
			found = true
			text, err := lustreFile(root, p, device)
			if err != nil {
				gaps.add(p, device, err)
				continue
			}
			r.t = time.Now()
			if err := p.take(newLustreDevice(&r, p.kind, device), text); err != nil {
				gaps.add(p, device, err)
			}
		}
	}
	if !found {
		return nil, ErrNoData
	}
	return r.all, gaps.err()
}

// lustreDevices lists the devices of a kind. They show in a root that may be listed even
// where some of their files lie in one that may not.
func lustreDevices(root, kind string) []string {
	devices := map[string]bool{}
	for _, dir := range lustreRoots() {
		entries, _ := os.ReadDir(filepath.Join(root, dir, kind))
		for _, e := range entries {
			if e.IsDir() {
				devices[e.Name()] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(devices))
}

// lustreFile returns the text of a device's file from the first root that has it.
func lustreFile(root string, p lustreParam, device string) (string, error) {
	var denied error
	for _, dir := range lustreRoots() {
		b, err := os.ReadFile(filepath.Join(root, dir, p.kind, device, p.file))
		switch {
		case err == nil:
			return string(b), nil
		case errors.Is(err, fs.ErrPermission):
			denied = err
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENODEV): // ENODEV: it was just unmounted
			return "", err
		}
	}
	if denied != nil {
		return "", denied
	}
	return "", fs.ErrNotExist
}

// lustreGaps collects what couldn't be read, in one line however many devices there are.
type lustreGaps struct {
	denied, missing []string
	cause           error // of the first denied
	others          []error
}

func (g *lustreGaps) add(p lustreParam, device string, err error) {
	switch name := p.String(); {
	case errors.Is(err, fs.ErrPermission):
		if !slices.Contains(g.denied, name) {
			g.denied = append(g.denied, name)
		}
		if g.cause == nil {
			g.cause = err
		}
	case errors.Is(err, fs.ErrNotExist):
		if p.certain && !slices.Contains(g.missing, name) {
			g.missing = append(g.missing, name)
		}
	default:
		g.others = append(g.others, fmt.Errorf("%s.%s.%s: %w", p.kind, device, p.file, err))
	}
}

func (g *lustreGaps) err() error {
	errs := g.others
	if len(g.denied) > 0 {
		names := strings.Join(g.denied, " ")
		errs = append(errs, fmt.Errorf("reading %s: %w; as root %q shows them", names, g.cause, "lctl get_param "+names))
	}
	if len(g.missing) > 0 {
		errs = append(errs, fmt.Errorf("%s are in none of [/%s]: is debugfs mounted here?",
			strings.Join(g.missing, " "), strings.Join(lustreRoots(), " /")))
	}
	return errors.Join(errs...)
}
