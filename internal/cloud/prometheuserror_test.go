package cloud

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

func ask(t *testing.T, p *Prometheus) error {
	t.Helper()
	_, err := p.Ask(t.Context(), []Question{{PromQL: "up{"}}, window("14:02:00", "14:03:00", 15*time.Second), func(result.Reading) error { return nil })
	return err
}

// TestPrometheusErrors: each is one line, says what to do, and has neither the token nor
// what names an account.
func TestPrometheusErrors(t *testing.T) {
	const token = "PLANTED.token-1"
	for _, test := range []struct {
		name, token string
		code        int
		body        string
		want        string
		tries       int // at most the budget's 2 minutes: 1+2+4+8+16+32+32
	}{
		{"garbage", "", 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:4: parse error:\n unexpected end of input, token ` + token + `"}`,
			`query "up{": the server doesn't understand it: invalid parameter "query": 1:4: parse error: unexpected end of input`, 1},
		{"too much", "", 422, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}`, "could not compute it: query processing would load too many samples", 1},
		{"no token", "", 401, "Unauthorized\n", "by --token-file", 1},
		{"old token", token, 401, `{"error":"token ` + token + ` of planted@example.com has expired"}`, "of --token-file is not accepted", 1},
		{"forbidden", token, 403, `{"status":"error","errorType":"x","error":"` + token + ` may not"}`, "permission denied (403): the caller needs leave to query, and no more: [removed] may not", 1},
		{"down", "", 503, "upstream connect error", "failed (503 Service Unavailable)", 8},
		{"overloaded", "", 503, `{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}`, "the server failed (503): query timed out", 8},
		{"limited", "", 429, "", "failed (429 Too Many Requests)", 8},
		{"a web site", "", 404, "<html>404", "this isn't a Prometheus server (404, no JSON of its API)", 1},
		{"a login page", "", 200, "<html>Sign in</html>", "this isn't a Prometheus server (200, no JSON of its API)", 1},
		{"other JSON", "", 200, `{"status":"ok"}`, "this isn't a Prometheus server (200", 1},
		{"an error that is none", "", 200, `{"status":"error","error":"odd"}`, "the server failed (200): odd", 1},
		{"a vector", "", 200, `{"status":"success","data":{"resultType":"vector","result":[]}}`, `the answer is a "vector", want a matrix`, 1},
		{"no pair", "", 200, `{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1]]}]}}`, `"[1]" isn't [seconds, "value"]`, 1},
		{"no number", "", 200, `{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,"many"]]}]}}`, `isn't [seconds, "value"]`, 1},
		{"no text", "", 200, `{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,2]]}]}}`, `isn't [seconds, "value"]`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			tries := 0
			p := answering(t, test.token, func(w http.ResponseWriter, r *http.Request) {
				tries++
				if want := "Bearer " + test.token; test.token != "" && r.Header.Get("Authorization") != want {
					t.Errorf("header %q", r.Header.Get("Authorization"))
				}
				w.WriteHeader(test.code)
				fmt.Fprint(w, test.body)
			})
			err := ask(t, p)
			if err == nil || !strings.Contains(err.Error(), test.want) || tries != test.tries {
				t.Fatalf("%d tries, error %v; want %d, %q", tries, err, test.tries, test.want)
			}
			if text := err.Error(); strings.Contains(text, "\n") || test.token != "" && strings.Contains(text, token) || strings.Contains(text, "planted@") {
				t.Errorf("error %q", text)
			}
		})
	}
}

// TestPrometheusTriesAgain: what fails for a moment is asked again, as late as the server
// says, and what came before isn't handed on twice.
func TestPrometheusTriesAgain(t *testing.T) {
	tries := 0
	p := answering(t, "", func(w http.ResponseWriter, _ *http.Request) {
		switch tries++; tries {
		case 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2: // breaks off
			w.Header().Set("Content-Length", fmt.Sprint(len(promText)))
			fmt.Fprint(w, promText[:200])
		default:
			fmt.Fprint(w, promText)
		}
	})
	var waited []time.Duration
	p.Retry.Sleep = func(_ context.Context, d time.Duration) { waited = append(waited, d) }
	n := 0
	_, err := p.Ask(t.Context(), []Question{{PromQL: "x"}}, window("14:02:00", "14:03:00", time.Second), func(result.Reading) error { n++; return nil })
	if err != nil || n != 3 || len(waited) != 2 || waited[0] != 7*time.Second {
		t.Errorf("%d readings after waits of %v, error %v", n, waited, err)
	}
}

