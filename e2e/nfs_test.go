//go:build e2e

// Package e2e_test runs the lbench binary on a kernel NFS mount: `make e2e-nfs`.
//
//  1. The static binary goes into a folder that a small virtual machine (nfs-vm) shares.
//  2. In the machine lbench makes a dataset on the mount, trains on it and reports.
//  3. Here the run folder, which the machine left in the shared folder, is checked.
//
// The machine is emulated and client and server are one kernel: what is checked is what
// lbench sees and keeps, never how fast it was.
package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// The dataset and the order of its samples are the same in all runs, so that they read
// the same bytes: 4 files, 1024 samples, and with 2 accelerators 256 steps of 2 samples.
const (
	datagen = "datagen --workload resnet50_demo --files 4 --quiet"
	train   = "mlperf --workload resnet50_demo --accelerators 2 --param reader.batch_size=2 --seed 42 --ceiling off --quiet" +
		" --data-dir /mnt/nfs/resnet50 --results-dir /host/results"
	ranks, steps, batch = 2, 256, 2
)

// guest is one start of the virtual machine.
type guest struct {
	name  string   // of the run, unique
	rig   []string // options of nfs-vm/run
	setup string   // shell: brings the dataset to /mnt/nfs/resnet50
	train string   // flags added to train
}

func TestNFS(t *testing.T) {
	share := t.TempDir()
	lbench := filepath.Join(share, "lbench")
	run(t, exec.Command("go", "build", "-o", lbench, "../cmd/lbench"))

	generate := "./lbench " + datagen + " --data-dir /mnt/nfs/resnet50"
	quick := "--epochs 2 --param train.computation_time=0.01"
	v3 := guest{"e2e-v3", []string{"--vers", "3", "--nconnect", "4"}, generate, quick}
	v4 := guest{"e2e-v4.2", []string{"--vers", "4.2", "--rsize", "262144"}, generate, quick}

	var undisturbed *result.Folder
	t.Run("vers 3", func(t *testing.T) {
		undisturbed = v3.run(t, share)
		checkMount(t, undisturbed, "nfs", result.NFSMount{Vers: "3", Proto: "tcp", Nconnect: 4})
		checkComplete(t, undisturbed)
	})
	t.Run("vers 4.2", func(t *testing.T) {
		folder := v4.run(t, share)
		checkMount(t, folder, "nfs4", result.NFSMount{Vers: "4.2", Proto: "tcp", Rsize: 262144})
		checkComplete(t, folder)
	})

	// The epoch computes for 256 x 0.06 s and the pause begins 3 s after its first steps
	// are written, so in its middle. The dataset is made here and copied behind the
	// client's back: quick, and nothing of it is in its cache.
	t.Run("server pauses", func(t *testing.T) {
		if undisturbed == nil {
			t.Fatal("needs the undisturbed run of vers 3")
		}
		run(t, exec.Command(lbench, append(strings.Fields(datagen), "--data-dir", filepath.Join(share, "dataset"))...))
		paused := guest{
			name:  "e2e-pause",
			rig:   []string{"--vers", "3", "--nconnect", "4", "--fault", "pause 6s after 3s", "--fault-from", "results/*-e2e-pause/steps.ndjson"},
			setup: "cp -r dataset /srv/nfs/resnet50",
			train: "--epochs 1 --param train.computation_time=0.06",
		}
		folder := paused.run(t, share)
		checkComplete(t, folder)
		checkStall(t, folder, 3*time.Second)
		checkBlame(t, folder)
		got, want := folder.Run.Epochs[0].Metrics["read_bytes"], undisturbed.Run.Epochs[0].Metrics["read_bytes"]
		if got != want {
			t.Errorf("epoch 1 read %.0f bytes, and %.0f with no pause", got, want)
		}
	})
}

// run starts the machine, and gives the folder of the run made in it once lbench's exit
// status and verdict agree.
func (g guest) run(t *testing.T, share string) *result.Folder {
	t.Helper()
	script := fmt.Sprintf(`set -e
%s
code=0
./lbench %s --name %s %s >/dev/null || code=$?
./lbench report results/*-%[3]s
exit $code`, g.setup, train, g.name, g.train)
	args := append([]string{"--share", share, "--mem", "1536", "--timeout", "240", "--verbose"}, g.rig...)
	command := exec.CommandContext(t.Context(), "nfs-vm/run", append(args, "--", "sh", "-c", script)...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) } // it stops the machine
	command.WaitDelay = 10 * time.Second
	code := run(t, command, 0, 3)

	dirs, err := filepath.Glob(filepath.Join(share, "results", "*-"+g.name))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("run folders of %s: %q, want one", g.name, dirs)
	}
	folder, err := result.Open(dirs[0])
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]result.Verdict{0: result.Pass, 3: result.Fail}[code]
	if folder.Run.Status != result.Complete || folder.Run.Verdict != want {
		t.Errorf("exit %d: status %q (%s), verdict %q, want %q and %q", code,
			folder.Run.Status, folder.Run.Error, folder.Run.Verdict, result.Complete, want)
	}
	return folder
}

