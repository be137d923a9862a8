package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func demoTestRand() *rand.Rand {
	return rand.New(rand.NewPCG(1, 2))
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
	traffic := newDemoTraffic(srv.URL+"/", 3, 1)
	rng := demoTestRand()
	const requests = 2000
	for range requests {
		if err := traffic.send(t.Context(), traffic.next(rng)); err != nil {
			t.Errorf("send: %v", err)
		}
	}
	traffic.client.CloseIdleConnections()
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
		traffic, rng := newDemoTraffic("http://127.0.0.1:1", 5, 1), demoTestRand()
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
	var seen atomic.Uint32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r)
		if seen.Add(1) == 20 {
			close(enough)
		}
	}))
	traffic := newDemoTraffic(srv.URL, 1, 1)
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
	traffic, rng := newDemoTraffic("http://127.0.0.1:1", 1, 1), demoTestRand()
	j := trafficJob{chain: traffic.chains[0], body: []byte("{}")}
	var last time.Duration
	for range 8 {
		if err := traffic.send(t.Context(), j); err == nil { // nobody listens on port 1
			t.Error("a request that nobody answered gave no error")
		}
		pause := traffic.pause(rng, 0)
		if pause < last || pause < trafficFirstPause || pause > trafficLastPause {
			t.Errorf("pause after another failure: got %v after %v", pause, last)
		}
		last = pause
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
