package dashboard

import (
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

// The fragments of the methods page and of a chain's distribution.
const (
	FragmentStrategies   = "strategies"   // what each strategy would do with a call now
	FragmentDistribution = "distribution" // who served the calls of the range
)

// MethodsPage is the model of /dashboard/:profile/methods: the methods of one
// chain on each of its providers, over the range.
type MethodsPage struct {
	Shell
	Metric    string   // "p50", "p95", "p99", "success", "share" or "errors"; empty: "p95"
	Chain     ChainRef // the one shown; zero: the profile has none
	Chains    []ChainRef
	Providers []MethodProvider // in configured order
	Methods   []ByProvider     // the most used first
	Window    time.Duration    // the range
	Compared  Comparison
}

// MethodProvider is a column of the matrix.
type MethodProvider struct {
	ID     string
	Name   string // empty: the id is shown
	Status ui.Status
}

// ByProvider is a method on all providers together, and on each.
type ByProvider struct {
	All   MethodRow
	Cells []MethodRow // in the order of MethodsPage.Providers; Calls zero: none
}

// Comparison is what each strategy would do with a call of one method now, as
// this node sees the chain.
type Comparison struct {
	Method     string
	Offered    []string // methods to choose from
	Strategies []StrategyPick
	Excluded   []Excluded // the same for all strategies
	FailedOpen []string   // filters that were ignored, because they would have left nobody
	Note       string     // how the method is special; may be empty
}

// StrategyPick is one strategy of a comparison.
type StrategyPick struct {
	Strategy   string // "load-balanced"
	Default    bool   // of the profile
	Candidates []Candidate
}

// Candidate is a route that may be tried.
type Candidate struct {
	Provider  string
	Name      string // empty: the id is shown
	Transport string // "HTTP"
	Place     int    // of the provider in configured order
	Rank      int    // from 1, as drawn now
	Tier      int    // health tier, from 1
	Share     float64
	Latency   float64 // expected, in milliseconds
	Measured  bool    // there is a latency
	Evidence  string  // "method", "route" or "probe"
	Samples   int
	Why       string
	Status    ui.Status
}

// Excluded is a route that is left out.
type Excluded struct {
	Provider  string
	Name      string
	Transport string
	Filter    string
	Reason    string
	Since     time.Time
	Next      time.Time
}

// Distribution is who served the calls of a chain over the range.
type Distribution struct {
	Providers  []Served // in configured order
	Attempts   uint64   // of clients, on all providers
	Calls      uint64   // of clients
	Local      uint64   // of those, answered by this product itself
	Failed     uint64   // of those, not answered; those whose caller left do not count
	Failovers  uint64   // attempts after the first
	Strategies []StrategyCount
	Recent     int // the calls that Strategies counts
}

// Served is one provider of a distribution.
type Served struct {
	ID        string
	Name      string // empty: the id is shown
	Attempts  uint64
	Share     float64 // of Attempts, 0 to 1
	Failovers uint64  // attempts here that followed a failure elsewhere
}

// StrategyCount is how many of the recent calls a strategy decided.
type StrategyCount struct {
	Strategy string
	Calls    int
}

// Builder is what the endpoint panel of a chain has chosen.
type Builder struct {
	Strategy string // of ?strategy=; empty: the profile's
	Pin      string // of ?pin=: id of a provider; empty: none
	Snippet  string // of ?snippet=; empty: the first
	Pins     []Pin
}

// Pin is a provider that calls can be pinned to.
type Pin struct {
	ID   string
	Name string // empty: the id is shown
	URL  string // absolute
}
