package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/nobody"
	"github.com/lbench/lbench/internal/result"
)

// index gives the path of the index of a folder with the runs 1 and 2.
func index(t testing.TB) (results, path string) {
	t.Helper()
	results = t.TempDir()
	write(t, results, made(1))
	write(t, results, made(2))
	if _, codes := ids(t, results); codes != nil {
		t.Fatalf("warnings %q", codes)
	}
	return results, filepath.Join(results, indexFile)
}

func TestIndexIsMadeAnew(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"missing":   os.Remove,
		"empty":     func(path string) error { return os.Truncate(path, 0) },
		"cut off":   func(path string) error { return os.Truncate(path, 5000) },
		"no SQLite": func(path string) error { return os.WriteFile(path, []byte("run,au\n1,0.9\n"), 0o644) },
		"of a later version": func(path string) error {
			return execute(path, "PRAGMA user_version = 4")
		},
		"with another table": func(path string) error {
			return execute(path, "DROP TABLE runs; CREATE TABLE runs (folder TEXT); INSERT INTO runs VALUES ('x')")
		},
		"of other software": func(path string) error {
			return errors.Join(os.Remove(path), execute(path, "CREATE TABLE runs (a, b); CREATE TABLE other (c)"))
		},
		"with a wild time": func(path string) error { return execute(path, "UPDATE runs SET started = 'noon'") },
		"with wild numbers": func(path string) error {
			return execute(path, "UPDATE runs SET metrics = '{' WHERE folder LIKE '%T14%'")
		},
	} {
		results, path := index(t)
		if err := spoil(path); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantIDs(t, results, "an index that is "+name, 1, 2)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		var version, rows int
		err = db.QueryRow("PRAGMA user_version").Scan(&version)
		err = errors.Join(err, db.QueryRow("SELECT count(*) FROM runs WHERE started LIKE '2026%' AND metrics LIKE '{%}'").Scan(&rows), db.Close())
		if err != nil || version != indexVersion || rows != 2 {
			t.Errorf("an index that is %s: afterwards version %d, %d good rows, %v", name, version, rows, err)
		}
	}
}

func execute(path, statements string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = db.Exec(statements)
	return errors.Join(err, db.Close())
}

func TestIndexInMemory(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"a folder in its place": func(path string) error {
			return errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "x"), 0o755))
		},
		"a folder for the lock": func(path string) error {
			lock := filepath.Join(filepath.Dir(path), lockFile)
			return errors.Join(os.Remove(lock), os.Mkdir(lock, 0o755))
		},
	} {
		results, path := index(t)
		if err := spoil(path); err != nil {
			t.Fatal(err)
		}
		write(t, results, made(3))
		got, codes := ids(t, results)
		if len(got) != 3 || !slices.Equal(codes, []string{"index_in_memory"}) {
			t.Errorf("%s: %q, warnings %q", name, got, codes)
		}
	}
}

func TestReadOnlyResults(t *testing.T) {
	results := t.TempDir()
	write(t, results, made(1))
	nobody.Reach(t, results)
	if err := os.Chmod(results, 0o555); err != nil {
		t.Fatal(err)
	}
	nobody.Do(t, func() {
		got, codes := ids(t, results)
		if len(got) != 1 || !slices.Equal(codes, []string{"index_in_memory"}) {
			t.Errorf("%q, warnings %q", got, codes)
		}
	})
	if _, err := os.Stat(filepath.Join(results, indexFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an index was written: %v", err)
	}
}

// A run that may not be read is tried each time: permission is not in the file's time.
func TestRunWithoutPermission(t *testing.T) {
	results := t.TempDir()
	if err := os.Chmod(results, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(results, write(t, results, made(1)), result.RunFile)
	nobody.Reach(t, results)
	before := &row{}
	for _, mode := range []fs.FileMode{0, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		nobody.Do(t, func() { before = look(filepath.Dir(path), before) })
		if readable := mode != 0; (before.problem == "") != readable || (before.size != 0) != readable {
			t.Errorf("mode %o: %+v", mode, before)
		}
	}
}

func TestResultsFolderThatIsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, file + "s"} {
		if _, err := Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "read the results folder: ") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestOpenCanceled(t *testing.T) {
	results := t.TempDir()
	write(t, results, made(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, results); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was canceled", err)
	}
}

// Names that mean something in an address of a database.
func TestOddNames(t *testing.T) {
	for _, name := range []string{"a b", "a?mode=memory", "a#b", "a%20b", "ä", "a\xffb", "-a", ":memory:", "file:x"} {
		results := filepath.Join(t.TempDir(), name)
		write(t, results, made(1))
		wantIDs(t, results, name, 1)
		if _, err := os.Stat(filepath.Join(results, indexFile)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	results := t.TempDir()
	var hours []int
	for hour := range 40 {
		write(t, results, made(hour))
		hours = append(hours, hour)
	}
	if err := os.WriteFile(filepath.Join(results, indexFile), []byte("spoilt"), 0o644); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { wantIDs(t, results, "eight at once", hours...) })
	}
	all.Wait()
	wantIDs(t, results, "afterwards", hours...)
}

// Whatever happens to the folders between two openings, an index that lives on says the
// same as a new one.
func TestIndexEqualsANewOne(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	results := t.TempDir()
	for round := range 30 {
		for range random.IntN(4) {
			dir := filepath.Join(results, fmt.Sprint("run", random.IntN(6)))
			path := filepath.Join(dir, result.RunFile)
			run := made(round)
			run.Metrics["round"] = float64(random.IntN(1000))
			switch random.IntN(4) {
			case 0:
				_ = os.RemoveAll(dir)
			case 1:
				_ = os.Truncate(path, int64(random.IntN(100)))
			default:
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				replace(t, path, run)
			}
		}
		var both [2][]result.HistoryRun
		var warnings [2][]result.Warning
		for i := range both {
			ix := open(t, results)
			runs, err := ix.Runs(t.Context(), Filter{})
			if err != nil {
				t.Fatal(err)
			}
			both[i], warnings[i] = runs, ix.Warnings()
			path := filepath.Join(results, indexFile)
			from, to := path, path+".kept" // away, and back over the new one
			if i == 1 {
				from, to = to, from
			}
			if err := errors.Join(ix.Close(), os.Rename(from, to)); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(both[0], both[1]) + cmp.Diff(warnings[0], warnings[1]); diff != "" {
			t.Fatalf("round %d: an index that lives on and a new one differ:\n%s", round, diff)
		}
	}
}

// FuzzIndex overwrites a part of an index.
func FuzzIndex(f *testing.F) {
	f.Add(0, []byte("SQLite format 2"), 8192)
	f.Add(60, []byte{0, 0, 0, 1}, 8192)
	f.Add(4096, []byte{0xff, 0xff, 0xff}, 8192)
	f.Add(4100, []byte{0, 0, 0, 0, 0, 0, 0, 0}, 8192)
	f.Add(100, []byte("x"), 4096)
	f.Add(8000, []byte("{{{{{{{"), 8192)
	results, path := index(f)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, at int, bytes []byte, size int) {
		text := slices.Clone(whole)
		if at >= 0 && at < len(text) {
			copy(text[at:], bytes)
		}
		if size >= 0 && size < len(text) {
			text = text[:size]
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		ix, err := Open(t.Context(), results)
		if err != nil {
			t.Fatal(err)
		}
		defer ix.Close()
		if _, err := ix.Runs(t.Context(), Filter{}); err != nil {
			t.Fatal(err)
		}
	})
}
