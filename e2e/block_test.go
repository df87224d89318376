//go:build e2e

package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// The block commands on a kernel NFS mount: what is cold there, what is written, and what
// becomes of a run whose server stops answering.
func TestBlockOnNFS(t *testing.T) {
	share := t.TempDir()
	run(t, exec.Command("go", "build", "-o", filepath.Join(share, "lbench"), "../cmd/lbench"))
	flags := "--quiet --results-dir /host/results"

	t.Run("commands", func(t *testing.T) {
		inGuest(t, share, []string{"--vers", "4.2"}, 0, fmt.Sprintf(`set -e
export LBENCH_CEILING=off
lbench() { ./lbench "$1" %s --name "$2" --data-dir "$3" $4; }
lbench cold-read e2e-cold /mnt/nfs/cold "--size 16MiB --files 4 --jobs 2 --op-size 1MiB --drop-caches"
lbench sustained e2e-direct /mnt/nfs/cold "--direct --depth 8 --op-size 16KiB --jobs 2 --duration 1s"
lbench write e2e-write /mnt/nfs "--size 8MiB --files 2 --jobs 2 --op-size 1MiB --verify"
lbench write e2e-write-direct /mnt/nfs "--size 8MiB --files 2 --jobs 2 --op-size 1MiB --direct --depth 4 --verify"
lbench small-write e2e-small /mnt/nfs "--duration 1s --writers 2"
[ -z "$(ls -d /mnt/nfs/lbench-write-* 2>/dev/null)" ]
`, flags))
		cold := opened(t, share, "e2e-cold").Run
		if cold.Verdict != result.Pass || cold.Metrics["read_bytes"] != 16<<20 || cold.Mount.Type != "nfs4" {
			t.Errorf("cold-read: verdict %q, metrics %v, mount %+v", cold.Verdict, cold.Metrics, cold.Mount)
		}
		if c := cold.Block.Cold; c == nil || c.Before == nil || *c.Before != 0 || c.After == nil || *c.After < 0.9 {
			t.Errorf("cold proof %+v: want nothing before and nearly all after", c)
		}
		if d := opened(t, share, "e2e-direct").Run; d.Metrics["ops_per_s"] == 0 || !d.Block.Direct {
			t.Errorf("sustained --direct: metrics %v, block %+v", d.Metrics, d.Block)
		}
		for _, name := range []string{"e2e-write", "e2e-write-direct"} {
			if m := opened(t, share, name).Run.Metrics; m["write_bytes"] != 8<<20 || m["verified_bytes"] != 8<<20 {
				t.Errorf("%s: metrics %v", name, m)
			}
		}
		if m := opened(t, share, "e2e-small").Run.Metrics; m["ops_per_s"] == 0 || m["latency_p99_ns"] == 0 {
			t.Errorf("small-write: metrics %v", m)
		}
	})

	// The mount is hard: no read ever fails, so lbench has to give up by itself.
	t.Run("server stops", func(t *testing.T) {
		out := inGuest(t, share, []string{"--vers", "3", "--fault", "pause 20s after 1s", "--fault-from", "results/*-e2e-stuck/telemetry.ndjson"}, 1, fmt.Sprintf(`
LBENCH_CEILING=off ./lbench sustained %s --name e2e-stuck --data-dir /mnt/nfs/cold --size 16MiB --files 4 --jobs 2 --direct --depth 1 --op-size 64KiB --duration 15s --io-timeout 4s`, flags))
		if !strings.Contains(out, "no answer for 4s") || !strings.Contains(out, "blocks/block_") {
			t.Errorf("output %q doesn't name the stuck file", out)
		}
		if r := opened(t, share, "e2e-stuck").Run; r.Status != result.Failed || r.Verdict != result.None {
			t.Errorf("status %q, verdict %q", r.Status, r.Verdict)
		}
	})
}

// inGuest runs a script in the machine, which has to end with this code, and gives its output.
func inGuest(t *testing.T, share string, rig []string, want int, script string) string {
	t.Helper()
	args := append([]string{"--share", share, "--mem", "1536", "--timeout", "240", "--verbose"}, rig...)
	command := exec.CommandContext(t.Context(), "nfs-vm/run", append(args, "--", "sh", "-c", script)...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	command.Env = os.Environ()
	out, _ := command.CombinedOutput()
	if code := command.ProcessState.ExitCode(); code != want {
		t.Fatalf("%s\n%sexit %d, want %d", command, out, code, want)
	}
	return string(out)
}

// opened is the only run folder of that name.
func opened(t *testing.T, share, name string) *result.Folder {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(share, "results", "*-"+name))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("run folders of %s: %q, want one", name, dirs)
	}
	folder, err := result.Open(dirs[0])
	if err != nil {
		t.Fatal(err)
	}
	return folder
}
