package dataset

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/iotest"
)

// tinyRaw is four files of one and a half chunks.
func tinyRaw() Spec { return RawSpec(4, chunk*3/2, 10) }

func TestRawNames(t *testing.T) {
	for _, c := range []struct {
		files, i int
		want     string
	}{
		{16, 3, "blocks/block_03_of_16.raw"},
		{1, 0, "blocks/block_0_of_1.raw"},
		{24, 23, "blocks/block_23_of_24.raw"},
	} {
		if got := RawSpec(c.files, 512, 1).Name(c.i); got != c.want {
			t.Errorf("file %d of %d: %q, want %q", c.i, c.files, got, c.want)
		}
	}
}

func TestRawSizes(t *testing.T) {
	s := RawSpec(24, 8_750_000_128, 10)
	if s.FileBytes() != 8_750_000_128 || s.Bytes() != 210_000_003_072 {
		t.Errorf("file %d bytes, all %d", s.FileBytes(), s.Bytes())
	}
}

// The same key stream as the image in a record: `openssl enc -aes-128-ctr`, as there.
func TestRawContentIsTheSameForEver(t *testing.T) {
	raw := make([]byte, 40*40)
	if _, err := RawSpec(8, 2048, 10).ReadAt(7, raw, 0); err != nil {
		t.Fatal(err)
	}
	image, _, err := decode(Spec{Files: 8, SamplesPerFile: 1, Dim: 40, Seed: 10}.Record(7, 0, nil))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, image) || !bytes.HasPrefix(raw, []byte{0x3a, 0xcc, 0xf8, 0x92}) {
		t.Errorf("file 7 of seed 10 starts with %x, want the key stream", raw[:8])
	}
}

func TestRawReadAtAgreesWithTheFile(t *testing.T) {
	s := RawSpec(3, 512*41, 10)
	dir := made(t, s)
	for i := range s.Files {
		file, err := os.ReadFile(filepath.Join(dir, s.Name(i)))
		if err != nil || int64(len(file)) != s.FileBytes() {
			t.Fatalf("file %d: %d bytes, %v", i, len(file), err)
		}
		if err := iotest.TestReader(io.NewSectionReader(readerAt{s, i}, 0, s.FileBytes()), file); err != nil {
			t.Fatalf("file %d: %v", i, err)
		}
		rng := rand.New(rand.NewPCG(1, uint64(i)))
		for range 50 {
			off := rng.IntN(len(file))
			p := make([]byte, rng.IntN(len(file)-off)+1)
			if _, err := s.ReadAt(i, p, int64(off)); err != nil || !bytes.Equal(p, file[off:][:len(p)]) {
				t.Fatalf("file %d: ReadAt(%d bytes at %d): %v, or other bytes", i, len(p), off, err)
			}
		}
	}
	if n, err := s.ReadAt(0, make([]byte, 10), s.FileBytes()-4); n != 4 || !errors.Is(err, io.EOF) {
		t.Errorf("4 bytes before the end: %d, %v", n, err)
	}
	if _, err := s.ReadAt(3, make([]byte, 1), 0); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("file 3 of 3: %v, want an error", err)
	}
}

func TestRawNullBuffer(t *testing.T) {
	for _, s := range []Spec{RawSpec(2, 2048, 10), RawSpec(2, rawPeriod*3, 10)} {
		period, most := int(s.RecordBytes()), 700
		buffer := s.NullBuffer(most)
		if len(buffer) != period+most || period != min(rawPeriod, int(s.FileBytes())) || !bytes.Equal(buffer[period:], append(buffer[:period:period], buffer...)[period:][:most]) {
			t.Errorf("%d bytes, period %d: the end isn't the start again", len(buffer), period)
		}
		start := make([]byte, period)
		if _, err := s.ReadAt(0, start, 0); err != nil || !bytes.Equal(buffer[:period], start) {
			t.Errorf("the buffer isn't the start of file 0 (%v)", err)
		}
	}
}

func TestRawInterruptedAndResumed(t *testing.T) {
	s, dir := tinyRaw(), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	var size atomic.Int64
	stop := func(_ int, n int64) {
		if size.Add(n) > s.FileBytes()*3/2 {
			cancel()
		}
	}
	// Undo is for a full disk only: an interrupted one goes on later.
	done, err := Generate(ctx, dir, s, GenerateOptions{Parallel: 1, Progress: stop, Undo: true})
	if !errors.Is(err, context.Canceled) || done != (Generated{Written: 1, Bytes: s.FileBytes()}) {
		t.Fatalf("%+v, %v", done, err)
	}
	_, _, err = Use(dir)
	wantError(t, err, "is incomplete (1 of 4 files): laying out was interrupted, run `lbench cold-read --prepare --data-dir "+dir+"` again")
	write(t, filepath.Join(dir, "blocks/.block_1_of_4.raw.lbench-tmp"), "half a file")
	write(t, filepath.Join(dir, "blocks/.notes.lbench-tmp"), "not ours")
	done, err = Generate(t.Context(), dir, s, GenerateOptions{Undo: true})
	if err != nil || done != (Generated{Kept: 1, Written: 3, Bytes: 3 * s.FileBytes()}) {
		t.Fatalf("%+v, %v", done, err)
	}
	want(t, dir, ".lbench-dataset.json", ".lbench-dataset.lock", "blocks/", "blocks/.notes.lbench-tmp",
		"blocks/block_0_of_4.raw", "blocks/block_1_of_4.raw", "blocks/block_2_of_4.raw", "blocks/block_3_of_4.raw")
	release, warnings, err := Use(dir)
	if err != nil || len(warnings) != 0 {
		t.Fatal(warnings, err)
	}
	release()
}

