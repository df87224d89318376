package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// folderKind is what a folder is to a verification.
type folderKind int

const (
	otherFolder folderKind = iota // holds no run itself
	ownFolder                     // a run folder of lbench
	dlioFolder                    // a result folder of DLIO
	oddFolder                     // holds nothing but attributes of macOS
)

// kindOfFolder looks at what a folder holds, whatever is in it.
func kindOfFolder(dir string) (folderKind, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return otherFolder, err
	}
	if !info.IsDir() {
		return otherFolder, errors.New("it is a file: want a run folder, or a folder of them")
	}
	for _, known := range []struct {
		file string
		kind folderKind
	}{{result.RunFile, ownFolder}, {summaryFile, dlioFolder}} {
		switch _, err := os.Stat(filepath.Join(dir, known.file)); {
		case err == nil:
			return known.kind, nil
		case !errors.Is(err, fs.ErrNotExist):
			return otherFolder, err
		}
	}
	if onlyAppleDouble(dir) {
		return oddFolder, nil
	}
	return otherFolder, nil
}

// collection is a verification of all that lies under one folder.
type collection struct {
	all         result.Verification
	root        string
	args        []string // the folders that were named, where there are several
	schema      *schemaRules
	profile     string
	submissions map[string][]*submission // by beside
	own         map[string][]ownRun      // likewise
	noted       map[string][]string      // folders by the note that was made of them
	notes       []string                 // the notes in the order in which they came first
	passedOver  int
	walked      map[string]bool // run folders, links resolved: a run counts once however often it is named
}

// first says whether a run folder is met for the first time.
func (c *collection) first(dir string) bool {
	real, err := filepath.Abs(dir)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	if err != nil || c.walked[real] {
		return err != nil
	}
	if c.walked == nil {
		c.walked = map[string]bool{}
	}
	c.walked[real] = true
	return true
}

// walk verifies what lies in a folder of the collection and says whether there was any. The
// only errors are the machine's.
func (c *collection) walk(folder string) (found bool, err error) {
	dir := filepath.Join(c.root, filepath.FromSlash(folder))
	kind, err := kindOfFolder(dir)
	if err != nil {
		return true, c.passedBy(folder, err)
	}
	if (kind == ownFolder || kind == dlioFolder) && !c.first(dir) {
		return true, nil
	}
	switch kind {
	case ownFolder:
		c.all.Runs = append(c.all.Runs, folder)
		v, err := verifyRun(dir, c.schema)
		if err != nil {
			return true, c.passedBy(folder, err)
		}
		c.add(folder, v)
		c.keep(folder, dir)
		return true, nil
	case dlioFolder:
		c.all.Runs = append(c.all.Runs, folder)
		s := verifySubmission(dir, c.profile)
		c.submissions[c.beside(folder)] = append(c.submissions[c.beside(folder)], s)
		c.add(folder, s.verification())
		return true, s.machine
	case oddFolder:
		c.all.Notes = append(c.all.Notes, folder+": passed over, it holds only files of attributes of macOS (AppleDouble)")
		return true, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return true, c.passedBy(folder, err)
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		some, err := c.walk(path.Join(folder, entry.Name()))
		if err != nil {
			return true, err
		}
		found = found || some
	}
	if !found && c.isTop(folder) {
		c.passedOver++
		c.all.Notes = append(c.all.Notes, folder+": passed over, it holds no run")
	}
	return found, nil
}

// beside is the folder that holds a run; namedAlone for a run that was named itself.
func (c *collection) beside(folder string) string {
	if slices.Contains(c.args, folder) {
		return namedAlone
	}
	return path.Dir(folder)
}

// isTop says whether a folder was named, or lies in the only one that was.
func (c *collection) isTop(folder string) bool {
	if len(c.args) > 0 {
		return slices.Contains(c.args, folder)
	}
	return path.Dir(folder) == "." && folder != "."
}

// passedBy makes a finding of why a folder could not be verified, and returns what is the
// machine's doing.
func (c *collection) passedBy(folder string, err error) error {
	if ofMachine(err) {
		return err
	}
	c.all.Findings = append(c.all.Findings, result.Finding{File: folder, Why: err.Error()})
	return nil
}

// add puts what was found in one folder under its name.
func (c *collection) add(folder string, v result.Verification) {
	for _, f := range v.Findings {
		f.File = path.Join(folder, f.File)
		c.all.Findings = append(c.all.Findings, f)
	}
	for _, note := range v.Notes {
		if c.noted[note] == nil {
			c.notes = append(c.notes, note)
		}
		c.noted[note] = append(c.noted[note], folder)
	}
	c.all.Checked += v.Checked
}

// sets looks at runs that lie beside each other, of DLIO and of lbench.
// The only errors are the machine's.
func (c *collection) sets() error {
	rounds := map[string]bool{}
	for _, folder := range sorted(c.submissions) {
		runs := c.submissions[folder]
		for _, s := range runs {
			rounds[s.round] = true
		}
		dir := filepath.Join(c.root, filepath.FromSlash(folder))
		sets, note := runSets(folder, dir, runs, len(c.own[folder]) > 0)
		c.noteOf(folder, note)
		for _, set := range sets {
			c.all.Sets = append(c.all.Sets, set.summary(folder))
			c.add(folder, set.close())
			if set.machine != nil {
				return set.machine
			}
		}
	}
	for _, folder := range sorted(c.own) {
		sets, note := ownSets(folder, c.own[folder], len(c.submissions[folder]) > 0)
		c.all.Sets = append(c.all.Sets, sets...)
		c.noteOf(folder, note)
		if folder == namedAlone {
			c.noteLeftOut(c.own[folder])
		}
	}
	if len(rounds) == 1 {
		c.all.Round = sorted(rounds)[0]
	}
	return nil
}

