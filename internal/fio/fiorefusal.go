package fio

import (
	"fmt"
	"strings"
	"unicode"
)

// refuseForFio says why fio(1) can't do a job as Native does it, and what to do instead;
// nil if it can.
func refuseForFio(j Job, dir string) error {
	switch {
	case len(j.Files) == 0 || j.Jobs < 1 || j.Depth < 1 || j.OpBytes < 1:
		return fmt.Errorf("job of %d files, %d jobs, depth %d and op size %d: want at least 1 of each", len(j.Files), j.Jobs, j.Depth, j.OpBytes)
	case j.Pattern == ShuffledFiles:
		return fmt.Errorf("fio can't read whole files in a new order in each pass: use --runner native for pattern %q, or pattern %q or %q", ShuffledFiles, Random, Sequential)
	case j.Verify:
		return fmt.Errorf("fio can't write the checksums that --verify reads: use --runner native, or leave --verify out")
	case j.Op == Write && j.Pattern == Random:
		return fmt.Errorf("writes in pattern %q: want %q", j.Pattern, Sequential)
	}
	if err := refuseFiles(j, dir); err != nil {
		return err
	}
	if j.anywhere() {
		if !oneSize(j.whole()) {
			return fmt.Errorf("fio chooses a file before a place in it, so that it reads small files too often: use files of one size, or --runner native")
		}
		return nil
	}
	return refuseDeal(j)
}

func refuseFiles(j Job, dir string) error {
	if c, found := unspeakable(dir); found {
		return fmt.Errorf("folder %q: fio's job files can't hold %q in a name: use another folder, or --runner native", dir, c)
	}
	for _, f := range j.Files {
		if c, found := unspeakable(f.Name); found {
			return fmt.Errorf("file %q: fio's job files can't hold %q in a name: use other names, or --runner native", f.Name, c)
		}
		if j.Duration == 0 && f.Bytes%j.OpBytes != 0 {
			return fmt.Errorf("file %q of %d bytes: fio leaves out what is behind the last whole op: use an op size that divides it (%d doesn't), or --runner native", f.Name, f.Bytes, j.OpBytes)
		}
		if f.Bytes < j.OpBytes {
			return fmt.Errorf("file %q of %d bytes: fio does no op of %d in it: use a smaller op size, or --runner native", f.Name, f.Bytes, j.OpBytes)
		}
	}
	return nil
}

// unspeakable finds what fio's job files can't hold in a name: ends of lines, comments
// (begun by ; and #, wherever they stand), variables, and space at either end. fio's JSON
// doesn't escape control characters.
func unspeakable(name string) (rune, bool) {
	for _, c := range name {
		if unicode.IsControl(c) || strings.ContainsRune(";#$", c) {
			return c, true
		}
	}
	return ' ', strings.TrimSpace(name) != name
}

// refuseDeal demands that all streams get as many files, or as many parts of one file, of
// whole ops.
func refuseDeal(j Job) error {
	files := len(j.Files)
	if !j.Even() {
		return fmt.Errorf("%d jobs over %d files can't be dealt evenly: use jobs that divide the files, or a multiple of them, or --runner native", j.Jobs, files)
	}
	for _, f := range j.Files {
		if parts := int64(j.Jobs / files); f.Bytes/j.OpBytes < parts {
			return fmt.Errorf("file %q of %d bytes can't be cut into %d parts of at least one op of %d: use fewer jobs or a smaller op size, or --runner native", f.Name, f.Bytes, parts, j.OpBytes)
		}
	}
	if !makesFiles(j) || files < j.Jobs {
		return nil
	}
	for _, mine := range j.deal() {
		if !oneSize(mine) {
			return fmt.Errorf("fio makes all files of a job in one size: use files of one size, or --runner native")
		}
	}
	return nil
}
