// Package ui holds the parts that dashboard pages are made of: status marks,
// meters, sparklines, strips, charts, table heads and the page shell's small
// pieces. Components are pure functions of their arguments; none reads a clock.
package ui

import (
	"slices"
	"strconv"
	"time"
)

// Status is the key of one of the nine statuses. Any other value is shown as
// Unknown.
type Status string

// The statuses, worst first.
const (
	CircuitOpen     Status = "open"
	RateLimited     Status = "rate"
	TestingRecovery Status = "test"
	Recovering      Status = "recov"
	Degraded        Status = "degr"
	Lagging         Status = "lag"
	Unknown         Status = "unk"
	Drained         Status = "drain" // an operator took it out; looks as unknown does, in another shape
	Healthy         Status = "ok"
)

// Statuses lists the statuses, worst first: the order of [Status.Rank], of
// legends and counts, and of lasso.Statuses.
func Statuses() []Status {
	return []Status{CircuitOpen, RateLimited, TestingRecovery, Recovering, Degraded, Lagging, Unknown, Drained, Healthy}
}

// ParseStatus returns the status with a key, or Unknown.
func ParseStatus(key string) Status {
	if s := Status(key); slices.Contains(Statuses(), s) {
		return s
	}
	return Unknown
}

// Word returns the words shown to people.
func (s Status) Word() string {
	switch s {
	case CircuitOpen:
		return "Circuit open"
	case RateLimited:
		return "Rate limited"
	case TestingRecovery:
		return "Testing recovery"
	case Recovering:
		return "Recovering"
	case Degraded:
		return "Degraded"
	case Lagging:
		return "Lagging"
	case Healthy:
		return "Healthy"
	case Drained:
		return "Drained"
	case Unknown:
	}
	return "Unknown"
}

// Rank is the place in the order of statuses, from 1 for the worst to 9; a key
// that is none is as bad as Unknown.
func (s Status) Rank() int { return 1 + slices.Index(Statuses(), ParseStatus(string(s))) }

// Fault reports whether the status wants attention: all but Healthy, and
// Drained, which somebody chose.
func (s Status) Fault() bool { return s != Healthy && s != Drained }

// State is a status with its reason. It travels whole, in this order.
type State struct {
	Status Status
	Reason string    // empty for healthy
	Since  time.Time // zero: not known
	Next   time.Time // when it is looked at again; zero: not planned
}

// Circuit is the state of a breaker.
type Circuit string

// The breaker states, as lasso.Circuit writes them.
const (
	Closed   Circuit = "closed"
	HalfOpen Circuit = "half_open"
	Open     Circuit = "open"
)

// Breaker is a reading of one transport's breaker.
type Breaker struct {
	Transport string // "HTTP" or "WS"
	Circuit   Circuit
	State     State // of the transport, its rate limit included
	Failures  int   // in a row, while closed
	Threshold int   // failures that open it
	Successes int   // trial successes, while half-open
	Needed    int   // trial successes that close it
	LastError string
	Forced    string // what an operator made of it, with the reason; empty: it follows failures
}

// Cell is one minute of a history strip: its worst status.
type Cell struct {
	At     time.Time
	Status Status
	Behind int64 // most blocks behind in that minute
	NoData bool  // nothing is known of that minute; Status and Behind are ignored
}

func itoa(n int) string { return strconv.Itoa(n) }
