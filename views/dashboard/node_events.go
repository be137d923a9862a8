package dashboard

import (
	"slices"

	"github.com/lasso-rpc/lasso/views/ui"
)

// NodeChange is what became of a node, as all pages tell it.
type NodeChange string

// The changes. A node that was lost does not join again: it is back.
const (
	NodeLost    NodeChange = "lost"
	NodeSilent  NodeChange = "does not answer"
	NodeAnswers NodeChange = "answers again"
	NodeJoined  NodeChange = "joined"
	NodeBack    NodeChange = "back"
)

// Status is the status whose shape and colour the change has.
func (c NodeChange) Status() ui.Status {
	switch c {
	case NodeLost:
		return ui.CircuitOpen
	case NodeSilent:
		return ui.Degraded
	case NodeAnswers, NodeJoined, NodeBack:
		return ui.Healthy
	}
	return ui.Unknown
}

// NodeEvent is an event of the cluster by which something became of a node.
type NodeEvent struct {
	TopologyEvent
	Change NodeChange
}

// NodeEvents are those events of the cluster that readers are told of, without
// the steps on the way to them. A change is told once, however many events it
// makes. Both lists have the newest first. Narrow the second one, never the
// first: what an event means depends on those before it.
func NodeEvents(events []TopologyEvent) []NodeEvent {
	var out []NodeEvent
	stands := map[string]NodeChange{}
	for _, e := range slices.Backward(events) {
		change := changeOf(e, stands[e.Node])
		if change == "" || change == stands[e.Node] {
			continue
		}
		stands[e.Node] = change
		out = append(out, NodeEvent{e, change})
	}
	slices.Reverse(out)
	return out
}

// changeOf is what an event makes of a node, of which was said before what became
// of it; empty for a step on the way.
func changeOf(e TopologyEvent, before NodeChange) NodeChange {
	switch {
	case e.Kind == "node_disconnected" || e.To == ui.NodeDisconnected:
		return NodeLost
	case e.To == ui.NodeUnresponsive:
		return NodeSilent
	case e.To != ui.NodeResponding || e.From == ui.NodeResponding:
		return ""
	case before == NodeLost:
		return NodeBack
	case before == NodeSilent || e.From == ui.NodeUnresponsive:
		return NodeAnswers
	case before != "":
		return "" // it answers all the while
	}
	return NodeJoined
}
