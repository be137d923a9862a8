package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// slowUpstream answers like a small EVM node; eth_call waits until it is let go.
type slowUpstream struct {
	*httptest.Server
	waiting atomic.Int64
	release chan struct{}
}

func newSlowUpstream(t *testing.T) *slowUpstream {
	t.Helper()
	s := &slowUpstream{release: make(chan struct{})}
	id := regexp.MustCompile(`"id":("[^"]*"|[^,}]*)`)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		if _, err := r.Body.Read(body); err != nil && len(body) == 0 {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		result := `"0x539"`
		switch {
		case strings.Contains(string(body), "eth_call"):
			s.waiting.Add(1)
			select {
			case <-s.release:
			case <-r.Context().Done():
				return
			}
			result = `"0x01"`
		case strings.Contains(string(body), "eth_blockNumber"):
			result = `"0x10"`
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, id.FindSubmatch(body)[1], result)
	}))
	t.Cleanup(s.Close)
	return s
}

// TestGracefulStop sends SIGTERM while calls are in flight: all of them are
// answered, nothing new is accepted, and the process exits with 0.
func TestGracefulStop(t *testing.T) {
	const inFlight = 8
	up := newSlowUpstream(t)
	r := startRouter(t, upstream{"slow", up.URL})

	answers := make(chan error, inFlight)
	for i := range inFlight {
		go func() {
			body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"eth_call","params":[{"to":"0x1000000000000000000000000000000000000001"},"latest"]}`, i)
			_, data, err := request(context.WithoutCancel(t.Context()), http.MethodPost, r.rpc(), body)
			if err == nil {
				var got envelope
				if got, err = decode(data); err == nil && string(got.Result) != `"0x01"` {
					err = fmt.Errorf("got %s", data)
				}
			}
			answers <- err
		}()
	}
	eventually(t, 10*time.Second, "all calls reach the upstream", func(context.Context) error {
		if n := up.waiting.Load(); n != inFlight {
			return fmt.Errorf("%d of %d", n, inFlight)
		}
		return nil
	})
	r.signal(t, syscall.SIGTERM)
	eventually(t, 5*time.Second, "lasso accepts no more", func(ctx context.Context) error {
		c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/api/health", http.NoBody)
		if err != nil {
			return err
		}
		resp, err := c.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != http.StatusServiceUnavailable {
				return errors.New("still answers " + resp.Status)
			}
		}
		return nil
	})
	close(up.release)
	for range inFlight {
		if err := <-answers; err != nil {
			t.Errorf("call in flight: %v", err)
		}
	}
	if code := r.waitExit(t, 11*time.Second); code != 0 {
		t.Errorf("exit code: got %d, want 0", code)
	}
}

// TestSecondSignal ends the process at once although a call hangs.
func TestSecondSignal(t *testing.T) {
	up := newSlowUpstream(t)
	r := startRouter(t, upstream{"slow", up.URL})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _, _ = request(context.WithoutCancel(t.Context()), http.MethodPost, r.rpc(), // its end is all that matters
			`{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x1000000000000000000000000000000000000001"},"latest"]}`)
	}()
	eventually(t, 10*time.Second, "the call reaches the upstream", func(context.Context) error {
		if up.waiting.Load() == 0 {
			return errors.New("not yet")
		}
		return nil
	})
	r.signal(t, syscall.SIGTERM)
	stopping := time.After(time.Second)
	select {
	case <-r.done:
		t.Fatal("lasso did not wait for the call in flight")
	case <-stopping:
	}
	r.signal(t, syscall.SIGTERM)
	if code := r.waitExit(t, 5*time.Second); code == 0 {
		t.Error("exit code: got 0, want another")
	}
	<-done
}

// providers lists the provider ids that lasso serves now.
func (r *router) providers(ctx context.Context) ([]string, error) {
	b, err := r.leaderboard(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, line := range b.Data {
		ids = append(ids, line.Provider)
	}
	slices.Sort(ids)
	return ids, nil
}

// waitProviders waits until exactly these providers are served.
func (r *router) waitProviders(t *testing.T, want ...string) {
	t.Helper()
	eventually(t, 15*time.Second, fmt.Sprintf("providers become %v", want), func(ctx context.Context) error {
		got, err := r.providers(ctx)
		if err != nil {
			return err
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("got %v", got)
		}
		return nil
	})
}

// TestReload changes the profile: a changed file is taken up by itself, SIGHUP
// takes it up as well, and a file with a mistake leaves the service untouched
// and says so.
func TestReload(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a)...)
	ask := question{"balance", "eth_getBalance", fmt.Sprintf(`[%q,"latest"]`, env.chain.to)}
	check := func() {
		t.Helper()
		_, body := post(t, r.rpc(), ask.body(1))
		if got, err := decode(body); err != nil || got.Result == nil {
			t.Errorf("call after reload: %s (%v)", body, err)
		}
	}
	check()
	before := r.used(t, "geth-a")

	r.writeProfile(t, profileYAML(geths(a, b)...))
	r.waitProviders(t, "geth-a", "geth-b")
	check()
	if got := r.used(t, "geth-a"); got < before {
		t.Errorf("calls of geth-a after reload: got %d, want at least %d", got, before)
	}

	r.writeProfile(t, profileYAML(geths(a, b)...)+"    colour: red\n")
	eventually(t, 15*time.Second, "the page shows the mistake", func(ctx context.Context) error {
		_, page, err := request(ctx, http.MethodGet, r.url+"/dashboard/local", "")
		if err == nil && !strings.Contains(string(page), "colour") {
			err = errors.New("no word of it")
		}
		return err
	})
	check()
	if got, err := r.providers(t.Context()); err != nil || !slices.Equal(got, []string{"geth-a", "geth-b"}) {
		t.Errorf("providers after a bad reload: got %v (%v)", got, err)
	}

	r.writeProfile(t, profileYAML(geths(b)...))
	r.signal(t, syscall.SIGHUP)
	r.waitProviders(t, "geth-b")
	check()
}

