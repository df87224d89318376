package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// sshServer is OpenSSH's own sshd on a port of loopback, one process a connection, with a key
// of its own and one key that may log in.
type sshServer struct {
	t     *testing.T
	dir   string
	mutex sync.Mutex
	conns []*net.TCPConn
}

const sshd = "/usr/sbin/sshd"

func startSSHServer(t *testing.T) *sshServer {
	t.Helper()
	for _, program := range []string{"ssh", "ssh-keygen", sshd} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is missing: apt-get install openssh-client openssh-server", program)
		}
	}
	if os.Getuid() == 0 { // where systemd has not made it; it stays empty
		if err := os.Mkdir("/run/sshd", 0o755); err == nil {
			t.Cleanup(func() { _ = os.Remove("/run/sshd") })
		} else if !errors.Is(err, fs.ErrExist) {
			t.Skipf("sshd needs its folder: %v", err)
		}
	}
	s := &sshServer{t: t, dir: t.TempDir()}
	for _, key := range []string{"host_key", "user_key"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(s.dir, key)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	s.write("sshd_config", 0o600, "HostKey %[1]s/host_key\nAuthorizedKeysFile %[1]s/user_key.pub\nStrictModes no\nUsePAM no\nPidFile none\n"+
		"PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nPrintMotd yes\n", s.dir)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { s.serve(listener, &serving) })
	t.Cleanup(serving.Wait)
	t.Cleanup(func() { s.cut(); _ = listener.Close() }) // first: sshd ends with its connection
	s.configure(listener.Addr().(*net.TCPAddr).Port)
	return s
}

// serve starts an sshd for each connection, as inetd does.
func (s *sshServer) serve(listener net.Listener, serving *sync.WaitGroup) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		tcp := conn.(*net.TCPConn)
		s.mutex.Lock()
		s.conns = append(s.conns, tcp)
		s.mutex.Unlock()
		socket, err := tcp.File()
		if err != nil {
			s.t.Error(err)
			return
		}
		cmd := exec.Command(sshd, "-i", "-f", filepath.Join(s.dir, "sshd_config"), "-E", filepath.Join(s.dir, "sshd.log"))
		cmd.Stdin, cmd.Stdout = socket, socket
		if err := cmd.Start(); err != nil {
			s.t.Error(err)
		}
		_ = socket.Close()
		serving.Go(func() { _ = cmd.Wait() })
	}
}

// cut breaks all connections, for whoever has them open.
func (s *sshServer) cut() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, conn := range s.conns {
		_ = conn.CloseRead()
		_ = conn.CloseWrite()
		_ = conn.Close()
	}
	s.conns = nil
}

// configure puts an ssh into PATH that knows this server as oss1, and others that it should
// not get to, and an lbench that says when it has ended.
func (s *sshServer) configure(port int) {
	me, err := user.Current()
	if err != nil {
		s.t.Fatal(err)
	}
	ssh, _ := exec.LookPath("ssh")         // it is there
	lbench, err := exec.LookPath("lbench") // as TestMain has it
	if err != nil {
		s.t.Fatal(err)
	}
	public, err := os.ReadFile(filepath.Join(s.dir, "host_key.pub"))
	if err != nil {
		s.t.Fatal(err)
	}
	other, _ := os.ReadFile(filepath.Join(s.dir, "user_key.pub"))
	s.write("known_hosts", 0o600, "oss1 %schanged %s", public, other)
	s.write("ssh_config", 0o600, "Host oss1\n  HostKeyAlias oss1\nHost changed\n  HostKeyAlias changed\nHost unknown\n  HostKeyAlias unknown\nHost nokey\n  HostKeyAlias oss1\n  IdentityFile %[1]s/host_key\n"+
		"Host !nokey *\n  IdentityFile %[1]s/user_key\nHost *\n  HostName 127.0.0.1\n  Port %[2]d\n  User %[3]s\n  IdentitiesOnly yes\n  UserKnownHostsFile %[1]s/known_hosts\n", s.dir, port, me.Username)
	s.write("bin/ssh", 0o755, "#!/bin/sh\nexec %s -F %s/ssh_config \"$@\"\n", ssh, s.dir)
	s.write("lbench", 0o755, "#!/bin/sh\n%s \"$@\"\ncode=$?\necho \"$3 $code\" >>%s/ended\nexit $code\n", lbench, s.dir)
	s.t.Setenv("PATH", filepath.Join(s.dir, "bin")+":"+os.Getenv("PATH"))
}

func (s *sshServer) write(name string, mode fs.FileMode, format string, args ...any) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, fmt.Appendf(nil, format, args...), mode)); err != nil {
		s.t.Fatal(err)
	}
}

