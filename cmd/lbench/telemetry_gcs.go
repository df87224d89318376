package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/cloud"
)

func newTelemetryGCS(a *app) *cobra.Command {
	var o windowOptions
	var project string
	var gcs cloud.GCSOptions
	c := &cobra.Command{
		Use: "gcs", Short: "Egress, ingress and requests of GCS buckets, by Cloud Monitoring",
		Long: "Needs the role roles/monitoring.viewer in the project, and nothing else. Credentials are those of\n" +
			"`gcloud auth application-default login`, of GOOGLE_APPLICATION_CREDENTIALS, or --credentials-file.",
		Example: "  lbench telemetry gcs --project my-project --bucket-prefix zettafs-vdev- --last 3h\n" +
			"  lbench telemetry gcs --project my-project --buckets b1,b2 --run results/20260313T140200Z-mlperf-resnet50_h100 --wait 5m",
		Args: noArgs,
	}
	f := c.Flags()
	f.StringVar(&project, "project", "", "`ID` of the project that the buckets are in")
	o.bind(f)
	f.StringVar(&gcs.CredentialsFile, "credentials-file", "", "key `FILE` (default: Application Default Credentials)")
	f.StringVar(&gcs.Impersonate, "impersonate", "", "act as this service `ACCOUNT`")
	f.StringVar(&gcs.Endpoint, "endpoint", "", "ask `HOST:PORT` instead of Google; without TLS on loopback only")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		if project != "" && o.file != "" {
			return usagef("telemetry gcs: --project is for asking Google, and --file %q is a saved answer: leave one of them out", o.file)
		}
		if project == "" && o.file == "" {
			return usagef("telemetry gcs: --project is missing: the ID of the project that the buckets are in")
		}
		t, err := a.traffic(c.Context(), &o, func(ctx context.Context) (cloud.Source, error) { return cloud.NewGCS(ctx, project, gcs) })
		if err != nil {
			return err
		}
		return a.printTraffic(&o, t)
	}
	return c
}
