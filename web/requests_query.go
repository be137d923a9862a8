package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// maxQuery bounds the texts of a query, in bytes.
const maxQuery = 128

// asked is what the address of a list of requests says beside the profile.
type asked struct {
	chain *lasso.Chain
	query lasso.FeedQuery // without profile and time
	words dashboard.RequestFilter
	span  time.Duration // how far back the list goes; 0: as far as requests are kept
	held  uint64        // the list stands still at this number; 0: it moves
	after uint64        // the same, for this reading only

	// The request that is open. Its id may not be its own: members of a batch
	// share one, and clients choose theirs.
	request string       // id, or what it begins with; empty: none is open
	node    lasso.NodeID // where it was served; empty: any
	number  uint64       // its number there; 0: any
}

// readRequests reads what a list of requests of a profile in a place is asked
// for. Names are those of the profile with what only other nodes have of it; a
// chain or a provider that it has not is an error that names those it has. The
// span of time is read under the given key.
func readRequests(c *fiber.Ctx, p *lasso.Profile, at lasso.Place, span string) (*asked, error) {
	a := &asked{request: c.Query("request"), node: lasso.NodeID(c.Query("on")), words: dashboard.RequestFilter{
		Method: c.Query("method"), Provider: c.Query("provider"), Outcome: c.Query("outcome"), Origin: c.Query("origin"), MinMS: c.Query("min_ms"), Text: strings.TrimSpace(c.Query("q")),
	}}
	if err := a.read(c, p, span); err != nil {
		return nil, err
	}
	w := &a.words
	a.query.Place, a.query.Method, a.query.Provider, a.query.Text = at, w.Method, lasso.ProviderID(w.Provider), w.Text
	a.query.Kinds = lasso.FeedCalls
	a.node = cmp.Or(a.node, at.Node)
	return a, nil
}

func (a *asked) read(c *fiber.Ctx, p *lasso.Profile, span string) error {
	bad := func(message string) *clientError {
		return &clientError{status: fiber.StatusBadRequest, message: message}
	}
	w := &a.words
	for _, q := range []struct {
		name, value string
		most        int
	}{
		{"method", w.Method, maxQuery},
		{"provider", w.Provider, foreignProvider},
		{"q", w.Text, maxQuery},
		{"request", a.request, maxQuery},
		{"on", string(a.node), 2 * maxQuery},
	} {
		if len(q.value) > q.most {
			return bad(q.name + ": is longer than " + strconv.Itoa(q.most) + " bytes")
		}
	}
	if name := c.Query("chain"); name != "" {
		var ok bool
		if a.chain, ok = p.Chain(name); !ok {
			return badQuery("chain", name, chainKeys(p))
		}
		w.Chain, a.query.Chain = a.chain.Key, a.chain.ID
	}
	if ids := providerIDs(p, a.query.Chain); w.Provider != "" && !slices.Contains(ids, w.Provider) {
		return badQuery("provider", w.Provider, ids)
	}
	var ok bool
	if a.query.Outcome, ok = lasso.ParseFeedOutcome(w.Outcome); !ok {
		return badQuery("outcome", w.Outcome, []string{"ok", "failed", "failover", "local", "trouble"})
	}
	if a.query.Origin, ok = lasso.ParseFeedOrigin(w.Origin); !ok {
		return badQuery("origin", w.Origin, []string{"client", "system", "any"})
	}
	if w.MinMS != "" {
		ms, err := strconv.ParseUint(w.MinMS, 10, 32)
		if err != nil {
			return bad("min_ms: '" + clip(w.MinMS) + "' is no whole number of milliseconds")
		}
		a.query.MinDuration = time.Duration(ms) * time.Millisecond
	}
	if word := c.Query(span); word != "" {
		window, ok := lasso.ParseWindow(word)
		if !ok {
			return badQuery(span, word, windowWords())
		}
		a.span = time.Duration(window)
	}
	for name, to := range map[string]*uint64{"held": &a.held, "after": &a.after, "number": &a.number} {
		var err error
		if *to, err = strconv.ParseUint(c.Query(name, "0"), 10, 64); err != nil {
			return bad(name + ": '" + clip(c.Query(name)) + "' is no number of a request")
		}
	}
	return nil
}

// upTo is the number at which the list stands still; 0: it moves.
func (a *asked) upTo() uint64 {
	if a.held != 0 {
		return a.held
	}
	return a.after
}

// since is the time from which on a list that ends at a time goes.
func (a *asked) since(end time.Time) time.Time {
	if a.span == 0 {
		return time.Time{}
	}
	return end.Add(-a.span)
}

// opens finds the requests that the address opens: those with the id, or if
// there are none, those whose id begins so.
func (a *asked) opens(items []lasso.FeedItem) []*lasso.FeedItem {
	if a.request == "" {
		return nil
	}
	q := lasso.FeedQuery{Kinds: lasso.FeedCalls, Origin: lasso.FromAnyone, RequestID: a.request}
	var same, begin []*lasso.FeedItem
	for i := range items {
		it := &items[i]
		switch {
		case !q.Matches(it) || a.number != 0 && it.Number != a.number || a.node != "" && it.Node != a.node:
		case it.Call.RequestID == a.request:
			same = append(same, it)
		default:
			begin = append(begin, it)
		}
	}
	if len(same) > 0 {
		return same
	}
	return begin
}

// requestLink is the address of one request, whatever list it was found in.
func requestLink(v *visit, it *lasso.FeedItem) string {
	q := url.Values{"request": {it.Call.RequestID}, "on": {string(it.Node)}, "number": {strconv.FormatUint(it.Number, 10)}}
	return v.base + "/dashboard/" + url.PathEscape(string(v.profile.Slug)) + "/requests?" + q.Encode()
}

func chainKeys(p *lasso.Profile) []string {
	keys := make([]string, 0, len(p.Chains))
	for _, ch := range p.Chains {
		keys = append(keys, ch.Key)
	}
	return keys
}

// providerIDs are those of a chain, or of all chains where only is 0.
func providerIDs(p *lasso.Profile, only lasso.ChainID) []string {
	var ids []string
	for _, ch := range p.Chains {
		if only != 0 && ch.ID != only {
			continue
		}
		for _, pr := range ch.Providers {
			ids = append(ids, string(pr.ID))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// providerChoices are the providers of a chain, or of all chains where only is
// 0, by name. Ids that share a name say which they are.
func providerChoices(p *lasso.Profile, only lasso.ChainID) []dashboard.RequestProvider {
	names, used := map[string]string{}, map[string]int{}
	for _, ch := range p.Chains {
		for _, pr := range ch.Providers {
			if id := string(pr.ID); (only == 0 || ch.ID == only) && names[id] == "" {
				names[id] = cmp.Or(pr.Name, id)
				used[names[id]]++
			}
		}
	}
	list := make([]dashboard.RequestProvider, 0, len(names))
	for id, name := range names {
		if used[name] > 1 && name != id {
			name += " (" + id + ")"
		}
		list = append(list, dashboard.RequestProvider{ID: id, Name: name})
	}
	slices.SortFunc(list, func(a, b dashboard.RequestProvider) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return list
}
