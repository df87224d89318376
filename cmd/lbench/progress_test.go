package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/dlio"
)

// output may be written to by a line of progress while a test reads it.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// linesOf gives what is shown in 25 s of a training that is in the middle of epoch 2.
func linesOf(t *testing.T, a *app, quiet bool) string {
	t.Helper()
	var out output
	a.stderr = &out
	synctest.Test(t, func(*testing.T) {
		live := &dlio.Live{}
		line := a.newLiveLine(dlio.Plan{Epochs: 4, Steps: 100}, live, quiet)
		live.Epoch.Store(2)
		live.Step.Store(50)
		live.Slowest.Store(3)
		live.Bytes.Store(5e9)
		live.Compute.Store(900)
		live.Window.Store(1000)
		time.Sleep(25 * time.Second)
		line.finish()
	})
	return out.String()
}

func TestPlainProgress(t *testing.T) {
	want := "epoch 2/4  step 50/100  AU 90.0 %  500 MB/s  slowest rank 3  17 s left\n" +
		"epoch 2/4  step 50/100  AU 90.0 %  0 B/s  slowest rank 3  33 s left\n"
	if got := linesOf(t, &app{}, false); got != want {
		t.Errorf("a line every 10 s:\n%swant\n%s", got, want)
	}
	if got := linesOf(t, &app{}, true); got != "" {
		t.Errorf("quiet: %q", got)
	}
}

func TestTerminalProgress(t *testing.T) {
	got := linesOf(t, &app{terminal: true, width: 30}, false)
	first, _, _ := strings.Cut(strings.TrimPrefix(got, "\r"), "\r")
	if want := "epoch 2/4  step 50/100  AU 90\x1b[K"; first != want {
		t.Errorf("cut to the width: %q, want %q", first, want)
	}
	if !strings.HasSuffix(got, "\r\x1b[K") || strings.Contains(got, "\n") {
		t.Errorf("the line isn't wiped at the end: %q", got[len(got)-20:])
	}
}

func TestBarCountsNewBytesOnly(t *testing.T) {
	var out output
	synctest.Test(t, func(*testing.T) {
		bar := (&app{stderr: &out}).newBar(10e9, "datagen", false)
		bar.add(6, 6e9) // of an earlier datagen
		bar.add(0, 1e9)
		time.Sleep(11 * time.Second)
		bar.finish()
	})
	if want := "datagen: 7.00 GB of 10.0 GB, 100 MB/s, 30 s left\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestBarOnATerminal(t *testing.T) {
	var out output
	a := &app{stderr: &out, terminal: true, width: 80}
	bar := a.newBar(10e6, "datagen", false)
	bar.add(0, 10e6)
	bar.finish()
	if got := out.String(); !strings.Contains(got, "datagen 100%") || !strings.Contains(got, "\r") || !strings.HasSuffix(got, "\n") {
		t.Errorf("a finished bar: %q", got)
	}
	out = output{}
	bar = a.newBar(10e6, "datagen", true)
	bar.add(0, 10e6)
	bar.finish()
	if got := out.String(); got != "" {
		t.Errorf("a quiet bar: %q", got)
	}
}

// openTerminal gives both ends of a new pseudo-terminal.
func openTerminal(t *testing.T) (user, program *os.File) {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { user.Close() })
	fd := int(user.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return user, program
}

func TestTerminalIsOneUnlessToldOtherwise(t *testing.T) {
	_, program := openTerminal(t)
	pipe, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	for _, c := range []struct {
		file *os.File
		env  map[string]string
		want bool
	}{
		{program, nil, true},
		{program, map[string]string{"TERM": "xterm"}, true},
		{program, map[string]string{"NO_COLOR": "1"}, false},
		{program, map[string]string{"TERM": "dumb"}, false},
		{pipe, nil, false},
	} {
		got, width := terminal(c.file, func(name string) string { return c.env[name] })
		if got != c.want || got && width != 80 { // a new terminal has no size
			t.Errorf("%s with %v: %v, width %d", c.file.Name(), c.env, got, width)
		}
	}
}

// A run on a terminal rewrites one line and leaves none of it behind.
func TestRunOnATerminal(t *testing.T) {
	user, program := openTerminal(t)
	c := exec.Command("lbench", "mlperf", "--workload", "resnet50_demo", "--engine", "null", "--min-au", "1", "--epochs", "1",
		"--param", "train.computation_time=0.02")
	c.Dir, c.Stderr = t.TempDir(), program
	var out output
	var shown sync.WaitGroup
	shown.Go(func() { _, _ = io.Copy(&out, user) }) // ends with EIO once nobody has the other end open
	err := c.Run()
	program.Close()
	shown.Wait()
	if err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if !strings.Contains(text, "\repoch 1/1  step ") || !strings.Contains(text, "\r\x1b[K") {
		t.Fatalf("no line that is rewritten and wiped: %q", text)
	}
	if after := text[strings.LastIndex(text, "\r\x1b[K"):]; !strings.Contains(after, "report: ") {
		t.Errorf("after the line: %q", after)
	}
}
