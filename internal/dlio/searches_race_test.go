//go:build race

package dlio

// storageSearches is few under the race detector, which makes each six times as long.
const storageSearches = 20
