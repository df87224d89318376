package cloud

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azurecloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/monitor/azquery"
)

// AzureOptions say where Azure Monitor is asked.
type AzureOptions struct {
	Endpoint string // host:port instead of Microsoft's; plain text on loopback only
}

// azureAudience is what a token is for.
const azureAudience = "https://management.azure.com"

// AzureAccounts gives the resource IDs of storage accounts by their names, and the names in
// the order of the IDs.
func AzureAccounts(ids []string) (names []string, accounts map[string]string, err error) {
	form := regexp.MustCompile(`(?i)^(/subscriptions/[\w-]+/resourceGroups/[\w().-]+/providers/Microsoft\.Storage/storageAccounts/([a-z0-9]{3,24}))(/blobServices/default)?/?$`)
	accounts = map[string]string{}
	for _, id := range ids {
		m := form.FindStringSubmatch(id)
		if m == nil {
			return nil, nil, fmt.Errorf("resource ID %q isn't /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.Storage/storageAccounts/NAME", scrub(id))
		}
		if accounts[m[2]] == "" {
			names = append(names, m[2])
		}
		accounts[m[2]] = m[1]
	}
	return names, accounts, nil
}

// NewAzure connects to Azure Monitor. accounts are resource IDs by name, of AzureAccounts.
func NewAzure(ctx context.Context, accounts map[string]string, o AzureOptions) (*Azure, error) {
	client, err := o.client(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to Azure Monitor: %w", err)
	}
	return &Azure{Client: client, Accounts: accounts}, nil
}

func (o AzureOptions) client(ctx context.Context) (*azquery.MetricsClient, error) {
	options := azquery.MetricsClientOptions{ClientOptions: azcore.ClientOptions{
		Retry: policy.RetryOptions{MaxRetries: -1}, // we try again ourselves
		Cloud: azurecloud.Configuration{Services: map[azurecloud.ServiceName]azurecloud.ServiceConfiguration{
			azquery.ServiceNameMetrics: {Audience: azureAudience, Endpoint: azureAudience},
		}},
		Telemetry: policy.TelemetryOptions{ApplicationID: "lbench"},
	}}
	local := false
	if o.Endpoint != "" {
		var err error
		if local, err = loopbackEndpoint(o.Endpoint); err != nil {
			return nil, err
		}
		options.Cloud.Services[azquery.ServiceNameMetrics] = azurecloud.ServiceConfiguration{Audience: azureAudience, Endpoint: "https://" + o.Endpoint}
	}
	if local { // no secret goes there
		options.Transport = plain{}
		return azquery.NewMetricsClient(noCredential{}, &options)
	}
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", errNoAzureCredentials, scrub(err.Error()))
	}
	if err := authorize(ctx, credential); err != nil {
		return nil, err
	}
	return azquery.NewMetricsClient(credential, &options)
}

// authorize gets a token now, so that its lack is told before anything else.
func authorize(ctx context.Context, credential azcore.TokenCredential) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	_, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{azureAudience + "/.default"}})
	if err != nil {
		return fmt.Errorf("%w (%s)", errNoAzureCredentials, scrub(strings.Join(strings.Fields(err.Error()), " ")))
	}
	return nil
}

// plain carries questions to this machine without TLS, which the library asks for.
type plain struct{}

func (plain) Do(r *http.Request) (*http.Response, error) {
	r.URL.Scheme = "http"
	return http.DefaultClient.Do(r)
}

// noCredential is a token that opens nothing.
type noCredential struct{}

func (noCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "none", ExpiresOn: time.Now().Add(time.Hour)}, nil
}
