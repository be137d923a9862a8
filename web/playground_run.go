package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
	"github.com/lasso-rpc/lasso/web/jsondiff"
)

// pgRun is a run that was made. Nobody changes one after it is kept.
type pgRun struct {
	id       string
	at       time.Time
	profile  lasso.ProfileID
	chain    lasso.ChainID
	method   string
	params   string
	strategy lasso.Strategy
	ask      string
	provider lasso.ProviderID // with AskOne
	answers  []pgAnswer       // by group, those without an answer last
	groups   []pgGroup        // the largest first
	routing  *dashboard.PlaygroundRouting
}

// pgAnswer is what became of one call.
type pgAnswer struct {
	provider lasso.ProviderID
	name     string
	state    ui.State
	took     time.Duration
	group    int    // place in groups; -1: no answer
	reason   string // why there is no answer
	next     time.Time

	meta  *lasso.Meta
	key   [sha256.Size]byte
	raw   []byte
	err   bool // the answer is an error that any provider would give
	order int
}

// pgGroup is a set of equal answers.
type pgGroup struct {
	raw  []byte // of the first of them: whole, or the beginning of one that is too large to compare
	size int
	err  bool
	read bool // it can be compared field by field
	n    int
}

// size is about what the run holds in memory, in bytes.
func (r *pgRun) size() int {
	n := 512 + len(r.params) + 256*len(r.answers)
	for _, g := range r.groups {
		n += len(g.raw)
	}
	return n
}

// runForm sends what the form says and compares the answers. It returns within
// the time of ctx, and calls done when nothing of it is in flight any more.
func (s *Server) runForm(ctx context.Context, f *pgForm, done func()) *pgRun {
	r := &pgRun{
		id: newRunID(), at: s.cfg.Now(), profile: f.profile.Slug, chain: f.chain.ID, method: f.method, params: f.params,
		strategy: f.strategy, ask: f.ask, provider: f.pin(),
	}
	pins := []lasso.ProviderID{f.pin()}
	if f.ask == dashboard.AskEvery {
		pins = pins[:0]
		for _, pr := range f.chain.Providers[:min(len(f.chain.Providers), maxAsked)] {
			pins = append(pins, pr.ID)
		}
	}
	var plan *lasso.Explanation
	if f.ask == dashboard.AskRouted {
		x := s.deps.States.Explain(s.pgRequest(f, ""), f.method, []byte(f.params))
		plan = &x
	}
	r.answers = s.askAll(ctx, f, pins, done)
	s.addStates(f, r.answers)
	r.groupAnswers()
	if f.ask != dashboard.AskEvery {
		r.routing = routingView(f, r.answers[0].meta, plan)
	}
	return r
}

func (s *Server) pgRequest(f *pgForm, pin lasso.ProviderID) *lasso.Request {
	return &lasso.Request{
		Profile: f.profile, Chain: f.chain, Strategy: f.strategy, Provider: pin, Body: f.body(), Meta: lasso.MetaHeaders,
		ID: s.newID(), Path: strings.TrimPrefix(f.endpoint(""), "http://"), At: s.cfg.Now(), Origin: lasso.System,
	}
}

// askAll sends one call for each pin, a few at a time, and waits no longer
// than ctx does. A call that is in flight then ends by its own deadline.
func (s *Server) askAll(ctx context.Context, f *pgForm, pins []lasso.ProviderID, done func()) []pgAnswer {
	type numbered struct {
		i int
		a pgAnswer
	}
	out := make(chan numbered, len(pins)) // nobody who sends waits
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(askedAtOnce, len(pins)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(pins) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				out <- numbered{i, s.ask(ctx, f, pins[i])}
			}
		})
	}
	go func() {
		workers.Wait()
		done()
	}()
	answers := make([]pgAnswer, len(pins))
	for i, pin := range pins {
		answers[i] = pgAnswer{provider: pin, group: -1, took: runLimit, reason: "No answer within " + runLimit.String()}
	}
	for range pins {
		select {
		case n := <-out:
			answers[n.i] = n.a
			continue
		case <-ctx.Done():
		}
		break
	}
	for i := range answers {
		answers[i].order = i
		if pr, ok := f.chain.Provider(string(answers[i].provider)); ok {
			answers[i].name = pr.Name
		}
	}
	return answers
}

