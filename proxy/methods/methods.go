// Package methods knows the Ethereum JSON-RPC methods: their category, how
// safe it is to send a call a second time, how long a call may take, and which
// blocks its parameters name.
//
// The registry is no allow-list. A name that is not in it is forwarded too,
// with the safety that its verb suggests; see [Lookup].
//
// Everything here is read only and safe for concurrent use.
package methods

import "time"

// Safety says what may be done with a call beside sending it once.
type Safety uint8

// The classes of safety.
const (
	// ReplaySafe calls read. Any provider may be asked, and asked again.
	ReplaySafe Safety = iota
	// Broadcast is eth_sendRawTransaction: the transaction is signed and its
	// hash names it, so that a second broadcast changes nothing.
	Broadcast
	// FilterCreate calls leave a filter at the provider that answers.
	FilterCreate
	// FilterUse calls name a filter: only its creator can answer.
	FilterUse
	// Subscription calls are for WebSocket clients only.
	Subscription
	// Keystore calls concern the node itself: its keys, its miner, its
	// administration. They are refused on every transport.
	Keystore
	// Local calls have one right answer on a chain, which this node knows.
	Local
	// UnknownRead calls are not in the registry; their name says that they read.
	UnknownRead
	// UnknownWrite calls may change something, and nothing says that doing it
	// twice is harmless. A few registered methods are of this class.
	UnknownWrite

	safetyCount
)

var safetyNames = [safetyCount]string{ //nolint:gochecknoglobals // a table, never written
	"replay_safe", "broadcast", "filter_create", "filter_use", "subscription", "keystore", "local",
	"unknown_read", "unknown_write",
}

var safetyTexts = [safetyCount]string{ //nolint:gochecknoglobals // a table, never written
	"A read: when a provider fails, the next one is asked.",
	"A signed transaction, known by its hash: it may be sent to another provider when the outcome is uncertain.",
	"Creates a filter at one provider: it is sent once, and later calls with the filter go to the same provider.",
	"Uses a filter: it goes to the provider that created the filter, and to no other.",
	"A subscription: it needs a WebSocket connection.",
	"Concerns the node's own keys or administration: it is refused.",
	"Has one right answer on a chain: this node gives it without asking a provider, unless one is pinned or parameters are given.",
	"Not a known method; its name says that it reads: when a provider fails, the next one is asked.",
	"May change something: it is sent once, and to another provider only when it surely did not leave this node or was refused.",
}

// String returns the snake-case name, such as "replay_safe".
func (s Safety) String() string {
	if s < safetyCount {
		return safetyNames[s]
	}
	return safetyNames[UnknownWrite]
}

// Explain returns a sentence for operators about what happens to such calls.
func (s Safety) Explain() string {
	if s < safetyCount {
		return safetyTexts[s]
	}
	return safetyTexts[UnknownWrite]
}

// Repeatable reports whether a call may be sent to another provider after it
// may have reached one. Local calls that are forwarded after all are reads.
func (s Safety) Repeatable() bool {
	switch s {
	case ReplaySafe, Broadcast, Local, UnknownRead:
		return true
	default:
		return false
	}
}

// other labels all methods that are not registered.
const other = "other"

// Method describes a method. Descriptors are shared: nobody changes one.
type Method struct {
	Name     string // empty when not registered
	Category string // one of Categories; what providers declare as unsupported
	Safety   Safety
	Timeout  time.Duration // for the whole call, all attempts together

	blocks blockParam
}

// Label returns the name of a registered method and "other" for the rest: a
// closed set, fit for metrics.
func (m *Method) Label() string {
	if m.Name == "" {
		return other
	}
	return m.Name
}

// Registered reports whether the method is one that the registry names.
func (m *Method) Registered() bool { return m.Name != "" }

// RangeLimited reports whether a provider's limit on the number of blocks in
// one query applies to the method: it searches logs or traces over a range.
func (m *Method) RangeLimited() bool {
	return m.blocks.form == logFilter || m.blocks.form == traceFilter
}
