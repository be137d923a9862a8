package web

import (
	"math"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// Bounds of the requests page.
const (
	requestRows    = 100
	requestMethods = 60 // to choose from
)

// readAsked reads the keys of the requests page.
func readAsked(c *fiber.Ctx, v *visit) (err error) {
	v.asked, err = readRequests(c, v.profile, v.place, "range")
	return err
}

func (s *Server) requestsPage(v *visit) sheet {
	p, a := v.profile, v.asked
	totals := s.figures(v).Totals(v.scope(0, "", lasso.Minute))
	page := dashboard.RequestsPage{
		Filter: a.words, Spanned: a.span > 0, PerSecond: totals.Data.PerSecond, Sampled: totals.Coverage.Total > 1, Providers: providerChoices(p, a.query.Chain),
	}
	for _, ch := range p.Chains {
		page.Chains = append(page.Chains, chainRef(ch))
	}
	kept := lasso.FeedQuery{Profile: p.Slug, Kinds: lasso.FeedCalls, Origin: lasso.FromAnyone}
	if v.part == dashboard.FragmentFacts {
		kept.After = math.MaxUint64 // of no request: a reading says that somebody watches, and other nodes tell theirs
	}
	// The list and the open request come out of one reading, so that they agree.
	items := s.deps.Tail.Feed(kept)
	open := a.opens(items)
	listRequests(v, items, open, s.cfg.Now(), &page)
	openRequests(v, open, &page)
	return sheet{
		nav: dashboard.NavRequests, title: "Requests", attention: v.unwell(s.states(v.profile.Slug, v.place)), trust: trustOf(totals),
		model:  &page,
		tables: map[string]func() grid{dashboard.FragmentTail: func() grid { return requestGrid(page.Rows) }},
	}
}

// listRequests fills in the rows and what is counted. A list that moves ends
// now. One that stands still ends with its newest request: what is on it does
// not leave it as time goes by.
func listRequests(v *visit, items []lasso.FeedItem, open []*lasso.FeedItem, now time.Time, page *dashboard.RequestsPage) {
	a := v.asked
	upTo := a.upTo()
	if upTo == 0 && a.request != "" {
		upTo = stand(items, open, a, now)
	}
	page.Still = a.after != 0
	if a.held != 0 || a.request != "" {
		page.Held = upTo
	}
	scope := a.query
	scope.Outcome, scope.MinDuration, scope.Since = lasso.AnyOutcome, 0, a.since(a.endOf(items, upTo, now))
	recent := a.since(now) // what would be on the list if it moved
	methods := map[string]bool{}
	if a.query.Method != "" {
		methods[a.query.Method] = true
	}
	for i := range items {
		it := &items[i]
		c := it.Call
		if c == nil || !a.query.Origin.Of(c) {
			continue
		}
		page.Kept++
		if len(methods) < requestMethods {
			methods[c.Method] = true
		}
		if !scope.Matches(it) {
			continue
		}
		quick := c.Duration < a.query.MinDuration
		countRequest(c, quick, a.query.Outcome, page)
		switch {
		case quick || !a.query.Outcome.Of(c):
		case upTo == 0 || it.Seq <= upTo:
			if page.Match++; len(page.Rows) < requestRows {
				page.Rows = append(page.Rows, requestRow(v.profile, it))
			}
		case !c.At.Before(recent):
			page.Newer++
		}
	}
	for name := range methods {
		page.Methods = append(page.Methods, name)
	}
	slices.Sort(page.Methods)
	if page.Newest = upTo; upTo == 0 && len(page.Rows) > 0 {
		page.Newest = page.Rows[0].Seq
	}
	// Other nodes tell in batches what happened: the list is in order of time.
	slices.SortStableFunc(page.Rows, func(a, b dashboard.RequestRow) int { return b.At.Compare(a.At) })
}

// countRequest counts a request for the quick filters. A quick one takes less
// than is asked for.
func countRequest(c *lasso.Call, quick bool, outcome lasso.FeedOutcome, page *dashboard.RequestsPage) {
	if lasso.OutcomeFailed.Of(c) && !quick {
		page.Failed++
	}
	if lasso.OutcomeFailover.Of(c) && !quick {
		page.Failovers++
	}
	if lasso.OutcomeLocal.Of(c) && !quick {
		page.Local++
	}
	if c.Duration >= dashboard.SlowRequest && outcome.Of(c) {
		page.Slow++
	}
}

// stand is where a list beside an open request stands still: at the newest
// request, or at the open one where that would be off the list.
func stand(items []lasso.FeedItem, open []*lasso.FeedItem, a *asked, now time.Time) uint64 {
	if len(items) == 0 {
		return 0
	}
	scope := a.query
	scope.Since = a.since(now)
	newer := 0
	for i := range items {
		it := &items[i]
		if len(open) == 1 && it == open[0] {
			if newer >= requestRows {
				return it.Seq
			}
			break
		}
		if scope.Matches(it) {
			newer++
		}
	}
	return items[0].Seq
}

// endOf is the time at which a list ends: now, or that of the last request up
// to the number at which it stands still.
func (a *asked) endOf(items []lasso.FeedItem, upTo uint64, now time.Time) time.Time {
	var end time.Time
	if upTo != 0 {
		for i := range items {
			if it := &items[i]; it.Seq <= upTo && it.Call != nil && a.query.Origin.Of(it.Call) && it.Call.At.After(end) {
				end = it.Call.At
			}
		}
	}
	if end.IsZero() {
		return now
	}
	return end
}

// openRequests fills in the request that is open, or those there are to choose
// from.
func openRequests(v *visit, open []*lasso.FeedItem, page *dashboard.RequestsPage) {
	a := v.asked
	switch {
	case a.request == "":
		return
	case len(open) == 0:
		page.Gone = a.request
		return
	case len(open) > 1:
		page.Several = &dashboard.RequestChoice{ID: a.request, Whole: open[0].Call.RequestID == a.request, Count: len(open)}
		for _, it := range open[:min(len(open), requestRows)] {
			page.Several.Rows = append(page.Several.Rows, requestRow(v.profile, it))
		}
		return
	}
	d := requestDetail(v, open[0])
	for i := range page.Rows {
		if page.Rows[i].Seq != open[0].Seq {
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
	page.Open = &d
}
