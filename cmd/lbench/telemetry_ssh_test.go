package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbench/lbench/internal/telemetry"
)

// TestSSHArguments: what a user or a path brings along is never an option, nor a second word.
func TestSSHArguments(t *testing.T) {
	m := remote{host: "admin@oss1", lbench: "./my dir/it's $(x)"}
	args := m.arguments("-o", "-", "--root", "/host")
	end := slices.Index(args, "--")
	if end < 0 || len(args) != end+3 || args[end+1] != m.host || !slices.Contains(args[:end], "BatchMode=yes") {
		t.Fatalf("arguments %q", args)
	}
	out, err := exec.Command("sh", "-c", "printf '<%s>' "+args[end+2]).Output()
	if want := "<./my dir/it's $(x)><telemetry><record><-o><-><--root></host>"; err != nil || string(out) != want {
		t.Errorf("the shell there sees %s, error %v, want %s", out, err, want)
	}
	for _, bad := range []remote{{"-F/tmp/x", "lbench"}, {"a b", "lbench"}, {"a\nb", "lbench"}, {"a\x1b[2J", "lbench"}, {"oss1", ""}, {"oss1", "-x"}} {
		if err := bad.check(); err == nil || exitCode(err) != exitUsage {
			t.Errorf("%q is taken: %v", bad, err)
		}
	}
	for _, good := range []remote{{"", "lbench"}, {"oss1", "lbench"}, {"admin@10.0.0.1", "./lbench"}, {"fe80::1%eth0", "/opt/l b/lbench"}} {
		if err := good.check(); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestSSHIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := remote{host: "oss1", lbench: "lbench"}.start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "there is no ssh in PATH: install it") {
		t.Errorf("error %v", err)
	}
}

func TestLastWords(t *testing.T) {
	for said, want := range map[string]string{
		"":                                    "",
		"one\r\n":                             "one",
		"banner\n\none.\r\n\x1b[2Jtwo.\r\n\n": "one; [2Jtwo",
		strings.Repeat("x", 5000) + "\nlast":  strings.Repeat("x", 4091) + "; last",
	} {
		var w lastWords
		for chunk := range slices.Chunk([]byte(said), 7) {
			if n, err := w.Write(chunk); n != len(chunk) || err != nil {
				t.Fatal(n, err)
			}
		}
		if got := w.String(); got != want {
			t.Errorf("%.40q is %.40q, want %.40q", said, got, want)
		}
	}
}

// TestReadLine: a line that is too long is one bad line, and the last one without an end none.
func TestReadLine(t *testing.T) {
	in := bufio.NewReaderSize(strings.NewReader("one\n"+strings.Repeat("x", 1000)+"\ntwo\nthr"), 16)
	for _, want := range []string{"one\n", strings.Repeat("x", 16), "two\n"} {
		if got, err := readLine(in); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	if got, err := readLine(in); err != io.EOF {
		t.Errorf("%q, %v, want the end", got, err)
	}
}

// slowLink is a connection to a machine that tells its time, with a way there and a way back
// that take time.
type slowLink struct {
	there, back []time.Duration // of each exchange
	shift       time.Duration
	noise       string // before each answer
	n           int
	answer      bytes.Buffer
}

func (l *slowLink) Write(question []byte) (int, error) {
	time.Sleep(l.there[l.n%len(l.there)])
	there := &app{stdin: bytes.NewReader(question), stdout: &l.answer, now: func() time.Time { return time.Now().Add(l.shift) }}
	l.answer.WriteString(l.noise)
	return len(question), there.tellTime()
}

func (l *slowLink) Read(b []byte) (int, error) {
	time.Sleep(l.back[l.n%len(l.back)])
	l.n++
	return l.answer.Read(b)
}

// TestClockByExchanges: the shortest exchange decides, and its two ways bound the error.
func TestClockByExchanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ms = time.Millisecond
		for _, noise := range []string{"", "welcome\ntime0 x\ntime99 5\n"} {
			link := &slowLink{
				there: []time.Duration{900 * ms, 5 * ms, 30 * ms}, back: []time.Duration{40 * ms, 1 * ms, 0},
				shift: time.Hour, noise: noise,
			}
			all := exchangeTimes(link, bufio.NewReader(link), time.Now)
			got, ok := telemetry.EstimateOffset(all)
			if len(all) != clockExchanges || !ok || got.Ahead != time.Hour+2*ms || got.Error != 3*ms {
				t.Errorf("%d exchanges: %v within %v, want %v within %v", len(all), got.Ahead, got.Error, time.Hour+2*ms, 3*ms)
			}
		}
	})
}

// TestClockEnds: what came before the connection broke counts; garbage alone is none.
func TestClockEnds(t *testing.T) {
	answers := bufio.NewReader(strings.NewReader("time0 1000\nnoise\ntime1 2000\ntime2 30"))
	if all := exchangeTimes(io.Discard, answers, time.Now); len(all) != 2 || all[1].There.UnixNano() != 2000 {
		t.Errorf("got %+v", all)
	}
	for _, garbage := range []string{"", "time0", "time0 \n", "time0 1x\n", "time1 1\n", "time0 99999999999999999999\n"} {
		if all := exchangeTimes(io.Discard, bufio.NewReader(strings.NewReader(garbage)), time.Now); len(all) != 0 {
			t.Errorf("%q is taken as %+v", garbage, all)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("welcome\ntime0 1773410520000000000\n")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := answerTo("time0", bufio.NewReaderSize(strings.NewReader(text), 16))
		if err == nil && !strings.Contains(text, "time0 ") {
			t.Errorf("%q is %v", text, at)
		}
	})
}

func TestClockSummary(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		clocks []telemetry.Offset
		want   string
	}{
		{nil, ""},
		{[]telemetry.Offset{{Ahead: 2100 * time.Microsecond, Error: 300 * time.Microsecond}}, "clock of oss1: 2.1 ms ahead of this machine's, within 300 us\n"},
		{[]telemetry.Offset{{Ahead: -3 * ms, Error: 1 * ms}, {Ahead: -5 * ms, Error: 2 * ms}}, "clock of oss1: 4 ms behind this machine's, within 2 ms\n"},
		{[]telemetry.Offset{{Ahead: -3 * ms, Error: 1 * ms}, {Ahead: 7 * ms, Error: 2 * ms}}, "clock of oss1: 2 ms ahead of this machine's, within 2 ms; it moved, from 3 ms behind to 7 ms ahead\n"},
	} {
		s := recordSummary{Host: "oss1", clocks: c.clocks}
		s.compareClocks()
		var text strings.Builder
		s.printClock(&text)
		if text.String() != c.want {
			t.Errorf("%q, want %q", text.String(), c.want)
		}
	}
}

// TestUntilEOF: the recorder's context ends with its stdin, and with what it comes from.
func TestUntilEOF(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := io.Pipe()
		ctx := untilEOF(context.Background(), in)
		fmt.Fprint(out, "not an end")
		if synctest.Wait(); ctx.Err() != nil {
			t.Error("it ended before stdin")
		}
		out.Close()
		if synctest.Wait(); ctx.Err() == nil {
			t.Error("it goes on after stdin")
		}
	})
}

// sshHere puts an ssh into PATH that runs the command here, in a home that holds an lbench.
func sshHere(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"ssh":    "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\ncd " + dir + "\nexec sh -c \"$3\"\n",
		"lbench": "#!/bin/sh\nPATH=${PATH#*:} exec lbench \"$@\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}
