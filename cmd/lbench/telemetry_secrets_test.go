package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"google.golang.org/grpc/codes"

	"github.com/lbench/lbench/internal/monitoringtest"
)

// secrets are planted in the environment, in files of credentials and in what servers say.
// None of them may be in what is written, nor in what is sent to a server of --endpoint.
func secrets() []string {
	return []string{
		"AKIAPLANTEDKEY123456", "plantedSecretKeyOf40LettersxxxxxxxxxxxxX", "FQoGZXIvYXdzPlantedSessionTokenPlantedSessionToken", "planted-client-secret", "PLANTEDPRIVATEKEY",
		"planted@example.com", "123456789012", "87654321-dddd-eeee-ffff-210987654321", "eyJQTEFOVEVE.eyJQTEFOVEVE.planted", "planted-bearer-token", "PLANTEDSIG",
	}
}

// complaint is the worst that a server can say in one text.
func complaint() string {
	s := secrets()
	return fmt.Sprintf("key %s, %s, %s; client_secret=%s; -----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----; user %s of %s in %s, %s, Bearer %s, https://x.example/?sig=%s",
		s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10])
}

// plantSecrets sets what libraries of clouds look at. The default chains end there: none asks
// a metadata service.
func plantSecrets(t *testing.T) (keyFile, tokenFile string) {
	t.Helper()
	dir, s := t.TempDir(), secrets()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keyFile = write("key.json", fmt.Sprintf(`{"type":"service_account","client_email":%q,"private_key":"-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----"}`, s[5], s[4]))
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": s[0], "AWS_SECRET_ACCESS_KEY": s[1], "AWS_SESSION_TOKEN": s[2], "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nowhere", "AWS_PROFILE": "", "AWS_REGION": "us-east-1",
		"AWS_SHARED_CREDENTIALS_FILE": write("aws", fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", s[0], s[1])),
		"AZURE_CLIENT_SECRET":         s[3], "AZURE_CLIENT_ID": s[7], "AZURE_TENANT_ID": s[7], "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
		"GOOGLE_APPLICATION_CREDENTIALS": keyFile,
	} {
		t.Setenv(name, value)
	}
	return keyFile, write("token", s[9]+"\n")
}

// wire keeps all that a server is sent.
type wire struct {
	mu   sync.Mutex
	text strings.Builder
}

