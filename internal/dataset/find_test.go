package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/nobody"
)

// asTiny is what a workload that reads tiny() asks for.
func asTiny() FindOptions {
	return FindOptions{Format: "tfrecord", SamplesPerFile: 3, RecordBytes: tiny().RecordBytes()}
}

// unmarked makes a dataset as another program would leave it.
func unmarked(t *testing.T, s Spec) (dir string) {
	t.Helper()
	dir = made(t, s)
	if err := errors.Join(os.Remove(filepath.Join(dir, MarkerName)), os.Remove(filepath.Join(dir, lockName))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFind(t *testing.T) {
	inFolders := tiny()
	inFolders.Subfolders = 2
	for _, c := range []struct {
		name   string
		spec   Spec
		change func(*FindOptions)
		want   []int // files, in order
	}{
		{"all", tiny(), func(o *FindOptions) {}, []int{0, 1, 2, 3, 4}},
		{"the first", tiny(), func(o *FindOptions) { o.Files = 2 }, []int{0, 1}},
		{"exactly", tiny(), func(o *FindOptions) { o.Files = 5 }, []int{0, 1, 2, 3, 4}},
		{"of any size", tiny(), func(o *FindOptions) { o.RecordBytes = 0 }, []int{0, 1, 2, 3, 4}},
		{"in subfolders", inFolders, func(o *FindOptions) { o.Subfolders = 2 }, []int{0, 1, 2, 3, 4}},
		{"the first in subfolders", inFolders, func(o *FindOptions) { o.Subfolders, o.Files = 2, 3 }, []int{0, 1, 2}},
	} {
		for kind, dir := range map[string]string{"marked": made(t, c.spec), "unmarked": unmarked(t, c.spec)} {
			o := asTiny()
			c.change(&o)
			files, warnings, err := Find(t.Context(), dir, o)
			var want []File
			for _, i := range c.want {
				want = append(want, File{c.spec.Name(i), 336})
			}
			if err != nil || len(warnings) != 0 || !slices.Equal(files, want) {
				t.Errorf("%s, %s: %v, %v, %v; want %v", c.name, kind, files, warnings, err, want)
			}
		}
	}
}

func TestFindKnowsSubfoldersFromTheMarker(t *testing.T) {
	s := tiny()
	s.Subfolders = 3
	files, _, err := Find(t.Context(), made(t, s), asTiny())
	if err != nil || len(files) != 5 || files[4].Name != "train/1/img_4_of_5.tfrecord" {
		t.Errorf("%v, %v", files, err)
	}
}

// Files of other names are found as DLIO finds them, but a marker knows which ones count.
func TestFindAndOtherFiles(t *testing.T) {
	content := string(whole(tiny(), 0))
	for kind, c := range map[string]struct {
		dir   string
		first string
		files int
	}{
		"marked":   {made(t, tiny()), "train/img_0_of_5.tfrecord", 5},
		"unmarked": {unmarked(t, tiny()), "train/a.TFRECORD", 6},
	} {
		for name, text := range map[string]string{
			"a.TFRECORD": content, "b.txt": "?", "._img_0_of_5.tfrecord": "a Mac was here", "._x": "?",
			".img_9_of_5.tfrecord.lbench-tmp": "?", ".hidden.tfrecord": "?",
		} {
			write(t, filepath.Join(c.dir, "train", name), text)
		}
		write(t, filepath.Join(c.dir, "train", "folder", "inner.tfrecord"), content)
		files, warnings, err := Find(t.Context(), c.dir, asTiny())
		if err != nil || len(files) != c.files || files[0].Name != c.first {
			t.Errorf("%s: %v, %v; want %d, the first %s", kind, files, err, c.files, c.first)
		}
		text := "2 AppleDouble files (._*) in " + c.dir + " were ignored"
		if len(warnings) != 1 || warnings[0] != (Warning{"appledouble", text}) {
			t.Errorf("%s: warnings %v, want %q", kind, warnings, text)
		}
	}
}

func TestFindFollowsLinks(t *testing.T) {
	dir, other := unmarked(t, tiny()), t.TempDir()
	if err := os.Symlink(filepath.Join(dir, "train"), filepath.Join(other, "train")); err != nil {
		t.Fatal(err)
	}
	if files, _, err := Find(t.Context(), other, asTiny()); err != nil || len(files) != 5 {
		t.Errorf("%v, %v", files, err)
	}
}

func TestFindRefuses(t *testing.T) {
	third := "train/img_2_of_5.tfrecord"
	ok := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		marked bool
		before func(t *testing.T, dir string)
		change func(*FindOptions)
		want   []string
	}{
		{"no folder", false, func(t *testing.T, dir string) { ok(t, os.RemoveAll(dir)) }, nil, []string{"no dataset in ", "/train is missing): run `lbench datagen --data-dir "}},
		{"no train", false, func(t *testing.T, dir string) { ok(t, os.RemoveAll(filepath.Join(dir, "train"))) }, nil, []string{"/train is missing): run `lbench datagen --data-dir "}},
		{"train is a file", false, func(t *testing.T, dir string) {
			ok(t, os.RemoveAll(filepath.Join(dir, "train")))
			write(t, filepath.Join(dir, "train"), "")
		}, nil, []string{"list the dataset: ", "not a directory"}},
		{"empty", false, func(t *testing.T, dir string) {
			ok(t, os.RemoveAll(filepath.Join(dir, "train")))
			ok(t, os.Mkdir(filepath.Join(dir, "train"), 0o777))
		}, nil, []string{"no *.tfrecord files in ", "/train: run `lbench datagen --data-dir "}},
		{"another format", false, nil, func(o *FindOptions) { o.Format = "npz" }, []string{"no *.npz files in "}},
		{"too few", false, nil, func(o *FindOptions) { o.Files = 6 }, []string{"holds 5 files, but 6 are wanted: ask for fewer, or run lbench datagen with --files 6 in an empty folder"}},
		{"too few, marked", true, nil, func(o *FindOptions) { o.Files = 6 }, []string{"holds 5 files, but 6 are wanted"}},
		{"lost file", true, func(t *testing.T, dir string) { ok(t, os.Remove(filepath.Join(dir, third))) }, nil, []string{"lacks " + third + ": run `lbench datagen --data-dir ", "` again"}},
		{"marked, another format", true, nil, func(o *FindOptions) { o.Format = "npz" }, []string{"has format tfrecord, but the workload reads npz"}},
		{"marked, another shape", true, nil, func(o *FindOptions) { o.SamplesPerFile = 4 }, []string{"has 3 samples a file, but the workload reads 4"}},
		{"marked, another record", true, nil, func(o *FindOptions) { o.RecordBytes = 99 }, []string{"has records of 112 bytes, but the workload reads 99"}},
		{"marker damaged", true, func(t *testing.T, dir string) { write(t, filepath.Join(dir, MarkerName), "") }, nil, []string{"isn't a dataset's marker"}},
		{"subfolders", false, nil, func(o *FindOptions) { o.Subfolders = 4 }, []string{"holds 0 subfolders, but the workload has num_subfolders_train 4"}},
		{"truncated", true, func(t *testing.T, dir string) { ok(t, os.Truncate(filepath.Join(dir, third), 335)) }, nil,
			[]string{third + " has 335 bytes, want 336 (3 records of 112): it is truncated; delete it and run lbench datagen again"}},
		{"too long", true, func(t *testing.T, dir string) { ok(t, os.Truncate(filepath.Join(dir, third), 337)) }, nil,
			[]string{third + " has 337 bytes, want 336 (3 records of 112): it isn't of this workload"}},
		{"empty file", false, func(t *testing.T, dir string) { ok(t, os.Truncate(filepath.Join(dir, third), 0)) }, func(o *FindOptions) { o.RecordBytes = 0 },
			[]string{third + " is empty: delete it"}},
		{"folder", true, func(t *testing.T, dir string) {
			ok(t, os.Remove(filepath.Join(dir, third)))
			ok(t, os.Mkdir(filepath.Join(dir, third), 0o777))
		}, nil, []string{third + " is a folder, want a file: move it out of the dataset"}},
		{"pipe", true, func(t *testing.T, dir string) {
			ok(t, os.Remove(filepath.Join(dir, third)))
			ok(t, unix.Mkfifo(filepath.Join(dir, third), 0o666))
		}, nil, []string{third + " isn't a plain file"}},
		{"dangling link", true, func(t *testing.T, dir string) {
			ok(t, os.Remove(filepath.Join(dir, third)))
			ok(t, os.Symlink("nowhere", filepath.Join(dir, third)))
		}, nil, []string{"look at the dataset: stat ", third + ": no such file or directory"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := unmarked(t, tiny())
			if c.marked {
				dir = made(t, tiny())
			}
			o := asTiny()
			if c.before != nil {
				c.before(t, dir)
			}
			if c.change != nil {
				c.change(&o)
			}
			_, _, err := Find(t.Context(), dir, o)
			wantError(t, err, c.want...)
		})
	}
}

func TestFindNamesTheParentOfTrain(t *testing.T) {
	_, _, err := Find(t.Context(), filepath.Join(made(t, tiny()), "train"), asTiny())
	wantError(t, err, "give the folder that holds train/")
}

func TestFindNamesTheFirstOfManyBadFiles(t *testing.T) {
	s := tiny()
	s.Files = 200
	dir := made(t, s)
	for i := 120; i < 200; i++ {
		if err := os.Truncate(filepath.Join(dir, s.Name(i)), 1); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		_, _, err := Find(t.Context(), dir, asTiny())
		wantError(t, err, "img_120_of_200.tfrecord has 1 bytes")
	}
}

func TestFindWithoutPermission(t *testing.T) {
	dir := made(t, tiny())
	nobody.Reach(t, dir)
	file, train := filepath.Join(dir, tiny().Name(1)), filepath.Join(dir, "train")
	if err := os.Chmod(file, 0); err != nil {
		t.Fatal(err)
	}
	nobody.Do(t, func() {
		_, err := checkFile(file, asTiny())
		wantDenied(t, err, "no permission to read the dataset, run as a user who may: open "+file)
	})
	if err := os.Chmod(train, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(train, 0o755) // or else it can't be cleaned up
	nobody.Do(t, func() {
		_, _, err := Find(t.Context(), dir, asTiny())
		wantDenied(t, err, "no permission to list the dataset, run as a user who may: open "+train)
	})
}

// wantDenied is for goroutines, which may not end a test.
func wantDenied(t *testing.T, err error, text string) {
	if !errors.Is(err, fs.ErrPermission) || fmt.Sprint(err) != text+": permission denied" {
		t.Errorf("error %v, want %s", err, text)
	}
}

func TestFindStops(t *testing.T) {
	dir := made(t, tiny())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Find(ctx, dir, asTiny()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context canceled", err)
	}
}

func BenchmarkFind10000(b *testing.B) {
	s := Spec{Format: "tfrecord", Prefix: "img", Files: 10_000, SamplesPerFile: 1, Dim: 1, Seed: 1}
	dir := b.TempDir()
	if err := os.Mkdir(filepath.Join(dir, TrainFolder), 0o777); err != nil {
		b.Fatal(err)
	}
	content := whole(s, 0)
	for i := range s.Files {
		if err := os.WriteFile(filepath.Join(dir, s.Name(i)), content, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	if err := writeMarker(dir, s, true); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		files, _, err := Find(b.Context(), dir, FindOptions{Format: "tfrecord", SamplesPerFile: 1})
		if err != nil || len(files) != s.Files {
			b.Fatal(len(files), err)
		}
	}
}
