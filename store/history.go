package store

import (
	"time"

	"github.com/lasso-rpc/lasso"
)

// historyCells is the length of the history strip, in minutes.
const historyCells = 60

// history is the worst status of each of the last minutes. The zero value is
// empty. The group's mutex guards it.
type history struct {
	cells [historyCells]historyCell
}

type historyCell struct {
	minute int64
	behind int64
	status lasso.Status // StatusUnset: the cell is empty
}

// observe notes a status and reports false when the group has left the index.
func (g *group) observe(t int64, status lasso.Status, behind int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead {
		return false
	}
	g.last = max(g.last, t)
	if status == lasso.StatusUnset {
		return true
	}
	minute := t / int64(time.Minute)
	c := &g.history.cells[minute%historyCells]
	switch {
	case c.status == lasso.StatusUnset || c.minute < minute:
		*c = historyCell{minute: minute, status: status, behind: max(behind, 0)}
	case c.minute == minute:
		c.status = c.status.Worse(status)
		c.behind = max(c.behind, behind)
	}
	return true
}

// History returns the last 60 minutes of a provider, the oldest first and the
// current one last. A minute in which nothing was observed has StatusUnset. An
// empty provider or chain 0 means all: the worst of them in each minute.
func (s *Store) History(p lasso.ProfileID, c lasso.ChainID, provider lasso.ProviderID) []lasso.Cell {
	first := s.now()/int64(time.Minute) - historyCells + 1
	cells := make([]lasso.Cell, historyCells)
	for i := range cells {
		cells[i].At = s.wall((first + int64(i)) * int64(time.Minute))
	}
	for _, g := range s.groups(p, c, provider, false) {
		g.mu.Lock()
		for _, h := range g.history.cells {
			i := h.minute - first
			if h.status == lasso.StatusUnset || i < 0 || i >= historyCells {
				continue
			}
			cell := &cells[i]
			if cell.Status == lasso.StatusUnset {
				cell.Status = h.status
			} else {
				cell.Status = cell.Status.Worse(h.status)
			}
			cell.Behind = max(cell.Behind, h.behind)
		}
		g.mu.Unlock()
	}
	return cells
}
