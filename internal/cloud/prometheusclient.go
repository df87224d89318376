package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Prometheus is a server that answers /api/v1/query_range: Prometheus, Thanos, Mimir,
// VictoriaMetrics. It is only read from.
type Prometheus struct {
	Retry Retry

	base   *url.URL
	token  string // of the header, never told
	client *http.Client
}

// PrometheusOptions say where a server is asked, and as whom.
type PrometheusOptions struct {
	URL          string // https://prometheus.example:9090, with a path where it is below one
	TokenFile    string // holds a bearer token; empty: none
	InsecureHTTP bool   // plain text beyond loopback
}

// mostAnswer bounds one answer, in bytes.
const mostAnswer = 128 << 20

// NewPrometheus checks the options and reads the token. It connects to nothing yet.
func NewPrometheus(o PrometheusOptions) (*Prometheus, error) {
	base, err := promURL(o.URL, o.InsecureHTTP)
	if err != nil {
		return nil, err
	}
	p := &Prometheus{base: base, client: &http.Client{
		Timeout:       2*time.Minute + 10*time.Second, // a server's own limit of a query is 2 minutes
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if o.TokenFile == "" {
		return p, nil
	}
	text, err := os.ReadFile(o.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("read --token-file: %w", err)
	}
	p.token = strings.TrimSpace(string(text))
	if p.token == "" || strings.ContainsFunc(p.token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, fmt.Errorf("read --token-file %q: it doesn't hold one word, the token", o.TokenFile)
	}
	return p, nil
}

// promURL checks an address. What it refuses may hold a password, and so is not told.
func promURL(text string, insecure bool) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case strings.Contains(text, "@"):
		return nil, errors.New("the URL has a name or password in it, which others on this machine can see: put a bearer token into a file, and give that by --token-file")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the URL isn't one as https://prometheus.example:9090")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the URL has a ? or # in it: want the server's address alone, as https://prometheus.example:9090")
	case u.Scheme == "http" && !insecure && !loopback(u.Hostname()):
		return nil, fmt.Errorf("the URL %q is plain http, which anyone between can read and change: want https, or --insecure-http", text)
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/api/v1")
	return u, nil
}

// queryRange asks for one range, again where the server refuses for the moment.
func (p *Prometheus) queryRange(ctx context.Context, query string, r Range) (promMatrix, error) {
	seconds := func(t time.Time) string { return fmt.Sprintf("%d.%03d", t.Unix(), t.Nanosecond()/1e6) }
	u := p.base.JoinPath("api/v1/query_range")
	u.RawQuery = url.Values{"query": {query}, "start": {seconds(r.From)}, "end": {seconds(r.To)}, "step": {strconv.FormatFloat(r.Step.Seconds(), 'f', -1, 64)}}.Encode()
	for budget := p.Retry.begin(); ; {
		matrix, err := p.get(ctx, u)
		if err == nil {
			return matrix, nil
		}
		if ctx.Err() != nil {
			return matrix, ctx.Err()
		}
		if err := budget.wait(ctx, err); err != nil {
			return matrix, err
		}
	}
}

func (p *Prometheus) get(ctx context.Context, u *url.URL) (promMatrix, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return promMatrix{}, errors.New("the URL can't be asked")
	}
	request.Header.Set("User-Agent", "lbench")
	request.Header.Set("Accept", "application/json")
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return promMatrix{}, p.unreachable(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer+1))
	switch {
	case err != nil:
		return promMatrix{}, momentary{err: errors.New("the answer broke off: " + p.told(err.Error()))}
	case len(body) > mostAnswer:
		return promMatrix{}, fmt.Errorf("the answer is longer than %d MiB: ask for fewer series, a longer step or a shorter window", mostAnswer>>20)
	}
	var answer promAnswer
	err = json.Unmarshal(body, &answer)
	if response.StatusCode != http.StatusOK || answer.Status != "success" {
		return promMatrix{}, p.refused(response, answer, err)
	}
	switch {
	case err != nil:
		return promMatrix{}, fmt.Errorf("the answer isn't that of query_range: %s", p.told(err.Error()))
	case answer.Data.Type != "matrix":
		return promMatrix{}, fmt.Errorf("the answer is a %.20q, want a matrix: this isn't a server of Prometheus' query_range", answer.Data.Type)
	}
	for _, w := range answer.Warnings {
		answer.Data.Warnings = append(answer.Data.Warnings, p.told(w))
	}
	return answer.Data, nil
}

// told is a text of the server or of the network in one line, without secrets.
func (p *Prometheus) told(text string) string {
	if p.token != "" {
		text = strings.ReplaceAll(text, p.token, "[removed]")
	}
	return scrub(strings.Join(strings.Fields(text), " "))
}
