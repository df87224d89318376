package dataset

import (
	"strings"
	"testing"
)

// resnet50 is the workload that most figures of the rules are about.
func resnet50() Spec {
	return Spec{Format: "tfrecord", Prefix: "img", Files: 10592, SamplesPerFile: 1251, Dim: Dim(114660.07), Seed: 10}
}

// tiny is a dataset that a test can afford to write.
func tiny() Spec {
	return Spec{Format: "tfrecord", Prefix: "img", Files: 5, SamplesPerFile: 3, Dim: 8, Seed: 10}
}

func TestDim(t *testing.T) {
	for _, c := range []struct {
		length float64
		want   int
	}{{114660.07, 338}, {2828486, 1681}, {322957, 568}, {146600628, 12107}, {1, 1}, {4, 2}, {3.99, 1}} {
		if got := Dim(c.length); got != c.want {
			t.Errorf("Dim(%v) = %d, want %d", c.length, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		files, subfolders, i int
		want                 string
	}{
		{1024, 0, 3, "train/img_0003_of_1024.tfrecord"},
		{10592, 0, 0, "train/img_00000_of_10592.tfrecord"},
		{10592, 1, 10591, "train/img_10591_of_10592.tfrecord"},
		{1, 0, 0, "train/img_0_of_1.tfrecord"},
		{9, 0, 8, "train/img_8_of_9.tfrecord"},
		{10, 0, 8, "train/img_08_of_10.tfrecord"},
		{100, 2, 7, "train/1/img_007_of_100.tfrecord"},
		{100, 10, 23, "train/03/img_023_of_100.tfrecord"},
	} {
		s := Spec{Format: "tfrecord", Prefix: "img", Files: c.files, Subfolders: c.subfolders}
		if got := s.Name(c.i); got != c.want {
			t.Errorf("%d files in %d subfolders: Name(%d) = %q, want %q", c.files, c.subfolders, c.i, got, c.want)
		}
	}
	if got := strings.Join(Spec{Subfolders: 10}.folders()[:3], " "); got != "train/00 train/01 train/02" {
		t.Errorf("folders %q", got)
	}
}

func TestSizes(t *testing.T) {
	s := resnet50()
	if got := s.RecordBytes(); got != 114303 {
		t.Errorf("record %d bytes, want 114303", got)
	}
	if got := s.FileBytes(); got != 142_993_053 {
		t.Errorf("file %d bytes, want 142993053", got)
	}
	if got := s.Bytes(); got != 1_514_582_417_376 {
		t.Errorf("dataset %d bytes, want 1514582417376", got)
	}
	cosmoflow := Spec{Dim: Dim(2828486)}
	if got := cosmoflow.RecordBytes() - 1681*1681; got != 64 {
		t.Errorf("cosmoflow: %d bytes around the image, want 64", got)
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		change func(*Spec)
		want   string // part of the error; "": none
	}{
		{func(s *Spec) {}, ""},
		{func(s *Spec) { s.Seed = -1 }, ""},
		{func(s *Spec) { s.Format = "npz" }, `dataset format "npz" isn't one of [tfrecord raw]`},
		{func(s *Spec) { s.Prefix = "" }, `file prefix ""`},
		{func(s *Spec) { s.Prefix = ".img" }, `file prefix ".img"`},
		{func(s *Spec) { s.Prefix = "../img" }, `file prefix "../img"`},
		{func(s *Spec) { s.Prefix = "a/b" }, `file prefix "a/b"`},
		{func(s *Spec) { s.Files = 0 }, "number of files 0"},
		{func(s *Spec) { s.Subfolders = -2 }, "number of subfolders -2"},
		{func(s *Spec) { s.SamplesPerFile = 0 }, "samples per file 0"},
		{func(s *Spec) { s.Dim = 0 }, "sample of 0 x 0"},
		{func(s *Spec) { s.Dim = 32768 }, "sample of 32768 x 32768"},
		{func(s *Spec) { s.Dim = 32767 }, ""},
		{func(s *Spec) { s.Files, s.SamplesPerFile = 1<<40, 1<<40 }, "over 8 EiB"},
		{func(s *Spec) { s.FileLength = 512 }, "file length 512: only raw files have one"},
		{func(s *Spec) { *s = RawSpec(3, 512, 10) }, ""},
		{func(s *Spec) { *s = RawSpec(1, 1<<62, 10) }, ""},
		{func(s *Spec) { *s = RawSpec(0, 512, 10) }, "number of files 0"},
		{func(s *Spec) { *s = RawSpec(3, 0, 10) }, "raw files of 0 bytes: want a multiple of 512, at least one"},
		{func(s *Spec) { *s = RawSpec(3, -512, 10) }, "raw files of -512 bytes"},
		{func(s *Spec) { *s = RawSpec(3, 1000, 10) }, "raw files of 1000 bytes"},
		{func(s *Spec) { *s = RawSpec(2, 1<<62, 10) }, "over 8 EiB"},
		{func(s *Spec) { *s = RawSpec(3, 512, 10); s.Prefix = "a/b" }, `file prefix "a/b"`},
	} {
		s := resnet50()
		c.change(&s)
		switch err := s.Validate(); {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", s, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%+v: error %v, want %q", s, err, c.want)
		}
	}
}
