package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lbench/lbench/internal/result"
)

// looksAtOnce is how many run folders are looked at together: on a network file system each
// look is a round trip.
const looksAtOnce = 16

// row is what the index keeps of one folder that has a run.json.
type row struct {
	mtime, size int64  // as in table; 0 where it has to be read again whatever they say
	problem     string // why it can't be read
	run         result.HistoryRun
}

// folders lists the folders right below a results folder, but hidden ones and links: a link
// such as "latest" is a run that is there already.
func folders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// refresh makes the index say what the folders say, and warns of those that can't be read.
func refresh(ctx context.Context, db *sql.DB, dir string, names []string) ([]result.Warning, error) {
	old, err := indexed(ctx, db)
	if err != nil {
		return nil, err
	}
	now := make([]*row, len(names)) // nil: no run
	group, looking := errgroup.WithContext(ctx)
	group.SetLimit(looksAtOnce)
	for i, name := range names {
		if looking.Err() != nil {
			break
		}
		group.Go(func() error {
			now[i] = look(filepath.Join(dir, name), old[name])
			return looking.Err()
		})
	}
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return nil, err
	}
	var warnings []result.Warning
	changed := map[string]*row{} // nil: the folder is no run any more
	for i, name := range names {
		if now[i] != old[name] {
			changed[name] = now[i]
		}
		if now[i] != nil && now[i].problem != "" {
			warnings = append(warnings, result.Warning{Code: "unreadable_run", Text: fmt.Sprintf("run folder %q is left out: %s", name, now[i].problem)})
		}
		delete(old, name)
	}
	for name := range old {
		changed[name] = nil
	}
	return warnings, save(ctx, db, changed)
}

// indexed is what the index says of each folder: enough to tell whether it still holds.
func indexed(ctx context.Context, db *sql.DB) (map[string]*row, error) {
	rows, err := db.QueryContext(ctx, "SELECT folder, mtime, size, problem FROM runs")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]*row{}
	for rows.Next() {
		var name string
		r := new(row)
		if err := rows.Scan(&name, &r.mtime, &r.size, &r.problem); err != nil {
			return nil, err
		}
		all[name] = r
	}
	return all, rows.Err()
}

// look reads the run of a folder, unless what is known of it still holds: then it returns
// old itself. It returns nil where there is no run.
func look(dir string, old *row) *row {
	info, err := os.Lstat(filepath.Join(dir, result.RunFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &row{problem: oneLine(err)}
	case !info.Mode().IsRegular():
		return &row{problem: result.RunFile + " isn't a file"}
	}
	r := &row{mtime: info.ModTime().UnixNano(), size: info.Size()}
	for _, name := range []string{result.SumsFile, result.StepsFile} {
		if beside, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			r.mtime, r.size = r.mtime+beside.ModTime().UnixNano(), r.size+beside.Size()
		}
	}
	if old != nil && old.mtime == r.mtime && old.size == r.size {
		return old
	}
	// A run that is written meanwhile is read newer than its time says, and so again next time.
	folder, err := result.Open(dir)
	if err != nil {
		r.problem = oneLine(err)
		if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
			r.mtime, r.size = 0, 0 // no permission, say: that may change without a change of the file
		}
		return r
	}
	run := folder.Run
	if year := run.Started.UTC().Year(); year < 0 || year > 9999 {
		r.problem = fmt.Sprintf("it started in the year %d", year)
		return r
	}
	r.run = result.HistoryRun{
		ID: run.ID, Command: run.Command, Workload: run.Workload, Started: run.Started,
		Status: run.Status, Verdict: run.Verdict, Metrics: run.Metrics, Bytes: bytesOf(dir), Suite: run.Suite, Doubt: run.Doubt(), Engine: run.MadeBytes(),
	}
	return r
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// bytesOf is the size of all files of a folder, as far as they can be seen.
func bytesOf(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // the rest counts nevertheless
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// save writes rows; a nil one is deleted. All are written or none.
func save(ctx context.Context, db *sql.DB, changed map[string]*row) error {
	if len(changed) == 0 {
		return nil // an index that can only be read serves, too
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	put, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
	if err != nil {
		return err
	}
	for name, r := range changed {
		if r == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM runs WHERE folder = ?", name)
		} else {
			err = r.put(ctx, put, name)
		}
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (r *row) put(ctx context.Context, put *sql.Stmt, name string) error {
	metrics, err := json.Marshal(r.run.Metrics)
	if err != nil {
		return fmt.Errorf("run folder %q: metrics: %w", name, err)
	}
	place := []byte{}
	if r.run.Suite != nil {
		if place, err = json.Marshal(r.run.Suite); err != nil {
			return fmt.Errorf("run folder %q: suite: %w", name, err)
		}
	}
	_, err = put.ExecContext(ctx, name, r.mtime, r.size, r.problem,
		r.run.ID, r.run.Command, r.run.Workload, r.run.Started.UTC().Format(started),
		string(r.run.Status), string(r.run.Verdict), string(metrics), r.run.Bytes, string(place), r.run.Doubt, r.run.Engine)
	return err
}
