package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
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
	f, err := newDemoFleet(1, demoRegions(1)[0], demoSims())
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
	f, err := newDemoFleet(7, demoRegions(1)[0], demoSims())
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