func TestRawWhileInUse(t *testing.T) {
	dir := t.TempDir()
	d, count := creating(func(int, string) error {
		_, _, err := Use(dir)
		wantError(t, err, "is being generated: wait until the lbench that lays it out is done")
		return nil
	})
	if _, err := generate(t.Context(), dir, tinyRaw(), GenerateOptions{Parallel: 1}, d); err != nil || *count != 4 {
		t.Errorf("%d files, %v", *count, err)
	}
}

func TestRawRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(t *testing.T, dir string)
		want   []string
	}{
		{"files of others in blocks", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "blocks/block_0_of_4.raw"), "theirs") },
			[]string{"has no .lbench-dataset.json but holds", "blocks/block_0_of_4.raw, which lbench didn't make"}},
		{"a folder below blocks", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "blocks/deep/er/thesis.tex"), "theirs") },
			[]string{"blocks/deep/er/thesis.tex, which lbench didn't make"}},
		{"blocks is a link", func(t *testing.T, dir string) {
			if err := os.Symlink(t.TempDir(), filepath.Join(dir, "blocks")); err != nil {
				t.Fatal(err)
			}
		}, []string{"blocks, which lbench didn't make"}},
		{"a training set without marker", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "train/x.tfrecord"), "theirs") },
			[]string{"train/x.tfrecord, which lbench didn't make"}},
		{"a training set", func(t *testing.T, dir string) {
			if _, err := Generate(t.Context(), dir, tiny(), GenerateOptions{}); err != nil {
				t.Fatal(err)
			}
		}, []string{"holds another dataset (format tfrecord, not raw): choose another folder"}},
		{"raw files of another length", func(t *testing.T, dir string) {
			if _, err := Generate(t.Context(), dir, RawSpec(2, 512, 11), GenerateOptions{}); err != nil {
				t.Fatal(err)
			}
		}, []string{"holds another dataset (files 2, not 4; file length 512, not 786432; seed 11, not 10)"}},
		{"a newer marker", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, MarkerName), `{"schema":"lbench.dataset/2"}`)
		}, []string{`schema "lbench.dataset/2" isn't one of [lbench.dataset/1]`}},
		{"a foreign marker", func(t *testing.T, dir string) { write(t, filepath.Join(dir, MarkerName), "shopping list") },
			[]string{"isn't a dataset's marker"}},
		{"a shortened file", func(t *testing.T, dir string) {
			if _, err := Generate(t.Context(), dir, tinyRaw(), GenerateOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(filepath.Join(dir, tinyRaw().Name(1)), 1000); err != nil {
				t.Fatal(err)
			}
		}, []string{"blocks/block_1_of_4.raw isn't a file of 786432 bytes as lbench made it: move it away, then run lbench cold-read --prepare again"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.before(t, dir)
			before := inFolder(t, dir)
			for _, undo := range []bool{false, true} {
				_, err := Generate(t.Context(), dir, tinyRaw(), GenerateOptions{Undo: undo})
				wantError(t, err, c.want...)
				want(t, dir, before...)
			}
		})
	}
}

func TestATrainingDoesNotReadRawFiles(t *testing.T) {
	dir := made(t, tinyRaw())
	_, _, err := Find(t.Context(), dir, asTiny())
	wantError(t, err, "has format raw, but the workload reads tfrecord")
	_, err = Generate(t.Context(), dir, tiny(), GenerateOptions{})
	wantError(t, err, "holds another dataset (format raw, not tfrecord)")
}

func TestAll(t *testing.T) {
	inFolders := tiny()
	inFolders.Subfolders = 2
	for _, s := range []Spec{tinyRaw(), tiny(), inFolders} {
		dir := made(t, s)
		write(t, filepath.Join(dir, s.top(), "more.raw"), "?")
		files, marker, err := All(t.Context(), dir)
		if err != nil || marker != (Marker{markerSchema, s, true}) || len(files) != s.Files {
			t.Fatalf("%v, %+v, %v", files, marker, err)
		}
		for i, f := range files {
			if f != (File{s.Name(i), s.FileBytes()}) {
				t.Errorf("file %d: %+v", i, f)
			}
		}
	}
}

func TestAllRefuses(t *testing.T) {
	third := "blocks/block_2_of_4.raw"
	for _, c := range []struct {
		name   string
		before func(name, dir string) error
		want   []string
	}{
		{"short", func(name, _ string) error { return os.Truncate(name, 1000) },
			[]string{third + " has 1000 bytes, but 786432 were laid out: delete it, then run `lbench cold-read --prepare --data-dir "}},
		{"long", func(name, _ string) error { return os.Truncate(name, 1<<20) }, []string{third + " has 1048576 bytes, but 786432 were laid out"}},
		{"lost", func(name, _ string) error { return os.Remove(name) }, []string{"lacks " + third + ": run `lbench cold-read --prepare --data-dir ", "` again"}},
		{"a folder", func(name, _ string) error { return errors.Join(os.Remove(name), os.Mkdir(name, 0o777)) }, []string{third + " is a folder, want a file"}},
		{"no marker", func(_, dir string) error { return os.Remove(filepath.Join(dir, MarkerName)) },
			[]string{"no files of lbench's in ", ": run `lbench cold-read --prepare --data-dir "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := made(t, tinyRaw())
			if err := c.before(filepath.Join(dir, third), dir); err != nil {
				t.Fatal(err)
			}
			_, _, err := All(t.Context(), dir)
			wantError(t, err, c.want...)
			if errors.Is(err, fs.ErrNotExist) != (c.name == "no marker") {
				t.Errorf("%v: only a missing marker is fs.ErrNotExist", err)
			}
		})
	}
}
