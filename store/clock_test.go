package store_test

import (
	"sync"
	"time"
)

// epoch is on an hour, so that tests can count in whole buckets.
var epoch = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// clock is a clock that moves when told to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: epoch} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}
