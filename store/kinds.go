package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso"
)

// Question is the name under which nodes ask each other for figures.
const Question = "figures"

// question asks for one kind of figures. The place of a scope is not part of
// it: each node answers for itself, and the asker narrows.
type question struct {
	Kind     string           `json:"kind"`
	Profile  lasso.ProfileID  `json:"profile,omitempty"`
	Chain    lasso.ChainID    `json:"chain_id,omitempty"`
	Provider lasso.ProviderID `json:"provider_id,omitempty"`
	Window   string           `json:"window,omitempty"`

	window lasso.Window
}

func (q *question) key() string {
	return strings.Join([]string{
		q.Kind, string(q.Profile), q.Chain.String(), string(q.Provider), strconv.FormatInt(int64(q.window), 36),
	}, "\x00")
}

// readQuestion reads what another node asks.
func readQuestion(body []byte) (*question, error) {
	q := new(question)
	if err := json.Unmarshal(body, q); err != nil {
		return nil, fmt.Errorf("question: %w", err)
	}
	var ok bool
	if q.window, ok = lasso.ParseWindow(q.Window); !ok {
		return nil, fmt.Errorf("question: unknown window %.20q", q.Window)
	}
	return q, nil
}

// kind is one sort of figures: how this node gathers them, and how they cross
// the mesh. What decode reads comes from a stranger.
type kind[T any] struct {
	name   string
	fresh  time.Duration // age from which others are asked again, where it is less than MetricsConfig.Fresh; 0: that
	gather func(s *Store, q *question) T
	encode func(s *Store, v T) ([]byte, error)
	decode func(s *Store, b []byte) (T, error)
}

// question is what a scope asks of this kind.
func (k *kind[T]) question(s *lasso.Scope) *question {
	w := s.Window
	if w == 0 {
		w = lasso.Minute
	}
	return &question{Kind: k.name, Profile: s.Profile, Chain: s.Chain, Provider: s.Provider, Window: w.String(), window: w}
}

// own is what this node answers, at most CacheFor old.
func (k *kind[T]) own(s *Store, q *question) part[T] {
	v, age := read(s, "own\x00"+q.key(), func() T { return k.gather(s, q) })
	return part[T]{node: s.cfg.Node, region: s.cfg.Region, data: v, age: age}
}

// answer is what another node is told.
func (k *kind[T]) answer(s *Store, q *question) ([]byte, error) { return k.encode(s, k.own(s, q).data) }

func snapshots(name string, gather func(s *Store, q *question) *snapshot) *kind[*snapshot] {
	return &kind[*snapshot]{
		name: name, gather: gather,
		encode: func(s *Store, v *snapshot) ([]byte, error) { return v.marshal(s.scale) },
		decode: func(s *Store, b []byte) (*snapshot, error) { return unmarshalSnapshot(s.scale, b) },
	}
}

// kinds are all sorts of figures.
type kinds struct {
	totals    *kind[*snapshot] // client calls: one row
	providers *kind[*snapshot] // attempts: a row for each provider
	methods   *kind[*snapshot] // client attempts: a row for each provider and method
	steps     *kind[*snapshot] // a row for each step of the window
	errors    *kind[[]lasso.ErrorSample]
	history   *kind[strips]
	events    *kind[*memory]
	runtime   *kind[*lasso.Runtime] // of the process; not merged
	links     *kind[*outlook]       // whom the node sees; not merged

	byName map[string]func(*Store, *question) ([]byte, error)
}

func newKinds() *kinds {
	k := &kinds{
		totals: snapshots("totals", func(s *Store, q *question) *snapshot {
			return s.totals(q.Profile, q.Chain, q.window)
		}),
		providers: snapshots("providers", func(s *Store, q *question) *snapshot {
			return s.providers(q.Profile, q.Chain, q.window)
		}),
		methods: snapshots("methods", func(s *Store, q *question) *snapshot {
			return s.methods(q.Profile, q.Chain, q.Provider, q.window, true)
		}),
		steps: snapshots("steps", func(s *Store, q *question) *snapshot {
			return s.steps(q.Profile, q.Chain, q.Provider, q.window)
		}),
		errors:  &kind[[]lasso.ErrorSample]{name: "errors", gather: (*Store).failures, encode: encodeErrors, decode: decodeErrors},
		history: &kind[strips]{name: "history", gather: gatherStrips, encode: encodeStrips, decode: decodeStrips},
		events:  &kind[*memory]{name: "events", fresh: eventsFresh, gather: (*Store).remember, encode: encodeMemory, decode: decodeMemory},
		runtime: &kind[*lasso.Runtime]{name: "runtime", fresh: runtimeFresh, gather: (*Store).runtime, encode: encodeRuntime, decode: decodeRuntime},
		links:   &kind[*outlook]{name: "links", fresh: linksFresh, gather: (*Store).outlook, encode: encodeOutlook, decode: decodeOutlook},
	}
	k.byName = map[string]func(*Store, *question) ([]byte, error){
		k.totals.name: k.totals.answer, k.providers.name: k.providers.answer, k.methods.name: k.methods.answer,
		k.steps.name: k.steps.answer, k.errors.name: k.errors.answer, k.history.name: k.history.answer, k.events.name: k.events.answer,
		k.runtime.name: k.runtime.answer, k.links.name: k.links.answer,
	}
	return k
}

func encodeErrors(_ *Store, v []lasso.ErrorSample) ([]byte, error) { return json.Marshal(v) }

// decodeErrors reads error groups. Their messages were cleaned by the node that
// saw them; they are cut and normalised again.
func decodeErrors(_ *Store, b []byte) ([]lasso.ErrorSample, error) {
	var list []lasso.ErrorSample
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("errors: %w", err)
	}
	if len(list) > maxWireRows {
		return nil, fmt.Errorf("errors: %d groups, at most %d are read", len(list), maxWireRows)
	}
	for i := range list {
		list[i].Message = normalise(list[i].Message)
	}
	return list, nil
}
