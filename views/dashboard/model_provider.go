package dashboard

import (
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

// ProviderPage is the model of
// /dashboard/:profile/chains/:chain/providers/:provider.
type ProviderPage struct {
	Shell
	Row       ProviderRow
	Siblings  []ChainRef // other chains of the profile with a provider of this id
	Figures   Figures    // attempts on it over the range
	Failovers uint64     // attempts here that followed a failure elsewhere, over the range
	Bins      []Bin      // over the range
	Errors    []ErrorRow // over the range
	Methods   []MethodRow
	Events    []FeedRow // events of it, newest first

	Instance      string // name of the physical upstream; holds no secret
	SharedBy      []string
	ProbeEvery    time.Duration // mean time between probes; 0: not known
	ProbesPerMin  float64
	ProbeShare    float64 // of all attempts on it, 0 to 1
	MaxBlockRange uint64  // of eth_getLogs; 0: no limit known
	ChainSeen     uint64  // what eth_chainId answered last; 0: not asked
	BytesIn       uint64  // over the range
	BytesOut      uint64

	Breakers []BreakerTrack // by region, node and transport
	Windows  []WindowRow    // the shortest first; empty in fragments that do not show them

	Operator *Operator   // nil: nobody may act here
	Others   []OtherNode // that have the provider, by id

	Regions  []ProviderRegion // in the order of Shell.Regions; side by side from two on
	Series   Series           // over the range
	ByRegion []RegionSeries   // over the range; drawn from two on

	Moments         Moments // openings of its breakers
	ByRegionMoments Moments // in all regions, whichever the page shows
}

// OtherNode is a node that is not this one and has the provider of the page.
type OtherNode struct {
	ID     string
	Region string
	Page   string // the same page there; empty: nobody knows where browsers reach the node
}

// BreakerTrack is the past of the breaker of one transport on one node.
type BreakerTrack struct {
	Region    string
	Node      string
	Transport string          // "HTTP" or "WS"
	Circuit   ui.Circuit      // now; empty: not known
	From      time.Time       // since when its changes are known; zero: they are not
	Lost      time.Time       // since when its node does not answer; zero: it does
	Changes   []BreakerChange // the oldest first
}

// BreakerChange is a moment in which a breaker became something else.
type BreakerChange struct {
	At     time.Time
	To     ui.Circuit
	Reason string
}

// WindowRow sums a provider or a chain over one window.
type WindowRow struct {
	Range   string // as in Shell.Range
	Figures Figures
	Share   float64   // of the chain's client attempts, 0 to 1; a provider's
	Regions []Figures // in each of Shell.Regions; empty: not told apart
}
