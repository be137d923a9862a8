package lasso

import (
	"slices"
	"strings"
	"time"
)

// FeedItem is one line of the activity feed: a call or an event.
type FeedItem struct {
	Seq    uint64 // in the order in which this node learned of the items
	Node   NodeID // where it happened
	Number uint64 // its Seq there: with Node it names the item on all nodes; 0: not told
	Region string
	Call   *Call // exactly one of Call and Event is set
	Event  *Event
}

// At is when it happened, by the clock of the node where it did.
func (it *FeedItem) At() time.Time {
	switch {
	case it.Call != nil:
		return it.Call.At
	case it.Event != nil:
		return it.Event.At
	}
	return time.Time{}
}

// FeedKinds says which items a feed query is about.
type FeedKinds uint8

// The kinds of feed items.
const (
	FeedAll FeedKinds = iota
	FeedCalls
	FeedEvents
)

// FeedOutcome says which calls a feed query is about.
type FeedOutcome uint8

// The outcomes of calls.
const (
	AnyOutcome      FeedOutcome = iota
	OutcomeOK                   // the caller got an answer: see Category.Answered
	OutcomeFailed               // the caller got none
	OutcomeFailover             // more than one provider was tried
	OutcomeLocal                // the node answered without a provider
	OutcomeTrouble              // it failed or failed over: a provider was tried in vain
)

// String returns "ok", "failed", "failover", "local", "trouble", or the empty
// string for any.
func (o FeedOutcome) String() string {
	switch o {
	case OutcomeOK:
		return "ok"
	case OutcomeFailed:
		return "failed"
	case OutcomeFailover:
		return "failover"
	case OutcomeLocal:
		return "local"
	case OutcomeTrouble:
		return "trouble"
	case AnyOutcome:
	}
	return ""
}

// ParseFeedOutcome reads the word that String writes.
func ParseFeedOutcome(s string) (FeedOutcome, bool) {
	for o := AnyOutcome; o <= OutcomeTrouble; o++ {
		if o.String() == s {
			return o, true
		}
	}
	return AnyOutcome, false
}

// FeedOrigin says whose calls a feed query is about.
type FeedOrigin uint8

// The origins of calls.
const (
	FromClients FeedOrigin = iota
	FromSystem             // our own, from the playground
	FromAnyone
)

// String returns "client", "system" or "any".
func (o FeedOrigin) String() string {
	switch o {
	case FromSystem:
		return System.String()
	case FromAnyone:
		return "any"
	case FromClients:
	}
	return Client.String()
}

// ParseFeedOrigin reads the word that String writes. Empty is FromClients.
func ParseFeedOrigin(s string) (FeedOrigin, bool) {
	for o := FromClients; o <= FromAnyone; o++ {
		if o.String() == s {
			return o, true
		}
	}
	return FromClients, s == ""
}

// Of reports whether a call is meant.
func (o FeedOrigin) Of(c *Call) bool {
	return o == FromAnyone || (o == FromSystem) == (c.Origin != Client)
}

// FeedQuery selects items of the activity feed. Zero values select all, but
// for Origin: calls of our own are asked for by name. With one of the fields
// that only calls have, no event matches.
type FeedQuery struct {
	Profile  ProfileID
	Chain    ChainID
	Provider ProviderID // of a call: who answered or was tried
	Place
	After  uint64    // only items with a higher Seq
	Since  time.Time // only what happened then or later
	Limit  int       // 0: all that is kept
	ByTime bool      // those that happened last, in that order, instead of those that this node learned of last
	Kinds  FeedKinds

	// Of calls only.
	Origin      FeedOrigin
	Method      string
	Outcome     FeedOutcome
	MinDuration time.Duration
	RequestID   string // or what it begins with, from MinIDPrefix bytes on
	Text        string // in the method, a provider or a message, in any case; or a RequestID
}

// How many events each node tells of: the newest.
const (
	MaxEvents = 200  // of one provider
	MaxLog    = 1000 // of all providers together
)

