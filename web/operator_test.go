package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

const (
	adminToken   = "correct-horse-battery"
	providerHref = "/dashboard/public/chains/ethereum/providers/alchemy"
	actionsAPI   = "/api/v1/profiles/public/chains/1/providers/alchemy/actions"
)

func withActions(c *web.Config) { c.AdminToken = adminToken }

func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

func (r *rig) postForm(path, body string, header ...string) answer {
	r.Helper()
	return r.do(http.MethodPost, path, body, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
}

// operator is a browser that is signed in.
type operator struct {
	*rig
	cookie string
	csrf   string
}

func (r *rig) signIn(token string) answer {
	r.Helper()
	return r.postForm("/dashboard/sign-in", form("token", token, "next", providerHref))
}

func signedIn(r *rig) *operator {
	r.Helper()
	res := r.signIn(adminToken)
	cookie, _, _ := strings.Cut(res.header.Get("Set-Cookie"), ";")
	if res.status != 303 || cookie == "" {
		r.Fatalf("sign in: %d %v", res.status, res.header)
	}
	o := &operator{rig: r, cookie: cookie}
	page := r.get(providerHref, "Cookie", cookie)
	found := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page.body)
	if found == nil {
		r.Fatalf("the page of an operator has no form: %d", page.status)
	}
	o.csrf = found[1]
	return o
}

func (o *operator) act(pairs ...string) answer {
	o.Helper()
	return o.postForm(providerHref+"/actions?range=1h&region=eu-west-1", form(append([]string{"csrf", o.csrf}, pairs...)...), "Cookie", o.cookie, "Sec-Fetch-Site", "same-origin")
}

func TestNoActionsWithoutToken(t *testing.T) {
	t.Parallel()
	r := setup(t)
	if page := r.get(providerHref); strings.Contains(page.body, `aria-label="Actions"`) || strings.Contains(page.body, "Sign in") {
		t.Error("the page offers actions")
	}
	for _, res := range []answer{
		r.postForm(providerHref+"/actions", form("action", "drain")),
		r.signIn(""),
		r.get("/dashboard/sign-in"),
		r.get(providerHref + "?act=drain"),
	} {
		if res.status != 403 || !strings.Contains(res.body, "This is not allowed here") || !strings.Contains(res.body, "--admin-token-file") {
			t.Errorf("got %d %.200s, want the page Forbidden that says how", res.status, res.body)
		}
	}
	if res := r.post(actionsAPI, `{"action":"drain"}`, "Authorization", "Bearer "+adminToken); res.status != 403 || !strings.Contains(res.body, "switched off") {
		t.Errorf("API: %d %s", res.status, res.body)
	}
	if got := r.orders.seen(); got != nil {
		t.Errorf("orders = %q, want none", got)
	}
}

func TestVisitorMayNotAct(t *testing.T) {
	t.Parallel()
	r := setup(t, withActions)
	page := r.get(providerHref)
	if !strings.Contains(page.body, "Sign in to act") || strings.Contains(page.body, "act=drain") || strings.Contains(page.body, `name="csrf"`) {
		t.Error("a visitor should see the way to sign in, and no buttons")
	}
	if res := r.get(providerHref + "?act=drain"); res.status != 303 || res.header.Get("Location") != "/dashboard/sign-in?next="+url.QueryEscape(providerHref+"?act=drain") {
		t.Errorf("question of a visitor: %d %s", res.status, res.header.Get("Location"))
	}
	o := signedIn(r)
	tests := []struct {
		name   string
		res    answer
		status int
		says   string
	}{
		{"no session", r.postForm(providerHref+"/actions", form("action", "drain", "csrf", o.csrf)), 403, "Sign in to act"},
		{"invented session", r.postForm(providerHref+"/actions", form("action", "drain", "csrf", o.csrf), "Cookie", o.cookie+"x"), 403, "Sign in to act"},
		{"no CSRF token", r.postForm(providerHref+"/actions", form("action", "drain"), "Cookie", o.cookie), 403, "none of your session"},
		{"wrong CSRF token", r.postForm(providerHref+"/actions", form("action", "drain", "csrf", "x"), "Cookie", o.cookie), 403, "none of your session"},
		{"another site", r.postForm(providerHref+"/actions", form("action", "drain", "csrf", o.csrf), "Cookie", o.cookie, "Sec-Fetch-Site", "cross-site"), 403, "another site"},
		{"another origin", r.postForm(providerHref+"/actions", form("action", "drain", "csrf", o.csrf), "Cookie", o.cookie, "Origin", "https://evil.example"), 403, "another site"},
		{"sign-in from another site", r.postForm("/dashboard/sign-in", form("token", adminToken), "Sec-Fetch-Site", "cross-site"), 403, "another site"},
		{"GET", r.get(providerHref+"/actions?action=drain&csrf="+o.csrf, "Cookie", o.cookie), 405, ""},
		{"unknown action", o.act("action", "explode"), 400, "is not one of"},
		{"unknown transport", o.act("action", "force_open", "transport", "pigeon"), 400, "is not one of"},
		{"unknown provider", r.postForm("/dashboard/public/chains/ethereum/providers/nobody/actions", form("action", "drain", "csrf", o.csrf), "Cookie", o.cookie), 404, "nobody"},
		{"JSON", r.post(providerHref+"/actions", `{"action":"drain"}`, "Cookie", o.cookie), 415, ""},
		{"too large", o.act("action", "drain", "reason", strings.Repeat("x", 8<<10)), 413, "larger than 4 KiB"},
	}
	for _, tt := range tests {
		if tt.res.status != tt.status || !strings.Contains(tt.res.body, tt.says) {
			t.Errorf("%s: %d %.300s, want %d and %q", tt.name, tt.res.status, tt.res.body, tt.status, tt.says)
		}
	}
	if got := r.orders.seen(); got != nil {
		t.Errorf("orders = %q, want none", got)
	}
	if got := counted(t, r, "lasso_operator_actions_total", "refused"); got != 6 {
		t.Errorf("refused = %v, want 6", got)
	}
}

