package result

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// FileSum is one file of a run folder as it is now.
type FileSum struct {
	Name   string // in the folder, with slashes: "dlio/summary.json"
	Bytes  int64
	SHA256 string // in hexadecimal digits
}

// Files reads every file that SHA256SUMS is about, sorted by name: all but report.html,
// hidden files and SHA256SUMS itself. What it gives is what the files hold, whatever
// SHA256SUMS says of them. It reads them once, in a space that doesn't grow with them.
func (f *Folder) Files() ([]FileSum, error) {
	var files []FileSum
	err := filepath.WalkDir(f.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(f.Dir, path)
		if err != nil || name == ReportFile || name == SumsFile || strings.HasPrefix(name, ".") {
			return err
		}
		sum, err := sumFile(path)
		sum.Name = filepath.ToSlash(name)
		files = append(files, sum)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sum up the files of %q: %w", f.Dir, err)
	}
	return files, nil
}

func sumFile(path string) (FileSum, error) {
	file, err := OpenRegular(path)
	if err != nil {
		return FileSum{}, err
	}
	defer file.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, file)
	return FileSum{Bytes: n, SHA256: fmt.Sprintf("%x", hash.Sum(nil))}, err
}

func (f *Folder) path(name string) string { return filepath.Join(f.Dir, name) }

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// sumOf is the sum that SHA256SUMS has of a file, if it has one.
func (f *Folder) sumOf(name string) (sum string, known bool, err error) {
	text, err := ReadRegular(f.path(SumsFile))
	if err != nil {
		return "", false, err
	}
	for line := range strings.Lines(string(text)) {
		if sum, of, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  "); ok && of == name {
			return sum, true, nil
		}
	}
	return "", false, nil
}
