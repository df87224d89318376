package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

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

// layOut lays the files of a folder out, if they aren't there, and claims them. A folder
// that holds a dataset of any kind serves as it is, unless its size was asked for.
func (a *app) layOut(ctx context.Context, o *blockOptions, s *settings, dir string) (layout, error) {
	if ioengine.Virtual(o.engine.value) {
		l := layout{spec: o.spec(), release: func() {}}
		for i := range l.spec.Files {
			l.files = append(l.files, fio.File{Name: l.spec.Name(i), Bytes: l.spec.FileBytes()})
		}
		return l, nil
	}
	marker, err := dataset.ReadMarker(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return layout{}, err
	}
	want := o.spec()
	if asked := s.given("size") || s.weight("files") >= 0; err == nil && !asked {
		want = marker.Spec
	}
	var made dataset.Generated
	if marker.Spec != want || !marker.Complete && want.Format == dataset.Raw {
		if made, err = a.makeFiles(ctx, o, dir, want); err != nil {
			return layout{}, err
		}
	}
	l, err := openLayout(ctx, dir)
	l.made = made
	return l, err
}

// makeFiles writes files of a spec, or finds them complete.
func (a *app) makeFiles(ctx context.Context, o *blockOptions, dir string, spec dataset.Spec) (dataset.Generated, error) {
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

// rawSpec is files of equal length, in whole blocks, that hold at least so many bytes.
func rawSpec(bytes int64, files int) dataset.Spec {
	const block = 4096
	blocks := (bytes + block*int64(files) - 1) / (block * int64(files))
	return dataset.RawSpec(files, max(blocks, 1)*block, defaultDataSeed)
}

// describe says what was laid out.
func (l layout) describe(dir string) string {
	state := "were there"
	if l.made.Written > 0 {
		state = fmt.Sprintf("%s written", units.Count(int64(l.made.Written)))
	}
	return fmt.Sprintf("%s: %s files, %s, %s", dir, units.Count(int64(len(l.files))), units.Bytes(float64(l.bytes())), state)
}
