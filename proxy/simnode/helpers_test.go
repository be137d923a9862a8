package simnode_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/proxy/simnode"
)

const start = 20_000_000

// still is a chain that moves only by Advance, with one listening node.
func still(t *testing.T) (chain *simnode.Chain, node *simnode.Node, url string) {
	t.Helper()
	chain = simnode.NewChain(1, 0, start, nil)
	node = simnode.New(chain, "alder", 1)
	url, stop := node.Start()
	t.Cleanup(stop)
	return chain, node, url
}

// client keeps no connection, so that each request shows the node as it is.
func client(t *testing.T) *http.Client {
	t.Helper()
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
}

func request(tb testing.TB, url, body string) *http.Request {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return req
}

// post returns the answer with its body, or the error of the transport.
func post(t *testing.T, url, body string) (*http.Response, string, error) {
	t.Helper()
	resp, err := client(t).Do(request(t, url, body))
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp, string(raw), err
}

type answer struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   *simnode.Error  `json:"error"`
}

// ask makes a call that must get a JSON-RPC answer.
func ask(t *testing.T, url, method, params string) answer {
	t.Helper()
	_, raw, err := post(t, url, body(method, params))
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	var a answer
	if err := json.Unmarshal([]byte(raw), &a); err != nil {
		t.Fatalf("%s: %v in %q", method, err, raw)
	}
	return a
}

// result makes a call that must get a result, and decodes it.
func result[T any](t *testing.T, url, method, params string) (v T) {
	t.Helper()
	a := ask(t, url, method, params)
	if a.Error != nil {
		t.Fatalf("%s %s: got error %+v, want a result", method, params, *a.Error)
	}
	if err := json.Unmarshal(a.Result, &v); err != nil {
		t.Fatalf("%s %s: %v in %s", method, params, err, a.Result)
	}
	return v
}

func body(method, params string) string {
	if params == "" {
		params = "[]"
	}
	return `{"jsonrpc":"2.0","id":7,"method":"` + method + `","params":` + params + `}`
}

// clock is a clock that a test sets.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Unix(1_700_000_000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func compact(t *testing.T, raw string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(raw)); err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	return b.String()
}