func (w *wire) serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, body []byte)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		fmt.Fprintln(&w.text, r.URL, r.Header, string(body))
		w.mu.Unlock()
		answer(out, r, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// complaining are servers that complain, by how: they refuse, answer in part, or break off.
func complainingS3(t *testing.T, w *wire, how string) string {
	return w.serve(t, func(out http.ResponseWriter, r *http.Request, body []byte) {
		reply := func(status int, doc any) {
			text, _ := cbor.Marshal(doc)
			out.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
			out.Header().Set("Content-Type", "application/cbor")
			out.WriteHeader(status)
			_, _ = out.Write(text)
		}
		var ask wireS3
		if err := cbor.Unmarshal(body, &ask); err != nil || how == "refuse" {
			reply(http.StatusForbidden, map[string]string{"__type": "com.amazonaws.cloudwatch#" + "AccessDenied", "message": complaint()})
			return
		}
		if how == "garbage" {
			out.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(out, complaint())
			return
		}
		said := []map[string]string{{"Code": "x", "Value": complaint()}}
		if strings.HasSuffix(r.URL.Path, "/ListMetrics") {
			reply(http.StatusOK, map[string]any{"Metrics": []any{map[string]any{"Dimensions": []map[string]string{{"Name": "BucketName", "Value": "vdev-00"}, {"Name": "FilterId", "Value": "EntireBucket"}}}}})
			return
		}
		var results []any
		for i, q := range ask.MetricDataQueries {
			status := "Complete"
			if i == 0 {
				status = "InternalError"
			}
			results = append(results, map[string]any{"Id": q.Id, "StatusCode": status, "Messages": said, "Timestamps": []any{cbor.Tag{Number: 1, Content: ask.StartTime.Unix()}}, "Values": []float64{7}})
		}
		reply(http.StatusOK, map[string]any{"MetricDataResults": results, "Messages": said})
	})
}

func complainingAzure(t *testing.T, w *wire, how string) string {
	return w.serve(t, func(out http.ResponseWriter, r *http.Request, _ []byte) {
		out.Header().Set("Content-Type", "application/json")
		switch how {
		case "refuse":
			out.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(out).Encode(map[string]any{"error": map[string]string{"code": "AuthorizationFailed", "message": complaint() + r.URL.Path}})
			return
		case "garbage":
			out.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(out, complaint())
			return
		}
		from, _, _ := strings.Cut(r.URL.Query().Get("timespan"), "/")
		var metrics []any
		for name := range strings.SplitSeq(r.URL.Query().Get("metricnames"), ",") {
			metrics = append(metrics, map[string]any{"name": map[string]string{"value": name}, "errorCode": "Partial", "errorMessage": complaint(), "timeseries": []any{map[string]any{"data": []any{map[string]any{"timeStamp": from, "total": 7}}}}})
		}
		_ = json.NewEncoder(out).Encode(map[string]any{"value": metrics})
	})
}

func complainingPrometheus(t *testing.T, w *wire, how string) string {
	return w.serve(t, func(out http.ResponseWriter, r *http.Request, _ []byte) {
		said, _ := json.Marshal(complaint())
		switch how {
		case "refuse":
			out.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(out, `{"status":"error","errorType":"forbidden","error":%s}`, said)
		case "garbage":
			out.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(out, complaint())
		default:
			fmt.Fprintf(out, `{"status":"success","warnings":[%s],"data":{"resultType":"matrix","result":[{"metric":{"instance":"oss1:9100"},"values":[[%s,"1"]]}]}}`, said, r.FormValue("start"))
		}
	})
}

// TestTelemetryTellsNoSecretsAnywhere: of each source, in text and JSON, in every file and on
// stderr, whether the server refuses, answers in part or answers with something else.
func TestTelemetryTellsNoSecretsAnywhere(t *testing.T) {
	keyFile, tokenFile := plantSecrets(t)
	window := []string{"--from", "2026-03-13T14:10:00Z", "--to", "2026-03-13T14:20:00Z"}
	host := func(url string) string { return strings.TrimPrefix(url, "http://") }
	for _, source := range []struct {
		name  string
		sends bool // the planted token itself is for this server
		args  func(w *wire, how string) []string
	}{
		{"gcs", false, func(_ *wire, how string) []string {
			now := time.Date(2026, 3, 13, 15, 0, 0, 0, time.UTC)
			server, err := monitoringtest.Start(t.Context(), monitoringtest.Options{Project: "p", Number: "123456789012", Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			for _, bucket := range []string{"vdev-00", "vdev-01"} {
				server.Serve(bucket, "ReadObject", "OK", now.Add(-45*time.Minute), 1<<20, 0, 1)
			}
			server.Incomplete("vdev-01", codes.Internal, complaint())
			server.Deny(how == "refuse")
			return []string{"gcs", "--project", "p", "--bucket-prefix", "vdev-", "--credentials-file", keyFile, "--endpoint", server.Endpoint()}
		}},
		{"s3", false, func(w *wire, how string) []string {
			return []string{"s3", "--bucket-prefix", "vdev-", "--endpoint", host(complainingS3(t, w, how))}
		}},
		{"azure", false, func(w *wire, how string) []string {
			return []string{"azure", "--resource-id", strings.Replace(azureAccount, "12345678-aaaa-bbbb-cccc-123456789012", "87654321-dddd-eeee-ffff-210987654321", 1), "--endpoint", host(complainingAzure(t, w, how))}
		}},
		{"prometheus", true, func(w *wire, how string) []string {
			return []string{"prometheus", "--query", "up", "--token-file", tokenFile, "--url", complainingPrometheus(t, w, how)}
		}},
	} {
		for _, how := range []string{"refuse", "partial", "garbage"} {
			dir, w := t.TempDir(), &wire{}
			args := append(append([]string{"telemetry"}, source.args(w, how)...), window...)
			forms := [][]string{{"--json"}, {"-o", filepath.Join(dir, "readings")}}
			if source.name != "prometheus" {
				forms = [][]string{{"--json", "-o", filepath.Join(dir, "page")}, {"--csv", filepath.Join(dir, "csv"), "--methods-csv", filepath.Join(dir, "methods")}}
			}
			written := ""
			for _, form := range forms {
				var out, errs bytes.Buffer
				a := realApp()
				a.stdout, a.stderr, a.now = &out, &errs, func() time.Time { return time.Date(2026, 3, 13, 15, 0, 0, 0, time.UTC) }
				a.getenv = func(string) string { return "" }
				code := run(context.Background(), a, append(args, form...))
				if want := how == "partial" || how == "garbage" && source.name == "gcs"; (code == exitOK) != want {
					t.Errorf("%s, %s: exit %d:\n%s", source.name, how, code, errs.String())
				}
				written += out.String() + errs.String()
			}
			files, _ := filepath.Glob(filepath.Join(dir, "*"))
			if how == "partial" && len(files) == 0 {
				t.Errorf("%s: no file was written", source.name)
			}
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				written += string(text)
			}
			if how == "partial" && source.name != "prometheus" && !strings.Contains(written, "[removed]") {
				t.Errorf("%s: the server's complaint isn't in what was written, so nothing was tried:\n%s", source.name, written)
			}
			for _, secret := range secrets() {
				if strings.Contains(written, secret) {
					t.Errorf("%s, %s: %q is written:\n%s", source.name, how, secret, written)
				}
				if sent := w.text.String(); strings.Contains(sent, secret) && !source.sends && !strings.Contains(strings.Join(args, " "), secret) {
					t.Errorf("%s, %s: %q is sent:\n%s", source.name, how, secret, sent)
				}
			}
		}
	}
}
