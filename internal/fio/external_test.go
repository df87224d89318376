package fio

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// writeScript makes a program of the shell.
func writeScript(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fio")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// fakeFio makes a program that passes for fio 3.33, until it is to do a job.
func fakeFio(t *testing.T, body string) string {
	t.Helper()
	return writeScript(t, `[ "$1" = --version ] && { echo fio-3.33; exit; }`+"\n"+body)
}

// diskFiles makes files of zeros in a new folder.
func diskFiles(t *testing.T, files ...File) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, f.Bytes)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// readOf is the job of the fixture read.json.
func readOf(files ...File) Job {
	return Job{Op: Read, Pattern: Sequential, Files: files, OpBytes: 1 << 20, Jobs: 1, Depth: 1}
}

func twoFiles() []File { return []File{{"a", 8 << 20}, {"b", 8 << 20}} }

func TestExternalFails(t *testing.T) {
	fixture, err := filepath.Abs(filepath.Join("testdata", "fio", "read.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, script, want string
		is                 error
		bytes              int64 // of the outcome
	}{
		{"nothing printed", "exit 0", "it printed no result", nil, 0},
		{"garbage", "echo '<html>502'", `it printed no result (it said "<html>502")`, nil, 0},
		{"garbage that looks like it", "printf '{\\n 1\\n}\\n'", "read fio's output: invalid character", nil, 0},
		{"another's", "printf '{\\n \"jobs\": []\\n}\\n'", `version "" and 0 jobs`, nil, 0},
		{"fails", "echo 'fio: bad option' >&2; echo; echo 'a  note'; exit 1", `exit status 1 (it said "fio: bad option; a note")`, nil, 0},
		{"fails after a result", "cat " + fixture + "; exit 3", "exit status 3", nil, 16 << 20},
		{"cut short", "head -c 2000 " + fixture, "it printed no result", nil, 0},
		{"cut short later", "cat " + fixture + "; head -c 2000 " + fixture, "its output ends within a result", nil, 16 << 20},
		{"killed", "cat " + fixture + "; kill -9 $$", "signal: killed", nil, 16 << 20},
		{"disk full", "sed 's/\"error\": 0/\"error\": 28/' " + fixture + "; echo 'fio: pid=7, err=28/file:x.c:1, func=full, error=No space left on device'; exit 1", "job-0: no space left on device (it said", syscall.ENOSPC, 16 << 20},
		{"too little", "sed 's/\"io_bytes\": 16777216/\"io_bytes\": 1048576/' " + fixture, "it did 1048576 bytes of 16777216", nil, 1 << 20},
		{"jobs too many", "cat " + strings.Replace(fixture, "read", "streams", 1), "4 jobs: want 1", nil, 0},
		{"as it should be", "cat " + fixture, "", nil, 16 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := External{path: fakeFio(t, c.script), Dir: diskFiles(t, twoFiles()...)}
			out, err := e.Run(t.Context(), readOf(twoFiles()...), Options{})
			if out.Bytes != c.bytes {
				t.Errorf("outcome of %d bytes, want %d", out.Bytes, c.bytes)
			}
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "--runner fio: ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, c.want)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v isn't %v", err, c.is)
			}
		})
	}
}

