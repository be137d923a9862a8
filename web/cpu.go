package web

import (
	"math"
	"sync"
	"time"
)

// cpuMeter tells how much of a processor the process uses. Safe for concurrent
// use.
type cpuMeter struct {
	mu      sync.Mutex
	at      time.Time
	used    time.Duration
	percent float64
}

// cpuSpan is the least time over which use is measured.
const cpuSpan = time.Second

// read is the use since the last reading that is at least a second old, in per
// cent of one processor: two busy processors are 200.
func (m *cpuMeter) read(now time.Time, used time.Duration) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if past := now.Sub(m.at); past >= cpuSpan {
		m.percent = math.Round(1000*float64(max(used-m.used, 0))/float64(past)) / 10
		m.at, m.used = now, used
	}
	return m.percent
}
