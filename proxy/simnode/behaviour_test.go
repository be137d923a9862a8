package simnode_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso/proxy/simnode"
)

func TestBehaviour(t *testing.T) {
	t.Parallel()
	blockNumber := body("eth_blockNumber", "")
	oldBalance := body("eth_getBalance", `[`+who+`,"0x10"]`)
	oops := simnode.Fault{Code: -32603, Message: "oops", Data: json.RawMessage(`{"a":1}`)}
	const good = `{"jsonrpc":"2.0","id":7,"result":"0x1312d00"}`
	for _, tc := range []struct {
		name      string
		behaviour simnode.Behaviour
		body      string
		status    int // 0: no complete answer
		header    string
		want      string // part of the answer
	}{
		{"none", simnode.Behaviour{}, blockNumber, 200, "", good},
		{"down", simnode.Behaviour{Down: true}, blockNumber, 0, "", ""},
		{"unauthorized", simnode.Behaviour{Unauthorized: true}, blockNumber, 401, "", "invalid api key"},
		{"lag", simnode.Behaviour{Lag: 6}, blockNumber, 200, "", `"0x1312cfa"`},
		{"lag beyond the start", simnode.Behaviour{Lag: 1 << 60}, blockNumber, 200, "", `"0x0"`},
		{"lag hides blocks", simnode.Behaviour{Lag: 6}, body("eth_getBlockByNumber", `["0x1312cfb",false]`), 200, "", `"result":null`},
		{"stuck", simnode.Behaviour{StuckAt: 16}, blockNumber, 200, "", `"0x10"`},
		{"not stuck yet", simnode.Behaviour{StuckAt: 1 << 60}, blockNumber, 200, "", good},
		{"wrong chain", simnode.Behaviour{ChainID: 5}, body("eth_chainId", ""), 200, "", `"0x5"`},
		{"wrong network", simnode.Behaviour{ChainID: 5}, body("net_version", ""), 200, "", `"5"`},
		{"archive", simnode.Behaviour{}, oldBalance, 200, "", `"result":"0x`},
		{"pruned", simnode.Behaviour{Pruned: 128}, oldBalance, 200, "", `"code":-32000,"message":"missing trie node`},
		{"pruned but recent", simnode.Behaviour{Pruned: 128}, body("eth_getBalance", `[`+who+`,"0x1312c80"]`), 200, "", `"result":"0x`},
		{"pruned keeps logs", simnode.Behaviour{Pruned: 1}, body("eth_getLogs", `[{"fromBlock":"0x10","toBlock":"0x10"}]`), 200, "", `"result":[{`},
		{"range", simnode.Behaviour{MaxBlockRange: 10}, body("eth_getLogs", `[{"fromBlock":"0x10","toBlock":"0x1a"}]`), 200, "", "exceeds maximum block range: 10"},
		{"within range", simnode.Behaviour{MaxBlockRange: 10}, body("eth_getLogs", `[{"fromBlock":"0x10","toBlock":"0x19"}]`), 200, "", `"result":[{`},
		{"unsupported", simnode.Behaviour{Unsupported: []string{"eth_blockNumber"}}, blockNumber, 200, "", "-32601"},
		{"gateway", simnode.Behaviour{ErrorRate: 1}, blockNumber, 502, "", "<h1>502 Bad Gateway</h1>"},
		{"status", simnode.Behaviour{ErrorRate: 1, Error: simnode.Fault{Status: 503, RetryAfter: 1500 * time.Millisecond, Body: "busy"}}, blockNumber, 503, "2", "busy"},
		{"JSON-RPC error", simnode.Behaviour{ErrorRate: 1, Error: oops}, blockNumber, 200, "", `{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"oops","data":{"a":1}}}`},
		{"JSON-RPC error under a status", simnode.Behaviour{ErrorRate: 1, Error: simnode.Fault{Status: 400, Code: -32602, Message: "bad"}}, blockNumber, 400, "", `"code":-32602`},
		{"dropped", simnode.Behaviour{ErrorRate: 1, Error: simnode.Fault{Drop: true}}, blockNumber, 0, "", ""},
		{"not JSON", simnode.Behaviour{Malformed: simnode.NotJSON}, blockNumber, 200, "", "<html>"},
		{"truncated", simnode.Behaviour{Malformed: simnode.Truncated}, blockNumber, 200, "", good[:len(good)/2]},
		{"cut off", simnode.Behaviour{Malformed: simnode.CutOff}, blockNumber, 0, "", ""},
		{"empty", simnode.Behaviour{Malformed: simnode.EmptyBody}, blockNumber, 200, "", ""},
		{"wrong id", simnode.Behaviour{Malformed: simnode.WrongID}, blockNumber, 200, "", `"id":"wrong","result":"0x1312d00"`},
		{"no result", simnode.Behaviour{Malformed: simnode.NoResult}, blockNumber, 200, "", `{"jsonrpc":"2.0","id":7}`},
		{"both", simnode.Behaviour{Malformed: simnode.ResultError}, blockNumber, 200, "", `"result":"0x1312d00","error":{`},
		{"null", simnode.Behaviour{Malformed: simnode.NullResult}, blockNumber, 200, "", `"result":null`},
		{"short batch", simnode.Behaviour{Malformed: simnode.ShortBatch}, `[` + blockNumber + `,` + blockNumber + `]`, 200, "", `[` + good + `]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, node, url := still(t)
			node.SetBehaviour(tc.behaviour)
			resp, got, err := post(t, url, tc.body)
			if tc.status == 0 {
				if err == nil {
					t.Fatalf("got %d %q, want a closed connection", resp.StatusCode, got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tc.status || !strings.Contains(got, tc.want) {
				t.Errorf("got %d %.300q, want %d %q", resp.StatusCode, got, tc.status, tc.want)
			}
			if tc.name == "truncated" && got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if h := resp.Header.Get("Retry-After"); h != tc.header {
				t.Errorf("Retry-After: got %q, want %q", h, tc.header)
			}
		})
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		limit  simnode.RateLimit
		status int
	}{
		{"HTTP", simnode.RateLimit{PerSecond: 2, Burst: 4, RetryAfter: 3 * time.Second}, 429},
		{"JSON-RPC", simnode.RateLimit{PerSecond: 2, Burst: 4, RetryAfter: 3 * time.Second, JSONRPC: true}, 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			now := newClock()
			node := simnode.New(simnode.NewChain(1, 0, start, now.now), "dogwood", 1)
			node.SetBehaviour(simnode.Behaviour{RateLimit: tc.limit})
			url, stop := node.Start()
			defer stop()
			send := func(body string) bool {
				t.Helper()
				resp, got, err := post(t, url, body)
				if err != nil {
					t.Fatal(err)
				}
				refused := strings.Contains(got, `"code":-32005`)
				if refused && (resp.StatusCode != tc.status || resp.Header.Get("Retry-After") != "3") {
					t.Errorf("refused with %d and Retry-After %q, want %d and 3", resp.StatusCode, resp.Header.Get("Retry-After"), tc.status)
				}
				return !refused
			}
			one := body("eth_blockNumber", "")
			three := `[` + one + `,` + one + `,` + one + `]`
			for i, step := range []struct {
				body string
				wait time.Duration
				want bool
			}{
				{three, 0, true},
				{three, 0, false}, // one token is left
				{one, 0, true},
				{one, 0, false},
				{one, 400 * time.Millisecond, false},
				{one, 100 * time.Millisecond, true},
				{three, time.Hour, true}, // no more than the burst has gathered
				{three, 0, false},
			} {
				now.add(step.wait)
				if got := send(step.body); got != step.want {
					t.Errorf("step %d: got allowed %v, want %v", i, got, step.want)
				}
			}
		})
	}
}

func TestErrorRateFollowsSeed(t *testing.T) {
	t.Parallel()
	fates := func(name string, seed uint64) (fate string, failures int) {
		var s strings.Builder
		node := simnode.New(simnode.NewChain(1, 0, start, nil), name, seed)
		node.SetBehaviour(simnode.Behaviour{ErrorRate: 0.3})
		for range 1000 {
			w := httptest.NewRecorder()
			node.ServeHTTP(w, request(t, "/", body("eth_blockNumber", "")))
			if w.Code != http.StatusOK {
				failures++
				s.WriteByte('x')
			} else {
				s.WriteByte('.')
			}
		}
		return s.String(), failures
	}
	first, failures := fates("birch", 1)
	if failures < 250 || failures > 350 {
		t.Errorf("got %d failures of 1000, want about 300", failures)
	}
	if again, _ := fates("birch", 1); again != first {
		t.Error("the same seed gave other failures")
	}
	if other, _ := fates("birch", 2); other == first {
		t.Error("another seed gave the same failures")
	}
	if other, _ := fates("cedar", 1); other == first {
		t.Error("another name gave the same failures")
	}
}

// In a bubble time is exact: a node waits with timers only.
func TestLatency(t *testing.T) {
	t.Parallel()
	both := `[` + body("eth_blockNumber", "") + `,` + body("eth_call", `[{}]`) + `]`
	for _, tc := range []struct {
		name      string
		behaviour simnode.Behaviour
		body      string
		low, high time.Duration
	}{
		{"none", simnode.Behaviour{}, body("eth_blockNumber", ""), 0, 0},
		{"fixed", simnode.Behaviour{Latency: time.Second}, body("eth_blockNumber", ""), time.Second, time.Second},
		{"jitter", simnode.Behaviour{Latency: time.Second, Jitter: 100 * time.Millisecond}, body("eth_blockNumber", ""), 900 * time.Millisecond, 1100 * time.Millisecond},
		{"never negative", simnode.Behaviour{Jitter: time.Second}, body("eth_blockNumber", ""), 0, time.Second},
		{"method", simnode.Behaviour{Latency: time.Second, SlowMethods: map[string]float64{"eth_call": 3}}, body("eth_call", `[{}]`), 3 * time.Second, 3 * time.Second},
		{"fast method", simnode.Behaviour{Latency: time.Second, SlowMethods: map[string]float64{"eth_call": 0.5}}, body("eth_call", `[{}]`), time.Second / 2, time.Second / 2},
		{"batch", simnode.Behaviour{Latency: time.Second, SlowMethods: map[string]float64{"eth_call": 3}}, both, 3 * time.Second, 3 * time.Second},
		{"tail", simnode.Behaviour{Latency: time.Second, TailShare: 1, TailFactor: 5}, body("eth_blockNumber", ""), 5 * time.Second, 5 * time.Second},
		{"errors too", simnode.Behaviour{Latency: time.Second, ErrorRate: 1}, body("eth_blockNumber", ""), time.Second, time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				node := simnode.New(simnode.NewChain(1, 12*time.Second, start, nil), "alder", 1)
				node.SetBehaviour(tc.behaviour)
				for range 20 {
					began := time.Now()
					node.ServeHTTP(httptest.NewRecorder(), request(t, "/", tc.body))
					if d := time.Since(began); d < tc.low || d > tc.high {
						t.Errorf("took %v, want %v to %v", d, tc.low, tc.high)
					}
				}
			})
		})
	}
}

func TestHangEndsWithCaller(t *testing.T) {
	t.Parallel()
	_, node, url := still(t)
	node.SetBehaviour(simnode.Behaviour{Hang: true})
	c := client(t)
	c.Timeout = 50 * time.Millisecond
	resp, err := c.Do(request(t, url, body("eth_blockNumber", "")))
	if err == nil {
		resp.Body.Close()
		t.Fatalf("got status %d, want no answer", resp.StatusCode)
	}
	node.Kill() // waits for the handler; it would never return if that hung on
}

func TestBehaviourIsAValue(t *testing.T) {
	t.Parallel()
	_, node, url := still(t)
	b := simnode.Behaviour{Unsupported: []string{"eth_call"}, SlowMethods: map[string]float64{"eth_call": 1}}
	node.SetBehaviour(b)
	b.Unsupported[0] = "eth_blockNumber"
	read := node.Behaviour()
	read.Unsupported[0] = "eth_blockNumber"
	read.SlowMethods["eth_call"] = 9
	result[string](t, url, "eth_blockNumber", "")
	if got := node.Behaviour().SlowMethods["eth_call"]; got != 1 {
		t.Errorf("changing a copy changed the node: got %v, want 1", got)
	}
	node.Update(func(b *simnode.Behaviour) { b.Lag = 3 })
	if got := node.Behaviour(); got.Lag != 3 || len(got.Unsupported) != 1 {
		t.Errorf("after Update: got %+v, want lag 3 and the rest kept", got)
	}
	if got := node.Head(); got != start-3 {
		t.Errorf("head: got %d, want %d", got, start-3)
	}
}

func TestScript(t *testing.T) {
	t.Parallel()
	one := body("eth_blockNumber", "")
	two := `[` + one + `,` + body("eth_chainId", "") + `]`
	for _, tc := range []struct {
		name   string
		answer *simnode.Answer // to eth_blockNumber
		body   string
		status int
		want   string
	}{
		{"nil", nil, one, 502, "Bad Gateway"},
		{"correct", &simnode.Answer{}, one, 200, `{"jsonrpc":"2.0","id":7,"result":"0x1312d00"}`},
		{"late", &simnode.Answer{Delay: time.Millisecond}, one, 200, `{"jsonrpc":"2.0","id":7,"result":"0x1312d00"}`},
		{"result", &simnode.Answer{RawResult: json.RawMessage(`"0x5"`)}, one, 200, `{"jsonrpc":"2.0","id":7,"result":"0x5"}`},
		{"error", &simnode.Answer{Error: &simnode.Error{Code: 3, Message: "no"}}, one, 200, `{"jsonrpc":"2.0","id":7,"error":{"code":3,"message":"no"}}`},
		{"broken data", &simnode.Answer{Error: &simnode.Error{Code: 3, Message: "no", Data: json.RawMessage(`{`)}}, one, 200, `{"jsonrpc":"2.0","id":7,"error":{"code":3,"message":"no"}}`},
		{"status", &simnode.Answer{Status: 429, Header: http.Header{"retry-after": {"7"}}}, one, 429, `"0x1312d00"`},
		{"body", &simnode.Answer{Body: []byte("hello")}, one, 200, "hello"},
		{"drop", &simnode.Answer{Drop: true}, one, 0, ""},
		{"batch", &simnode.Answer{RawResult: json.RawMessage(`"0x5"`)}, two, 200, `[{"jsonrpc":"2.0","id":7,"result":"0x5"},{"jsonrpc":"2.0","id":7,"result":"0x1"}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, node, url := still(t)
			node.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
			node.Script(func(n uint64, method string, params json.RawMessage) *simnode.Answer {
				if n != 1 || string(params) != "[]" {
					t.Errorf("got request %d with params %s, want 1 with []", n, params)
				}
				if method == "eth_blockNumber" {
					return tc.answer
				}
				return nil
			})
			resp, got, err := post(t, url, tc.body)
			if tc.status == 0 {
				if err == nil {
					t.Errorf("got %d %q, want a closed connection", resp.StatusCode, got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tc.status || !strings.Contains(got, tc.want) {
				t.Errorf("got %d %q, want %d %q", resp.StatusCode, got, tc.status, tc.want)
			}
			if want := map[bool]string{true: "7"}[tc.status == 429]; resp.Header.Get("Retry-After") != want {
				t.Errorf("Retry-After: got %q, want %q", resp.Header.Get("Retry-After"), want)
			}
			node.Script(nil)
			if resp, _, err := post(t, url, one); err != nil || resp.StatusCode != http.StatusBadGateway {
				t.Errorf("without the script: got %v, %v; want 502", resp, err)
			}
		})
	}
}

func TestCutOffSendsHalf(t *testing.T) {
	t.Parallel()
	_, node, url := still(t)
	node.SetBehaviour(simnode.Behaviour{Malformed: simnode.CutOff})
	resp, err := client(t).Do(request(t, url, body("eth_blockNumber", "")))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(raw) == 0 {
		t.Errorf("got %q and %v, want half an answer and an unexpected EOF", raw, err)
	}
}
