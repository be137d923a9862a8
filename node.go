package lasso

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxNodeID is how many bytes the id of a node may have.
const MaxNodeID = 128

// ValidNodeID tells what keeps id from being the id of a node; nil when nothing
// does: it is 1 to [MaxNodeID] printable ASCII characters, with neither a space
// nor "#", which divides it from the boot id in names.
func ValidNodeID(id NodeID) error {
	switch {
	case id == "":
		return errors.New("missing: every node needs an id of its own, such as us-east-1")
	case len(id) > MaxNodeID:
		return fmt.Errorf("%d bytes are too many for the id of a node, the limit is %d", len(id), MaxNodeID)
	case strings.ContainsFunc(string(id), func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }):
		return fmt.Errorf("%q has a character that the id of a node may not have (space, #, or not ASCII)", string(id))
	}
	return nil
}

// Printable reports whether a text of another node may stand in logs and on
// pages: valid UTF-8 without controls and what turns text around. Of spaces only
// the plain one is printable.
func Printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// BootID tells the starts of one node apart: it is new at each.
type BootID string

// NodeInfo is what a node says of itself.
type NodeInfo struct {
	ID        NodeID               `json:"id"`
	Boot      BootID               `json:"boot_id"`
	Region    string               `json:"region"`
	Version   string               `json:"version"`
	Config    string               `json:"config_hash"`          // of the whole configuration
	Profiles  map[ProfileID]string `json:"profiles,omitempty"`   // hash of each profile
	Addresses []string             `json:"addresses,omitempty"`  // where its cluster port is reached
	PublicURL string               `json:"public_url,omitempty"` // where browsers reach it; see [ParsePublicURL]
	Started   time.Time            `json:"started_at,omitzero"`
}

// NodeState is how a remote node stands.
type NodeState uint8

// The states of a remote node.
const (
	NodeUnset        NodeState = iota // no state: the side of an event that has none
	NodeConnected                     // the mesh reaches it
	NodeDiscovering                   // it is being asked who it is
	NodeResponding                    // it is known and passes its health checks
	NodeUnresponsive                  // it is connected, and failed several health checks in a row
	NodeDisconnected                  // it was connected, and is gone
)

// NodeStates lists the states, as a healthy node passes through them.
func NodeStates() []NodeState {
	return []NodeState{NodeConnected, NodeDiscovering, NodeResponding, NodeUnresponsive, NodeDisconnected}
}

// String returns the word, such as "responding"; the empty string for none.
func (s NodeState) String() string {
	switch s {
	case NodeConnected:
		return "connected"
	case NodeDiscovering:
		return "discovering"
	case NodeResponding:
		return "responding"
	case NodeUnresponsive:
		return "unresponsive"
	case NodeDisconnected:
		return "disconnected"
	case NodeUnset:
	}
	return ""
}

// MarshalText implements encoding.TextMarshaler.
func (s NodeState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word that String writes.
func (s *NodeState) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = NodeUnset
		return nil
	}
	for _, v := range NodeStates() {
		if v.String() == string(text) {
			*s = v
			return nil
		}
	}
	return fmt.Errorf("unknown node state %q", text)
}

// Node is a node as this one knows it.
type Node struct {
	NodeInfo
	Self      bool          `json:"self"`
	State     NodeState     `json:"state"`
	Since     time.Time     `json:"since,omitzero"`
	Reason    string        `json:"reason,omitempty"`
	LastSeen  time.Time     `json:"last_seen,omitzero"`  // when it last answered
	Next      time.Time     `json:"next_check,omitzero"` // zero: none is planned
	Failures  int           `json:"failed_checks"`       // in a row
	RTT       time.Duration `json:"-"`                   // of the last answer; 0: not measured
	Skew      time.Duration `json:"-"`                   // its clock minus ours, at half the round trip
	Duplicate bool          `json:"duplicate"`           // another process that is there has the same id
}

// Peer is an address or a process that was met and is no node of this cluster,
// and why.
type Peer struct {
	Address string    `json:"address"`
	Node    NodeID    `json:"node_id,omitempty"` // where it said
	Reason  string    `json:"reason"`
	Since   time.Time `json:"since"`
	LastAt  time.Time `json:"last_at"`
}

// TopologyKind is what a topology event is about.
type TopologyKind string

// The kinds of topology events.
const (
	NodeJoined       TopologyKind = "node_connected"
	NodeLeft         TopologyKind = "node_disconnected"
	NodeStateChanged TopologyKind = "node_state_change"
	NodeIdentified   TopologyKind = "node_identified"
)

// TopologyEvent is one change of what this node knows of another.
type TopologyEvent struct {
	Seq    uint64       `json:"seq"` // from 1, without gaps
	At     time.Time    `json:"at"`
	Kind   TopologyKind `json:"kind"`
	Node   NodeID       `json:"node_id"`
	Boot   BootID       `json:"boot_id"`
	Region string       `json:"region,omitempty"`
	From   NodeState    `json:"from,omitempty"`
	To     NodeState    `json:"to,omitempty"`
	Reason string       `json:"reason,omitempty"`
}

// Cluster is everything this node knows of its cluster at one moment.
type Cluster struct {
	Enabled    bool            `json:"enabled"`
	Name       string          `json:"name,omitempty"`
	Discovery  string          `json:"discovery"` // "none", "dns", "mdns" or "nats"
	Security   string          `json:"security"`  // "none", "secret" or "tls"
	Expected   int             `json:"expected"`  // configured size; 0: not configured
	Coverage   Coverage        `json:"coverage"`
	Nodes      []Node          `json:"nodes"`    // this one first, then by id
	Problems   []Peer          `json:"problems"` // never nil
	Events     []TopologyEvent `json:"events"`   // newest first; never nil
	LookedAt   time.Time       `json:"looked_up_at,omitzero"`
	LookupFail string          `json:"lookup_error,omitempty"` // of the last look-up; empty when it worked
	Generation uint64          `json:"generation"`             // grows when a node joins or leaves
}

// Reply is what one other node answered to a question put to all.
type Reply struct {
	Node   NodeID
	Boot   BootID
	Region string
	Body   []byte // data of a stranger: to be validated
}

// NoReply is a known node that did not answer, and why.
type NoReply struct {
	Node   NodeID
	Boot   BootID
	Region string
	Reason string // "no answer within 5 s", "disconnected since 14:02:11", …
}

// Poll is what became of one question put to all other nodes. Each known node
// but this one is in exactly one of the lists.
type Poll struct {
	Replies []Reply
	Missing []NoReply
}
