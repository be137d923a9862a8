package web

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
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

// region reads ?region=; empty means all.
func (s *Server) region(c *fiber.Ctx) (string, error) {
	word := c.Query("region")
	if known := s.regions(); word != "" && !slices.Contains(known, word) {
		return "", badQuery("region", word, known)
	}
	return word, nil
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
