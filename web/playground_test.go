package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

const playgroundPath = "/dashboard/public/playground"

func full(c *web.Config) { c.Playground = web.PlaygroundFull }

// form posts to the playground as a browser without scripts does.
func (r *rig) form(path string, values url.Values, header ...string) answer {
	r.Helper()
	return r.do("POST", path, values.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html", "Sec-Fetch-Site", "same-origin"}, header...)...)
}

// call is a form with changes: names and values in turn.
func call(changes ...string) url.Values {
	v := url.Values{"chain": {"ethereum"}, "method": {"eth_call"}, "params": {`[{}, "latest"]`}, "ask": {"every"}, "strategy": {"fastest"}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

// says answers each provider of a map with its body, and says which attempt it
// was; a body that begins with "!" is the reason of a failed attempt.
func says(bodies map[lasso.ProviderID]string) func(context.Context, *lasso.Request) lasso.Response {
	return func(_ context.Context, req *lasso.Request) lasso.Response {
		body := bodies[req.Provider]
		m := &lasso.Meta{RequestID: req.ID, Attempts: []lasso.MetaAttempt{{Provider: req.Provider, Transport: lasso.HTTP}}}
		if reason, failed := strings.CutPrefix(body, "!"); failed {
			m.Attempts[0].Outcome, m.Attempts[0].Reason = lasso.ServerError, reason
			body = `"error":{"code":-32000,"message":"` + reason + `"}`
		} else {
			m.Selected = &lasso.MetaProvider{ID: req.Provider, Protocol: lasso.HTTP}
		}
		return lasso.Response{Status: 200, Body: []byte(`{"jsonrpc":"2.0","id":1,` + body + `}`), Meta: m}
	}
}

// TestPlaygroundSendsNothing: a link fills the form in, and that is all.
func TestPlaygroundSendsNothing(t *testing.T) {
	t.Parallel()
	r := setup(t, full)
	q := call("ask", "one", "provider", "drpc", "params", `["<script>alert('x')</script>"]`)
	res := r.get(playgroundPath + "?" + q.Encode())
	if res.status != 200 {
		t.Fatalf("status %d: %s", res.status, res.body)
	}
	for _, want := range []string{
		`value="eth_call"`, `<option value="drpc" selected>`, `[&#34;&lt;script&gt;`, "Opening this page sends nothing", "Run from <b>eu-west-1</b>",
		`<option value="eth_blockNumber">`, "/rpc/public/provider/drpc/ethereum",
	} {
		if !strings.Contains(res.body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, never := range []string{"<script>alert", "KEY123", "secret.example", `<option value="eth_sign">`} {
		if strings.Contains(res.body, never) {
			t.Errorf("%q is on the page", never)
		}
	}
	for _, f := range []string{"facts", "answers", "depends", "last-runs", "load-run"} {
		if res := r.get(playgroundPath + "?fragment=" + f); res.status != 200 || res.header.Get("ETag") == "" {
			t.Errorf("fragment %s: %d", f, res.status)
		}
	}
	if _, _, n := r.router.seen(); n != 0 {
		t.Errorf("%d calls were sent by GET", n)
	}
	if res := r.get(playgroundPath + "?run=gone"); !strings.Contains(res.body, "not kept any more") {
		t.Error("a run that is not there is not told of")
	}
	if res := r.get(playgroundPath + "?chain=1&params=%7B"); res.status != 200 || !strings.Contains(res.body, "must be a JSON array or object") {
		t.Errorf("bad parameters in a link: %d", res.status)
	}
}

// TestPlaygroundOrigin: no other site makes a browser send calls.
func TestPlaygroundOrigin(t *testing.T) {
	t.Parallel()
	r := setup(t, full)
	for _, path := range []string{playgroundPath, playgroundPath + "/load", playgroundPath + "/load/stop"} {
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "", "Origin", "https://evil.example"}} {
			res := r.form(path, call(), header...)
			if res.status != 403 || !strings.Contains(res.body, "This is not allowed here") {
				t.Errorf("%s with %v: %d", path, header, res.status)
			}
		}
	}
	if _, _, n := r.router.seen(); n != 0 {
		t.Errorf("%d calls were sent", n)
	}
}

func TestPlaygroundRefuses(t *testing.T) {
	t.Parallel()
	whole, read, off := setup(t, full), setup(t), setup(t, func(c *web.Config) { c.Playground = web.PlaygroundOff })
	const write = "eth_sendRawTransaction"
	for name, tt := range map[string]struct {
		rig    *rig
		form   url.Values
		status int
		want   string
	}{
		"no JSON":                      {whole, call("params", "[1,"), 422, "must be a JSON array or object"},
		"a number":                     {whole, call("params", "1"), 422, "must be a JSON array or object"},
		"a second call":                {whole, call("params", `[]},{"x":[]`), 422, "must be a JSON array or object"},
		"large":                        {whole, call("params", `["`+strings.Repeat("x", 64<<10)+`"]`), 422, "larger than 64 KiB"},
		"larger":                       {whole, call("params", strings.Repeat("x", 300<<10)), 413, "larger than 256 KiB"},
		"a method with a quote":        {whole, call("method", `eth_call"`), 422, "The method is none"},
		"a long method":                {whole, call("method", strings.Repeat("x", 65)), 422, "The method is none"},
		"unknown chain":                {whole, call("chain", "solana"), 400, "is not one of ethereum, base, optimism"},
		"unknown strategy":             {whole, call("strategy", "best"), 400, "is not one of load-balanced"},
		"unknown ask":                  {whole, call("ask", "all"), 400, "is not one of every, routed, one"},
		"unknown provider":             {whole, call("ask", "one", "provider", "idle"), 400, "is not one of alchemy, drpc"},
		"a refused method":             {whole, call("method", "eth_sign"), 422, "is refused on every provider"},
		"a write to every one":         {whole, call("method", write, "confirm", "yes"), 422, "not sent to every provider"},
		"a write without confirmation": {whole, call("method", write, "ask", "routed"), 422, "tick the box"},
		"a write to read only":         {read, call("method", write, "ask", "routed", "confirm", "yes"), 403, "only reads"},
		"anything to off":              {off, call(), 403, "switched off on this node"},
	} {
		res := tt.rig.form(playgroundPath, tt.form)
		if res.status != tt.status || !strings.Contains(res.body, tt.want) {
			t.Errorf("%s: %d, want %d with %q", name, res.status, tt.status, tt.want)
		}
	}
	if res := whole.post(playgroundPath, "{}"); res.status != 415 {
		t.Errorf("JSON: %d, want 415", res.status)
	}
	if res := whole.form(playgroundPath, call("params", "1"), "HX-Request", "true"); res.status != 422 || !strings.HasPrefix(res.body, `<div class="stack pg-answers" id="answers">`) {
		t.Errorf("to the script: %d, %.80s", res.status, res.body)
	}
	for name, tt := range map[string]struct {
		rig    *rig
		form   url.Values
		status int
		want   string
	}{
		"rate":     {whole, call("rate", "201", "seconds", "1"), 422, "from 1 to 200 calls per second"},
		"no rate":  {whole, call("rate", "0", "seconds", "1"), 422, "from 1 to 200 calls per second"},
		"duration": {whole, call("rate", "1", "seconds", "31"), 422, "from 1 to 30 s"},
		"a write":  {whole, call("method", write, "confirm", "yes"), 422, "reads only"},
		"read":     {read, call(), 403, "sends no load runs"},
		"off":      {off, call(), 403, "switched off"},
	} {
		res := tt.rig.form(playgroundPath+"/load", tt.form)
		if res.status != tt.status || !strings.Contains(res.body, tt.want) {
			t.Errorf("load run, %s: %d, want %d with %q", name, res.status, tt.status, tt.want)
		}
	}
	for _, path := range []string{"?chain=solana", "?method=a+b", "?ask=x", "?strategy=x", "?ask=one&provider=x", "?sort=x", "?view=x", "?view=x&run=gone"} {
		if res := whole.get(playgroundPath + path); res.status != 400 {
			t.Errorf("GET %s: %d, want 400", path, res.status)
		}
	}
	for _, r := range []*rig{whole, read, off} {
		if _, _, n := r.router.seen(); n != 0 {
			t.Errorf("%d calls were sent", n)
		}
	}
	if res := off.get(playgroundPath); res.status != 403 {
		t.Errorf("GET while off: %d, want 403", res.status)
	}
	if res := read.get(playgroundPath); res.status != 200 || strings.Contains(res.body, "Start load run") {
		t.Errorf("GET while read only: %d, or a load run is offered", res.status)
	}
}

// TestPlaygroundEvery asks two providers that say different things.
func TestPlaygroundEvery(t *testing.T) {
	t.Parallel()
	r := setup(t)
	var mu sync.Mutex
	var seen []lasso.Request
	answers := says(map[lasso.ProviderID]string{
		"alchemy": `"result":{"number":"0x10","hash":"0xaa","gas":1.50}`,
		"drpc":    `"result":{"gas":1.50,"hash":"0x<script>","number":"0xe"}`,
	})
	r.router.serve = func(ctx context.Context, req *lasso.Request) lasso.Response {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, *req)
		return answers(ctx, req)
	}
	res := r.form(playgroundPath, call())
	to := res.header.Get("Location")
	if res.status != 303 || !strings.HasPrefix(to, playgroundPath+"?chain=ethereum&method=eth_call") || !strings.Contains(to, "&run=") {
		t.Fatalf("%d to %s", res.status, to)
	}
	pins := map[lasso.ProviderID]bool{}
	for _, q := range seen {
		pins[q.Provider] = true
		if q.Origin != lasso.System || q.Profile.Slug != "public" || q.Chain.ID != 1 || q.MaxAnswer != 4<<20 ||
			string(q.Body) != `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{}, "latest"]}` {
			t.Errorf("sent %+v", q)
		}
	}
	if len(seen) != 2 || !pins["alchemy"] || !pins["drpc"] {
		t.Errorf("asked %v", pins)
	}
	page := r.get(to)
	for _, want := range []string{
		"1 in the first group", "1 differs", "2 blocks behind, 2 fields differ", `<span class="diff-add">&#34;0x&lt;script&gt;&#34;</span>`,
		`<span class="n">1.50</span>`, "Group A, Alchemy", "from eu-west-1",
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(page.body, "<script>alert") || strings.Contains(page.body, "0x<script>") {
		t.Error("text of a stranger is not escaped")
	}
	if other := r.get(strings.Replace(to, "/public/", "/base/", 1)); strings.Contains(other.body, "0xaa") {
		t.Error("a run is shown in another profile")
	}
	if res := r.get(to + "&view=difference"); !strings.Contains(res.body, `<td class="mono">number</td>`) {
		t.Error("the differing field is not listed")
	}
	if res := r.get(to + "&view=raw"); !strings.Contains(res.body, "{&#34;gas&#34;:1.50,&#34;hash&#34;") {
		t.Error("the answer is not shown as received")
	}
	for _, bad := range []string{"&view=tree", "&group=C"} {
		if res := r.get(to + bad); res.status != 400 {
			t.Errorf("%s: %d, want 400", bad, res.status)
		}
	}
	var table struct {
		Data []map[string]any `json:"data"`
	}
	if err := json.Unmarshal([]byte(r.get(to+"&format=json").body), &table); err != nil || len(table.Data) != 2 || table.Data[1]["group"] != "B" || table.Data[1]["block"] != 14.0 {
		t.Errorf("as JSON: %v, %v", table.Data, err)
	}
	if csv := r.get(to + "&format=csv&fragment=differences").body; !strings.Contains(csv, "number,0x10,0xe") {
		t.Errorf("differences as CSV: %q", csv)
	}
	if len(seen) != 2 {
		t.Errorf("looking at a run sent %d more calls", len(seen)-2)
	}
}

// TestPlaygroundScript: the page's script gets the parts that change.
func TestPlaygroundScript(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.router.serve = says(map[lasso.ProviderID]string{"alchemy": `"result":"0x1"`, "drpc": `"result":"0x1"`})
	res := r.form(playgroundPath, call(), "HX-Request", "true")
	if res.status != 200 || !strings.HasPrefix(res.body, `<div class="stack pg-answers" id="answers">`) || !strings.Contains(res.body, `id="last-runs" hx-swap-oob="morph"`) {
		t.Errorf("%d: %.200s", res.status, res.body)
	}
	if to := res.header.Get("HX-Push-Url"); r.get(to).status != 200 || !strings.Contains(to, "&run=") {
		t.Errorf("HX-Push-Url %q", to)
	}
	if !strings.Contains(res.body, "2 agree") || !strings.Contains(res.body, "eth_call") {
		t.Error("the outcome is missing")
	}
}

// TestPlaygroundSilent says why there is no answer, whoever left the provider
// out.
func TestPlaygroundSilent(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.states.excluded = []lasso.Exclusion{{Provider: "drpc", Filter: "circuit", Reason: "circuit open: 5 failures in a row"}}
	answers := says(map[lasso.ProviderID]string{"alchemy": "!answer larger than 4 MiB"})
	r.router.serve = func(ctx context.Context, req *lasso.Request) lasso.Response {
		if req.Provider == "drpc" {
			return lasso.Response{Status: 200, Body: []byte(`{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"No available channels"}}`), Meta: &lasso.Meta{}}
		}
		return answers(ctx, req)
	}
	page := r.get(r.form(playgroundPath, call()).header.Get("Location")).body
	for _, want := range []string{"2 gave no answer", "Answer larger than 4 MiB", "Not asked: circuit open: 5 failures in a row"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// TestPlaygroundRouted shows how the call went beside its answer; an error that
// any provider would give is an answer.
func TestPlaygroundRouted(t *testing.T) {
	t.Parallel()
	r := setup(t, full)
	r.router.serve = func(_ context.Context, req *lasso.Request) lasso.Response {
		return lasso.Response{
			Status: 200, Body: []byte(`{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted"}}`),
			Meta: &lasso.Meta{
				RequestID: req.ID, Selected: &lasso.MetaProvider{ID: "alchemy"}, Reason: "lowest latency", EndToEndMS: 12,
				Attempts: []lasso.MetaAttempt{{Provider: "drpc", Outcome: lasso.Timeout, Reason: "timeout"}, {Provider: "alchemy", Outcome: lasso.ExecutionRevert}},
			},
		}
	}
	page := r.get(r.form(playgroundPath, call("ask", "routed", "method", "eth_sendRawTransaction", "confirm", "yes")).header.Get("Location")).body
	for _, want := range []string{"Answered with an error", "execution reverted", "lowest latency", "How it was routed", "timeout"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if req, _, n := r.router.seen(); n != 1 || req.Provider != "" || req.Strategy != lasso.Fastest || req.Meta != lasso.MetaHeaders {
		t.Errorf("%d calls, the last %+v", n, req)
	}
}

// TestPlaygroundKeeps the last 20 runs.
func TestPlaygroundKeeps(t *testing.T) {
	t.Parallel()
	r := setup(t)
	var links []string
	for i := range 21 {
		r.router.serve = says(map[lasso.ProviderID]string{"alchemy": fmt.Sprintf(`"result":"%d"`, 1000+i)})
		links = append(links, r.form(playgroundPath, call("ask", "one", "provider", "alchemy")).header.Get("Location"))
	}
	if page := r.get(links[0]).body; !strings.Contains(page, "not kept any more") || strings.Count(page, `<li id="run-`) != 20 {
		t.Errorf("the first run is still there, or %d are listed", strings.Count(page, `<li id="run-`))
	}
	if page := r.get(links[1]).body; !strings.Contains(page, "1001") {
		t.Error("the second run is gone")
	}
	if page := r.get(playgroundPath + "?run=" + links[20][strings.Index(links[20], "&run=")+5:]).body; !strings.Contains(page, `value="eth_call"`) {
		t.Error("the form is not filled from the run")
	}
}

// TestPlaygroundLoadMix sends the methods that are ticked in turn with the one
// of the form, and no other.
func TestPlaygroundLoadMix(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		mix  []string
		want []string
	}{
		"alone":            {nil, []string{"eth_call"}},
		"two more":         {[]string{"eth_chainId", "eth_getLogs"}, []string{"eth_call", "eth_chainId", "eth_getLogs"}},
		"one that is none": {[]string{"eth_sendRawTransaction", "eth_chainId"}, []string{"eth_call", "eth_chainId"}},
	} {
		r := setup(t, full)
		bodies := make(chan string, 64)
		r.router.serve = func(_ context.Context, req *lasso.Request) lasso.Response {
			bodies <- string(req.Body)
			return lasso.Response{Status: 200, Body: []byte(`{"result":"0x1"}`)}
		}
		form := call("method", "eth_call", "rate", "200", "seconds", "1")
		form["mix"] = tt.mix
		if res := r.form(playgroundPath+"/load", form, "HX-Request", "true"); res.status != 200 || !strings.Contains(res.body, strings.Join(tt.want, ", ")) {
			t.Fatalf("%s: start: %d, or the page does not name %v", name, res.status, tt.want)
		}
		var got []string
		for range 3 * len(tt.want) { // senders may overtake one another
			var sent struct{ Method string }
			if err := json.Unmarshal([]byte(<-bodies), &sent); err != nil {
				t.Error(err)
			}
			got = append(got, sent.Method)
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, tt.want) {
			t.Errorf("%s: sent %v, want %v", name, got, tt.want)
		}
		r.form(playgroundPath+"/load/stop", url.Values{})
	}
}

// TestPlaygroundLoad runs one, refuses a second, and stops it with the server.
func TestPlaygroundLoad(t *testing.T) {
	t.Parallel()
	r := setup(t, full)
	entered := make(chan struct{}, 64)
	r.router.serve = func(ctx context.Context, _ *lasso.Request) lasso.Response {
		entered <- struct{}{}
		<-ctx.Done()
		return lasso.Response{Status: 200, Body: []byte(`{}`)}
	}
	load := call("rate", "200", "seconds", "30")
	if res := r.form(playgroundPath+"/load", load, "HX-Request", "true"); res.status != 200 || !strings.Contains(res.body, `hx-trigger="every 1s"`) {
		t.Fatalf("start: %d, %.200s", res.status, res.body)
	}
	<-entered
	if req, _, _ := r.router.seen(); req.Origin != lasso.System || req.Provider != "" {
		t.Errorf("sent %+v", req)
	}
	if res := r.form(playgroundPath+"/load", load); res.status != 409 || !strings.Contains(res.body, "stop it first") {
		t.Errorf("a second: %d", res.status)
	}
	if res := r.form(playgroundPath+"/load/stop", url.Values{}); res.status != 303 {
		t.Errorf("stop: %d", res.status)
	}
	for !strings.Contains(r.get(playgroundPath+"?fragment=load-run").body, "Stopped early") {
		continue // it has ended when the calls in flight have
	}
	if res := r.form(playgroundPath+"/load", load); res.status != 303 {
		t.Errorf("start again: %d", res.status)
	}
	<-entered // the clean-up of the rig fails when the run does not end with the server
}
