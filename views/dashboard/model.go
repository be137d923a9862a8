// Package dashboard holds the pages of the dashboard and their view models.
//
// A model is plain data: raw numbers, times and names. The pages format them.
// No page reads a clock: every age is Shell.Now minus a time in the model, so
// the same model gives the same bytes and a fragment can carry an ETag.
//
// Names may hold anything: pages escape them. A model never holds a provider's
// URL or a credential.
package dashboard

import (
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

// Nav names the page that the header marks as current.
type Nav string

// The pages of the header.
const (
	NavOverview   Nav = "overview"
	NavChains     Nav = "chains"
	NavProviders  Nav = "providers"
	NavRegions    Nav = "regions"
	NavMethods    Nav = "methods"
	NavRequests   Nav = "requests"
	NavEvents     Nav = "events"
	NavCluster    Nav = "cluster"
	NavPlayground Nav = "playground"
	NavSystem     Nav = "system"
	NavConfig     Nav = "configuration"
	NavNone       Nav = ""
)

// The fragments. Each is the id of an element, the value of ?fragment= that
// renders it alone, and the first argument of the page's Fragment function.
const (
	FragmentFacts     = "facts"     // badge and facts of the context bar; carries the banner and the attention count along
	FragmentFigures   = "figures"   // KPI strip, last minute
	FragmentAttention = "attention" // needs attention, last minute
	FragmentChains    = "chains"    // chains with their providers, last minute
	FragmentActivity  = "activity"  // recent calls and events
	FragmentProviders = "providers" // provider table, last minute
	FragmentChart     = "chart"     // latency and throughput over the range
	FragmentBehind    = "behind"    // blocks behind, last hour
	FragmentMethods   = "methods"   // methods over the range
	FragmentHeads     = "heads"     // heads of the chain's providers
	FragmentDecisions = "decisions" // last calls of the chain
	FragmentStatus    = "status"    // status card of the provider page
	FragmentErrors    = "errors"    // grouped errors over the range
	FragmentEvents    = "events"    // what happened
	FragmentLimits    = "limits"    // limits and probe budget
	FragmentBreakers  = "breakers"  // when breakers opened and closed
	FragmentWindows   = "windows"   // figures over every window
	FragmentPlaces    = "places"    // a chain in every region
	FragmentRanking   = "ranking"   // a chain's providers by latency, over the range
)

// Shell is what every page carries. It is embedded in each page's model.
type Shell struct {
	Title     string // of the document, without the product's name
	Nav       Nav
	Profile   Profile   // the profile shown; empty slug on pages outside any profile
	Profiles  []Profile // all profiles to choose from, in order
	Attention int       // provider rows of the profile that are not healthy
	Theme     string    // "dark", "light" or "auto"
	Prefix    string    // before every path, where a proxy serves Lasso below one: "/lasso"
	Path      string    // the page's path, such as "/dashboard/public"
	Range     string    // "1m", "5m", "15m", "1h" or "24h", or AllKept; empty is "1m"
	Whole     bool      // the page shows all that is kept while no range is chosen
	Sort      string    // value of ?sort=: "p95", "-p95"; empty: problems first
	MSort     string    // value of ?msort=, the order of the methods table; empty: most requests first
	Now       time.Time
	Drawn     time.Time // when the page was drawn; zero in what its ETag is made of
	Coverage  Coverage
	Lack      Coverage      // of the figures below the header, where fewer nodes have told of these than of others; else empty
	Stale     bool          // the figures are older than they should be
	Loading   bool          // the first figures are being gathered
	Age       time.Duration // of the figures
	Banner    *Banner       // nil: none
	Toast     *Toast        // nil: none
	Build     string        // names the program and its assets: another one means a reload; may be empty
	Kiosk     bool          // ?kiosk=1: for a wall, without controls
	Density   string        // "compact", "normal" or "comfortable"; empty is "normal"

	Clustered bool        // the node is part of a cluster: Regions and Cluster are in the header
	Region    string      // ?region=; empty: all
	Regions   []string    // all known regions, always in the same order; a choice from two on
	Node      string      // ?node=; empty: all of Region, which is where it is
	Nodes     []PlaceNode // all known nodes; a choice where a region has several

	keep []param // of the page's own query, for its links
	page string  // ?page= of a list, for what shows the same rows again; empty: the first
	// Asset gives the URL of an embedded file by its name in package static:
	// "app.css", "js/app.js". The router passes static.URL. Nil: "/static/"
	// and the name.
	Asset func(name string) string
}

// Profile is one entry of the profile selector.
type Profile struct {
	Slug string
	Name string // empty: the slug is shown
}

// Coverage is how many of the known nodes the figures speak for.
type Coverage struct {
	Responding int
	Total      int
	Missing    []string
}

// Banner is the one message under the header.
type Banner struct {
	Status ui.Status // its icon and tint
	Title  string    // one bold sentence: "The last reload was refused: 3 mistakes"
	Text   string    // one plain sentence: "The configuration of 14:02:11 keeps serving."
	Items  []string  // details, one per line; may be empty
	At     time.Time // zero: not shown
	Alert  bool      // it interrupts: role="alert"
	Since  time.Time // how long it lasts, after the title; zero: not shown
	Action Way       // empty label: none
}

// ChainRef names a chain. Alias is what URLs carry; when empty the id is used.
type ChainRef struct {
	ID    uint64
	Alias string
	Name  string
}

// Figures are sums of client calls over a window. With Calls zero, rates and
// latencies are shown as "–".
type Figures struct {
	Calls       uint64
	Failed      uint64
	Failovers   uint64
	PerSecond   float64
	SuccessRate float64 // 0 to 1
	P50         float64 // milliseconds
	P95         float64
	P99         float64
}

// KPIs is the strip at the top of the overview and chain pages.
type KPIs struct {
	Minute Figures // the last minute
	Five   Figures // the last five minutes: what the minute is compared with
	Recent Series  // sparklines: the last minute by the second

	Probes       uint64  // our own attempts in the last minute
	ProbesPerMin float64 // the same as a rate
	ProbeShare   float64 // of all attempts of the last minute, 0 to 1

	Usable    int // providers that would be tried now
	Providers int // configured
	Healthy   int
	Drained   int // taken out by an operator: not usable, and no fault

	Chains       int // overview only
	ChainsUsable int // overview only: with at least one usable provider

	TrafficShare float64 // chain page only: of the profile's calls, 0 to 1
}

// Series is a run of steps, the oldest first.
type Series struct {
	Step   time.Duration
	Points []Point
}

// Point is one step of a series.
type Point struct {
	At        time.Time
	Calls     uint64
	Failed    uint64
	Failovers uint64
	P50       float64 // milliseconds; meaningless with Calls zero
	P95       float64
	Gap       bool // the node did not run or did not answer
}

// ProviderRow is one provider of one chain, over the last minute. The overview,
// the chain page, the provider list and "needs attention" all take it.
type ProviderRow struct {
	Chain    ChainRef
	ID       string
	Name     string // empty: the id is shown
	State    ui.State
	Breakers []ui.Breaker // HTTP first; one per configured transport

	Height   uint64 // 0: never seen
	HeightAt time.Time
	Behind   int64 // blocks
	MaxLag   int   // limit in blocks; -1: none

	Calls       uint64  // client attempts
	Failed      uint64  // of those, not answered; those whose caller left do not count
	Share       float64 // of the chain's client attempts, 0 to 1
	PerSecond   float64
	SuccessRate float64 // 0 to 1
	P50         float64 // milliseconds
	P95         float64
	P99         float64
	Mean        float64
	Failovers   uint64 // attempts here that followed a failure elsewhere
	Rank        int    // among the providers of the chain, by Mean: 1 is the fastest; 0: not measured
	Unused      string // why it has no requests while its chain has; empty: it has, or the chain has none

	Priority int
	Archival bool
	Strip    []ui.Cell // up to 60 minutes, the oldest first

	Regions []RegionStatus // in the order of Shell.Regions; pips from two on
	OnlyOn  []Holder       // the nodes that have it, where this one does not; else empty
}

// ChainRow is one chain with its providers, over the last minute.
type ChainRow struct {
	Ref       ChainRef
	State     ui.State // worst of its providers; CircuitOpen when none is usable
	Head      uint64   // 0: unknown
	HeadAt    time.Time
	BlockTime time.Duration
	Usable    int
	Figures   Figures
	Hour      Series // may be empty; the row's sparkline
	Providers []ProviderRow
	OnlyOn    []Holder // the nodes that have it, where this one does not; else empty
}

// MethodRow sums client attempts with one method over the range.
type MethodRow struct {
	Method      string
	Calls       uint64
	Errors      uint64
	PerSecond   float64
	SuccessRate float64
	P50         float64 // milliseconds
	P95         float64
	P99         float64
	LastAt      time.Time
	P95In       []float64 // in each of Shell.Regions; empty: not told apart
}

// FeedRow is one line of an activity feed: a call, or an event when Event is
// set.
type FeedRow struct {
	Seq      uint64 // unique and growing: the row's identity
	Node     string // where it happened
	Region   string
	At       time.Time
	Event    bool
	OfNode   bool     // an event of the cluster about Node: Seq and At are those of the node that serves the page
	Chain    ChainRef // zero: none
	Provider string   // id; empty: nobody, or not about one
	Name     string   // the provider's name; empty: Provider

	// Of a call.
	Request   string // id; with Node and Number it names the call
	Number    uint64
	Method    string
	Duration  time.Duration
	Failovers int
	Local     bool   // answered by this node
	Failed    bool   // the caller got no provider's answer
	Category  string // of the failure: "timeout"
	Detail    string // why the first provider was left, or the event's detail
	Strategy  string
	Why       string // the first provider was tried first: "drawn at random"; empty when nobody was

	// Of a line for several calls with the same end, or for an event that several
	// nodes saw; the other fields are those of the last.
	Count int       // of calls; 0: one
	First time.Time // when the first of them was
	On    int       // so many nodes; 0: one

	// Of an event.
	Status ui.Status
	Title  string // "HTTP closed to open"
}

// ErrorRow groups equal errors of one provider.
type ErrorRow struct {
	Message  string
	Category string // "rate_limit"
	Count    uint64
	LastAt   time.Time
	Regions  []uint64 // the count in each of Shell.Regions; empty: not told apart
}

// Bin is one bar of a latency histogram.
type Bin struct {
	UpTo  float64 // milliseconds
	Count uint64
}

// Endpoint is one way to call a chain.
type Endpoint struct {
	Strategy string // "load-balanced": the label is made of it
	Note     string // one sentence: what the strategy does
	URL      string // absolute
	Current  bool   // the profile's default
}

// Overview is the model of /dashboard/:profile.
type Overview struct {
	Shell
	KPIs     KPIs
	Problems []ProviderRow            // every provider row that is not healthy, in any order
	Rows     int                      // provider rows in all
	Chains   []ChainRow               // in configuration order
	Feed     []FeedRow                // events and calls that failed or failed over; without any, the last calls
	Happened []NodeEvent              // newest first
	Clocks   map[string]time.Duration // of other nodes, minus ours
	Topology Topology                 // of the chains
	Series   Series                   // of all chains, over the range
	Moments  Moments                  // losses of nodes and their returns
}

// ChainPage is the model of /dashboard/:profile/chains/:chain.
type ChainPage struct {
	Shell
	Chain     ChainRow // providers included
	KPIs      KPIs
	Series    Series // over the range
	Methods   []MethodRow
	Endpoints []Endpoint
	Builder   Builder
	Feed      []FeedRow                // calls of the chain, newest first, at most 12
	Clocks    map[string]time.Duration // of other nodes, minus ours

	ByRegion []RegionSeries // over the range; drawn from two on

	Moments         Moments // openings of the breakers of its providers
	ByRegionMoments Moments // in all regions, whichever the page shows

	Distribution Distribution  // over the range
	Ranking      []ProviderRow // the chain's providers with their figures over the range

	Windows []WindowRow   // figures of every range, the shortest first
	Places  []ChainRegion // in the order of Shell.Regions; drawn from two on
}

// ChainRegion is what one region knows of a chain.
type ChainRegion struct {
	Region      string
	Unreachable bool // no node of the region answers
	Head        uint64
	Usable      int
	Providers   int
	Told        bool         // Figures have come; nodes may not have been asked yet
	Figures     Figures      // over the range
	Cells       []RegionCell // one for each provider of the page's chain, in that order
}

// NotFound is the model of the page for an address that leads nowhere.
type NotFound struct {
	Shell
	What string // "profile", "chain", "provider" or "page"
	Name string // what was asked for
	Ways []Way  // links that go on
}

// Failed is the model of the page shown when a page could not be made.
type Failed struct {
	Shell
	Code      int    // HTTP status
	Message   string // one sentence, without secrets
	RequestID string
	Ways      []Way // links that go on
}

// Way is a link with a label.
type Way struct {
	Label string
	Href  string
}
