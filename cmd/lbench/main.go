// Command lbench tells how many accelerators a mount can feed.
//
//  1. main makes the app of a real process: its streams, environment, engines, files.
//  2. run builds the command table (root.go) and maps the outcome to an exit code.
//  3. Each command is a file: its flags bind into a struct of options, settings.go fills
//     what was not given from the environment and a config file.
//  4. mlperf.go is the main one; its steps are those of a run folder.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/lbench/lbench/internal/result"
)

func main() {
	ctx, stop := interruptible(context.Background())
	defer stop()
	os.Exit(run(ctx, realApp(), os.Args[1:]))
}

// app is what a command reaches of the outside world.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
	open           openEngine        // reaches the dataset's storage
	create         result.CreateFunc // makes the files of a run folder
	terminal       bool              // stderr is one: colour and cursor movement are welcome
	width          int               // of the terminal
}

func realApp() *app {
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, now: time.Now, open: openNamed, create: result.CreateFile}
	a.terminal, a.width = terminal(os.Stderr, os.Getenv)
	return a
}

// interruptible gives a context that the first SIGINT or SIGTERM cancels, so that a run
// closes its folder. The second one ends the process at once. A terminal that goes away
// (SIGHUP) interrupts too, but not under nohup.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		<-signals
		cancel(errInterrupted)
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx, func() { signal.Stop(signals) }
}
