package web

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/web/jsondiff"
)

// runOf is a run whose providers, called a, b, c …, gave these answers. One
// that begins with "!" is an error, an empty one none.
func runOf(method string, bodies ...string) *pgRun {
	r := &pgRun{chain: 1, shown: dashboard.PlaygroundRun{ID: "r", Method: method, Ask: dashboard.AskEvery}}
	g := newGathering()
	var answers []pgAnswer
	for i, body := range bodies {
		a := pgAnswer{provider: lasso.ProviderID(rune('a' + i)), name: string(rune('a' + i)), reason: "timeout"}
		if text, isError := strings.CutPrefix(body, "!"); body != "" {
			a.answered, a.key = true, g.add([]byte(text), isError)
		}
		answers = append(answers, a)
	}
	r.compare(answers, g.end())
	return r
}

func TestGroups(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method string
		bodies []string
		want   string // group, provider, value | rest, against
		counts [3]int
	}{
		"all agree": {"eth_chainId", []string{`"0x1"`, `"0x1"`}, "A a 0x1| Same; A b 0x1| Same", [3]int{2, 0, 0}},
		"key order": {"x", []string{`{"a":1,"b":2}`, `{"b":2,"a":1}`}, "A a 1| Same; A b 1| Same", [3]int{2, 0, 0}},
		"behind": {
			"eth_blockNumber",
			[]string{`"0x10"`, `"0x12"`, `"0x12"`, `"0x13"`, ``},
			"A b 0x12| Same; A c 0x12| Same; B a 0x1|0 2 blocks behind; C d 0x1|3 1 block ahead; - e | timeout",
			[3]int{2, 2, 1},
		},
		"not a block number": {"eth_getBalance", []string{`"0x12"`, `"0x12"`, `"0x10"`}, "A a 0x12| Same; A b 0x12| Same; B c 0x1|0 Another value", [3]int{2, 1, 0}},
		"block and fields": {
			"eth_getBlockByNumber",
			[]string{`{"hash":"0xa","number":"0x2","x":1}`, `{"hash":"0xb","number":"0x1","x":1}`},
			"A a 0x2| Same; B b 0x|1 1 block behind, 2 fields differ",
			[3]int{1, 1, 0},
		},
		"numbers as written":     {"x", []string{`1`, `1.0`}, "A a 1| Same; B b 1|.0 Another value", [3]int{1, 1, 0}},
		"twice the same key":     {"x", []string{`{"a":1,"a":2}`, `{"a":2}`}, "A a 1| Same; B b |2 2 fields differ", [3]int{1, 1, 0}},
		"no block there":         {"eth_getBlockByNumber", []string{`{"number":"0x2"}`, `{"number":"0x2"}`, `null`}, "A a 0x2| Same; A b 0x2| Same; B c |null Another value", [3]int{2, 1, 0}},
		"an error":               {"eth_call", []string{`"0x"`, `"0x"`, `!{"code":3,"message":"reverted"}`}, "A a 0x| Same; A b 0x| Same; B c |reverted An error where the majority has a result", [3]int{2, 1, 0}},
		"an error like a result": {"x", []string{`{"code":3}`, `!{"code":3}`}, "A a 3| Same; B b 3| An error where the majority has a result", [3]int{1, 1, 0}},
		"errors agree":           {"eth_call", []string{`!{"code":3,"message":"reverted"}`, `!{"message":"reverted","code":3}`}, "A a reverted| Same; A b reverted| Same", [3]int{2, 0, 0}},
		"lists":                  {"eth_getLogs", []string{`[1,2]`, `[1]`}, "A a 2 items| Same; B b |1 item 1 field differs", [3]int{1, 1, 0}},
		"deep": {
			"x",
			[]string{strings.Repeat("[", 300) + strings.Repeat("]", 300), `1`},
			"A a | Same; B b |1 Another answer, not compared field by field",
			[3]int{1, 1, 0},
		},
		"huge number": {"x", []string{strings.Repeat("9", 500), strings.Repeat("9", 500)}, "A a " + strings.Repeat("9", 64) + "…| Same; A b " + strings.Repeat("9", 64) + "…| Same", [3]int{2, 0, 0}},
		"no hash":     {"x", []string{`"0x` + strings.Repeat("€", 10) + `a"`, `"0x1"`}, "A a 0x" + strings.Repeat("€", 10) + "a| Same; B b 0x|1 Another value", [3]int{1, 1, 0}},
		"a hash":      {"x", []string{`"0x` + strings.Repeat("ab", 32) + `"`}, "A a 0xabababab…abab| Same", [3]int{1, 0, 0}},
		"nobody":      {"x", []string{``, ``}, "- a | timeout; - b | timeout", [3]int{0, 0, 2}},
	} {
		p := lasso.NewCatalog([]*lasso.Profile{{Slug: "p"}}, "", time.Time{}).Profiles[0]
		run, err := runView(p, runOf(tt.method, tt.bodies...), "", "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, a := range run.Answers {
			group := a.Group
			if group == "" {
				group = "-"
			}
			got = append(got, group+" "+a.Provider+" "+a.Value+"|"+a.Rest+" "+a.Against)
		}
		if text := strings.Join(got, "; "); text != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", name, text, tt.want)
		}
		if counts := [3]int{run.Agree, run.Differ, run.Silent}; counts != tt.counts {
			t.Errorf("%s: %v, want %v", name, counts, tt.counts)
		}
	}
}

