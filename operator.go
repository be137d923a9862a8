package lasso

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Action is what an operator may do to a provider on one node. It is a closed
// set.
type Action string

// The actions. The last three are about the breaker of one transport.
const (
	ActionCheck       Action = "check"        // look at it now
	ActionDrain       Action = "drain"        // give it no calls
	ActionResume      Action = "resume"       // give it calls again
	ActionForceOpen   Action = "force_open"   // the breaker stays open
	ActionForceClosed Action = "force_closed" // the breaker stays closed, whatever fails
	ActionAutomatic   Action = "automatic"    // the breaker follows failures again
)

// Actions lists the actions.
func Actions() []Action {
	return []Action{ActionCheck, ActionDrain, ActionResume, ActionForceOpen, ActionForceClosed, ActionAutomatic}
}

// ParseAction reads the word of an action.
func ParseAction(s string) (Action, bool) {
	for _, a := range Actions() {
		if string(a) == s {
			return a, true
		}
	}
	return "", false
}

// OfBreaker reports whether the action is about the breaker of one transport,
// which all profiles share that use the instance. The others are about one
// provider of one profile's chain.
func (a Action) OfBreaker() bool {
	switch a {
	case ActionForceOpen, ActionForceClosed, ActionAutomatic:
		return true
	case ActionCheck, ActionDrain, ActionResume:
	}
	return false
}

// MaxOrderReason is how many characters the reason of an order has at most.
const MaxOrderReason = 200

// Order is what an operator wants done.
type Order struct {
	Route  Route // Transport is that of the breaker; without meaning for the others
	Action Action
	Reason string // as the operator gave it; may be empty
}

// OrderReason makes one line of text of what somebody wrote: without control
// characters, and at most MaxOrderReason characters.
func OrderReason(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, !unicode.IsGraphic(r) && !unicode.IsSpace(r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > MaxOrderReason {
		s = strings.TrimSpace(string([]rune(s)[:MaxOrderReason-1])) + "…"
	}
	return s
}

// OrderResult is what became of an order. It is a closed set.
type OrderResult string

// The results.
const (
	OrderDone      OrderResult = "done"
	OrderUnchanged OrderResult = "unchanged" // it was so already
	OrderTooSoon   OrderResult = "too_soon"  // checked a moment ago
	OrderNotFound  OrderResult = "not_found" // no such provider or transport in the configuration that serves
	OrderRefused   OrderResult = "refused"   // by whoever asked the one who decides: not signed in, no permission
)

// CheckEvery is the least time between two checks of one upstream that
// operators ask for.
const CheckEvery = 5 * time.Second

// Override is what an operator decided, and holds until the operator takes it
// back or the node starts anew. It is never changed.
type Override struct {
	Reason string    `json:"reason,omitempty"` // as the operator gave it
	Since  time.Time `json:"since"`
}

// Says words the override: "Drained by an operator: moving to a new plan".
func (o *Override) Says(what string) string {
	what += " by an operator"
	if o.Reason != "" {
		what += ": " + o.Reason
	}
	return what
}
