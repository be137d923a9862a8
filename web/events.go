package web

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// mostEvents is how many events one answer of the API holds at most.
const mostEvents = 1000

// startSlack is how long after its start a node may begin to record: what it
// knows from then on is all since its start.
const startSlack = 10 * time.Second

// readEventList reads the keys of the events page.
func (s *Server) readEventList(c *fiber.Ctx, v *visit) (err error) {
	if v.events, err = readEvents(c, v.profile, "range"); err != nil {
		return err
	}
	v.events.nth, err = readPage(c)
	return err
}

// profileLog is what happened: the events of a profile on the nodes of a place,
// newest first, with those of the nodes themselves.
func (s *Server) profileLog(f Figures, p lasso.ProfileID, at lasso.Place) lasso.Answer[lasso.EventLog] {
	a := f.Events(lasso.Scope{Profile: p, Place: at})
	type name struct {
		node lasso.NodeID
		seq  uint64
	}
	seen := make(map[name]bool, len(a.Data.Items))
	// Of nodes the cluster tells, nobody else; and another boot of a node may
	// claim the numbers of the first.
	a.Data.Items = slices.DeleteFunc(a.Data.Items, func(it lasso.FeedItem) bool {
		n := name{it.Node, it.Seq}
		if it.Event == nil || it.Event.Kind == kindNode || seen[n] || !at.Has(it.Node, it.Region) {
			return true
		}
		seen[n] = true
		return false
	})
	nodes := s.nodeEvents(at)
	for i := range nodes {
		a.Data.Items = append(a.Data.Items, nodeItem(&nodes[i]))
	}
	slices.SortStableFunc(a.Data.Items, func(x, y lasso.FeedItem) int {
		return cmp.Or(y.Event.At.Compare(x.Event.At), cmp.Compare(x.Node, y.Node), cmp.Compare(y.Seq, x.Seq))
	})
	return a
}

// nodeItem is what became of a node, as an event of the log. Its number is of
// this node.
func nodeItem(n *dashboard.NodeEvent) lasso.FeedItem {
	e := &lasso.Event{At: n.At, Kind: kindNode, Title: "Node " + string(n.Change), Detail: n.Reason}
	switch n.Change {
	case dashboard.NodeLost:
		e.Status = lasso.CircuitOpen
	case dashboard.NodeSilent:
		e.Status = lasso.Degraded
	case dashboard.NodeAnswers, dashboard.NodeJoined, dashboard.NodeBack:
		e.Status = lasso.Healthy
	}
	return lasso.FeedItem{Seq: n.Seq, Number: n.Seq, Node: lasso.NodeID(n.Node), Region: n.Region, Event: e}
}

// eventsPage is the log of what happened to all providers on all nodes.
func (s *Server) eventsPage(v *visit) sheet {
	p, q := v.profile, v.events
	log := s.profileLog(s.figures(v), p.Slug, v.place)
	page := dashboard.EventsPage{
		Shell: s.listing(v), Filter: q.words, Spanned: q.span > 0, Nth: q.nth, Providers: providerIDs(p, q.chainID()),
	}
	for _, ch := range p.Chains {
		page.Chains = append(page.Chains, chainRef(ch))
	}
	now := s.cfg.Now()
	listEvents(p, q, log.Data.Items, now, &page)
	page.Reach = s.reach(&log.Data, q, v.place, now)
	return sheet{
		nav: dashboard.NavEvents, title: "Events", attention: v.unwell(s.states(p.Slug, v.place)), trust: trustOf(log),
		model:  &page,
		tables: map[string]func() grid{dashboard.FragmentEvents: func() grid { return logGrid(page.Rows) }},
	}
}

// listEvents fills in the rows and what is counted.
func listEvents(p *lasso.Profile, q *eventQuery, items []lasso.FeedItem, now time.Time, page *dashboard.EventsPage) {
	begin, kinds := q.begin(now), eventKinds()
	for _, k := range kinds {
		page.Kinds = append(page.Kinds, dashboard.EventKind{Key: k.key, Label: k.label})
	}
	page.Kept = len(items)
	for i := range items {
		it := &items[i]
		if it.Event.At.Before(begin) || !q.admits(p, it) {
			continue
		}
		wanted := q.kind == nil || q.kind(it.Event)
		if q.after(it.Event) {
			if wanted {
				page.Newer++
			}
			continue
		}
		for k := range kinds {
			if kinds[k].is(it.Event) {
				page.Kinds[k].Count++
			}
		}
		if wanted {
			page.Rows = append(page.Rows, eventRow(p, it))
		}
	}
}

