package report

import (
	"bytes"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); -update rewrites it:\n%s", path, diff)
	}
}

// variants are the runs whose report is worth reading; each has a golden.
func variants() map[string]func() made {
	passing := func() made { return newMade(madeAU(), 0) }
	return map[string]func() made{
		"pass": passing,
		"fail-storage": func() made {
			m := newMade([]float64{0.401, 0.397, 0.404}, 0)
			m.run.Metrics["ceiling_au_fraction"] = 0.8512
			return m
		},
		"fail-client": func() made {
			m := newMade([]float64{0.871, 0.8833, 0.8745}, 0)
			m.run.Metrics["ceiling_au_fraction"] = 0.8791
			m.run.Limit = &result.Limit{Name: "client-cpu", Evidence: []string{"host CPU 97 % busy"}}
			return m
		},
		"fail-narrow": func() made {
			m := newMade([]float64{0.8995, 0.8997}, 0)
			m.run.Warnings = append(m.run.Warnings, result.Warning{Code: "whole_lower", Text: "AU is 90.0 % in its window, but 88.8 % over whole epochs"},
				result.Warning{Code: "head_start", Text: "up to 0.6 % of the batches that AU counts lay ready when its window opened"})
			m.run.Limit.Name = "network"
			return m
		},
		"warmup": func() made {
			m := newMade(madeAU(), 0)
			m.run.Epochs[0].Warmup = true
			m.run.Plan.WarmupEpochs = 1
			m.sum()
			rate := 9.17e9
			m.run.Checks = append(m.run.Checks, result.Check{Rule: "read_bytes_per_s_mean >= 9.5e9", Want: 9.5e9, Got: &rate},
				result.Check{Rule: "steady_read_bytes_per_s >= 1e9", Want: 1e9})
			m.run.Verdict = result.Fail
			return m
		},
		"interrupted": func() made {
			m := newMade(madeAU()[:2], 0)
			m.run.Plan.Epochs = 5
			m.run.Status, m.run.Verdict, m.run.Checks, m.run.Limit = result.Interrupted, result.None, nil, nil
			return m
		},
		"killed": func() made {
			m := newMade(madeAU()[:2], 0)
			m.run.Plan.Epochs = 5
			m.run.Status, m.run.Verdict, m.run.Checks, m.run.Limit, m.run.Ended = result.Incomplete, result.None, nil, nil, nil
			return m
		},
		"all-warmup": func() made {
			m := newMade(madeAU()[:2], 0)
			m.run.Plan.WarmupEpochs = 2
			for i := range m.run.Epochs {
				m.run.Epochs[i].Warmup = true
			}
			m.run.Status, m.run.Verdict, m.run.Checks, m.run.Limit = result.Failed, result.None, nil, nil
			m.run.Error = "no epoch was scored: all 2 were to warm up"
			m.run.Metrics = map[string]float64{"read_bytes": 3.0464e12, "ceiling_au_fraction": 0.9957}
			return m
		},
		"shortened": func() made {
			m := newMade(madeAU()[:1], 0)
			m.run.Plan.Epochs = 3
			m.run.Mount = &result.Mount{Path: "/mnt/filestore", Type: "nfs4", Network: true, Source: "10.7.0.2:/vol1", Version: "4.1",
				NFS: &result.NFSMount{Vers: "4.1", Proto: "tcp", Nconnect: 16, Rsize: 524288, Wsize: 262144, ReadAheadKB: 15360}}
			return m
		},
		"v2.0": func() made {
			m := newMade(madeAU(), 0)
			m.run.Plan.Profile = "v2.0"
			return m
		},
		"start-up": func() made {
			m := newMade([]float64{0.9961, 0.9934, 0.9927}, 0)
			m.run.Limit = &result.Limit{Name: "none"}
			m.run.Metrics["au_whole_fraction"], m.run.Metrics["cached_fraction_max"] = 0.8894, 0
			m.run.Warnings = append(m.run.Warnings, result.Warning{Code: "whole_lower", Text: "AU is 99.4 % in its window, but 88.9 % over whole epochs, first step included"})
			return m
		},
		"failed": func() made {
			m := newMade(madeAU(), 0)
			m.run.Status, m.run.Verdict, m.run.Error = result.Failed, result.None, `read "/mnt/zettafs/resnet50/train/img_00007_of_10629.tfrecord": input/output error`
			m.run.Metrics, m.run.Epochs, m.run.Checks, m.run.Limit, m.run.Ended, m.run.Warnings = nil, nil, nil, nil, nil, nil
			return m
		},
		"missing": func() made {
			m := newMade(madeAU(), 0)
			m.run.Metrics = map[string]float64{"au_mean_fraction": m.run.Metrics["au_mean_fraction"]}
			for i, e := range m.run.Epochs {
				m.run.Epochs[i].Metrics = map[string]float64{"au_fraction": e.Metrics["au_fraction"]}
			}
			m.run.Limit, m.run.Plan, m.run.Mount, m.run.Host = nil, nil, nil, result.Host{}
			return m
		},
		"block": func() made {
			m := made{run: madeShape()}
			m.run.Command, m.run.Workload, m.run.Plan, m.run.Limit, m.run.Warnings, m.run.Settings = "cold-read", "", nil, nil, nil, nil
			m.run.Metrics = map[string]float64{"read_bytes_per_s": 13.2e9, "latency_p99_9_ns": 41.7e6, "ops_per_s": 12594.5, "passes": 3, "cpu_ns_per_byte_mean": 0.0871}
			return m
		},
	}
}

func TestText(t *testing.T) {
	all := variants()
	maps.Copy(all, blockVariants())
	for name, makeRun := range all {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			run := makeRun().run
			if err := Text(&b, run); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", b.Bytes())
			checkNoTraining(t, run, b.String())
			for _, wrong := range []string{"NaN", "Inf", "%!"} {
				if strings.Contains(b.String(), wrong) {
					t.Errorf("text holds %q", wrong)
				}
			}
		})
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe is gone") }

func TestTextReportsWriteError(t *testing.T) {
	if err := Text(brokenWriter{}, madeShape()); err == nil || !strings.Contains(err.Error(), "pipe is gone") {
		t.Errorf("Text gives %v, want the writer's error", err)
	}
}

// TestSentence: a text begins with a capital, a name stays as it is.
func TestSentence(t *testing.T) {
	for text, want := range map[string]string{
		"the file is empty":                  "The file is empty.",
		"the file is empty.":                 "The file is empty.",
		"écrit":                              "Écrit.",
		"on_finish failed":                   "on_finish failed.",
		"reader.transfer_size has no effect": "reader.transfer_size has no effect.",
		"read: no such file":                 "Read: no such file.",
		"":                                   ".",
	} {
		if got := sentence(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
