package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// The request that an empty form proposes.
const (
	firstMethod = "eth_getBlockByNumber"
	firstParams = `["latest", false]`
)

// pgForm is a form that names things which exist. Its method and parameters
// are still to be judged.
type pgForm struct {
	profile   *lasso.Profile
	chain     *lasso.Chain
	method    string
	info      lasso.MethodInfo
	params    string
	strategy  lasso.Strategy
	ask       string
	provider  *lasso.Provider // the one to ask, with AskOne
	confirmed bool
}

func askWords() []string {
	return []string{dashboard.AskEvery, dashboard.AskRouted, dashboard.AskOne}
}

// readPlayground reads a form out of an address or a body. What neither says
// is as in the run that is shown, if there is one.
func (s *Server) readPlayground(v *visit, get func(string) string, run *pgRun) (*pgForm, error) {
	p := v.local // this node can ask nobody else
	read := func(key, otherwise string) string {
		if value := get(key); value != "" {
			return value
		}
		return otherwise
	}
	base := &pgRun{chain: p.Chains[0].ID, strategy: p.Strategy, shown: dashboard.PlaygroundRun{Ask: dashboard.AskEvery}}
	if run != nil {
		base = run
	}
	f := &pgForm{profile: p, method: read("method", base.shown.Method), params: strings.TrimSpace(read("params", base.params))}
	var ok bool
	if name := read("chain", base.chain.String()); name != "" {
		if f.chain, ok = p.Chain(name); !ok {
			if foreign, known := v.profile.Chain(name); known {
				return nil, elsewhere("chain", name, v.held[link{foreign.ID, ""}])
			}
			return nil, badQuery("chain", name, chainWords(p))
		}
	}
	word := read("strategy", base.strategy.String())
	if f.strategy, ok = lasso.ParseStrategy(word); !ok {
		return nil, badQuery("strategy", word, strategyWords())
	}
	if f.ask = read("ask", base.shown.Ask); !slices.Contains(askWords(), f.ask) {
		return nil, badQuery("ask", f.ask, askWords())
	}
	if id := read("provider", string(base.provider)); f.ask == dashboard.AskOne && id != "" {
		if f.provider, ok = f.chain.Provider(id); !ok {
			if list := v.held[link{f.chain.ID, lasso.ProviderID(id)}]; len(list) > 0 {
				return nil, elsewhere("provider", id, list)
			}
			return nil, badQuery("provider", id, providerWords(f.chain))
		}
	} else if f.ask == dashboard.AskOne && len(f.chain.Providers) > 0 {
		f.provider = f.chain.Providers[0]
	}
	if f.method == "" {
		f.method = firstMethod
		if f.params == "" {
			f.params = firstParams
		}
	}
	if f.params == "" {
		f.params = "[]"
	}
	f.info = s.deps.Methods.Method(f.method)
	return f, nil
}

func chainWords(p *lasso.Profile) []string {
	words := make([]string, 0, len(p.Chains))
	for _, ch := range p.Chains {
		words = append(words, ch.Key)
	}
	return words
}

func providerWords(ch *lasso.Chain) []string {
	words := make([]string, 0, len(ch.Providers))
	for _, pr := range ch.Providers {
		words = append(words, string(pr.ID))
	}
	return words
}

// validMethod reports whether a name can be that of a method: it is sent, shown
// and written into command lines.
func validMethod(name string) bool {
	if name == "" || len(name) > maxMethodName {
		return false
	}
	for i, b := range []byte(name) {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', i > 0 && (b == '_' || b >= '0' && b <= '9'):
		default:
			return false
		}
	}
	return true
}

const methodRule = "a method is at most 64 letters, digits and underscores, and starts with a letter"

// problem says why the form can not be sent by anybody; empty: it can.
func (f *pgForm) problem() string {
	if !validMethod(f.method) {
		return "The method is none: " + methodRule + "."
	}
	if len(f.params) > maxParams {
		return "The parameters are larger than 64 KiB."
	}
	if f.params[0] != '[' && f.params[0] != '{' || !json.Valid([]byte(f.params)) {
		return "The parameters must be a JSON array or object, such as " + firstParams + "."
	}
	if f.ask == dashboard.AskOne && f.provider == nil || len(f.chain.Providers) == 0 {
		return "The chain has no provider."
	}
	return ""
}

