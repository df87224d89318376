package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// File is one file of a dataset.
type File struct {
	Name  string // relative to the dataset's folder, with slashes
	Bytes int64
}

// FindOptions is what the files must be.
type FindOptions struct {
	Format         string // the ending of their names, in lower or upper case
	Files          int    // how many are wanted; 0: all that the marker, or the listing, has
	Subfolders     int    // of TrainFolder; 0 and 1: none. A marker knows better
	SamplesPerFile int    //
	RecordBytes    int64  // as stored; 0: files may have any size but 0
}

// Find lists the files that a training reads from a folder that holds TrainFolder: by
// name, the first o.Files of them, each checked to be a readable file of the right size.
// Where the folder has a marker, only the files that it speaks of count; otherwise all
// of the format do, as in DLIO. Every error says what to do about it.
func Find(ctx context.Context, dir string, o FindOptions) ([]File, []Warning, error) {
	marker, marked, err := findMarker(dir)
	if err != nil {
		return nil, nil, err
	}
	if marked {
		if o, err = withMarker(dir, o, marker.Spec); err != nil {
			return nil, nil, err
		}
	}
	names, warnings, err := list(dir, o)
	if err != nil {
		return nil, nil, err
	}
	if marked {
		if names, err = only(dir, names, marker.Spec); err != nil {
			return nil, nil, err
		}
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("no *.%s files in %s: run `lbench datagen --data-dir %s`", o.Format, filepath.Join(dir, TrainFolder), dir)
	}
	if len(names) < o.Files {
		return nil, nil, fmt.Errorf("%s holds %d files, but %d are wanted: ask for fewer, or run lbench datagen with --files %d in an empty folder", dir, len(names), o.Files, o.Files)
	}
	if o.Files > 0 {
		names = names[:o.Files]
	}
	files, err := check(ctx, dir, names, o)
	return files, warnings, err
}

// withMarker fills in what the marker knows and refuses what contradicts it.
func withMarker(dir string, o FindOptions, has Spec) (FindOptions, error) {
	switch {
	case o.Format != has.Format:
		return o, fmt.Errorf("dataset %s has format %s, but the workload reads %s", dir, has.Format, o.Format)
	case o.SamplesPerFile != has.SamplesPerFile:
		return o, fmt.Errorf("dataset %s has %d samples a file, but the workload reads %d", dir, has.SamplesPerFile, o.SamplesPerFile)
	case o.RecordBytes != 0 && o.RecordBytes != has.RecordBytes():
		return o, fmt.Errorf("dataset %s has records of %d bytes, but the workload reads %d", dir, has.RecordBytes(), o.RecordBytes)
	}
	o.Subfolders = has.Subfolders
	o.RecordBytes = has.RecordBytes()
	if o.Files == 0 {
		o.Files = has.Files
	}
	return o, nil
}

// list gives the names of all files of the format, sorted by their last part.
func list(dir string, o FindOptions) (names []string, warnings []Warning, err error) {
	train, err := entries(dir, TrainFolder)
	if err != nil {
		return nil, nil, err
	}
	folders := map[string][]fs.DirEntry{TrainFolder: train}
	if o.Subfolders > 1 {
		if folders, err = subfolders(dir, train, o.Subfolders); err != nil {
			return nil, nil, err
		}
	}
	doubles := 0
	for folder, all := range folders {
		for _, e := range all {
			base := e.Name()
			switch {
			case strings.HasPrefix(base, "._"):
				doubles++
			case !strings.HasPrefix(base, ".") && strings.EqualFold(path.Ext(base), "."+o.Format):
				names = append(names, path.Join(folder, base))
			}
		}
	}
	if doubles > 0 {
		warnings = append(warnings, Warning{"appledouble", fmt.Sprintf("%d AppleDouble files (._*) in %s were ignored", doubles, dir)})
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(strings.Compare(path.Base(a), path.Base(b)), strings.Compare(a, b))
	})
	return names, warnings, nil
}

// subfolders lists what the folders among some entries hold; there must be so many.
func subfolders(dir string, train []fs.DirEntry, want int) (map[string][]fs.DirEntry, error) {
	folders := map[string][]fs.DirEntry{}
	for _, e := range train {
		if !e.IsDir() {
			continue
		}
		name := path.Join(TrainFolder, e.Name())
		all, err := entries(dir, name)
		if err != nil {
			return nil, err
		}
		folders[name] = all
	}
	if len(folders) != want {
		return nil, fmt.Errorf("%s holds %d subfolders, but the workload has num_subfolders_train %d", filepath.Join(dir, TrainFolder), len(folders), want)
	}
	return folders, nil
}

// entries lists one folder of a dataset.
func entries(dir, folder string) ([]fs.DirEntry, error) {
	name := filepath.Join(dir, folder)
	all, err := os.ReadDir(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && filepath.Base(filepath.Clean(dir)) == TrainFolder:
		return nil, fmt.Errorf("no dataset in %s: give the folder that holds %s/", dir, TrainFolder)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no dataset in %s (%s is missing): run `lbench datagen --data-dir %s`", dir, name, dir)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("no permission to list the dataset, run as a user who may: %w", err)
	case err != nil:
		return nil, fmt.Errorf("list the dataset: %w", err)
	}
	return all, nil
}

// only keeps the files that belong to a Spec, and refuses if one of them isn't there.
func only(dir string, names []string, spec Spec) ([]string, error) {
	there := make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
	}
	all := make([]string, spec.Files)
	for i := range all {
		all[i] = spec.Name(i)
		if !there[all[i]] {
			return nil, fmt.Errorf("dataset %s lacks %s: run `lbench datagen --data-dir %s` again", dir, all[i], dir)
		}
	}
	return all, nil
}