// EventLog is what happened to a provider, or to all.
type EventLog struct {
	Items []FeedItem // newest first
	// Since is the time from which on Items has all there was, for each node
	// that told: its start, or later where it has forgotten.
	Since map[NodeID]time.Time
}

// MinIDPrefix is how much of a request id finds the request.
const MinIDPrefix = 6

// CallsOnly reports whether no event can match.
func (q *FeedQuery) CallsOnly() bool {
	return q.Kinds == FeedCalls || q.Origin == FromSystem || q.Method != "" || q.Outcome != AnyOutcome || q.MinDuration > 0 || q.RequestID != "" || q.Text != ""
}

// Narrow reports whether few calls are likely to match.
func (q *FeedQuery) Narrow() bool {
	return q.Provider != "" || q.Method != "" || q.Outcome != AnyOutcome || q.MinDuration > 0 || q.RequestID != "" || q.Text != "" || !q.Since.IsZero()
}

// Matches reports whether an item is selected, but for After and Limit.
func (q *FeedQuery) Matches(it *FeedItem) bool {
	switch {
	case !q.Has(it.Node, it.Region):
		return false
	case it.Event != nil:
		return !q.CallsOnly() && q.MatchesEvent(it.Event)
	case it.Call != nil:
		return q.Kinds != FeedEvents && q.MatchesCall(it.Call)
	}
	return false
}

// MatchesEvent compares what a query says of events. An event that names no
// profile or chain concerns all of them.
func (q *FeedQuery) MatchesEvent(e *Event) bool {
	return !e.At.Before(q.Since) && (q.Profile == "" || e.Profile == "" || e.Profile == q.Profile) &&
		(q.Chain == 0 || e.Chain == 0 || e.Chain == q.Chain) &&
		(q.Provider == "" || e.Provider == q.Provider)
}

// InScope is the cheap part of MatchesCall.
func (q *FeedQuery) InScope(c *Call) bool {
	return q.Origin.Of(c) && !c.At.Before(q.Since) && (q.Profile == "" || c.Profile == q.Profile) && (q.Chain == 0 || c.Chain == q.Chain)
}

// MatchesCall compares what a query says of calls.
func (q *FeedQuery) MatchesCall(c *Call) bool {
	return q.InScope(c) &&
		(q.Provider == "" || touched(c, q.Provider)) &&
		(q.Method == "" || c.Method == q.Method) &&
		c.Duration >= q.MinDuration &&
		q.Outcome.Of(c) &&
		(q.RequestID == "" || hasID(c, q.RequestID)) &&
		(q.Text == "" || says(c, q.Text))
}

// Of reports whether a call ended so.
func (o FeedOutcome) Of(c *Call) bool {
	switch o {
	case OutcomeOK:
		return c.Category.Answered()
	case OutcomeFailed:
		return !c.Category.Answered()
	case OutcomeFailover:
		return c.Failovers > 0
	case OutcomeLocal:
		return c.Local
	case OutcomeTrouble:
		return c.Failovers > 0 || !c.Category.Answered()
	case AnyOutcome:
	}
	return true
}

// touched reports whether a provider answered the call or was tried for it.
func touched(c *Call, id ProviderID) bool {
	if c.Provider == id {
		return true
	}
	return c.Trace != nil && slices.ContainsFunc(c.Trace.Tries, func(t Try) bool { return t.Provider == id })
}

func hasID(c *Call, id string) bool {
	return c.RequestID == id || len(id) >= MinIDPrefix && strings.HasPrefix(c.RequestID, id)
}

// says reports whether the call holds a text.
func says(c *Call, text string) bool {
	if hasID(c, text) || mentions(c.Method, text) || mentions(string(c.Provider), text) || mentions(c.Detail, text) || mentions(c.Category.String(), text) {
		return true
	}
	return c.Trace != nil && slices.ContainsFunc(c.Trace.Tries, func(t Try) bool {
		return mentions(string(t.Provider), text) || mentions(t.Message, text) || mentions(t.Category.String(), text)
	})
}

// mentions is strings.Contains for letters of any case. It allocates nothing.
func mentions(s, text string) bool {
	for i := 0; i+len(text) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(text)], text) {
			return true
		}
	}
	return false
}
