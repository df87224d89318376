package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestBlockWorkloads(t *testing.T) {
	for _, c := range []struct {
		args   []string
		code   int
		stdout string // what it starts with
		stderr string // what it holds
	}{
		{[]string{"workloads"}, 0, "cold-read       One cold pass: ", ""},
		{[]string{"workloads", "show", "small-write"}, 0, "# One minute of small durable files: create, write 10 KiB, fsync and rename, one after the other\ncommand: small-write\nduration: 1m\n", ""},
		{[]string{"workloads", "show", "write", "--param", "jobs=4"}, exitUsage, "", `--param sets a key of a training, but "write" is a workload of write: give its flags to ` + "`lbench write`"},
		{[]string{"mlperf", "--engine", "null", "--workload", "cold-read"}, exitUsage, "",
			`"cold-read" is a workload of cold-read, not a training: run ` + "`lbench cold-read --workload cold-read`"},
	} {
		var stdout, stderr bytes.Buffer
		a := realApp()
		a.stdout, a.stderr, a.terminal = &stdout, &stderr, false
		a.getenv = func(string) string { return "" }
		code := run(t.Context(), a, c.args)
		if code != c.code || !strings.HasPrefix(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("lbench %q: exit %d\n%s\n%s", c.args, code, stdout.String(), stderr.String())
		}
	}
}
