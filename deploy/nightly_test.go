package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/suite"
)

// TestNightlyPage runs every command of docs/nightly.md in order, in one shell, with a
// folder in place of the machine's root and small amounts in place of real ones. systemd
// does not run where tests run, so that a stand-in for systemctl enables units with the
// real one's --root, and starts the service by its ExecStart and EnvironmentFile.
func TestNightlyPage(t *testing.T) {
	for _, program := range []string{"systemctl", "useradd"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("this test needs %s: apt-get install systemd passwd", program)
		}
	}
	root, work := t.TempDir(), t.TempDir()
	page := read(t, "../docs/nightly.md")
	script := []string{"set -eux"}
	for _, m := range regexp.MustCompile("(?ms)^```(sh|yaml)\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		language, block := m[1], m[2]
		if language == "yaml" {
			name := regexp.MustCompile(`^# (\S+)\n`).FindStringSubmatch(block)[1]
			write(t, filepath.Join(work, name), block, 0o644)
			script = append(script, "lbench suite run "+name+" --data-dir /mnt/lustre/nightly --dry-run")
			continue
		}
		script = append(script, block)
	}
	text := strings.NewReplacer("/mnt/lustre", root+"/mnt/lustre", "/etc/", root+"/etc/", "/var/lib/lbench", root+"/var/lib/lbench", "/usr/local/bin", root+"/usr/local/bin").Replace(strings.Join(script, "\n"))
	text = strings.Replace(text, "> nightly.yaml\n", "> nightly.yaml\nshrink nightly.yaml\n", 1)
	start := "sudo systemctl start lbench-nightly.service\n"
	text = strings.Replace(text, start, strings.Repeat(start, 2), 1) // a second night, so that there is one to compare with
	text = regexp.MustCompile(`results/\d{8}T\d{6}Z-mlperf-resnet50_h100`).ReplaceAllString(text, `"$(ls -d `+root+`/var/lib/lbench/results/*-mlperf-resnet50_h100* | tail -n 1)" --results-dir `+root+`/var/lib/lbench/results`)

	bin := filepath.Join(root, "stand-in")
	for _, dir := range []string{"stand-in", "mnt/lustre/nightly", "etc/systemd/system", "usr/local/bin", "var/lib/lbench"} {
		mkdir(t, filepath.Join(root, dir))
	}
	build(t, filepath.Join(work, "bin", "lbench"))
	if err := os.Symlink(filepath.Join(work, "bin", "lbench"), filepath.Join(bin, "lbench")); err != nil {
		t.Fatal(err)
	}
	deploy, err := filepath.Abs(".")
	if err == nil {
		err = os.Symlink(deploy, filepath.Join(work, "deploy"))
	}
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(bin, "sudo"), "#!/bin/sh\nexec \"$@\"\n", 0o755)
	write(t, filepath.Join(bin, "useradd"), "#!/bin/sh\n[ \"$1 $2\" = \"--system --home-dir\" ]\n", 0o755) // no user is made on this machine
	write(t, filepath.Join(bin, "chown"), "#!/bin/sh\n[ \"$1 $2\" = \"-R lbench\" ] && [ -d \"$3\" ]\n", 0o755)
	write(t, filepath.Join(bin, "shrink"), shrink(), 0o755)
	write(t, filepath.Join(bin, "systemctl"), systemctl(root), 0o755)

	c := exec.Command("bash", "-c", text)
	c.Dir = work
	c.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "LBENCH_CEILING=off")
	output, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, tail(string(output)))
	}
	for _, made := range []string{
		"etc/systemd/system/timers.target.wants/lbench-nightly.timer", "etc/systemd/system/timers.target.wants/lbench-resume.timer", "var/lib/lbench/site/index.html", "var/lib/lbench/lbench.prom",
	} {
		if _, err := os.Lstat(filepath.Join(root, made)); err != nil {
			t.Errorf("the page's commands made no %s\n%s", made, tail(string(output)))
		}
	}
	if _, err := os.Stat(filepath.Join(work, "trend.html")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(string(output), "fits in this client's memory") { // the test's dataset does
		t.Errorf("no suite says that its dataset fits in memory\n%s", tail(string(output)))
	}
}