func TestExternalSamplesAndKeeps(t *testing.T) {
	dir := diskFiles(t, twoFiles()...)
	script := fakeFio(t, "cat >"+dir+"/given\necho note: x\nfor n in 1048576 2097152 2097152 16777216; do sed \"s/16777216/$n/; s/\\\"runtime\\\": 28/\\\"runtime\\\": $((n/1024))/; s/ : / : /\" testdata/fio/read.json; done")
	kept := map[string]string{}
	live := &Live{}
	var samples []Sample
	var intervals []Interval
	e := External{path: script, Dir: dir, Name: "cell-1", Keep: func(name string, content []byte) error {
		kept[name] = string(content)
		return nil
	}}
	before := time.Now()
	out, err := e.Run(t.Context(), readOf(twoFiles()...), Options{
		Live:     live,
		Sample:   func(s Sample) { samples = append(samples, s) },
		Interval: func(i Interval) { i.Latencies = nil; intervals = append(intervals, i) },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Sample{{1024 * time.Millisecond, 1 << 20, 16}, {2048 * time.Millisecond, 2 << 20, 16}, {16384 * time.Millisecond, 16 << 20, 16}}
	if len(samples) != 3 || samples[0] != want[0] || samples[1] != want[1] || samples[2] != want[2] || len(out.Samples) != 3 {
		t.Errorf("samples %v, and %v in the outcome, want %v", samples, out.Samples, want)
	}
	if live.Bytes.Load() != 16<<20 || live.Ops.Load() != 16 {
		t.Errorf("live: %d bytes, %d ops", live.Bytes.Load(), live.Ops.Load())
	}
	// All 16 latencies are new in the first document, none in the others.
	if len(intervals) != 1 || intervals[0].Start != 0 || intervals[0].End != 1024*time.Millisecond {
		t.Errorf("intervals %v, want one up to 1.024 s", intervals)
	}
	if out.Runner != "fio" || out.Version != "fio-3.33" || out.Engine != "psync" || out.Duration != 16384*time.Millisecond {
		t.Errorf("outcome of %s, %s, %s, %v", out.Runner, out.Version, out.Engine, out.Duration)
	}
	if out.Began.Before(before) || out.Began.After(time.Now()) {
		t.Errorf("began at %v, the run at %v", out.Began, before)
	}
	given, err := os.ReadFile(filepath.Join(dir, "given"))
	if err != nil || string(given) != kept["fio/cell-1.fio"] || !strings.Contains(string(given), "directory="+dir+"\n") {
		t.Errorf("kept job file:\n%s\ngiven (%v):\n%s", kept["fio/cell-1.fio"], err, given)
	}
	if doc := kept["fio/cell-1.json"]; !strings.HasPrefix(doc, "{\n") || !strings.Contains(doc, `"runtime": 16384`) || strings.Contains(doc, "note") {
		t.Errorf("kept result:\n%s", doc)
	}
}

// fio's clock starts some time after its process: where its documents say, and the
// earliest of them is the nearest.
func TestExternalBegan(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("testdata", "fio", "read.json")) // after 28 ms
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		r := externalRun{job: readOf(twoFiles()...), started: started}
		if out := r.finish(); !out.Began.IsZero() {
			t.Errorf("began at %v before fio said so", out.Began)
		}
		for _, c := range []struct{ wait, want time.Duration }{
			{2 * time.Second, 2*time.Second - 28*time.Millisecond}, {time.Second, 2*time.Second - 28*time.Millisecond},
		} {
			time.Sleep(c.wait)
			r.take(document)
			if got := r.finish().Began.Sub(started); got != c.want {
				t.Errorf("began %v after the start, want %v", got, c.want)
			}
		}
		early := externalRun{job: r.job, started: time.Now()}
		early.take(document)
		if got := early.finish().Began; !got.Equal(early.started) {
			t.Errorf("began at %v, before the process at %v", got, early.started)
		}
	})
}

func TestExternalKeepFails(t *testing.T) {
	e := External{path: fakeFio(t, "exit 0"), Dir: diskFiles(t, twoFiles()...), Keep: func(string, []byte) error { return fs.ErrPermission }}
	if _, err := e.Run(t.Context(), readOf(twoFiles()...), Options{}); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "keep fio's fio") {
		t.Errorf("error %v, want one of keeping", err)
	}
}

func TestExternalLooksAtFiles(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Job)
		want   string
		is     error
	}{
		{"exists", func(j *Job) { j.Op = Write }, "ask for --overwrite", fs.ErrExist},
		{"absent", func(j *Job) { j.Files[0].Name = "x" }, "look at file", fs.ErrNotExist},
		{"absent to overwrite", func(j *Job) { j.Op, j.Overwrite, j.Files[0].Name = Write, true, "x" }, "look at file", fs.ErrNotExist},
		{"short", func(j *Job) { j.Files[1].Bytes = 16 << 20 }, "of 8388608 bytes: want a regular one of 16777216", nil},
		{"longer, of several", func(j *Job) { j.Files[1].Bytes = 4 << 20 }, "fio uses all of files of several sizes", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := twoFiles()
			e := External{path: fakeFio(t, "exit 9"), Dir: diskFiles(t, files...)}
			j := readOf(twoFiles()...)
			c.change(&j)
			_, err := e.Run(t.Context(), j, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
			for _, f := range files {
				if info, err := os.Stat(filepath.Join(e.Dir, f.Name)); err != nil || info.Size() != f.Bytes {
					t.Errorf("file %q is no longer as it was: %v", f.Name, err)
				}
			}
		})
	}
}