// body is the JSON-RPC call.
func (f *pgForm) body() []byte { return callBody(f.method, f.params) }

func callBody(method, params string) []byte {
	b := append([]byte(nil), `{"jsonrpc":"2.0","id":1,"method":`...)
	b = strconv.AppendQuote(b, method)
	b = append(b, `,"params":`...)
	b = append(b, params...)
	return append(b, '}')
}

// pin is the provider that is asked alone, or empty.
func (f *pgForm) pin() lasso.ProviderID {
	if f.ask == dashboard.AskOne && f.provider != nil {
		return f.provider.ID
	}
	return ""
}

// endpoint is the URL of the call for a client of this node.
func (f *pgForm) endpoint(base string) string {
	root := base + "/rpc/" + url.PathEscape(string(f.profile.Slug)) + "/"
	chain := url.PathEscape(f.chain.Key)
	if pin := f.pin(); pin != "" {
		return root + "provider/" + url.PathEscape(string(pin)) + "/" + chain
	}
	return root + f.strategy.String() + "/" + chain
}

// curl is the call as a command line for a POSIX shell.
func (f *pgForm) curl(base string) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	return "curl -X POST " + quote(f.endpoint(base)) + " -H 'Content-Type: application/json' --data " + quote(string(f.body()))
}

// serves reports whether a provider is configured to take a method.
func serves(pr *lasso.Provider, m lasso.MethodInfo) bool {
	return !slices.Contains(pr.Capabilities.UnsupportedMethods, m.Name) && !slices.Contains(pr.Capabilities.UnsupportedCategories, m.Category)
}

// formView is the form as it is drawn.
func (s *Server) formView(v *visit, f *pgForm) dashboard.PlaygroundForm {
	out := dashboard.PlaygroundForm{
		Chain: chainRef(f.chain), Method: f.method, Params: f.params, Strategy: f.strategy.String(), Strategies: strategyWords(),
		Ask: f.ask, Provider: string(f.pin()), Confirmed: f.confirmed, Linked: len(f.params) <= maxLinked,
		RPC: v.base + "/rpc/" + url.PathEscape(string(f.profile.Slug)),
	}
	if f.problem() == "" {
		out.Curl = f.curl(v.base)
	}
	if !f.info.Read {
		out.Writes = f.info.Meaning
	}
	for _, ch := range f.profile.Chains {
		out.Chains = append(out.Chains, chainRef(ch))
	}
	for _, m := range s.deps.Methods.Methods() {
		if !m.Refused && slices.ContainsFunc(f.chain.Providers, func(pr *lasso.Provider) bool { return serves(pr, m) }) {
			out.Methods = append(out.Methods, m.Name)
		}
	}
	for _, pr := range f.chain.Providers {
		out.Providers = append(out.Providers, dashboard.PlaygroundChoice{ID: string(pr.ID), Name: pr.Name})
	}
	if all, ok := v.profile.Chain(f.chain.ID.String()); ok {
		for _, pr := range all.Providers {
			if _, here := f.chain.Provider(string(pr.ID)); !here {
				out.Foreign = append(out.Foreign, pr.Name)
			}
		}
	}
	seen := map[lasso.ProviderID]bool{}
	for _, ch := range f.profile.Chains {
		for _, pr := range ch.Providers {
			if _, here := f.chain.Provider(string(pr.ID)); !here && !seen[pr.ID] {
				seen[pr.ID] = true
				out.Absent = append(out.Absent, pr.Name)
			}
		}
	}
	return out
}

// parseForm reads what a browser sends for a form.
func parseForm(body string) (url.Values, error) {
	values, err := url.ParseQuery(body)
	if err != nil {
		return nil, &clientError{status: fiber.StatusBadRequest, message: "the form is not well-formed"}
	}
	return values, nil
}

// formNumber is a number of a form, or otherwise what it was.
func formNumber(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}
