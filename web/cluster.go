package web

import (
	"cmp"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// ownRegion is what this node is grouped by.
func (s *Server) ownRegion() string {
	if s.cfg.Region == "" {
		return string(s.cfg.Node)
	}
	return s.cfg.Region
}

// regions are those of all known nodes, by name.
func (s *Server) regions() []string {
	all := []string{s.ownRegion()}
	for _, n := range s.deps.Cluster.State().Nodes {
		if n.Region != "" && !slices.Contains(all, n.Region) {
			all = append(all, n.Region)
		}
	}
	slices.Sort(all)
	return all
}

// place reads ?region= and ?node=; without them it is all nodes. The place of a
// node has its region, so both may be given if they agree.
func (s *Server) place(c *fiber.Ctx) (lasso.Place, error) {
	at := lasso.Place{Region: c.Query("region"), Node: lasso.NodeID(c.Query("node"))}
	if known := s.regions(); at.Region != "" && !slices.Contains(known, at.Region) {
		return lasso.Place{}, badQuery("region", at.Region, known)
	}
	if at.Node == "" {
		return at, nil
	}
	region, known := s.regionOf(at.Node)
	switch {
	case region == "":
		return lasso.Place{}, badQuery("node", string(at.Node), known)
	case at.Region != "" && at.Region != region:
		return lasso.Place{}, badQuery("region", at.Region, []string{region + ", where node '" + string(at.Node) + "' is"})
	}
	at.Region = region
	return at, nil
}

// regionOf is where a node is, and which nodes are known. It is empty for a
// node that is not known.
func (s *Server) regionOf(id lasso.NodeID) (region string, known []string) {
	if id == s.cfg.Node {
		return s.ownRegion(), nil
	}
	known = []string{string(s.cfg.Node)}
	for _, n := range s.deps.Cluster.State().Nodes {
		if n.ID == id {
			return cmp.Or(n.Region, string(n.ID)), nil
		}
		if !n.Self {
			known = append(known, string(n.ID))
		}
	}
	slices.Sort(known)
	return "", slices.Compact(known)
}

// health answers GET /api/health: facts of the process, always 200.
func (s *Server) health(c *fiber.Ctx) error {
	now, cl := s.cfg.Now(), s.deps.Cluster.State()
	connected, responding := 1, 1 // this node
	for _, n := range cl.Nodes {
		if n.Self {
			continue
		}
		if n.State == lasso.NodeResponding {
			responding++
		}
		if n.State != lasso.NodeDisconnected {
			connected++
		}
	}
	return c.JSON(fiber.Map{
		"status":         "healthy",
		"node_id":        s.cfg.Node,
		"region":         s.ownRegion(),
		"version":        s.cfg.Version,
		"timestamp":      now.UTC(),
		"started_at":     s.cfg.Started.UTC(),
		"uptime_seconds": int64(now.Sub(s.cfg.Started).Seconds()),
		"config_hash":    s.deps.Catalogs.Catalog().Hash,
		"cluster": fiber.Map{
			"enabled": cl.Enabled, "status": clusterStatus(cl, responding),
			"nodes_connected": connected, "nodes_responding": responding, "nodes_total": max(len(cl.Nodes), 1), "regions": s.regions(),
		},
	})
}

// clusterStatus is one word for a cluster: all known nodes answer, most of them
// do, or fewer. What is expected and was never seen counts as known.
func clusterStatus(c lasso.Cluster, responding int) string {
	total := max(len(c.Nodes), c.Expected, 1)
	switch {
	case !c.Enabled:
		return "standalone"
	case responding >= total:
		return "healthy"
	case 2*responding > total:
		return "degraded"
	}
	return "critical"
}

// nodeJSON is a node with what its Go form does not marshal.
type nodeJSON struct {
	lasso.Node
	RTTMS  *float64 `json:"rtt_ms"`        // null: not measured
	SkewMS *float64 `json:"clock_skew_ms"` // null: not measured
}

// getCluster answers GET /api/v1/cluster: all known nodes, what happened to
// them, and who sees whom.
func (s *Server) getCluster(c *fiber.Ctx) error {
	cl := s.deps.Cluster.State()
	nodes := make([]nodeJSON, 0, len(cl.Nodes))
	for _, n := range cl.Nodes {
		v := nodeJSON{Node: n}
		if n.RTT > 0 {
			rtt, skew := milliseconds(n.RTT), milliseconds(n.Skew)
			v.RTTMS, v.SkewMS = &rtt, &skew
		}
		nodes = append(nodes, v)
	}
	cl.Coverage = cover(cl.Coverage)
	return c.JSON(fiber.Map{"data": struct {
		lasso.Cluster
		Nodes   []nodeJSON `json:"nodes"`
		Regions []string   `json:"regions"`
		Links   meshJSON   `json:"links"`
	}{cl, nodes, s.regions(), meshReply(s.deps.Figures.Mesh())}})
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// silent is the state of everything in a place of which no node answers; zero
// where one does, and for all nodes together.
func (s *Server) silent(at lasso.Place) ui.State {
	if at == (lasso.Place{}) {
		return ui.State{}
	}
	st := ui.State{Status: ui.Unknown, Reason: "No answer from " + cmp.Or(string(at.Node), at.Region)}
	for _, n := range s.deps.Cluster.State().Nodes {
		switch {
		case !at.Has(n.ID, cmp.Or(n.Region, string(n.ID))):
		case n.Self || n.State == lasso.NodeResponding:
			return ui.State{}
		case n.Since.After(st.Since): // the last one to fall silent
			st.Since = n.Since
		}
	}
	if st.Since.IsZero() { // none of them is known, or since when
		return ui.State{}
	}
	return st
}

// nodeChoices are the known nodes that pages can be narrowed to.
func nodeChoices(cl lasso.Cluster) []dashboard.PlaceNode {
	list := make([]dashboard.PlaceNode, 0, len(cl.Nodes))
	for i := range cl.Nodes {
		n := &cl.Nodes[i]
		one := dashboard.PlaceNode{ID: string(n.ID), Region: cmp.Or(n.Region, string(n.ID))}
		if !n.Self && n.State != lasso.NodeResponding {
			one.Lost = n.Since
		}
		if !slices.ContainsFunc(list, func(o dashboard.PlaceNode) bool { return o.ID == one.ID }) { // two processes may have one id
			list = append(list, one)
		}
	}
	return list
}
