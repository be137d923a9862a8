package lasso

import "time"

// Attempt is one try of one call on one route: the unit that everything
// records. Latency is the attempt's own, from dispatch to the last byte.
type Attempt struct {
	At       time.Time // when it ended
	Route    Route
	Method   string // a registered method name, or "other"
	Origin   Origin
	Category Category
	Latency  time.Duration
	Ordinal  int    // 0 for the first attempt of a call; above that it is a failover
	BytesOut int    // request body sent upstream
	BytesIn  int    // response body received
	Message  string // what went wrong, short and without secrets; empty when OK
}

// Call is one JSON-RPC call as its caller saw it. A batch is as many calls as
// it has forwarded or locally answered members.
type Call struct {
	At        time.Time // when it ended
	Profile   ProfileID
	Chain     ChainID
	Method    string // a registered method name, or "other"
	Strategy  Strategy
	RequestID string
	Origin    Origin        `json:",omitempty"` // only calls of clients count in figures
	Duration  time.Duration // arrival to answer
	Upstream  time.Duration // sum over its attempts
	Provider  ProviderID    // who gave the answer; empty when answered locally or by nobody
	Transport Transport
	Attempts  int // dispatched attempts
	Failovers int // attempts after the first
	Category  Category
	Code      int    // JSON-RPC error code of the answer, 0 for a result
	Local     bool   // answered by this node
	Detail    string // why the first provider was left: "alchemy: HTTP 502"; empty without failover
	BytesIn   int    // request body
	BytesOut  int    // response body

	Picked time.Duration // choosing the providers, part of Duration
	Why    string        // why the first provider was tried first: "drawn at random"; empty when nobody was
	Trace  *Trace        `json:",omitempty"` // nil: one attempt, or none, and an answer
}

// Event is a change of state worth telling an operator about.
type Event struct {
	At        time.Time
	Kind      EventKind
	Profile   ProfileID // empty: concerns the whole node
	Chain     ChainID
	Provider  ProviderID
	Transport Transport
	Status    Status // what the subject is now
	Title     string // "HTTP closed to open"
	Detail    string // "5 failures in a row, last: HTTP 502"
	Operator  bool   // an operator wanted it
}

// EventKind groups events. It is a closed set.
type EventKind string

// The kinds of event.
const (
	EventBreaker EventKind = "breaker"
	EventLimit   EventKind = "limit"
	EventProbe   EventKind = "probe"
	EventHeight  EventKind = "height"
	EventConfig  EventKind = "config"
	EventOrder   EventKind = "operator" // drained, resumed, checked now
)
