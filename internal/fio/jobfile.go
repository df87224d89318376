package fio

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// jobFile is the job file with which fio(1) does what Native does of a Job, on files
// below the absolute folder dir, with one of fio's ioengines. The error of a job that fio
// can't do the same way names the alternative.
//
// Where both differ: fio makes its files with mode 0600, and syncs those of a stream one
// after the other when the stream has written all of them, not each after its own last
// write. Under a duration fio leaves out the part of a file behind its last whole op.
func jobFile(j Job, dir, engine string) (string, error) {
	if err := refuseForFio(j, dir); err != nil {
		return "", fmt.Errorf("--runner fio: %w", err)
	}
	var b strings.Builder
	b.WriteString(fioGlobal(j, dir, engine))
	if j.anywhere() { // every stream the same: said once, however many there are
		b.WriteString(fioFiles(j, j.whole()))
	}
	for i, mine := range j.deal() {
		fmt.Fprintf(&b, "\n[%s]\n", fioJobName(i))
		if j.RateBytesPerS > 0 {
			fmt.Fprintf(&b, "rate=%d\n", fioRate(j, i))
		}
		if !j.anywhere() {
			b.WriteString(fioFiles(j, mine))
		}
	}
	return b.String(), nil
}

func fioJobName(i int) string { return fmt.Sprintf("job-%d", i) }

// fioGlobal is what all streams have in common.
//
// create_on_open keeps fio from laying out files before the run. That matters more than
// its name tells: a layout deletes a file that is shorter than it should be.
//
// thread, because fio's processes each leave the process group, and would outlive it.
func fioGlobal(j Job, dir, engine string) string {
	lines := []string{
		"[global]", "directory=" + fioName(dir), "thread=1", "group_reporting=0", "exitall_on_error=1",
		"rw=" + fioReadWrite(j), fmt.Sprint("bs=", j.OpBytes), fmt.Sprint("randseed=", max(1, j.Seed)),
		"ioengine=" + engine, fmt.Sprint("iodepth=", j.Depth), fmt.Sprint("direct=", digit(j.Direct)),
		"invalidate=0", "fallocate=none", "create_on_open=1", fmt.Sprint("allow_file_create=", digit(makesFiles(j))),
		"clat_percentiles=1", "lat_percentiles=1", fmt.Sprint("slat_percentiles=", digit(j.Depth > 1)),
		"percentile_list=50:90:99:99.9", // of those that are on, fio prints every bin too
	}
	if j.Duration > 0 {
		lines = append(lines, "time_based=1", fmt.Sprintf("runtime=%dms", max(1, j.Duration.Round(time.Millisecond).Milliseconds())))
	}
	if j.Pattern == Random {
		lines = append(lines, "file_service_type=random")
	} else {
		lines = append(lines, "file_service_type=sequential")
	}
	if j.anywhere() {
		lines = append(lines, "norandommap=1")
	}
	if j.Overwrite {
		lines = append(lines, "overwrite=1")
	}
	switch j.Fsync {
	case FsyncEnd:
		lines = append(lines, "end_fsync=1")
	case FsyncEach: // fio doesn't sync after the very last write, unless at the end
		lines = append(lines, "fsync=1", "end_fsync=1")
	}
	return strings.Join(lines, "\n") + "\n"
}

func fioReadWrite(j Job) string {
	switch {
	case j.Op == Write:
		return "write"
	case j.Pattern == Random:
		return "randread"
	}
	return "read"
}

func digit(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// makesFiles says whether the files of a job are made by it.
func makesFiles(j Job) bool { return j.Op == Write && !j.Overwrite }

// fioRate is the share of stream i, in whole bytes per second; fio counts it per stream.
func fioRate(j Job, i int) int64 {
	all := int64(j.RateBytesPerS)
	share := all / int64(j.Jobs)
	if int64(i) < all%int64(j.Jobs) {
		share++
	}
	return max(1, share)
}

// fioFiles is the lines that name the files of one stream; a line for each, because fio
// takes 4096 characters in a line. Files that exist in several sizes are left to fio to
// measure.
func fioFiles(j Job, parts []Segment) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "filename=%s\n", fioName(j.Files[p.File].Name))
	}
	switch first := parts[0]; {
	case first.Bytes < j.Files[first.File].Bytes:
		fmt.Fprintf(&b, "offset=%d\nsize=%d\n", first.Off, first.Bytes)
	case oneSize(parts):
		fmt.Fprintf(&b, "filesize=%d\n", first.Bytes)
	}
	return b.String()
}

func oneSize(parts []Segment) bool {
	return !slices.ContainsFunc(parts, func(p Segment) bool { return p.Bytes != parts[0].Bytes })
}

// fioName escapes a name: fio takes ':' to be between two.
func fioName(name string) string { return strings.ReplaceAll(filepath.Clean(name), ":", `\:`) }
