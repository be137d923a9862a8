package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// mostRequests is how many requests one answer of the API holds at most.
const mostRequests = 500

// request is one request in /requests.
type request struct {
	Seq         uint64           `json:"seq"`
	Number      uint64           `json:"number"` // its seq on the node that served it
	At          time.Time        `json:"at"`     // when it ended
	RequestID   string           `json:"request_id"`
	Origin      lasso.Origin     `json:"origin"`
	Node        lasso.NodeID     `json:"node_id"`
	Region      string           `json:"region"`
	Chain       lasso.ChainID    `json:"chain_id"`
	Method      string           `json:"method"`
	Strategy    lasso.Strategy   `json:"strategy"`
	Provider    lasso.ProviderID `json:"provider_id,omitempty"`
	Transport   string           `json:"transport,omitempty"`
	Answered    bool             `json:"answered"`
	Local       bool             `json:"local"`
	Category    lasso.Category   `json:"category"`
	Code        int              `json:"code"`
	Attempts    int              `json:"attempts"`
	Failovers   int              `json:"failovers"`
	DurationMS  float64          `json:"duration_ms"`
	UpstreamMS  float64          `json:"upstream_ms"`
	SelectionMS float64          `json:"selection_ms"`
	BytesIn     int              `json:"bytes_in"`
	BytesOut    int              `json:"bytes_out"`
	Why         string           `json:"why,omitempty"`
	Tries       []requestTry     `json:"tries"`  // empty where the first attempt answered
	Others      []requestOther   `json:"others"` // the same
}

type requestTry struct {
	Provider  lasso.ProviderID `json:"provider_id"`
	Transport lasso.Transport  `json:"transport"`
	Category  lasso.Category   `json:"category"`
	StartMS   float64          `json:"start_ms"`
	MS        float64          `json:"ms"`
	Message   string           `json:"message,omitempty"`
	Why       string           `json:"why,omitempty"`
}

type requestOther struct {
	Provider  lasso.ProviderID `json:"provider_id"`
	Transport lasso.Transport  `json:"transport"`
	LeftOut   bool             `json:"left_out"`
	Why       string           `json:"why,omitempty"`
}

func requestOf(it *lasso.FeedItem) request {
	c := it.Call
	r := request{
		Seq: it.Seq, Number: it.Number, At: c.At, RequestID: c.RequestID, Origin: c.Origin, Node: it.Node, Region: it.Region, Chain: c.Chain, Method: c.Method, Strategy: c.Strategy,
		Provider: c.Provider, Answered: c.Category.Answered(), Local: c.Local, Category: c.Category, Code: c.Code, Attempts: c.Attempts, Failovers: c.Failovers,
		DurationMS: milliseconds(c.Duration), UpstreamMS: milliseconds(c.Upstream), SelectionMS: milliseconds(c.Picked),
		BytesIn: c.BytesIn, BytesOut: c.BytesOut, Why: c.Why, Tries: []requestTry{}, Others: []requestOther{},
	}
	if c.Provider != "" {
		r.Transport = c.Transport.String()
	}
	if c.Trace != nil {
		for _, t := range c.Trace.Tries {
			r.Tries = append(r.Tries, requestTry{t.Provider, t.Transport, t.Category, milliseconds(t.Start), milliseconds(t.Took), t.Message, t.Why})
		}
		for _, o := range c.Trace.Others {
			r.Others = append(r.Others, requestOther(o))
		}
	}
	return r
}

// getRequests lists the latest requests that match, the newest first.
func (s *Server) getRequests(c *fiber.Ctx, sc scope) error {
	profile, _ := s.widen(sc.profile)
	a, err := readRequests(c, profile, sc.place, "window")
	if err != nil {
		return err
	}
	limit, err := strconv.Atoi(c.Query("limit", strconv.Itoa(requestRows)))
	if err != nil || limit < 1 || limit > mostRequests {
		return &clientError{status: fiber.StatusBadRequest, message: "limit: '" + clip(c.Query("limit")) + "' is not between 1 and " + strconv.Itoa(mostRequests)}
	}
	q := a.query
	q.Profile, q.RequestID, q.After, q.Since = profile.Slug, a.request, a.after, a.since(s.cfg.Now())
	if a.after == 0 && a.number == 0 && a.node == "" {
		q.Limit = limit + 1 // one more tells that there are more
	}
	items := slices.DeleteFunc(s.deps.Tail.Feed(q), func(it lasso.FeedItem) bool {
		return it.Call == nil || a.number != 0 && it.Number != a.number || a.node != "" && it.Node != a.node
	})
	more := len(items) > limit
	switch {
	case more && a.after != 0: // who goes on from a number misses nothing
		items = items[len(items)-limit:]
	case more:
		items = items[:limit]
	}
	list, rows := make([]request, 0, len(items)), make([]dashboard.RequestRow, 0, len(items))
	for i := range items {
		list, rows = append(list, requestOf(&items[i])), append(rows, requestRow(profile, &items[i]))
	}
	return table(c, func() any {
		return fiber.Map{"data": list, "more": more, "sampled": s.deps.Cluster.State().Coverage.Total > 1}
	}, func() grid { return requestGrid(rows) })
}
