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

// cells are the last 60 minutes, the oldest first and the current one last.
// g.mu is held.
func (g *group) cells(s *Store) []lasso.Cell {
	first := s.now()/int64(time.Minute) - historyCells + 1
	cells := make([]lasso.Cell, historyCells)
	epoch := s.epoch()
	for i := range cells {
		cells[i].At = epoch.Add(time.Duration(first+int64(i)) * time.Minute).Truncate(time.Minute)
	}
	for _, h := range g.history.cells {
		if i := h.minute - first; h.status != lasso.StatusUnset && i >= 0 && i < historyCells {
			cells[i].Status, cells[i].Behind = h.status, h.behind
		}
	}
	return cells
}
