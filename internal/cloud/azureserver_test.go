package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// azureMonitor is Azure Monitor in process, in its REST form, with traffic whose truth is
// known, and a source that asks it.
type azureMonitor struct {
	*httptest.Server
	azure *Azure
	names []string
	now   time.Time
	slept time.Duration
	late  time.Duration
	calls int
	sums  map[azureKey]map[int64]float64 // then by minute in Unix seconds
	fault func(call int, w http.ResponseWriter) bool
	code  string // of every metric
}

type azureKey struct{ account, metric, api, kind string }

const azureGroup = "/subscriptions/12345678-aaaa-bbbb-cccc-123456789012/resourceGroups/training/providers/Microsoft.Storage/storageAccounts/"

func accountName(i int) string { return fmt.Sprintf("zettafs%02d", i) }

// newAzureMonitor has 12 accounts that served for 20 minutes from 14:02 on, asked at 15:00.
func newAzureMonitor(t *testing.T) *azureMonitor {
	t.Helper()
	m := &azureMonitor{now: at("15:00:00"), sums: map[azureKey]map[int64]float64{}, code: "Success"}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	var ids []string
	for i := range 12 {
		ids = append(ids, azureGroup+accountName(i))
	}
	names, accounts, err := AzureAccounts(append(ids, ids[3]+"/blobServices/default"))
	if err != nil || len(names) != 12 {
		t.Fatal(names, err)
	}
	m.names = names
	m.azure, err = NewAzure(t.Context(), accounts, AzureOptions{Endpoint: strings.TrimPrefix(m.URL, "http://")})
	if err != nil {
		t.Fatal(err)
	}
	m.azure.Retry.Sleep = func(_ context.Context, d time.Duration) { m.slept += d }
	random := rand.New(rand.NewPCG(5, 12))
	for _, account := range names {
		for second := range 20 * 60 {
			if second/60 == 7 {
				continue // all were idle
			}
			when, sent := at("14:02:00").Add(time.Duration(second)*time.Second), float64(random.Int64N(90<<20))
			m.serve(account, "Egress", "", "", when, sent)
			m.serve(account, "Transactions", "GetBlob", "Success", when, float64(1+int(sent)>>20))
			if second%97 == 0 {
				m.serve(account, "Ingress", "", "", when, 1000)
				for k := range 14 { // more than Monitor gives unasked
					m.serve(account, "Transactions", fmt.Sprintf("PutBlock%d", k), []string{"ServerBusyError", "ClientOtherError"}[k%2], when, float64(k+1))
				}
			}
			m.set(account, "SuccessE2ELatency", when, float64(5+second/60)) // ms
		}
	}
	return m
}

func (m *azureMonitor) serve(account, metric, api, kind string, when time.Time, value float64) {
	key := azureKey{account, metric, api, kind}
	if m.sums[key] == nil {
		m.sums[key] = map[int64]float64{}
	}
	m.sums[key][when.Truncate(time.Minute).Unix()] += value
}

func (m *azureMonitor) set(account, metric string, when time.Time, value float64) {
	m.serve(account, metric, "", "", when, 0)
	m.sums[azureKey{account, metric, "", ""}][when.Truncate(time.Minute).Unix()] = value
}

// served is what a metric had in whole minutes, over all of its kinds that begin so.
func (m *azureMonitor) served(account, metric, kind string, from, to time.Time) float64 {
	sum := 0.0
	for key, minutes := range m.sums {
		for second, v := range minutes {
			if key.account == account && key.metric == metric && strings.HasPrefix(key.kind, kind) && second >= from.Unix() && second < to.Unix() {
				sum += v
			}
		}
	}
	return sum
}

