package result

// WarningsMethod is the rules by which a run was given the warnings that follow from its
// figures, settings and host. 1: fits_in_memory only where epochs may have come from the
// cache, and the full run of a search has few_files and few_streams too. Runs of method 0
// have fits_in_memory wherever the dataset is smaller than the memory.
const WarningsMethod = 1

// ResultsOnTarget warns of a results folder on the file system that is measured.
func ResultsOnTarget() Warning {
	return Warning{Code: "results_on_target", Text: "the results folder lies on the file system under test: its small writes are part of what was measured"}
}

// ResidencyUnknown warns that this client's cache can't be looked into, and says why.
func ResidencyUnknown(why string) Warning {
	return Warning{Code: "residency_unknown", Text: "how much of the files lies in this client's cache can't be known: " + why}
}
