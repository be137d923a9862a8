package proxy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

func lastCall(tb testing.TB, r *rig) lasso.Call {
	tb.Helper()
	calls := r.rec.Calls()
	if len(calls) == 0 {
		tb.Fatal("no call was recorded")
	}
	return calls[len(calls)-1]
}

func TestTraceOfAFailover(t *testing.T) {
	t.Parallel()
	for name, edits := range map[string][]func(*lasso.Request){"plain": nil, "with metadata": {withMeta(lasso.MetaHeaders)}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b, c := startNode(t, "a"), startNode(t, "b"), startNode(t, "c")
			r := newRig(t, []*lasso.Provider{
				a.provider(), b.provider(func(p *lasso.Provider) { p.Priority = 200 }), c.provider(func(p *lasso.Provider) { p.Priority = 300 }),
			})
			a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
			r.post(`{"id":1,"method":"eth_blockNumber"}`, append(edits, strategy(lasso.Priority))...)
			got := lastCall(t, r)
			if got.Trace == nil || len(got.Trace.Tries) != 2 {
				t.Fatalf("trace %+v, want two tries", got.Trace)
			}
			first, second := got.Trace.Tries[0], got.Trace.Tries[1]
			want(t, "first", first.Provider, "a")
			want(t, "its outcome", first.Category, lasso.ServerError)
			want(t, "its message", first.Message, "HTTP 502")
			want(t, "why it was first", first.Why, "priority 100")
			want(t, "why in short", got.Why, "by priority")
			want(t, "second", second.Provider, "b")
			want(t, "its outcome", second.Category, lasso.OK)
			want(t, "its transport", second.Transport, lasso.HTTP)
			if second.Start < first.Start+first.Took || second.Start+second.Took > got.Duration+time.Millisecond {
				t.Errorf("tries %+v in a call of %v: they must follow each other within it", got.Trace.Tries, got.Duration)
			}
			if len(got.Trace.Others) != 1 || got.Trace.Others[0] != (lasso.Other{Provider: "c", Transport: lasso.HTTP, Why: "priority 300"}) {
				t.Errorf("others %+v, want c, not needed", got.Trace.Others)
			}
		})
	}
}

func TestTraceTellsWhoWasLeftOut(t *testing.T) {
	t.Parallel()
	for name, edits := range map[string][]func(*lasso.Request){"plain": {pin("a")}, "with metadata": {pin("a"), withMeta(lasso.MetaHeaders)}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, a, _ := pair(t)
			a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
			r.post(`{"id":1,"method":"eth_blockNumber"}`, edits...)
			got := lastCall(t, r)
			if got.Trace == nil || len(got.Trace.Tries) != 1 || len(got.Trace.Others) != 1 {
				t.Fatalf("trace %+v, want one try and one other", got.Trace)
			}
			want(t, "other", got.Trace.Others[0], lasso.Other{Provider: "b", Transport: lasso.HTTP, LeftOut: true, Why: "the call is pinned to a"})
			want(t, "why", got.Why, "pinned by the caller")
		})
	}
}

func TestNoTraceWhenTheFirstAnswers(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	r.post(`{"id":1,"method":"eth_blockNumber"}`)
	got := lastCall(t, r)
	if got.Trace != nil || got.Why == "" {
		t.Errorf("trace %+v, why %q: want none, and a reason", got.Trace, got.Why)
	}
	r.post(`{"id":1,"method":"eth_chainId"}`)
	if got := lastCall(t, r); got.Trace != nil || got.Why != "" {
		t.Errorf("answered by this node: trace %+v, why %q", got.Trace, got.Why)
	}
}

func TestTraceIsBounded(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	n.fails(-32000, strings.Repeat("né ", 400), "")
	providers := []*lasso.Provider{n.provider()}
	for id := range strings.FieldsSeq("c d e f g h i j k l m n o p q r s t") {
		providers = append(providers, provider(id, "http://127.0.0.1:1", func(p *lasso.Provider) { p.Priority = 1 }))
	}
	r := newRig(t, providers)
	r.post(`{"id":1,"method":"eth_blockNumber"}`, strategy(lasso.Priority))
	got := lastCall(t, r)
	if got.Trace == nil || len(got.Trace.Tries) != lasso.MaxTries || len(got.Trace.Others) > lasso.MaxOthers {
		t.Fatalf("trace %+v, want %d tries", got.Trace, lasso.MaxTries)
	}
	for _, try := range got.Trace.Tries {
		if len(try.Message) > lasso.MaxTraceText || strings.Contains(try.Message, "127.0.0.1") {
			t.Errorf("message %q: too long, or it names the upstream", try.Message)
		}
	}
}
