package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/result"
)

// version is set by the Makefile; a plain `go install` leaves it to the module's version.
var version string

// build names this binary.
func build() result.Build {
	b := result.Build{Version: version}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
	}
	return b
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		Example: "  lbench version",
		RunE: func(*cobra.Command, []string) error {
			b := build()
			if b.Commit != "" {
				b.Commit = " (" + b.Commit + ")"
			}
			_, err := fmt.Fprintf(a.stdout, "lbench %s%s\n", b.Version, b.Commit)
			return err
		},
	}
}
