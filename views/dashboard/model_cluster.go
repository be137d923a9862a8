package dashboard

import (
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

// More fragments: of the cluster page and of the regions page. The cluster
// page's events are FragmentEvents, its chart is FragmentChart.
const (
	FragmentNodes     = "nodes"      // node cards
	FragmentNodeTable = "node-table" // all nodes
	FragmentFindings  = "findings"   // configuration differences, and addresses that are no nodes; may be empty
	FragmentPeers     = "peers"      // addresses that are no nodes; a file only
	FragmentLinks     = "links"      // who sees whom
	FragmentFaults    = "faults"     // links at fault; a file only
	FragmentSetup     = "setup"      // discovery, security, expected size
	FragmentMatrix    = "matrix"     // provider by region
	FragmentPair      = "pair"       // two regions side by side
	FragmentWorst     = "worst"      // regions that are farthest from the others
	FragmentShort     = "short"      // regions in short
	FragmentByRegion  = "by-region"  // p95 by region over the range, on the chain and provider pages
)

// Node is a node of the cluster as this one knows it.
type Node struct {
	ID        string
	Boot      string // tells the starts of a node apart
	Region    string
	Version   string
	Config    string            // hash of the whole configuration
	Profiles  map[string]string // hash of each profile by slug; nil: not known
	Addresses []string
	PublicURL string // where browsers reach it; empty: not known
	Self      bool
	State     ui.NodeState
	Since     time.Time
	Reason    string // empty for responding
	Started   time.Time
	LastSeen  time.Time
	Next      time.Time     // next check; zero: none is planned
	Failures  int           // failed checks in a row
	RTT       time.Duration // 0: not measured, Skew neither
	Skew      time.Duration // its clock minus ours
	Duplicate bool          // another process has the same id
	Reported  bool          // it answered for its figures: PerSecond is known
	PerSecond float64       // client calls through it, last minute
	Process   *NodeRuntime  // of its process; nil: it did not say
	Strip     []ui.Cell     // of its state, up to 60 minutes; may be empty
}

// Peer is an address or a process that was met and is no node of the cluster.
type Peer struct {
	Address string
	Node    string // what it called itself; may be empty
	Reason  string
	Since   time.Time
	LastAt  time.Time
}

// TopologyEvent is one change of what this node knows of another.
type TopologyEvent struct {
	Seq    uint64 // unique and growing: the row's identity
	At     time.Time
	Kind   string // "node_connected", "node_disconnected", "node_state_change" or "node_identified"
	Node   string
	Region string
	From   ui.NodeState // empty: none
	To     ui.NodeState
	Reason string
}

// RegionSeries is the series of one region.
type RegionSeries struct {
	Region string
	Series Series
}

// ClusterPage is the model of /dashboard/:profile/cluster. Shell.Sort orders
// the table of nodes.
type ClusterPage struct {
	Shell
	Enabled     bool   // false: the node stands alone, and the page explains clustering
	Name        string // of the cluster
	Discovery   string // "dns", "mdns", "nats" or "none"
	Security    string // "none", "secret" or "tls"
	Expected    int    // configured size; 0: not configured
	LookedAt    time.Time
	LookupError string          // of the last look-up; empty when it worked
	Nodes       []Node          // this one first, then by id
	Peers       []Peer          // could have been nodes and are not
	Events      []TopologyEvent // newest first
	Requests    []RegionSeries  // over the range, in the order of Shell.Regions
	Links       []LinkRow       // of each node, by id; empty: nobody was asked
	Crowded     bool            // there are so many nodes that only this one tells
	Faults      []LinkFault     // between nodes that others reach; the worst first
}

// RegionsPage is the model of /dashboard/:profile/regions. Shell.Region is the
// column that the matrix is ordered by; empty: all regions together.
type RegionsPage struct {
	Shell
	Metric string        // "p50", "p95", "p99", "success", "lag", "share" or "errors"; empty is "p95"
	Left   string        // ?left=, the first of two regions; empty: the first
	Right  string        // ?right=; empty: the first that is not Left
	Chains []RegionChain // in configuration order
	Short  []RegionShort // in the order of Shell.Regions
}

// RegionChain is one chain with its providers in every region.
type RegionChain struct {
	Ref       ChainRef
	Providers []RegionProvider
}

// RegionProvider is one provider of one chain, over the range.
type RegionProvider struct {
	ID    string
	Name  string       // empty: the id is shown
	All   RegionCell   // merged over all regions
	Cells []RegionCell // one for each of Shell.Regions, in that order
}

// RegionCell is what a region knows of a provider. The page shows one figure
// of it at a time.
type RegionCell struct {
	Status      ui.Status
	Absent      bool    // no node of the region has it configured
	Unreachable bool    // no node of the region answers; the figures are not known
	Calls       uint64  // client attempts over the range
	Failed      uint64  // of those, not answered; those whose caller left do not count
	P50         float64 // milliseconds
	P95         float64
	P99         float64
	SuccessRate float64 // 0 to 1
	Share       float64 // of the chain's client attempts in the region, 0 to 1
	PerMinute   float64 // attempts that were not answered, per minute
	Height      uint64  // 0: never seen
	Behind      int64   // blocks
}

// RegionShort is a region in a few figures, over the last minute.
type RegionShort struct {
	Region     string
	Responding int // its nodes
	Nodes      int
	Figures    Figures // of client calls
	Healthy    int     // provider links
	Links      int
}

// RegionStatus is a provider's status in one region, for a row of pips.
type RegionStatus struct {
	Region      string
	Status      ui.Status
	Absent      bool // not configured there
	Unreachable bool // no node of the region answers
}

// ProviderRegion is what one region knows of the page's provider.
type ProviderRegion struct {
	Region  string
	Row     ProviderRow // State, Breakers, Height, Behind, Strip and the figures of the last minute, there
	Figures Figures     // attempts on it over the range
	Bins    []Bin       // over the range
	Absent  bool        // no node of the region has it configured
	Lost    time.Time   // since when no node of the region answers; zero: one does
	Nodes   []RegionNode
}

// RegionNode is a node of a region, with how it sees the page's provider.
type RegionNode struct {
	ID     string
	Lost   bool // it does not answer
	Status ui.Status
	Page   string // the same page there; empty: it is this node, or nobody knows
}
