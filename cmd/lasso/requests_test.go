package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// TestRequestsShowAFailover sends a call that fails over, and finds it by the
// id that the client was given: in the API, on the page, with both tries.
func TestRequestsShowAFailover(t *testing.T) {
	t.Parallel()
	chain := simnode.NewChain(8453, 2*time.Second, 1000, nil)
	var yaml strings.Builder
	yaml.WriteString("name: One\nslug: public\nstrategy: priority\nchains:\n  base:\n    chain_id: 8453\n    providers:\n")
	for i, id := range []string{"bad", "good"} {
		node := simnode.New(chain, id, uint64(i)+1)
		url, err := node.Listen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(node.Kill)
		if id == "bad" {
			node.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
		}
		fmt.Fprintf(&yaml, "      - {id: %s, url: %q, priority: %d}\n", id, url, i+1)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "public.yml"), []byte(yaml.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	base, _ := launch(t, "serve", "--listen", "127.0.0.1:0", "--log-level", "error", "--profiles", dir)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/rpc/base", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"eth_gasPrice"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	id := resp.Header.Get("X-Lasso-Request-ID")

	_, body := get(t, base+"/api/v1/profiles/public/requests?q="+id)
	var got struct {
		Data []struct {
			Provider string `json:"provider_id"`
			Tries    []struct {
				Provider string  `json:"provider_id"`
				Category string  `json:"category"`
				Start    float64 `json:"start_ms"`
				MS       float64 `json:"ms"`
			} `json:"tries"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Data) != 1 || len(got.Data[0].Tries) != 2 {
		t.Fatalf("request %s: got %s (%v), want it with two tries", id, body, err)
	}
	first, second := got.Data[0].Tries[0], got.Data[0].Tries[1]
	if first.Provider != "bad" || first.Category != "server_error" || second.Provider != "good" || second.Category != "ok" || second.Start < first.Start+first.MS {
		t.Errorf("tries %+v, want bad, then good", got.Data[0].Tries)
	}
	_, page := get(t, base+"/dashboard/public/requests?request="+id)
	a, b := strings.Index(page, "Tried first: priority 1"), strings.Index(page, "Tried second: priority 2")
	if a < 0 || b < a {
		t.Errorf("the drawer shows the tries at %d and %d, want both, in order", a, b)
	}
}

// TestRequestsOfAnotherNode: a request that one node served is found on the
// others, also on one that nobody watched then, while a third is being watched
// all the time; the link to it opens it there.
func TestRequestsOfAnotherNode(t *testing.T) {
	t.Parallel()
	s := play(t, &demoCmd{Nodes: 3, NoTraffic: true, Seed: 1})
	const list = "/api/v1/profiles/demo/requests?origin=any&q="
	serve := func(i int, id string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.nodes[i].flags.Listen+"/rpc/demo/ethereum", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Lasso-Request-ID", id)
		if status, body := fetch(t, req); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
	}
	var number uint64
	knows := func(i int, id string) {
		eventually(t, func() string {
			_, _ = get(t, "http://"+s.nodes[1].flags.Listen+list+id) // it is watched all the time
			_, body := get(t, "http://"+s.nodes[i].flags.Listen+list+id)
			var got struct {
				Data []struct{ Number uint64 }
			}
			if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Data) != 1 {
				return fmt.Sprintf("node %d knows %s of %s (%v)", i, body, id, err)
			}
			number = got.Data[0].Number
			return ""
		})
	}
	serve(0, "the-first")
	knows(1, "the-first")
	serve(0, "the-second") // nobody watches node 2 yet
	knows(1, "the-second")
	knows(2, "the-first")
	knows(2, "the-second")
	_, page := get(t, fmt.Sprintf("http://%s/dashboard/demo/requests?request=the-second&number=%d", s.nodes[2].flags.Listen, number))
	if !strings.Contains(page, "The answer needs no provider.") {
		t.Error("the link does not open the request on another node")
	}
}
