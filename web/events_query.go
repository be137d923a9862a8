package web

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// kindNode is what happened to a node. The cluster tells of it, not the store.
const kindNode lasso.EventKind = "node"

// eventKind is a sort of events as readers tell them apart.
type eventKind struct {
	key, label string
	is         func(e *lasso.Event) bool
}

// eventKinds are the sorts of events. An event may be of several: of its own,
// which is the first that holds, and of what operators did.
func eventKinds() []eventKind {
	breaker := func(statuses ...lasso.Status) func(*lasso.Event) bool {
		return func(e *lasso.Event) bool { return e.Kind == lasso.EventBreaker && slices.Contains(statuses, e.Status) }
	}
	of := func(k lasso.EventKind) func(*lasso.Event) bool {
		return func(e *lasso.Event) bool { return e.Kind == k }
	}
	return []eventKind{
		{"opened", "Breaker opened", breaker(lasso.CircuitOpen)},
		{"testing", "Breaker testing", breaker(lasso.TestingRecovery)},
		{"closed", "Breaker closed", func(e *lasso.Event) bool {
			return e.Kind == lasso.EventBreaker && e.Status != lasso.CircuitOpen && e.Status != lasso.TestingRecovery
		}},
		{"limit", "Rate limited", of(lasso.EventLimit)},
		{"lag", "Lag", of(lasso.EventHeight)},
		{"status", "Status", of(lasso.EventProbe)},
		{"operator", "Operator", func(e *lasso.Event) bool { return e.Kind == lasso.EventOrder || e.Operator }},
		{"configuration", "Configuration", of(lasso.EventConfig)},
		{"node", "Node", of(kindNode)},
	}
}

// kindOf is the key of an event's own sort; empty where it is of none.
func kindOf(e *lasso.Event) string {
	for _, k := range eventKinds() {
		if k.is(e) {
			return k.key
		}
	}
	return ""
}

func eventKindKeys() []string {
	var keys []string
	for _, k := range eventKinds() {
		keys = append(keys, k.key)
	}
	return keys
}

// eventQuery is what the address of the events says beside profile and region.
type eventQuery struct {
	words    dashboard.EventFilter
	chain    *lasso.Chain
	kind     func(*lasso.Event) bool // nil: any
	span     time.Duration           // how far back; 0: as far as events are kept
	nth      int                     // page, from 1
	asked    []string                // words of the text, in lower case
	provider lasso.ProviderID
}

// readEvents reads what events of a profile are asked for. A chain or a provider
// that is not known is an error that names those that are. The span of time is
// read under the given key.
func readEvents(c *fiber.Ctx, p *lasso.Profile, span string) (*eventQuery, error) {
	q := &eventQuery{words: dashboard.EventFilter{
		Kind: c.Query("kind"), Provider: c.Query("provider"), Text: strings.TrimSpace(c.Query("q")),
	}}
	w := &q.words
	for _, t := range []struct {
		name, value string
		most        int
	}{{"q", w.Text, maxQuery}, {"provider", w.Provider, foreignProvider}} {
		if len(t.value) > t.most {
			return nil, tooLong(t.name, t.most)
		}
	}
	if name := c.Query("chain"); name != "" {
		var ok bool
		if q.chain, ok = p.Chain(name); !ok {
			return nil, badQuery("chain", name, chainKeys(p))
		}
		w.Chain = q.chain.Key
	}
	ids := providerIDs(p, q.chainID())
	if w.Provider != "" && !slices.Contains(ids, w.Provider) {
		return nil, badQuery("provider", w.Provider, ids)
	}
	for _, choice := range []struct {
		name, value string
		allowed     []string
	}{{"kind", w.Kind, eventKindKeys()}, {span, c.Query(span), windowWords()}} {
		if err := oneOf(choice.name, choice.value, choice.allowed); err != nil {
			return nil, err
		}
	}
	for _, k := range eventKinds() {
		if k.key == w.Kind {
			q.kind = k.is
		}
	}
	if word := c.Query(span); word != "" {
		window, _ := lasso.ParseWindow(word)
		q.span = time.Duration(window)
	}
	var err error
	if w.Until, err = readMoment("until", c.Query("until")); err != nil {
		return nil, err
	}
	q.asked, q.provider = strings.Fields(strings.ToLower(w.Text)), lasso.ProviderID(w.Provider)
	return q, nil
}

// readMoment reads a time, in UTC where it does not say otherwise.
func readMoment(name, word string) (time.Time, error) {
	if word == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if at, err := time.Parse(form, word); err == nil && at.Year() > 1970 && at.Year() < 10_000 {
			return at.UTC(), nil
		}
	}
	return time.Time{}, &clientError{
		status: fiber.StatusBadRequest, message: name + ": '" + clip(word) + "' is not a time such as 2006-01-02T15:04:05Z",
	}
}

func (q *eventQuery) chainID() lasso.ChainID {
	if q.chain == nil {
		return 0
	}
	return q.chain.ID
}

// begin is the time from which on the list goes; zero: as far as it can.
func (q *eventQuery) begin(now time.Time) time.Time {
	if q.span == 0 {
		return time.Time{}
	}
	if !q.words.Until.IsZero() {
		now = q.words.Until
	}
	return now.Add(-q.span)
}

// after tells whether an event is newer than the list.
func (q *eventQuery) after(e *lasso.Event) bool {
	return !q.words.Until.IsZero() && e.At.After(q.words.Until)
}

// admits tells whether an event is meant, whatever its time and kind.
func (q *eventQuery) admits(p *lasso.Profile, it *lasso.FeedItem) bool {
	e := it.Event
	if q.chain != nil && e.Chain != q.chain.ID || q.provider != "" && e.Provider != q.provider {
		return false
	}
	if len(q.asked) == 0 {
		return true
	}
	row := eventRow(p, it)
	text := strings.ToLower(strings.Join([]string{
		row.Title, row.Detail, row.Provider, row.Name, row.Chain.Alias, row.Chain.Name, row.Node, row.Region,
	}, "\n"))
	return !slices.ContainsFunc(q.asked, func(word string) bool { return !strings.Contains(text, word) })
}
