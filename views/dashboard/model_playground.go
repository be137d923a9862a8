package dashboard

import (
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

// The fragments of the playground.
const (
	FragmentAnswers  = "answers"     // the answers of a run, or that there is none
	FragmentDepends  = "depends"     // what the form shows because of its other fields
	FragmentLastRuns = "last-runs"   // the runs that are kept
	FragmentLoadRun  = "load-run"    // the load run, its form and its figures
	FragmentDiffs    = "differences" // places where two answers differ, or nodes do; a file only
	FragmentRouting  = "routing"     // how a call was routed; a file only
)

// Who is asked.
const (
	AskEvery  = "every"
	AskRouted = "routed"
	AskOne    = "one"
)

// How answers are shown.
const (
	ViewTable      = "table"
	ViewDifference = "difference"
	ViewRaw        = "raw"
)

// PlaygroundPage is the model of /dashboard/:profile/playground.
type PlaygroundPage struct {
	Shell
	From     string // region of this node: the calls leave from here
	ReadOnly bool   // this node sends no writes and no load runs
	Form     PlaygroundForm
	Examples []PlaygroundCall
	Problem  string // why the form was not run; empty: nothing is wrong
	Gone     bool   // the address names a run that is not kept any more
	Run      *PlaygroundRun
	Past     []PlaygroundPast // newest first
	Load     PlaygroundLoad
}

// PlaygroundForm is the request form.
type PlaygroundForm struct {
	Chains     []ChainRef
	Chain      ChainRef
	Methods    []string // that the chain's providers serve
	Method     string
	Params     string
	Strategies []string
	Strategy   string
	Ask        string
	Providers  []PlaygroundChoice // of the chain
	Provider   string             // id, with AskOne
	Absent     []string           // names of the profile's providers that do not serve the chain
	Writes     string             // what the method may change, one sentence; empty: it reads
	Confirmed  bool
	Curl       string // the call as a command line
	RPC        string // URL of the profile's endpoints: "http://host/rpc/public"
	Linked     bool   // the parameters are short enough for the address
}

// PlaygroundCall is a method with parameters that any chain takes.
type PlaygroundCall struct {
	Method, Params string
	On             bool // it is part of the load run
}

// PlaygroundChoice is a provider to choose.
type PlaygroundChoice struct{ ID, Name string }

// PlaygroundPast is a run that was made.
type PlaygroundPast struct {
	ID      string
	At      time.Time
	Chain   ChainRef
	Method  string
	Params  string // clipped
	Summary string // "4 agree, 2 differ"
	Query   string // of the form that made it, with a leading "?"
	Current bool
}

// PlaygroundRun is one run with its answers.
type PlaygroundRun struct {
	ID       string
	At       time.Time
	Chain    ChainRef
	Method   string
	Ask      string
	Agree    int // providers of the largest group
	Differ   int
	Silent   int    // no answer
	Field    string // name of the value in the table: "number"; empty: "Value"
	Answers  []PlaygroundAnswer
	Groups   []PlaygroundGroup // the largest first
	Other    string            // letter of the group beside A; empty: there is none
	View     string
	Diffs    []PlaygroundDiff // between A and Other, the first of them
	DiffsAll int              // how many there are
	Routing  *PlaygroundRouting
}

// PlaygroundAnswer is what one provider said.
type PlaygroundAnswer struct {
	Group    string // letter; empty: no answer
	Provider string // id; empty: this node answered, or nobody
	Name     string
	State    ui.State
	Took     time.Duration
	Value    string // in short: what it has in common with group A
	Rest     string // where it begins to differ
	Block    uint64
	HasBlock bool
	Against  string // against the majority, or why there is no answer
	Next     time.Time
	Failed   bool // the answer is an error that any provider would give
}

// PlaygroundGroup is a set of equal answers.
type PlaygroundGroup struct {
	Letter    string
	Names     []string // of its providers
	Note      string   // against group A: "1 block behind, 6 fields differ"
	Failed    bool     // the answer is an error
	Spans     []CodeSpan
	Cut       bool   // more was answered than is shown
	Size      uint64 // bytes of the answer
	Raw       string // as it came, the first of it
	RawCut    bool
	Unordered string // why it was compared by its bytes; empty: it was read
}

// CodeSpan is a piece of JSON with its class: "k", "q", "n", "w" or empty.
type CodeSpan struct {
	Class  string
	Marked bool // it differs
	Text   string
}

// PlaygroundDiff is a place where two answers differ.
type PlaygroundDiff struct{ Path, Left, Right string }

// PlaygroundRouting is how a routed or pinned call went.
type PlaygroundRouting struct {
	RequestID  string
	Strategy   string
	Selected   string // name; empty: nobody
	Reason     string
	Breaker    string
	EndToEnd   float64 // milliseconds
	Upstream   float64
	Overhead   float64
	Tries      []PlaygroundTry
	Safety     string
	Note       string
	Candidates []PlaygroundCandidate
	FailedOpen []string
	Explained  bool // Safety and Candidates are known
}

// PlaygroundTry is one attempt.
type PlaygroundTry struct {
	Name, Transport, Outcome, Reason string
	MS                               float64
	OK                               bool
}

// PlaygroundCandidate is a provider in the order it would be tried, or one
// that was left out.
type PlaygroundCandidate struct {
	Provider  string
	Name      string
	Transport string
	Rank      int // 0: left out
	LatencyMS float64
	Why       string
	Filter    string // what left it out
	Next      time.Time
}

// PlaygroundLoad is the load run of this node: one at a time.
type PlaygroundLoad struct {
	Rate      int              // of the form, calls per second
	Seconds   int              // of the form
	Mix       []PlaygroundCall // calls that can be sent in turn with the form's
	MostRate  int
	MostTime  int
	Problem   string
	Known     bool // there is a run to show
	Running   bool
	Stopped   bool // it was stopped before its time
	Started   time.Time
	Elapsed   time.Duration
	For       time.Duration // planned
	Target    int           // calls per second, planned
	Profile   string
	Chain     ChainRef
	Method    string
	Also      []string // methods that were sent in turn with it
	Strategy  string
	Planned   int
	Done      int
	Flying    int
	Skipped   int     // not sent in time: all senders were busy
	Achieved  float64 // calls per second
	P50       float64 // milliseconds, of answered calls
	P95       float64
	P99       float64
	Answered  int
	Outcomes  []PlaygroundOutcome // most first
	Bins      []Bin
	Elsewhere bool // it belongs to another profile
}

// PlaygroundOutcome counts calls that ended alike.
type PlaygroundOutcome struct {
	Category string
	Count    int
	Answered bool
}
