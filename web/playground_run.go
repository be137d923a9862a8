package web

import (
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

// pgAnswer is what became of one call. The bytes of the answer are with the
// gathering.
type pgAnswer struct {
	provider lasso.ProviderID // empty: this node answered, or nobody
	name     string
	state    ui.State
	took     time.Duration
	meta     *lasso.Meta
	answered bool
	key      [sha256.Size]byte // the same for equal answers
	reason   string            // why there is no answer
	next     time.Time         // when its provider is looked at again
}

// gathering takes in the answers of a run as they come. Of equal ones it holds
// one, and it is bounded whatever the providers say: see heldBytes. It is safe
// for concurrent use.
type gathering struct {
	mu    sync.Mutex
	texts map[[sha256.Size]byte]pgText            // nil: nothing is taken in any more
	keys  map[[sha256.Size]byte][sha256.Size]byte // of answers by their bytes
	whole int                                     // bytes of those that are held whole
}

func newGathering() *gathering {
	return &gathering{texts: map[[sha256.Size]byte]pgText{}, keys: map[[sha256.Size]byte][sha256.Size]byte{}}
}

// pgText is an answer.
type pgText struct {
	raw  []byte // whole, or the beginning of one that is not compared field by field
	size int
	err  bool   // an error that any provider would give
	bulk string // why it is not compared field by field; empty: it is
}

// Why answers are not compared field by field.
const (
	bulkOne = "Too large or too deep to be compared field by field: compared byte for byte."
	bulkAll = "Not compared field by field: the different answers of this run have more than 8 MiB."
)

// add takes an answer in and returns its key, which equal answers share. It
// keeps nothing of raw but what is held.
func (g *gathering) add(raw []byte, isError bool) (key [sha256.Size]byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	sum := sha256.Sum256(raw)
	if isError {
		sum[0] ^= 0xff // an error is never equal to a result
	}
	key, seen := g.keys[sum]
	if seen || g.texts == nil {
		return key
	}
	t := pgText{raw: raw, size: len(raw), err: isError}
	if v, err := jsondiff.Parse(raw); err != nil {
		key, t.bulk = sum, bulkOne
	} else if key = v.Sum(); isError {
		key[0] ^= 0xff
	}
	g.keys[sum] = key
	if _, seen = g.texts[key]; seen {
		return key
	}
	if t.bulk == "" && g.whole+t.size > heldBytes {
		t.bulk = bulkAll
	}
	if t.bulk == "" {
		g.whole += t.size
	} else {
		t.raw = slices.Clone(raw[:runeEnd(raw, shownBytes)])
	}
	g.texts[key] = t
	return key
}

// end returns what was gathered. What comes later is not held.
func (g *gathering) end() map[[sha256.Size]byte]pgText {
	g.mu.Lock()
	defer g.mu.Unlock()
	texts := g.texts
	g.texts = nil
	return texts
}

// runForm sends what the form says and compares the answers. It returns soon
// after ctx ends. It is false when as many runs as may be are in flight: a run
// is while one of its calls is.
func (s *Server) runForm(ctx context.Context, f *pgForm) (run *pgRun, ok bool) {
	r := &pgRun{
		profile: f.profile.Slug, chain: f.chain.ID, params: f.params, strategy: f.strategy, provider: f.pin(),
		shown: dashboard.PlaygroundRun{ID: newRunID(), At: s.cfg.Now(), Method: f.method, Ask: f.ask},
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
	select {
	case s.playground.turns <- struct{}{}:
	default:
		return nil, false
	}
	g := newGathering()
	answers := s.askAll(ctx, f, pins, g, func() { <-s.playground.turns })
	texts := g.end()
	s.addStates(f, answers)
	if f.ask != dashboard.AskEvery {
		r.shown.Routing = routingView(f, answers[0].meta, plan)
	}
	s.playground.digesting.Lock()
	defer s.playground.digesting.Unlock()
	r.compare(answers, texts)
	return r, true
}

func (s *Server) pgRequest(f *pgForm, pin lasso.ProviderID) *lasso.Request {
	return &lasso.Request{
		Profile: f.profile, Chain: f.chain, Strategy: f.strategy, Provider: pin, Body: f.body(), Meta: lasso.MetaHeaders,
		ID: s.newID(), Path: strings.TrimPrefix(f.endpoint(""), "http://"), At: s.cfg.Now(), Origin: lasso.System, MaxAnswer: answerBytes,
	}
}

// askAll sends one call for each pin, a few at a time, and waits no longer
// than ctx does. A call that is in flight then ends by its own deadline; done
// is called when the last has.
func (s *Server) askAll(ctx context.Context, f *pgForm, pins []lasso.ProviderID, g *gathering, done func()) []pgAnswer {
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
				out <- numbered{i, s.ask(ctx, f, pins[i], g)}
			}
		})
	}
	go func() {
		workers.Wait()
		done()
	}()
	answers := make([]pgAnswer, len(pins))
	for i, pin := range pins {
		answers[i] = pgAnswer{provider: pin, took: runLimit, reason: "No answer within " + runLimit.String()}
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
		if pr, ok := f.chain.Provider(string(answers[i].provider)); ok {
			answers[i].name = pr.Name
		}
	}
	return answers
}

// ask sends one call and judges what came back. All answers of the node are
// read one after the other: reading one takes a multiple of its size.
func (s *Server) ask(ctx context.Context, f *pgForm, pin lasso.ProviderID, g *gathering) (a pgAnswer) {
	a = pgAnswer{provider: pin}
	defer func() {
		if v := recover(); v != nil { // no handler is around it here
			s.log.Error("panic in a call of the playground", "panic", v)
			a.answered, a.reason = false, "something failed here; the log says what"
		}
	}()
	req := s.pgRequest(f, pin)
	res := s.deps.Router.Serve(ctx, req)
	a.took = max(s.cfg.Now().Sub(req.At), 0)
	a.meta = res.Meta
	if m := res.Meta; m != nil && m.Selected != nil {
		a.provider = m.Selected.ID
	}
	if ctx.Err() != nil {
		a.reason = "No answer within " + runLimit.String()
		return a
	}
	s.playground.digesting.Lock()
	defer s.playground.digesting.Unlock()
	var body struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(res.Body, &body); err != nil {
		a.reason = "The answer is no JSON"
		return a
	}
	res.Body = nil
	switch {
	case body.Error == nil && body.Result != nil:
		a.answered, a.key = true, g.add(body.Result, false)
	case body.Error != nil && answeredByMeta(res.Meta):
		a.answered, a.key = true, g.add(body.Error, true)
	default:
		a.reason, a.next = s.whyNot(f, req, res.Meta, body.Error)
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
		return capital(clipText(reason, reasonBytes)), next
	}
	if req.Provider != "" {
		x := s.deps.States.Explain(req, f.method, []byte(f.params))
		for _, e := range x.Excluded {
			if e.Provider == req.Provider {
				return "Not asked: " + clipText(e.Reason, reasonBytes), e.Next
			}
		}
	}
	var object struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(failure, &object) == nil && object.Message != "" {
		return capital(clipText(object.Message, reasonBytes)), next
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
		} else if answers[i].provider == "" && answers[i].answered {
			answers[i].state.Status = ui.Healthy // this node
		}
	}
}
