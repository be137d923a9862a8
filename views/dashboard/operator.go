package dashboard

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// FragmentActions is what an operator may do on the page of a provider.
const FragmentActions = "actions"

// signInPath and signOutPath are where operators begin and end a session.
func (s Shell) signInPath() string { return s.root() + "/sign-in" }

func (s Shell) signOutPath() string { return s.root() + "/sign-out" }

// The actions, as ?act= and forms name them.
const (
	ActCheck       = "check"
	ActDrain       = "drain"
	ActResume      = "resume"
	ActForceOpen   = "force_open"
	ActForceClosed = "force_closed"
	ActAutomatic   = "automatic"
)

// Operator is what the one who looks at a provider may do to it, on the node
// that serves the page.
type Operator struct {
	Node, Region string // this node
	SignedIn     bool   // else there is only a way to sign in
	CSRF         string // goes with each form of the session
	Drained      bool   // here
	Breakers     []ForcedBreaker
	Confirm      *Confirm // nil: nothing is asked
}

// ForcedBreaker is the breaker of one transport on this node.
type ForcedBreaker struct {
	Transport string     // "HTTP" or "WS"
	Forced    ui.Circuit // what an operator made of it; empty: automatic
}

// Confirm is an action that waits for a yes.
type Confirm struct {
	Action    string
	Transport string   // "HTTP" or "WS", of the actions on breakers
	PerSecond float64  // requests that this node sends to it now
	Takers    []string // the other providers of the chain that can take them
	Shared    []string // other profiles whose breaker is the same
}

// Toast is the result of what the reader did last. It is shown once.
type Toast struct {
	Title  string
	Text   string // may be empty
	Failed bool   // it stays until it is dismissed
}

// act is one of the actions on the panel.
type act struct{ name, transport, verb string }

// transportKey is how addresses and forms name a transport.
func transportKey(name string) string { return strings.ToLower(name) }

func actVerb(action string) string {
	switch action {
	case ActCheck:
		return "Check now"
	case ActDrain:
		return "Drain"
	case ActResume:
		return "Resume"
	case ActForceOpen:
		return "Force open"
	case ActForceClosed:
		return "Force closed"
	}
	return "Automatic"
}

// breakerActs are the actions that would change a breaker.
func (b ForcedBreaker) acts() []act {
	var out []act
	for _, a := range []struct {
		name string
		is   ui.Circuit
	}{{ActForceOpen, ui.Open}, {ActForceClosed, ui.Closed}, {ActAutomatic, ""}} {
		if a.is != b.Forced {
			out = append(out, act{a.name, b.Transport, actVerb(a.name)})
		}
	}
	return out
}

func (b ForcedBreaker) word() string {
	switch b.Forced {
	case ui.Open:
		return "forced open"
	case ui.Closed:
		return "forced closed"
	case ui.HalfOpen:
	}
	return "automatic"
}

// drainAct is the action that would change whether it takes calls.
func (o *Operator) drainAct() act {
	if o.Drained {
		return act{name: ActResume, verb: actVerb(ActResume)}
	}
	return act{name: ActDrain, verb: actVerb(ActDrain)}
}

// where names the node of the page: "node-a (eu-west-1)".
func (o *Operator) where() string {
	if o.Region == "" || o.Region == o.Node {
		return o.Node
	}
	return o.Node + " (" + o.Region + ")"
}

// acts tells whether there is a panel: something can be done here, or elsewhere.
func (m ProviderPage) acts() bool { return m.Operator != nil || len(m.Others) > 0 }

// mostOthers is how many other nodes the panel leads to.
const mostOthers = 6

// opened are the first nodes whose page has an address, and how many more have.
func opened(list []OtherNode) (open []OtherNode, more int) {
	for _, n := range list {
		switch {
		case n.Page == "":
		case len(open) == mostOthers:
			more++
		default:
			open = append(open, n)
		}
	}
	return open, more
}

