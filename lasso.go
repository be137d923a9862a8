// Package lasso is the vocabulary of the product: the identifiers, values and
// read models that the router, the recorder, the cluster and the dashboard
// share. It imports nothing of ours, starts nothing and keeps no state.
package lasso

import (
	"fmt"
	"strconv"
)

// ProfileID is the slug of a profile, unique on a node.
type ProfileID string

// ChainID is the EIP-155 number of a chain: its only identity. Names are
// aliases, resolved at the edge.
type ChainID uint64

// String returns the decimal form.
func (c ChainID) String() string { return strconv.FormatUint(uint64(c), 10) }

// ProviderID names an entry of a profile's chain; it is unique there.
type ProviderID string

// InstanceID names the physical upstream behind the providers of one or more
// profiles that share endpoint and credentials. It holds no secret.
type InstanceID string

// NodeID names one running process (LASSO_NODE_ID).
type NodeID string

// Transport is how a provider is reached.
type Transport uint8

// The transports. AnyTransport is a preference only: a route always has one of
// the other two.
const (
	AnyTransport Transport = iota
	HTTP
	WS
)

// String returns "http", "ws", or "any".
func (t Transport) String() string {
	switch t {
	case HTTP:
		return "http"
	case WS:
		return "ws"
	case AnyTransport:
	}
	return "any"
}

// MarshalText implements encoding.TextMarshaler.
func (t Transport) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// ParseTransport reads "http" or "ws"; the empty string is AnyTransport.
func ParseTransport(s string) (Transport, bool) {
	switch s {
	case "":
		return AnyTransport, true
	case "http":
		return HTTP, true
	case "ws":
		return WS, true
	}
	return AnyTransport, false
}

// UnmarshalText reads the word that String writes.
func (t *Transport) UnmarshalText(text []byte) error {
	if string(text) == AnyTransport.String() {
		*t = AnyTransport
		return nil
	}
	v, ok := ParseTransport(string(text))
	if !ok {
		return fmt.Errorf("unknown transport %q", text)
	}
	*t = v
	return nil
}

// Route is one way to one provider of one chain of one profile.
type Route struct {
	Profile   ProfileID  `json:"profile"`
	Chain     ChainID    `json:"chain_id"`
	Provider  ProviderID `json:"provider_id"`
	Transport Transport  `json:"transport"`
}

// Strategy is how the usable providers of a chain are put in order.
type Strategy uint8

// The strategies. The zero value is the default.
const (
	LoadBalanced Strategy = iota
	RoundRobin
	Fastest
	LatencyWeighted
	Priority
)

// Strategies lists all strategies, the default first.
func Strategies() []Strategy {
	return []Strategy{LoadBalanced, RoundRobin, Fastest, LatencyWeighted, Priority}
}

// String returns the word used in paths and YAML, such as "load-balanced".
func (s Strategy) String() string {
	switch s {
	case RoundRobin:
		return "round-robin"
	case Fastest:
		return "fastest"
	case LatencyWeighted:
		return "latency-weighted"
	case Priority:
		return "priority"
	case LoadBalanced:
	}
	return "load-balanced"
}

// MarshalText implements encoding.TextMarshaler.
func (s Strategy) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word that String writes.
func (s *Strategy) UnmarshalText(text []byte) error {
	v, ok := ParseStrategy(string(text))
	if !ok {
		return fmt.Errorf("unknown strategy %q", text)
	}
	*s = v
	return nil
}

// ParseStrategy reads the word that String writes.
func ParseStrategy(s string) (Strategy, bool) {
	for _, v := range Strategies() {
		if v.String() == s {
			return v, true
		}
	}
	return LoadBalanced, false
}

// Origin tells who caused an attempt.
type Origin uint8

// The origins.
const (
	Client Origin = iota // an app's call
	System               // ours: a probe, a height poll, a call from the playground
)

// String returns "client" or "system".
func (o Origin) String() string {
	if o == System {
		return "system"
	}
	return "client"
}

// MarshalText implements encoding.TextMarshaler.
func (o Origin) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. What is not "client" is
// no app's call.
func (o *Origin) UnmarshalText(text []byte) error {
	*o = System
	if string(text) == Client.String() {
		*o = Client
	}
	return nil
}
