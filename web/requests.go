package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// Bounds of the requests page.
const (
	requestRows    = 100
	requestMethods = 60 // to choose from
	maxQuery       = 128
)

// asked is what the address of a list of requests says beside profile and
// region.
type asked struct {
	chain   *lasso.Chain
	query   lasso.FeedQuery // without profile and region
	words   dashboard.RequestFilter
	request string // id of the request that is open
	at      int64  // its time in nanoseconds, where its id is not its own; 0: any
	held    uint64 // the list stands still at this number; 0: it moves
	after   uint64 // the same, for this reading only
}

// readAsked reads the query. A chain or a provider that the profile has not is
// an error that names those it has.
func readAsked(c *fiber.Ctx, p *lasso.Profile) (*asked, error) {
	a := &asked{request: c.Query("request"), words: dashboard.RequestFilter{
		Method: c.Query("method"), Provider: c.Query("provider"), Outcome: c.Query("outcome"), Origin: c.Query("origin"), MinMS: c.Query("min_ms"), Text: strings.TrimSpace(c.Query("q")),
	}}
	bad := func(f *clientError) (*asked, error) {
		f.profile = p
		return nil, f
	}
	w := &a.words
	for _, q := range [][2]string{{"method", w.Method}, {"provider", w.Provider}, {"q", w.Text}, {"request", a.request}} {
		if len(q[1]) > maxQuery {
			return bad(&clientError{status: fiber.StatusBadRequest, message: q[0] + ": is longer than " + strconv.Itoa(maxQuery) + " bytes"})
		}
	}
	if name := c.Query("chain"); name != "" {
		var ok bool
		if a.chain, ok = p.Chain(name); !ok {
			return bad(badQuery("chain", name, chainKeys(p)))
		}
		w.Chain, a.query.Chain = a.chain.Key, a.chain.ID
	}
	if ids := providerIDs(p, a.chain); w.Provider != "" && !slices.Contains(ids, w.Provider) {
		return bad(badQuery("provider", w.Provider, ids))
	}
	var ok bool
	if a.query.Outcome, ok = lasso.ParseFeedOutcome(w.Outcome); !ok {
		return bad(badQuery("outcome", w.Outcome, []string{"ok", "failed", "failover", "local"}))
	}
	if a.query.Origin, ok = lasso.ParseFeedOrigin(w.Origin); !ok {
		return bad(badQuery("origin", w.Origin, []string{"client", "system", "any"}))
	}
	if w.MinMS != "" {
		ms, err := strconv.ParseUint(w.MinMS, 10, 32)
		if err != nil {
			return bad(&clientError{status: fiber.StatusBadRequest, message: "min_ms: '" + clip(w.MinMS) + "' is no whole number of milliseconds"})
		}
		a.query.MinDuration = time.Duration(ms) * time.Millisecond
	}
	var err error
	for _, name := range []string{"held", "after"} {
		n, err := strconv.ParseUint(c.Query(name, "0"), 10, 64)
		if err != nil {
			return bad(&clientError{status: fiber.StatusBadRequest, message: name + ": '" + clip(c.Query(name)) + "' is no number of a request"})
		}
		if name == "held" {
			a.held = n
		} else {
			a.after = n
		}
	}
	if a.at, err = strconv.ParseInt(c.Query("at", "0"), 10, 64); err != nil {
		return bad(&clientError{status: fiber.StatusBadRequest, message: "at: '" + clip(c.Query("at")) + "' is no time in nanoseconds"})
	}
	a.query.Method, a.query.Provider, a.query.Text = w.Method, lasso.ProviderID(w.Provider), w.Text
	a.query.Kinds = lasso.FeedCalls
	return a, nil
}

func chainKeys(p *lasso.Profile) []string {
	keys := make([]string, 0, len(p.Chains))
	for _, ch := range p.Chains {
		keys = append(keys, ch.Key)
	}
	return keys
}

