package report

import (
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// section is one question of a report with its answer; what it has no use for is empty.
type section struct {
	ID, Title string
	Contents  string // its name in the list of contents, where its ID doesn't give one
	Lead      string
	Figure    *figure
	Table     *table
	Folded    *table // shown when its label is opened, and in print
	List      []string
	Commands  []string // for a shell
}

// sections are the parts of a run's page in their order: what was found, what speaks
// for it, how it was set, and how to get at it again. One without data returns false.
func sections(run result.Run, files []result.FileSum) []func(*data) (section, bool) {
	if isBlock(run) {
		return slices.Concat([]func(*data) (section, bool){
			movedSection, latencySection, jobSection, cellSection, mountsSection, coldSection, limitSection, ledgerSection, bucketSection, requestSection, telemetrySection,
		}, hostSections(), []func(*data) (section, bool){
			searchSection, ruleSection, claimSection, jobTableSection, metricSection, settingSection, mountSection, fileSection(files), blockMethodSection,
		})
	}
	if isSearch(run) {
		return []func(*data) (section, bool){
			curveSection, fullRunSection, tunedSection, limitSection, telemetrySection, metricSection, settingSection, mountSection, fileSection(files),
		}
	}
	return slices.Concat([]func(*data) (section, bool){
		busySection, lostSection, throughputSection, slowestSection, stallSection, waitSection, readLatencySection, spentSection, coldEpochSection, limitSection, ledgerSection, bucketSection, requestSection, telemetrySection,
	}, hostSections(), []func(*data) (section, bool){
		epochSection, ruleSection, claimSection, roundSection, metricSection, settingSection, mountSection, fileSection(files), methodSection,
	})
}

// Short is the section's name in the list of contents.
func (s section) Short() string {
	if s.Contents != "" {
		return s.Contents
	}
	name, ok := map[string]string{
		"au": "AU per epoch", "throughput": "Throughput", "stalls": "Stalls", "waits": "Waits", "time": "Time spent", "cold": "Coldness", "cached": "Coldness",
		"limit": "Limit", "epochs": "Epochs", "rules": "Rules", "claims": "Claims", "rounds": "Formulas of the rounds", "metrics": "All metrics",
		"settings": "Settings", "mount": "Mount and client", "files": "Raw data", "recompute": "Recompute",
		"moved": "Throughput", "latencies": "Latencies", "jobs": "Share of each job", "cells": "Settings compared", "mounts": "Mounts",
		"search": "Search", "curve": "AU against accelerators", "tuned": "Reader settings", "job-table": "Jobs", "telemetry": "Telemetry", "ledger": "Account of the bytes", "lost": "Lost time", "slowest": "Who was last",
	}[s.ID]
	if !ok {
		return s.Title
	}
	return name
}
