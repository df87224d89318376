package workloads

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// flags lists the keys that a block command could allow.
func flags() []string {
	return []string{"size", "files", "op-size", "jobs", "depth", "mode", "runner", "duration", "pattern", "fsync", "overwrite", "verify",
		"rate", "writers", "file-size", "matrix", "repeats", "cell-time", "yes", "before-cold", "prepare", "drop-caches", "engine",
		"seed", "io-timeout", "max-inflight"}
}

// texts is what the keys say.
func (b Block) texts() map[string]string {
	all := map[string]string{}
	for name, v := range b.Values {
		all[name] = v.Text + strings.Join(v.List, "|")
	}
	return all
}

// Each block workload prints as its golden, which loads as the same again.
func TestEmbeddedBlocks(t *testing.T) {
	for _, w := range listed(false) {
		b, err := LoadBlock(w.Name, w.Command, flags())
		if err != nil {
			t.Fatal(err)
		}
		if b.Name != w.Name || b.Command != w.Command || b.Description != w.Description || b.File != w.Name+".yaml" {
			t.Errorf("%s: %+v", w.Name, b)
		}
		golden(t, w.Name+".golden", b.YAML())
		again, err := ParseBlock(b.File, b.YAML(), w.Command, flags())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b.texts(), again.texts()); diff != "" {
			t.Errorf("%s reads back otherwise (-want +got):\n%s", w.Name, diff)
		}
		wantRules := 0
		if w.Name == "cold-read" {
			wantRules = 1
		}
		if len(b.Rules) != wantRules {
			t.Errorf("%s has rules %v, want %d", w.Name, b.Rules, wantRules)
		}
	}
}

