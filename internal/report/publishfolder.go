package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// generator stands in every page that is made of a sheet, and in no other's.
const generator = `<meta name="generator" content="lbench">`

// mayPublish refuses a folder that holds something and was not published by lbench,
// which could be anyone's.
func mayPublish(dir string) error {
	entries, err := os.ReadDir(dir)
	if isMissing(err) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("publish to %q: %w", dir, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil && !isMissing(err) {
		return fmt.Errorf("publish to %q: %w", dir, err)
	}
	if !bytes.Contains(page, []byte(generator)) {
		return fmt.Errorf("publish to %q: it holds files and no index.html of lbench; name an empty or a new folder", dir)
	}
	return nil
}

// replaceFolder puts the folder next in the place of dir. What dir holds that lbench did
// not make goes into the new one. If anything fails, dir is what it was.
func replaceFolder(dir, next string) error {
	kept, err := foreign(dir)
	if err != nil {
		return err
	}
	for _, name := range kept {
		if _, err := os.Lstat(filepath.Join(next, name)); !isMissing(err) {
			return fmt.Errorf("keep %q: a run has a file of that name; move it away", name)
		}
	}
	old := next + ".old"
	if err := os.Rename(dir, old); err != nil && !isMissing(err) {
		return err
	}
	if err := os.Rename(next, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	for i, name := range kept {
		if err := os.Rename(filepath.Join(old, name), filepath.Join(dir, name)); err != nil {
			return errors.Join(err, putBack(dir, next, old, kept[:i]))
		}
	}
	_ = os.RemoveAll(old) // what is left of it is in nobody's way
	return nil
}

// putBack undoes replaceFolder after some of the kept files were moved.
func putBack(dir, next, old string, moved []string) error {
	var all error
	for _, name := range moved {
		all = errors.Join(all, os.Rename(filepath.Join(dir, name), filepath.Join(old, name)))
	}
	return errors.Join(all, os.Rename(dir, next), os.Rename(old, dir))
}

// foreign lists what a published folder holds beside what lbench made: not the index,
// the tables, plots and data, nor the report of a run that has data.
func foreign(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	own := []string{"index.html", "results.csv", "results-long.csv", "plots", "data"}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if slices.Contains(own, name) {
			continue
		}
		if id, ok := strings.CutSuffix(name, ".html"); ok {
			if _, err := os.Stat(filepath.Join(dir, "data", id)); err == nil {
				continue
			}
		}
		names = append(names, name)
	}
	return names, nil
}
