package proxy_test

import (
	"encoding/json"
	"fmt"
	"net"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/sha3"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// The example of EIP-155: its signed transaction and the hash that every
// explorer would show for these bytes.
const (
	rawTx  = `"0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"`
	txHash = `"0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788"`
)

func keccak(raw []byte) (h [32]byte) {
	k := sha3.NewLegacyKeccak256()
	k.Write(raw)
	k.Sum(h[:0])
	return h
}

// TestBroadcastUncertainThenKnown: the first provider takes the transaction but
// its answer is lost; the second has heard of it already. That is success.
func TestBroadcastUncertainThenKnown(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simnode.Behaviour{
		"answer cut off": {Malformed: simnode.CutOff},
		"garbage":        {Malformed: simnode.NotJSON},
		"bad gateway":    {ErrorRate: 1},
		"vague error":    {ErrorRate: 1, Error: simnode.Fault{Code: -32000, Message: "gremlins"}},
	} {
		r, a, b := pair(t)
		a.SetBehaviour(fault)
		b.fails(-32000, "already known", "")
		want(t, name, r.call("eth_sendRawTransaction", `[`+rawTx+`]`), `{"jsonrpc":"2.0","id":7,"result":`+txHash+`}`)
		c := r.rec.Calls()[0]
		want(t, name+" category", c.Category, lasso.OK)
		want(t, name+" provider", c.Provider, "b")
	}
}

// TestBroadcastResentOnTheSameProvider: the connection ends after the
// transaction was read, before the first byte of an answer.
func TestBroadcastResentOnTheSameProvider(t *testing.T) {
	t.Parallel()
	chain := simnode.NewChain(1, 0, 1000, nil)
	chain.HashTransactions(keccak)
	n := startNodeOf(t, chain, "a")
	var once atomic.Bool
	n.Script(func(uint64, string, json.RawMessage) *simnode.Answer {
		if once.Swap(true) {
			return &simnode.Answer{Error: &simnode.Error{Code: -32000, Message: "already known"}}
		}
		return &simnode.Answer{Drop: true}
	})
	r := newRig(t, []*lasso.Provider{n.provider()})
	want(t, "answer", r.call("eth_sendRawTransaction", `[`+rawTx+`]`), `{"jsonrpc":"2.0","id":7,"result":`+txHash+`}`)
}

// TestBroadcastOfAKnownTransaction: without an attempt of ours before, "already
// known" is news for the caller.
func TestBroadcastOfAKnownTransaction(t *testing.T) {
	t.Parallel()
	chain := simnode.NewChain(1, 0, 1000, nil)
	chain.HashTransactions(keccak)
	a, b := startNodeOf(t, chain, "a"), startNodeOf(t, chain, "b")
	r := newRig(t, []*lasso.Provider{a.provider(), b.provider()})
	want(t, "first", r.call("eth_sendRawTransaction", `[`+rawTx+`]`), `{"jsonrpc":"2.0","id":7,"result":`+txHash+`}`)
	body := []byte(r.call("eth_sendRawTransaction", `[`+rawTx+`]`))
	want(t, "second", member(t, body, "error", "message"), `"already known"`)
	want(t, "sent to the second provider", b.Calls(""), 0)

	// a provider that is not there does not make the outcome uncertain
	r = newRig(t, []*lasso.Provider{provider("dead", "http://127.0.0.1:1"), b.provider()})
	body = []byte(r.call("eth_sendRawTransaction", `[`+rawTx+`]`))
	want(t, "after a refused connection", member(t, body, "error", "message"), `"already known"`)
}

// TestBroadcastOfABlob: the network form of a blob transaction holds more than
// its hash is made of, so the error stays.
func TestBroadcastOfABlob(t *testing.T) {
	t.Parallel()
	for _, params := range []string{`["0x03f8aa"]`, `["zz"]`, `[]`, `["0x"]`, `["0xf"]`, `[7]`, `{}`} {
		r, a, b := pair(t)
		a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
		b.fails(-32000, "already known", "")
		want(t, params, member(t, []byte(r.call("eth_sendRawTransaction", params)), "error", "message"), `"already known"`)
	}
}

func TestBroadcastRejected(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	a.fails(-32000, "nonce too low: next nonce 5, tx nonce 4", "")
	want(t, "answer", r.call("eth_sendRawTransaction", `[`+rawTx+`]`),
		`{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"nonce too low: next nonce 5, tx nonce 4"}}`)
	want(t, "sent to the second", b.Calls(""), 0)
}

// TestTransportThatEndsAtOnce accepts and closes: each provider gets the call
// at most twice, then the caller gets an error.
func TestTransportThatEndsAtOnce(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepted atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			_ = c.Close()
		}
	}()
	r := newRig(t, []*lasso.Provider{provider("a", "http://"+l.Addr().String())})
	body := []byte(r.call("eth_sendRawTransaction", `[`+rawTx+`]`))
	want(t, "code", member(t, body, "error", "code"), "-32002")
	want(t, "connections", accepted.Load(), 2)
	want(t, "failures counted", r.breaker("a").Failures, 1)
	_ = l.Close()
	<-done
}

// TestBroadcastKnownAtFirst: whatever its words and its HTTP status, the first
// answer that a transaction is known is news for the caller, and final.
func TestBroadcastKnownAtFirst(t *testing.T) {
	t.Parallel()
	for _, message := range []string{"already known", "known transaction: 0x1234", "ALREADY_EXISTS: already exists", "transaction already in mempool", "duplicate transaction"} {
		for code, status := range map[int]int{-32000: 200, -32603: 200, -32001: 400, -32010: 500} {
			r, a, b := pair(t)
			body := fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"error":{"code":%d,"message":%q}}`, code, message)
			a.answers(status, body)
			want(t, fmt.Sprint(code, " ", status), r.call("eth_sendRawTransaction", `[`+rawTx+`]`), body)
			want(t, message+": sent to the second", b.Calls(""), 0)
			want(t, message+": failures counted", r.breaker("a").Failures, 0)
		}
	}
}

// TestBroadcastKnownAfterwards: the second provider may say it with any status.
func TestBroadcastKnownAfterwards(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 500} {
		r, a, b := pair(t)
		a.SetBehaviour(simnode.Behaviour{Malformed: simnode.CutOff})
		b.answers(status, `{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"already known"}}`)
		want(t, fmt.Sprint("HTTP ", status), r.call("eth_sendRawTransaction", `[`+rawTx+`]`), `{"jsonrpc":"2.0","id":7,"result":`+txHash+`}`)
		want(t, "category", r.rec.Calls()[0].Category, lasso.OK)
		want(t, "failures counted", r.breaker("b").Failures, 0)
	}
}

// TestSyncBroadcastThatWaitsTooLong: the caller chooses how long the node
// waits for a receipt, so an end of that time says nothing about the provider.
func TestSyncBroadcastThatWaitsTooLong(t *testing.T) {
	t.Parallel()
	for code := 4; code <= 6; code++ {
		r, a, b := pair(t)
		a.fails(code, "The transaction was added to the mempool but wasn't processed in 1ms", txHash)
		for range 6 {
			body := []byte(r.call("eth_sendRawTransactionSync", `[`+rawTx+`,"0x1"]`))
			want(t, "data", member(t, body, "error", "data"), txHash)
		}
		want(t, "circuit", r.breaker("a").State, lasso.Closed)
		want(t, "failures counted", r.breaker("a").Failures, 0)
		want(t, "sent to the second", b.Calls(""), 0)
	}
}
