package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/telemetry"
	"github.com/lbench/lbench/internal/units"
)

// defaultFiles is how many files are laid out where --files says nothing: enough for the
// jobs that a mount takes to fill, few enough to be large.
const defaultFiles = 32

// layout is the files that a block command reads.
type layout struct {
	files    []fio.File
	spec     dataset.Spec
	warnings []dataset.Warning
	release  func()
	made     dataset.Generated
}

// names are those of the files.
func (l layout) names() []string {
	var all []string
	for _, f := range l.files {
		all = append(all, f.Name)
	}
	return all
}

func (l layout) bytes() int64 {
	var sum int64
	for _, f := range l.files {
		sum += f.Bytes
	}
	return sum
}

// layOut lays the files of --data-dir out, if they aren't there, and claims them. A folder
// that holds a dataset of any kind serves as it is, unless its size was asked for.
func (a *app) layOut(ctx context.Context, o *blockOptions, s *settings, dir string) (layout, error) {
	if ioengine.Virtual(o.engine.value) {
		l := layout{spec: o.spec(), release: func() {}}
		for i := range l.spec.Files {
			l.files = append(l.files, fio.File{Name: l.spec.Name(i), Bytes: l.spec.FileBytes()})
		}
		return l, nil
	}
	asked := s.given("size") || s.weight("files") >= 0
	return a.provide(ctx, o, dir, o.spec(), !asked)
}

// provide claims the files of a spec in a folder, and makes them if they aren't there.
// With anySpec, what the folder holds serves whatever its spec is.
func (a *app) provide(ctx context.Context, o *blockOptions, dir string, want dataset.Spec, anySpec bool) (layout, error) {
	var l layout
	var marker dataset.Marker
	look := func(ctx context.Context) (err error) {
		marker, _ = dataset.ReadMarker(dir) // openLayout tells what is wrong with it
		l, err = openLayout(ctx, dir)
		return err
	}
	what := fmt.Sprintf("look for files to read in %q", dir)
	err := o.within(ctx, what, look)
	switch {
	case err == nil && (anySpec || l.spec == want):
		return l, nil
	case err == nil:
		l.release() // and makeFiles says what differs
	case ctx.Err() != nil, isTimeout(err), anySpec && marker.Complete && marker.Spec.Format != dataset.Raw:
		return layout{}, err
	case anySpec && marker.Spec.Format == dataset.Raw:
		want = marker.Spec
	}
	made, err := a.makeFiles(ctx, o, dir, want)
	if err == nil {
		err = o.within(ctx, what, look)
	}
	if err != nil {
		return layout{}, err
	}
	l.made = made
	return l, nil
}

// makeFiles writes files of a spec, or finds them complete. The folder above has to be
// there: a mistyped mount is not to fill another disk.
func (a *app) makeFiles(ctx context.Context, o *blockOptions, dir string, spec dataset.Spec) (dataset.Generated, error) {
	if _, err := os.Stat(filepath.Dir(filepath.Clean(dir))); err != nil {
		return dataset.Generated{}, fmt.Errorf("lay out files in %q: %w: mount it, or make the folder above first", dir, err)
	}
	bar := a.newBar(spec.Bytes(), "lay out "+dir, bool(o.quiet))
	defer bar.finish()
	made, err := dataset.Generate(ctx, dir, spec, dataset.GenerateOptions{Progress: bar.add, Undo: true})
	if errors.Is(err, context.Canceled) {
		return made, fmt.Errorf("%w while laying out files: %d of %d are complete, the same command goes on", errInterrupted, made.Kept+made.Written, spec.Files)
	}
	if err != nil {
		return made, fmt.Errorf("lay out files: %w", err)
	}
	return made, nil
}

// openLayout claims the files that a folder's marker speaks of.
func openLayout(ctx context.Context, dir string) (layout, error) {
	release, warnings, err := dataset.Use(dir)
	if err != nil {
		return layout{}, err
	}
	files, marker, err := dataset.All(ctx, dir)
	if err != nil {
		release()
		return layout{}, fmt.Errorf("find the files to read: %w", err)
	}
	l := layout{spec: marker.Spec, warnings: warnings, release: release}
	for _, f := range files {
		l.files = append(l.files, fio.File{Name: f.Name, Bytes: f.Bytes})
	}
	return l, nil
}

// spec is what --size and --files ask for.
func (o *blockOptions) spec() dataset.Spec {
	bytes, files := o.size.bytes, o.files.value
	if bytes == 0 {
		bytes = 2 * telemetry.Host("/").MemoryBytes
	}
	if files == 0 {
		files = defaultFiles
	}
	return rawSpec(bytes, files)
}

// rawSpec is files of equal length that hold at least so many bytes: in whole MiB where
// they are large, so that operations of usual sizes divide them, else in whole blocks.
func rawSpec(bytes int64, files int) dataset.Spec {
	const large = 64 << 20
	unit, each := int64(4096), (bytes+int64(files)-1)/int64(files)
	if each >= large {
		unit = 4 << 20
	}
	return dataset.RawSpec(files, max((each+unit-1)/unit, 1)*unit, defaultDataSeed)
}

// describe says what was laid out.
func (l layout) describe(dir string) string {
	state := "were there"
	if l.made.Written > 0 {
		state = fmt.Sprintf("%s written", units.Count(int64(l.made.Written)))
	}
	return fmt.Sprintf("%s: %s files, %s, %s", dir, units.Count(int64(len(l.files))), units.Bytes(float64(l.bytes())), state)
}
