package fio

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// fioProcess is a fio that runs. Its documents have to be taken until it has exited, or
// is abandoned.
type fioProcess struct {
	cmd       *exec.Cmd
	documents chan []byte
	exited    chan error
	abandoned chan struct{}
	stdout    fioOutput // for the process's own goroutine, until it has exited
	stderr    said      // the same
}

// startFio starts fio with a job file, which it reads from stdin, and with a status every
// so often. Of fio's two ways to tell how far it is, --status-interval prints whole
// documents: bytes and latencies so far, of each job. Its ETA line has only rates.
//
// It is a process group of its own: a terminal's Ctrl-C doesn't reach it, and whatever it
// starts ends with it. The kernel interrupts it if we are killed.
func startFio(path, jobFile string, every time.Duration) (*fioProcess, error) {
	p := &fioProcess{
		cmd:       exec.Command(path, "--output-format=json+", "--eta=never", fmt.Sprintf("--status-interval=%dms", every.Milliseconds()), "-"),
		documents: make(chan []byte),
		exited:    make(chan error, 1),
		abandoned: make(chan struct{}),
	}
	p.stdout.document = func(raw []byte) {
		select {
		case p.documents <- raw:
		case <-p.abandoned:
		}
	}
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	p.cmd.WaitDelay = time.Second // for what holds its stdout open after it
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	raiseOpenFiles(p.cmd.Process.Pid)
	go func() {
		_, _ = io.WriteString(stdin, jobFile) // one that doesn't read it tells why
		_ = stdin.Close()
		err := p.cmd.Wait()
		if errors.Is(err, exec.ErrWaitDelay) { // something of the group is left
			p.signal(syscall.SIGKILL)
		}
		p.stdout.close()
		p.exited <- err
	}()
	return p, nil
}

// raiseOpenFiles lets a process have as many files open as it may. fio has one for each
// job at least, and the usual limit is 1,024. Where that is refused, the limit stays.
func raiseOpenFiles(pid int) {
	var limit unix.Rlimit
	if unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &limit) == nil {
		limit.Cur = limit.Max
		_ = unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil)
	}
}

// signal sends a signal to the process and all that it has started.
func (p *fioProcess) signal(s syscall.Signal) {
	_ = syscall.Kill(-p.cmd.Process.Pid, s) // it may have ended
}

// abandon leaves a process alone that doesn't end even if killed.
func (p *fioProcess) abandon() { close(p.abandoned) }

// statusEvery is how often fio is to tell how far it is: twice a second, and more rarely
// with many jobs, as a document has some 15 KB for each.
func statusEvery(jobs int) time.Duration {
	return max(500*time.Millisecond, time.Duration(jobs)*4*time.Millisecond)
}
