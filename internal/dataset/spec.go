// Package dataset makes, finds and checks the files that a benchmark reads: files of
// samples for a training, raw files for block I/O.
//
//  1. A Spec says what a dataset is: everything that its names and bytes depend on.
//  2. Generate writes the files of a Spec into a folder. A marker in the folder
//     records the Spec and whether it is complete, so that an interrupted Generate
//     can be run again.
//  3. Use claims a dataset for a benchmark, and refuses one that is being made or
//     was left half made.
//  4. Find lists the files that a benchmark will read, with their sizes checked.
//  5. A Scanner counts and checks the records in the bytes that were read.
//  6. Block I/O takes raw files, or whatever else the marker speaks of: All lists them.
//     A Scratch folder is for files that last no longer than one run.
//
// Files of samples are byte-compatible with those of TensorFlow and DLIO: TFRecord framing around
// an Example with the features "image" (bytes) and "size" (int64). The image is the
// key stream of AES-128 in counter mode: the key comes from the seed, the upper half of
// the counter is the file's index. So every byte depends only on seed and index, no two
// files share a block, nothing compresses, and any part of any file can be made alone. A raw
// file is that key stream and nothing else.
package dataset

import (
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// TrainFolder is the folder, within a dataset's, that holds the files to train on.
const TrainFolder = "train"

// maxDim keeps a sample below MaxRecord.
const maxDim = 1 << 15

// Formats lists the file formats that Generate can write.
func Formats() []string { return []string{"tfrecord", Raw} }

// Warning is a doubt that doesn't keep a dataset from being used.
type Warning struct{ Code, Text string }

// Spec says what a dataset is: two datasets of equal Specs have equal bytes.
type Spec struct {
	Format         string `json:"format"`                     // one of Formats: also the ending of the names
	Prefix         string `json:"prefix"`                     // what the names start with
	Files          int    `json:"files"`                      //
	Subfolders     int    `json:"subfolders"`                 // files dealt to them in turn; 0 and 1: none
	SamplesPerFile int    `json:"samples_per_file,omitempty"` // of raw files: 0
	Dim            int    `json:"dim,omitempty"`              // a sample is Dim x Dim bytes, see Dim; of raw files: 0
	FileLength     int64  `json:"file_bytes,omitempty"`       // of each raw file; of other formats: 0, since it follows
	Seed           int64  `json:"seed"`                       //
}

// Dim is the side of the square image of a sample: the whole part of the square root
// of record_length_bytes, as in DLIO.
func Dim(recordLengthBytes float64) int { return int(math.Sqrt(recordLengthBytes)) }

// Validate returns an error naming the first field that makes no dataset.
func (s Spec) Validate() error {
	switch {
	case !slices.Contains(Formats(), s.Format):
		return fmt.Errorf("dataset format %q isn't one of [%s]", s.Format, strings.Join(Formats(), " "))
	case s.Prefix == "" || strings.HasPrefix(s.Prefix, ".") || strings.ContainsAny(s.Prefix, "/\x00"):
		return fmt.Errorf("file prefix %q: want a name that starts with no dot and has no slash", s.Prefix)
	case s.Files < 1:
		return fmt.Errorf("number of files %d: want at least 1", s.Files)
	case s.Subfolders < 0:
		return fmt.Errorf("number of subfolders %d: want 0 or more", s.Subfolders)
	case s.raw():
		return s.validateRaw()
	case s.FileLength != 0:
		return fmt.Errorf("file length %d: only raw files have one", s.FileLength)
	case s.SamplesPerFile < 1:
		return fmt.Errorf("samples per file %d: want at least 1", s.SamplesPerFile)
	case s.Dim < 1 || s.Dim >= maxDim:
		return fmt.Errorf("sample of %d x %d bytes: want 1 to %d a side", s.Dim, s.Dim, maxDim-1)
	case s.RecordBytes() > math.MaxInt64/int64(s.SamplesPerFile)/int64(s.Files):
		return errors.New("dataset size: over 8 EiB")
	}
	return nil
}

// Name is where file i (from 0) lies in the dataset's folder:
// "train/img_0003_of_1024.tfrecord", or "blocks/block_03_of_16.raw".
func (s Spec) Name(i int) string {
	base := fmt.Sprintf("%s_%0*d_of_%d.%s", s.Prefix, digits(s.Files), i, s.Files, s.Format)
	if s.Subfolders > 1 {
		return path.Join(s.top(), s.subfolder(i%s.Subfolders), base)
	}
	return path.Join(s.top(), base)
}

// top is the folder, within the dataset's, that holds all files.
func (s Spec) top() string {
	if s.raw() {
		return BlocksFolder
	}
	return TrainFolder
}

// folders lists the folders that hold files, relative to the dataset's.
func (s Spec) folders() []string {
	if s.Subfolders <= 1 {
		return []string{s.top()}
	}
	var all []string
	for k := range s.Subfolders {
		all = append(all, path.Join(s.top(), s.subfolder(k)))
	}
	return all
}

func (s Spec) subfolder(k int) string { return fmt.Sprintf("%0*d", digits(s.Subfolders), k) }

// digits is the width that DLIO pads numbers below n to.
func digits(n int) int { return len(strconv.Itoa(n)) }

// RecordBytes is the length of one record as stored, framing included. It is worked out
// at each call: keep it out of loops. Raw files have no records: theirs is the period of
// NullBuffer.
func (s Spec) RecordBytes() int64 {
	if s.raw() {
		return min(rawPeriod, s.FileLength)
	}
	return newLayout(s.Dim).recordBytes()
}

// FileBytes is the length of every file.
func (s Spec) FileBytes() int64 {
	if s.raw() {
		return s.FileLength
	}
	return s.RecordBytes() * int64(s.SamplesPerFile)
}

// Bytes is the length of all files together.
func (s Spec) Bytes() int64 { return s.FileBytes() * int64(s.Files) }
