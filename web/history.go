package web

import (
	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// What a page shows of the last hour is read row by row, and only for the rows
// that it draws.

// strip reads how the provider of a row stood in each of the last 60 minutes.
func (s *Server) strip(v *visit) func(*dashboard.ProviderRow) {
	return func(r *dashboard.ProviderRow) {
		r.Strip = uiCells(s.figures(v).History(v.scope(lasso.ChainID(r.Chain.ID), lasso.ProviderID(r.ID), lasso.Hour)).Data)
	}
}

// hour reads the requests of the chain of a row in each of the last 60 minutes.
func (s *Server) hour(v *visit) func(*dashboard.ChainRow) {
	return func(r *dashboard.ChainRow) {
		r.Hour = series(s.figures(v).Series(v.scope(lasso.ChainID(r.Ref.ID), "", lasso.Hour)).Data, lasso.Hour)
	}
}

func each[T any](rows []T, fill func(*T)) {
	for i := range rows {
		fill(&rows[i])
	}
}