// run runs a command that may end with 0 or one of the codes, and gives its code.
func run(t *testing.T, command *exec.Cmd, codes ...int) int {
	t.Helper()
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	start := time.Now()
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", command, err)
	}
	code := command.ProcessState.ExitCode()
	t.Logf("%s\n%sexit %d after %v", command, out, code, time.Since(start).Round(time.Millisecond))
	if !slices.Contains(append(codes, 0), code) {
		t.Fatalf("%s: exit %d", command.Path, code)
	}
	return code
}

// checkMount demands what the machine was told to mount, and a plausible rest.
func checkMount(t *testing.T, folder *result.Folder, fstype string, want result.NFSMount) {
	t.Helper()
	mount := folder.Run.Mount
	if mount == nil || mount.NFS == nil {
		t.Fatalf("mount is %+v, want NFS", mount)
	}
	got := *mount.NFS
	if mount.Type != fstype || mount.Path != "/mnt/nfs" || mount.Source != "127.0.0.1:/srv/nfs" ||
		!slices.Equal(mount.Servers, []string{"127.0.0.1"}) {
		t.Errorf("mount is %+v", mount)
	}
	if got.Vers != want.Vers || got.Proto != want.Proto || got.Nconnect != want.Nconnect && want.Nconnect != 0 ||
		got.Rsize <= 0 || got.Rsize != want.Rsize && want.Rsize != 0 {
		t.Errorf("nfs is %+v, want %+v and an rsize", got, want)
	}
}

// checkComplete demands that every rank has each of its steps once, that the bytes of all
// samples were read, and that the report names the server.
func checkComplete(t *testing.T, folder *result.Folder) {
	t.Helper()
	r := folder.Run
	if r.Plan == nil || r.Plan.Accelerators != ranks || r.Plan.Steps != steps || r.Plan.BatchSize != batch {
		t.Fatalf("plan is %+v, want %d accelerators, %d steps, batch %d", r.Plan, ranks, steps, batch)
	}
	seen := map[[3]int]int{}
	if err := folder.Steps(func(s result.Step) error {
		seen[[3]int{s.Epoch, s.Rank, s.Step}]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for epoch := 1; epoch <= r.Plan.Epochs; epoch++ {
		for rank := range ranks {
			for step := range steps {
				if n := seen[[3]int{epoch, rank, step}]; n != 1 {
					t.Errorf("epoch %d, rank %d has step %d %d times", epoch, rank, step, n)
				}
			}
		}
	}
	if want := r.Plan.Epochs * ranks * steps; len(seen) != want {
		t.Errorf("%d different steps, want %d", len(seen), want)
	}

	samples := int64(ranks * steps * batch)
	for _, epoch := range r.Epochs {
		if got, want := epoch.Metrics["read_bytes"], float64(samples*r.Plan.RecordBytes); got < want {
			t.Errorf("epoch %d read %.0f bytes, want the %d samples' %.0f", epoch.Epoch, got, samples, want)
		}
	}
	if got, want := r.Metrics["read_bytes"], float64(samples*r.Plan.RecordBytes); len(r.Epochs) != r.Plan.Epochs || got < want {
		t.Errorf("%d epochs read %.0f bytes, want %d with at least %.0f", len(r.Epochs), got, r.Plan.Epochs, want)
	}

	report := readReport(t, folder)
	for _, want := range []string{r.ID, "127.0.0.1", r.Mount.NFS.Vers} {
		if !strings.Contains(report, want) {
			t.Errorf("report.html does not mention %q", want)
		}
	}
}

// checkStall demands a step that waited for at least so long, and that the report tells.
func checkStall(t *testing.T, folder *result.Folder, atLeast time.Duration) {
	t.Helper()
	var longest result.Step
	if err := folder.Steps(func(s result.Step) error {
		if s.Wait > longest.Wait {
			longest = s
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Logf("longest wait: %v, rank %d, step %d", time.Duration(longest.Wait), longest.Rank, longest.Step)
	if time.Duration(longest.Wait) < atLeast || longest.Step == 0 || longest.Step == steps-1 {
		t.Errorf("longest wait is %+v, want %v in the middle of the epoch", longest, atLeast)
	}
	want := fmt.Sprintf("epoch %d, step %d waited", longest.Epoch, longest.Step)
	if report := readReport(t, folder); !strings.Contains(report, want) {
		t.Errorf("report.html does not say %q", want)
	}
}

func readReport(t *testing.T, folder *result.Folder) string {
	t.Helper()
	report, err := os.ReadFile(filepath.Join(folder.Dir, result.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(report)
}

// checkBlame demands that seconds of the stall are named, and the server for them from the
// client's counters. An emulated client may well cost more.
func checkBlame(t *testing.T, folder *result.Folder) {
	t.Helper()
	lost := folder.Run.Lost
	if lost == nil {
		t.Fatal("nothing is said of lost time")
	}
	for _, c := range lost.Causes {
		if c.Kind == result.LostToSeconds && c.Lost > int64(2*time.Second) && c.Target != nil && c.Target.Name == "127.0.0.1" && c.Target.Slower > 3 {
			return
		}
		t.Logf("%+v, target %+v", c, c.Target)
	}
	t.Error("no cause is the stall with its server")
}
