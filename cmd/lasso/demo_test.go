package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"

	"github.com/lasso-rpc/lasso/profiles"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// demoDocument is the part of the profile schema that the demonstration uses.
type demoDocument struct {
	Chains map[string]struct {
		ChainID     uint64 `yaml:"chain_id"`
		Name        string `yaml:"name"`
		BlockTimeMS int    `yaml:"block_time_ms"`
		Monitoring  struct {
			ProbeIntervalMS int `yaml:"probe_interval_ms"`
			LagAlert        int `yaml:"lag_alert_threshold_blocks"`
		} `yaml:"monitoring"`
		Selection struct {
			MaxLagBlocks      int `yaml:"max_lag_blocks"`
			ArchivalThreshold int `yaml:"archival_threshold"`
		} `yaml:"selection"`
		Providers []struct {
			ID           string `yaml:"id"`
			Name         string `yaml:"name"`
			Priority     int    `yaml:"priority"`
			URL          string `yaml:"url"`
			Archival     *bool  `yaml:"archival"`
			Capabilities struct {
				Limits struct {
					MaxBlockRange int `yaml:"max_block_range"`
				} `yaml:"limits"`
			} `yaml:"capabilities"`
		} `yaml:"providers"`
	} `yaml:"chains"`
}

func demoTestFleet(t *testing.T) *demoFleet {
	t.Helper()
	f, err := newDemoFleet(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func demoTestPost(t *testing.T, url, body string) (status int, answer string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw), err
}

func TestDemoYAML(t *testing.T) {
	t.Parallel()
	f := demoTestFleet(t)
	dec := yaml.NewDecoder(strings.NewReader(f.YAML()))
	dec.KnownFields(true)
	var front struct{ Name, Slug string }
	var body demoDocument
	if err := dec.Decode(&front); err != nil {
		t.Fatalf("front matter: %v", err)
	}
	if err := dec.Decode(&body); err != nil {
		t.Fatalf("body: %v", err)
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		t.Fatalf("third document: got %v, want EOF", err)
	}
	if front.Name != "Demo" || front.Slug != "demo" {
		t.Errorf("front matter: got %+v, want Demo, demo", front)
	}
	for key, id := range map[string]uint64{"ethereum": 1, "base": 8453, "arbitrum": 42161, "polygon": 137} {
		c, ok := body.Chains[key]
		if !ok || c.ChainID != id {
			t.Errorf("chain %s: got id %d, want %d", key, c.ChainID, id)
			continue
		}
		if n := len(c.Providers); n < 3 || n > 6 {
			t.Errorf("chain %s: got %d providers, want 3 to 6", key, n)
		}
		seen := map[string]bool{}
		for _, p := range c.Providers {
			if seen[p.ID] {
				t.Errorf("chain %s: provider %s twice", key, p.ID)
			}
			seen[p.ID] = true
			if !strings.HasPrefix(p.URL, "http://127.0.0.1:") {
				t.Errorf("provider %s: got URL %q, want one on loopback", p.ID, p.URL)
			}
			if wantPruned := p.ID == "hazel"; wantPruned != (p.Archival != nil && !*p.Archival) {
				t.Errorf("provider %s of %s: archival %v", p.ID, key, p.Archival)
			}
		}
	}
}

func TestDemoProfileLoads(t *testing.T) {
	t.Parallel()
	f := demoTestFleet(t)
	noEnv := func(string) (string, bool) { return "", false }
	catalog, err := profiles.Load([]profiles.Source{{Name: demoSlug + ".yml", Data: []byte(f.YAML())}}, noEnv, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	profile, ok := catalog.Profile(demoSlug)
	if !ok {
		t.Fatalf("no profile %s", demoSlug)
	}
	for _, c := range f.chains {
		got, ok := profile.Chain(c.key)
		if !ok || len(got.Providers) != len(c.providers) {
			t.Errorf("chain %s: got %+v, want %d providers", c.key, got, len(c.providers))
			continue
		}
		if got.MaxLagBlocks != c.maxLag || got.BlockTime != c.blockTime || got.ProbeInterval != demoProbeEveryMS*time.Millisecond {
			t.Errorf("chain %s: got %+v", c.key, got)
		}
	}
}

func TestDemoFleetAnswers(t *testing.T) {
	t.Parallel()
	f := demoTestFleet(t)
	for _, c := range f.chains {
		for _, p := range c.providers {
			if p.behaviour.ErrorRate > 0 {
				continue
			}
			status, got, err := demoTestPost(t, p.url, `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`)
			want := trafficNumber(c.id)
			if p.id == "maple" {
				want = trafficNumber(80002)
			}
			if err != nil || status != http.StatusOK || !strings.Contains(got, `"`+want+`"`) {
				t.Errorf("%s of %s: got %d %q, %v; want chain id %s", p.id, c.key, status, got, err, want)
			}
		}
	}
}

func TestDemoFleetEndsCleanly(t *testing.T) { //nolint:paralleltest // goleak sees the goroutines of parallel tests
	before := goleak.IgnoreCurrent()
	f, err := newDemoFleet(7)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	url := f.chains[0].providers[0].url
	if _, _, err := demoTestPost(t, url, `{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}`); err != nil {
		t.Errorf("while running: %v", err)
	}
	cancel(errors.New("a signal"))
	if err := <-ended; err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
	if _, _, err := demoTestPost(t, url, `{}`); err == nil {
		t.Error("after Run: got an answer, want a refused connection")
	}
	f.Close()
	goleak.VerifyNone(t, before)
}

func TestDemoSpellsAndReorgs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := demoTestUnheard()
		arbitrum, polygon := f.chains[2], f.chains[3]
		alder := arbitrum.providers[0]
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 2)
		go func() { done <- alder.slowDown(ctx) }()
		go func() { done <- polygon.reorg(ctx) }()
		normal := alder.node.Behaviour().Latency
		before := polygon.sim.BlockHash(polygon.start + 22)

		demoPause(ctx, demoCalm+time.Second)
		if got := alder.node.Behaviour().Latency; got != normal*demoSpellSlower {
			t.Errorf("latency in a spell: got %v, want %v", got, normal*demoSpellSlower)
		}
		if after := polygon.sim.BlockHash(polygon.start + 22); after == before {
			t.Error("after a reorganisation: the block has the same hash")
		}
		demoPause(ctx, demoSpell)
		if got := alder.node.Behaviour().Latency; got != normal {
			t.Errorf("latency after a spell: got %v, want %v", got, normal)
		}
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

// demoTestUnheard is a fleet whose nodes do not listen.
func demoTestUnheard() *demoFleet {
	f := &demoFleet{chains: demoPlan()}
	for _, c := range f.chains {
		c.sim = simnode.NewChain(c.id, c.blockTime, c.start, nil)
		for _, p := range c.providers {
			p.node = simnode.New(c.sim, p.id, 1)
			p.node.SetBehaviour(p.behaviour)
		}
	}
	return f
}

func demoTestRand() *rand.Rand {
	return rand.New(rand.NewPCG(1, 2))
}

func TestDemoDiesAndReturns(t *testing.T) {
	t.Parallel()
	f := demoTestFleet(t)
	elm := f.chains[0].providers[5]
	if !elm.dies {
		t.Fatalf("%s does not die", elm.id)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- elm.dieAndReturn(ctx, 30*time.Millisecond, 30*time.Millisecond) }()
	deaths, returns, alive := 0, 0, true
	for deaths < 2 || returns < 2 {
		if !demoPause(ctx, time.Millisecond) {
			t.Fatalf("got %d deaths and %d returns, want 2 of each", deaths, returns)
		}
		_, _, err := demoTestPost(t, elm.url, `{"jsonrpc":"2.0","id":1,"method":"net_version"}`)
		switch now := err == nil; {
		case alive && !now:
			deaths++
		case !alive && now:
			returns++
		}
		alive = err == nil
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("dieAndReturn: %v", err)
	}
}

// demoTestServer answers as a router would and checks what it is sent.
type demoTestServer struct {
	mu      sync.Mutex
	methods map[string]int
	paths   map[string]int
	batches int
	wrong   []string
}

func (s *demoTestServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paths[r.URL.Path]++
	for name := range r.Header {
		if strings.HasPrefix(name, "X-") {
			s.wrong = append(s.wrong, "header "+name)
		}
	}
	var calls []trafficCall
	batch := bytes.HasPrefix(raw, []byte("["))
	if !batch {
		raw = append(append([]byte("["), raw...), ']')
	} else {
		s.batches++
	}
	if err := json.Unmarshal(raw, &calls); err != nil {
		s.wrong = append(s.wrong, err.Error())
	}
	answers := make([]string, len(calls))
	for i, c := range calls {
		if c.Version != "2.0" || c.ID == 0 || c.Params == nil {
			s.wrong = append(s.wrong, string(raw))
		}
		s.methods[c.Method]++
		answers[i] = `{"jsonrpc":"2.0","id":1,"result":{"number":"0x1312d00","transactions":["0x01"]}}`
	}
	w.Header().Set("Content-Type", "application/json")
	if batch {
		_, _ = io.WriteString(w, "["+strings.Join(answers, ",")+"]")
		return
	}
	_, _ = io.WriteString(w, answers[0])
}

func TestTrafficMix(t *testing.T) {
	t.Parallel()
	s := &demoTestServer{methods: map[string]int{}, paths: map[string]int{}}
	srv := httptest.NewServer(s)
	defer srv.Close()
	traffic := newDemoTraffic(srv.URL+"/", 3)
	rng := demoTestRand()
	const requests = 2000
	for range requests {
		traffic.send(t.Context(), traffic.next(rng))
	}
	traffic.client.CloseIdleConnections()
	if sent, failed := traffic.Counts(); sent != requests || failed != 0 {
		t.Errorf("got %d sent, %d failed; want %d, 0", sent, failed, requests)
	}
	if len(s.wrong) > 0 {
		t.Errorf("%d malformed requests, the first: %s", len(s.wrong), s.wrong[0])
	}
	total := 0
	for _, n := range s.methods {
		total += n
	}
	for method, share := range map[string][2]float64{
		"eth_call": {0.3, 0.45}, "eth_blockNumber": {0.15, 0.27}, "eth_getLogs": {0.04, 0.13}, "eth_getBalance": {0.04, 0.13},
		"eth_getTransactionReceipt": {0.04, 0.14}, "eth_getBlockByNumber": {0.03, 0.12}, "eth_estimateGas": {0.01, 0.08},
		"eth_gasPrice": {0.01, 0.08}, "eth_sendRawTransaction": {0.001, 0.03},
	} {
		if got := float64(s.methods[method]) / float64(total); got < share[0] || got > share[1] {
			t.Errorf("share of %s: got %.3f, want %.3f to %.3f", method, got, share[0], share[1])
		}
	}
	if s.batches == 0 {
		t.Error("no batches")
	}
	for _, chain := range []string{"ethereum", "base", "arbitrum", "polygon"} {
		if s.paths["/rpc/demo/"+chain] == 0 {
			t.Errorf("nothing sent to %s; got %v", chain, s.paths)
		}
	}
}

func TestTrafficSeed(t *testing.T) {
	t.Parallel()
	bodies := func() (all []string) {
		traffic, rng := newDemoTraffic("http://127.0.0.1:1", 5), demoTestRand()
		for range 200 {
			j := traffic.next(rng)
			all = append(all, j.chain.url+string(j.body))
		}
		return all
	}
	first, second := bodies(), bodies()
	for i := range first {
		if first[i] != second[i] {
			t.Fatalf("request %d differs with the same seed: %s, %s", i, first[i], second[i])
		}
	}
}

func TestTrafficRunEnds(t *testing.T) { //nolint:paralleltest // goleak sees the goroutines of parallel tests
	before := goleak.IgnoreCurrent()
	s := &demoTestServer{methods: map[string]int{}, paths: map[string]int{}}
	enough := make(chan struct{})
	var once sync.Once
	var traffic *demoTraffic
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r)
		if sent, _ := traffic.Counts(); sent >= 20 {
			once.Do(func() { close(enough) })
		}
	}))
	traffic = newDemoTraffic(srv.URL, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	ended := make(chan error, 1)
	go func() { ended <- traffic.Run(ctx) }()
	select {
	case <-enough:
	case <-ctx.Done():
		t.Error("20 requests were not sent within 20 s")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	srv.Close()
	goleak.VerifyNone(t, before)
}

func TestTrafficBacksOff(t *testing.T) {
	t.Parallel()
	traffic, rng := newDemoTraffic("http://127.0.0.1:1", 1), demoTestRand()
	j := trafficJob{chain: traffic.chains[0], body: []byte("{}")}
	var last time.Duration
	for range 8 {
		traffic.send(t.Context(), j) // nobody listens on port 1
		pause := traffic.pause(rng, 0)
		if pause < last || pause < trafficFirstPause || pause > trafficLastPause {
			t.Errorf("pause after another failure: got %v after %v", pause, last)
		}
		last = pause
	}
	if sent, failed := traffic.Counts(); sent != 8 || failed != 8 {
		t.Errorf("got %d sent, %d failed; want 8, 8", sent, failed)
	}
	if last != trafficLastPause {
		t.Errorf("last pause: got %v, want %v", last, trafficLastPause)
	}
}

func TestTrafficLearn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		wantErr    bool
		head       uint64
	}{
		{"result", `{"jsonrpc":"2.0","id":1,"result":"0x1"}`, false, 0},
		{"null result", `{"jsonrpc":"2.0","id":1,"result":null}`, false, 0},
		{"error", `{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted"}}`, false, 0},
		{"block", `{"jsonrpc":"2.0","id":1,"result":{"number":"0x10","transactions":[]}}`, false, 16},
		{"batch", `[{"jsonrpc":"2.0","id":1,"result":"0x1"}]`, false, 0},
		{"neither", `{"jsonrpc":"2.0","id":1}`, true, 0},
		{"page", `<html>`, true, 0},
		{"nothing", ``, true, 0},
		{"cut batch", `[{"jsonrpc"`, true, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var c trafficChain
			if err := c.learn([]byte(tc.body)); (err != nil) != tc.wantErr {
				t.Errorf("learn(%s): got %v, want error %v", tc.body, err, tc.wantErr)
			}
			if c.head != tc.head {
				t.Errorf("head: got %d, want %d", c.head, tc.head)
			}
		})
	}
}
