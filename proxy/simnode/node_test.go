package simnode_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/proxy/simnode"
)

func TestEnvelope(t *testing.T) {
	t.Parallel()
	_, _, url := still(t)
	const ok = `{"jsonrpc":"2.0","id":1,"result":"0x1"}`
	call := func(id string) string { return `{"jsonrpc":"2.0","id":` + id + `,"method":"eth_chainId"}` }
	invalid := func(id string) string {
		return `{"jsonrpc":"2.0","id":` + id + `,"error":{"code":-32600,"message":"invalid request"}}`
	}
	const parseError = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}`
	for _, tc := range []struct{ name, body, want string }{
		{"number", call("1"), ok},
		{"large number", call("12345678901234567890123"), strings.Replace(ok, `"id":1`, `"id":12345678901234567890123`, 1)},
		{"string", call(`"a\u0041"`), strings.Replace(ok, `"id":1`, `"id":"a\u0041"`, 1)},
		{"null", call("null"), strings.Replace(ok, `"id":1`, `"id":null`, 1)},
		{"object id", call("{}"), invalid("null")},
		{"list id", call("[1]"), invalid("null")},
		{"notification", `{"jsonrpc":"2.0","method":"eth_chainId"}`, ""},
		{"no version", `{"id":1,"method":"eth_chainId"}`, invalid("1")},
		{"no method", `{"jsonrpc":"2.0","id":1}`, invalid("1")},
		{"scalar", `5`, invalid("null")},
		{"empty", ``, parseError},
		{"broken", `{"jsonrpc"`, parseError},
		{"two values", `{} {}`, parseError},
		{"broken batch", `[{"jsonrpc"`, parseError},
		{"empty batch", `[]`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"empty batch"}}`},
		{"large batch", `[` + strings.Repeat("1,", 1000) + `1]`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch too large"}}`},
		{"batch", ` [` + call("1") + `,` + call(`"x"`) + `]`, `[` + ok + `,` + strings.Replace(ok, `"id":1`, `"id":"x"`, 1) + `]`},
		{"mixed batch", `[` + call("1") + `,7,{"jsonrpc":"2.0","method":"eth_chainId"}]`, `[` + ok + `,` + invalid("null") + `]`},
		{"batch of notifications", `[{"jsonrpc":"2.0","method":"eth_chainId"}]`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			resp, got, err := post(t, url, tc.body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != http.StatusOK || got != tc.want {
				t.Errorf("got %d %s, want 200 %s", resp.StatusCode, got, tc.want)
			}
		})
	}
}

func TestNotForJSONRPC(t *testing.T) {
	t.Parallel()
	node := simnode.New(simnode.NewChain(1, 0, start, nil), "alder", 1)
	for _, tc := range []struct {
		name, method, contentType string
		want                      int
	}{
		{"GET", http.MethodGet, "application/json", http.StatusMethodNotAllowed},
		{"form", http.MethodPost, "application/x-www-form-urlencoded", http.StatusUnsupportedMediaType},
		{"no type", http.MethodPost, "", http.StatusUnsupportedMediaType},
		{"charset", http.MethodPost, "application/json; charset=utf-8", http.StatusOK},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), tc.method, "/", strings.NewReader(body("eth_chainId", "")))
			r.Header.Set("Content-Type", tc.contentType)
			w := httptest.NewRecorder()
			node.ServeHTTP(w, r)
			if w.Code != tc.want {
				t.Errorf("got %d, want %d", w.Code, tc.want)
			}
		})
	}
	large := request(t, "/", strings.Repeat(" ", 16<<20+1))
	w := httptest.NewRecorder()
	node.ServeHTTP(w, large)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: got %d, want 413", w.Code)
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	_, node, url := still(t)
	one := body("eth_blockNumber", "")
	for _, b := range []string{one, `[` + one + `,` + body("eth_call", "[{}]") + `]`, "{"} {
		if _, _, err := post(t, url+"/v2/key", b); err != nil {
			t.Fatal(err)
		}
	}
	for method, want := range map[string]uint64{"eth_blockNumber": 2, "eth_call": 1, "eth_chainId": 0, "": 3} {
		if got := node.Calls(method); got != want {
			t.Errorf("calls of %q: got %d, want %d", method, got, want)
		}
	}
	all := node.Requests()
	if len(all) != 3 || string(all[0].Body) != one || all[0].N != 1 || all[2].N != 3 || all[1].Path != "/v2/key" {
		t.Errorf("got requests %+v", all)
	}
	if got := all[0].Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("header: got %q, want application/json", got)
	}
	for range 300 {
		node.ServeHTTP(httptest.NewRecorder(), request(t, "/", one))
	}
	all = node.Requests()
	if len(all) != 256 || all[0].N != 48 || all[255].N != 303 {
		t.Errorf("got %d requests from %d to %d, want 256 from 48 to 303", len(all), all[0].N, all[len(all)-1].N)
	}
}

