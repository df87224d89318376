package result

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Names of the files of a run folder.
const (
	RunFile      = "run.json"
	StepsFile    = "steps.ndjson"
	ReadingsFile = "telemetry.ndjson"
	ReportFile   = "report.html"
	OpsFile      = "ops.hdr" // latencies, an HdrHistogram log: of block commands by job and second, of a training's reads by second
	SumsFile     = "SHA256SUMS"
)

// CreateFunc makes one new file of a run folder, truncating an old one. Every file of
// a folder goes through one, so that a test can make the disk full.
type CreateFunc func(path string) (io.WriteCloser, error)

// CreateFile is the CreateFunc of a real run.
func CreateFile(path string) (io.WriteCloser, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
}

// Writer appends to an open run folder. Steps and Readings may be called from
// different goroutines; the first write error is kept and returned by every later call.
type Writer struct {
	dir    string
	create CreateFunc

	mu       sync.Mutex
	steps    *appender
	readings *appender
	err      error
}

// ID is the identity of a run that started at t: "20260313T140200Z-mlperf-resnet50_h100".
func ID(t time.Time, command, name string) string {
	return t.UTC().Format("20060102T150405Z") + "-" + command + "-" + name
}

// Create makes the folder results/run.ID and writes its run.json. An ID that is taken
// gets "-2", "-3" and so on: run.ID is set to what was free.
func Create(results string, run *Run, create CreateFunc) (*Writer, error) {
	if err := os.MkdirAll(results, 0o755); err != nil {
		return nil, fmt.Errorf("create the results folder: %w", err)
	}
	base := run.ID
	for n := 2; ; n++ {
		err := os.Mkdir(filepath.Join(results, run.ID), 0o755)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("create the run folder: %w", err)
		}
		run.ID = base + "-" + strconv.Itoa(n)
	}
	w := &Writer{dir: filepath.Join(results, run.ID), create: create}
	if err := w.SaveRun(*run); err != nil {
		_ = os.Remove(w.dir)
		return nil, err
	}
	return w, nil
}

// Dir is the run folder.
func (w *Writer) Dir() string { return w.dir }

// Steps appends steps to steps.ndjson.
func (w *Writer) Steps(steps []Step) error {
	return w.append(&w.steps, StepsFile, func(b []byte) ([]byte, error) {
		for _, s := range steps {
			b = appendStep(b, s)
		}
		return b, nil
	})
}

// Readings appends readings to telemetry.ndjson.
func (w *Writer) Readings(readings []Reading) error {
	return w.append(&w.readings, ReadingsFile, func(b []byte) ([]byte, error) {
		for _, r := range readings {
			line, err := json.Marshal(r)
			if err != nil {
				return b, fmt.Errorf("reading %s.%s: %w", r.Source, r.Name, err)
			}
			b = append(append(b, line...), '\n')
		}
		return b, nil
	})
}

func (w *Writer) append(to **appender, name string, encode func([]byte) ([]byte, error)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	if *to == nil {
		f, err := w.create(filepath.Join(w.dir, name))
		if err != nil {
			w.err = fmt.Errorf("create %s: %w", name, err)
			return w.err
		}
		*to = &appender{file: f, buf: bufio.NewWriterSize(f, 128<<10)}
	}
	if err := (*to).write(encode); err != nil {
		w.err = fmt.Errorf("write %s: %w", name, err)
	}
	return w.err
}

// SaveRun replaces run.json by run, so that a reader sees the old or the new one.
func (w *Writer) SaveRun(run Run) error {
	text, err := run.Encode()
	if err != nil {
		return err
	}
	return w.replaceFile(RunFile, text)
}

func (w *Writer) replaceFile(name string, content []byte) error {
	return Replace(w.create, filepath.Join(w.dir, name), content)
}

// Replace writes a file of a run folder so that a reader sees the old one or the new one,
// never a part. A link of that name is replaced, too, and not followed: a run folder may be
// anybody's. A file that somebody named is for WriteOutput.
func Replace(create CreateFunc, path string, content []byte) error {
	tmp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
	err := writeFile(create, tmp, content)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

// File writes one more file into the folder, such as "dlio/summary.json".
func (w *Writer) File(name string, content []byte) error {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("create the folder of %s: %w", name, err)
	}
	if err := writeFile(w.create, path, content); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func writeFile(create CreateFunc, path string, content []byte) error {
	f, err := create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Flush writes out what Steps and Readings still hold.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, a := range map[string]*appender{StepsFile: w.steps, ReadingsFile: w.readings} {
		if a == nil || w.err != nil {
			continue
		}
		if err := a.buf.Flush(); err != nil {
			w.err = fmt.Errorf("write %s: %w", name, err)
		}
	}
	return w.err
}

// Close flushes and saves the final run. Seal comes after it.
func (w *Writer) Close(run Run) error {
	err := w.Flush()
	for _, a := range []*appender{w.steps, w.readings} {
		if a != nil {
			err = errors.Join(err, a.file.Close())
		}
	}
	return errors.Join(err, w.SaveRun(run))
}

// Seal writes SHA256SUMS, the last file of a folder.
func (w *Writer) Seal() error {
	sums, err := Sums(w.dir)
	if err != nil {
		return err
	}
	return w.replaceFile(SumsFile, sums)
}

// appender is one file of lines. It flushes once a second, so that a killed run
// keeps all but its last second.
type appender struct {
	file    io.WriteCloser
	buf     *bufio.Writer
	scratch []byte
	flushed time.Time
}

func (a *appender) write(encode func([]byte) ([]byte, error)) error {
	b, err := encode(a.scratch[:0])
	a.scratch = b
	if err != nil {
		return err
	}
	if _, err := a.buf.Write(b); err != nil {
		return err
	}
	if now := time.Now(); now.Sub(a.flushed) >= time.Second {
		a.flushed = now
		return a.buf.Flush()
	}
	return nil
}

// appendStep writes s as encoding/json would, without its cost: a run of 512 ranks
// and 0.5 ms steps makes a million lines a second.
func appendStep(b []byte, s Step) []byte {
	field := func(name string, v int64) {
		b = append(b, name...)
		b = strconv.AppendInt(b, v, 10)
	}
	field(`{"epoch":`, int64(s.Epoch))
	field(`,"step":`, int64(s.Step))
	field(`,"rank":`, int64(s.Rank))
	field(`,"start_ns":`, s.StartNS)
	field(`,"wait_ns":`, s.Wait)
	field(`,"compute_ns":`, s.Compute)
	field(`,"barrier_ns":`, s.Barrier)
	field(`,"read_ns":`, s.Read)
	field(`,"work_ns":`, s.Work)
	return append(b, "}\n"...)
}
