package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// output collects what a running command prints.
type output struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func newOutput() *output { return &output{more: make(chan struct{}, 1)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	select {
	case o.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await returns the first group of pattern once it has been printed.
func (o *output) await(t *testing.T, pattern string) string {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(o.String()); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-o.more:
		case <-limit:
			t.Fatalf("output never matched %q:\n%s", pattern, o.String())
		}
	}
}

// launch runs a command until the test ends and returns its base URL and its
// standard error. The exit is checked.
func launch(t *testing.T, args ...string) (base string, errs *output) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, errs := newOutput(), newOutput()
	done := make(chan error, 1)
	go func() { done <- run(ctx, args, out, errs) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("lasso %v ended with %v, want nil", args, err)
		}
	})
	return out.await(t, `Dashboard\s+(http://[^/]+)/`), errs
}

func call(t *testing.T, url, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return fetch(t, req)
}

func get(t *testing.T, url string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return fetch(t, req)
}

func fetch(t *testing.T, req *http.Request) (status int, answer string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// eventually retries until check returns an empty string.
func eventually(t *testing.T, check func() (problem string)) {
	t.Helper()
	limit := time.After(20 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		problem := check()
		if problem == "" {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal(problem)
		}
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	base, _ := launch(t, "demo", "--listen", "127.0.0.1:0", "--no-traffic", "--log-level", "error")
	status, body := call(t, base+"/rpc/demo/ethereum", `{"jsonrpc":"2.0","id":7,"method":"eth_chainId"}`)
	if want := `{"jsonrpc":"2.0","id":7,"result":"0x1"}`; status != http.StatusOK || body != want {
		t.Errorf("eth_chainId: got %d %s, want 200 %s", status, body, want)
	}
	eventually(t, func() string {
		if status, body := get(t, base+"/api/ready"); status != http.StatusOK {
			return "not ready: " + body
		}
		return ""
	})
}

// TestFiguresAgree checks that every place that shows a number of calls shows
// the number that was sent.
func TestFiguresAgree(t *testing.T) {
	t.Parallel()
	base, _ := launch(t, "demo", "--listen", "127.0.0.1:0", "--no-traffic", "--log-level", "error")
	const calls = 120
	for range calls {
		if status, body := call(t, base+"/rpc/demo/base", `{"jsonrpc":"2.0","id":1,"method":"eth_gasPrice"}`); status != http.StatusOK {
			t.Fatalf("got %d %s", status, body)
		}
	}
	eventually(t, func() string {
		_, body := get(t, base+"/api/v1/profiles/demo/chains/8453/totals?window=1m")
		var totals struct {
			Data struct{ Calls, Failovers int }
		}
		if err := json.Unmarshal([]byte(body), &totals); err != nil {
			return err.Error()
		}
		_, body = get(t, base+"/api/v1/profiles/demo/chains/8453/leaderboard?window=1m")
		var board struct {
			Data []struct {
				TotalCalls int `json:"total_calls"`
			}
		}
		if err := json.Unmarshal([]byte(body), &board); err != nil {
			return err.Error()
		}
		attempts := 0
		for _, row := range board.Data {
			attempts += row.TotalCalls
		}
		if totals.Data.Calls != calls || attempts != calls+totals.Data.Failovers {
			return "totals: " + body
		}
		return ""
	})
	_, metrics := get(t, base+"/metrics")
	sum := 0
	for _, m := range regexp.MustCompile(`(?m)^lasso_calls_total\{[^}]*chain="8453"[^}]*\} (\d+)$`).FindAllStringSubmatch(metrics, -1) {
		n := 0
		if err := json.Unmarshal([]byte(m[1]), &n); err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if sum != calls {
		t.Errorf("/metrics counts %d calls, want %d", sum, calls)
	}
}

func TestServeURLs(t *testing.T) {
	t.Parallel()
	node := simnode.New(simnode.NewChain(8453, 2*time.Second, 1000, nil), "one", 1)
	url, err := node.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Kill)
	base, _ := launch(t, "serve", "--listen", "127.0.0.1:0", "--log-level", "error", url)
	status, body := call(t, base+"/rpc/base", `{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}`)
	if status != http.StatusOK || !strings.Contains(body, `"result":"0x`) {
		t.Errorf("got %d %s, want a height", status, body)
	}
}

const profileYAML = `name: One
slug: public
chains:
  base:
    chain_id: 8453
    providers:
      - {id: one, url: "URL"}
`

func TestReload(t *testing.T) {
	t.Parallel()
	node := simnode.New(simnode.NewChain(8453, 2*time.Second, 1000, nil), "one", 1)
	url, err := node.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Kill)
	dir := t.TempDir()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "public.yml"), []byte(strings.ReplaceAll(text, "URL", url)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(profileYAML)
	base, errs := launch(t, "serve", "--listen", "127.0.0.1:0", "--profiles", dir)
	const ask = `{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}`
	if status, body := call(t, base+"/rpc/base", ask); status != http.StatusOK {
		t.Fatalf("before: got %d %s", status, body)
	}

	write(strings.ReplaceAll(profileYAML, "providers", "provders"))
	errs.await(t, `configuration refused.*provders`)
	if status, body := call(t, base+"/rpc/base", ask); status != http.StatusOK {
		t.Errorf("after a bad reload: got %d %s, want the last good configuration", status, body)
	}
	if _, metrics := get(t, base+"/metrics"); !strings.Contains(metrics, "lasso_config_reload_failures_total 1") {
		t.Error("the refused reload is not counted on /metrics")
	}
	if _, page := get(t, base+"/dashboard/public"); !strings.Contains(page, "provders") {
		t.Error("the refused reload is not shown on the dashboard")
	}

	write(strings.ReplaceAll(profileYAML, "base:", "basis:"))
	errs.await(t, `configuration loaded`)
	if status, body := call(t, base+"/rpc/basis", ask); status != http.StatusOK {
		t.Errorf("after a good reload: got %d %s", status, body)
	}
	if status, _ := call(t, base+"/rpc/base", ask); status != http.StatusBadRequest {
		t.Errorf("the old name: got %d, want 400", status)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.yml"), filepath.Join(dir, "bad.yml")
	text := strings.ReplaceAll(profileYAML, "URL", "https://rpc.example")
	for file, content := range map[string]string{
		good: strings.ReplaceAll(text, "slug: public", "slug: good"),
		bad:  strings.ReplaceAll(strings.ReplaceAll(text, "slug: public", "slug: bad"), "chain_id: 8453", "chain_id: eight"),
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name    string
		args    []string
		code    int
		printed string
	}{
		{"good", []string{"check", good}, 0, "profile good: 1 chain, 1 provider\n"},
		{"bad", []string{"check", bad}, 1, "bad.yml:5:15:"},
		{"bad and missing", []string{"check", filepath.Join(dir, "none.yml"), bad}, 1, "bad.yml:5:15:"},
		{"missing and bad", []string{"check", bad, filepath.Join(dir, "none.yml")}, 1, "none.yml: can not be read: no such file or directory\n"},
		{"built in", []string{"check"}, 0, "profile public: 6 chains, 35 providers"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			err := run(t.Context(), tt.args, &out, &errs)
			code := codeOf(t, err)
			if code != tt.code || !strings.Contains(out.String(), tt.printed) {
				t.Errorf("got code %d and %q, want %d and %q", code, out.String()+errs.String(), tt.code, tt.printed)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--help"}, 0, "lasso serve --profiles"},
		{[]string{"serve", "--help"}, 0, "LASSO_PROFILES_DIR"},
		{[]string{"demo", "--help"}, 0, "--no-traffic"},
		{[]string{"check", "--help"}, 0, "FILE:LINE:COLUMN"},
		{[]string{"version"}, 0, "lasso "},
		{[]string{"--version"}, 0, "lasso "},
		{[]string{"--help"}, 0, "\n    Try it:          lasso demo\n    Your own nodes:  lasso serve https://eth.example.com https://eth.example.org\n"},
		{[]string{"serve", "--lisen", "1"}, 2, "--lisen"},
		{[]string{"serve", "--log-level", "loud"}, 2, "--log-level"},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := run(t.Context(), tt.args, &out, &out)
			code := codeOf(t, err)
			if code != tt.code || !strings.Contains(out.String(), tt.want) {
				t.Errorf("got code %d and\n%s\nwant %d and %q", code, out.String(), tt.code, tt.want)
			}
		})
	}
}

// codeOf is the exit code that an error of run leads to.
func codeOf(t *testing.T, err error) int {
	t.Helper()
	var code exitError
	if err != nil && !errors.As(err, &code) {
		t.Fatal(err)
	}
	return int(code)
}

func TestListenAddress(t *testing.T) {
	tests := []struct{ flag, port, want string }{
		{"", "", "127.0.0.1:4000"},
		{"", "8080", "0.0.0.0:8080"},
		{"10.0.0.1:99", "8080", "10.0.0.1:99"},
		{"8080", "", "0.0.0.0:8080"},
		{":8080", "", ":8080"},
		{"[::1]:5", "", "[::1]:5"},
		{"nonsense", "", ""},
		{"host:70000", "", ""},
	}
	for _, tt := range tests {
		t.Setenv("PORT", tt.port)
		got, err := (&nodeFlags{Listen: tt.flag}).listenAddress()
		if (err != nil) != (tt.want == "") || got != tt.want {
			t.Errorf("listen %q with PORT %q: got %q, %v, want %q", tt.flag, tt.port, got, err, tt.want)
		}
	}
}
