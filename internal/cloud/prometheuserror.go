package cloud

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"syscall"
)

// refused says what a caller can do about an answer that isn't a result; parseErr is why
// its body isn't the JSON of Prometheus, if it isn't.
func (p *Prometheus) refused(response *http.Response, answer promAnswer, parseErr error) error {
	text := ""
	spoken := parseErr == nil && answer.Status == "error"
	said := ""
	if spoken && answer.Error != "" {
		said = ": " + p.told(answer.Error)
	}
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized && p.token == "":
		text = "the server wants to know who asks (401): give a bearer token by --token-file" + said
	case code == http.StatusUnauthorized:
		text = "the token of --token-file is not accepted (401): it may have run out" + said
	case code == http.StatusForbidden:
		text = "permission denied (403): the caller needs leave to query, and no more" + said
	case code >= 300 && code < 400:
		text = fmt.Sprintf("the server sends us elsewhere (%d), where no token is sent: give the address that it answers at by --url", code)
		if to, err := response.Location(); err == nil {
			text += ", as " + p.told(to.Scheme+"://"+to.Host)
		}
	case spoken && code == http.StatusBadRequest:
		text = "the server doesn't understand it" + said
	case spoken && code == http.StatusUnprocessableEntity:
		text = "the server could not compute it" + said
	case spoken:
		text = fmt.Sprintf("the server failed (%d)%s", code, said)
	case code >= http.StatusInternalServerError || code == http.StatusTooManyRequests:
		text = fmt.Sprintf("the server, or one before it, failed (%d %s)", code, http.StatusText(code))
	default:
		text = fmt.Sprintf("this isn't a Prometheus server (%d, no JSON of its API): want the address that /api/v1/query_range is below", code)
	}
	if code := response.StatusCode; code == http.StatusTooManyRequests || code >= http.StatusInternalServerError && code != http.StatusNotImplemented {
		return momentary{err: errors.New(text), after: retryAfter(response.Header)}
	}
	return errors.New(text)
}

// unreachable says why no answer came. The client's own error holds the URL, with the query.
func (p *Prometheus) unreachable(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	text := "no answer from " + p.told(p.base.Host) + ": " + p.told(err.Error())
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
		return momentary{err: errors.New(text)}
	}
	return errors.New(text)
}
