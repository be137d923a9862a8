package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lasso-rpc/lasso"
)

// strips are the history strips of a chain's providers.
type strips map[lasso.ProviderID][]lasso.Cell

// wireStrip is a strip as it crosses the mesh: the first minute, one digit for
// the status of each minute, and the blocks behind.
type wireStrip struct {
	Provider lasso.ProviderID `json:"provider"`
	Minute   int64            `json:"minute"` // Unix time / 60
	Statuses string           `json:"statuses"`
	Behind   []int64          `json:"behind"`
}

func gatherStrips(s *Store, q *question) strips {
	parts := map[lasso.ProviderID][][]lasso.Cell{}
	for _, g := range s.groups(q.Profile, q.Chain, "", false) {
		g.mu.Lock()
		parts[g.key.provider] = append(parts[g.key.provider], g.cells(s))
		g.mu.Unlock()
	}
	all := make(strips, len(parts))
	for id, cells := range parts {
		all[id] = cells[0]
		if len(cells) > 1 { // the same id on several chains
			all[id] = mergeStrips(s.cfg.Now(), cells)
		}
	}
	return all
}

func encodeStrips(_ *Store, all strips) ([]byte, error) {
	out := make([]wireStrip, 0, len(all))
	for id, cells := range all {
		w := wireStrip{Provider: id, Behind: make([]int64, 0, len(cells))}
		text := make([]byte, 0, len(cells))
		for i, c := range cells {
			if i == 0 {
				w.Minute = minuteOf(c.At)
			}
			text = append(text, '0'+byte(c.Status))
			w.Behind = append(w.Behind, c.Behind)
		}
		w.Statuses = string(text)
		out = append(out, w)
	}
	return json.Marshal(out)
}

func decodeStrips(_ *Store, b []byte) (strips, error) {
	var in []wireStrip
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	if len(in) > maxWireRows {
		return nil, fmt.Errorf("history: %d strips, at most %d are read", len(in), maxWireRows)
	}
	all := make(strips, len(in))
	for _, w := range in {
		if len(w.Statuses) > historyCells || len(w.Statuses) != len(w.Behind) || len(w.Provider) > maxWireName {
			return nil, errors.New("history: a strip does not hold together")
		}
		cells := make([]lasso.Cell, len(w.Statuses))
		for i := range cells {
			status := lasso.Status(w.Statuses[i] - '0')
			if status > lasso.Drained || w.Behind[i] < 0 {
				return nil, errors.New("history: a minute does not hold together")
			}
			cells[i] = lasso.Cell{At: time.Unix((w.Minute+int64(i))*60, 0), Status: status, Behind: w.Behind[i]}
		}
		all[w.Provider] = cells
	}
	return all, nil
}

func minuteOf(at time.Time) int64 { return at.Add(30*time.Second).Unix() / 60 }

// mergeStrips is the worst of the strips in each of the last minutes, the
// oldest first. Minutes are matched by the wall clock.
func mergeStrips(now time.Time, all [][]lasso.Cell) []lasso.Cell {
	first := now.Unix()/60 - historyCells + 1
	cells := make([]lasso.Cell, historyCells)
	for i := range cells {
		cells[i].At = time.Unix((first+int64(i))*60, 0)
	}
	for _, strip := range all {
		for _, c := range strip {
			i := minuteOf(c.At) - first
			if i < 0 || i >= historyCells || c.Status == lasso.StatusUnset {
				continue
			}
			cell := &cells[i]
			if cell.Status == lasso.StatusUnset {
				cell.Status = c.Status
			} else {
				cell.Status = cell.Status.Worse(c.Status)
			}
			cell.Behind = max(cell.Behind, c.Behind)
		}
	}
	return cells
}
