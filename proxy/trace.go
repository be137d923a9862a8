package proxy

import (
	"strings"
	"time"

	"github.com/lasso-rpc/lasso"
)

// brief is why in words that are known beforehand: every call carries it, so
// it must cost nothing.
func (s *subject) brief(out *selection, i int) string {
	if word := s.special(out, i); word != "" {
		return word
	}
	switch s.strategy {
	case lasso.RoundRobin:
		return "its turn"
	case lasso.Priority:
		return "by priority"
	case lasso.Fastest, lasso.LatencyWeighted:
		switch {
		case out.list[i].source == fromNone:
			return "not measured yet"
		case !out.list[i].known.qualified:
			return "too little recent evidence"
		case s.strategy == lasso.Fastest:
			return "lowest expected latency"
		}
		return "drawn by weight"
	case lasso.LoadBalanced:
	}
	return "drawn at random"
}

// place is where the n-th try stood among the candidates; -1: nowhere.
func (c *call) place(n int) int {
	t := &c.tries[n]
	for i := range c.sel.list {
		if r := c.sel.list[i].r; r.Provider == t.Provider && r.Transport == t.Transport {
			return i
		}
	}
	return -1
}

func (c *call) firstWhy() string {
	if len(c.tries) == 0 {
		return ""
	}
	i := c.place(0)
	if i < 0 {
		return ""
	}
	return c.subject.brief(&c.sel, i)
}

// trace records the way of a call that its first attempt did not answer. Any
// other call has none: what it carries anyhow says all.
func (c *call) trace() *lasso.Trace {
	if len(c.tries) < 2 && (c.local || c.final.category.Answered()) {
		return nil
	}
	t := &lasso.Trace{Tries: make([]lasso.Try, 0, min(len(c.tries), lasso.MaxTries))}
	tried := make(map[int]bool, len(c.tries))
	for n := range c.tries {
		m, last := &c.tries[n], n == len(c.tries)-1
		i := c.place(n)
		tried[i] = true
		if n >= lasso.MaxTries-1 && !last {
			continue // the last one tells how it ended
		}
		try := lasso.Try{
			Provider: m.Provider, Transport: m.Transport, Category: m.Outcome, Start: c.starts[min(n, lasso.MaxTries-1)],
			Took: time.Duration(m.MS * float64(time.Millisecond)).Round(time.Microsecond), Message: cut(m.Reason),
		}
		if i >= 0 {
			try.Why = cut(c.subject.why(&c.sel, i))
		}
		t.Tries = append(t.Tries, try)
	}
	for i := range c.sel.list {
		if r := c.sel.list[i].r; !tried[i] && len(t.Others) < lasso.MaxOthers {
			t.Others = append(t.Others, lasso.Other{Provider: r.Provider, Transport: r.Transport, Why: cut(c.subject.why(&c.sel, i))})
		}
	}
	if c.prepared {
		c.leftOut(t)
	}
	return t
}

// leftOut adds the routes that were no candidates. Selection words its reasons
// only when the caller wants them; else they are asked again here, which may
// tell of a state that is some milliseconds newer.
func (c *call) leftOut(t *lasso.Trace) {
	add := func(x *lasso.Exclusion) {
		t.Others = append(t.Others, lasso.Other{Provider: x.Provider, Transport: x.Transport, LeftOut: true, Why: cut(x.Reason)})
	}
	if c.subject.explain {
		for i := range c.sel.excluded {
			if len(t.Others) < lasso.MaxOthers {
				add(&c.sel.excluded[i])
			}
		}
		return
	}
	for _, r := range c.cp.routes {
		if len(t.Others) >= lasso.MaxOthers {
			return
		}
		if c.chosen(r) {
			continue
		}
		for f := range filterCount {
			if c.subject.reject(f, c.cp, r) {
				x := c.subject.exclusion(f, c.cp, r)
				add(&x)
				break
			}
		}
	}
}

func (c *call) chosen(r *route) bool {
	for i := range c.sel.list {
		if c.sel.list[i].r == r {
			return true
		}
	}
	return false
}

// cut keeps a text within the bounds of a trace.
func cut(s string) string {
	if len(s) <= lasso.MaxTraceText {
		return s
	}
	return strings.ToValidUTF8(s[:lasso.MaxTraceText], "")
}
