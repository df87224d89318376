package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// present says of each file of a Spec whether it is there. One of another size isn't
// lbench's work, as files get their names when they are whole: that is an error.
func present(ctx context.Context, dir string, spec Spec) ([]bool, error) {
	there := make([]bool, spec.Files)
	want := spec.FileBytes()
	err := each(ctx, spec.Files, func(i int) error {
		name := filepath.Join(dir, spec.Name(i))
		var st unix.Stat_t
		err := retry(func() error { return unix.Lstat(name, &st) })
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return fmt.Errorf("look for %s: %w", name, err)
		case st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size != want:
			return fmt.Errorf("%s isn't a file of %d bytes as lbench made it: move it away, then run %s again", name, want, spec.maker())
		}
		there[i] = true
		return nil
	})
	return there, err
}
