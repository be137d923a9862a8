package proxy_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy"
)

func TestHugeAnswer(t *testing.T) {
	t.Parallel()
	big := `"0x` + strings.Repeat("ab", 10<<20) + `"`
	url := serveHTTP(t, func(w http.ResponseWriter, q *http.Request) {
		var call struct{ ID json.RawMessage }
		_ = json.NewDecoder(q.Body).Decode(&call)
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":`+string(call.ID)+`,"result":`+big+`}`)
	})
	r := newRig(t, []*lasso.Provider{provider("a", url)}, timeouts(time.Minute))
	for _, id := range []string{"7", `"other"`} {
		for range 2 { // the second must not find the buffers of the first
			got := r.post(`{"id":` + id + `,"method":"eth_call"}`).Body
			if string(got) != `{"jsonrpc":"2.0","id":`+id+`,"result":`+big+`}` {
				t.Fatalf("id %s: %d bytes, %.60s…", id, len(got), got)
			}
		}
	}
	// over the limit it is refused, without blame
	b := startNode(t, "b")
	r = newRig(t, []*lasso.Provider{provider("a", url), b.provider()}, func(c *proxy.Config, _ *lasso.Chain) { c.MaxResponse = 1 << 20 })
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	wantList(t, "attempts", r.rec.outcomes(), "a capability_violation", "b ok")
	want(t, "failures counted", r.breaker("a").Failures, 0)
}

func TestOddHTTP(t *testing.T) {
	t.Parallel()
	var followed atomic.Int64
	elsewhere := serveHTTP(t, func(http.ResponseWriter, *http.Request) { followed.Add(1) })
	for name, h := range map[string]http.HandlerFunc{
		"gzip": func(w http.ResponseWriter, q *http.Request) {
			if v := q.Header.Get("Accept-Encoding"); v != "" {
				t.Errorf("asked for encoding %q", v)
			}
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("\x1f\x8b\x08\x00"))
		},
		"redirect": func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, elsewhere, http.StatusTemporaryRedirect)
		},
		"no http": func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = c.Write([]byte("SSH-2.0-OpenSSH_9.9\r\n\r\n"))
				_ = c.Close()
			}
		},
	} {
		b := startNode(t, "b")
		r := newRig(t, []*lasso.Provider{provider("a", serveHTTP(t, h)), b.provider()})
		want(t, name, r.call("eth_blockNumber", "[]"), good)
		want(t, name+" failures counted", r.breaker("a").Failures, 1)
	}
	want(t, "redirects followed", followed.Load(), 0)
}

// TestSlowConnection: who has no time left to connect learns nothing about the
// provider but a timeout; who has had the whole time knows it is unreachable.
func TestSlowConnection(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0") // takes connections, says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for limit, category := range map[time.Duration]string{time.Minute: "timeout", 50 * time.Millisecond: "network_error"} {
		r := newRig(t, []*lasso.Provider{provider("a", "https://"+l.Addr().String())}, timeouts(400*time.Millisecond),
			func(c *proxy.Config, _ *lasso.Chain) { c.DialTimeout = limit })
		r.call("x_transfer", "[]")
		wantList(t, "attempts", r.rec.outcomes(), "a "+category)
		c := r.rec.Calls()[0]
		want(t, "dispatched", c.Attempts, 0)
		want(t, "message", r.rec.Attempts()[0].Message, "no connection in time")
	}
}