// TestRebootGoesOn kills a night in the middle, with its lbench, as a reboot does, and
// starts what starts at boot: it goes on once, and then there is nothing to do.
func TestRebootGoesOn(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"stand-in", "usr/local/bin", "var/lib/lbench", "data"} {
		mkdir(t, filepath.Join(root, dir))
	}
	if output, err := exec.Command("go", "build", "-o", filepath.Join(root, "usr/local/bin/lbench"), "../cmd/lbench").CombinedOutput(); err != nil {
		t.Fatalf("build lbench: %v\n%s", err, output)
	}
	for _, name := range []string{"lbench-nightly.service", "lbench-resume.service"} {
		write(t, filepath.Join(root, "etc/systemd/system", name), read(t, filepath.Join("systemd", name)), 0o644)
	}
	write(t, filepath.Join(root, "etc/lbench/nightly.env"), "LBENCH_DATA_DIR=/data\n", 0o644)
	write(t, filepath.Join(root, "etc/lbench/nightly.yaml"), `name: nightly
runs:
  - name: small-writes
    command: small-write
    settings: {data-dir: "{data-dir}", duration: 100ms}
    repeats: 2
    cool_down: 1h # the night is cut off in it
`, 0o644)
	program := filepath.Join(root, "stand-in", "systemctl")
	write(t, program, systemctl(root), 0o755)

	started := func(unit string) *exec.Cmd {
		c := exec.Command(program, "start", unit)
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	boot := func() {
		t.Helper()
		if err := started("lbench-resume.service").Wait(); err != nil {
			t.Errorf("lbench-resume.service: %v", err)
		}
	}
	boot()
	if suites := suitesBelow(t, root); len(suites) != 0 {
		t.Errorf("a boot without a night has made %v", suites)
	}

	night := started("lbench-nightly.service")
	until := time.Now().Add(time.Minute)
	for s := suitesBelow(t, root); len(s) == 0 || s[0].Entries[0].State != result.Done; s = suitesBelow(t, root) {
		if time.Now().After(until) {
			t.Fatal("the night's first run did not end within a minute")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := night.Process.Kill(); err != nil { // exec made lbench of the stand-in
		t.Fatal(err)
	}
	_ = night.Wait()

	boot()
	boot()
	suites := suitesBelow(t, root)
	if len(suites) != 1 {
		t.Fatalf("%d suites, want 1", len(suites))
	}
	s := suites[0]
	if s.Status != result.Complete || len(s.Resumed) != 1 || s.Entries[1].State != result.Done || s.Entries[0].Attempts != 1 {
		t.Errorf("status %s, resumed %v, runs %+v", s.Status, s.Resumed, s.Entries)
	}
	if _, err := os.Stat(filepath.Join(root, "var/lib/lbench/site/index.html")); err != nil {
		t.Error(err)
	}
}

func suitesBelow(t *testing.T, root string) []result.Suite {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(root, "var/lib/lbench/results/*-suite-*"))
	if err != nil {
		t.Fatal(err)
	}
	var suites []result.Suite
	for _, dir := range folders {
		if s, err := suite.Read(dir); err == nil { // its folder is there before its state
			suites = append(suites, s)
		}
	}
	return suites
}

// systemctl is a program that does what the page asks of systemctl below a root.
func systemctl(root string) string {
	return `#!/bin/bash
set -euo pipefail
root=` + root + `
case "$*" in
daemon-reload) systemd-analyze verify --man=no --root="$root" lbench-nightly.timer lbench-resume.timer || true ;;
"enable --now lbench-nightly.timer lbench-resume.timer") /usr/bin/systemctl --root="$root" enable lbench-nightly.timer lbench-resume.timer ;;
"start lbench-nightly.service" | "start lbench-resume.service")
  unit=$root/etc/systemd/system/$2
  value() { sed -n "s,^$1=,,p" "$unit" | sed "s,/etc/,$root/etc/,g; s,/var/lib/lbench,$root/var/lib/lbench,g; s,/usr/local/bin,$root/usr/local/bin,g"; }
  cd "$(value WorkingDirectory)"
  set -a
  . "$(value EnvironmentFile)"
  LBENCH_DATA_DIR=$root$LBENCH_DATA_DIR
  set +a
  exec $(value ExecStart) ;;
*) echo "systemctl $*: the page asks for something this test does not know" >&2; exit 1 ;;
esac
`
}

// build makes lbench, behind a script that gives the dataset little samples.
func build(t *testing.T, path string) {
	t.Helper()
	if output, err := exec.Command("go", "build", "-o", path+".real", "../cmd/lbench").CombinedOutput(); err != nil {
		t.Fatalf("build lbench: %v\n%s", err, output)
	}
	write(t, path, `#!/bin/bash
case $1 in datagen) export LBENCH_CLIENT_MEMORY=1MiB LBENCH_PARAM='`+strings.Join(small(), " ")+`' ;; esac
exec "`+path+`.real" "$@"
`, 0o755)
}

func small() []string {
	return []string{"dataset.num_samples_per_file=64", "dataset.record_length_bytes=1000", "reader.batch_size=8", "train.computation_time=0.001", "metric.au=0.01"}
}

// shrink is a program that makes the amounts of a suite's file small, and its gates wide:
// other tests run beside this one.
func shrink() string {
	params := `    params:\n      ` + strings.Join(strings.Split(strings.Join(small(), `\n      `), "="), ": ")
	return `#!/bin/bash
sed -i -e 's/^      drop-caches: .*/&\n` + params + `/' -e 's/^      jobs: .*/      jobs: 2\n      size: 1MiB\n      files: 4/' \
  -e 's/op-size: .*/op-size: 64KiB/' -e 's/^      duration: .*/      duration: 100ms/' -e 's/cool_down: .*/cool_down: 1ms/' \
  -e 's/>= 90%/>= 1%/' -e 's/<= [0-9]*ms/<= 1m/' -e 's/max_regression: .*/max_regression: 95%/' "$1"
`
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	mkdir(t, filepath.Dir(name))
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func tail(text string) string {
	return text[max(0, len(text)-4000):]
}
