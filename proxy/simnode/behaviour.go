package simnode

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Behaviour is how a node treats its callers. The zero value answers
// everything correctly and at once.
//
// A request meets the settings in this order: Down, the node's [Script], Hang,
// Unauthorized, RateLimit, latency, ErrorRate, the method, Malformed.
type Behaviour struct {
	Latency     time.Duration      // mean time to answer
	Jitter      time.Duration      // latency varies evenly by up to this in both directions
	SlowMethods map[string]float64 // factor on the latency, by method; a batch takes its largest
	TailShare   float64            // share of requests, 0 to 1, that are TailFactor times slower
	TailFactor  float64

	Lag     uint64 // blocks behind the chain
	StuckAt uint64 // the head is never above this block; 0: not stuck

	ErrorRate float64 // share of requests, 0 to 1, that get Error
	Error     Fault

	RateLimit    RateLimit
	Down         bool // connections are closed without an answer
	Hang         bool // no answer until the caller leaves
	Unauthorized bool // HTTP 401

	ChainID       uint64   // what eth_chainId and net_version say; 0: the truth
	Pruned        uint64   // state more than this many blocks behind the head is missing; 0: archive
	MaxBlockRange uint64   // of eth_getLogs, in blocks; 0: 100,000
	Unsupported   []string // methods answered with -32601
	Malformed     Malformed
}

func (b Behaviour) clone() Behaviour {
	b.SlowMethods = maps.Clone(b.SlowMethods)
	b.Unsupported = slices.Clone(b.Unsupported)
	b.Error.Data = slices.Clone(b.Error.Data)
	return b
}

// Fault is a failed answer. The zero value is HTTP 502 with a page of HTML, as
// a gateway gives. With Code set it is a JSON-RPC error for each call of the
// request, under HTTP status Status, or 200.
type Fault struct {
	Status     int
	RetryAfter time.Duration // sent as the header of that name, in whole seconds; 0: not sent
	Body       string        // replaces the body
	Code       int
	Message    string
	Data       json.RawMessage
	Drop       bool // the connection is closed instead
}

// RateLimit is a token bucket. Each call of a batch takes a token; a refused
// request takes none.
type RateLimit struct {
	PerSecond  float64       // calls; 0: no limit
	Burst      int           // size of the bucket; 0: PerSecond, but at least 1
	RetryAfter time.Duration // told to the caller in whole seconds; 0: not told
	JSONRPC    bool          // refuse with HTTP 200 and -32005 for each call instead of HTTP 429
}

// Malformed is a way in which an answer is broken.
type Malformed uint8

// The ways. Those that concern single messages break each message of a batch.
const (
	WellFormed  Malformed = iota
	NotJSON               // a page of HTML with status 200
	Truncated             // the first half of the answer, as if it were all
	CutOff                // the connection closes in the middle of the body
	EmptyBody             // status 200 and nothing else
	WrongID               // an id that nobody asked with
	NoResult              // neither result nor error
	ResultError           // both result and error
	NullResult            // result null
	ShortBatch            // the last message of a batch is missing
)

// Error is a JSON-RPC error object.
type Error struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// Script decides about one call: nil leaves it to the node's behaviour, an
// Answer replaces it. N counts the HTTP requests of the node from 1. In a
// batch it is asked for each member, with the same n. It may be called at once
// from several goroutines.
type Script func(n uint64, method string, params json.RawMessage) *Answer

// Answer is a scripted answer. The zero value is the correct answer at once:
// fields replace parts of it. Header, Status, Body, Delay and Drop concern the
// whole HTTP answer; in a batch, the longest Delay and the first of each other
// that is set.
type Answer struct {
	Status    int // 0: 200
	Header    http.Header
	Body      []byte // replaces the whole body
	Delay     time.Duration
	Drop      bool // after Delay the connection is closed without an answer
	RawResult json.RawMessage
	Error     *Error
}
