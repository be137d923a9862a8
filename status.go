package lasso

import (
	"fmt"
	"time"
)

// Status is the one word for a provider, route, chain or node. The order is
// worst first, and the only one: where several hold, and where several things
// are summed up, the first is shown. [Drained] is the exception: on its node it
// goes before all that else holds for its provider, which the status of the
// chain leaves out.
type Status uint8

// The statuses, worst first. What is not known is worse than what is healthy.
const (
	StatusUnset Status = iota // no status: only for events without one
	CircuitOpen
	RateLimited
	TestingRecovery
	Recovering
	Degraded
	Lagging
	Unknown
	Drained // an operator took it out: it says so whatever else holds
	Healthy
)

// SuccessLimit is the share of attempts without a fault over a minute below
// which a provider is [Degraded].
const SuccessLimit = 0.97

// Statuses lists the statuses, worst first.
func Statuses() []Status {
	return []Status{CircuitOpen, RateLimited, TestingRecovery, Recovering, Degraded, Lagging, Unknown, Drained, Healthy}
}

// Key returns the short machine word, such as "open".
func (s Status) Key() string {
	switch s {
	case CircuitOpen:
		return "open"
	case RateLimited:
		return "rate"
	case TestingRecovery:
		return "test"
	case Recovering:
		return "recov"
	case Degraded:
		return "degr"
	case Lagging:
		return "lag"
	case Healthy:
		return "ok"
	case Drained:
		return "drain"
	case Unknown, StatusUnset:
	}
	return "unk"
}

// Word returns the words shown to people, such as "Circuit open".
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
	case Unknown, StatusUnset:
	}
	return "Unknown"
}

// MarshalText writes the words in snake case: "circuit_open".
func (s Status) MarshalText() ([]byte, error) {
	switch s {
	case CircuitOpen:
		return []byte("circuit_open"), nil
	case RateLimited:
		return []byte("rate_limited"), nil
	case TestingRecovery:
		return []byte("testing_recovery"), nil
	case Recovering:
		return []byte("recovering"), nil
	case Degraded:
		return []byte("degraded"), nil
	case Lagging:
		return []byte("lagging"), nil
	case Healthy:
		return []byte("healthy"), nil
	case Drained:
		return []byte("drained"), nil
	case Unknown, StatusUnset:
	}
	return []byte("unknown"), nil
}

// UnmarshalText reads what MarshalText writes. A word of a newer version is
// Unknown.
func (s *Status) UnmarshalText(text []byte) error {
	*s = Unknown
	for _, v := range Statuses() {
		if word, err := v.MarshalText(); err == nil && string(word) == string(text) {
			*s = v
		}
	}
	return nil
}

// Worse returns the worse of two statuses; StatusUnset is as bad as Unknown.
func (s Status) Worse(t Status) Status {
	known := func(s Status) Status {
		if s == StatusUnset {
			return Unknown
		}
		return s
	}
	if known(t) < known(s) {
		return t
	}
	return s
}

// Condition is a status with its reason. It travels whole: pages, logs,
// metrics and the explain endpoint read the same record.
type Condition struct {
	Status Status    `json:"word"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	Next   time.Time `json:"next_check,omitzero"` // when it is looked at again; zero: not planned
}

// Circuit is the state of a breaker.
type Circuit uint8

// The breaker states.
const (
	Closed Circuit = iota
	HalfOpen
	Open
)

// String returns "closed", "half_open" or "open".
func (c Circuit) String() string {
	switch c {
	case HalfOpen:
		return "half_open"
	case Open:
		return "open"
	case Closed:
	}
	return "closed"
}

// MarshalText implements encoding.TextMarshaler.
func (c Circuit) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what String writes.
func (c *Circuit) UnmarshalText(text []byte) error {
	for _, v := range []Circuit{Closed, HalfOpen, Open} {
		if v.String() == string(text) {
			*c = v
			return nil
		}
	}
	return fmt.Errorf("unknown breaker state %q", text)
}

// Breaker is a reading of one breaker.
type Breaker struct {
	State     Circuit   `json:"state"`
	Failures  int       `json:"failures"`  // in a row, while closed
	Threshold int       `json:"threshold"` // failures that open it, for the category seen last
	Successes int       `json:"successes"` // trial successes, while half-open
	Needed    int       `json:"needed"`    // trial successes that close it
	Reason    string    `json:"reason,omitempty"`
	LastError string    `json:"last_error,omitempty"`
	Since     time.Time `json:"since,omitzero"`
	Next      time.Time `json:"next,omitzero"`    // while open: when it turns half-open
	Forced    *Override `json:"forced,omitempty"` // nil: it follows failures
}

// RouteState is what is known of one transport of a provider.
type RouteState struct {
	Transport    Transport `json:"transport"`
	Condition    Condition `json:"condition"`
	Breaker      Breaker   `json:"breaker"`
	LimitedUntil time.Time `json:"limited_until,omitzero"`
	LimitReason  string    `json:"limit_reason,omitempty"`
}

// ProviderState is what is known of one provider of a profile's chain.
type ProviderState struct {
	Profile       ProfileID     `json:"profile"`
	Chain         ChainID       `json:"chain_id"`
	Provider      ProviderID    `json:"provider_id"`
	Name          string        `json:"name"`
	Instance      InstanceID    `json:"instance"`
	Condition     Condition     `json:"status"`
	Drained       *Override     `json:"drained,omitempty"` // nil: it takes calls
	Routes        []RouteState  `json:"routes"`            // HTTP first
	Priority      int           `json:"priority"`
	Archival      bool          `json:"archival"`
	Height        uint64        `json:"height"` // 0: never seen
	HeightAt      time.Time     `json:"height_at,omitzero"`
	Behind        int64         `json:"behind"`                  // consensus minus height; never negative
	Optimistic    int64         `json:"optimistic"`              // behind, after credit for blocks that likely arrived since HeightAt
	ChainSeen     uint64        `json:"chain_id_seen,omitempty"` // what eth_chainId answered last
	ProbeEvery    time.Duration `json:"-"`                       // current mean time between probes and polls
	MaxBlockRange uint64        `json:"max_block_range,omitempty"`
	SharedBy      []ProfileID   `json:"shared_by,omitempty"` // all profiles using the instance
}

// ChainState is what is known of one chain of a profile.
type ChainState struct {
	Profile           ProfileID       `json:"profile"`
	Chain             ChainID         `json:"chain_id"`
	Name              string          `json:"name"`
	Alias             string          `json:"alias"`  // the name used in URLs
	Status            Status          `json:"status"` // worst of its providers that are not drained; CircuitOpen when none is usable
	Head              uint64          `json:"head"`   // consensus height; 0: unknown
	HeadAt            time.Time       `json:"head_at,omitzero"`
	BlockTime         time.Duration   `json:"-"`
	BlockTimeMeasured bool            `json:"block_time_measured"`
	MaxLag            int             `json:"max_lag_blocks"` // -1: no lag filter
	Usable            int             `json:"usable"`         // providers that would be tried now
	Providers         []ProviderState `json:"providers"`      // in configuration order
}

// NodeView is what one node knows of the chains of a profile.
type NodeView struct {
	Node   NodeID
	Region string
	Self   bool
	Lost   time.Time // since when nothing was heard of it; zero: it is heard
	At     time.Time // of the newest state
	Chains []ChainState
}
