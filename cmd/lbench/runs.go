package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// findRuns opens what the arguments name, each a run folder, a folder of run folders, the
// ID of a run in the results folder, or a pattern of such. Oldest first, none twice. In a
// folder or a pattern, what can't be opened is passed over with a warning.
func (a *app) findRuns(resultsDir string, args []string) ([]*result.Folder, error) {
	var folders []*result.Folder
	seen := map[string]bool{}
	for _, arg := range args {
		found, err := a.runsOf(resultsDir, arg)
		if err != nil {
			return nil, err
		}
		for _, folder := range found {
			if path, err := filepath.Abs(folder.Dir); err == nil && !seen[path] {
				seen[path] = true
				folders = append(folders, folder)
			}
		}
	}
	slices.SortStableFunc(folders, func(x, y *result.Folder) int { return x.Run.Started.Compare(y.Run.Started) })
	return folders, nil
}

func (a *app) runsOf(resultsDir, arg string) ([]*result.Folder, error) {
	if isRun(arg) {
		folder, err := result.Open(arg)
		return []*result.Folder{folder}, err
	}
	if below := filepath.Join(resultsDir, arg); isRun(below) {
		folder, err := result.Open(below)
		return []*result.Folder{folder}, err
	}
	var dirs []string
	if info, err := os.Stat(arg); err == nil && info.IsDir() {
		entries, err := os.ReadDir(arg)
		if err != nil {
			return nil, fmt.Errorf("look for runs: %w", err)
		}
		for _, entry := range entries {
			dirs = append(dirs, filepath.Join(arg, entry.Name()))
		}
	} else if strings.ContainsAny(arg, "*?[") {
		if dirs, err = filepath.Glob(arg); err != nil {
			return nil, usagef("look for runs: pattern %q: %w", arg, err)
		}
		slices.Sort(dirs)
	}
	folders := a.openAll(dirs)
	if len(folders) > 0 {
		return folders, nil
	}
	_, err := result.Open(arg) // says what is wrong with it
	if err == nil {
		err = errors.New("it went away")
	}
	return nil, err
}

func (a *app) openAll(dirs []string) []*result.Folder {
	var folders []*result.Folder
	for _, dir := range dirs {
		if !isRun(dir) {
			continue
		}
		folder, err := result.Open(dir)
		if err != nil {
			a.warn(result.Warning{Code: "unreadable_run", Text: err.Error()})
			continue
		}
		folders = append(folders, folder)
	}
	return folders
}

// isRun says whether a folder holds a run.json, of whatever kind.
func isRun(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, result.RunFile))
	return !errors.Is(err, fs.ErrNotExist) && err == nil
}

// runsAlone are the runs of folders.
func runsAlone(folders []*result.Folder) []result.Run {
	runs := make([]result.Run, len(folders))
	for i, folder := range folders {
		runs[i] = folder.Run
	}
	return runs
}
