package lasso

import "time"

// Bounds of a Trace, wherever it comes from.
const (
	MaxTries     = 8
	MaxOthers    = 8
	MaxTraceText = 200 // bytes of a message or a reason
)

// Trace is how a call went that its first attempt did not answer: what was
// tried, and what else there was. It is never changed once a call carries it.
type Trace struct {
	Tries  []Try   // in the order in which they began
	Others []Other // candidates that were not tried, then routes left out
}

// Try is one attempt of a call.
type Try struct {
	Provider  ProviderID
	Transport Transport
	Category  Category
	Start     time.Duration // from the call's arrival to its dispatch
	Took      time.Duration // from its dispatch to the last byte
	Message   string        // what went wrong, short and without secrets; empty when OK
	Why       string        // why it stood where it did: "priority 1"
}

// Other is a route that a call did not try.
type Other struct {
	Provider  ProviderID
	Transport Transport
	LeftOut   bool   // it was no candidate; else it was not needed
	Why       string // why it was left out, or why it stood where it did
}
