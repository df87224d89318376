package main

import (
	"path/filepath"

	"github.com/lbench/lbench/internal/compare"
	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/result"
)

// membersOf are the folders of the runs of a set that a comparison counted, which it names
// by their IDs.
func membersOf(c result.Comparison, ids []string, folders []*result.Folder) []report.RunData {
	var runs []report.RunData
	for _, i := range compare.Members(c, ids, runsAlone(folders)) {
		runs = append(runs, report.RunData{Run: folders[i].Run, Source: folders[i]})
	}
	return runs
}

// overlaidByID finds the runs of a comparison with --baseline by their IDs: as folders of that
// name in the results folder and where the argument names runs. One that has another name is
// not found, and the page says so.
func overlaidByID(c result.Comparison, resultsDir string, args []string) report.Overlaid {
	places := []string{resultsDir}
	for _, arg := range args {
		places = append(places, arg, filepath.Dir(arg))
	}
	of := func(ids []string) []report.RunData {
		var folders []*result.Folder
		for _, id := range ids {
			if folder := folderOf(id, places); folder != nil {
				folders = append(folders, folder)
			}
		}
		return membersOf(c, ids, folders)
	}
	return report.Overlaid{A: of(c.A), B: of(c.B)}
}

// folderOf opens the folder of a run that lies in one of these places, or is one of them;
// nil where there is none.
func folderOf(id string, places []string) *result.Folder {
	for _, place := range places {
		for _, dir := range []string{filepath.Join(place, id), place} {
			if folder, err := result.Open(dir); err == nil && folder.Run.ID == id {
				return folder
			}
		}
	}
	return nil
}
