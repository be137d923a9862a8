package ui

// NodeState is how a node of the cluster stands. It borrows the shapes of the
// statuses and has words of its own.
type NodeState string

// The states, as lasso.NodeState writes them.
const (
	NodeDiscovering  NodeState = "discovering"
	NodeConnected    NodeState = "connected"
	NodeResponding   NodeState = "responding"
	NodeUnresponsive NodeState = "unresponsive"
	NodeDisconnected NodeState = "disconnected"
)

// NodeStates lists the states, as a healthy node passes through them.
func NodeStates() []NodeState {
	return []NodeState{NodeDiscovering, NodeConnected, NodeResponding, NodeUnresponsive, NodeDisconnected}
}

// Status is the status whose shape and colour the state has.
func (n NodeState) Status() Status {
	switch n {
	case NodeConnected:
		return Recovering
	case NodeResponding:
		return Healthy
	case NodeUnresponsive:
		return Degraded
	case NodeDisconnected:
		return CircuitOpen
	case NodeDiscovering:
	}
	return Unknown
}

// Word returns the word shown to people.
func (n NodeState) Word() string {
	switch n {
	case NodeDiscovering:
		return "Discovering"
	case NodeConnected:
		return "Connected"
	case NodeResponding:
		return "Responding"
	case NodeUnresponsive:
		return "Unresponsive"
	case NodeDisconnected:
		return "Disconnected"
	}
	return "Unknown"
}

// Rank orders states problems first.
func (n NodeState) Rank() int {
	switch n {
	case NodeDisconnected:
		return 1
	case NodeUnresponsive:
		return 2
	case NodeDiscovering:
		return 3
	case NodeConnected:
		return 4
	case NodeResponding:
		return 6
	}
	return 5
}
