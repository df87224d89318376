package claims

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// training is a made run: epochs of these AUs, the first so many to warm up.
func training(warmup int, au ...float64) result.Run {
	run := result.Run{Command: "mlperf", Workload: "resnet50_h100", Status: result.Complete,
		Plan:    &result.Plan{Accelerators: 48, Files: 10629, SamplesPerFile: 1251, NominalBytes: 114660.07},
		Metrics: map[string]float64{"samples_per_s_mean": 77485, "nominal_bytes_per_s_mean": 77485 * 114660.07}}
	for i, v := range au {
		run.Epochs = append(run.Epochs, result.Epoch{Epoch: i + 1, Warmup: i < warmup, Metrics: map[string]float64{"au_fraction": v}})
	}
	for _, s := range summaries(epochValues(run, "au_fraction", false)) {
		if name := map[string]string{mean: "au_mean_fraction", worst: "au_min_fraction", deviation: "au_stddev_fraction"}[s.as]; name != "" {
			run.Metrics[name] = s.value
		}
	}
	return run
}

// cold is a made read of 13.1 GB/s over 17 s.
func cold() result.Run {
	return result.Run{Command: "cold-read", Workload: "cold-read", Status: result.Complete, Block: &result.Block{Files: 200, SetBytes: 222_700_000_000},
		Metrics: map[string]float64{"read_bytes_per_s": 13.1e9, "duration_ns": 17e9, "read_bytes": 222.7e9, "latency_p99_ns": 9.87e6, "cpu_ns_per_byte_mean": 0.0871, "bytes_per_request": 4096, "passes": 0}}
}

// coldOf is a made read that took so long.
func coldOf(ns float64) result.Run {
	run := cold()
	run.Metrics["duration_ns"] = ns
	return run
}

// The slide of the cloud's monitoring: 51.6 TiB at 5.12 GiB/s are no 3 h.
func TestHeldTraffic(t *testing.T) {
	slide := result.Run{Command: "telemetry", Workload: "gcs", Status: result.Complete, Metrics: map[string]float64{
		"sent_bytes": 51.6 * (1 << 40), "sent_mean_bytes_per_s": 5.12 * (1 << 30), "window_ns": 172 * 60e9}}
	rows := hold(t, "{command: telemetry, figures: {sent_bytes: 51.6 TiB, sent_mean_bytes_per_s: 5.12 GiB/s, window_ns: 3 h}}", slide)
	if rows[2].Status != Follows || len(rows[2].Notes) != 1 || rows[2].Notes[0] != `the claimed "3 h" is rounded: the run has 2.87 h` {
		t.Errorf("3 h: %+v", rows[2])
	}
	rows = hold(t, "{command: telemetry, figures: {sent_bytes: 51.6 TiB, sent_mean_bytes_per_s: 5.12 GiB/s, window_ns: 180 min}}", slide)
	if rows[1].Status != Follows || len(rows[1].Notes) != 1 || rows[1].Notes[0] != "51.6 TiB / 180 min = 4.89 GiB/s, not 5.12" {
		t.Errorf("5.12 GiB/s beside 180 min: %+v", rows[1])
	}
}

func fiveEpochs() result.Run { return training(0, 0.933, 0.904, 0.914, 0.914, 0.879) }

// hold is a claim in flow style, held against runs.
func hold(t *testing.T, claim string, runs ...result.Run) []Row {
	t.Helper()
	f, err := Parse("slide.yaml", []byte("runs:\n  - "+claim))
	if err != nil {
		t.Fatal(err)
	}
	held, err := f.Hold(runs)
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	for _, h := range held {
		rows = append(rows, h.Rows...)
	}
	return rows
}

