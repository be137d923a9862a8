package web

import (
	"time"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// warmingFor is how long after its start a node may say that the first figures
// are on their way. Then it shows what it knows, which is that it knows nothing.
const warmingFor = 10 * time.Second

// warming reports whether the node has just begun and no provider has answered
// its first check yet: a page would be all unknown.
func (s *Server) warming(rows []dashboard.ProviderRow) bool {
	if len(rows) == 0 || s.cfg.Now().Sub(s.cfg.Started) >= warmingFor {
		return false
	}
	for i := range rows {
		if rows[i].State.Status != ui.Unknown {
			return false
		}
	}
	return true
}
