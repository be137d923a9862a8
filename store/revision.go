package store

// Revision is another number after anything was recorded. It does not change
// with time alone: what falls out of a window does not count.
func (s *Store) Revision() uint64 {
	n := s.feed.last()
	for _, g := range s.index.Load().groups {
		g.mu.Lock()
		n += g.records
		g.mu.Unlock()
	}
	return n
}

// Revision is another number after anything was recorded here, or other nodes
// answered.
func (m *MetricsStore) Revision() uint64 { return m.local.Revision() + m.landed.Load() }

// Revision is another number after another node told of its states.
func (b *Board) Revision() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.taken
}

// Revision is another number after another node told of its activity.
func (t *Tail) Revision() uint64 { return t.received.Load() }
