//go:build !race

// The browser is no Go code, and a page takes long: these run without the race detector only.

package report

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// chrome is one tab of a headless Chromium, driven through a pipe in the DevTools
// protocol: JSON messages that end with a zero byte. It is for one goroutine.
type chrome struct {
	t       *testing.T
	to      io.Writer
	from    *bufio.Reader
	calls   int
	session string
	events  []message // that came since the page was opened
}

type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// newChrome starts a browser that ends with the test. Without one the test is skipped.
func newChrome(t *testing.T) *chrome {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		t.Skip("no chromium here: apt-get install chromium")
	}
	profile, err := os.MkdirTemp("", "lbench-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	// Not t.Context, which ends before the browser is asked to.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
		"--disable-background-networking", "--disable-component-update", "--disable-extensions", "--remote-debugging-pipe", "--user-data-dir="+profile, "about:blank")
	theirIn, to := pipe(t)
	from, theirOut := pipe(t)
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // it reads 3 and writes 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = theirIn.Close(), theirOut.Close()
	c := &chrome{t: t, to: to, from: bufio.NewReaderSize(from, 1<<20)}
	t.Cleanup(func() {
		_, _ = fmt.Fprint(to, `{"id":0,"method":"Browser.close"}`+"\x00")
		_ = cmd.Wait()
		for range 20 { // its children may still be writing
			if os.RemoveAll(profile) == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	c.attach()
	return c
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}

func (c *chrome) attach() {
	var target struct{ TargetID string }
	c.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var session struct{ SessionID string }
	c.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	c.session = session.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		c.call(domain+".enable", nil, nil)
	}
}

// call sends a command and waits for its answer. Events that come meanwhile are kept.
func (c *chrome) call(method string, params map[string]any, answer any) {
	c.t.Helper()
	c.calls++
	command := map[string]any{"id": c.calls, "method": method, "params": params}
	if params == nil {
		command["params"] = map[string]any{}
	}
	if c.session != "" {
		command["sessionId"] = c.session
	}
	text, err := json.Marshal(command)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.to.Write(append(text, 0)); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	for {
		m := c.read(method)
		if m.ID != c.calls {
			continue
		}
		if m.Error != nil {
			c.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if answer != nil {
			if err := json.Unmarshal(m.Result, answer); err != nil {
				c.t.Fatalf("%s answers %.300s: %v", method, m.Result, err)
			}
		}
		return
	}
}

func (c *chrome) read(why string) message {
	c.t.Helper()
	text, err := c.from.ReadBytes(0)
	if err != nil {
		c.t.Fatalf("%s: the browser is gone: %v", why, err)
	}
	var m message
	if err := json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m); err != nil {
		c.t.Fatalf("%s: %v", why, err)
	}
	if m.Method != "" {
		c.events = append(c.events, m)
	}
	if m.Method == "Page.javascriptDialogOpening" { // or the page would stand still
		c.calls++
		fmt.Fprintf(c.to, `{"id":%d,"sessionId":%q,"method":"Page.handleJavaScriptDialog","params":{"accept":false}}`+"\x00", c.calls, c.session)
		c.calls--
	}
	return m
}

// open loads a page and waits until it is there.
func (c *chrome) open(path string) {
	c.t.Helper()
	c.events = nil
	c.call("Page.navigate", map[string]any{"url": "file://" + path}, nil)
	for !c.saw("Page.loadEventFired") {
		c.read("load " + path)
	}
}

func (c *chrome) saw(method string) bool {
	for _, e := range c.events {
		if e.Method == method {
			return true
		}
	}
	return false
}

// complaints are what the browser said of a page, and all that it asked for but the
// page itself.
func (c *chrome) complaints(path string) []string {
	var list []string
	for _, e := range c.events {
		switch e.Method {
		case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening":
			list = append(list, fmt.Sprintf("%s %.400s", e.Method, e.Params))
		case "Network.requestWillBeSent":
			var sent struct{ Request struct{ URL string } }
			if err := json.Unmarshal(e.Params, &sent); err != nil || sent.Request.URL != "file://"+path && !strings.HasPrefix(sent.Request.URL, "data:") {
				list = append(list, "request for "+sent.Request.URL)
			}
		}
	}
	return list
}

// eval gives the JSON value of an expression in the page.
func (c *chrome) eval(expression string, value any) {
	c.t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	c.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	if answer.ExceptionDetails != nil {
		c.t.Fatalf("%.200s: %.600s", expression, answer.ExceptionDetails)
	}
	if value != nil {
		if err := json.Unmarshal(answer.Result.Value, value); err != nil {
			c.t.Fatalf("%.200s gives %.300s: %v", expression, answer.Result.Value, err)
		}
	}
}

// look sets the width of the window and what the reader prefers; media is "screen" or "print".
func (c *chrome) look(width int, scheme, media string) {
	c.t.Helper()
	c.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
	c.call("Emulation.setEmulatedMedia", map[string]any{"media": media, "features": []map[string]any{
		{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}}}, nil)
}

// bytesOf calls a method that answers with data, as Page.printToPDF does.
func (c *chrome) bytesOf(method string, params map[string]any) []byte {
	c.t.Helper()
	var answer struct{ Data []byte }
	c.call(method, params, &answer)
	return answer.Data
}
