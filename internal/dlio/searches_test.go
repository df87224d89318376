//go:build !race

package dlio

// storageSearches is how many whole searches a test makes.
const storageSearches = 200
