package profiles_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/profiles"
)

// answering serves one body to everything.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("got %s with %q", r.Method, r.Header.Get("Content-Type"))
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		if _, err := w.Write([]byte(body)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

const (
	answerEthereum = `{"jsonrpc":"2.0","id":1,"result":"0x1"}`
	answerUnknown  = `{"jsonrpc":"2.0","id":1,"result":"0xbeef"}`
)

func TestFromURLs(t *testing.T) {
	t.Parallel()
	one, two, three := answering(t, 200, answerEthereum), answering(t, 200, answerEthereum), answering(t, 200, answerUnknown)
	before := time.Now()
	c, err := profiles.FromURLs(t.Context(), []string{one + "/a/$${x", two, three, one + "/b"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := c.Profile("public")
	if !ok || len(c.Profiles) != 1 || len(p.Chains) != 2 || c.LoadedAt.Before(before) {
		t.Fatalf("got %d profiles, %+v", len(c.Profiles), p)
	}
	eth := chainOf(t, c, "public", "ethereum")
	if eth.ID != 1 || eth.Name != "Ethereum" || eth.BlockTime != 12*time.Second || eth.MaxLagBlocks < 0 || len(eth.Providers) != 3 {
		t.Errorf("ethereum: got %+v", *eth)
	}
	if got, want := eth.Providers[0].URL, one+"/a/$$%7Bx"; got != want {
		t.Errorf("URL: got %s, want %s", got, want)
	}
	seen := map[lasso.ProviderID]bool{}
	for _, pr := range eth.Providers {
		if seen[pr.ID] || !strings.HasPrefix(string(pr.ID), "127-0-0-1-") {
			t.Errorf("provider id %q", pr.ID)
		}
		seen[pr.ID] = true
	}
	if first, last := eth.Providers[0].Name, eth.Providers[2].Name; last != first+" (2)" {
		t.Errorf("names of two providers at one host: got %q and %q", first, last)
	}
	if other := chainOf(t, c, "public", "48879"); other.Key != "chain-48879" || other.MaxLagBlocks != -1 {
		t.Errorf("unknown chain: got %+v", *other)
	}
}

func TestFromURLsSendsUserAsAuthorization(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, pass, _ := r.BasicAuth(); user != "u" || pass != "p" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if _, err := w.Write([]byte(answerEthereum)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	c, err := profiles.FromURLs(t.Context(), []string{strings.Replace(s.URL, "//", "//u:p@", 1)}, s.Client())
	if err != nil {
		t.Fatal(err)
	}
	pr := chainOf(t, c, "public", "1").Providers[0]
	if strings.Contains(pr.URL+pr.Name+string(pr.ID), "u:p") || len(pr.Headers) != 1 || pr.Headers[0].Value != "Basic dTpw" {
		t.Errorf("provider: got %s %s %v", pr.ID, pr.URL, pr.Headers)
	}
}

func TestFromURLsErrors(t *testing.T) {
	t.Parallel()
	good := answering(t, 200, answerEthereum)
	urls := []string{
		good,
		good,
		"wss://a.example/x",
		"a.example",
		answering(t, http.StatusFound, ""),
		answering(t, http.StatusUnauthorized, answerEthereum),
		answering(t, 200, `{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"key sk_live is over its limit"}}`),
		answering(t, 200, `<html>sk_live</html>`),
		answering(t, 200, `{"result":"1"}`),
		answering(t, 200, `{"result":"0x0"}`),
		"http://127.0.0.1:1/sk_live",
		strings.Replace(good, "http://", "https://", 1),
	}
	c, err := profiles.FromURLs(t.Context(), urls, nil)
	if c != nil || err == nil {
		t.Fatalf("got catalog %v, error %v", c != nil, err)
	}
	const node = "(127.0.0.1) "
	want := []string{
		"URL 2 " + node + "is the same as URL 1",
		"URL 3 (a.example) is a WebSocket address; give the http or https URL here, and write a profile file to add ws_url",
		"URL 4 must start with http:// or https://",
		"URL 5 " + node + "answered HTTP 302 to eth_chainId",
		"URL 6 " + node + "answered HTTP 401 to eth_chainId",
		"URL 7 " + node + "refused eth_chainId with the JSON-RPC error -32005",
		"URL 8 " + node + "did not answer JSON-RPC to eth_chainId",
		"URL 9 " + node + "did not answer a chain id to eth_chainId",
		"URL 10 " + node + "did not answer a chain id to eth_chainId",
		"URL 11 " + node + "can not be reached: connect: connection refused",
		"URL 12 " + node + "speaks http, not https",
	}
	if got := err.Error(); got != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
	if _, err := profiles.FromURLs(t.Context(), nil, nil); err == nil {
		t.Error("no URL gave no error")
	}
}
