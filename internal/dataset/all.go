package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// All lists the files that a folder's marker speaks of, whatever their format, in the
// order of their numbers, each checked to be a readable file of the right size. The error
// is fs.ErrNotExist where the folder has no marker.
func All(ctx context.Context, dir string) ([]File, Marker, error) {
	marker, err := ReadMarker(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("no files of lbench's in %s: run `%s --data-dir %s`: %w", dir, Spec{Format: Raw}.maker(), dir, err)
	}
	if err != nil {
		return nil, Marker{}, err
	}
	spec := marker.Spec
	files := make([]File, spec.Files)
	err = each(ctx, spec.Files, func(i int) error {
		name := filepath.Join(dir, filepath.FromSlash(spec.Name(i)))
		size, err := look(name)
		switch want := spec.FileBytes(); {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("dataset %s lacks %s: run `%s --data-dir %s` again", dir, spec.Name(i), spec.maker(), dir)
		case err != nil:
			return err
		case size != want:
			return fmt.Errorf("%s has %d bytes, but %d were laid out: delete it, then run `%s --data-dir %s` again", name, size, want, spec.maker(), dir)
		}
		files[i] = File{spec.Name(i), size}
		return readable(name)
	})
	if err != nil {
		return nil, Marker{}, err
	}
	return files, marker, nil
}