func eventRow(p *lasso.Profile, it *lasso.FeedItem) dashboard.EventRow {
	f := feedRow(p, *it)
	row := dashboard.EventRow{
		Seq: it.Seq, At: f.At, Kind: kindOf(it.Event), Status: f.Status, Title: f.Title, Chain: f.Chain, Provider: f.Provider, Name: f.Name,
		Detail: f.Detail, Node: f.Node, Region: f.Region,
	}
	if ch, ok := p.Chain(it.Event.Chain.String()); ok && it.Event.Chain != 0 {
		_, known := ch.Provider(row.Provider)
		row.Linked = row.Provider == "" || known
	}
	return row
}

// reach are the nodes that do not know all there was in the time of the list,
// each with the time from which on it does.
func (s *Server) reach(log *lasso.EventLog, q *eventQuery, at lasso.Place, now time.Time) []dashboard.EventReach {
	started := map[lasso.NodeID]time.Time{s.cfg.Node: s.cfg.Started}
	for _, n := range s.deps.Cluster.State().Nodes {
		if !n.Started.IsZero() {
			started[n.ID] = n.Started
		}
	}
	begin := q.begin(now)
	var all []dashboard.EventReach
	for node, since := range log.Since {
		if !since.After(begin) || at.Node != "" && at.Node != node {
			continue
		}
		begun, known := started[node]
		all = append(all, dashboard.EventReach{Node: string(node), Since: since, Forgot: known && since.Sub(begun) > startSlack})
	}
	slices.SortFunc(all, func(x, y dashboard.EventReach) int { return cmp.Compare(x.Node, y.Node) })
	return all
}

// logGrid is the log as a file.
func logGrid(rows []dashboard.EventRow) grid {
	g := grid{name: "events", columns: []string{
		"at", "kind", "status", "title", "chain_id", "chain", "provider_id", "name", "detail", "node_id", "region", "seq",
	}}
	for i := range rows {
		r := &rows[i]
		g.add(r.At, r.Kind, r.Status.Word(), r.Title, nonzero(r.Chain.ID), r.Chain.Alias, r.Provider, r.Name, r.Detail, r.Node, r.Region, r.Seq)
	}
	return g
}

// event is one event in /events.
type event struct {
	At        time.Time        `json:"at"`
	Kind      string           `json:"kind"` // of ?kind=; empty: another one, of a newer version
	Status    lasso.Status     `json:"status"`
	Title     string           `json:"title"`
	Detail    string           `json:"detail,omitempty"`
	Operator  bool             `json:"operator"` // an operator wanted it
	Chain     lasso.ChainID    `json:"chain_id,omitempty"`
	Provider  lasso.ProviderID `json:"provider_id,omitempty"`
	Transport string           `json:"transport,omitempty"`
	Node      lasso.NodeID     `json:"node_id"`
	Region    string           `json:"region"`
	Seq       uint64           `json:"seq"` // with node_id it names the event; of kind "node" it is the serving node's
}

func eventOf(it *lasso.FeedItem) event {
	e := it.Event
	out := event{
		At: e.At, Kind: kindOf(e), Status: e.Status, Title: e.Title, Detail: e.Detail, Operator: e.Kind == lasso.EventOrder || e.Operator,
		Chain: e.Chain, Provider: e.Provider, Node: it.Node, Region: it.Region, Seq: it.Seq,
	}
	if e.Transport != lasso.AnyTransport {
		out.Transport = e.Transport.String()
	}
	return out
}

// getEvents lists the events that match, the newest first.
func (s *Server) getEvents(c *fiber.Ctx, sc scope) error {
	p, _ := s.widen(sc.profile)
	q, err := readEvents(c, p, "window")
	if err != nil {
		return err
	}
	limit, err := strconv.Atoi(c.Query("limit", strconv.Itoa(dashboard.PageRows)))
	if err != nil || limit < 1 || limit > mostEvents {
		return &clientError{status: fiber.StatusBadRequest, message: "limit: '" + clip(c.Query("limit")) + "' is not between 1 and " + strconv.Itoa(mostEvents)}
	}
	log, begin := s.profileLog(s.deps.Figures, p.Slug, sc.place), q.begin(s.cfg.Now())
	items := slices.DeleteFunc(log.Data.Items, func(it lasso.FeedItem) bool {
		return it.Event.At.Before(begin) || q.after(it.Event) || q.kind != nil && !q.kind(it.Event) || !q.admits(p, &it)
	})
	more := len(items) > limit
	list, rows := []event{}, []dashboard.EventRow{}
	for i := range items[:min(limit, len(items))] {
		list, rows = append(list, eventOf(&items[i])), append(rows, eventRow(p, &items[i]))
	}
	since := log.Data.Since
	if since == nil {
		since = map[lasso.NodeID]time.Time{}
	}
	return table(c, func() any {
		return fiber.Map{
			"data": list, "more": more, "known_since": since, "region": sc.place.Region, "node": sc.place.Node,
			"coverage": cover(log.Coverage), "stale": log.Stale, "loading": log.Loading, "age_ms": log.Age.Milliseconds(),
		}
	}, func() grid { return logGrid(rows) })
}
