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

// TestHugeAnswerToAWrite: it was executed, so nobody else may be asked; and a
// transaction that the next provider knows already has arrived.
func TestHugeAnswerToAWrite(t *testing.T) {
	t.Parallel()
	small := func(c *proxy.Config, _ *lasso.Chain) { c.MaxResponse = 1 << 10 }
	for _, method := range []string{"x_transfer", "eth_newBlockFilter"} {
		r, a, b := pair(t, small)
		a.results(`"` + strings.Repeat("x", 1<<11) + `"`)
		body := []byte(r.call(method, "[1]"))
		want(t, method+" sent to the second", b.Calls(""), 0)
		if text := member(t, body, "error", "message"); !strings.Contains(text, "indeterminate") {
			t.Errorf("%s: message %s, want that the outcome is not known", method, text)
		}
		want(t, method+" failures counted", r.breaker("a").Failures, 0)
	}
	r, a, b := pair(t, small)
	a.results(`"` + strings.Repeat("x", 1<<11) + `"`)
	b.fails(-32000, "already known", "")
	want(t, "broadcast", r.call("eth_sendRawTransaction", `[`+rawTx+`]`), `{"jsonrpc":"2.0","id":7,"result":`+txHash+`}`)
}

// TestAnswerNestedTooDeep is more than we read, not a fault: a trace may be as
// deep as the caller makes it.
func TestAnswerNestedTooDeep(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	a.answers(200, `{"jsonrpc":"2.0","id":7,"result":`+strings.Repeat("[", 600)+strings.Repeat("]", 600)+`}`)
	want(t, "answer", r.call("eth_blockNumber", "[]"), good)
	wantList(t, "attempts", r.rec.outcomes(), "a capability_violation", "b ok")
	want(t, "failures counted", r.breaker("a").Failures, 0)
	b.results(`"done"`)
	r.call("x_transfer", "[1]") // it was executed
	want(t, "a write sent to the second", b.Calls("x_transfer"), 0)
}

// TestWriteOnADeadConnection must not be sent again, and nobody is to blame.
func TestWriteOnADeadConnection(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	for range 5 {
		want(t, "answer", r.call("eth_blockNumber", "[]"), good)
		a.Kill()
		if err := a.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		body := []byte(r.call("x_transfer", "[1]"))
		if text := member(t, body, "error", "message"); !strings.Contains(text, "indeterminate") {
			t.Errorf("message %s, want that the outcome is not known", text)
		}
		want(t, "failures counted", r.breaker("a").Failures, 0)
	}
	want(t, "calls of the second", b.Calls(""), 0)
	want(t, "circuit", r.breaker("a").State, lasso.Closed)
}

// TestOddAnswers: what is legal HTTP is understood, and what is not is a fault
// that the next provider makes good within the time of the call.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	const length = "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n"
	for name, tt := range map[string]struct {
		raw  string
		more string // written again and again until the connection ends
		want string
	}{
		"early hints":         {raw: "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + length + good + " ", want: "a ok"},
		"continue":            {raw: "HTTP/1.1 100 Continue\r\n\r\n" + length + good + " ", want: "a ok"},
		"endless hints":       {more: "HTTP/1.1 103 Early Hints\r\n\r\n", want: "a network_error"},
		"chunks":              {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n28\r\n" + good[1:] + "\r\n0\r\n\r\n", want: "a ok"},
		"broken chunks":       {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", want: "a network_error"},
		"until it closes":     {raw: "HTTP/1.0 200 OK\r\n\r\n" + good, want: "a ok"},
		"closes too early":    {raw: length + good[:20], want: "a network_error"},
		"half of the headers": {raw: length[:30], want: "a network_error"},
		"garbage after it":    {raw: "HTTP/1.0 200 OK\r\n\r\n" + good + "garbage", want: "a invalid_response"},
		"two answers":         {raw: "HTTP/1.0 200 OK\r\n\r\n" + good + good, want: "a invalid_response"},
		"byte order mark":     {raw: "HTTP/1.0 200 OK\r\n\r\n\xef\xbb\xbf" + good, want: "a invalid_response"},
		"repeated member":     {raw: "HTTP/1.0 200 OK\r\n\r\n" + good[:len(good)-1] + `,"result":1}`, want: "a invalid_response"},
		"giant header":        {raw: "HTTP/1.1 200 OK\r\nX: ", more: strings.Repeat("x", 1<<12), want: "a network_error"},
		"endless body":        {raw: "HTTP/1.0 200 OK\r\n\r\n", more: strings.Repeat(" ", 1<<12), want: "a capability_violation"},
		"bare 204":            {raw: "HTTP/1.1 204 No Content\r\n\r\n", want: "a invalid_response"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := serveHTTP(t, func(w http.ResponseWriter, q *http.Request) {
				_, _ = io.Copy(io.Discard, q.Body)
				c, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					return
				}
				defer c.Close()
				_, err = io.WriteString(c, tt.raw)
				for err == nil && tt.more != "" {
					_, err = io.WriteString(c, tt.more)
				}
			})
			b := startNode(t, "b")
			r := newRig(t, []*lasso.Provider{provider("a", url), b.provider()}, timeouts(time.Minute),
				func(c *proxy.Config, _ *lasso.Chain) { c.MaxResponse = 1 << 16 })
			want(t, "answer", strings.TrimSpace(r.call("eth_blockNumber", "[]")), good)
			want(t, "first attempt", r.rec.outcomes()[0], tt.want)
		})
	}
}

// TestSlowBody: an upstream that goes on writing, too slowly, has the time of
// its attempt and no more.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	url := serveHTTP(t, func(w http.ResponseWriter, q *http.Request) {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-q.Context().Done():
				return
			case <-tick.C:
			}
		}
	})
	b := startNode(t, "b")
	for _, most := range []int{0, 1 << 10} {
		r := newRig(t, []*lasso.Provider{provider("a", url), b.provider()}, timeouts(3*time.Second))
		res := r.post(`{"jsonrpc":"2.0","id":7,"method":"eth_blockNumber","params":[]}`, func(q *lasso.Request) { q.MaxAnswer = most })
		want(t, "answer", string(res.Body), good)
		wantList(t, "attempts", r.rec.outcomes(), "a timeout", "b ok")
	}
}