// A program that ignores SIGINT, its child too, is killed with it.
func TestExternalKillsAGroup(t *testing.T) {
	dir := diskFiles(t, twoFiles()...)
	e := External{path: fakeFio(t, "trap '' INT\nsleep 60 &\necho $$ $! >"+dir+"/pids.new; mv "+dir+"/pids.new "+dir+"/pids\nwait"), Dir: dir, grace: 50 * time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(dir, "pids")); err == nil {
				cancel()
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	began := time.Now()
	_, err := e.Run(ctx, readOf(twoFiles()...), Options{})
	cancel()
	if took := time.Since(began); !errors.Is(err, context.Canceled) || took > 30*time.Second {
		t.Errorf("error %v after %v, want that of the context, long before the script ends", err, took)
	}
	text, err := os.ReadFile(filepath.Join(dir, "pids"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range strings.Fields(string(text)) {
		if !ended(pid) {
			t.Errorf("process %s still runs", pid)
		}
	}
}

func TestExternalMayOpenFiles(t *testing.T) {
	e := External{path: fakeFio(t, "cat >/dev/null; [ $(ulimit -Sn) = $(ulimit -Hn) ] || echo $(ulimit -Sn) of $(ulimit -Hn) files; exit 1"), Dir: diskFiles(t, twoFiles()...)}
	if _, err := e.Run(t.Context(), readOf(twoFiles()...), Options{}); err == nil || strings.Contains(err.Error(), "files") {
		t.Errorf("error %v, want none of too few files", err)
	}
}

// ended says whether a process is gone, or dead and not yet reaped by whoever has to. A
// killed one may need a moment.
func ended(pid string) bool {
	for range 200 {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

// SIGINT lets fio print what it has done.
func TestExternalInterrupts(t *testing.T) {
	fixture, err := filepath.Abs(filepath.Join("testdata", "fio", "read.json"))
	if err != nil {
		t.Fatal(err)
	}
	dir := diskFiles(t, twoFiles()...)
	e := External{path: fakeFio(t, "trap 'cat "+fixture+"; exit 130' INT\n: >"+dir+"/ready\nwhile :; do sleep 0.02; done"), Dir: dir}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
				cancel()
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	out, err := e.Run(ctx, readOf(twoFiles()...), Options{})
	cancel()
	if err != context.Canceled || out.Bytes != 16<<20 {
		t.Errorf("error %v, %d bytes, want that of the context and what was done", err, out.Bytes)
	}
}

func TestExternalTimesOut(t *testing.T) {
	e := External{path: fakeFio(t, "exec sleep 60"), Dir: diskFiles(t, twoFiles()...)}
	_, err := e.Run(t.Context(), readOf(twoFiles()...), Options{IOTimeout: time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), `no progress for 1.001s (--io-timeout 1ms): job-0 has done least, with "a", "b": is the server up?`) {
		t.Errorf("error %v, want one that names the files", err)
	}
}

func TestExternalQuietLimit(t *testing.T) {
	for _, c := range []struct {
		files, jobs int
		fsync       Fsync
		want        time.Duration
	}{
		{4, 2, FsyncNone, 11 * time.Second},
		{4, 2, FsyncEnd, 31 * time.Second},
		{5, 2, FsyncEnd, 41 * time.Second},
		{1, 2, FsyncEach, 21 * time.Second},
		{4, 1000, FsyncNone, 18 * time.Second},
	} {
		r := externalRun{o: Options{IOTimeout: 10 * time.Second}, job: Job{Jobs: c.jobs, Files: make([]File, c.files), Fsync: c.fsync}}
		if got := r.quietLimit(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestExternalNamesTheStuck(t *testing.T) {
	r := externalRun{job: Job{Jobs: 2, OpBytes: 1, Files: fioFilesOf(1, 1, 1, 1, 1, 1, 1, 1)}}
	r.last.Jobs = []fioJob{{Read: fioDirection{Bytes: 5}}, {Read: fioDirection{Bytes: 4}}}
	if err := r.stuck(); !strings.Contains(err.Error(), `job-1 has done least, with "b", "d", "f", or 1 more:`) {
		t.Error(err)
	}
}

// realFio skips a test where the installed fio isn't one that External takes.
func realFio(t *testing.T) {
	t.Helper()
	path, err := exec.LookPath("fio")
	if err != nil {
		t.Skip("needs fio in PATH: apt-get install fio")
	}
	if _, err := findFio(t.Context(), path); err != nil {
		t.Skip(err)
	}
	t.Parallel() // fio takes most of a second to start and to end
}

func TestRealFioReads(t *testing.T) {
	realFio(t)
	files := []File{{"a:1", 4 << 20}, {"b 2", 4 << 20}}
	for _, depth := range []int{1, 4} {
		j := Job{Op: Read, Pattern: Sequential, Files: files, OpBytes: 256 << 10, Jobs: 2, Depth: depth}
		out, err := External{Dir: diskFiles(t, files...)}.Run(t.Context(), j, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if out.Bytes != 8<<20 || out.Ops != 32 || out.Total.Count() != 32 || out.Complete.Count() != 32 || out.Duration <= 0 {
			t.Errorf("depth %d: %d bytes, %d ops, %d latencies in %v", depth, out.Bytes, out.Ops, out.Total.Count(), out.Duration)
		}
		if queued := out.Submit != nil; queued != (depth > 1) || queued && out.Submit.Count() != 32 {
			t.Errorf("depth %d: submit latencies: %v", depth, queued)
		}
		for i, job := range out.Jobs {
			if job.Job != i || job.Bytes != 4<<20 || job.Ops != 16 {
				t.Errorf("depth %d: job %d: %+v", depth, i, job)
			}
		}
	}
}

func TestRealFioReadsParts(t *testing.T) {
	realFio(t)
	j := Job{Op: Read, Pattern: Random, Files: []File{{"a", 1 << 20}}, OpBytes: 4096, Jobs: 3, Depth: 1}
	out, err := External{Dir: diskFiles(t, j.Files...)}.Run(t.Context(), j, Options{})
	if err != nil || out.Bytes != 1<<20 || out.Ops != 256 || out.Jobs[0].Ops != 85 || out.Jobs[2].Ops != 86 {
		t.Errorf("error %v, %d bytes, %d ops: %+v", err, out.Bytes, out.Ops, out.Jobs)
	}
}

func TestRealFioWrites(t *testing.T) {
	realFio(t)
	dir := t.TempDir()
	j := Job{Op: Write, Pattern: Sequential, Files: []File{{"a", 1 << 20}, {"b", 1 << 20}}, OpBytes: 64 << 10, Jobs: 4, Depth: 1, Fsync: FsyncEnd}
	for _, overwrite := range []bool{false, true} {
		if j.Overwrite = overwrite; overwrite {
			j.Fsync = FsyncEach
		}
		out, err := External{Dir: dir}.Run(t.Context(), j, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if out.Bytes != 2<<20 || out.Ops != 32 || out.Total.Count() != 32 {
			t.Errorf("%d bytes, %d ops, %d latencies", out.Bytes, out.Ops, out.Total.Count())
		}
		if overwrite && (out.Sync == nil || out.Sync.Count() != 28) {
			t.Errorf("latencies of fsync: %v, want 28", countedOf(out.Sync))
		}
		for _, f := range j.Files {
			if info, err := os.Stat(filepath.Join(dir, f.Name)); err != nil || info.Size() != 1<<20 {
				t.Errorf("file %q: %v", f.Name, err)
			}
		}
	}
}

// A file that shrinks between the look at it and the run is neither deleted nor filled.
func TestRealFioLeavesShortFilesAlone(t *testing.T) {
	realFio(t)
	files := []File{{"a", 1 << 20}}
	dir := diskFiles(t, files...)
	shrink := func(string, []byte) error { return os.Truncate(filepath.Join(dir, "a"), 4096) }
	j := Job{Op: Read, Pattern: Sequential, Files: files, OpBytes: 4096, Jobs: 1, Depth: 1}
	if _, err := (External{Dir: dir, Keep: shrink}).Run(t.Context(), j, Options{}); !errors.Is(err, syscall.EIO) {
		t.Errorf("error %v, want fio's EIO", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "a")); err != nil || info.Size() != 4096 {
		t.Errorf("the file is no longer as it was: %v", err)
	}
}

func TestRealFioIsCanceled(t *testing.T) {
	realFio(t)
	files := []File{{"a", 1 << 20}}
	dir := diskFiles(t, files...)
	j := Job{Op: Read, Pattern: Random, Files: files, OpBytes: 4096, Jobs: 2, Depth: 1, Duration: time.Minute, RateBytesPerS: 1 << 20}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var samples int
	out, err := External{Dir: dir}.Run(ctx, j, Options{Sample: func(Sample) { samples++; cancel() }})
	if err != context.Canceled || samples == 0 || out.Bytes == 0 || out.Duration <= 0 || out.Duration > 30*time.Second {
		t.Errorf("error %v, %d samples, %d bytes in %v", err, samples, out.Bytes, out.Duration)
	}
	if pid, runs := usesFolder(dir); runs {
		t.Errorf("process %d still has a file of %s open", pid, dir)
	}
}

// usesFolder finds another process with a file of a folder open.
func usesFolder(dir string) (int, bool) {
	open, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range open {
		pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
		if to, err := os.Readlink(link); err == nil && pid != os.Getpid() && strings.HasPrefix(to, dir) {
			return pid, true
		}
	}
	return 0, false
}
