package web_test

import (
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/web"
)

// behindProxy lets the client of the tests pass for a proxy.
func behindProxy(c *web.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

func signInFrom(r *rig, addr, token string) answer {
	r.Helper()
	return r.postForm("/dashboard/sign-in", form("token", token, "next", providerHref), "X-Forwarded-For", addr)
}

// TestGuessing: wrong tokens, in the form and in the API, are counted together,
// for each caller by itself.
func TestGuessing(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	r := setup(t, withActions, behindProxy, func(c *web.Config) {
		c.Now = func() time.Time { return start.Add(time.Minute + time.Duration(ahead.Load())) }
	})
	const guesser, operator = "198.51.100.1", "198.51.100.2"
	for i := range 3 {
		if res := signInFrom(r, guesser, "wrong"+strconv.Itoa(i)); res.status != 403 || !strings.Contains(res.body, "not the token of this node") {
			t.Errorf("wrong token: %d %.200s", res.status, res.body)
		}
	}
	for range 2 {
		if res := r.post(actionsAPI, `{"action":"drain"}`, "Authorization", "Bearer wrong", "X-Forwarded-For", guesser); res.status != 401 || !strings.HasPrefix(res.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("API with a wrong token: %d %s", res.status, res.body)
		}
	}
	for _, token := range []string{"wrong", adminToken} {
		for name, res := range map[string]answer{
			"form": signInFrom(r, guesser, token),
			"API":  r.post(actionsAPI, `{"action":"drain"}`, "Authorization", "Bearer "+token, "X-Forwarded-For", "1.1.1.1, "+guesser),
		} {
			if res.status != 429 || res.header.Get("Retry-After") != "30" || !strings.Contains(res.body, "no token is looked at for another 30 s") {
				t.Errorf("%s with %s after five wrong ones: %d, Retry-After %q, want 429 and 30", name, token, res.status, res.header.Get("Retry-After"))
			}
		}
	}
	if res := signInFrom(r, operator, adminToken); res.status != 303 {
		t.Errorf("the token from another address: %d, want 303", res.status)
	}
	ahead.Add(int64(30 * time.Second))
	if res := signInFrom(r, guesser, adminToken); res.status != 303 {
		t.Errorf("the token after the wait: %d, want 303", res.status)
	}
	logs := r.logs.String()
	if n := strings.Count(logs, `msg="token refused" part=web from=`+guesser); n != 5 {
		t.Errorf("%d lines of refused tokens, want 5: what comes after the fifth is not written down", n)
	}
	if !strings.Contains(logs, "from="+operator) || strings.Contains(logs, "from=127.0.0.1") || strings.Contains(logs, "are ignored") {
		t.Errorf("the log does not tell callers from their proxy:\n%s", logs)
	}
	if wrong, unread := counted(t, r, "lasso_operator_tokens_refused_total", "wrong"), counted(t, r, "lasso_operator_tokens_refused_total", "unread"); wrong != 5 || unread != 4 {
		t.Errorf("%v wrong and %v unread tokens are counted, want 5 and 4", wrong, unread)
	}
}

// TestGuessingUnderOtherNames: who is no trusted proxy gains nothing by
// pretending to speak for others.
func TestGuessingUnderOtherNames(t *testing.T) {
	t.Parallel()
	r := setup(t, withActions, func(c *web.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	for i := range 5 {
		if res := signInFrom(r, "10.0.0."+strconv.Itoa(i), "wrong"); res.status != 403 {
			t.Errorf("wrong token: %d, want 403", res.status)
		}
	}
	for _, token := range []string{"wrong", adminToken} {
		if res := signInFrom(r, "203.0.113.77", token); res.status != 429 {
			t.Errorf("under yet another name: %d, want 429", res.status)
		}
	}
	logs := r.logs.String()
	if strings.Contains(logs, "from=10.") || strings.Contains(logs, "203.0.113.77") {
		t.Errorf("the log believes it:\n%s", logs)
	}
	if n := strings.Count(logs, "are ignored"); n != 1 {
		t.Errorf("it is said %d times that the header is ignored, want once", n)
	}
}

// TestGuessingByVeryMany slows all checks down and keeps no operator out.
func TestGuessingByVeryMany(t *testing.T) {
	t.Parallel()
	r := setup(t, withActions, behindProxy)
	var pauses atomic.Int64
	r.server.PauseWith(func(d time.Duration) { pauses.Add(int64(d / time.Second)) })
	for i := range 100 {
		if res := signInFrom(r, "2001:db8:0:"+strconv.FormatInt(int64(i), 16)+"::1", "wrong"); res.status != 403 {
			t.Fatalf("guess %d: %d, want 403", i, res.status)
		}
	}
	if got := pauses.Swap(0); got != 40 {
		t.Errorf("%d checks of 100 were put off, want the last 40", got)
	}
	if res := signInFrom(r, "198.51.100.2", adminToken); res.status != 303 || pauses.Load() != 1 {
		t.Errorf("the token: %d after %d pauses, want 303 after one", res.status, pauses.Load())
	}
	logs := r.logs.String()
	if n := strings.Count(logs, "token refused"); n != 59 {
		t.Errorf("%d lines of refused tokens, want 59", n)
	}
	if n := strings.Count(logs, "very many wrong tokens"); n != 1 {
		t.Errorf("the flood is told of %d times, want once", n)
	}
}

// TestSchemeOfTheCaller: only a trusted proxy says that its caller spoke TLS.
func TestSchemeOfTheCaller(t *testing.T) {
	t.Parallel()
	const chain = "/dashboard/public/chains/ethereum"
	for _, tt := range []struct {
		name   string
		behind bool
		header []string
		want   bool
	}{
		{"nothing", true, nil, false},
		{"https", true, []string{"X-Forwarded-Proto", "HTTPS"}, true},
		{"http", true, []string{"X-Forwarded-Proto", "http"}, false},
		{"nonsense", true, []string{"X-Forwarded-Proto", "https://evil.example"}, false},
		{"the last counts", true, []string{"X-Forwarded-Proto", "http, https"}, true},
		{"not what the caller claimed", true, []string{"X-Forwarded-Proto", "https, http"}, false},
		{"other headers", true, []string{"X-Forwarded-Host", "evil.example", "X-Forwarded-Prefix", "/evil", "Forwarded", "proto=https;host=evil.example"}, false},
		{"a stranger", false, []string{"X-Forwarded-Proto", "https"}, false},
	} {
		change := []func(*web.Config){withActions}
		if tt.behind {
			change = append(change, behindProxy)
		}
		r := setup(t, change...)
		cookie := r.postForm("/dashboard/sign-in", form("token", adminToken), tt.header...).header.Get("Set-Cookie")
		if got := strings.Contains(cookie, "secure"); got != tt.want || cookie == "" {
			t.Errorf("%s: cookie %q, want Secure: %t", tt.name, cookie, tt.want)
		}
		page := r.get(chain, tt.header...)
		want := "http://" + r.addr + "/rpc"
		if tt.want {
			want = "https://" + r.addr + "/rpc"
		}
		if !strings.Contains(page.body, want) || strings.Contains(page.body, "evil") {
			t.Errorf("%s: the page lacks %s, or names another host", tt.name, want)
		}
	}
}

// TestIgnoredHeaderIsTold: whoever puts a proxy in front and does not name it
// learns that from the log, by either header, and not from every request.
func TestIgnoredHeaderIsTold(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"X-Forwarded-Proto", "X-Forwarded-For"} {
		var ahead atomic.Int64
		r := setup(t, withActions, func(c *web.Config) {
			c.Now = func() time.Time { return start.Add(time.Duration(ahead.Load())) }
		})
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{0, 1}, {59 * time.Minute, 1}, {time.Hour, 2}} {
			ahead.Store(int64(step.after))
			r.postForm("/dashboard/sign-in", form("token", "wrong", "next", providerHref), header, "https")
			r.get("/dashboard/public/chains/ethereum", header, "https")
			if got := strings.Count(r.logs.String(), "are ignored"); got != step.want {
				t.Errorf("%s after %v: told %d times, want %d", header, step.after, got, step.want)
			}
		}
	}
}
