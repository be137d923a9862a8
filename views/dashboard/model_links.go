package dashboard

import (
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

// LinkRow is what one node tells of the others.
type LinkRow struct {
	Node   string
	Boot   string
	Region string
	Self   bool
	Unmet  bool   // only others know it
	Told   bool   // it answered; else Cells is empty
	Asking bool   // it is being asked
	Older  bool   // its version does not know the question
	Reason string // why it did not answer
	Cells  []Link // of the nodes of all rows, in their order, itself included
}

// Link is how one node sees another one.
type Link struct {
	To     string
	State  ui.NodeState // empty: it does not know it
	Since  time.Time
	Reason string
	RTT    time.Duration // 0: not measured, Skew neither
	Skew   time.Duration // the other's clock minus its own
}

// The kinds of faults of links.
const (
	LinkOneWay = "one_way" // To sees From
	LinkBroken = "broken"  // To does not see From, or did not say, and others see To
)

// LinkFault is what is wrong between two nodes: From does not see To.
type LinkFault struct {
	Kind   string
	From   string
	To     string
	State  ui.NodeState // of To, as From tells; empty: it does not know it
	Since  time.Time
	Reason string
	SeenBy []string // who sees To
}
