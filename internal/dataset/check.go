package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// check looks at each file and gives their sizes.
func check(ctx context.Context, dir string, names []string, o FindOptions) ([]File, error) {
	files := make([]File, len(names))
	err := each(ctx, len(names), func(i int) error {
		size, err := checkFile(filepath.Join(dir, names[i]), o)
		files[i] = File{names[i], size}
		return err
	})
	if err != nil {
		return nil, err
	}
	return files, nil
}

func checkFile(name string, o FindOptions) (int64, error) {
	size, err := look(name)
	switch want := o.RecordBytes * int64(o.SamplesPerFile); {
	case err != nil:
		return 0, err
	case want == 0 && size == 0:
		return 0, fmt.Errorf("%s is empty: delete it and run lbench datagen again", name)
	case want != 0 && size != want:
		return 0, fmt.Errorf("%s has %d bytes, want %d (%d records of %d): %s", name, size, want, o.SamplesPerFile, o.RecordBytes, remedy(size, want))
	}
	return size, readable(name)
}

// look gives a plain file's size.
func look(name string) (int64, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Stat(name, &st) }); err != nil {
		return 0, fmt.Errorf("look at the dataset: %w", &os.PathError{Op: "stat", Path: name, Err: err})
	}
	switch kind := st.Mode & unix.S_IFMT; kind {
	case unix.S_IFREG:
		return st.Size, nil
	case unix.S_IFDIR:
		return 0, fmt.Errorf("%s is a folder, want a file: move it out of the dataset", name)
	}
	return 0, fmt.Errorf("%s isn't a plain file: move it out of the dataset", name)
}

func readable(name string) error {
	if err := retry(func() error { return unix.Access(name, unix.R_OK) }); err != nil {
		return fmt.Errorf("no permission to read the dataset, run as a user who may: %w", &os.PathError{Op: "open", Path: name, Err: err})
	}
	return nil
}

func remedy(size, want int64) string {
	if size < want {
		return "it is truncated; delete it and run lbench datagen again"
	}
	return "it isn't of this workload; choose another folder or workload"
}
