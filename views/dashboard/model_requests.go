package dashboard

import "time"

// The fragments of the requests page.
const (
	FragmentTail    = "tail"    // single requests, newest first
	FragmentNewer   = "newer"   // how many came since; read while the page is paused
	FragmentRequest = "request" // the request that is open
)

// SlowRequest is what the page calls slow.
const SlowRequest = time.Second

// RequestsPage is the model of /dashboard/:profile/requests.
type RequestsPage struct {
	Shell
	Filter  RequestFilter
	Spanned bool         // a range is chosen; else the list is of all that is kept
	Rows    []RequestRow // newest first
	Kept    int          // requests of the profile that are kept, whatever the filter
	Match   int          // of those, the ones that match and are not newer than the list
	Newer   int          // matching requests that came after the list stood still
	Held    uint64       // number of the newest request of a list that stands still by its address; 0: it moves
	Still   bool         // the list stands still for this reading only
	Newest  uint64       // number of the newest request of the list; 0: none

	Failed    int // of the kept ones that match but for outcome and time taken
	Failovers int
	Local     int
	Slow      int
	PerSecond float64 // requests of the profile, last minute
	Sampled   bool    // there are other nodes, whose requests are a sample

	Chains    []ChainRef
	Methods   []string // to choose from
	Providers []RequestProvider

	Open *RequestDetail // nil: none is open
	Gone string         // id of a request that was to be opened and is not kept
	// Several are the requests that the address may mean: nil where it means
	// one.
	Several *RequestChoice
}

// RequestProvider is a provider to choose.
type RequestProvider struct {
	ID   string
	Name string // unlike that of any other id; empty: ID
}

// RequestChoice are requests with one id: members of a batch, or of a client
// that gives the same id again.
type RequestChoice struct {
	ID    string
	Whole bool         // they have this id; else theirs begins so
	Count int          // of Rows there may be fewer
	Rows  []RequestRow // newest first
}

// RequestFilter is what the address asks for, as it came.
type RequestFilter struct {
	Chain    string // alias
	Method   string
	Provider string // id
	Outcome  string // "ok", "failed", "failover", "local" or "trouble"
	Origin   string // "client", which is the default, "system" or "any"
	MinMS    string // milliseconds
	Text     string
}

// RequestRow is one request of the list.
type RequestRow struct {
	Seq      uint64
	Number   uint64    // with Node it names the request on all nodes; 0: not known
	At       time.Time // when it ended
	ID       string    // X-Lasso-Request-ID; others may have the same
	Chain    ChainRef
	Method   string
	Provider string // id; empty: nobody, or this node
	Name     string // the provider's name; empty: Provider
	Region   string
	Node     string
	Tries    int
	Duration time.Duration
	Failed   bool
	Local    bool   // answered by the node itself
	Own      bool   // from the playground
	Category string // empty: OK
	Open     bool
}

// RequestDetail is one request with how it was routed.
type RequestDetail struct {
	RequestRow
	Strategy  string
	Code      int // JSON-RPC error code; 0: a result
	BytesIn   int
	BytesOut  int
	Picked    time.Duration // choosing the providers
	Tries     []RequestTry  // in order
	Others    []RequestOther
	Traced    bool   // Others is known
	Curl      string // a command that sends the method again, without its parameters
	Link      string // its address, whatever list it was found in
	Prev      *RequestRow
	Next      *RequestRow
	Failovers int
}

// RequestTry is one attempt of a request.
type RequestTry struct {
	Provider  string
	Name      string
	Transport string
	Start     time.Duration // from the arrival
	Took      time.Duration
	Outcome   string // category; empty: OK
	Answered  bool
	Canceled  bool
	Message   string
	Why       string
}

// RequestOther is a provider that was not tried.
type RequestOther struct {
	Provider string
	Name     string
	LeftOut  bool // no candidate; else it was not needed
	Why      string
}
