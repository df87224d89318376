package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/cloud"
)

func newTelemetryAzure(a *app) *cobra.Command {
	var o windowOptions
	var ids []string
	var azure cloud.AzureOptions
	c := &cobra.Command{
		Use: "azure", Short: "Egress, ingress and requests of Azure Blob Storage, by Azure Monitor",
		Long: "Needs the role Monitoring Reader on the storage accounts, and nothing else. Credentials are those of\n" +
			"`az login`, of AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or a managed identity.\n" +
			"A storage account stands for a bucket; `az storage account list --query '[].id'` gives the resource IDs.",
		Example: "  lbench telemetry azure --resource-id /subscriptions/ID/resourceGroups/training/providers/Microsoft.Storage/storageAccounts/zettafs00 --last 3h",
		Args:    noArgs,
	}
	f := c.Flags()
	f.StringSliceVar(&ids, "resource-id", nil, "`IDS` of storage accounts, separated by commas")
	o.bindBut(f, "buckets", "bucket-prefix", "label", "file")
	f.StringVar(&azure.Endpoint, "endpoint", "", "ask `HOST:PORT` instead of Microsoft; without TLS on loopback only")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		if len(ids) == 0 {
			return usagef("telemetry azure: --resource-id is missing: the resource IDs of the storage accounts, separated by commas")
		}
		names, accounts, err := cloud.AzureAccounts(ids)
		if err != nil {
			return usagef("telemetry azure: %w", err)
		}
		o.buckets = names
		t, err := a.traffic(c.Context(), &o, func(ctx context.Context) (cloud.Source, error) { return cloud.NewAzure(ctx, accounts, azure) })
		if err != nil {
			return err
		}
		return a.printTraffic(&o, t)
	}
	return c
}
