package web

import (
	"time"

	"github.com/lasso-rpc/lasso"
)

// trust is how far figures may be trusted.
type trust struct {
	coverage lasso.Coverage
	stale    bool
	loading  bool
	age      time.Duration
}

func trustOf[T any](a lasso.Answer[T]) trust { return trust{a.Coverage, a.Stale, a.Loading, a.Age} }

// lacks is how many nodes the figures do not speak for.
func (t trust) lacks() int { return t.coverage.Total - t.coverage.Responding }

// with is the trust in figures that are made of both.
func (t trust) with(o trust) trust {
	if o.lacks() > t.lacks() {
		t.coverage = o.coverage
	}
	t.stale, t.loading, t.age = t.stale || o.stale, t.loading || o.loading, max(t.age, o.age)
	return t
}

// witness are the figures of all nodes for one answer of ours. It notes how far
// what was read may be trusted: the answer deserves no more. It is not safe for
// concurrent use.
type witness struct {
	figures Figures
	seen    *trust
}

// figures are what the page of a visit reads.
func (s *Server) figures(v *visit) Figures { return witness{s.deps.Figures, &v.seen} }

func noted[T any](w witness, a lasso.Answer[T]) lasso.Answer[T] {
	*w.seen = w.seen.with(trustOf(a))
	return a
}

func (w witness) Totals(s lasso.Scope) lasso.Answer[lasso.CallFigures] {
	return noted(w, w.figures.Totals(s))
}

func (w witness) Leaderboard(s lasso.Scope) lasso.Answer[[]lasso.ProviderFigures] {
	return noted(w, w.figures.Leaderboard(s))
}

func (w witness) Methods(s lasso.Scope) lasso.Answer[[]lasso.MethodFigures] {
	return noted(w, w.figures.Methods(s))
}

func (w witness) MethodsByProvider(s lasso.Scope) lasso.Answer[[]lasso.MethodFigures] {
	return noted(w, w.figures.MethodsByProvider(s))
}

func (w witness) Series(s lasso.Scope) lasso.Answer[[]lasso.Point] {
	return noted(w, w.figures.Series(s))
}

func (w witness) History(s lasso.Scope) lasso.Answer[[]lasso.Cell] {
	return noted(w, w.figures.History(s))
}

func (w witness) Histogram(s lasso.Scope) lasso.Answer[[]lasso.Bin] {
	return noted(w, w.figures.Histogram(s))
}

func (w witness) Errors(s lasso.Scope) lasso.Answer[[]lasso.ErrorSample] {
	return noted(w, w.figures.Errors(s))
}

func (w witness) Events(s lasso.Scope) lasso.Answer[lasso.EventLog] {
	return noted(w, w.figures.Events(s))
}

func (w witness) Runtimes() lasso.Answer[[]lasso.NodeRuntime] { return noted(w, w.figures.Runtimes()) }

func (w witness) Mesh() lasso.Answer[lasso.Mesh] { return noted(w, w.figures.Mesh()) }
