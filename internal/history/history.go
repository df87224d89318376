// Package history answers questions about many runs from an index, so that nobody has to
// read thousands of run.json files.
//
//  1. Open brings the index up to date: it lists the results folder, and reads run.json only
//     where its time or size is another than in the index, a SQLite file in that folder.
//  2. Index.Runs gives the runs that pass a Filter, oldest first.
//  3. Nights makes one point of the repeats that a suite made of one entry; Index.Night and
//     Index.Before give the night of a run and those that it is to be compared with.
//  4. Changes finds where a metric went to another level, and the settings that changed there.
//
// The index holds nothing that isn't in the run folders: where it is missing, broken or of
// another version it is made anew, and where it can't be written it is kept in memory.
package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Index is what is known of the runs of one results folder, as they were when it was opened.
// It isn't for use by several goroutines at once.
type Index struct {
	dir      string
	db       *sql.DB
	warnings []result.Warning
}

// Filter chooses runs. What is empty or 0 chooses all.
type Filter struct {
	Command  string
	Workload string
	Status   string
	Since    time.Time // the run started then or later
	Last     int       // only so many, the newest of those that the rest chooses
}

// Close ends the use of an index.
func (ix *Index) Close() error { return ix.db.Close() }

// Warnings are the run folders that were left out because their run.json can't be read
// (code "unreadable_run"), and that the index couldn't be kept ("index_in_memory").
func (ix *Index) Warnings() []result.Warning { return slices.Clone(ix.warnings) }

// Runs gives the runs that pass a filter, oldest first.
func (ix *Index) Runs(ctx context.Context, f Filter) ([]result.HistoryRun, error) {
	runs, err := ix.query(ctx, f)
	if err != nil && ctx.Err() == nil { // the index opened well and is broken nevertheless
		_ = ix.db.Close()
		if err := ix.open(ctx, true); err != nil {
			return nil, err
		}
		runs, err = ix.query(ctx, f)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the index of %q: %w", ix.dir, err)
	}
	return runs, nil
}

// started is a time as text that sorts like the time.
const started = "2006-01-02T15:04:05.000000000Z"

func (ix *Index) query(ctx context.Context, f Filter) ([]result.HistoryRun, error) {
	since, limit := "", -1
	if !f.Since.IsZero() {
		since = f.Since.UTC().Format(started)
	}
	if f.Last > 0 {
		limit = f.Last
	}
	rows, err := ix.db.QueryContext(ctx, `
		SELECT folder, id, command, workload, started, status, verdict, metrics, bytes, suite, doubt, engine FROM runs
		WHERE problem = '' AND (?1 = '' OR command = ?1) AND (?2 = '' OR workload = ?2)
			AND (?3 = '' OR status = ?3) AND started >= ?4
		ORDER BY started DESC, folder DESC LIMIT ?5`,
		f.Command, f.Workload, f.Status, since, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	runs := []result.HistoryRun{} // not nil: it is printed as JSON
	for rows.Next() {
		r, err := scanRun(rows)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	slices.Reverse(runs)
	return runs, rows.Err()
}

func scanRun(rows *sql.Rows) (r result.HistoryRun, err error) {
	var at string
	var metrics, place []byte
	if err := rows.Scan(&r.Dir, &r.ID, &r.Command, &r.Workload, &at, &r.Status, &r.Verdict, &metrics, &r.Bytes, &place, &r.Doubt, &r.Engine); err != nil {
		return r, err
	}
	if r.Started, err = time.Parse(started, at); err != nil {
		return r, fmt.Errorf("run folder %q: %w", r.Dir, err)
	}
	if err := json.Unmarshal(metrics, &r.Metrics); err != nil {
		return r, fmt.Errorf("run folder %q: metrics: %w", r.Dir, err)
	}
	if len(place) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(place, &r.Suite); err != nil {
		return r, fmt.Errorf("run folder %q: suite: %w", r.Dir, err)
	}
	return r, nil
}