func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	_, node, url := still(t)
	keep := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	defer keep.CloseIdleConnections()
	send := func() error {
		resp, err := keep.Do(request(t, url, body("eth_blockNumber", "")))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	for life := range 3 {
		if err := send(); err != nil {
			t.Fatalf("life %d: %v", life, err)
		}
		node.Kill()
		node.Kill() // does nothing
		if err := send(); err == nil {
			t.Fatalf("life %d: got an answer of a dead node", life)
		}
		if err := node.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := node.Restart(t.Context()); err == nil {
			t.Error("restart of a living node: got no error")
		}
	}
	if _, err := node.Listen(t.Context()); err == nil {
		t.Error("listen twice: got no error")
	}
	fresh := simnode.New(simnode.NewChain(1, 0, start, nil), "fresh", 1)
	if err := fresh.Restart(t.Context()); err == nil {
		t.Error("restart before the first start: got no error")
	}
}

func TestKillEndsRequests(t *testing.T) {
	t.Parallel()
	_, node, url := still(t)
	const callers = 8
	arrived := make(chan struct{}, callers)
	node.Script(func(uint64, string, json.RawMessage) *simnode.Answer {
		arrived <- struct{}{}
		return &simnode.Answer{Delay: time.Hour}
	})
	ended := make(chan error, callers)
	for range callers {
		go func() {
			resp, err := client(t).Do(request(t, url, body("eth_blockNumber", "")))
			if err == nil {
				resp.Body.Close()
			}
			ended <- err
		}()
	}
	for range callers {
		<-arrived
	}
	node.Kill()
	for range callers {
		if err := <-ended; err == nil {
			t.Error("got an answer of a dead node")
		}
	}
}

func TestLifeUnderLoad(t *testing.T) {
	t.Parallel()
	_, node, url := still(t)
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			c := &http.Client{Transport: &http.Transport{}}
			defer c.CloseIdleConnections()
			for ctx.Err() == nil {
				if resp, err := c.Do(request(t, url, body("eth_blockNumber", "")).WithContext(ctx)); err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			}
		})
	}
	for range 20 {
		node.Kill()
		if err := node.Restart(ctx); err != nil {
			t.Fatal(err)
		}
		node.Update(func(b *simnode.Behaviour) { b.Lag++ })
	}
	cancel()
	callers.Wait()
}

func TestChainClock(t *testing.T) {
	t.Parallel()
	now := newClock()
	chain := simnode.NewChain(8453, 2*time.Second, start, now.now)
	node := simnode.New(chain, "alder", 1)
	url, stop := node.Start()
	defer stop()
	for _, tc := range []struct {
		wait time.Duration
		want uint64
	}{{0, start}, {1999 * time.Millisecond, start}, {time.Millisecond, start + 1}, {time.Minute, start + 31}, {-time.Hour, start}} {
		now.add(tc.wait)
		if got := chain.Head(); got != tc.want {
			t.Errorf("after %v: got head %d, want %d", tc.wait, got, tc.want)
		}
	}
	if chain.ID() != 8453 || chain.BlockTime() != 2*time.Second || node.Chain() != chain || node.Name() != "alder" {
		t.Error("what was given to the constructors is not given back")
	}
	for n, want := range map[uint64]int64{start: 1_700_000_000, start - 5: 1_699_999_990, 0: 1_660_000_000} {
		b := result[testBlock](t, url, "eth_getBlockByNumber", fmt.Sprintf(`["%#x",false]`, n))
		if b.Timestamp != fmt.Sprintf("%#x", want) {
			t.Errorf("timestamp of %d: got %s, want %#x", n, b.Timestamp, want)
		}
	}
}

func TestChainsAreDeterministic(t *testing.T) {
	t.Parallel()
	a, b := simnode.NewChain(1, 0, start, nil), simnode.NewChain(1, 0, start+9, nil)
	other := simnode.NewChain(2, 0, start, nil)
	if a.BlockHash(5) != b.BlockHash(5) {
		t.Error("two chains with one id have different blocks")
	}
	if a.BlockHash(5) == other.BlockHash(5) || a.BlockHash(5) == a.BlockHash(6) {
		t.Error("different blocks have one hash")
	}
}

