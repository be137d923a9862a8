package store

import (
	"time"

	"github.com/patrickmn/go-cache"
)

// maxCached bounds the entries of the read cache. Above it, reads are not
// cached until entries expire.
const maxCached = 4096

// gathered is one cached read.
type gathered[T any] struct {
	data T
	at   time.Time
}

// read returns what gather returned less than CacheFor ago, or gathers anew.
// Concurrent reads of one key gather once. The data are shared: who hands them
// out copies what a caller may change.
func read[T any](s *Store, key string, gather func() T) (data T, age time.Duration) {
	if s.cfg.CacheFor < 0 {
		return gather(), 0
	}
	if v, ok := s.cache.Get(key); ok {
		if g, ok := v.(gathered[T]); ok {
			if age := s.cfg.Now().Sub(g.at); age >= 0 && age < s.cfg.CacheFor {
				return g.data, age
			}
		}
	}
	v, _, _ := s.flights.Do(key, func() (any, error) {
		g := gathered[T]{at: s.cfg.Now(), data: gather()}
		if s.cache.ItemCount() < maxCached {
			s.cache.Set(key, g, cache.DefaultExpiration)
		}
		return g, nil
	})
	g, ok := v.(gathered[T])
	if !ok {
		return gather(), 0
	}
	return g.data, max(s.cfg.Now().Sub(g.at), 0)
}