func (m *azureMonitor) read(t *testing.T, from, to time.Time) (result.Traffic, error) {
	t.Helper()
	tally := NewTally(from, to)
	warnings, err := m.azure.Points(t.Context(), Query{From: from, To: to, Buckets: m.names}, tally.Add)
	traffic := tally.Traffic("azure", m.now, m.azure.Late(), m.names)
	traffic.Warnings = append(traffic.Warnings, warnings...)
	if err == nil {
		m.azure.Extend(&traffic)
	}
	return traffic, err
}

func (m *azureMonitor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.calls++
	if m.fault != nil && m.fault(m.calls, w) {
		return
	}
	ask := r.URL.Query()
	account, ok := strings.CutSuffix(r.URL.Path, "/blobServices/default/providers/Microsoft.Insights/metrics")
	account, inside := strings.CutPrefix(account, azureGroup)
	first, last, _ := strings.Cut(ask.Get("timespan"), "/")
	from, err1 := time.Parse(time.RFC3339, first)
	to, err2 := time.Parse(time.RFC3339, last)
	switch {
	case r.Header.Get("Authorization") != "Bearer none":
		refuseAzure(w, http.StatusUnauthorized, "InvalidAuthenticationToken", "no token")
		return
	case !ok || !inside || !slices.Contains(m.names, account):
		refuseAzure(w, http.StatusNotFound, "ResourceNotFound", "The Resource '"+r.URL.Path+"' was not found.")
		return
	case err1 != nil || err2 != nil || to.Sub(from) > 24*time.Hour || ask.Get("interval") != "PT1M" || ask.Get("api-version") == "":
		refuseAzure(w, http.StatusBadRequest, "BadRequest", "Detected invalid time interval")
		return
	}
	var metrics []map[string]any
	for name := range strings.SplitSeq(ask.Get("metricnames"), ",") {
		metrics = append(metrics, m.metric(account, name, from, to, ask.Get("aggregation"), ask.Get("$filter"), ask.Get("top")))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"cost": 0, "timespan": ask.Get("timespan"), "interval": "PT1M", "namespace": "Microsoft.Storage/storageAccounts/blobServices", "resourceregion": "westus2", "value": metrics})
}

// metric has one series, or one of each kind where they are split, at most top. Times run
// to the end and with it: minutes that have not come have no value, idle ones have 0.
func (m *azureMonitor) metric(account, name string, from, to time.Time, aggregation, filter, top string) map[string]any {
	most, err := strconv.Atoi(top)
	if err != nil {
		most = 10
	}
	series := []any{}
	for _, key := range slices.SortedFunc(maps.Keys(m.sums), func(a, b azureKey) int { return strings.Compare(a.api+a.kind, b.api+b.kind) }) {
		if key.account != account || key.metric != name || len(series) == most {
			continue
		}
		metadata, data := []any{}, []any{}
		if strings.Contains(filter, "ApiName eq '*'") && strings.Contains(filter, "ResponseType eq '*'") {
			for k, v := range map[string]string{"apiname": key.api, "responsetype": key.kind} {
				metadata = append(metadata, map[string]any{"name": map[string]string{"value": k, "localizedValue": k}, "value": v})
			}
		}
		for start := from; !start.After(to); start = start.Add(time.Minute) {
			value := map[string]any{"timeStamp": start.Format(time.RFC3339)}
			if v, there := m.sums[key][start.Unix()]; !start.Add(time.Minute).After(m.now.Add(-m.late)) && (there || aggregation == "Total") {
				value[strings.ToLower(aggregation)] = v
			}
			data = append(data, value)
		}
		series = append(series, map[string]any{"metadatavalues": metadata, "data": data})
	}
	return map[string]any{
		"id": azureGroup + account + "/blobServices/default/providers/Microsoft.Insights/metrics/" + name, "type": "Microsoft.Insights/metrics",
		"name": map[string]string{"value": name, "localizedValue": name}, "unit": "Bytes", "timeseries": series, "errorCode": m.code, "errorMessage": "subscription 12345678-aaaa-bbbb-cccc-123456789012 is slow",
	}
}

func refuseAzure(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": code, "message": message}})
}
