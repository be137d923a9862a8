package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/lasso-rpc/lasso"
)

// runtimeFresh is the age from which the processes of others are asked for
// again: they change faster than sums over windows do.
const runtimeFresh = 5 * time.Second

// Bounds of what another node says of its process.
const (
	maxBuffers     = 32
	maxRuntimeText = 128           // bytes of a string
	maxPercent     = 100 * 1 << 16 // of as many processors
)

func (s *Store) runtime(*question) *lasso.Runtime {
	if s.cfg.Runtime == nil {
		return nil
	}
	r := s.cfg.Runtime()
	return &r
}

func encodeRuntime(_ *Store, r *lasso.Runtime) ([]byte, error) {
	if r == nil {
		return nil, errors.New("this node does not tell of its process")
	}
	return json.Marshal(r)
}

// decodeRuntime reads what another node says of its process.
func decodeRuntime(_ *Store, b []byte) (*lasso.Runtime, error) {
	r := new(lasso.Runtime)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("runtime: %w", err)
	}
	texts := []string{r.Version, r.Revision, r.GoVersion, r.OS, r.Arch}
	if len(r.Buffers) > maxBuffers {
		return nil, fmt.Errorf("runtime: %d buffers, at most %d are read", len(r.Buffers), maxBuffers)
	}
	for _, v := range r.Buffers {
		texts = append(texts, v.Name)
	}
	for _, t := range texts {
		if len(t) > maxRuntimeText {
			return nil, errors.New("runtime: a text is too long")
		}
	}
	switch {
	case !(r.CPUPercent >= 0 && r.CPUPercent <= maxPercent), !(r.GCCPU >= 0 && r.GCCPU <= 1): // not a number fails too
		return nil, errors.New("runtime: shares do not hold together")
	case r.Procs < 0, r.CPUSpan < 0, r.LastPause < 0, r.PauseP99 < 0:
		return nil, errors.New("runtime: a negative figure")
	}
	for _, n := range []uint64{r.RSS, r.HeapInUse, r.HeapGoal, r.BodyBytes, r.BodyLimit} {
		if n > math.MaxInt64 {
			return nil, errors.New("runtime: a size is too large")
		}
	}
	return r, nil
}

// Runtimes is how the processes of all known nodes stand, by id, this node's as
// it is now and the others' at most 5 s old. A node that did not say is in the
// list with the reason. The region of an answer is not narrowed. Callers own
// the list.
func (m *MetricsStore) Runtimes() lasso.Answer[[]lasso.NodeRuntime] {
	all, _ := voices(m, m.kinds.runtime)
	list := make([]lasso.NodeRuntime, 0, len(all.Data))
	for i := range all.Data {
		v := &all.Data[i]
		list = append(list, lasso.NodeRuntime{
			Node: v.node, Boot: v.boot, Region: v.region, Self: v.self, Runtime: v.data, Older: v.older, Reason: v.reason,
		})
	}
	return answered(list, &all)
}

// Buffers is what the Store holds and what did not go into it.
func (s *Store) Buffers() []lasso.Buffer {
	idx, limit := s.index.Load(), uint64(s.cfg.MaxSeries) //nolint:gosec // positive since New
	s.feed.mu.Lock()
	calls, failed, events, size := s.feed.calls[plainCalls].len(), s.feed.calls[troubleCalls].len(), s.feed.events.len(), s.feed.events.size
	s.feed.mu.Unlock()
	return []lasso.Buffer{
		{Name: "series", Held: uint64(len(idx.series)), Limit: limit, LeftOut: s.folded.Load()},
		{Name: "records", LeftOut: s.dropped.Load()},
		{Name: "feed_calls", Held: unsigned(calls), Limit: unsigned(size)}, // of clients
		{Name: "feed_failed", Held: unsigned(failed), Limit: unsigned(size)},
		{Name: "feed_events", Held: unsigned(events), Limit: unsigned(size)},
		{Name: "reads", Held: unsigned(s.cache.ItemCount()), Limit: maxCached},
	}
}

// Buffers is what is kept of other nodes' answers, and how many were left out.
func (m *MetricsStore) Buffers() []lasso.Buffer {
	return []lasso.Buffer{{Name: "answers", Held: unsigned(m.cache.ItemCount()), Limit: maxCached, LeftOut: m.bad.Load()}}
}

// Buffers is what is kept of other nodes' activity, and what was left out on
// the way there and back.
func (t *Tail) Buffers() []lasso.Buffer {
	t.mu.Lock()
	held, size := 0, 0
	for i := range t.remote {
		held, size = held+t.remote[i].total, size+t.remote[i].size
	}
	t.mu.Unlock()
	return []lasso.Buffer{
		{Name: "tail_received", Held: unsigned(held), Limit: unsigned(size), LeftOut: t.skipped.Load() + t.refused.Load()},
		{Name: "tail_sent", LeftOut: t.sampled.Load()},
	}
}
