// Package deploy_test checks the files that run lbench every night, as far as programs
// of Debian and packages of Go can check them.
package deploy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rhysd/actionlint"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/suite"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// verifyUnits runs systemd-analyze on the units with one text replaced, with a program in
// place of lbench, which is not installed where tests run.
func verifyUnits(t *testing.T, old, new string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("this test needs systemd-analyze: apt-get install systemd")
	}
	dir := t.TempDir()
	var units []string
	for _, name := range []string{"lbench-nightly.service", "lbench-nightly.timer", "lbench-resume.service", "lbench-resume.timer"} {
		text := read(t, filepath.Join("systemd", name))
		text = strings.ReplaceAll(text, "/usr/local/bin/lbench", "/bin/true")
		units = append(units, filepath.Join(dir, name))
		if err := os.WriteFile(units[len(units)-1], []byte(strings.ReplaceAll(text, old, new)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	output, err := exec.Command("systemd-analyze", append([]string{"verify", "--man=no"}, units...)...).CombinedOutput()
	return string(output), err
}

func TestSystemdTakesTheUnits(t *testing.T) {
	if output, err := verifyUnits(t, "", ""); err != nil || output != "" {
		t.Errorf("systemd-analyze verify: %v\n%s", err, output)
	}
	for old, new := range map[string]string{"OnCalendar=*-*-* 02:30:00": "OnCalendar=nightly at 25:00", "ProtectSystem=strict": "ProtectSystems=strict", "OnBootSec=2min": "OnBootSec=two"} {
		if output, err := verifyUnits(t, old, new); err == nil && output == "" {
			t.Errorf("systemd-analyze takes %q: this test can't fail", new)
		}
	}
}

// What runs after a reboot is the night's own service: its settings, user and folders, and
// --resume-only.
func TestResumeServiceIsTheNightlyOne(t *testing.T) {
	nightly, resume := directives(read(t, "systemd/lbench-nightly.service")), directives(read(t, "systemd/lbench-resume.service"))
	nightly = slices.DeleteFunc(nightly, func(line string) bool { return line == "After=lbench-resume.service" })
	if len(nightly) != len(resume) {
		t.Fatalf("%d and %d settings:\n%q\n%q", len(nightly), len(resume), nightly, resume)
	}
	for i, line := range resume {
		if strings.HasPrefix(line, "Description=") {
			continue
		}
		without := strings.Replace(line, " --resume-only", "", 1)
		if without != nightly[i] || (without != line) != strings.HasPrefix(line, "ExecStart=") {
			t.Errorf("%q beside %q", line, nightly[i])
		}
	}
}

// directives are the lines of a unit that aren't comments.
func directives(unit string) []string {
	return slices.DeleteFunc(strings.Split(unit, "\n"), func(line string) bool { return line == "" || strings.HasPrefix(line, "#") })
}

// A line of /etc/cron.d: five fields of time within their bounds, or @reboot, a user, a command.
func TestCronLine(t *testing.T) {
	bounds := [][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}
	var jobs [2]int // at a time, and at boot
	for line := range strings.Lines(read(t, "cron/lbench-nightly")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || regexp.MustCompile(`^[A-Z]+=`).MatchString(line) {
			continue
		}
		fields := strings.Fields(line)
		if rest, ok := strings.CutPrefix(line, "@reboot "); ok {
			fields = append([]string{"*", "*", "*", "*", "*"}, strings.Fields(rest)...)
			jobs[1]++
			if !strings.Contains(line, " --resume-only ") {
				t.Errorf("%q starts a night of its own at boot", line)
			}
		} else {
			jobs[0]++
		}
		if len(fields) < 7 {
			t.Fatalf("%q has %d fields: want five of time, a user and a command", line, len(fields))
		}
		for i, b := range bounds {
			if n, err := strconv.Atoi(fields[i]); fields[i] != "*" && (err != nil || n < b[0] || n > b[1]) {
				t.Errorf("field %d of %q is %q, want * or %d to %d", i+1, line, fields[i], b[0], b[1])
			}
		}
		if fields[5] != "lbench" || strings.Contains(line, "%") { // cron ends a command at %
			t.Errorf("%q: want user lbench, and no %%", line)
		}
		if output, err := exec.Command("sh", "-n", "-c", strings.Join(fields[6:], " ")).CombinedOutput(); err != nil {
			t.Errorf("the shell does not take %q: %s", line, output)
		}
	}
	if jobs != [2]int{1, 1} {
		t.Errorf("%d jobs at a time and %d at boot, want 1 of each", jobs[0], jobs[1])
	}
}

func TestCronJobIsOneOfKubernetes(t *testing.T) {
	text := read(t, "kubernetes/cronjob.yaml")
	var job batchv1.CronJob
	if err := yaml.UnmarshalStrict([]byte(text), &job); err != nil {
		t.Fatal(err)
	}
	pod := job.Spec.JobTemplate.Spec.Template.Spec
	if job.APIVersion != "batch/v1" || job.Kind != "CronJob" || len(pod.Containers) != 1 || job.Spec.ConcurrencyPolicy != batchv1.ForbidConcurrent {
		t.Errorf("%+v", job)
	}
	volumes := map[string]bool{}
	for _, volume := range pod.Volumes {
		volumes[volume.Name] = true
	}
	for _, mount := range pod.Containers[0].VolumeMounts {
		if !volumes[mount.Name] {
			t.Errorf("mount %q has no volume", mount.Name)
		}
	}
	for _, rule := range job.Spec.JobTemplate.Spec.PodFailurePolicy.Rules {
		if on := rule.OnExitCodes; on != nil && *on.ContainerName != pod.Containers[0].Name {
			t.Errorf("the failure policy is about container %q, the container is %q", *on.ContainerName, pod.Containers[0].Name)
		}
	}
	if err := yaml.UnmarshalStrict([]byte(strings.Replace(text, "restartPolicy", "restartPolice", 1)), &job); err == nil {
		t.Error("a misspelt field is taken: this test can't fail")
	}
	checkObjects(t, pod)
}

// checkObjects looks for what a pod mounts in objects.yaml, and for nothing else there.
func checkObjects(t *testing.T, pod corev1.PodSpec) {
	var config corev1.ConfigMap
	claims := map[string]bool{}
	for i, text := range strings.Split(read(t, "kubernetes/objects.yaml"), "\n---\n") {
		text += "\n"
		if i == 0 {
			if err := yaml.UnmarshalStrict([]byte(text), &config); err != nil {
				t.Fatal(err)
			}
			continue
		}
		var claim corev1.PersistentVolumeClaim
		if err := yaml.UnmarshalStrict([]byte(text), &claim); err != nil {
			t.Fatal(err)
		}
		request := claim.Spec.Resources.Requests[corev1.ResourceStorage]
		if claim.APIVersion != "v1" || claim.Kind != "PersistentVolumeClaim" || len(claim.Spec.AccessModes) != 1 || request.Sign() <= 0 {
			t.Errorf("%+v", claim)
		}
		claims[claim.Name] = true
		if err := yaml.UnmarshalStrict([]byte(strings.Replace(text, "accessModes", "accessMode", 1)), &claim); err == nil {
			t.Error("a misspelt field is taken: this test can't fail")
		}
	}
	if config.APIVersion != "v1" || config.Kind != "ConfigMap" || config.Data["nightly.yaml"] != read(t, "../workloads/suites/nightly.yaml") || len(config.Data) != 1 {
		t.Errorf("ConfigMap %q of kind %s holds %q, which isn't workloads/suites/nightly.yaml", config.Name, config.Kind, config.Data)
	}
	for _, volume := range pod.Volumes {
		switch {
		case volume.ConfigMap != nil && volume.ConfigMap.Name != config.Name:
			t.Errorf("the pod mounts ConfigMap %q, objects.yaml has %q", volume.ConfigMap.Name, config.Name)
		case volume.PersistentVolumeClaim != nil && !claims[volume.PersistentVolumeClaim.ClaimName]:
			t.Errorf("the pod mounts claim %q, objects.yaml has %v", volume.PersistentVolumeClaim.ClaimName, claims)
		}
	}
	if len(claims) != 2 {
		t.Errorf("claims %v, want 2", claims)
	}
	if args := pod.Containers[0].Args; !slices.Contains(args, "/etc/lbench/nightly.yaml") {
		t.Errorf("the container runs %q, and not the suite of the ConfigMap", args)
	}
}

func TestWorkflowPassesActionlint(t *testing.T) {
	lint := func(text string) []*actionlint.Error {
		linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{ConfigFile: writeTemp(t, "self-hosted-runner:\n  labels: [lbench]\n")})
		if err != nil {
			t.Fatal(err)
		}
		found, err := linter.Lint("lbench.yml", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	text := read(t, "github/lbench.yml")
	for _, found := range lint(text) {
		t.Errorf("%v", found)
	}
	if len(lint(strings.Replace(text, "runner.temp", "runer.temp", 1))) == 0 {
		t.Error("actionlint takes a misspelt context: this test can't fail")
	}
}

func writeTemp(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "actionlint.yaml")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// The dashboard asks for metrics that lbench writes, and no other.
func TestDashboardAsksForWhatLbenchWrites(t *testing.T) {
	var dashboard struct {
		UID    string
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Query any }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "grafana/lbench.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	written := writtenMetrics(t)
	ids := map[int]bool{}
	for _, panel := range dashboard.Panels {
		if ids[panel.ID] || panel.GridPos.X+panel.GridPos.W > 24 || panel.GridPos.W == 0 || panel.GridPos.H == 0 {
			t.Errorf("panel %q: ID %d is taken, or its place is %+v", panel.Title, panel.ID, panel.GridPos)
		}
		ids[panel.ID] = true
		for _, target := range panel.Targets {
			names := regexp.MustCompile(`lbench_[a-z0-9_]+`).FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("panel %q asks %q, which names no metric", panel.Title, target.Expr)
			}
			for _, name := range names {
				if !written[name] {
					t.Errorf("panel %q asks for %s, which isn't one of %v", panel.Title, name, slices.Sorted(maps.Keys(written)))
				}
			}
		}
	}
	if len(ids) < 5 {
		t.Errorf("%d panels", len(ids))
	}
}

// writtenMetrics are the names in the file of a suite with a run of each kind.
func writtenMetrics(t *testing.T) map[string]bool {
	t.Helper()
	ended := time.Date(2026, 3, 13, 4, 0, 0, 0, time.UTC)
	s := result.Suite{Name: "nightly", Ended: &ended, Status: result.Complete, Verdict: result.Pass, Gates: []result.Gate{{Entry: "train", Metric: "au_mean_fraction", OK: true, Decided: true}}}
	runs := map[string]result.Run{}
	for id, metrics := range map[string][]string{
		"train": {"au_mean_fraction", "au_min_fraction", "read_bytes_per_s_mean"},
		"cold":  {"read_bytes_per_s", "latency_p50_ns", "latency_p99_ns"},
		"save":  {"write_bytes_per_s"},
	} {
		s.Entries = append(s.Entries, result.SuiteRun{Entry: id, Command: id, Repeat: 1, State: result.Done, Run: id})
		run := result.Run{ID: id, Metrics: map[string]float64{}}
		for _, name := range metrics {
			run.Metrics[name] = 1
		}
		runs[id] = run
	}
	var text bytes.Buffer
	if err := suite.OpenMetrics(&text, s, runs); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(lbench_[a-z0-9_]+)`).FindAllStringSubmatch(text.String(), -1) {
		names[m[1]] = true
	}
	return names
}