// TestField: the member that heads the column is one that can be seen.
func TestField(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"a":[1],"b":1}`:                       "b",
		`{"x":1,"hash":"0x1"}`:                  "hash",
		"{\"\u202e\":1,\"c d\":2}":              "c d",
		`{"\u0000":1}`:                          "",
		`{"` + strings.Repeat("x", 30) + `":1}`: "",
		`[1]`:                                   "",
	} {
		if got := runOf("x", body).shown.Field; got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// TestLargeAnswer: of an answer that is too large to compare only the beginning
// is kept, and equal ones are one group all the same.
func TestLargeAnswer(t *testing.T) {
	t.Parallel()
	large := `"` + strings.Repeat("é", jsondiff.MaxBytes) + `"`
	r := runOf("x", large, large)
	if n := len(r.shown.Groups); n != 1 || r.bytes > 3*shownBytes {
		t.Fatalf("%d groups, %d bytes", n, r.bytes)
	}
	run, err := runView(&lasso.Profile{}, r, dashboard.ViewRaw, "")
	if err != nil {
		t.Fatal(err)
	}
	g := run.Groups[0]
	if !g.Cut || !g.RawCut || g.Unordered == "" || len(g.Raw) > shownBytes || strings.Contains(g.Raw, "\uFFFD") {
		t.Errorf("cut %v, %d bytes shown", g.Cut, len(g.Raw))
	}
}

// stuck never answers some providers, until it is let go.
type stuck struct{ free chan struct{} }

func (r stuck) Serve(_ context.Context, req *lasso.Request) lasso.Response {
	if req.Provider == "b" {
		<-r.free
	}
	return lasso.Response{Body: []byte(`{"result":"0x1"}`)}
}

type nowhere struct{ States }

func (nowhere) ChainStates(lasso.ProfileID) []lasso.ChainState { return nil }

// TestRunDeadline: a provider that does not answer holds nobody up, and the
// turn is given back only when its call has ended.
func TestRunDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		router := stuck{make(chan struct{})}
		s := runner(router)
		ch := &lasso.Chain{ID: 1, Key: "x", Providers: []*lasso.Provider{{ID: "a", Name: "A"}, {ID: "b", Name: "B"}, {ID: "c", Name: "C"}}}
		p := lasso.NewCatalog([]*lasso.Profile{{Slug: "p", Chains: []*lasso.Chain{ch}}}, "", time.Time{}).Profiles[0]
		f := &pgForm{profile: p, chain: ch, method: "eth_chainId", params: "[]", ask: dashboard.AskEvery}
		ctx, cancel := context.WithTimeout(t.Context(), runLimit)
		defer cancel()
		begin := time.Now()
		r, _ := s.runForm(ctx, f)
		if took := time.Since(begin); took != runLimit {
			t.Errorf("took %v, want %v", took, runLimit)
		}
		if r.shown.Agree != 2 || r.shown.Silent != 1 {
			t.Errorf("%d answered, %d did not", r.shown.Agree, r.shown.Silent)
		}
		if last := r.shown.Answers[2]; last.Name != "B" || last.Against != "No answer within 20s" {
			t.Errorf("the last: %+v", last)
		}
		if len(s.playground.turns) != 1 {
			t.Error("the turn was given back while a call was in flight")
		}
		close(router.free)
		synctest.Wait()
		if len(s.playground.turns) != 0 {
			t.Error("the turn was not given back")
		}
	})
}

func TestCurl(t *testing.T) {
	t.Parallel()
	pr := &lasso.Provider{ID: "a b"}
	ch := &lasso.Chain{ID: 1, Key: "eth", Providers: []*lasso.Provider{pr}}
	f := &pgForm{profile: &lasso.Profile{Slug: "p"}, chain: ch, method: "eth_call", params: `["it's"]`, strategy: lasso.Fastest, ask: dashboard.AskRouted}
	const want = `curl -X POST 'http://h/rpc/p/fastest/eth' -H 'Content-Type: application/json' --data '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":["it'\''s"]}'`
	if got := f.curl("http://h"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	f.ask, f.provider = dashboard.AskOne, pr
	if got := f.endpoint("http://h"); got != "http://h/rpc/p/provider/a%20b/eth" {
		t.Errorf("pinned: %s", got)
	}
}

// FuzzRunView: no answer of a stranger brings the page down.
func FuzzRunView(f *testing.F) {
	for _, s := range []string{`{"number":"0x1"}`, `"0x1"`, `{"a":1,"a":2}`, `[[[]]]`, "\xff", `1e999999`, `{"number":{}}`, ``} {
		f.Add(s, `{"number":"0x2","a":[1]}`, "eth_blockNumber")
	}
	f.Fuzz(func(t *testing.T, a, b, method string) {
		for _, view := range answerViewWords() {
			run, err := runView(&lasso.Profile{}, runOf(method, a, b, "!"+b), view, "")
			if err != nil {
				t.Fatal(err)
			}
			page := dashboard.PlaygroundPage{Run: run}
			if err := page.Page().Render(t.Context(), &bytes.Buffer{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