// providerIDs are those of a chain, or of all chains.
func providerIDs(p *lasso.Profile, only *lasso.Chain) []string {
	var ids []string
	for _, ch := range p.Chains {
		if only != nil && ch != only {
			continue
		}
		for _, pr := range ch.Providers {
			ids = append(ids, string(pr.ID))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// requestsHandler answers with single requests: see page.
func (s *Server) requestsHandler(c *fiber.Ctx) error {
	p, err := s.findProfile(param(c, "profile"))
	if err != nil {
		return err
	}
	a, err := readAsked(c, p)
	if err != nil {
		return err
	}
	return s.page(nil, func(v *visit) sheet { return s.requestsPage(v, a) })(c)
}

func (s *Server) requestsPage(v *visit, a *asked) sheet {
	p := v.profile
	totals := s.deps.Figures.Totals(v.scope(0, "", lasso.Minute))
	page := dashboard.RequestsPage{
		Filter: a.words, PerSecond: totals.Data.PerSecond, Sampled: totals.Coverage.Total > 1, Providers: providerIDs(p, a.chain),
	}
	for _, ch := range p.Chains {
		page.Chains = append(page.Chains, chainRef(ch))
	}
	s.listRequests(v, a, &page)
	s.openRequest(v, a, &page)
	return sheet{
		nav: dashboard.NavRequests, title: "Requests", attention: v.unwell(s.states(v)), trust: trustOf(totals),
		view:   func(sh dashboard.Shell) dashboard.View { page := page; page.Shell = sh; return page },
		tables: map[string]func() grid{"": requestGrid(page.Rows), dashboard.FragmentTail: requestGrid(page.Rows)},
	}
}

// listRequests fills in the rows and what is counted. All of it comes out of one
// reading of the feed, so that it agrees.
func (s *Server) listRequests(v *visit, a *asked, page *dashboard.RequestsPage) {
	items := s.deps.Tail.Feed(lasso.FeedQuery{Profile: v.profile.Slug, Kinds: lasso.FeedCalls, Origin: a.query.Origin})
	page.Kept = len(items)
	upto := a.held
	if upto == 0 {
		upto = a.after
	}
	if upto == 0 && a.request != "" {
		upto = stand(items, a)
	}
	page.Still = a.after != 0
	if a.held != 0 || a.request != "" {
		page.Held = upto
	}
	methods := map[string]bool{}
	if a.query.Method != "" {
		methods[a.query.Method] = true
	}
	scope := a.query
	scope.Outcome, scope.MinDuration, scope.Region = lasso.AnyOutcome, 0, v.region
	for i := range items {
		it := &items[i]
		c := it.Call
		if c == nil {
			continue
		}
		if len(methods) < requestMethods {
			methods[c.Method] = true
		}
		if !scope.Matches(it) {
			continue
		}
		slow, quick := c.Duration >= dashboard.SlowRequest, c.Duration < a.query.MinDuration
		if lasso.OutcomeFailed.Of(c) && !quick {
			page.Failed++
		}
		if lasso.OutcomeFailover.Of(c) && !quick {
			page.Failovers++
		}
		if lasso.OutcomeLocal.Of(c) && !quick {
			page.Local++
		}
		if slow && a.query.Outcome.Of(c) {
			page.Slow++
		}
		switch {
		case quick || !a.query.Outcome.Of(c):
		case upto != 0 && it.Seq > upto:
			page.Newer++
		default:
			if page.Match++; len(page.Rows) < requestRows {
				page.Rows = append(page.Rows, requestRow(v.profile, it))
			}
		}
	}
	for name := range methods {
		page.Methods = append(page.Methods, name)
	}
	slices.Sort(page.Methods)
	if page.Newest = upto; upto == 0 && len(page.Rows) > 0 {
		page.Newest = page.Rows[0].Seq
	}
	// Other nodes tell in batches what happened: the list is in order of time.
	slices.SortStableFunc(page.Rows, func(a, b dashboard.RequestRow) int { return b.At.Compare(a.At) })
	tellTwins(page.Rows)
}

// stand is where a list beside an open request stands still: at the newest
// request, or at the open one where that would be off the list.
func stand(items []lasso.FeedItem, a *asked) uint64 {
	newer := 0
	for i := range items {
		it := &items[i]
		switch {
		case a.opens(it) && newer >= requestRows:
			return it.Seq
		case a.opens(it):
			return items[0].Seq
		case a.query.Matches(it):
			newer++
		}
	}
	if len(items) == 0 {
		return 0
	}
	return items[0].Seq
}

// opens reports whether an item is the request that the address opens.
func (a *asked) opens(it *lasso.FeedItem) bool {
	c := it.Call
	return c != nil && c.RequestID == a.request && (a.at == 0 || c.At.UnixNano() == a.at)
}

// tellTwins marks the rows whose request id others have too: members of one
// batch. Their time tells them apart on every node.
func tellTwins(rows []dashboard.RequestRow) {
	ids := make(map[string]int, len(rows))
	for i := range rows {
		ids[rows[i].ID]++
	}
	for i := range rows {
		if ids[rows[i].ID] > 1 {
			rows[i].Twin = strconv.FormatInt(rows[i].At.UnixNano(), 10)
		}
	}
}

func requestRow(p *lasso.Profile, it *lasso.FeedItem) dashboard.RequestRow {
	c := it.Call
	named := feedRow(p, *it)
	r := dashboard.RequestRow{
		Seq: it.Seq, At: c.At, ID: c.RequestID, Chain: named.Chain, Method: c.Method, Provider: string(c.Provider), Name: named.Name,
		Region: it.Region, Node: string(it.Node), Tries: tries(c), Duration: c.Duration, Failed: !c.Category.Answered(), Local: c.Local, Own: c.Origin != lasso.Client,
	}
	if c.Category != lasso.OK {
		r.Category = c.Category.String()
	}
	return r
}

// tries counts what was tried, also where nothing could be sent.
func tries(c *lasso.Call) int {
	if c.Trace != nil {
		return max(len(c.Trace.Tries), c.Attempts)
	}
	return max(c.Attempts, c.Failovers)
}

// openRequest finds the request that the address opens.
func (s *Server) openRequest(v *visit, a *asked, page *dashboard.RequestsPage) {
	if a.request == "" {
		return
	}
	page.Gone = a.request
	for _, it := range s.deps.Tail.Feed(lasso.FeedQuery{Profile: v.profile.Slug, Kinds: lasso.FeedCalls, Origin: lasso.FromAnyone, RequestID: a.request}) {
		if !a.opens(&it) {
			continue
		}
		d := requestDetail(v, &it)
		if a.at != 0 {
			d.Twin = strconv.FormatInt(a.at, 10)
		}
		for i := range page.Rows {
			if page.Rows[i].Seq != it.Seq {
				continue
			}
			page.Rows[i].Open = true
			if i > 0 {
				d.Prev = &page.Rows[i-1]
			}
			if i+1 < len(page.Rows) {
				d.Next = &page.Rows[i+1]
			}
		}
		page.Open, page.Gone = &d, ""
		return
	}
}

func requestDetail(v *visit, it *lasso.FeedItem) dashboard.RequestDetail {
	c := it.Call
	d := dashboard.RequestDetail{
		RequestRow: requestRow(v.profile, it), Strategy: c.Strategy.String(), Code: c.Code, BytesIn: c.BytesIn, BytesOut: c.BytesOut,
		Picked: c.Picked, Traced: c.Trace != nil, Failovers: c.Failovers, Curl: curl(v, c),
	}
	name := func(id lasso.ProviderID) string {
		if ch, ok := v.profile.Chain(c.Chain.String()); ok {
			if pr, ok := ch.Provider(string(id)); ok {
				return pr.Name
			}
		}
		return ""
	}
	add := func(t *lasso.Try) {
		one := dashboard.RequestTry{
			Provider: string(t.Provider), Name: name(t.Provider), Transport: strings.ToUpper(t.Transport.String()), Start: t.Start, Took: t.Took,
			Answered: t.Category.Answered(), Canceled: t.Category == lasso.Canceled, Message: t.Message, Why: t.Why,
		}
		if t.Category != lasso.OK {
			one.Outcome = t.Category.String()
		}
		d.Tries = append(d.Tries, one)
	}
	switch {
	case c.Trace != nil:
		for i := range c.Trace.Tries {
			add(&c.Trace.Tries[i])
		}
		for _, o := range c.Trace.Others {
			d.Others = append(d.Others, dashboard.RequestOther{
				Provider: string(o.Provider), Name: name(o.Provider), Transport: strings.ToUpper(o.Transport.String()), LeftOut: o.LeftOut, Why: o.Why,
			})
		}
	case c.Provider != "": // one try, which ended with the call
		add(&lasso.Try{
			Provider: c.Provider, Transport: c.Transport, Category: c.Category, Start: max(c.Duration-c.Upstream, 0), Took: min(c.Upstream, c.Duration), Why: c.Why,
		})
	}
	return d
}

// curl is a command that sends a call of the same method the same way.
func curl(v *visit, c *lasso.Call) string {
	chain := c.Chain.String()
	if ch, ok := v.profile.Chain(chain); ok {
		chain = ch.Key
	}
	to := v.base + "/rpc/" + url.PathEscape(string(v.profile.Slug)) + "/" + c.Strategy.String() + "/" + url.PathEscape(chain)
	method, _ := json.Marshal(c.Method)
	body := `{"jsonrpc":"2.0","id":1,"method":` + string(method) + `,"params":[]}`
	return "curl -X POST " + quoted(to) + " -H 'Content-Type: application/json' -d " + quoted(body)
}

// quoted is a word that a shell takes as it is.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func requestGrid(rows []dashboard.RequestRow) func() grid {
	return func() grid {
		g := grid{name: "requests", columns: []string{
			"at", "request_id", "result", "category", "chain_id", "chain", "method", "provider_id", "region", "node_id", "tries", "duration_ms", "origin",
		}}
		for i := range rows {
			r := &rows[i]
			result, origin := "ok", lasso.Client
			if r.Failed {
				result = "failed"
			}
			if r.Own {
				origin = lasso.System
			}
			g.rows = append(g.rows, []string{
				r.At.UTC().Format(time.RFC3339Nano), r.ID, result, r.Category, whole(r.Chain.ID), r.Chain.Alias, r.Method, r.Provider,
				r.Region, r.Node, strconv.Itoa(r.Tries), float(milliseconds(r.Duration)), origin.String(),
			})
		}
		return g
	}
}
