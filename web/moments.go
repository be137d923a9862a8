package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// openings are the moments in which a breaker of the page's provider opened, or
// of any provider of its chain, in a place.
func (s *Server) openings(v *visit, at lasso.Place) dashboard.Moments {
	return openingsOf(s.happened(v, at), v, s.deps.Cluster.State().Nodes)
}

// happened is what the nodes remember of the page's provider, or of all of its
// chain, in a place. It is read once for an answer: it belongs to
// all parts of the page.
func (s *Server) happened(v *visit, at lasso.Place) lasso.EventLog {
	log, ok := v.logs[at]
	if !ok {
		scope := v.scope(v.chain.ID, "", lasso.Hour)
		if v.provider != nil {
			scope.Provider = v.provider.ID
		}
		scope.Place = at
		log = s.figures(v).Events(scope).Data
		if v.logs == nil {
			v.logs = map[lasso.Place]lasso.EventLog{}
		}
		v.logs[at] = log
	}
	return log
}

func openingsOf(log lasso.EventLog, v *visit, nodes []lasso.Node) dashboard.Moments {
	var out dashboard.Moments
	for _, since := range log.Since {
		if since.After(out.From) {
			out.From = since
		}
	}
	inRegion := map[string]int{}
	for i := range nodes {
		inRegion[nodes[i].Region]++
	}
	for _, it := range slices.Backward(log.Items) {
		e := it.Event
		if e.Kind != lasso.EventBreaker || e.Status != lasso.CircuitOpen {
			continue
		}
		place := it.Region // empty where there is no other
		switch {
		case inRegion[place] > 1 || place == "" && len(nodes) > 1:
			place = string(it.Node)
		case len(inRegion) < 2:
			place = ""
		}
		m := dashboard.Moment{At: e.At, What: "opened", Many: "openings", Region: it.Region, Status: ui.CircuitOpen}
		transport := strings.ToUpper(e.Transport.String())
		if v.provider != nil {
			m.Name, m.Where = cmp.Or(place, transport), transport
			if place == "" {
				m.Where = ""
			}
		} else {
			m.Name, m.Where = string(e.Provider), transport
			if pr, ok := v.chain.Provider(string(e.Provider)); ok {
				m.Name = cmp.Or(pr.Name, m.Name)
			}
			if place != "" {
				m.Where += ", " + place
			}
		}
		out.All = append(out.All, m)
	}
	slices.SortStableFunc(out.All, func(x, y dashboard.Moment) int { return x.At.Compare(y.At) })
	return out
}

// topologyEvents are what happened to nodes, as pages take it.
func topologyEvents(events []lasso.TopologyEvent) []dashboard.TopologyEvent {
	out := make([]dashboard.TopologyEvent, 0, len(events))
	for _, e := range events {
		out = append(out, dashboard.TopologyEvent{
			Seq: e.Seq, At: e.At, Kind: string(e.Kind), Node: string(e.Node), Region: e.Region,
			From: ui.NodeState(e.From.String()), To: ui.NodeState(e.To.String()), Reason: e.Reason,
		})
	}
	return out
}
