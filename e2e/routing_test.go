package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// ask sends one call and returns its result member.
func (r *router) ask(t *testing.T, path string, q question) json.RawMessage {
	t.Helper()
	_, body := post(t, r.url+path, q.body(1))
	got, err := decode(body)
	if err != nil || got.Result == nil {
		t.Fatalf("%s: got %s (%v)", q.method, body, err)
	}
	return got.Result
}

// TestFilters makes filters on two nodes. Each belongs to the node that made
// it, and both nodes may give out the same id.
func TestFilters(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a, b)...)
	const path = "/rpc/local/round-robin/dev"
	spec := fmt.Sprintf(`[{"fromBlock":"0x0","toBlock":"latest","address":%q}]`, env.chain.counter)
	want := r.ask(t, path, question{"", "eth_getLogs", spec})

	seen := map[string]bool{}
	for range 10 {
		id := string(r.ask(t, path, question{"", "eth_newFilter", spec}))
		if seen[id] {
			t.Errorf("filter id %s was given out twice", id)
		}
		seen[id] = true
	}
	for id := range seen {
		if got := r.ask(t, path, question{"", "eth_getFilterLogs", "[" + id + "]"}); !bytes.Equal(got, want) {
			t.Errorf("logs of filter %s: got %s, want %s", id, got, want)
		}
		if got := r.ask(t, path, question{"", "eth_uninstallFilter", "[" + id + "]"}); string(got) != "true" {
			t.Errorf("uninstall filter %s: got %s, want true", id, got)
		}
	}
	for _, id := range []string{"geth-a", "geth-b"} {
		if r.used(t, id) == 0 {
			t.Errorf("%s was not used; the test proves nothing", id)
		}
	}
}

// TestPinAndMetadata pins calls to each provider in every form of the path and
// reads from the metadata who answered.
func TestPinAndMetadata(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a, b)...)
	for _, id := range []string{"geth-a", "geth-b"} {
		for _, path := range []string{
			"/rpc/local/provider/" + id + "/dev",
			"/rpc/profile/local/provider/" + id + "/1337",
			"/rpc/local/dev/" + id,
			"/rpc/provider/" + id + "/dev",
			"/rpc/local/dev?provider_id=" + id,
		} {
			sep := "?"
			if strings.Contains(path, sep) {
				sep = "&"
			}
			_, body := post(t, r.url+path+sep+"include_meta=body", `{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}`)
			var got struct {
				Result string `json:"result"`
				Meta   struct {
					Selected struct {
						ID string `json:"id"`
					} `json:"selected_provider"`
				} `json:"lasso_meta"`
			}
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatalf("%s: %v: %s", path, err, body)
			}
			if want := fmt.Sprintf("0x%x", env.chain.head); got.Result != want || got.Meta.Selected.ID != id {
				t.Errorf("%s: got %s from %q, want %s from %q", path, got.Result, got.Meta.Selected.ID, want, id)
			}
		}
	}
}

// TestExplain kills a node and wants the explain endpoint to say why it is left
// out, since when, and when it is looked at again. With no node left, calls get
// an error that says when to come back, and the node is not ready.
func TestExplain(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a, b)...)
	b.kill()
	r.waitStatus(t, "geth-b", "circuit_open", 20*time.Second)

	var got struct {
		Data struct {
			Candidates []struct {
				Provider string `json:"provider_id"`
			} `json:"candidates"`
			Excluded []struct {
				Provider string    `json:"provider_id"`
				Filter   string    `json:"filter"`
				Reason   string    `json:"reason"`
				Since    time.Time `json:"since"`
				Next     time.Time `json:"next_check"`
			} `json:"excluded"`
		} `json:"data"`
	}
	if err := r.getJSON(t.Context(), "/api/v1/profiles/local/chains/1337/explain?method=eth_call", &got); err != nil {
		t.Fatal(err)
	}
	if c := got.Data.Candidates; len(c) != 1 || c[0].Provider != "geth-a" {
		t.Errorf("candidates: got %+v, want geth-a alone", c)
	}
	if len(got.Data.Excluded) != 1 {
		t.Fatalf("excluded: got %+v, want geth-b alone", got.Data.Excluded)
	}
	x := got.Data.Excluded[0]
	if x.Provider != "geth-b" || x.Filter != "circuit" || x.Reason == "" || x.Since.IsZero() || !x.Next.After(x.Since) {
		t.Errorf("excluded: got %+v", x)
	}

	a.kill()
	r.waitStatus(t, "geth-a", "circuit_open", 20*time.Second)
	_, body := post(t, r.rpc(), `{"jsonrpc":"2.0","id":"x","method":"eth_gasPrice"}`)
	failed, err := decode(body)
	if err != nil || string(failed.ID) != `"x"` || !bytes.Contains(failed.Error, []byte("retry_after_ms")) {
		t.Errorf("call with no provider left: got %s (%v)", body, err)
	}
	if bytes.Contains(body, []byte("127.0.0.1")) {
		t.Errorf("the error names an upstream's address: %s", body)
	}
	if err := r.getJSON(t.Context(), "/api/ready", new(any)); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("/api/ready with no provider left: got %v, want 503", err)
	}
}
