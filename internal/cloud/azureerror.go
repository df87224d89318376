package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// azureMoment marks an answer that another attempt may not get: too many questions, a
// server that is busy, or no answer at all.
func azureMoment(err error) error {
	var answer *azcore.ResponseError
	if errors.As(err, &answer) {
		switch answer.StatusCode {
		case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return momentary{err: err, after: retryAfter(answer.RawResponse.Header)}
		}
		return err
	}
	var broken net.Error
	if lasting(err) || !errors.As(err, &broken) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return momentary{err: err}
}

var errNoAzureCredentials = errors.New("there are no credentials, or none that is accepted: run `az login`, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give this machine a managed identity")

// azureError says what a caller can do about an answer of Azure Monitor.
func azureError(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		return errors.New(scrub(err.Error()))
	}
	said := azureSaid(answer)
	switch answer.StatusCode {
	case http.StatusUnauthorized:
		return fmt.Errorf("the credentials are not accepted (%s): get new ones with `az login`", said)
	case http.StatusForbidden:
		return fmt.Errorf("permission denied: the caller needs the role Monitoring Reader on the storage account (%s)", said)
	case http.StatusNotFound:
		return fmt.Errorf("there is no such storage account: check --resource-id (%s)", said)
	case http.StatusBadRequest:
		return fmt.Errorf("the question is not understood: check --resource-id (%s)", said)
	case http.StatusTooManyRequests:
		return fmt.Errorf("Azure Monitor is asked too often: try again later, or ask for fewer accounts or a shorter window (%s)", said)
	}
	return fmt.Errorf("%s: %s", http.StatusText(answer.StatusCode), said)
}

// azureSaid is the code and the message of an answer, without the address asked.
func azureSaid(answer *azcore.ResponseError) string {
	type said struct{ Code, Message string }
	var doc struct {
		Error said
		said
	}
	body, err := runtime.Payload(answer.RawResponse)
	if err != nil || json.Unmarshal(body, &doc) != nil {
		return scrub(answer.ErrorCode)
	}
	if doc.Error.Code == "" {
		doc.Error = doc.said
	}
	if doc.Error.Code == "" {
		return scrub(answer.ErrorCode)
	}
	return scrub(doc.Error.Code + ": " + doc.Error.Message)
}