// TestPrometheusGoesNowhereElse: a redirect isn't followed, and so no token goes there.
func TestPrometheusGoesNowhereElse(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other server was asked") }))
	defer other.Close()
	p := answering(t, "PLANTED", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/login?token=PLANTED", http.StatusFound)
	})
	if err := ask(t, p); err == nil || !strings.Contains(err.Error(), "sends us elsewhere (302)") || strings.Contains(err.Error(), "PLANTED") {
		t.Error(err)
	}
}

// TestPrometheusVerifiesTLS: the certificate of a test server is nobody's.
func TestPrometheusVerifiesTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	p, err := NewPrometheus(PrometheusOptions{URL: server.URL, InsecureHTTP: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := ask(t, p); err == nil || !strings.Contains(err.Error(), "certificate signed by unknown authority") || strings.Contains(err.Error(), "query_range") {
		t.Error(err)
	}
}

func TestPrometheusNotThere(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	p, err := NewPrometheus(PrometheusOptions{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	p.Retry.Sleep = func(context.Context, time.Duration) { t.Error("tried again") }
	if err := ask(t, p); err == nil || !strings.Contains(err.Error(), "no answer from 127.0.0.1:") || !strings.Contains(err.Error(), "connection refused") {
		t.Error(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Ask(canceled, []Question{{PromQL: "x"}}, window("14:02:00", "14:03:00", time.Second), nil); err == nil || !strings.HasSuffix(err.Error(), "context canceled") {
		t.Error(err)
	}
}

func TestNewPrometheus(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "\n", "two": "a b", "fine": " abc.DEF_~+/= \n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		url, token string
		insecure   bool
		want       string // of the error, or of the address
	}{
		{"https://prometheus.example:9090", "", false, "https://prometheus.example:9090"},
		{"https://mimir.example/prometheus/", "fine", false, "https://mimir.example/prometheus"},
		{"https://prometheus.example/api/v1/", "", false, "https://prometheus.example"},
		{"http://localhost:9090", "", false, "http://localhost:9090"},
		{"http://[::1]:9090", "", false, "http://[::1]:9090"},
		{"http://127.0.0.2", "", false, "http://127.0.0.2"},
		{"http://10.0.0.1:9090", "", false, "want https, or --insecure-http"},
		{"http://localhost.example:9090", "", false, "want https, or --insecure-http"},
		{"http://10.0.0.1:9090", "", true, "http://10.0.0.1:9090"},
		{"https://me:PLANTED@prometheus.example", "", true, "name or password"},
		{"https://me:PLANTED@prometheus.example:port", "", false, "name or password"},
		{"ftp://prometheus.example", "", false, "isn't one as https"},
		{"prometheus.example:9090", "", false, "isn't one as https"},
		{"https://prometheus.example/?token=PLANTED", "", false, "a ? or #"},
		{"https://prometheus.example", "none", false, "read --token-file: open"},
		{"https://prometheus.example", "empty", false, "doesn't hold one word"},
		{"https://prometheus.example", "two", false, "doesn't hold one word"},
	} {
		o := PrometheusOptions{URL: test.url, InsecureHTTP: test.insecure}
		if test.token != "" {
			o.TokenFile = filepath.Join(dir, test.token)
		}
		p, err := NewPrometheus(o)
		got := fmt.Sprint(err)
		if err == nil {
			got = p.base.String()
		}
		if (err == nil) != strings.Contains(test.want, "://") || !strings.Contains(got, test.want) || err == nil && got != test.want || strings.Contains(got, "PLANTED") {
			t.Errorf("%s: %s, want %q", test.url, got, test.want)
		}
	}
}
