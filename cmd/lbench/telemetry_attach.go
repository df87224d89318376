package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

func newTelemetryAttach(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "attach RUN FILE...", Short: "Add what buckets and servers did to a finished run",
		Long: "FILE is what `lbench telemetry gcs --json` printed (of s3 and azure too), or readings that `lbench telemetry record`\n" +
			"or `lbench telemetry prometheus` wrote. It goes into RUN/attached with a sum of its own; nothing that is there is\n" +
			"changed. `lbench report RUN` then says whether the bytes came from the buckets, and what the servers did.",
		Example: "  lbench telemetry attach results/20260313T140200Z-mlperf-resnet50_h100 buckets.json\n" +
			"  lbench telemetry attach results/20260313T140200Z-mlperf-resnet50_h100 oss1.ndjson oss2.ndjson",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("telemetry attach: want a run folder and at least one file, not %d arguments", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := a.resolve(c); err != nil {
				return err
			}
			return a.attach(args[0], args[1:])
		},
	}
}

// attachment is a file that is to be attached.
type attachment struct {
	name     string // in the folder
	text     []byte
	from, to time.Time // what it knows of
	told     string    // what else is to be said of it
}

// attach reads all files before it adds the first one.
func (a *app) attach(run string, files []string) error {
	folder, err := result.Open(run)
	if err != nil {
		return err
	}
	if folder.Run.Status == result.Incomplete {
		return fmt.Errorf("attach to %q: the run isn't at its end: wait for it, or give it up with lbench results", run)
	}
	all := make([]attachment, len(files))
	for i, file := range files {
		if all[i], err = attachable(folder, file, len(files) > 1); err == nil {
			err = result.AttachedName(all[i].name)
		}
		if err != nil {
			return fmt.Errorf("attach %q: %w", file, err)
		}
		if r := folder.Run; r.Ended != nil && (all[i].to.Before(r.Started) || all[i].from.After(*r.Ended)) {
			return fmt.Errorf("attach %q: what it has from %s to %s is nothing of the run from %s to %s: ask again with --run %s, or choose the run that it is of",
				file, stamped(all[i].from), stamped(all[i].to), stamped(r.Started), stamped(*r.Ended), run)
		}
	}
	for _, one := range all {
		if err := folder.Attach(one.name, one.text, a.create); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "attached: %s%s\n", filepath.Join(run, result.AttachedFolder, one.name), one.told)
	}
	return nil
}

func stamped(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// attachable reads a file of readings, or what buckets did; many says that others are
// attached with it, so that its name has to tell it apart.
func attachable(folder *result.Folder, file string, many bool) (attachment, error) {
	text, err := result.ReadRegular(file)
	if err != nil {
		return attachment{}, err
	}
	if line, _, _ := bytes.Cut(text, []byte("\n")); json.Valid(line) && bytes.Contains(line, []byte(`"t":`)) {
		r, err := folder.ReadRecording(file)
		if err != nil {
			return attachment{}, err
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)) + result.RecordingEnding
		return attachment{name: name, text: text, from: r.From, to: r.To, told: fmt.Sprintf(", readings of %s; %s", listedHosts(r.Hosts), clockOf(r, folder.Run.Host.Name))}, nil
	}
	t, err := result.ParseTraffic(text)
	if err != nil {
		return attachment{}, err
	}
	name := t.Source + ".json"
	if many {
		name = t.Source + "-" + strings.TrimSuffix(filepath.Base(file), ".json") + ".json"
	}
	return attachment{name: name, text: text, from: t.From, to: t.To}, nil
}

// listedHosts names the first few, without what would act on a terminal: they are from a file.
func listedHosts(hosts []string) string {
	const most, longest = 5, 64
	var names []string
	for _, host := range hosts[:min(most, len(hosts))] {
		letters := []rune(strings.ToValidUTF8(host, "\ufffd"))
		if len(letters) > longest {
			letters = append(letters[:longest], []rune("...")...)
		}
		names = append(names, strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) {
				return '\ufffd'
			}
			return r
		}, string(letters)))
	}
	if more := len(hosts) - most; more > 0 {
		return fmt.Sprintf("%s and %s more", strings.Join(names, ", "), units.Count(int64(more)))
	}
	return strings.Join(names, ", ")
}

// clockOf says how the clock of a recording stands against that of the run on host own.
func clockOf(r result.Recording, own string) string {
	if r.Clock.How == result.ClockUnknown && own != "" && slices.Equal(r.Hosts, []string{own}) {
		return r.Clock.String() + ", and needn't be if this is the run's own host, whose name it has"
	}
	return r.Clock.String()
}