// TestHeld: one figure, what the run has, whether it follows, and the reason.
func TestHeld(t *testing.T) {
	warmed := training(1, 0.60, 0.90, 0.91, 0.92)
	interrupted := fiveEpochs()
	interrupted.Status = result.Interrupted
	odd := cold()
	odd.Metrics["read_bytes_per_s"] = math.NaN()
	for _, test := range []struct {
		name, figure string
		run          result.Run
		got          string
		status       Status
		note         string
	}{
		{"digits are the precision", "samples_per_s_mean: '77,485'", fiveEpochs(), "77,485", Follows, ""},
		{"fewer digits", "au_mean_fraction: 91 %", fiveEpochs(), "91 %", Follows, ""},
		{"rounded by more than it should be", "duration_ns: 10 s", coldOf(10.45e9), "10 s", Follows, `the claimed "10 s" is rounded: the run has 10.45 s`},
		{"a bare fraction", "au_mean_fraction: 0.909", fiveEpochs(), "0.909", Follows, ""},
		{"unit of a rate", "nominal_bytes_per_s_mean: 8.3 GB/s", fiveEpochs(), "8.9 GB/s (8.3 GiB/s)", DoesNotFollow,
			`the claimed "8.3 GB/s" is GiB/s: the run has 8.27 GiB/s, in GB/s it is 8.9`},
		{"unit of a rate, other way", "nominal_bytes_per_s_mean: 8.9 GiB/s", fiveEpochs(), "8.3 GiB/s (8.9 GB/s)", DoesNotFollow,
			`the claimed "8.9 GiB/s" is GB/s: the run has 8.88 GB/s, in GiB/s it is 8.3`},
		{"unit of a size", "dataset_bytes: 1.39 TB", fiveEpochs(), "1.52 TB (1.39 TiB)", DoesNotFollow,
			`the claimed "1.39 TB" is TiB: the run has 1.39 TiB, in TB it is 1.52`},
		{"median", "au_mean_fraction: 91.4 %", fiveEpochs(), "90.9 %", DoesNotFollow, `the claimed "91.4 %" is the median of the epochs, not their mean`},
		{"best", "au_mean_fraction: 93.3 %", fiveEpochs(), "90.9 %", DoesNotFollow, `the claimed "93.3 %" is the best of the epochs, not their mean`},
		{"mean for the worst", "au_min_fraction: 90.88 %", fiveEpochs(), "87.90 %", DoesNotFollow, `the claimed "90.88 %" is the mean of the epochs, not their worst`},
		{"deviation of a sample", "au_stddev_fraction: 1.97 %", fiveEpochs(), "1.76 %", DoesNotFollow, `the claimed "1.97 %" is the sample deviation of the epochs, not their population deviation`},
		{"warm-up counted", "au_mean_fraction: 83.25 %", warmed, "91.00 %", DoesNotFollow, `the claimed "83.25 %" is the mean with the warm-up epochs, which don't count`},
		{"worst, warm-up counted", "au_mean_fraction: 60 %", warmed, "91 %", DoesNotFollow, `the claimed "60 %" is the worst with the warm-up epochs, which don't count`},
		{"composition", "dataset_bytes: 210 GB", fiveEpochs(), "1,525 GB (1,420 GiB)", DoesNotFollow,
			"10,629 files of 1,251 samples of 114,660.07 B hold 1.52 TB (1.39 TiB), not the claimed 210 GB"},
		{"another figure", "dataset_bytes: 222.7 GB", withRead(cold()), "210.0 GB (195.6 GiB)", DoesNotFollow, `the claimed "222.7 GB" is the run's read_bytes, not its dataset_bytes`},
		{"points", "au_mean_fraction: 90.72 %", fiveEpochs(), "90.88 %", DoesNotFollow, "the claimed 90.72 % is 0.16 points below the run's 90.88 %"},
		{"per cent", "read_bytes: 210 GB", cold(), "223 GB (207 GiB)", DoesNotFollow, "the claimed 210 GB is 5.7 % below the run's 223 GB"},
		{"times", "dataset_files: '10,629'", cold(), "200", DoesNotFollow, "the claimed 10,629 is 53 times the run's 200"},
		{"half a last digit", "duration_ns: 17 s", timed(17.499e9), "17 s", Follows, ""},
		{"more than half a last digit", "duration_ns: 17 s", timed(17.51e9), "18 s", DoesNotFollow, "the claimed 17 s is 2.9 % below the run's 18 s"},
		{"half exactly, below", "duration_ns: 17 s", timed(16.5e9), "16 s", Follows, ""},
		{"deviation for the mean", "au_mean_fraction: 1.76 %", fiveEpochs(), "90.88 %", DoesNotFollow, `the claimed "1.76 %" is the population deviation of the epochs, not their mean`},
		{"half exactly", "duration_ns: 17 s", timed(17.5e9), "18 s", Follows, ""},
		{"too small for the digits", "latency_p99_ns: 2 min", cold(), "0.00016 min", DoesNotFollow, "the claimed 2 min is 12,158 times the run's 0.00016 min"},
		{"small units", "bytes_per_request: 4 kB", cold(), "4 kB (4 KiB)", Follows, ""},
		{"small units mixed up", "bytes_per_request: 4.00 kB", cold(), "4.10 kB (4.00 KiB)", DoesNotFollow, `the claimed "4.00 kB" is KiB: the run has 4.00 KiB, in kB it is 4.10`},
		{"small units mixed up, other way", "bytes_per_request: 4.10 KiB", cold(), "4.00 KiB (4.10 kB)", DoesNotFollow, `the claimed "4.10 KiB" is kB: the run has 4.10 kB, in KiB it is 4.00`},
		{"bytes have no other system", "bytes_per_request: '4,000 B'", cold(), "4,096 B", DoesNotFollow, "the claimed 4,000 B is 2.3 % below the run's 4,096 B"},
		{"of nothing", "passes: 3", cold(), "0", DoesNotFollow, "the claimed 3 is above the run's 0"},
		{"CPU time", "cpu_ns_per_byte_mean: 0.087 s/GB", cold(), "0.087 s/GB", Follows, ""},
		{"not measured", "wait_p99_ns: 3 ms", fiveEpochs(), "", NotInRun, ""},
		{"no plan", "accelerators: 48", cold(), "", NotInRun, ""},
		{"unfinished", "au_mean_fraction: 90.88 %", interrupted, "", NotInRun, ""},
		{"no number", "read_bytes_per_s: 13.1 GB/s", odd, "", NotInRun, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := hold(t, "figures: {"+test.figure+"}", test.run)[0]
			if row.Got != test.got || row.Status != test.status || strings.Join(row.Notes, "|") != test.note {
				t.Errorf("%s: %q %s %q\nwant %q %s %q", test.figure, row.Got, row.Status, row.Notes, test.got, test.status, test.note)
			}
		})
	}
}

