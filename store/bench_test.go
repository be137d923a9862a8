package store_test

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

func attempt(at time.Time, provider, method string, latency time.Duration) lasso.Attempt {
	return lasso.Attempt{
		At:       at,
		Route:    lasso.Route{Profile: "public", Chain: 1, Provider: lasso.ProviderID(provider), Transport: lasso.HTTP},
		Method:   method,
		Latency:  latency,
		BytesOut: 100,
		BytesIn:  1000,
	}
}

func call(at time.Time, method string, duration time.Duration) lasso.Call {
	return lasso.Call{
		At: at, Profile: "public", Chain: 1, Method: method, Duration: duration,
		Provider: "alchemy", Transport: lasso.HTTP, Attempts: 1, BytesIn: 100, BytesOut: 1000,
	}
}

// spread gives latencies between 1 ms and 200 ms that look random.
func spread(i uint64) time.Duration {
	return time.Millisecond + time.Duration(i*2654435761%199)*time.Millisecond + time.Duration(i*40503%1000)*time.Microsecond
}

func BenchmarkAttempt(b *testing.B) {
	s := newNode(store.Config{})
	now := time.Now()
	b.ReportAllocs()
	var i uint64
	for b.Loop() {
		i++
		s.Attempt(attempt(now, "alchemy", "eth_getBlockByNumber", spread(i)))
	}
}

func BenchmarkAttemptParallel(b *testing.B) {
	s := newNode(store.Config{})
	now := time.Now()
	var next atomic.Uint64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		provider := "provider-" + strconv.FormatUint(next.Add(1)%4, 10)
		var i uint64
		for pb.Next() {
			i++
			s.Attempt(attempt(now, provider, "eth_getBlockByNumber", spread(i)))
		}
	})
}

func BenchmarkAttemptFailed(b *testing.B) {
	s := newNode(store.Config{})
	a := attempt(time.Now(), "alchemy", "eth_call", time.Second)
	a.Category, a.Message = lasso.ServerError, "HTTP 502"
	b.ReportAllocs()
	for b.Loop() {
		s.Attempt(a)
	}
}

func BenchmarkCall(b *testing.B) {
	s := newNode(store.Config{})
	now := time.Now()
	b.ReportAllocs()
	var i uint64
	for b.Loop() {
		i++
		s.Call(call(now, "eth_getBlockByNumber", spread(i)))
	}
}

// filled returns a store with a day of traffic on 20 providers with 30 methods
// each, and a clock that stands at its end.
func filled(b *testing.B) *node {
	b.Helper()
	c := newClock()
	s := newNode(store.Config{Now: c.Now, CacheFor: -1})
	var n uint64
	for range 24 * 6 {
		for p := range 20 {
			for m := range 30 {
				for range 5 {
					n++
					s.Attempt(attempt(c.Now(), fmt.Sprintf("provider-%d", p), fmt.Sprintf("method-%d", m), spread(n)))
				}
			}
		}
		c.Advance(10 * time.Minute)
	}
	return s
}

func BenchmarkLeaderboard(b *testing.B) {
	s := filled(b)
	for _, w := range []lasso.Window{lasso.Hour, lasso.Day} {
		b.Run(w.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Leaderboard("public", 1, w)
			}
		})
	}
}

func BenchmarkMethodsByProvider(b *testing.B) {
	s := filled(b)
	for _, w := range []lasso.Window{lasso.Hour, lasso.Day} {
		b.Run(w.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.MethodsByProvider("public", 1, w)
			}
		})
	}
}

func BenchmarkSeries(b *testing.B) {
	s := filled(b)
	b.ReportAllocs()
	for b.Loop() {
		s.Series("public", 1, "provider-1", lasso.Day)
	}
}