// counted sums a counter over the series with a label's value.
func counted(t *testing.T, r *rig, name, label string) (sum float64) {
	t.Helper()
	families, err := r.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == name && l.GetValue() == label {
					sum += m.GetCounter().GetValue()
				}
			}
		}
	}
	return sum
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	r := setup(t, withActions, func(c *web.Config) {
		c.Now = func() time.Time { return start.Add(time.Minute + time.Duration(ahead.Load())) }
	})
	res := r.signIn(adminToken)
	cookie := res.header.Get("Set-Cookie")
	for _, want := range []string{"lasso_session_", "HttpOnly", "SameSite=Strict", "path=/dashboard", "max-age=28800"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %q", cookie, want)
		}
	}
	if strings.Contains(cookie, "secure") || res.header.Get("Location") != providerHref {
		t.Errorf("cookie %q, leads to %q", cookie, res.header.Get("Location"))
	}
	for _, next := range []string{"https://evil.example/dashboard/x", "//evil.example/dashboard", `/\evil.example`, "/dashboard\\..\\x", "/rpc/1", "javascript:alert(1)", ""} {
		if res := r.postForm("/dashboard/sign-in", form("token", adminToken, "next", next)); res.header.Get("Location") != "/dashboard" {
			t.Errorf("next %q leads to %q", next, res.header.Get("Location"))
		}
	}

	// a session ends after its time, and when it is signed out
	o := signedIn(r)
	if page := r.get(providerHref, "Cookie", o.cookie); !strings.Contains(page.body, "act=drain") || page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("page of an operator: Cache-Control %q", page.header.Get("Cache-Control"))
	}
	ahead.Store(int64(8 * time.Hour))
	if res := o.act("action", "drain"); res.status != 403 {
		t.Errorf("expired session: %d, want 403", res.status)
	}
	o = signedIn(r)
	if res := r.postForm("/dashboard/sign-out", form("next", providerHref), "Cookie", o.cookie); res.status != 403 {
		t.Errorf("sign out without CSRF token: %d, want 403", res.status)
	}
	if res := r.postForm("/dashboard/sign-out", form("csrf", o.csrf, "next", providerHref), "Cookie", o.cookie); res.status != 303 || res.header.Get("Location") != providerHref {
		t.Errorf("sign out: %d %q", res.status, res.header.Get("Location"))
	}
	if res := o.act("action", "drain"); res.status != 403 {
		t.Errorf("after signing out: %d, want 403", res.status)
	}
	if got := r.orders.seen(); got != nil {
		t.Errorf("orders = %q, want none", got)
	}
	if logs := r.logs.String(); strings.Contains(logs, adminToken) || strings.Contains(logs, strings.SplitN(o.cookie, "=", 2)[1]) {
		t.Error("the log holds a secret")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	r := setup(t, withActions, func(c *web.Config) {
		c.Now = func() time.Time { return start.Add(time.Duration(ahead.Add(int64(time.Millisecond)))) }
	})
	first := signedIn(r)
	for range 64 {
		signedIn(r)
	}
	if res := first.act("action", "drain"); res.status != 403 {
		t.Errorf("the oldest of 65 sessions: %d, want 403", res.status)
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	r := setup(t, withActions)
	o := signedIn(r)

	dialog := r.get(providerHref+"?act=force_open&transport=http", "Cookie", o.cookie)
	for _, want := range []string{"<dialog open", "Force open HTTP of Alchemy on Ethereum, on n1 (this node)?", "On this node, n1 (eu-west-1), only.", "every call of this chain will fail", o.csrf} {
		if !strings.Contains(dialog.body, want) {
			t.Errorf("the dialog lacks %q", want)
		}
	}
	if res := r.get(providerHref+"?act=explode", "Cookie", o.cookie); res.status != 400 {
		t.Errorf("unknown question: %d, want 400", res.status)
	}

	res := o.act("action", "drain", "reason", " moving\r\n"+hostile)
	if res.status != 303 || res.header.Get("Location") != providerHref+"?range=1h&region=eu-west-1" {
		t.Fatalf("drain: %d %q", res.status, res.header.Get("Location"))
	}
	page := r.get(providerHref, "Cookie", o.cookie)
	if !strings.Contains(page.body, "Drained Alchemy on Ethereum, on node n1") || strings.Contains(page.body, hostile) || !strings.Contains(page.body, "moving &lt;script&gt;") {
		t.Error("the toast does not tell what was done, escaped")
	}
	if again := r.get(providerHref, "Cookie", o.cookie); strings.Contains(again.body, "Drained Alchemy") {
		t.Error("the toast is shown twice")
	}
	o.act("action", "force_open", "transport", "ws")
	o.act("action", "check")
	r.orders.answer(lasso.OrderTooSoon)
	o.act("action", "check")
	if page := r.get(providerHref, "Cookie", o.cookie); !strings.Contains(page.body, "Not checked again") {
		t.Error("the toast does not say that it was too soon")
	}
	want := []string{"drain alchemy http moving " + hostile, "force_open alchemy ws", "check alchemy http", "check alchemy http"}
	if got := r.orders.seen(); !slices.Equal(got, want) {
		t.Errorf("orders = %q, want %q", got, want)
	}
	for _, want := range []string{`msg="operator action"`, "action=drain", `who="session `, "from=127.0.0.1", "provider=alchemy", "result=done", "result=too_soon"} {
		if !strings.Contains(r.logs.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	if n := strings.Count(r.logs.String(), "moving"); n != 1 || strings.Contains(r.logs.String(), "moving\n") {
		t.Errorf("the reason stands %d times in the log, want once and in one line", n)
	}
	if got := counted(t, r, "lasso_operator_actions_total", "drain"); got != 1 {
		t.Errorf("drained = %v, want 1", got)
	}
}

// TestConfirmNamesTakers: those that would have the calls, and those behind the
// head only where nobody else is left.
func TestConfirmNamesTakers(t *testing.T) {
	t.Parallel()
	drained := &lasso.Override{Since: start}
	open := []lasso.RouteState{{Transport: lasso.HTTP, Breaker: lasso.Breaker{State: lasso.Open}}}
	for _, tt := range []struct {
		name   string
		others []lasso.ProviderState
		want   string
	}{
		{"healthy and behind", []lasso.ProviderState{{Name: "Well"}, {Name: "Behind", Optimistic: 3}}, "requests/s move to Well."},
		{"behind only", []lasso.ProviderState{{Name: "Behind", Optimistic: 3}, {Name: "Open", Routes: open}}, "requests/s move to Behind."},
		{"nobody", []lasso.ProviderState{{Name: "Open", Routes: open}, {Name: "Drained", Drained: drained}, {Name: "Wrong", ChainSeen: 5}}, "every call of this chain will fail"},
	} {
		r := setup(t, withActions)
		r.states.others = tt.others
		o := signedIn(r)
		page := r.get(providerHref+"?act=drain", "Cookie", o.cookie)
		if !strings.Contains(page.body, tt.want) {
			t.Errorf("%s: the dialog lacks %q", tt.name, tt.want)
		}
	}
}

func TestActionsAPI(t *testing.T) {
	t.Parallel()
	r := setup(t, withActions)
	o := signedIn(r)
	bearer := []string{"Authorization", "Bearer " + adminToken}
	for _, tt := range []struct {
		name, path, body string
		header           []string
		status           int
		says             string
	}{
		{"drain", actionsAPI, `{"action":"drain","reason":"maintenance"}`, bearer, 200, `"result":"done"`},
		{"its node", actionsAPI, `{"action":"drain"}`, bearer, 200, `"node_id":"n1"`},
		{"breaker", actionsAPI, `{"action":"force_closed","transport":"ws"}`, bearer, 200, `"transport":"ws"`},
		{"breaker, HTTP unless said", actionsAPI, `{"action":"automatic"}`, bearer, 200, `"transport":"http"`},
		{"no token", actionsAPI, `{"action":"drain"}`, nil, 401, "Authorization: Bearer"},
		{"a session is no token", actionsAPI, `{"action":"drain"}`, []string{"Cookie", o.cookie}, 401, "Authorization: Bearer"},
		{"another scheme", actionsAPI, `{"action":"drain"}`, []string{"Authorization", "Basic " + adminToken}, 401, "Bearer"},
		{"unknown action", actionsAPI, `{"action":"explode"}`, bearer, 400, `"allowed"`},
		{"unknown field", actionsAPI, `{"action":"drain","force":true}`, bearer, 400, "one JSON object"},
		{"two objects", actionsAPI, `{"action":"drain"}{}`, bearer, 400, "one JSON object"},
		{"no JSON", actionsAPI, `drain`, bearer, 400, "one JSON object"},
		{"no body", actionsAPI, ``, bearer, 400, "one JSON object"},
		{"too large", actionsAPI, `{"action":"drain","reason":"` + strings.Repeat("x", 5<<10) + `"}`, bearer, 413, "4 KiB"},
		{"unknown provider", strings.Replace(actionsAPI, "alchemy", "nobody", 1), `{"action":"drain"}`, bearer, 404, `"available"`},
		{"unknown chain", strings.Replace(actionsAPI, "chains/1", "chains/5", 1), `{"action":"drain"}`, bearer, 404, "available_chains"},
		{"unknown profile", strings.Replace(actionsAPI, "public", "nobody", 1), `{"action":"drain"}`, bearer, 404, "no profile"},
	} {
		if res := r.post(tt.path, tt.body, tt.header...); res.status != tt.status || !strings.Contains(res.body, tt.says) {
			t.Errorf("%s: %d %s, want %d and %q", tt.name, res.status, res.body, tt.status, tt.says)
		}
	}
	if res := r.get(actionsAPI, bearer...); res.status != 405 {
		t.Errorf("GET: %d, want 405", res.status)
	}
	want := []string{"drain alchemy http maintenance", "drain alchemy http", "force_closed alchemy ws", "automatic alchemy http"}
	if got := r.orders.seen(); !slices.Equal(got, want) {
		t.Errorf("orders = %q, want %q", got, want)
	}
	r.orders.answer(lasso.OrderTooSoon)
	if res := r.post(actionsAPI, `{"action":"check"}`, bearer...); res.status != 429 || res.header.Get("Retry-After") != "5" {
		t.Errorf("too soon: %d %s", res.status, res.body)
	}
	r.orders.answer(lasso.OrderNotFound)
	if res := r.post(actionsAPI, `{"action":"force_open","transport":"ws"}`, bearer...); res.status != 404 {
		t.Errorf("no such transport: %d %s", res.status, res.body)
	}
	if logs := r.logs.String(); !strings.Contains(logs, "who=token") || strings.Contains(logs, adminToken) {
		t.Error("the log lacks who=token, or holds the token")
	}
}

func TestAdminTokenBounds(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{0: true, 1: false, 15: false, 16: true, 256: true, 257: false} {
		if err := (web.Config{AdminToken: strings.Repeat("x", n)}).Validate(); (err == nil) != ok {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// Signing in leads back to a page of this dashboard and to nothing else.
func TestSignInLeadsBack(t *testing.T) {
	t.Parallel()
	r := setup(t, withActions, func(c *web.Config) { c.PathPrefix = "/lasso" })
	for next, want := range map[string]string{
		"/lasso/dashboard/public?range=5m":     "/lasso/dashboard/public?range=5m",
		"/lasso/dashboard":                     "/lasso/dashboard",
		"/lasso/dashboard/../../other/logout":  "/lasso/dashboard",
		"/lasso/dashboard/%2e%2e/%2e%2e/other": "/lasso/dashboard",
		"/lasso/dashboard//evil.example":       "/lasso/dashboard",
		"//evil.example/lasso/dashboard":       "/lasso/dashboard",
		"https://evil.example/lasso/dashboard": "/lasso/dashboard",
		`/lasso/dashboard\@evil.example`:       "/lasso/dashboard",
		"/dashboard/public":                    "/lasso/dashboard",
		"":                                     "/lasso/dashboard",
	} {
		body := url.Values{"token": {adminToken}, "next": {next}}.Encode()
		res := r.post("/lasso/dashboard/sign-in", body, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
		if got := res.header.Get("Location"); res.status != 303 || got != want {
			t.Errorf("next=%s leads to %d %s, want 303 %s", next, res.status, got, want)
		}
	}
	// A part or a file is no place for a form.
	const part = "/lasso/dashboard/public/chains/1/providers/alchemy?act=drain"
	for _, path := range []string{part + "&fragment=status", part + "&format=json"} {
		if res := r.get(path); res.status != 200 {
			t.Errorf("GET %s = %d, want 200", path, res.status)
		}
	}
}
