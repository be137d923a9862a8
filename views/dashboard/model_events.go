package dashboard

import (
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

// EventsPage is the model of /dashboard/:profile/events.
type EventsPage struct {
	Shell
	Filter  EventFilter
	Spanned bool       // a range is chosen; else the list is of all that is kept
	Rows    []EventRow // all that match, newest first
	Kept    int        // events of the profile that are kept, whatever the filter
	Newer   int        // matching events after Filter.Until
	Nth     int        // page, from 1
	Kinds   []EventKind

	Chains    []ChainRef // to choose from
	Providers []string
	Reach     []EventReach // nodes that do not know the whole of what is listed
}

// EventFilter is what the address asks for.
type EventFilter struct {
	Kind     string    // key of an EventKind
	Chain    string    // alias
	Provider string    // id
	Text     string    // words that are all there
	Until    time.Time // the list ends here; zero: it moves
}

// EventKind is a sort of events.
type EventKind struct {
	Key   string // value of ?kind=
	Label string
	Count int // of the events that the rest of the filter leaves
}

// EventRow is one event.
type EventRow struct {
	Seq      uint64 // with Node and Kind it is the row's identity
	At       time.Time
	Kind     string // key of its EventKind; empty: another one
	Status   ui.Status
	Title    string   // "HTTP closed to open"
	Chain    ChainRef // zero: none
	Provider string   // id; empty: not about one
	Name     string   // the provider's name; empty: Provider
	Linked   bool     // the profile has it: there is a page
	Detail   string
	Node     string // where it happened
	Region   string
}

// EventReach is since when a node knows all there was.
type EventReach struct {
	Node   string
	Since  time.Time
	Forgot bool // it let go of what was before; else it started then
}
