package store

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso"
)

// unknownKind is part of the answer of a node whose version does not know a kind of
// figures. Nodes in service write it so: it is not to be changed.
const unknownKind = "question: unknown kind"

// unknownQuestion is part of the answer of a node that knows no figures at all.
const unknownQuestion = "does not know the question"

// voice is what one node said of itself, or why it did not.
type voice[T any] struct {
	part[T]

	self   bool
	said   bool
	older  bool   // its version does not know the question
	reason string // why it did not say
	at     time.Time
}

// voices are what all known nodes say to a question of which nothing is merged,
// by id: this node as it is now, the others as they were when they were asked
// last. A node that did not say is in the list with the reason. The region of an
// answer is not narrowed. State names what the others said: it is another one
// whenever they were asked anew. Callers own the list.
func voices[T any](m *MetricsStore, k *kind[T]) (a lasso.Answer[[]voice[T]], state string) {
	q := k.question(&lasso.Scope{})
	own, now := k.own(m.local, q), m.local.cfg.Now()
	a = lasso.Answer[[]voice[T]]{Age: own.age, Data: []voice[T]{{part: own, self: true, said: true, at: now.Add(-own.age)}}}
	var missing []lasso.NoReply
	if m.peers != nil {
		f, fresh := remote(m, k, q)
		if f == nil {
			a.Loading = true
			missing = unasked(m.peers.State())
		} else {
			a.Stale = !fresh
			state = strconv.FormatInt(f.at.UnixNano(), 36)
			missing = f.missing
			for _, p := range f.parts {
				p.age = max(now.Sub(f.at), 0)
				a.Data = append(a.Data, voice[T]{part: p, said: true, at: f.at})
				a.Age = max(a.Age, p.age)
			}
		}
	}
	a.Coverage = coverage(len(a.Data), missing)
	for _, n := range missing {
		v := voice[T]{part: part[T]{node: n.Node, boot: n.Boot, region: n.Region}, reason: n.Reason}
		v.older = strings.Contains(n.Reason, unknownKind) || strings.Contains(n.Reason, unknownQuestion)
		a.Data = append(a.Data, v)
	}
	slices.SortStableFunc(a.Data, func(x, y voice[T]) int { return strings.Compare(string(x.node), string(y.node)) })
	return a, state
}

// answered is an answer with what was made of another one's data.
func answered[R, T any](data R, a *lasso.Answer[[]voice[T]]) lasso.Answer[R] {
	return lasso.Answer[R]{Data: data, Coverage: a.Coverage, Stale: a.Stale, Loading: a.Loading, Age: a.Age}
}
