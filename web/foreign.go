package web

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Bounds of what is shown of other nodes' configuration.
const (
	mostForeign     = 500 // chains and providers that this node does not have
	foreignText     = 128 // bytes of a name
	foreignProvider = 256 // bytes of an id; what is longer is left out
)

// link is a provider of a chain; without a provider the chain itself.
type link struct {
	chain    lasso.ChainID
	provider lasso.ProviderID
}

// holders are the nodes that have what this one does not.
type holders map[link][]dashboard.Holder

// in tells whether a node of a place is among them. What this node has is in
// every place.
func (h holders) in(l link, at lasso.Place) bool {
	list, foreign := h[l]
	return !foreign || slices.ContainsFunc(list, func(n dashboard.Holder) bool { return at.Has(lasso.NodeID(n.Node), n.Region) })
}

// of are the holders of a link in a place.
func (h holders) of(l link, at lasso.Place) []dashboard.Holder {
	if at == (lasso.Place{}) {
		return h[l]
	}
	return slices.DeleteFunc(slices.Clone(h[l]), func(n dashboard.Holder) bool { return !at.Has(lasso.NodeID(n.Node), n.Region) })
}

// widen returns a profile with the chains and providers that only other nodes
// have of it, behind those of this node, and which nodes have them. The pages
// show them like others: what is known of them comes from the nodes that have
// them. This node routes nothing to them, so the result is for pages only.
func (s *Server) widen(p *lasso.Profile) (*lasso.Profile, holders) {
	w := widener{local: p, held: holders{}, chains: map[lasso.ChainID]*lasso.Chain{}}
	for _, view := range s.deps.Board.Views(p.Slug) {
		if view.Self {
			continue
		}
		for i := range view.Chains {
			w.add(&view, &view.Chains[i])
		}
	}
	if len(w.held) == 0 {
		return p, nil
	}
	wide := *p
	wide.Chains = nil
	for _, ch := range p.Chains {
		if mine := w.chains[ch.ID]; mine != nil {
			ch = mine
		} else {
			same := *ch // indexed anew below
			ch = &same
		}
		wide.Chains = append(wide.Chains, ch)
	}
	slices.SortFunc(w.foreign, func(x, y *lasso.Chain) int { return int(min(max(int64(x.ID)-int64(y.ID), -1), 1)) }) //nolint:gosec // order only
	wide.Chains = append(wide.Chains, w.foreign...)
	return lasso.NewCatalog([]*lasso.Profile{&wide}, "", time.Time{}).Profiles[0], w.held
}

type widener struct {
	local   *lasso.Profile
	held    holders
	chains  map[lasso.ChainID]*lasso.Chain // that gained something
	foreign []*lasso.Chain
}

// add takes one chain of another node. Its names are a stranger's.
func (w *widener) add(view *lasso.NodeView, st *lasso.ChainState) {
	if st.Chain == 0 {
		return
	}
	mine, local := w.local.Chain(st.Chain.String())
	if !local {
		if !w.hold(link{st.Chain, ""}, view) {
			return
		}
		if w.chains[st.Chain] == nil {
			ch := &lasso.Chain{ID: st.Chain, Key: w.alias(st), Name: known(st.Name, st.Chain.String()), BlockTime: st.BlockTime, MaxLagBlocks: st.MaxLag}
			ch.Aliases = []string{ch.Key}
			w.chains[st.Chain], w.foreign = ch, append(w.foreign, ch)
		}
	}
	for i := range st.Providers {
		ps := &st.Providers[i]
		if ps.Provider == "" || len(ps.Provider) > foreignProvider {
			continue
		}
		if local {
			if _, ok := mine.Provider(string(ps.Provider)); ok {
				continue
			}
		}
		l := link{st.Chain, ps.Provider}
		list, again := w.held[l]
		if again && list[len(list)-1].Node == string(view.Node) {
			continue // named twice by one node
		}
		if !w.hold(l, view) || again {
			continue
		}
		ch := w.chains[st.Chain]
		if ch == nil {
			c := *mine
			c.Providers = slices.Clone(mine.Providers)
			ch, w.chains[st.Chain] = &c, &c
		}
		ch.Providers = append(ch.Providers, &lasso.Provider{
			ID: ps.Provider, Name: known(ps.Name, string(ps.Provider)), Priority: ps.Priority, Archival: ps.Archival,
			Instance: lasso.InstanceID(known(string(ps.Instance), "")),
		})
	}
}

// hold notes that a node has a link. It is false when there are too many.
func (w *widener) hold(l link, view *lasso.NodeView) bool {
	list, ok := w.held[l]
	if !ok && len(w.held) >= mostForeign {
		return false
	}
	w.held[l] = append(list, dashboard.Holder{Node: string(view.Node), Region: view.Region, Lost: view.Lost})
	return true
}

// alias is what URLs carry for a chain of another node: its own name, or the id
// where this node calls another chain so.
func (w *widener) alias(st *lasso.ChainState) string {
	name := known(st.Alias, "")
	_, taken := w.local.Chain(name)
	for _, ch := range w.foreign {
		taken = taken || ch.Key == name
	}
	if _, number := lasso.ParseChainID(name); taken || number || name == "" || name != st.Alias {
		return st.Chain.String()
	}
	return name
}

// known is a name of another node, cut and without control characters, or other
// where nothing is left.
func known(name, other string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name[:min(len(name), foreignText)], ""))
	if name = strings.TrimSpace(name); name == "" {
		return other
	}
	return name
}

// elsewhere refuses a value of an address that names what only other nodes have.
func elsewhere(name, value string, list []dashboard.Holder) *clientError {
	nodes := make([]string, 0, len(list))
	for _, n := range list {
		nodes = append(nodes, n.Node)
	}
	return &clientError{
		status:  fiber.StatusBadRequest,
		message: name + ": '" + clip(value) + "' is only on " + clip(strings.Join(nodes, ", ")) + ", and this node does not route to it",
	}
}

// onlyOn names holders in a cell.
func onlyOn(list []dashboard.Holder) string {
	names := make([]string, 0, len(list))
	for _, h := range list {
		names = append(names, h.Node)
	}
	return strings.Join(names, " ")
}

// heard is a state on a page: not known where nobody answers who could know it.
func (m *minute) heard(st ui.State, list []dashboard.Holder) ui.State {
	if m.silent.Status != "" {
		return m.silent
	}
	return heard(st, list)
}

// heard is the state of something that only other nodes have: not known while
// none of them answers.
func heard(st ui.State, list []dashboard.Holder) ui.State {
	if len(list) == 0 {
		return st
	}
	since := list[0].Lost
	for _, h := range list {
		if h.Lost.IsZero() {
			return st
		}
		if h.Lost.After(since) { // the last one to fall silent
			since = h.Lost
		}
	}
	return ui.State{Status: ui.Unknown, Reason: "No answer from the nodes that have it", Since: since}
}
