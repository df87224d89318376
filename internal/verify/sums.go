package verify

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// sumLine is a line of sha256sum(1), of text or binary mode.
var sumLine = regexp.MustCompile(`^([0-9a-f]{64}) [ *](.+)$`)

// sums holds the files of a folder against its SHA256SUMS. report.html and hidden files
// are in no sum: the one can be made again, the others are nobody's data.
func (l *ledger) sums(dir string, status result.Status) {
	listed, ok := l.readSums(dir, status)
	if !ok {
		return
	}
	if status == result.Incomplete {
		l.find(result.RunFile, "status", string(status), nil, "the folder was closed, and a run that ends so isn't incomplete")
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path == filepath.Join(dir, result.AttachedFolder) {
			l.attached(path)
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		l.sum(path, filepath.ToSlash(name), d, listed)
		return nil
	})
	if err != nil && !l.unread(err) {
		l.find(result.SumsFile, "", nil, nil, "the folder can't be listed: %v", err)
	}
	for _, name := range sorted(listed) {
		l.find(name, "", listed[name], nil, "the file is in %s and not in the folder", result.SumsFile)
	}
}

// attached holds what was added to a closed folder against the sums of its own.
func (l *ledger) attached(dir string) {
	of := newLedger()
	of.sums(dir, result.Complete)
	for _, f := range of.close().Findings {
		f.File = path.Join(result.AttachedFolder, f.File)
		l.v.Findings = append(l.v.Findings, f)
	}
	l.v.Checked += of.v.Checked
	if of.machine != nil {
		l.unread(of.machine)
	}
}

// readSums gives the sums by file.
func (l *ledger) readSums(dir string, status result.Status) (map[string]string, bool) {
	f, err := result.OpenRegular(filepath.Join(dir, result.SumsFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && status == result.Incomplete:
		l.note("there is no %s: the run was killed, and its folder never closed", result.SumsFile)
		return nil, false
	case errors.Is(err, fs.ErrNotExist):
		l.find(result.SumsFile, "", nil, nil, "it isn't there: the folder was never closed, or it was removed")
		return nil, false
	case l.unread(err):
		return nil, false
	case err != nil:
		l.find(result.SumsFile, "", nil, nil, "it can't be read: %v", err)
		return nil, false
	}
	defer f.Close()
	listed := map[string]string{}
	lines := bufio.NewScanner(f)
	for number := 1; lines.Scan(); number++ {
		match := sumLine.FindStringSubmatch(lines.Text())
		figure := fmt.Sprintf("line %d", number)
		switch {
		case match == nil:
			l.findOne("bad lines", result.SumsFile, figure, shorten(lines.Text()), nil, "it isn't a line of sha256sum: a sum of 64 hexadecimal digits, two blanks and a name")
		case !filepath.IsLocal(filepath.FromSlash(match[2])):
			l.findOne("bad lines", result.SumsFile, figure, shorten(match[2]), nil, "the name leads out of the folder: it was not looked at")
		case listed[match[2]] != "":
			l.findOne("bad lines", result.SumsFile, figure, shorten(match[2]), nil, "the file is listed twice")
		default:
			listed[match[2]] = match[1]
		}
	}
	if err := lines.Err(); err != nil && !l.unread(err) {
		l.find(result.SumsFile, "", nil, nil, "it can't be read to its end: %v", err)
	}
	return listed, true
}

// sum checks one file and takes it off the list.
func (l *ledger) sum(path, name string, d fs.DirEntry, listed map[string]string) {
	want, ok := listed[name]
	delete(listed, name)
	switch {
	case !ok && (name == result.ReportFile || name == result.SumsFile || strings.HasPrefix(name, ".")):
		return
	case !ok:
		l.findOne("files without a sum", name, "", nil, nil, "the file isn't in %s: it was added after the folder was closed", result.SumsFile)
		return
	case !d.Type().IsRegular(): // a link may lead anywhere
		l.find(name, "", want, nil, "it isn't a regular file, so it was not read")
		return
	}
	l.v.Checked++
	got, err := hashFile(path)
	switch {
	case l.unread(err):
	case err != nil:
		l.find(name, "", want, nil, "it can't be read: %v", err)
	case got != want:
		l.find(name, "SHA-256", want, got, "the file isn't what it was when the folder was closed")
	}
}

// hashFile is the SHA-256 of a file of any size.
func hashFile(path string) (string, error) {
	f, err := result.OpenRegular(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// shorten cuts a text that may be long, for a finding.
func shorten(text string) string {
	if len(text) > 80 {
		return text[:80] + "..."
	}
	return text
}