// noteOf adds a note on a folder, if there is one.
func (c *collection) noteOf(folder, note string) {
	if note == "" {
		return
	}
	if name := folderName(folder); name != "" {
		note = name + ": " + note
	}
	c.all.Notes = append(c.all.Notes, note)
}

// noteLeftOut says which of the runs that were named are in no set, since they came to no end.
func (c *collection) noteLeftOut(runs []ownRun) {
	for _, r := range runs {
		if r.run.Status != result.Complete {
			c.all.Notes = append(c.all.Notes, fmt.Sprintf("%s: it is %s, and in no set", r.dir, r.run.Status))
		}
	}
}

// namesOf is the folders that share a note.
func namesOf(folders []string) string {
	const most = 2
	if len(folders) > most+1 {
		return fmt.Sprintf("%s and %d others", strings.Join(folders[:most], ", "), len(folders)-most)
	}
	return strings.Join(folders, ", ")
}

// Path verifies a run folder, or all run folders under a folder: those of lbench and those
// of DLIO. Of several, findings have the folder's name before their file's. A folder that
// holds none is an error, as is the first file that this machine or user can't read.
func Path(name string, o Options) (result.Verification, error) {
	if err := checkProfile(o.Profile); err != nil {
		return result.Verification{}, fmt.Errorf("verify %q: %w", name, err)
	}
	kind, err := kindOfFolder(name)
	if ofMachine(err) {
		return result.Verification{}, cannotRead(name, err)
	}
	if err != nil {
		return result.Verification{}, fmt.Errorf("verify %q: %w", name, err)
	}
	switch kind {
	case ownFolder:
		return Run(name, o)
	case dlioFolder:
		s := verifySubmission(name, o.Profile)
		if s.machine != nil {
			return result.Verification{}, cannotRead(name, s.machine)
		}
		return s.verification(), nil
	case oddFolder:
		return result.Verification{OK: true, Findings: []result.Finding{}, Notes: []string{
			"it holds only files of attributes of macOS (AppleDouble), which are passed over: there is nothing to verify",
		}}, nil
	}
	c, err := newCollection(name, o)
	if err != nil {
		return result.Verification{}, err
	}
	if _, err := c.walk("."); err != nil {
		return result.Verification{}, cannotRead(name, err)
	}
	return c.verification(name)
}

// Paths verifies what lies under several folders, as Path does. The runs among them that are
// named themselves may be a set, whatever else lies beside them. One that is named twice
// counts once, and a folder that holds no run is passed over where another holds one.
func Paths(names []string, o Options) (result.Verification, error) {
	if err := checkProfile(o.Profile); err != nil {
		return result.Verification{}, fmt.Errorf("verify: %w", err)
	}
	c, err := newCollection("", o)
	if err != nil {
		return result.Verification{}, err
	}
	for _, name := range names {
		if name = filepath.ToSlash(filepath.Clean(name)); !slices.Contains(c.args, name) {
			c.args = append(c.args, name)
		}
	}
	if len(c.args) == 1 {
		return Path(c.args[0], o)
	}
	for _, name := range c.args {
		_, err := kindOfFolder(name)
		if err != nil && !ofMachine(err) {
			return result.Verification{}, fmt.Errorf("verify %q: %w", name, err)
		}
		if err == nil {
			_, err = c.walk(name)
		}
		if err != nil {
			return result.Verification{}, cannotRead(name, err)
		}
	}
	return c.verification(strings.Join(c.args, " "))
}

func newCollection(root string, o Options) (*collection, error) {
	schema, err := newSchema(o.Schema)
	if err != nil {
		return nil, err
	}
	c := &collection{root: root, schema: schema, profile: o.Profile, submissions: map[string][]*submission{}, own: map[string][]ownRun{}, noted: map[string][]string{}}
	c.all.Findings = []result.Finding{}
	return c, nil
}

// verification is what was found, with the sets. name is what the user named.
func (c *collection) verification(name string) (result.Verification, error) {
	if len(c.all.Runs) == 0 {
		return result.Verification{}, fmt.Errorf("verify %q: it holds no %s of lbench and no %s of DLIO, and no folder that does (%d others): want a run folder, or a folder of them",
			name, result.RunFile, summaryFile, c.passedOver)
	}
	if err := c.sets(); err != nil {
		return result.Verification{}, cannotRead(name, err)
	}
	for _, note := range c.notes {
		c.all.Notes = append(c.all.Notes, namesOf(c.noted[note])+": "+note)
	}
	c.all.OK = len(c.all.Findings) == 0
	return c.all, nil
}

// onlyAppleDouble says whether a folder holds nothing but files of attributes of macOS.
func onlyAppleDouble(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) > 0 && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !strings.HasPrefix(e.Name(), appleDouble) })
}
