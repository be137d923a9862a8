package lasso

import "time"

// Window is a span of time that ends now, over which figures are summed.
type Window time.Duration

// The windows.
const (
	Minute         = Window(time.Minute)
	FiveMinutes    = Window(5 * time.Minute)
	FifteenMinutes = Window(15 * time.Minute)
	Hour           = Window(time.Hour)
	Day            = Window(24 * time.Hour)
)

// Windows lists the windows, the shortest first.
func Windows() []Window { return []Window{Minute, FiveMinutes, FifteenMinutes, Hour, Day} }

// String returns "1m", "5m", "15m", "1h" or "24h".
func (w Window) String() string {
	switch w {
	case Minute:
		return "1m"
	case FiveMinutes:
		return "5m"
	case FifteenMinutes:
		return "15m"
	case Hour:
		return "1h"
	case Day:
		return "24h"
	}
	return time.Duration(w).String()
}

// MarshalText implements encoding.TextMarshaler.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// ParseWindow reads the word that String writes; the empty string is Minute.
func ParseWindow(s string) (Window, bool) {
	if s == "" {
		return Minute, true
	}
	for _, w := range Windows() {
		if w.String() == s {
			return w, true
		}
	}
	return Minute, false
}

// Coverage is how many of the known nodes an answer speaks for.
type Coverage struct {
	Responding int      `json:"responding"`
	Total      int      `json:"total"`
	Missing    []NodeID `json:"missing"` // never nil
}

// Scope selects the figures of a read. Zero values select everything.
type Scope struct {
	Profile  ProfileID
	Chain    ChainID
	Provider ProviderID
	Window   Window
	Place
	Split bool // with the figures of each region and node
}

// Place narrows a read to the nodes of a region, or to one node. Zero is all
// nodes. A node is of one region only: where Node is set, Region does not
// narrow any further.
type Place struct {
	Region string
	Node   NodeID
}

// Has reports whether a node of a region is meant.
func (p Place) Has(node NodeID, region string) bool {
	if p.Node != "" {
		return node == p.Node
	}
	return p.Region == "" || region == p.Region
}

// Answer is a figure with how much it may be trusted.
type Answer[T any] struct {
	Data     T
	Coverage Coverage
	Stale    bool
	Loading  bool
	Age      time.Duration     // since the oldest of the data were gathered
	ByRegion []RegionAnswer[T] // with Scope.Split: the same of each region, by name
}

// RegionAnswer is the part of an answer that one region's nodes gave.
type RegionAnswer[T any] struct {
	Region string
	Data   T
	ByNode []NodeAnswer[T] // by id
}

// NodeAnswer is the part of an answer that one node gave.
type NodeAnswer[T any] struct {
	Node NodeID
	Data T
}

// Quantiles are latencies in milliseconds. Zero with no samples.
type Quantiles struct {
	Avg float64 `json:"avg_ms"`
	P50 float64 `json:"p50_ms"`
	P90 float64 `json:"p90_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
}

// CallFigures sums client calls of a profile or chain over a window. Latency
// is end to end, of all answered calls.
type CallFigures struct {
	Calls       uint64            `json:"calls"`
	Failed      uint64            `json:"failed"`    // calls that got no provider's answer
	Local       uint64            `json:"local"`     // answered by this node
	Failovers   uint64            `json:"failovers"` // attempts after the first, summed
	Errors      map[string]uint64 `json:"errors"`    // by category, application errors included
	BytesIn     uint64            `json:"bytes_in"`
	BytesOut    uint64            `json:"bytes_out"`
	PerSecond   float64           `json:"per_second"`
	SuccessRate float64           `json:"success_rate"` // 0 to 1; 0 with no calls
	Latency     Quantiles         `json:"latency"`
}

// ProviderFigures sums the attempts on one provider over a window.
type ProviderFigures struct {
	Provider     ProviderID        `json:"provider_id"`
	Name         string            `json:"name"`
	Status       Condition         `json:"status"`
	Calls        uint64            `json:"total_calls"`  // client attempts on it
	Errors       uint64            `json:"errors"`       // of those, not answered
	SuccessRate  float64           `json:"success_rate"` // 0 to 1; 0 with no calls
	Quantiles                      // of answered client attempts
	TrafficShare float64           `json:"traffic_share"` // of the chain's client attempts, 0 to 1
	Failovers    uint64            `json:"failovers"`     // attempts here that followed a failure elsewhere
	PerSecond    float64           `json:"per_second"`
	ByCategory   map[string]uint64 `json:"errors_by_category"`
	BytesIn      uint64            `json:"bytes_in"`
	BytesOut     uint64            `json:"bytes_out"`
	Probes       uint64            `json:"probes"` // our own attempts
	ProbesPerMin float64           `json:"probes_per_minute"`
	ProbeShare   float64           `json:"probe_share"` // of all attempts on it, 0 to 1
	Cold         bool              `json:"cold"`        // fewer than ten client attempts
}

// MethodFigures sums the attempts with one method, on one provider or on all.
type MethodFigures struct {
	Method      string     `json:"method"`
	Provider    ProviderID `json:"provider_id,omitempty"` // empty: all providers
	Calls       uint64     `json:"total_calls"`
	Errors      uint64     `json:"errors"`
	SuccessRate float64    `json:"success_rate"`
	Quantiles
	PerSecond float64   `json:"per_second"`
	LastAt    time.Time `json:"last_updated,omitzero"`
}

// Point is one step of a series of client calls. A step in which the node was
// not running has Gap set.
type Point struct {
	At        time.Time
	Calls     uint64
	Failed    uint64
	Failovers uint64
	P50, P95  float64 // milliseconds; 0 with no samples
	Gap       bool    // nothing was recorded at all
	Open      bool    // not all of it is known yet: it still runs, or a node has not told of its end
}

// Cell is one minute of a provider's history strip: its worst status.
type Cell struct {
	At     time.Time
	Status Status // StatusUnset: no data
	Behind int64  // most blocks behind in that minute
}

// Bin is one bar of a latency histogram.
type Bin struct {
	UpTo  float64 // milliseconds
	Count uint64
}

// ErrorSample groups equal errors of one provider.
type ErrorSample struct {
	Message  string    `json:"message"`
	Category Category  `json:"category"`
	Count    uint64    `json:"count"`
	LastAt   time.Time `json:"last_at"`
}
