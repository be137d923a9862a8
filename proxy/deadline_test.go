package proxy_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// TestExpiredBeforeTheFirstAttempt: a call that waited here past its deadline is
// not sent, no provider is blamed, and nothing about it is uncertain.
func TestExpiredBeforeTheFirstAttempt(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"eth_blockNumber", "x_transfer", "eth_newBlockFilter", "eth_sendRawTransaction"} {
		r, a, b := pair(t)
		got := r.post(`{"id":7,"method":"`+method+`","params":[`+rawTx+`]}`, func(q *lasso.Request) { q.At = q.At.Add(-time.Hour) })
		want(t, method, string(got.Body),
			`{"jsonrpc":"2.0","id":7,"error":{"code":-32005,"message":"Local request capacity unavailable","data":{"reason":"deadline_expired"}}}`)
		want(t, method+" status", got.Status, http.StatusOK)
		want(t, method+" calls upstream", a.Calls("")+b.Calls(""), 0)
		wantList(t, method+" attempts", r.rec.outcomes())
		c := r.rec.Calls()[0]
		want(t, method+" category", c.Category, lasso.LocalCapacity)
		want(t, method+" dispatched", c.Attempts, 0)
	}
}
