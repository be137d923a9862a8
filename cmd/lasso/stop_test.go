package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/profiles"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// TestDemoStopsQuietly checks that the simulated providers outlive what probes
// and calls them: a stop shows no failure that is none.
func TestDemoStopsQuietly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, errs := newOutput(), newOutput()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"demo", "--listen", "127.0.0.1:0"}, out, errs) }()
	errs.await(t, `(Rate limited)`) // probes and traffic are under way
	cancel()
	if err := <-done; err != nil {
		t.Errorf("got %v", err)
	}
	for line := range strings.Lines(errs.String()) {
		if strings.Contains(line, "part=proxy") && strings.Contains(line, "connection refused") {
			t.Errorf("the providers went away first: %s", line)
		}
	}
}

// slowProvider is a simulated provider and the profile that names it; calls may
// take a minute.
func slowProvider(t *testing.T) (sim *simnode.Node, profile string) {
	t.Helper()
	sim = simnode.New(simnode.NewChain(8453, 2*time.Second, 1000, nil), "slow", 1)
	url, err := sim.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Kill)
	return sim, strings.ReplaceAll(profileYAML, "URL", url) + "    timeouts_ms: {default: 60000}\n"
}

// callSlowly sends a call and waits until the provider has it. The channel
// gets the answer, or what went wrong.
func callSlowly(t *testing.T, sim *simnode.Node, base string) <-chan string {
	t.Helper()
	answer := make(chan string, 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/rpc/base",
		strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"eth_gasPrice"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			body = []byte(err.Error())
		}
		answer <- string(body)
	}()
	eventually(t, func() string {
		if sim.Calls("eth_gasPrice") == 0 {
			return "the call did not reach the provider"
		}
		return ""
	})
	return answer
}

func TestStopFinishesCalls(t *testing.T) {
	t.Parallel()
	sim, profile := slowProvider(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "public.yml"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	sim.SetBehaviour(simnode.Behaviour{Latency: 700 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := newOutput()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"--listen", "127.0.0.1:0", "--profiles", dir, "--log-level", "error"}, out, io.Discard)
	}()
	answer := callSlowly(t, sim, out.await(t, `Dashboard\s+(http://[^/]+)/`))
	cancel()
	if got := <-answer; !strings.Contains(got, `"result":"0x`) {
		t.Errorf("the call in flight: got %s", got)
	}
	if err := <-done; err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
}

// TestStopCutsLongCalls checks that a call which outlasts the limit does not
// make the stop a failure.
func TestStopCutsLongCalls(t *testing.T) {
	t.Parallel()
	sim, profile := slowProvider(t)
	load := func() (*lasso.Catalog, error) {
		return profiles.Load([]profiles.Source{{Name: "public.yml", Data: []byte(profile)}}, nil, time.Now())
	}
	flags := &nodeFlags{Listen: "127.0.0.1:0", LogLevel: "info", MaxBatch: 50, MaxInflightBytes: 8_000_000}
	errs := newOutput()
	n, err := newNode(t.Context(), flags, nil, load, errs)
	if err != nil {
		t.Fatal(err)
	}
	sim.SetBehaviour(simnode.Behaviour{Latency: 2 * time.Second})
	served := make(chan error, 1)
	go func() { served <- n.server.Serve(n.ln) }()
	answer := callSlowly(t, sim, "http://"+n.ln.Addr().String())
	limit, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := n.shutdown(limit); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if !strings.Contains(errs.String(), "calls in flight were cut off") {
		t.Errorf("the log does not tell:\n%s", errs.String())
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	<-answer
}
