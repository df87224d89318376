package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// PublishOptions say how Publish writes.
type PublishOptions struct {
	Create  result.CreateFunc // makes each file; nil is result.CreateFile
	Version string            // of the lbench that publishes
}

// published is a run as it is published: under which name, and what of it was made.
type published struct {
	run    result.Run
	name   string   // of its files: its ID, or that with "-2" where two folders have one
	report bool     // its page could be made
	broken string   // why not
	plots  []string // names of its pictures
	points []string // files of its points below data/NAME
}

// Publish writes runs as a folder that a web server or a disk can show: index.html over
// all of them, NAME.html, the report of each, its plots as plots/NAME-PLOT.svg and .png,
// results.csv, and below data/NAME its run.json and the points of its plots as CSV. NAME
// is the run's ID. All links are relative.
//
// Everything is written into a new folder beside dir, which takes its place at the end:
// where anything fails, what is in dir stays as it is. Files in dir that Publish did not
// make are kept. A dir that holds files and was not published by lbench is refused. A run
// whose raw data can't be read is listed as such and is no error.
func Publish(dir string, folders []*result.Folder, o PublishOptions) error {
	if o.Create == nil {
		o.Create = result.CreateFile
	}
	dir = filepath.Clean(dir)
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real // a link to a web server's folder stays one
	}
	if err := mayPublish(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("publish to %q: %w", dir, err)
	}
	next, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".new-")
	if err != nil {
		return fmt.Errorf("publish to %q: %w", dir, err)
	}
	p := publisher{dir: next, create: o.Create}
	err = p.write(folders, o.Version)
	if err == nil {
		err = replaceFolder(dir, next)
	}
	if err != nil {
		_ = os.RemoveAll(next)
		return fmt.Errorf("publish to %q: %w", dir, err)
	}
	return nil
}

// publisher writes the files of one publication.
type publisher struct {
	dir    string
	create result.CreateFunc
}

func (p publisher) write(folders []*result.Folder, version string) error {
	if err := os.Chmod(p.dir, 0o755); err != nil {
		return err
	}
	var all []published
	var runs []result.Run
	names := fileNames(folders)
	for i, f := range folders {
		one, err := p.run(f, names[i])
		if err != nil {
			return err
		}
		named := one.run
		named.ID = one.name
		all, runs = append(all, one), append(runs, named)
	}
	if err := p.file("results.csv", func(w io.Writer) error { return CSV(w, runs) }); err != nil {
		return err
	}
	if err := p.file("results-long.csv", func(w io.Writer) error { return CSVLong(w, runs) }); err != nil {
		return err
	}
	return p.file("index.html", overviewSheet(all, version).writeHTML)
}

// fileNames are the names of the runs' files: their IDs as far as a file may be called
// so, and "-2" after one that is taken.
func fileNames(folders []*result.Folder) []string {
	taken := map[string]bool{"index": true}
	names := make([]string, len(folders))
	for i, f := range folders {
		base := fileName(f.Run.ID)
		names[i] = base
		for n := 2; taken[strings.ToLower(names[i])]; n++ {
			names[i] = base + "-" + strconv.Itoa(n)
		}
		taken[strings.ToLower(names[i])] = true
	}
	return names
}

// fileName keeps of an ID what is safe in a file's name and an address: letters, digits,
// points, minuses and underscores. lbench's own IDs have nothing else.
func fileName(id string) string {
	name := strings.Map(func(r rune) rune {
		if isWord(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, id)
	name = strings.TrimLeft(name, ".-")
	if name == "" {
		return "run"
	}
	return name[:min(len(name), 120)]
}

// run writes everything of one run. Only errors of writing are returned.
func (p publisher) run(f *result.Folder, name string) (published, error) {
	one := published{run: f.Run, name: name}
	if err := p.runFile(f, name); err != nil {
		return one, err
	}
	var page bytes.Buffer
	if err := HTML(&page, f.Run, f); err != nil {
		one.broken = err.Error()
		return one, nil
	}
	one.report = true
	if err := p.file(name+".html", func(w io.Writer) error { return writeAll(w, publishedLinks(page.Bytes(), name)) }); err != nil {
		return one, err
	}
	d, err := collect(f.Run, f)
	if err != nil {
		one.broken = err.Error()
		return one, nil
	}
	for _, points := range pointsOf(d) {
		file := points.name + ".csv"
		if err := p.file("data/"+name+"/"+file, func(w io.Writer) error { return writeCSV(w, points.lines) }); err != nil {
			return one, err
		}
		one.points = append(one.points, file)
	}
	one.plots, err = p.pictures(d, name)
	return one, err
}

// publishedLinks makes the links of a report to files of its run folder links to what is
// published of them: run.json. Of the others the text stays.
func publishedLinks(page []byte, name string) []byte {
	return regexp.MustCompile(`(?s)<a ([^>]*)href="([^"#:]+)"([^>]*)>(.*?)</a>`).ReplaceAllFunc(page, func(found []byte) []byte {
		m := regexp.MustCompile(`(?s)^<a ([^>]*)href="([^"]+)"([^>]*)>(.*)</a>$`).FindSubmatch(found)
		if string(m[2]) != result.RunFile {
			return m[4]
		}
		return fmt.Appendf(nil, `<a %shref="data/%s/%s"%s>%s</a>`, m[1], pathOf(name), result.RunFile, m[3], m[4])
	})
}

// runFile copies run.json as it is, so that its checksum still holds.
func (p publisher) runFile(f *result.Folder, name string) error {
	text, err := os.ReadFile(filepath.Join(f.Dir, result.RunFile))
	if err != nil {
		if text, err = f.Run.Encode(); err != nil {
			return err
		}
	}
	return p.file("data/"+name+"/"+result.RunFile, func(w io.Writer) error { return writeAll(w, text) })
}

// pictures writes the plots of a run's report as SVG and PNG, and returns their names.
func (p publisher) pictures(d *data, name string) ([]string, error) {
	var names []string
	about := joined(title(d.run), d.run.ID) + ". " + disclaimer(d.run)
	for _, ask := range sections(d.run, nil) {
		s, ok := ask(d)
		if !ok || s.Figure == nil {
			continue
		}
		drawn, err := newPicture(s, plain(about))
		if err != nil {
			return nil, err
		}
		base := "plots/" + name + "-" + drawn.Name
		if err := p.file(base+".svg", func(w io.Writer) error { return writeAll(w, drawn.SVG) }); err != nil {
			return nil, err
		}
		if err := p.file(base+".png", drawn.PNG); err != nil {
			return nil, err
		}
		names = append(names, drawn.Name)
	}
	return names, nil
}

// file writes one file below the folder, with the folders on its way.
func (p publisher) file(name string, write func(io.Writer) error) error {
	path := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	f, err := p.create(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	err = write(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func writeAll(w io.Writer, text []byte) error {
	_, err := w.Write(text)
	return err
}

// isMissing says that there is nothing at a path.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
