package dataset

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"math"
)

// Raw is the format of files for block I/O: bytes that mean nothing, of any length that
// is a multiple of rawUnit.
const Raw = "raw"

// BlocksFolder is the folder, within a dataset's, that holds raw files.
const BlocksFolder = "blocks"

// rawUnit is the smallest logical block that disks have: O_DIRECT can read a file that is
// a multiple of its file system's block to the end.
const rawUnit = 512

// rawPeriod is after how many bytes the NullBuffer of raw files repeats itself.
const rawPeriod = 1 << 20

// RawSpec is the Spec of so many raw files of so many bytes each.
func RawSpec(files int, fileBytes, seed int64) Spec {
	return Spec{Format: Raw, Prefix: "block", Files: files, FileLength: fileBytes, Seed: seed}
}

func (s Spec) raw() bool { return s.Format == Raw }

// validateRaw checks what raw files have of their own.
func (s Spec) validateRaw() error {
	switch {
	case s.FileLength < rawUnit || s.FileLength%rawUnit != 0:
		return fmt.Errorf("raw files of %d bytes: want a multiple of %d, at least one", s.FileLength, rawUnit)
	case s.FileLength > math.MaxInt64/int64(s.Files):
		return errors.New("dataset size: over 8 EiB")
	}
	return nil
}

// filler makes the bytes of one file, in order.
type filler interface{ fill(p []byte) }

func newFiller(s Spec, i int) filler {
	if s.raw() {
		return rawWriter{newStream(s.Seed, i, 0)}
	}
	return newWriter(s, i, 0)
}

// rawWriter makes a raw file: the key stream as it is.
type rawWriter struct{ stream cipher.Stream }

func (w rawWriter) fill(p []byte) {
	clear(p)
	w.stream.XORKeyStream(p, p)
}

// maker is the command that makes the files.
func (s Spec) maker() string {
	if s.raw() {
		return "lbench cold-read --prepare"
	}
	return "lbench datagen"
}

// making is what that is called.
func (s Spec) making() string {
	if s.raw() {
		return "laying out"
	}
	return "datagen"
}

// makes is who else may be at it: raw files are made by every command that reads them.
func (s Spec) makes() string {
	if s.raw() {
		return "the lbench that lays it out"
	}
	return "lbench datagen"
}