func TestBlockKeepsTextAndLines(t *testing.T) {
	got, err := LoadBlock("testdata/every_key.yaml", "cold-read", flags())
	if err != nil {
		t.Fatal(err)
	}
	value := func(line int, text string) BlockValue { return BlockValue{Text: text, Line: line, From: "workload"} }
	want := Block{
		Name: "every_key", Description: "Every key has a value that no other has", Command: "cold-read", File: "testdata/every_key.yaml",
		Values: map[string]BlockValue{
			"size": value(3, "210GB"), "files": value(4, "24"), "op-size": value(5, "auto"), "jobs": value(6, "8"), "depth": value(7, "1"),
			"mode": value(8, "direct"), "runner": value(9, "both"), "seed": value(10, "0x10"), "yes": value(11, "on"),
			"matrix":     value(12, "mode=buffered,direct jobs=1,8,32 op-size=256KiB,1MiB"),
			"io-timeout": value(13, "10m"), "rate": value(14, "1e3"), "duration": value(15, "2026-03-13"),
			"before-cold": {List: []string{"ssh a 'echo 3 > /proc/sys/vm/drop_caches'", "ssh b: drop # this"}, Line: 16, From: "workload"},
		},
		Rules: []RuleText{{"cold", 20}, {"read_bytes_per_s >= 13GB/s", 21}, {"null", 22}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	golden(t, "every_key.golden", got.YAML())
}

// What a flag has replaced, or added, is printed with a comment.
func TestBlockPrintsWhatWasChanged(t *testing.T) {
	b, err := ParseBlock("w.yaml", []byte("command: write\njobs: 8\nfsync: end\nbefore-cold: a\n"), "write", flags())
	if err != nil {
		t.Fatal(err)
	}
	b.Values["jobs"] = BlockValue{Text: "16", Line: b.Values["jobs"].Line, From: "flag"}
	b.Values["size"] = BlockValue{Text: "1TB", From: "environment"}
	b.Values["depth"] = BlockValue{Text: "~", From: "config"}
	b.Values["before-cold"] = BlockValue{List: []string{"b", "c"}, Line: 4, From: "flag"}
	b.Rules = append(b.Rules, RuleText{Text: "balance_fraction>=0.95"})
	golden(t, "changed.golden", b.YAML())
	again, err := ParseBlock("w.yaml", b.YAML(), "write", flags())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.texts(), again.texts()); diff != "" {
		t.Errorf("reads back otherwise (-want +got):\n%s", diff)
	}
}

func TestBlockRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		// Not a block workload at all.
		{"", "w.yaml:1: the file is empty, want keys [command, rules, files, jobs, size]"},
		{"# only this\n", "w.yaml:1: the file is empty"},
		{"- a\n", "w.yaml:1: the document is a list, want keys [command, rules, files,"},
		{"cold", `w.yaml:1: the document is "cold", want keys [command,`},
		{"command: \"\n", "w.yaml:2: not YAML: "},
		{"command: cold-read\n---\ncommand: cold-read\n", "w.yaml:2: a second YAML document, want one"},
		{"command: cold-read\nsize: &a 1\nfiles: *a\n", "w.yaml:3: the YAML alias *a isn't allowed"},
		{"command: cold-read\n? [a]\n: 1\n", "w.yaml:2: a key is a list, want a name"},

		// Of another command.
		{"size: 1\n", `w.yaml:1: no key "command", want one of [cold-read, sustained, write, small-write, compare-mounts]`},
		{"{}", `w.yaml:1: no key "command"`},
		{"size: 1\ncommand: read\n", `w.yaml:2: command is "read", want one of [cold-read, sustained,`},
		{"command: [cold-read]\n", "w.yaml:1: command is a list, want one of [cold-read,"},
		{"command:\n", "w.yaml:1: command is empty, want one of"},
		{"\ncommand: sustained\nnosuch: 1\n", "w.yaml:2: this is a workload of sustained, not of cold-read: run `lbench sustained --workload w.yaml`"},
		{"reader: {batch_size: 4}\n", "w.yaml:1: this is a training, not a workload of cold-read: run `lbench mlperf --workload w.yaml`"},
		{"data_reader: {}\n", "w.yaml:1: this is a training"},
		{"framework: tensorflow\n", "w.yaml:1: this is a training"},
		{"hydra: {}\nworkload: {}\n", "w.yaml:1: this is a training"},

		// Keys.
		{"command: cold-read\njob: 1\n", `w.yaml:2: key "job" isn't one of [command, rules, files, jobs, size]`},
		{"command: cold-read\n\"\": 1\n", `w.yaml:2: key "" isn't one of [`},
		{"command: cold-read\nwriters: 1\n", `w.yaml:2: key "writers" isn't one of [`},
		{"command: cold-read\nsize: 1\n\nsize: 2\n", `w.yaml:4: the key "size" is there twice, first in line 2`},
		{"command: cold-read\ncommand: cold-read\n", `w.yaml:2: the key "command" is there twice`},
		{"command: cold-read\nrules: []\nrules: []\n", `w.yaml:3: the key "rules" is there twice`},

		// Values.
		{"command: cold-read\nsize: {of: 1}\n", "w.yaml:2: size is a map, want one value"},
		{"command: cold-read\nsize:\n  - 1\n", "w.yaml:2: size is a list, want one value"},
		{"command: cold-read\nsize:\n", "w.yaml:2: size is empty, want one value"},
		{"command: cold-read\nsize: ~\n", "w.yaml:2: size is empty, want one value"},
		{"command: cold-read\nsize: ''\n", "w.yaml:2: size is empty or has more than one line, want one value"},
		{"command: cold-read\nsize: |\n  1\n  2\n", "w.yaml:2: size is empty or has more than one line"},
		{"command: cold-read\nsize: !!binary MQ==\n", `w.yaml:2: size has the tag "!!binary", want none`},
		{"command: cold-read\nsize: !bytes 1\n", `w.yaml:2: size has the tag "!bytes", want none`},
		{"command: cold-read\nrules: cold\n", `w.yaml:2: rules is "cold", want a list of rules`},
		{"command: cold-read\nrules:\n", "w.yaml:2: rules is empty, want a list of rules"},
		{"command: cold-read\nrules:\n  - cold\n  - a: b\n", "w.yaml:4: a rule is a map, want one value"},
		{"command: cold-read\nrules:\n  - cold\n  -\n", "w.yaml:4: a rule is empty, want one value"},
	} {
		_, err := ParseBlock("w.yaml", []byte(c.text), "cold-read", []string{"size", "jobs", "files"})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestRepeatedKeyRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"command: cold-read\nbefore-cold:\n  - a\n  - [b]\n": "w.yaml:4: before-cold has an item that is a list, want one value",
		"command: cold-read\nbefore-cold: []\n":              "w.yaml:2: before-cold is a list, want one value",
		"command: cold-read\nbefore-cold: {a: b}\n":          "w.yaml:2: before-cold is a map, want one value",
	} {
		if _, err := ParseBlock("w.yaml", []byte(text), "cold-read", flags()); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestLoadBlockRefuses(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(large, make([]byte, maxFileBytes+1), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, command, want string }{
		{"cold", "cold-read", `workload "cold" isn't one of [cold-read], nor a file`},
		{"", "write", `workload "" isn't one of [write], nor a file`},
		{"nosuch", "", `workload "nosuch" isn't one of [cold-read, compare-mounts, small-write, sustained, write], nor a file`},
		{"sustained", "cold-read", "\"sustained\" is a workload of sustained, not of cold-read: run `lbench sustained --workload sustained`"},
		{"resnet50_h100", "write", "\"resnet50_h100\" is a training, not a workload of write: run `lbench mlperf --workload resnet50_h100`"},
		{"resnet50_h100", "", "\"resnet50_h100\" is a training, not a workload of a block command: run"},
		{"resnet50_h100.yaml", "write", "resnet50_h100.yaml:2: this is a training, not a workload of write: run `lbench mlperf --workload resnet50_h100.yaml`"},
		{"no/such", "write", "no such file"},
		{large, "write", "more than 1048576 bytes"},
	} {
		if _, err := LoadBlock(c.name, c.command, flags()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("LoadBlock(%q, %q): %v, want %q", c.name, c.command, err, c.want)
		}
	}
}

func TestAnyBlock(t *testing.T) {
	b, err := ParseBlock("w.yaml", []byte("command: write\nwhatever-2: 1\n"), "", nil)
	if err != nil || b.Command != "write" || b.Values["whatever-2"].Text != "1" {
		t.Errorf("%+v, %v", b, err)
	}
	for _, text := range []string{"command: write\nA: 1\n", "command: write\n'': 1\n", "command: write\na b: 1\n"} {
		if _, err := ParseBlock("w.yaml", []byte(text), "", nil); err == nil || !strings.Contains(err.Error(), "isn't a flag's name") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCommandOf(t *testing.T) {
	for name, want := range map[string]string{
		"cold-read": "cold-read", "write.yaml": "write", "testdata/every_key.yaml": "cold-read",
		"resnet50_h100": "mlperf", "testdata/every_section.yaml": "mlperf", "nosuch": "mlperf", "no/such.yaml": "mlperf", "": "mlperf",
	} {
		if got := CommandOf(name); got != want {
			t.Errorf("CommandOf(%q) = %q, want %q", name, got, want)
		}
	}
}

// Whatever the text: no panic; an error names its place in one line; a run that loads
// prints as one that loads the same.
func FuzzParseBlock(f *testing.F) {
	files, err := filepath.Glob("*.yaml")
	more, _ := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 || len(more) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range slices.Concat(files, more) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, value := range []string{"'~'", "'null'", `"\u2028x"`, "0x10", "'0x10'", "1_000", "'on'", "\"# \"", "' a'", "<<", "=", ".inf", "2026-03-13", "'- a'", "!!str 1", "!!int x", "!!float ~"} {
		f.Add("command: write\nsize: " + value + "\nrules: [" + value + "]\nbefore-cold: [" + value + "]")
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseBlock("w.yaml", []byte(text), "", nil)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "w.yaml:") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error without a place, or of two lines: %v", err)
			}
			return
		}
		again, err := ParseBlock("w.yaml", got.YAML(), got.Command, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, got.YAML())
		}
		rules := func(b Block) (texts []string) {
			for _, r := range b.Rules {
				texts = append(texts, r.Text)
			}
			return texts
		}
		if diff := cmp.Diff(got.texts(), again.texts()) + cmp.Diff(rules(got), rules(again)); diff != "" {
			t.Errorf("reads back otherwise (-want +got):\n%s\n%s", diff, got.YAML())
		}
	})
}
