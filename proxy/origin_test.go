package proxy_test

import (
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