func TestReorg(t *testing.T) {
	t.Parallel()
	chain, _, url := still(t)
	old := map[uint64]simnode.Hash{}
	for n := uint64(start - 10); n <= start; n++ {
		old[n] = chain.BlockHash(n)
	}
	b := result[testBlock](t, url, "eth_getBlockByNumber", `["latest",false]`)
	chain.Reorg(0)
	if chain.BlockHash(start) != old[start] {
		t.Error("a reorganisation of no blocks changed one")
	}
	chain.Reorg(3)
	for n := range old {
		if changed, want := chain.BlockHash(n) != old[n], n > start-3; changed != want {
			t.Errorf("block %d: got changed %v, want %v", n, changed, want)
		}
	}
	for method, params := range map[string]string{
		"eth_getBlockByHash":        `["` + b.Hash + `",false]`,
		"eth_getTransactionReceipt": `[` + string(b.Transactions[0]) + `]`,
	} {
		if got := ask(t, url, method, params); string(got.Result) != "null" {
			t.Errorf("%s of a lost block: got %s, want null", method, got.Result)
		}
	}
	second := chain.BlockHash(start - 1)
	chain.Advance(2)
	chain.Reorg(1) // only the newest
	if chain.BlockHash(start-1) != second {
		t.Error("a shallow reorganisation changed a deeper block")
	}
	chain.Reorg(8)
	if chain.BlockHash(start-1) == second || chain.BlockHash(start-6) != old[start-6] {
		t.Error("a deep reorganisation did not replace exactly its blocks")
	}
	chain.Reorg(1 << 60)
	if chain.BlockHash(0) == (simnode.Hash{}) || chain.BlockHash(start-10) == old[start-10] {
		t.Error("a reorganisation of everything left a block")
	}
}

func FuzzServeHTTP(f *testing.F) {
	for _, s := range []string{
		body("eth_getLogs", `[{"fromBlock":"0x1312cf0","address":["0x11"],"topics":[null,["0x"]]}]`), body("eth_feeHistory", `["0x400","latest",[1,2]]`),
		body("eth_call", `[{"to":"0x"},{"blockHash":"0x00"}]`), body("eth_getBlockByNumber", `["0xffffffffffffffff",true]`),
		body("eth_newFilter", `[{}]`), body("eth_getFilterChanges", `["0x1"]`), body("eth_getStorageAt", `["0x","",{}]`),
		body("debug_traceTransaction", `["0x00",{}]`), body("eth_sendRawTransaction", `["0x01"]`), `[{"id":1},2,null]`, `[`, ``, `null`,
	} {
		f.Add([]byte(s), uint8(0))
	}
	f.Fuzz(func(t *testing.T, raw []byte, malformed uint8) {
		node := simnode.New(simnode.NewChain(1, 0, start, nil), "alder", 1)
		m := simnode.Malformed(malformed % 10)
		if m == simnode.CutOff {
			m = simnode.WellFormed
		}
		node.SetBehaviour(simnode.Behaviour{Malformed: m, MaxBlockRange: 100})
		w := httptest.NewRecorder()
		node.ServeHTTP(w, request(t, "/", string(raw)))
		if w.Code != http.StatusOK {
			t.Fatalf("got status %d, want 200", w.Code)
		}
		if m == simnode.WellFormed && w.Body.Len() > 0 {
			compact(t, w.Body.String())
		}
	})
}

func BenchmarkServeHTTP(b *testing.B) {
	for name, raw := range map[string]string{
		"blockNumber": body("eth_blockNumber", ""),
		"block":       body("eth_getBlockByNumber", `["latest",true]`),
		"logs":        body("eth_getLogs", `[{"fromBlock":"0x1312cf0"}]`),
	} {
		b.Run(name, func(b *testing.B) {
			node := simnode.New(simnode.NewChain(1, 12*time.Second, start, nil), "alder", 1)
			b.ReportAllocs()
			for b.Loop() {
				node.ServeHTTP(httptest.NewRecorder(), request(b, "/", raw))
			}
		})
	}
}

// BenchmarkSocket is what a load test gets out of one node.
func BenchmarkSocket(b *testing.B) {
	node := simnode.New(simnode.NewChain(1, 12*time.Second, start, nil), "alder", 1)
	url, stop := node.Start()
	defer stop()
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer c.CloseIdleConnections()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := c.Do(request(b, url, body("eth_blockNumber", "")))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
}
