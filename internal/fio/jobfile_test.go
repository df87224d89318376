package fio

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fioFilesOf makes files named a, b, c and so on.
func fioFilesOf(bytes ...int64) []File {
	var all []File
	for i, b := range bytes {
		all = append(all, File{string(rune('a' + i)), b})
	}
	return all
}

func TestJobFile(t *testing.T) {
	j := Job{Op: Read, Pattern: Sequential, Files: fioFilesOf(4096, 4096, 8192, 8192), OpBytes: 1024, Jobs: 2, Depth: 1, RateBytesPerS: 1001, Seed: 42}
	j.Files[2].Name = "c:1/x y"
	got, err := jobFile(j, "/data/a:b", "psync")
	if err != nil {
		t.Fatal(err)
	}
	want := `[global]
directory=/data/a\:b
thread=1
group_reporting=0
exitall_on_error=1
rw=read
bs=1024
randseed=42
ioengine=psync
iodepth=1
direct=0
invalidate=0
fallocate=none
create_on_open=1
allow_file_create=0
clat_percentiles=1
lat_percentiles=1
slat_percentiles=0
percentile_list=50:90:99:99.9
file_service_type=sequential

[job-0]
rate=501
filename=a
filename=c\:1/x y

[job-1]
rate=500
filename=b
filename=d
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("job file (-want +got):\n%s", diff)
	}
}

func TestJobFileLines(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Job)
		want   string // lines, in their order
		absent string // parts of lines
	}{
		{"read", func(*Job) {}, "rw=read iodepth=1 direct=0 allow_file_create=0 [job-0] filename=a filesize=4096 [job-1] filename=b filesize=4096", "overwrite runtime fsync norandommap offset rate="},
		{"depth", func(j *Job) { j.Depth, j.Direct = 8, true }, "ioengine=io_uring iodepth=8 direct=1 slat_percentiles=1", ""},
		{"for a time", func(j *Job) { j.Duration = 1500 * time.Millisecond }, "time_based=1 runtime=1500ms file_service_type=sequential [job-0] filename=a", "norandommap"},
		{"for a moment", func(j *Job) { j.Duration = 1 }, "runtime=1ms", ""},
		{"random for a time", func(j *Job) { j.Pattern, j.Duration = Random, time.Second }, "rw=randread file_service_type=random norandommap=1 filename=a filename=b filesize=4096 [job-0] [job-1]", "offset"},
		{"random once", func(j *Job) { j.Pattern = Random }, "rw=randread file_service_type=random [job-0] filename=a filesize=4096 [job-1] filename=b", "norandommap time_based"},
		{"parts of files", func(j *Job) { j.Jobs = 4 }, "[job-0] filename=a offset=0 size=2048 [job-1] filename=a offset=2048 size=2048 [job-2] filename=b offset=0 size=2048 [job-3] filename=b offset=2048", "filesize"},
		{"write", func(j *Job) { j.Op = Write }, "rw=write create_on_open=1 allow_file_create=1", "overwrite fsync"},
		{"write, fsync at the end", func(j *Job) { j.Op, j.Fsync = Write, FsyncEnd }, "end_fsync=1", "\nfsync="},
		{"write, fsync each", func(j *Job) { j.Op, j.Fsync = Write, FsyncEach }, "fsync=1 end_fsync=1", ""},
		{"overwrite", func(j *Job) { j.Op, j.Overwrite = Write, true }, "rw=write allow_file_create=0 overwrite=1", ""},
		{"several sizes", func(j *Job) { j.Jobs, j.Files[1].Bytes = 1, 8192 }, "[job-0] filename=a filename=b", "filesize offset"},
		{"seed 0", func(j *Job) { j.Seed = 0 }, "randseed=1", ""}, // fio multiplies it: with 0 all streams would be the same
		{"seed", func(j *Job) { j.Seed = math.MaxInt64 }, "randseed=9223372036854775807", ""},
		{"small rate", func(j *Job) { j.RateBytesPerS = 1 }, "[job-0] rate=1 [job-1] rate=1", ""}, // 0 would be none
	} {
		t.Run(c.name, func(t *testing.T) {
			j := Job{Op: Read, Pattern: Sequential, Files: fioFilesOf(4096, 4096), OpBytes: 1024, Jobs: 2, Depth: 1, Seed: 7}
			c.change(&j)
			got, err := jobFile(j, "/data", "io_uring")
			if err != nil {
				t.Fatal(err)
			}
			rest := "\n" + got
			for _, line := range strings.Fields(c.want) {
				_, after, found := strings.Cut(rest, "\n"+line+"\n")
				if !found {
					t.Fatalf("no line %q where it belongs in:\n%s", line, got)
				}
				rest = "\n" + after
			}
			for _, part := range strings.Split(c.absent, " ") {
				if part != "" && strings.Contains(got, part) {
					t.Errorf("%q is in:\n%s", part, got)
				}
			}
		})
	}
}

func TestJobFileRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Job)
		want   string
	}{
		{"shuffled files", func(j *Job) { j.Pattern = ShuffledFiles }, `use --runner native for pattern "shuffled-files"`},
		{"verify", func(j *Job) { j.Op, j.Verify = Write, true }, "use --runner native, or leave --verify out"},
		{"random writes", func(j *Job) { j.Op, j.Pattern = Write, Random }, `writes in pattern "random": want "sequential"`},
		{"uneven", func(j *Job) { j.Jobs = 5 }, "5 jobs over 3 files can't be dealt evenly"},
		{"uneven the other way", func(j *Job) { j.Jobs = 2 }, "2 jobs over 3 files can't be dealt evenly"},
		{"fewer ops than parts", func(j *Job) { j.Jobs = 15 }, `file "a" of 4096 bytes can't be cut into 5 parts of at least one op of 1024`},
		{"short last op", func(j *Job) { j.Files[1].Bytes = 5000 }, `file "b" of 5000 bytes: fio leaves out what is behind the last whole op`},
		{"less than an op", func(j *Job) { j.Duration, j.Files[1].Bytes = 1, 1000 }, `file "b" of 1000 bytes: fio does no op of 1024 in it`},
		{"several sizes made", func(j *Job) { j.Op, j.Jobs, j.Files[1].Bytes = Write, 1, 8192 }, "fio makes all files of a job in one size"},
		{"several sizes, anywhere", func(j *Job) { j.Pattern, j.Duration, j.Files[1].Bytes = Random, 1, 8192 }, "fio chooses a file before a place in it"},
		{"newline", func(j *Job) { j.Files[0].Name = "a\nb" }, `file "a\nb": fio's job files can't hold '\n'`},
		{"comment", func(j *Job) { j.Files[0].Name = "a;b" }, "can't hold ';'"},
		{"another comment", func(j *Job) { j.Files[0].Name = "a#b" }, "can't hold '#'"},
		{"variable", func(j *Job) { j.Files[0].Name = "${HOME}" }, "can't hold '$'"},
		{"space at the end", func(j *Job) { j.Files[0].Name = "a " }, "can't hold ' '"},
		{"no files", func(j *Job) { j.Files = nil }, "job of 0 files"},
		{"no jobs", func(j *Job) { j.Jobs = 0 }, "0 jobs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := Job{Op: Read, Pattern: Sequential, Files: fioFilesOf(4096, 4096, 4096), OpBytes: 1024, Jobs: 3, Depth: 1}
			c.change(&j)
			got, err := jobFile(j, "/data", "psync")
			if err == nil || !strings.HasPrefix(err.Error(), "--runner fio: ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q; job file:\n%s", err, c.want, got)
			}
		})
	}
	j := Job{Op: Read, Pattern: Sequential, Files: fioFilesOf(4096), OpBytes: 1024, Jobs: 1, Depth: 1}
	if _, err := jobFile(j, "/data#1", "psync"); err == nil || !strings.Contains(err.Error(), `folder "/data#1"`) {
		t.Errorf("error %v, want one of the folder", err)
	}
}

func TestFioRate(t *testing.T) {
	j := Job{Jobs: 7, RateBytesPerS: 1e9 + 3}
	var sum int64
	for i := range j.Jobs {
		sum += fioRate(j, i)
	}
	if sum != 1e9+3 {
		t.Errorf("all streams together get %d bytes/s, want 1000000003", sum)
	}
}
