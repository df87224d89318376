package result

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
)

// Folder is a run folder opened for reading.
type Folder struct {
	Dir string
	Run Run
}

// Open reads run.json of a run folder. Any status opens, "incomplete" too.
func Open(dir string) (*Folder, error) {
	text, err := ReadRegular(filepath.Join(dir, RunFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open run folder %q: it holds no %s; a run folder is results/<time>-<command>-<workload>", dir, RunFile)
	}
	if err != nil {
		return nil, fmt.Errorf("open run folder: %w", err)
	}
	f := &Folder{Dir: dir}
	if err := json.Unmarshal(text, &f.Run); err != nil {
		return nil, fmt.Errorf("read %s of %q: %w", place(text, err), dir, err)
	}
	if f.Run.Schema != Schema {
		return nil, fmt.Errorf("read %s of %q: schema %q isn't one of [%s]", RunFile, dir, f.Run.Schema, Schema)
	}
	if err := f.Run.plausible(); err != nil {
		return nil, fmt.Errorf("read %s of %q: %w", RunFile, dir, err)
	}
	f.Run.Warnings = append(f.Run.Warnings, f.inconsistent()...)
	f.withAttached()
	return f, nil
}

// place names run.json, with the line where it stops being JSON.
func place(text []byte, err error) string {
	var wrong *json.SyntaxError
	if !errors.As(err, &wrong) {
		return RunFile
	}
	before := text[:min(max(wrong.Offset, 0), int64(len(text)))]
	return fmt.Sprintf("%s:%d", RunFile, 1+bytes.Count(before, []byte("\n")))
}

// maxLine bounds a line of steps or readings, so that a file without line ends can't
// take all memory.
const maxLine = 1 << 20

// ReadRun is the Run of a run folder alone.
func ReadRun(dir string) (Run, error) {
	f, err := Open(dir)
	if err != nil {
		return Run{}, err
	}
	return f.Run, nil
}

// Steps calls do for each line of steps.ndjson in order. A last line that was cut off
// by a kill is left out; any other bad line is an error with its number. No file: no
// steps. It takes as much memory for a long file as for a short one.
func (f *Folder) Steps(do func(Step) error) error { return lines(f.Dir, StepsFile, parseStep, do) }

// Readings calls do for each line of telemetry.ndjson, as Steps does. Readings may share
// their Labels, which are not to be changed.
func (f *Folder) Readings(do func(Reading) error) error {
	return lines(f.Dir, ReadingsFile, newReadingParser().parse, do)
}

func lines[T any](dir, name string, parse func([]byte) (T, error), do func(T) error) error {
	file, err := OpenRegular(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, maxLine)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		switch {
		case err == io.EOF:
			return nil // an unterminated line was cut off by a kill
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("%s:%d: the line is longer than %d bytes, which no run writes", name, n, maxLine)
		case err != nil:
			return fmt.Errorf("read %s: %w", name, err)
		}
		value, err := parse(line)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		if err := do(value); err != nil {
			return err
		}
	}
}

// Sums gives the SHA-256 of the files of a folder, as Files has them, in the format of
// sha256sum(1).
func Sums(dir string) ([]byte, error) {
	files, err := (&Folder{Dir: dir}).Files()
	if err != nil {
		return nil, err
	}
	var sums bytes.Buffer
	for _, file := range files {
		fmt.Fprintf(&sums, "%s  %s\n", file.SHA256, file.Name)
	}
	return sums.Bytes(), nil
}
