package proxy_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lasso-rpc/lasso"
)

// TestOwnCalls: a call of our own is recorded as what it is, with its attempts,
// and as no call of a client; breakers and limits see it like any other.
func TestOwnCalls(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	a.answers(502, "")
	send := func(origin lasso.Origin) lasso.Response {
		return r.Serve(r.ctx, &lasso.Request{
			Profile: r.profile, Chain: r.chain, Provider: "a", Meta: lasso.MetaHeaders, At: r.clock.Now(), Origin: origin,
			Body: []byte(`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}`),
		})
	}
	res := send(lasso.System)
	if res.Meta == nil || len(res.Meta.Attempts) != 1 {
		t.Fatalf("metadata %+v", res.Meta)
	}
	want(t, "calls", len(r.rec.Calls()), 1)
	want(t, "origin of the call", r.rec.Calls()[0].Origin, lasso.System)
	wantList(t, "attempts of clients", r.rec.outcomes())
	attempts := r.rec.Attempts()
	want(t, "attempts", len(attempts), 1)
	want(t, "origin", attempts[0].Origin, lasso.System)
	want(t, "failures counted", r.state("a").Routes[0].Breaker.Failures, 1)
	send(lasso.Client)
	want(t, "calls", len(r.rec.Calls()), 2)
	want(t, "origin of a client's", r.rec.Calls()[1].Origin, lasso.Client)
	wantList(t, "attempts of clients", r.rec.outcomes(), "a server_error")
}

// TestMaxAnswer: a request may ask for less than an upstream may answer. What
// is larger is refused without blame, what fits is read whole, and the
// connection goes on being used.
func TestMaxAnswer(t *testing.T) {
	t.Parallel()
	const most = 64 << 10
	frame := func(size int) string {
		const head, tail = `{"jsonrpc":"2.0","id":7,"result":"`, `"}`
		return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	for name, tt := range map[string]struct {
		answer  func(w http.ResponseWriter)
		outcome string
		conns   int64 // of three calls
	}{
		"as much as it may": {func(w http.ResponseWriter) { _, _ = io.WriteString(w, frame(most)) }, "ok", 1},
		"little":            {func(w http.ResponseWriter) { _, _ = io.WriteString(w, frame(100)) }, "ok", 1},
		"in chunks": {func(w http.ResponseWriter) {
			text := frame(most)
			_, _ = io.WriteString(w, text[:most/2])
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, text[most/2:])
		}, "ok", 1},
		"a byte more": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", strconv.Itoa(most+1))
			_, _ = io.WriteString(w, frame(most+1))
		}, "capability_violation", 3},
		"endless": {func(w http.ResponseWriter) {
			for _, err := io.WriteString(w, frame(most)); err == nil; {
				_, err = io.WriteString(w, frame(most))
			}
		}, "capability_violation", 3},
		"broken off": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "2000")
			_, _ = io.WriteString(w, frame(1000))
		}, "network_error", 3},
		"nothing":       {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }, "invalid_response", 1},
		"an error page": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }, "server_error", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var conns atomic.Int64
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
				_, _ = io.Copy(io.Discard, q.Body)
				tt.answer(w)
			}))
			s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
				if st == http.StateNew {
					conns.Add(1)
				}
			}
			s.Start()
			t.Cleanup(s.Close)
			r := newRig(t, []*lasso.Provider{provider("a", s.URL)})
			for range 3 {
				res := r.post(`{"jsonrpc":"2.0","id":7,"method":"eth_call","params":[]}`, func(q *lasso.Request) { q.MaxAnswer = most; q.Meta = lasso.MetaHeaders })
				want(t, "outcome", res.Meta.Attempts[0].Outcome.String(), tt.outcome)
				if tt.outcome == "capability_violation" {
					want(t, "reason", res.Meta.Attempts[0].Reason, "answer larger than 0.0625 MiB")
					want(t, "failures counted", r.breaker("a").Failures, 0)
				}
			}
			want(t, "connections", conns.Load(), tt.conns)
		})
	}
}

// TestOwnCallsTellNoSecret: what a client gets is the upstream's bytes; what the
// dashboard shows is without what the upstream is configured with.
func TestOwnCallsTellNoSecret(t *testing.T) {
	t.Parallel()
	const key = "KEY-0123456789abcdef"
	url := serveHTTP(t, func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":7,"result":"node `+key+`"}`)
	})
	r := newRig(t, []*lasso.Provider{provider("a", url+"/v2/"+key)})
	const call = `{"jsonrpc":"2.0","id":7,"method":"web3_clientVersion","params":[]}`
	want(t, "to us", string(r.post(call, func(q *lasso.Request) { q.Origin = lasso.System }).Body), `{"jsonrpc":"2.0","id":7,"result":"node […]"}`)
	want(t, "to a client", string(r.post(call).Body), `{"jsonrpc":"2.0","id":7,"result":"node `+key+`"}`)
}