// TestCheck runs lasso check on a file with seven mistakes and on a good one.
func TestCheck(t *testing.T) {
	const bad = `name: Broken
slug: broken
burst_limits: 5
---
chains:
  dev:
    chain_id: -1
    block_time_ms: soon
    providers:
      - id: one
        url: ftp://127.0.0.1/
      - id: one
        url: http://127.0.0.1:8545
        priorty: 2
      - id: two
        url: http://127.0.0.1:8545/${LASSO_E2E_NOT_SET}
`
	dir := t.TempDir()
	file := filepath.Join(dir, "broken.yml")
	if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), env.lasso, "check", file).CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); !failed {
		t.Errorf("lasso check on a bad file: got %v, want an exit code", err)
	}
	for _, want := range []string{
		"broken.yml:3:1:",   // unknown key
		"broken.yml:7:15:",  // negative chain id
		"broken.yml:8:20:",  // wrong type
		"broken.yml:11:14:", // bad URL
		"broken.yml:12:13:", // duplicate id
		"broken.yml:14:9:",  // misspelt key
		"broken.yml:16:14:", // variable that is not set
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no mistake reported at %s", want)
		}
	}
	if !strings.Contains(string(out), "priority") {
		t.Error("no suggestion for priorty")
	}
	if got := strings.Count(string(out), "broken.yml:"); got != 7 {
		t.Errorf("mistakes: got %d, want 7", got)
	}
	if t.Failed() {
		t.Logf("output:\n%s", out)
	}

	good := filepath.Join(dir, "local.yml")
	if err := os.WriteFile(good, []byte(profileYAML(upstream{"a", "http://127.0.0.1:8545"})), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), env.lasso, "check", good).CombinedOutput(); err != nil {
		t.Errorf("lasso check on a good file: %v\n%s", err, out)
	}
}

// TestServeURLs runs lasso with nothing but the nodes' URLs.
func TestServeURLs(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := &router{log: filepath.Join(t.TempDir(), "lasso.log")}
	r.start(t, a.url(), b.url())
	ask := question{"", "eth_getBalance", fmt.Sprintf(`[%q,"latest"]`, env.chain.to)}
	_, body := post(t, a.url(), ask.body(1))
	direct, err := decode(body)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if got := r.ask(t, "/rpc/1337", ask); !bytes.Equal(got, direct.Result) {
			t.Errorf("got %s, want %s", got, direct.Result)
		}
	}
	users := map[string]bool{}
	for _, m := range r.metrics(t)["lasso_attempts_total"].GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == "provider" && m.GetCounter().GetValue() > 0 {
				users[l.GetValue()] = true
			}
		}
	}
	if len(users) != 2 {
		t.Errorf("providers with attempts: got %v, want two", users)
	}
}
