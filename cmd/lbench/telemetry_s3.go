package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lbench/lbench/internal/cloud"
)

func newTelemetryS3(a *app) *cobra.Command {
	var o windowOptions
	var s3 cloud.S3Options
	c := &cobra.Command{
		Use: "s3", Short: "Egress, ingress and requests of S3 buckets, by CloudWatch",
		Long: "Needs cloudwatch:GetMetricData and cloudwatch:ListMetrics, and nothing else. Credentials are those of\n" +
			"AWS's default chain (environment, `aws configure`, `aws sso login`, the instance's role), or --aws-profile.\n" +
			"A bucket has request metrics only where they are switched on:\n" +
			"aws s3api put-bucket-metrics-configuration --bucket B --id EntireBucket --metrics-configuration Id=EntireBucket",
		Example: "  lbench telemetry s3 --region us-east-1 --bucket-prefix zettafs-vdev- --last 3h\n" +
			"  lbench telemetry s3 --region us-east-1 --buckets zettafs-vdev-00,zettafs-vdev-01 --run results/20260313T140200Z-mlperf-resnet50_h100 --wait 5m",
		Args: noArgs,
	}
	f := c.Flags()
	f.StringVar(&s3.Region, "region", "", "`REGION` that the buckets are in (default: the profile's, or AWS_REGION)")
	o.bindBut(f, "label", "file")
	f.StringVar(&s3.Filter, "filter-id", "EntireBucket", "`ID` of the buckets' request metrics")
	f.StringVar(&s3.Profile, "aws-profile", "", "`NAME` of a profile of AWS's configuration (default: the default chain)")
	f.StringVar(&s3.RoleARN, "role-arn", "", "act as the role with this `ARN`")
	f.StringVar(&s3.Endpoint, "endpoint", "", "ask `HOST:PORT` instead of AWS; without TLS on loopback only")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		t, err := a.traffic(c.Context(), &o, func(ctx context.Context) (cloud.Source, error) {
			source, err := cloud.NewS3(ctx, s3)
			if err != nil {
				return nil, err
			}
			source.Now = a.now
			return source, nil
		})
		if err != nil {
			return err
		}
		return a.printTraffic(&o, t)
	}
	return c
}

// bindBut binds the flags of a window but for some that a source hasn't.
func (o *windowOptions) bindBut(f *pflag.FlagSet, without ...string) {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.bind(all)
	all.VisitAll(func(flag *pflag.Flag) {
		if !slices.Contains(without, flag.Name) {
			f.AddFlag(flag)
		}
	})
}
