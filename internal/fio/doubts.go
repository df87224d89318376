package fio

import "github.com/lbench/lbench/internal/result"

// InflightCapped warns of jobs that had fewer operations in flight than jobs x depth. most
// is --max-inflight.
func InflightCapped(most string) result.Warning {
	return result.Warning{Code: "inflight_capped", Text: "operations had to wait for --max-inflight " + most + ": the storage saw fewer at once than jobs x depth would make"}
}

// VerifiedCached warns that a cache may have answered what --verify read.
func VerifiedCached() result.Warning {
	return result.Warning{Code: "verified_cached", Text: "what was read back may have come from this client's cache, from which it could not be dropped"}
}

// NoCeiling warns that it is not known what this client can copy, and says why.
func NoCeiling(why string) result.Warning {
	return result.Warning{Code: "no_ceiling", Text: "what this client can copy at most was not measured: " + why}
}
