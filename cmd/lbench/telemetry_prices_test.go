package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/cloud"
	"github.com/lbench/lbench/internal/result"
)

func TestTelemetryPrices(t *testing.T) {
	mine := filepath.Join(t.TempDir(), "prices.yaml")
	text := string(cloud.ListPrices()) + "fast-tier:\n  at_rest_per_gb_month: 0.14\n  terms: a managed parallel file system\n"
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	for file, text := range map[string]string{mine: text, bad: "as_of: x\nfast-tier: {at_rest: 1}\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{nil, exitOK, string(cloud.ListPrices())},
		{[]string{"--table", "--prices", mine, "--capacity", "1PiB"}, exitOK, "$0.02 against $0.14 per GB-month"},
		{[]string{"--table", "--prices", mine, "--capacity", "1PiB"}, exitOK, "$146800.64"}, // 2^20 x 0.14
		{[]string{"--prices", mine}, exitUsage, "--prices is for --table or --json"},
		{[]string{"--table", "--capacity", "much"}, exitUsage, `--capacity "much" isn't a size as 1PiB`},
		{[]string{"--table", "--capacity", "0"}, exitUsage, `--capacity "0" isn't a size`},
		{[]string{"--table", "--prices", "nowhere"}, exitCannotRun, "read --prices: open nowhere: no such file"},
		{[]string{"--table", "--prices", bad}, exitUsage, `bad.yaml:2: fast-tier has "at_rest": want some of [terms, as_of, at_rest_per_gb_month`},
	} {
		code, stdout, stderr := told(append([]string{"telemetry", "prices"}, test.args...)...)
		if code != test.code || !strings.Contains(stdout+stderr, test.want) {
			t.Errorf("%q: exit %d, want %d with %q:\n%s%s", test.args, code, test.code, test.want, stdout, stderr)
		}
	}
	code, stdout, _ := told("telemetry", "prices", "--json", "--prices", mine, "--capacity", "2TiB")
	var doc struct {
		Capacity int64 `json:"capacity_bytes"`
		Prices   []struct {
			Name  string
			Month float64 `json:"at_rest_usd_per_month"`
		}
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || code != exitOK || doc.Capacity != 2<<40 || len(doc.Prices) != 4 || doc.Prices[0].Name != "gcs" || doc.Prices[0].Month != 2*20.48 || doc.Prices[3].Name != "fast-tier" {
		t.Errorf("exit %d, %v: %+v", code, err, doc)
	}
}

// TestTelemetryCSV: the files hold what the document holds.
func TestTelemetryCSV(t *testing.T) {
	dir := t.TempDir()
	bytesFile, methodsFile := filepath.Join(dir, "b.csv"), filepath.Join(dir, "m.csv")
	code, stdout, stderr := askedOf(cloudWatch(t, ""), "telemetry", "s3", "--bucket-prefix", "zettafs-", "--from", "2026-03-13T14:10:30Z", "--to", "2026-03-13T14:20:00Z", "--json", "--csv", bytesFile, "--methods-csv", methodsFile)
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	traffic, err := result.ParseTraffic([]byte(stdout))
	if err != nil {
		t.Fatal(err)
	}
	sum := func(file, column string) float64 {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for _, row := range rows[1:] {
			var share, value float64
			for i, head := range rows[0] {
				switch head {
				case "window_fraction":
					share, err = strconv.ParseFloat(row[i], 64)
				case column:
					value, err = strconv.ParseFloat(row[i], 64)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			total += share * value
		}
		return total
	}
	if got := sum(bytesFile, "sent_bytes"); got != traffic.Metrics["sent_bytes"] || got != 2*9.5*(600<<20) {
		t.Errorf("%v bytes in the table, %v in the document", got, traffic.Metrics["sent_bytes"])
	}
	if got := sum(methodsFile, "requests"); got != traffic.Methods["GET"] || got != 2*9.5*60 {
		t.Errorf("%v requests in the table, %v in the document", got, traffic.Methods["GET"])
	}
	if m := traffic.Metrics; m["sent_low_bytes"] != 2*9*(600<<20) || m["sent_high_bytes"] != 2*10*(600<<20) {
		t.Errorf("%v", m)
	}
}

// told runs a command that asks nobody.
func told(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	a := realApp()
	a.stdout, a.stderr, a.getenv = &out, &errs, func(string) string { return "" }
	code = run(context.Background(), a, args)
	return code, out.String(), errs.String()
}