// closedWords say how to get to the nodes whose page has no address.
func closedWords(list []OtherNode) string {
	var names []string
	for _, n := range list {
		if n.Page == "" {
			names = append(names, n.ID)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "To act on " + listWords(names) + " from here, set LASSO_PUBLIC_URL on " + noun(len(names), "that node", "those nodes") + "."
}

// where names the node with its region.
func (n OtherNode) where() string { return (&Operator{Node: n.ID, Region: n.Region}).where() }

// actHref is this page with a question for an action; for no action it is the
// page itself.
func (m ProviderPage) actHref(a act) templ.SafeURL {
	q := m.query()
	if a.name != "" {
		q.more = append(slices.Clip(q.more), param{"act", a.name})
		if a.transport != "" {
			q.more = append(q.more, param{"transport", transportKey(a.transport)})
		}
	}
	return templ.SafeURL(m.Path + q.String())
}

// actionsPath is where forms of actions go: the page's own query goes along, so
// that the answer leads back to what was shown.
func (m ProviderPage) actionsPath() templ.SafeURL {
	return templ.SafeURL(m.Path + "/actions" + m.query().String())
}

// signInHref leads to the form that leads back to a path of this dashboard.
func (s Shell) signInHref(back string) templ.SafeURL {
	return templ.SafeURL(s.signInPath() + query{more: []param{{"next", back}}}.String())
}

// object names what an action is about.
func (m ProviderPage) object() string { return m.Row.label() + " on " + m.Row.Chain.label() }

// command is how the palette names an action.
func (m ProviderPage) command(a act) string {
	switch a.name {
	case ActCheck:
		return "Check " + m.object() + " now"
	case ActDrain, ActResume:
		return a.verb + " " + m.object()
	case ActAutomatic:
		return "Set " + a.transport + " of " + m.object() + " to automatic"
	}
	return a.verb + " " + a.transport + " of " + m.object()
}

// actLabel begins with what is seen on the button.
func (m ProviderPage) actLabel(a act) string {
	name := m.command(a)
	if strings.HasPrefix(name, a.verb) {
		return name
	}
	return a.verb + ": " + name
}

// question is the head of the dialog.
func (m ProviderPage) question(c *Confirm) string {
	return m.command(act{c.Action, c.Transport, actVerb(c.Action)}) + ", on " + m.Operator.Node + " (this node)?"
}

// effect says what the action does, in sentences.
func (m ProviderPage) effect(c *Confirm) []string {
	where := "On this node, " + m.Operator.where() + ", only."
	until := "It holds until somebody takes it back or the node starts anew."
	switch c.Action {
	case ActDrain:
		return append([]string{"It gets no more calls, not even those pinned to it. Checks go on. " + where}, append(m.moves(c), m.spares(c)+until)...)
	case ActForceOpen:
		return append([]string{"The " + c.Transport + " breaker stays open: no calls until it is set to automatic. " + where}, append(m.moves(c), m.shares(c)+until)...)
	case ActForceClosed:
		return []string{
			"The " + c.Transport + " breaker stays closed: calls go to it however often they fail. Callers wait for each failure before another provider is tried. " + where,
			m.shares(c) + until,
		}
	case ActAutomatic:
		return []string{"The " + c.Transport + " breaker follows failures again, from the state it was left in. " + where, m.shares(c)}
	case ActResume:
		return []string{"It takes calls again, as its strategy and its state allow. " + where}
	}
	return []string{"It is asked for its height at once. " + where}
}

// moves says who takes over.
func (m ProviderPage) moves(c *Confirm) []string {
	rate := "No requests go to it now"
	if c.PerSecond > 0 {
		rate = views.Rate(c.PerSecond) + " requests/s go to it now"
	}
	if len(c.Takers) == 0 {
		return []string{"It is the last usable provider of " + m.Row.Chain.label() + " here: every call of this chain will fail. " + rate + "."}
	}
	to := named(c.Takers)
	if c.PerSecond > 0 {
		return []string{views.Rate(c.PerSecond) + " requests/s move to " + to + "."}
	}
	return []string{rate + "; new ones go to " + to + "."}
}

// last tells whether nobody is left to take over.
func (c *Confirm) last() bool {
	return len(c.Takers) == 0 && (c.Action == ActDrain || c.Action == ActForceOpen)
}

func (m ProviderPage) shares(c *Confirm) string {
	if len(c.Shared) == 0 {
		return ""
	}
	return "The endpoint is shared, and its breaker with it: the same holds in " + noun(len(c.Shared), "profile ", "profiles ") + named(c.Shared) + ". "
}

// spares says who is not affected although the endpoint is shared.
func (m ProviderPage) spares(c *Confirm) string {
	if len(c.Shared) == 0 {
		return ""
	}
	return "Other profiles with the same endpoint go on using it. "
}

// named lists up to three names: "drpc, quicknode and 2 more".
func named(names []string) string {
	const most = 6
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n <= most:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
}

// SignIn is the model of the form that begins a session.
type SignIn struct {
	Shell
	Node, Region string // the node that is signed in to
	Next         string // where it leads
	Problem      string // why the last try failed; empty: none
}

func (m SignIn) where() string { return (&Operator{Node: m.Node, Region: m.Region}).where() }

// Page renders the whole document.
func (m SignIn) Page() templ.Component { return signInPage(m) }

// Fragment is always false: the page does not change.
func (m SignIn) Fragment(string) (templ.Component, bool) { return nil, false }
