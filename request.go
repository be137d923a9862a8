package lasso

import "time"

// Request is one JSON-RPC body with the routing decided by its path and
// headers. The router keeps nothing of it after it has answered.
type Request struct {
	Profile   *Profile
	Chain     *Chain
	Strategy  Strategy
	Provider  ProviderID // pin; empty for none
	Transport Transport  // preference
	Body      []byte
	Meta      MetaMode
	ID        string    // X-Lasso-Request-ID
	Path      string    // the request's path, for hints in errors
	At        time.Time // arrival
	Origin    Origin    // who asks; the zero value is a client
	MaxAnswer int       // bytes of one upstream answer; 0: as many as the router takes
}

// Response is what goes back for a Request.
type Response struct {
	Status int    // HTTP status
	Body   []byte // nil with status 204; the caller owns it
	Meta   *Meta  // of the first forwarded call; nil when Request.Meta is MetaNone
}

// MetaMode tells where routing metadata goes.
type MetaMode uint8

// The modes of include_meta.
const (
	MetaNone MetaMode = iota
	MetaHeaders
	MetaBody
)

// ParseMetaMode reads "headers", "body", "none" or the empty string.
func ParseMetaMode(s string) (MetaMode, bool) {
	switch s {
	case "", "none":
		return MetaNone, true
	case "headers":
		return MetaHeaders, true
	case "body":
		return MetaBody, true
	}
	return MetaNone, false
}

// Meta is the routing metadata of one call: X-Lasso-Meta, or lasso_meta in the
// body.
type Meta struct {
	Version     string        `json:"version"` // "1.0"
	RequestID   string        `json:"request_id"`
	Strategy    Strategy      `json:"strategy"`
	Chain       ChainID       `json:"chain_id"`
	Transport   string        `json:"transport,omitempty"`
	Candidates  []string      `json:"candidate_providers,omitempty"` // "id:transport", in the order tried or to be tried
	Selected    *MetaProvider `json:"selected_provider,omitempty"`
	SelectionMS float64       `json:"selection_latency_ms"`
	UpstreamMS  float64       `json:"upstream_latency_ms"`
	EndToEndMS  float64       `json:"end_to_end_latency_ms"`
	OverheadMS  float64       `json:"lasso_overhead_ms"`
	Retries     int           `json:"retries"`
	Breaker     string        `json:"circuit_breaker_state,omitempty"`
	Reason      string        `json:"reason,omitempty"`      // why this provider
	Attempts    []MetaAttempt `json:"attempts,omitempty"`    // what each try came to
	FailedOpen  []string      `json:"failed_open,omitempty"` // filters ignored because they would have left nobody
}

// MetaProvider names the provider that answered.
type MetaProvider struct {
	ID       ProviderID `json:"id"`
	Protocol Transport  `json:"protocol"`
}

// MetaAttempt is one try in the metadata.
type MetaAttempt struct {
	Provider  ProviderID `json:"provider_id"`
	Transport Transport  `json:"transport"`
	Outcome   Category   `json:"outcome"`
	MS        float64    `json:"ms"`
	Reason    string     `json:"reason,omitempty"`
}

// Explanation says what would happen to a call now, without sending it.
type Explanation struct {
	Profile    ProfileID   `json:"profile"`
	Chain      ChainID     `json:"chain_id"`
	Method     string      `json:"method"`
	Safety     string      `json:"safety"` // the execution class and its meaning
	Strategy   Strategy    `json:"strategy"`
	Archival   bool        `json:"requires_archival"`
	Block      string      `json:"requested_block,omitempty"`
	Head       uint64      `json:"head"`
	TimeoutMS  int64       `json:"timeout_ms"`
	Candidates []Candidate `json:"candidates"` // in the order they would be tried
	Excluded   []Exclusion `json:"excluded"`
	FailedOpen []string    `json:"failed_open,omitempty"`
	Note       string      `json:"note,omitempty"` // "answered by this node", "refused: …"
}

// Candidate is a route that may be tried.
type Candidate struct {
	Provider  ProviderID `json:"provider_id"`
	Name      string     `json:"name"`
	Transport Transport  `json:"transport"`
	Rank      int        `json:"rank"`       // from 1
	Tier      int        `json:"tier"`       // health tier, from 1
	Share     float64    `json:"share"`      // chance of being tried first, 0 to 1
	LatencyMS float64    `json:"latency_ms"` // expected; 0: not measured
	Evidence  string     `json:"evidence"`   // "method", "route", "probe" or "none"
	Samples   int        `json:"samples"`
	Why       string     `json:"why"`
	Condition Condition  `json:"status"`
}

// Exclusion is a route that was left out, and why. The same record feeds the
// explain endpoint, the dashboard and the metrics.
type Exclusion struct {
	Provider  ProviderID `json:"provider_id"`
	Name      string     `json:"name"`
	Transport Transport  `json:"transport"`
	Filter    string     `json:"filter"` // "circuit", "lag", "archival", …
	Reason    string     `json:"reason"`
	Since     time.Time  `json:"since,omitzero"`
	Next      time.Time  `json:"next_check,omitzero"`
}
