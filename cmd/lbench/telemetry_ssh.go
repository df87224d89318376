package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// remote is another machine with an lbench, reached by the user's own ssh.
type remote struct {
	host   string // as ssh takes it; "" is none
	lbench string // what starts lbench there
}

// check refuses what ssh, or the shell there, would take for an option.
func (m remote) check() error {
	switch {
	case strings.HasPrefix(m.host, "-"), strings.ContainsFunc(m.host, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return usagef("telemetry record: --ssh %q isn't a machine: want host, user@host, or a Host of ssh_config", m.host)
	case m.host != "" && (m.lbench == "" || strings.HasPrefix(m.lbench, "-")):
		return usagef("telemetry record: --remote-lbench %q isn't a program: want a name or a path on %s", m.lbench, m.host)
	}
	return nil
}

// sshOptions never ask, and notice within two minutes that nobody is there any more. What
// the user's ssh_config would add for people stays away: a terminal, forwarded ports, a
// connection that outlives this one.
func sshOptions() []string {
	return []string{"-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=30",
		"-o", "ClearAllForwardings=yes", "-o", "ControlMaster=no"}
}

// arguments are those of an ssh that runs `lbench telemetry record` there. What follows "--"
// can't be an option; the command is one text for the shell there.
func (m remote) arguments(flags ...string) []string {
	words := []string{quoteShell(m.lbench), "telemetry", "record"}
	for _, flag := range flags {
		words = append(words, quoteShell(flag))
	}
	return append(sshOptions(), "--", m.host, strings.Join(words, " "))
}

// quoteShell makes one word for any shell of a text.
func quoteShell(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./~-]+$`)

// session is a command that runs on another machine.
type session struct {
	remote
	cmd    *exec.Cmd
	stdin  io.Closer
	ask    io.Writer // the same
	stdout *bufio.Reader
	said   lastWords // on stderr, by ssh or by the command
	limit  *time.Timer
}

// longestLine is more than any reading takes.
const longestLine = 64 << 10

// start starts lbench there. It ends when its stdin does, or the connection; when ctx is done,
// ssh is ended, and with it the connection.
func (m remote) start(ctx context.Context, flags ...string) (*session, error) {
	s := &session{remote: m, cmd: exec.CommandContext(ctx, "ssh", m.arguments(flags...)...)}
	s.cmd.Stderr = &s.said
	s.cmd.Env = append(os.Environ(), "SSH_ASKPASS_REQUIRE=never")
	// A session of its own: Ctrl-C reaches lbench only, which ends the command there in
	// its own way, and no ssh, nor one that it starts for a jump host, can ask a terminal.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	s.cmd.Cancel = s.kill
	s.cmd.WaitDelay = 2 * time.Second
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.stdin, s.ask, s.stdout = in, in, bufio.NewReaderSize(out, longestLine)
	if err := s.cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("there is no ssh in PATH: install it (openssh-client)")
		}
		return nil, fmt.Errorf("start ssh: %w", err)
	}
	return s, nil
}

// stop ends the command's stdin, and so the command. Where it goes on for grace, ssh is ended.
func (s *session) stop(grace time.Duration) {
	_ = s.stdin.Close() // an error: it has ended
	s.limit = time.AfterFunc(grace, func() { _ = s.kill() })
}

// kill ends ssh and what it started, such as another ssh to a jump host, and so the
// connection: the command there has no stdin any more.
func (s *session) kill() error {
	err := s.cmd.Process.Signal(syscall.SIGTERM)
	if err == nil { // it has not been waited for, so that its number is still its own
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGTERM)
	}
	return err
}

// wait waits for the end of the command, whose output was read to its end, and says why it
// failed.
func (s *session) wait() error {
	err := s.cmd.Wait()
	if s.limit != nil {
		s.limit.Stop()
	}
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case !errors.As(err, &exit):
		return fmt.Errorf("ssh %s: %w", s.host, err)
	}
	return s.explain(exit.ExitCode(), s.said.String())
}

// noConnection is what ssh ends with for reasons of its own.
const noConnection = 255

// explain is what an exit code of ssh means, which is that of the command there but for 255.
func (m remote) explain(code int, said string) error {
	copied := fmt.Sprintf("copy this one there with `scp $(command -v lbench) %s:` and give --remote-lbench ./lbench", m.host)
	switch {
	case code == 127: // of any shell
		return fmt.Errorf("there is no %s on %s (%s): %s", m.lbench, m.host, said, copied)
	case code == exitUsage:
		return fmt.Errorf("%s on %s may be of another version: it says %q: %s", m.lbench, m.host, strings.TrimPrefix(said, "lbench: "), copied)
	case said == "":
		return fmt.Errorf("ssh %s ended without a reason (exit code %d): the connection broke, or lbench was killed there", m.host, code)
	case code == noConnection:
		return fmt.Errorf("connection to %s: %s", m.host, said)
	}
	return fmt.Errorf("%s on %s: %s (exit code %d)", m.lbench, m.host, strings.TrimPrefix(said, "lbench: "), code)
}

// lastWords keeps the last of what is written to it.
type lastWords struct{ text []byte }

func (w *lastWords) Write(b []byte) (int, error) {
	w.text = append(w.text, b...)
	w.text = w.text[max(0, len(w.text)-4096):]
	return len(b), nil
}

// String is its last two lines: ssh tells the reason last, after the banner of the server.
// What could move a terminal's cursor is left out.
func (w *lastWords) String() string {
	var lines []string
	for line := range strings.Lines(string(w.text)) {
		line = strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsPrint(r) {
				return r
			}
			return -1
		}, line))
		if line = strings.TrimSuffix(line, "."); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-2):], "; ")
}
