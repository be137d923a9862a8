package lasso

import "time"

// Link is how one node sees another one.
type Link struct {
	Node   NodeID        `json:"node_id"`
	Boot   BootID        `json:"boot_id,omitempty"`
	State  NodeState     `json:"state"` // NodeUnset: it does not know it
	Since  time.Time     `json:"since,omitzero"`
	Reason string        `json:"reason,omitempty"`
	RTT    time.Duration `json:"-"` // of the last answer; 0: not measured
	Skew   time.Duration `json:"-"` // the other's clock minus that of the one that tells
}

// NodeLinks is what one node of the cluster tells of the others, or why it tells
// nothing. Times are by the clock of this node.
type NodeLinks struct {
	Node    NodeID
	Boot    BootID
	Region  string
	Self    bool
	Met     bool          // this node knows it; else only others tell of it
	Told    bool          // it answered
	Older   bool          // its version does not know the question
	Reason  string        // why it did not answer
	Age     time.Duration // since it answered
	Started time.Time     // when it did; zero when it did not answer
	Links   []Link        // of the nodes of the [Mesh], in their order, itself included; nil when it did not answer
}

// Mesh is who sees whom. It is not changed once it is made.
type Mesh struct {
	Nodes   []NodeLinks // by id, each id once
	Faults  []LinkFault // never nil
	Crowded bool        // there are so many nodes that only this one tells; nobody was asked
}

// LinkFaultKind is what is wrong between two nodes that others reach.
type LinkFaultKind string

// The faults of links.
const (
	LinkOneWay LinkFaultKind = "one_way" // To sees From, and From does not see To
	LinkBroken LinkFaultKind = "broken"  // From does not see To, To does not see From or was not heard, and others see To
)

// LinkFault is what is wrong between two nodes: From does not see To. A node that
// nobody sees is no fault of its links. Of a node that was not met there is one
// at most, when two nodes tell of it.
type LinkFault struct {
	Kind   LinkFaultKind `json:"kind"`
	From   NodeID        `json:"from"`
	To     NodeID        `json:"to"`
	State  NodeState     `json:"state"` // of To, as From tells; NodeUnset: From does not know To
	Since  time.Time     `json:"since,omitzero"`
	Reason string        `json:"reason,omitempty"`
	SeenBy []NodeID      `json:"seen_by"` // whom To responds to, by id; never nil
}
