package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/lbench/lbench/internal/result"
)

// indexFile and lockFile lie in the results folder.
const (
	indexFile = ".index.sqlite"
	lockFile  = ".index.lock"
)

// indexVersion is that of the table; an index of another one is made anew.
const indexVersion = 4

// table has a row for each folder that has a run.json: mtime (ns since 1970) and size are
// sums over the files that say whether the folder is as the run left it, when they were read.
// problem says why that couldn't be; then the rest is empty.
// suite is a result.SuitePlace as JSON, or empty.
const table = `CREATE TABLE runs (
	folder TEXT PRIMARY KEY, mtime INTEGER NOT NULL, size INTEGER NOT NULL, problem TEXT NOT NULL,
	id TEXT NOT NULL, command TEXT NOT NULL, workload TEXT NOT NULL, started TEXT NOT NULL,
	status TEXT NOT NULL, verdict TEXT NOT NULL, metrics TEXT NOT NULL, bytes INTEGER NOT NULL, suite TEXT NOT NULL, doubt TEXT NOT NULL, engine TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_start ON runs (started)`

// Open brings the index of a results folder up to date and opens it. Two processes may do so
// at once: one waits for the other. A run folder that can't be read is a warning; an error
// is only a results folder that can't be listed, or a canceled ctx.
func Open(ctx context.Context, resultsDir string) (*Index, error) {
	ix := &Index{dir: resultsDir}
	if err := ix.open(ctx, false); err != nil {
		return nil, err
	}
	return ix, nil
}

// open opens the index; anew, from nothing.
func (ix *Index) open(ctx context.Context, anew bool) error {
	names, err := folders(ix.dir)
	if err != nil {
		return fmt.Errorf("read the results folder: %w", err)
	}
	ix.warnings = nil
	path := filepath.Join(ix.dir, indexFile)
	unlock, err := lock(ctx, filepath.Join(ix.dir, lockFile))
	if err == nil {
		defer unlock()
		if !anew {
			err = ix.use(ctx, fileSource(path), names)
		}
		if anew || err != nil && ctx.Err() == nil {
			if err = remove(path); err == nil {
				err = ix.use(ctx, fileSource(path), names)
			}
		}
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	ix.warnings = []result.Warning{{Code: "index_in_memory", Text: fmt.Sprintf("the index of %q can't be kept in %s, so every run is read each time: %v", ix.dir, indexFile, err)}}
	return ix.use(ctx, "file::memory:", names)
}

// use opens a database, makes its table if it is empty, and brings it up to date.
func (ix *Index) use(ctx context.Context, source string, names []string) error {
	db, err := sql.Open("sqlite", source)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1) // what is in memory belongs to its connection
	warnings, err := prepare(ctx, db, ix.dir, names)
	if err != nil {
		_ = db.Close()
		return err
	}
	ix.db = db
	ix.warnings = append(ix.warnings, warnings...)
	return nil
}

func prepare(ctx context.Context, db *sql.DB, dir string, names []string) ([]result.Warning, error) {
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return nil, err
	}
	switch version {
	case indexVersion:
		var sound string
		if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&sound); err != nil {
			return nil, err
		}
		if sound != "ok" {
			return nil, fmt.Errorf("the index is broken: %s", sound)
		}
	case 0:
		if _, err := db.ExecContext(ctx, fmt.Sprintf("BEGIN; %s; PRAGMA user_version = %d; COMMIT", table, indexVersion)); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("the index has version %d, want %d", version, indexVersion)
	}
	return refresh(ctx, db, dir, names)
}

// fileSource names a database file for the driver. The journal is SQLite's default one:
// write-ahead logs need memory shared between processes, which network file systems lack.
func fileSource(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	const waits = 10 * time.Second
	return (&url.URL{Scheme: "file", Path: path, RawQuery: fmt.Sprintf("_txlock=immediate&_pragma=busy_timeout(%d)", waits.Milliseconds())}).String()
}

// remove deletes an index and what SQLite may have left beside it.
func remove(path string) error {
	for _, name := range []string{path + "-journal", path + "-wal", path + "-shm", path} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