func withRead(run result.Run) result.Run {
	run.Block.SetBytes = 210_000_000_000
	return run
}

func timed(ns float64) result.Run {
	run := cold()
	run.Metrics["duration_ns"] = ns
	return run
}

// TestSlide: a slide's figures against runs that have what it says, figure by figure.
func TestSlide(t *testing.T) {
	got := hold(t, `{command: mlperf, figures: {au_mean_fraction: 90.72 %, samples_per_s_mean: '77,485'}, epochs: {au_fraction: [93.3 %, 90.4 %, 91.4 %, 91.4 %, 87.9 %]}}
  - {command: cold-read, figures: {read_bytes_per_s: 13.1 GB/s, duration_ns: 17 s, read_bytes: 210 GB}}`, fiveEpochs(), cold())
	epoch := func(n, au string) Row {
		return Row{Figure: "au_fraction, epoch " + n, Claimed: au, Got: au, Status: Follows}
	}
	want := []Row{
		{"au_mean_fraction", "90.72 %", "90.88 %", DoesNotFollow, []string{`the claimed "90.72 %" is not the mean of the 5 epochs that are claimed: that is 90.88 % (population deviation 1.76)`}},
		{"samples_per_s_mean", "77,485", "77,485", Follows, nil},
		epoch("1", "93.3 %"), epoch("2", "90.4 %"), epoch("3", "91.4 %"), epoch("4", "91.4 %"), epoch("5", "87.9 %"),
		{"read_bytes_per_s", "13.1 GB/s", "13.1 GB/s (12.2 GiB/s)", Follows, []string{"210 GB / 17 s = 12.4 GB/s, not 13.1"}},
		{"duration_ns", "17 s", "17 s", Follows, nil},
		{"read_bytes", "210 GB", "223 GB (207 GiB)", DoesNotFollow, []string{"the claimed 210 GB is 5.7 % below the run's 223 GB"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestTogether: what the digits of claims allow is no contradiction.
func TestTogether(t *testing.T) {
	for _, test := range []struct{ name, claim, note string }{
		{"within the digits", "{figures: {read_bytes_per_s: 12.0 GB/s, duration_ns: 17 s, read_bytes: 210 GB}}", ""},
		{"within the digits, above", "{figures: {read_bytes_per_s: 12.8 GB/s, duration_ns: 17 s, read_bytes: 210 GB}}", ""},
		{"just outside them", "{figures: {read_bytes_per_s: 11.9 GB/s, duration_ns: 17 s, read_bytes: 210 GB}}", "210 GB / 17 s = 12.4 GB/s, not 11.9"},
		{"above", "{figures: {read_bytes_per_s: 12.82 GB/s, duration_ns: 17 s, read_bytes: 210 GB}}", "210 GB / 17 s = 12.35 GB/s, not 12.82"},
		{"units mixed", "{figures: {read_bytes_per_s: 11.5 GiB/s, duration_ns: 17.0 s, read_bytes: 210 GB}}", ""},
		{"written", "{figures: {write_bytes_per_s: 13.1 GB/s, duration_ns: 17 s, write_bytes: 210 GB}}", "210 GB / 17 s = 12.4 GB/s, not 13.1"},
		{"a time that may be nothing", "{figures: {read_bytes_per_s: 900 GB/s, duration_ns: 0 s, read_bytes: 210 GB}}", ""},
		{"time alone", "{figures: {read_bytes_per_s: 13.1 GB/s, duration_ns: 17 s}}", ""},
		{"mean within the digits", "{figures: {au_mean_fraction: 90.83 %}, epochs: {au_fraction: [93.3 %, 90.4 %, 91.4 %, 91.4 %, 87.9 %]}}", ""},
		{"mean at the end of the digits", "{figures: {au_mean_fraction: 90.9 %}, epochs: {au_fraction: [91.0 %, 91.0 %]}}", ""},
		{"lowest", "{figures: {au_min_fraction: 88.1 %}, epochs: {au_fraction: [93.3 %, 87.9 %]}}", `the claimed "88.1 %" is not the worst of the 2 epochs that are claimed: that is 87.9 %`},
		{"deviation", "{figures: {au_stddev_fraction: 1.97 %}, epochs: {au_fraction: [93.3 %, 90.4 %, 91.4 %, 91.4 %, 87.9 %]}}",
			`the claimed "1.97 %" is not the population deviation of the 5 epochs that are claimed: that is 1.76 %`},
		{"deviation within the digits", "{figures: {au_stddev_fraction: 1.80 %}, epochs: {au_fraction: [93.3 %, 90.4 %, 91.4 %, 91.4 %, 87.9 %]}}", ""},
	} {
		row := hold(t, test.claim, result.Run{})[0]
		if got := strings.Join(row.Notes, "|"); got != test.note || row.Status != NotInRun {
			t.Errorf("%s: %s %q, want %q", test.name, row.Status, got, test.note)
		}
	}
	warmed := hold(t, "{figures: {au_mean_fraction: 91.0 %}, epochs: {au_fraction: [60 %, 90 %, 91 %, 92 %]}}", training(1, 0.60, 0.90, 0.91, 0.92))
	if len(warmed) != 5 || warmed[0].Status != Follows || warmed[0].Notes != nil || warmed[1].Status != Follows {
		t.Errorf("epochs with a warm-up: %v", warmed)
	}
}

// TestEpochs: claimed epochs are those that count, unless all are claimed.
func TestEpochs(t *testing.T) {
	run := training(1, 0.60, 0.90, 0.91, 0.92)
	for _, test := range []struct {
		claimed string
		status  string
		note    string
	}{
		{"[90 %, 91 %, 92 %]", "follows, follows, follows", ""},
		{"[60 %, 90 %, 91 %, 92 %]", "follows, follows, follows, follows", ""},
		{"[90 %, 91 %]", "follows, follows", "2 epochs of au_fraction are claimed, the run counts 3 epochs"},
		{"[90 %, 91 %, 93 %, 94 %, 95 %]", "follows, follows, does not follow, not in the run, not in the run", "5 epochs of au_fraction are claimed, the run counts 3 epochs"},
	} {
		var statuses []string
		rows := hold(t, "epochs: {au_fraction: "+test.claimed+"}", run)
		for _, r := range rows {
			statuses = append(statuses, string(r.Status))
		}
		if got := strings.Join(statuses, ", "); got != test.status || strings.Join(rows[0].Notes, "|") != test.note {
			t.Errorf("%s: %s %q, want %s %q", test.claimed, got, rows[0].Notes, test.status, test.note)
		}
	}
}

// TestNoEpochs: a run that has none says so in the rows alone.
func TestNoEpochs(t *testing.T) {
	want := []Row{{Figure: "duration_ns, epoch 1", Claimed: "17 s", Status: NotInRun}}
	if diff := cmp.Diff(want, hold(t, "epochs: {duration_ns: [17 s]}", cold())); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestSpeaksOf: an entry is held against each run of its command and workload.
func TestSpeaksOf(t *testing.T) {
	runs := []result.Run{fiveEpochs(), cold(), fiveEpochs()}
	for claim, want := range map[string]int{
		"{figures: {read_bytes: 1 GB}}":                                                             3,
		"{command: mlperf, figures: {read_bytes: 1 GB}}":                                            2,
		"{workload: cold-read, figures: {read_bytes: 1 GB}}":                                        1,
		"{command: mlperf, workload: resnet50_h100, figures: {read_bytes: 1 GB}}":                   2,
		"{command: mlperf, figures: {read_bytes: 1 GB}}\n  - {figures: {read_bytes_per_s: 2 GB/s}}": 5,
	} {
		if got := len(hold(t, claim, runs...)); got != want {
			t.Errorf("%s: %d rows, want %d", claim, got, want)
		}
	}
	f, err := Parse("slide.yaml", []byte("runs:\n  - figures: {read_bytes: 1 GB}\n  - {command: mlperf, workload: unet3d, figures: {read_bytes: 1 GB}}"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `slide.yaml:3: none of the runs is of command "mlperf" with workload "unet3d": they are of [cold-read cold-read, mlperf resnet50_h100]`
	if _, err := f.Hold(runs); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
