package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lbench": main, "lbench-altered": alteredMain, "lbench-nobody": nobodyMain})
}

// TestScripts runs testdata/script. Beside testscript's own commands a script has those
// of scriptCommands. Its environment cuts the workload down to 1 MB in 16 files and to
// steps of a millisecond.
func TestScripts(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) { // as under nohup: what a script starts shall not inherit it
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true, UpdateScripts: *update,
		Cmds: scriptCommands(),
		Setup: func(env *testscript.Env) error {
			env.Values[signalled{}] = &signalled{}
			env.Setenv("LBENCH_PARAM", "dataset.num_samples_per_file=64 dataset.record_length_bytes=1000 reader.batch_size=8 train.computation_time=0.001")
			env.Setenv("LBENCH_WORKLOAD", "resnet50_demo")
			env.Setenv("LBENCH_CEILING", "off")
			env.Setenv("LBENCH_MIN_AU", "1")                  // whatever else this machine does meanwhile
			env.Setenv("GORACE", "atexit_sleep_ms=0")         // or each lbench waits a second before it ends
			return os.Chmod(filepath.Dir(env.WorkDir), 0o755) // lbench-nobody passes through
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "userns":
				return exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt").Run() == nil, nil
			case "root":
				return os.Getuid() == 0, nil
			case "direct":
				f, err := os.OpenFile(filepath.Join(t.TempDir(), "probe"), os.O_CREATE|os.O_RDWR|syscall.O_DIRECT, 0o600)
				_ = f.Close()
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

type scriptCommand = func(ts *testscript.TestScript, neg bool, args []string)

func scriptCommands() map[string]scriptCommand {
	return map[string]scriptCommand{
		"exits": exits, "error": oneErrorLine, "json": checkJSON, "folder": oneFolder,
		"await": await, "signal": sendSignal, "code": checkCode, "overwrite": overwrite,
	}
}

// exits CODE[,CODE] PROGRAM [ARG...] runs a program that must end with one of those exit codes.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if !slices.Contains(strings.Split(args[0], ","), strconv.Itoa(got)) {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// error REGEXP demands that stderr is one line, an error of lbench that matches.
func oneErrorLine(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile("stderr")
	if !strings.HasPrefix(text, "lbench: ") || strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") {
		ts.Fatalf("stderr isn't one line that begins with `lbench: `: %q", text)
	}
	if !regexp.MustCompile(args[0]).MatchString(text) {
		ts.Fatalf("stderr %q doesn't match %q", text, args[0])
	}
}

// [!] json FILE PATH [VALUE] demands that FILE is one JSON document that has something at
// PATH, equal to VALUE. In a list, an index, len or KEY=VALUE chooses.
func checkJSON(ts *testscript.TestScript, neg bool, args []string) {
	in := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	in.UseNumber()
	var doc any
	ts.Check(in.Decode(&doc))
	if _, err := in.Token(); err != io.EOF {
		ts.Fatalf("%s holds more than one JSON document", args[0])
	}
	got, ok := lookup(doc, strings.Split(args[1], "/"))
	if len(args) > 2 {
		ok = ok && fmt.Sprint(got) == args[2]
	}
	if ok == neg {
		ts.Fatalf("%s has %v", args[1], got)
	}
}

func lookup(doc any, path []string) (any, bool) {
	for _, name := range path {
		switch at := doc.(type) {
		case map[string]any:
			value, ok := at[name]
			if !ok {
				return nil, false
			}
			doc = value
		case []any:
			value, ok := choose(at, name)
			if !ok {
				return nil, false
			}
			doc = value
		default:
			return nil, false
		}
	}
	return doc, true
}

func choose(list []any, which string) (any, bool) {
	if which == "len" {
		return len(list), true
	}
	if i, err := strconv.Atoi(which); err == nil && i < len(list) {
		return list[i], true
	}
	key, value, _ := strings.Cut(which, "=")
	for _, item := range list {
		if object, ok := item.(map[string]any); ok && fmt.Sprint(object[key]) == value {
			return item, true
		}
	}
	return nil, false
}

// folder VARIABLE GLOB names the only file that matches.
func oneFolder(ts *testscript.TestScript, neg bool, args []string) {
	found, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%s matches %d files, want 1: %v", args[1], len(found), found)
	}
	ts.Setenv(args[0], found[0])
}

// await GLOB [REGEXP] waits until a file is there and its content matches.
func await(ts *testscript.TestScript, neg bool, args []string) {
	want := regexp.MustCompile("")
	if len(args) > 1 {
		want = regexp.MustCompile(args[1])
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	timeout := time.NewTimer(30 * time.Second)
	defer timeout.Stop()
	for {
		found, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		if len(found) > 0 {
			if text, err := os.ReadFile(found[0]); err == nil && want.Match(text) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-timeout.C:
			ts.Fatalf("nothing at %s in 30 s that matches %q", args[0], want)
		}
	}
}

// signalled is the last background process that was sent a signal.
type signalled struct{ cmd *exec.Cmd }

// signal NAME... sends signals to the last background process.
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}
	running := ts.BackgroundCmds()
	last := running[len(running)-1]
	for _, name := range args {
		ts.Check(last.Process.Signal(signals[name]))
	}
	ts.Value(signalled{}).(*signalled).cmd = last
}

// code N checks, after wait, how the process ended that was sent a signal; -1: it was killed.
func checkCode(ts *testscript.TestScript, neg bool, args []string) {
	if got := ts.Value(signalled{}).(*signalled).cmd.ProcessState.ExitCode(); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// overwrite FILE OFFSET TEXT changes bytes of a file in place.
func overwrite(ts *testscript.TestScript, neg bool, args []string) {
	offset, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY, 0)
	ts.Check(err)
	defer f.Close()
	_, err = f.WriteAt([]byte(args[2]), offset)
	ts.Check(err)
}