// ask sends one call and judges what came back.
func (s *Server) ask(ctx context.Context, f *pgForm, pin lasso.ProviderID) (a pgAnswer) {
	a = pgAnswer{provider: pin, group: -1}
	defer func() {
		if v := recover(); v != nil { // no handler is around it here
			s.log.Error("panic in a call of the playground", "panic", v)
			a.reason = "something failed here; the log says what"
		}
	}()
	req := s.pgRequest(f, pin)
	res := s.deps.Router.Serve(ctx, req)
	a.took = max(s.cfg.Now().Sub(req.At), 0)
	a.meta = res.Meta
	if m := res.Meta; m != nil && m.Selected != nil {
		a.provider = m.Selected.ID
	}
	var body struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(res.Body, &body); err != nil {
		a.reason = "The answer is no JSON"
		return a
	}
	switch {
	case body.Error == nil && body.Result != nil:
		a.raw = body.Result
	case body.Error != nil && answeredByMeta(res.Meta):
		a.raw, a.err = body.Error, true
	default:
		a.reason, a.next = s.whyNot(f, req, res.Meta, body.Error)
		return a
	}
	a.group = 0
	if v, err := jsondiff.Parse(a.raw); err == nil {
		a.key = v.Sum()
	} else {
		a.key = sha256.Sum256(a.raw)
	}
	if a.err {
		a.key[0] ^= 0xff // an error is never equal to a result
	}
	return a
}

// answeredByMeta reports whether a provider gave the error as an answer to the
// call: it reverted, say.
func answeredByMeta(m *lasso.Meta) bool {
	return m != nil && slices.ContainsFunc(m.Attempts, func(t lasso.MetaAttempt) bool { return t.Outcome.Answered() })
}

// whyNot says why there is no answer: what the attempts came to, or why there
// was none.
func (s *Server) whyNot(f *pgForm, req *lasso.Request, m *lasso.Meta, failure json.RawMessage) (reason string, next time.Time) {
	if m != nil && len(m.Attempts) > 0 {
		t := m.Attempts[len(m.Attempts)-1]
		if reason = t.Reason; reason == "" {
			reason = strings.ReplaceAll(t.Outcome.String(), "_", " ")
		}
		return capital(reason), next
	}
	if req.Provider != "" {
		x := s.deps.States.Explain(req, f.method, []byte(f.params))
		for _, e := range x.Excluded {
			if e.Provider == req.Provider {
				return "Not asked: " + e.Reason, e.Next
			}
		}
	}
	var object struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(failure, &object) == nil && object.Message != "" {
		return capital(clipText(object.Message, 200)), next
	}
	return "No answer", next
}

func capital(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

// addStates adds how the providers stand after the calls.
func (s *Server) addStates(f *pgForm, answers []pgAnswer) {
	states := map[lasso.ProviderID]ui.State{}
	for _, st := range s.deps.States.ChainStates(f.profile.Slug) {
		if st.Chain != f.chain.ID {
			continue
		}
		for _, ps := range st.Providers {
			states[ps.Provider] = uiState(ps.Condition)
		}
	}
	for i := range answers {
		answers[i].state = ui.State{Status: ui.Unknown}
		if st, ok := states[answers[i].provider]; ok {
			answers[i].state = st
		} else if answers[i].provider == "" && answers[i].group >= 0 {
			answers[i].state.Status = ui.Healthy // this node
		}
	}
}

// groupAnswers puts equal answers together, the largest group first, and of
// groups of one size the one whose first provider is configured first.
func (r *pgRun) groupAnswers() {
	type set struct {
		pgGroup
		first int
		key   [sha256.Size]byte
	}
	var sets []*set
	byKey := map[[sha256.Size]byte]*set{}
	for i := range r.answers {
		a := &r.answers[i]
		if a.group < 0 {
			continue
		}
		g := byKey[a.key]
		if g == nil {
			g = &set{first: i, key: a.key, pgGroup: pgGroup{raw: a.raw, size: len(a.raw), err: a.err}}
			if _, err := jsondiff.Parse(a.raw); err == nil {
				g.read = true
			} else {
				g.raw = slices.Clone(a.raw[:runeEnd(a.raw, shownBytes)])
			}
			byKey[a.key] = g
			sets = append(sets, g)
		}
		g.n++
		a.raw = nil
	}
	slices.SortStableFunc(sets, func(a, b *set) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.first, b.first)) })
	place := map[[sha256.Size]byte]int{}
	for i, g := range sets {
		place[g.key] = i
		r.groups = append(r.groups, g.pgGroup)
	}
	for i := range r.answers {
		if a := &r.answers[i]; a.group >= 0 {
			a.group = place[a.key]
		}
	}
	slices.SortStableFunc(r.answers, func(a, b pgAnswer) int {
		last := func(g int) int {
			if g < 0 {
				return len(r.groups)
			}
			return g
		}
		return cmp.Or(cmp.Compare(last(a.group), last(b.group)), cmp.Compare(a.order, b.order))
	})
}
