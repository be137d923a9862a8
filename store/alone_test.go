package store_test

import (
	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// node is a Store with the reads of a node that is alone.
type node struct {
	*store.Store
	reads *store.MetricsStore
}

func newNode(cfg store.Config) *node {
	s := store.New(cfg)
	return &node{s, store.NewMetricsStore(s, nil, store.MetricsConfig{})}
}

// fresh returns a node on a clock of the test's, whose reads are never cached.
func fresh(c *clock) *node { return newNode(store.Config{Now: c.Now, CacheFor: -1}) }

func (n *node) Totals(p lasso.ProfileID, c lasso.ChainID, w lasso.Window) lasso.Answer[lasso.CallFigures] {
	return n.reads.Totals(lasso.Scope{Profile: p, Chain: c, Window: w})
}

func (n *node) Leaderboard(p lasso.ProfileID, c lasso.ChainID, w lasso.Window) lasso.Answer[[]lasso.ProviderFigures] {
	return n.reads.Leaderboard(lasso.Scope{Profile: p, Chain: c, Window: w})
}

func (n *node) Methods(p lasso.ProfileID, c lasso.ChainID, id lasso.ProviderID, w lasso.Window) lasso.Answer[[]lasso.MethodFigures] {
	return n.reads.Methods(lasso.Scope{Profile: p, Chain: c, Provider: id, Window: w})
}

func (n *node) MethodsByProvider(p lasso.ProfileID, c lasso.ChainID, w lasso.Window) lasso.Answer[[]lasso.MethodFigures] {
	return n.reads.MethodsByProvider(lasso.Scope{Profile: p, Chain: c, Window: w})
}

func (n *node) Series(p lasso.ProfileID, c lasso.ChainID, id lasso.ProviderID, w lasso.Window) lasso.Answer[[]lasso.Point] {
	return n.reads.Series(lasso.Scope{Profile: p, Chain: c, Provider: id, Window: w})
}

func (n *node) Histogram(p lasso.ProfileID, c lasso.ChainID, id lasso.ProviderID, w lasso.Window) []lasso.Bin {
	return n.reads.Histogram(lasso.Scope{Profile: p, Chain: c, Provider: id, Window: w}).Data
}

func (n *node) History(p lasso.ProfileID, c lasso.ChainID, id lasso.ProviderID) []lasso.Cell {
	return n.reads.History(lasso.Scope{Profile: p, Chain: c, Provider: id}).Data
}

func (n *node) Errors(p lasso.ProfileID, c lasso.ChainID, id lasso.ProviderID, w lasso.Window) []lasso.ErrorSample {
	return n.reads.Errors(lasso.Scope{Profile: p, Chain: c, Provider: id, Window: w}).Data
}