// await waits until a file holds a text, and gives all of it.
func (s *sshServer) await(t *testing.T, path, text string) string {
	t.Helper()
	for range 3000 {
		if got, err := os.ReadFile(path); err == nil && bytes.Contains(got, []byte(text)) {
			return string(got)
		}
		time.Sleep(10 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(s.dir, "sshd.log"))
	t.Fatalf("no %q in %s for 30 s; sshd says:\n%s", text, path, log)
	return ""
}

// record starts lbench telemetry record --ssh host.
func (s *sshServer) record(t *testing.T, host string, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd = exec.Command("lbench", append([]string{"telemetry", "record", "--ssh", host, "--remote-lbench", filepath.Join(s.dir, "lbench"), "--interval", "20ms"}, args...)...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // as a shell does
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, stdout, stderr
}

// TestRecordBySSH records over a real sshd.
func TestRecordBySSH(t *testing.T) {
	s := startSSHServer(t)
	ended := filepath.Join(s.dir, "ended")
	out := func(name string) string { return filepath.Join(s.dir, name+".ndjson") }

	t.Run("to its end", func(t *testing.T) {
		cmd, stdout, stderr := s.record(t, "oss1", "-o", out("whole"), "--duration", "300ms", "--json")
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v: %s", err, stderr)
		}
		var summary struct {
			Readings int
			Ahead    *int64 `json:"clock_ahead_ns"`
			Error    *int64 `json:"clock_error_ns"`
		}
		if err := json.Unmarshal(stdout.Bytes(), &summary); err != nil || summary.Ahead == nil || summary.Error == nil {
			t.Fatalf("%v: %s%s", err, stdout, stderr)
		}
		if *summary.Error <= 0 || max(*summary.Ahead, -*summary.Ahead) > *summary.Error { // it is the same clock
			t.Errorf("clock %d ns ahead of itself, within %d ns", *summary.Ahead, *summary.Error)
		}
		rec, err := (&result.Folder{Dir: t.TempDir()}).ReadRecording(out("whole"))
		if err != nil || rec.Clock.How != result.ClockMeasured || int64(rec.Clock.Ahead) != *summary.Ahead || int64(rec.Clock.Error) != *summary.Error || summary.Readings < 100 {
			t.Errorf("a reader has %+v, error %v; the summary is %s", rec, err, stdout)
		}
		if got := s.await(t, ended, "-o 0\n--clock 0\n"); strings.Count(got, "\n") != 3 {
			t.Errorf("there ended %q", got)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		_ = os.Remove(ended)
		cmd, _, stderr := s.record(t, "oss1", "-o", out("interrupted"))
		s.await(t, out("interrupted"), "busy_ns")
		if err := errors.Join(syscall.Kill(-cmd.Process.Pid, syscall.SIGINT), cmd.Wait()); err != nil { // to all of the group, as Ctrl-C
			t.Errorf("%v: %s", err, stderr)
		}
		s.await(t, ended, "-o 0\n")
		if text := s.await(t, out("interrupted"), "clock_error_ns"); !strings.HasSuffix(text, "}\n") || !strings.Contains(stderr.String(), "clock of ") {
			t.Errorf("it says %s", stderr)
		}
	})
	t.Run("killed here", func(t *testing.T) {
		_ = os.Remove(ended)
		cmd, _, _ := s.record(t, "oss1", "-o", out("killed"))
		s.await(t, out("killed"), "busy_ns")
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		s.await(t, ended, "-o ")
	})
	t.Run("cut", func(t *testing.T) {
		_ = os.Remove(ended)
		cmd, _, stderr := s.record(t, "oss1", "-o", out("cut"))
		s.await(t, out("cut"), "clock_error_ns")
		s.cut()
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitCannotRun || !strings.Contains(stderr.String(), "kept are the ") || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v: %s", err, stderr)
		}
		s.await(t, ended, "-o ")
		if text := s.await(t, out("cut"), "busy_ns"); !strings.HasSuffix(text, "}\n") {
			t.Errorf("it ends with %q", text[len(text)-50:])
		}
	})
	for host, want := range map[string]string{
		"unknown": "Host key verification failed",
		"changed": "Host key for changed has changed and you have requested strict checking; Host key verification failed",
		"nokey":   "Permission denied (publickey)",
	} {
		t.Run(host, func(t *testing.T) {
			cmd, _, stderr := s.record(t, host, "-o", out(host))
			err := cmd.Wait()
			if text := stderr.String(); cmd.ProcessState.ExitCode() != exitCannotRun || !strings.Contains(text, want) || strings.Count(text, "\n") != 1 {
				t.Errorf("%v: %s, want %s", err, text, want)
			}
			if _, err := os.Stat(out(host)); err == nil {
				t.Error("a file stays")
			}
		})
	}
	t.Run("not there", func(t *testing.T) {
		cmd, _, stderr := s.record(t, "oss1", "-o", out("x"), "--remote-lbench", "./no-lbench-here")
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitCannotRun || !strings.Contains(stderr.String(), "scp $(command -v lbench) oss1:") {
			t.Errorf("%v: %s", err, stderr)
		}
	})
}
