package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/DataDog/sketches-go/ddsketch"
	sketchstore "github.com/DataDog/sketches-go/ddsketch/store"

	"github.com/lasso-rpc/lasso"
)

// Bounds of what is read from another node.
const (
	maxWireRows = 20_000
	maxWireName = 256 // bytes of a provider or a method
)

// cutText makes a text of this node as short as others read it, and printable.
func cutText(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) <= limit {
		return s
	}
	const more = "…"
	return strings.ToValidUTF8(s[:limit-len(more)], "") + more
}

// wireSnapshot is a snapshot as it crosses the mesh.
type wireSnapshot struct {
	Covered time.Duration `json:"covered_ns"`
	Since   int64         `json:"since_ns,omitempty"` // Unix time
	Rows    []wireRow     `json:"rows"`
}

// wireRow is one row. Counters are exact integers. Bins are pairs of unsigned
// varints: the distance from the slot before, and a count.
type wireRow struct {
	Provider   lasso.ProviderID  `json:"provider,omitempty"`
	Method     string            `json:"method,omitempty"`
	Step       int64             `json:"step_ns,omitempty"` // Unix time
	Calls      uint64            `json:"calls,omitempty"`
	Answered   uint64            `json:"answered,omitempty"`
	Canceled   uint64            `json:"canceled,omitempty"`
	Local      uint64            `json:"local,omitempty"`
	Failovers  uint64            `json:"failovers,omitempty"`
	Probes     uint64            `json:"probes,omitempty"`
	In         uint64            `json:"in,omitempty"`
	Out        uint64            `json:"out,omitempty"`
	LatencySum int64             `json:"latency_sum_ns,omitempty"`
	LatencyMax int64             `json:"latency_max_ns,omitempty"`
	LastAt     int64             `json:"last_ns,omitempty"`
	Categories map[string]uint64 `json:"categories,omitempty"`
	Bins       []byte            `json:"bins,omitempty"`
}

// marshal writes a snapshot for another node.
func (s *snapshot) marshal(c scale) ([]byte, error) {
	w := wireSnapshot{Covered: s.covered, Since: unixNano(s.since), Rows: make([]wireRow, 0, len(s.rows))}
	for k, t := range s.rows {
		w.Rows = append(w.Rows, wireRow{
			Provider: k.provider, Method: k.method, Step: k.step,
			Calls: t.calls, Answered: t.answered, Canceled: t.canceled, Local: t.local,
			Failovers: t.failovers, Probes: t.probes, In: t.in, Out: t.out,
			LatencySum: t.latencySum, LatencyMax: t.latencyMax, LastAt: unixNano(t.lastAt),
			Categories: t.byCategory(), Bins: t.appendBins(nil, c),
		})
	}
	return json.Marshal(w)
}

// unmarshalSnapshot reads what marshal wrote on another node. Whatever does not
// hold together is an error: that node's answer is then left out.
func unmarshalSnapshot(c scale, text []byte) (*snapshot, error) {
	var w wireSnapshot
	if err := json.Unmarshal(text, &w); err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	if len(w.Rows) > maxWireRows {
		return nil, fmt.Errorf("figures: %d rows, at most %d are read", len(w.Rows), maxWireRows)
	}
	if w.Covered < 0 || w.Covered > 2*retention {
		return nil, fmt.Errorf("figures: cover %v", w.Covered)
	}
	s := &snapshot{covered: w.Covered, since: fromUnixNano(w.Since), rows: make(map[row]*sums, len(w.Rows))}
	for i := range w.Rows {
		r := &w.Rows[i]
		t, err := r.sums(c)
		if err != nil {
			return nil, fmt.Errorf("figures: row %d: %w", i, err)
		}
		k := row{provider: r.Provider, method: r.Method, step: r.Step}
		if _, ok := s.rows[k]; ok {
			return nil, fmt.Errorf("figures: row %d: given twice", i)
		}
		s.rows[k] = t
	}
	return s, nil
}

func (r *wireRow) sums(c scale) (*sums, error) {
	if len(r.Provider) > maxWireName || len(r.Method) > maxWireName {
		return nil, errors.New("name is too long")
	}
	t := &sums{counters: counters{
		calls: r.Calls, answered: r.Answered, canceled: r.Canceled, local: r.Local,
		failovers: r.Failovers, probes: r.Probes, in: r.In, out: r.Out,
		latencySum: r.LatencySum, latencyMax: r.LatencyMax,
	}, lastAt: fromUnixNano(r.LastAt)}
	for _, n := range []uint64{r.Calls, r.Failovers, r.Probes, r.In, r.Out} {
		if n > math.MaxInt64/maxWireRows { // sums of rows and nodes must not overflow
			return nil, errors.New("a count is too large")
		}
	}
	if r.LatencySum < 0 || r.LatencyMax < 0 || r.LatencyMax > r.LatencySum {
		return nil, errors.New("latencies do not hold together")
	}
	if r.Answered > r.Calls || r.Canceled > r.Calls-r.Answered || r.Local > r.Calls {
		return nil, errors.New("counts do not hold together")
	}
	for name, n := range r.Categories {
		category, ok := lasso.ParseCategory(name)
		if !ok { // of a newer version
			category = lasso.UnknownError
		}
		if n > r.Calls {
			return nil, errors.New("more errors than calls")
		}
		t.categories[category] += n
	}
	return t, t.readBins(r.Bins, c)
}

// appendBins writes the bins of the sketch.
func (s *sums) appendBins(b []byte, c scale) []byte {
	if s.latency == nil {
		return b
	}
	type bin struct {
		slot  int
		count uint64
	}
	var all []bin
	s.latency.GetPositiveValueStore().ForEach(func(index int, count float64) bool {
		all = append(all, bin{index - c.first, uint64(count)})
		return false
	})
	slices.SortFunc(all, func(x, y bin) int { return x.slot - y.slot })
	last := 0
	for _, v := range all {
		b = binary.AppendUvarint(b, uint64(max(v.slot-last, 0)))
		b = binary.AppendUvarint(b, v.count)
		last = v.slot
	}
	return b
}

// readBins makes the sketch. Its counts must add up to the answered calls.
func (s *sums) readBins(b []byte, c scale) error {
	bad := errors.New("latency bins do not hold together")
	positive := sketchstore.NewDenseStore()
	var total uint64
	slot := 0
	for first := true; len(b) > 0; first = false {
		step, n := binary.Uvarint(b)
		if n <= 0 || step >= maxBins || !first && step == 0 {
			return bad
		}
		b = b[n:]
		count, n := binary.Uvarint(b)
		if n <= 0 || count == 0 || count > s.answered-total {
			return bad
		}
		b = b[n:]
		if slot += int(step); slot >= maxBins {
			return bad
		}
		total += count
		positive.AddWithCount(c.first+slot, float64(count))
	}
	if total != s.answered {
		return bad
	}
	if total > 0 {
		s.latency = ddsketch.NewDDSketch(c.mapping, positive, sketchstore.NewDenseStore())
	}
	return nil
}

func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromUnixNano(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}
