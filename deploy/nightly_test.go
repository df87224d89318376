package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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
		"etc/systemd/system/timers.target.wants/lbench-nightly.timer", "var/lib/lbench/site/index.html", "var/lib/lbench/lbench.prom",
	} {
		if _, err := os.Lstat(filepath.Join(root, made)); err != nil {
			t.Errorf("the page's commands made no %s\n%s", made, tail(string(output)))
		}
	}
	if _, err := os.Stat(filepath.Join(work, "trend.html")); err != nil {
		t.Error(err)
	}
}

// systemctl is a program that does what the page asks of systemctl below a root.
func systemctl(root string) string {
	return `#!/bin/bash
set -euo pipefail
root=` + root + `
case "$*" in
daemon-reload) systemd-analyze verify --man=no --root="$root" lbench-nightly.timer || true ;;
"enable --now lbench-nightly.timer") /usr/bin/systemctl --root="$root" enable lbench-nightly.timer ;;
"start lbench-nightly.service")
  unit=$root/etc/systemd/system/lbench-nightly.service
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
case $1 in datagen) export LBENCH_PARAM='`+strings.Join(small(), " ")+`' ;; esac
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
sed -i -e 's/^      epochs: 2$/&\n` + params + `/' -e 's/^      jobs: .*/      jobs: 2\n      size: 1MiB\n      files: 4/' \
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
