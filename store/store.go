package store

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/patrickmn/go-cache"
	"golang.org/x/sync/singleflight"

	"github.com/lasso-rpc/lasso"
)

// Config is what a Store needs. Zero values mean the defaults.
type Config struct {
	Node      lasso.NodeID     // this process
	Region    string           // of this process; default: the node's id
	Now       func() time.Time // the clock; default time.Now
	MaxSeries int              // series kept apart by method; default 4096
	FeedSize  int              // calls, and as many events, kept for the feed; default 2000
	CacheFor  time.Duration    // how old a read may be; default 1 s, negative: always read anew
	// Runtime tells how the process stands. It is called when somebody looks,
	// from several goroutines, and must not block; nil: other nodes are told nothing.
	Runtime func() lasso.Runtime
	// Links tells whom the node sees of the others. It is called as Runtime is;
	// nil: nobody.
	Links func() []lasso.Link
}

// The defaults of Config.
const (
	DefaultMaxSeries = 4096
	DefaultFeedSize  = 2000
	DefaultCacheFor  = time.Second
)

// Store records what this node does and answers what it did. All methods are
// safe for concurrent use.
type Store struct {
	cfg     Config
	start   time.Time // when the store was made
	base    time.Time // zero of the rings' time: the hour of start
	lead    int64     // start - base
	scale   scale
	metrics *metrics

	mu    sync.Mutex // held to change index
	index atomic.Pointer[index]

	feed    feed
	cache   *cache.Cache
	flights singleflight.Group
	scratch sync.Pool // of *accumulator

	folded  atomic.Uint64 // records folded into method "other"
	dropped atomic.Uint64 // records too old for every bucket
}

// New returns an empty Store. It starts nothing; see Run.
func New(cfg Config) *Store {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxSeries <= 0 {
		cfg.MaxSeries = DefaultMaxSeries
	}
	if cfg.FeedSize <= 0 {
		cfg.FeedSize = DefaultFeedSize
	}
	if cfg.CacheFor == 0 {
		cfg.CacheFor = DefaultCacheFor
	}
	if cfg.Region == "" {
		cfg.Region = string(cfg.Node)
	}
	start := cfg.Now()
	s := &Store{
		cfg:     cfg,
		start:   start,
		base:    start.Truncate(time.Hour),
		scale:   newScale(),
		metrics: newMetrics(),
		cache:   cache.New(time.Minute, cache.NoExpiration),
	}
	s.lead = int64(start.Sub(s.base))
	s.feed.init(start, cfg.FeedSize)
	s.scratch.New = func() any { return &accumulator{lo: maxBins} }
	s.index.Store(&index{
		series: map[seriesKey]*series{},
		calls:  map[callKey]*callTally{},
		groups: map[groupKey]*group{},
	})
	return s
}

// tick returns at as nanoseconds since the base, never negative. The zero time
// is now. Where both times have a monotonic reading, a step of the wall clock
// does not show.
func (s *Store) tick(at time.Time) int64 {
	if at.IsZero() {
		return s.now()
	}
	d := int64(at.Sub(s.start))
	if d > math.MaxInt64-s.lead {
		return math.MaxInt64 - s.lead
	}
	return max(d+s.lead, 0)
}

func (s *Store) now() int64 { return s.tick(s.cfg.Now()) }

// epoch returns the wall time of tick 0 by the clock as it shows now. That is
// the base until the wall clock is set, or the machine sleeps, for a second or
// more: ticks do not follow it then, and what is told with a time has to.
func (s *Store) epoch() time.Time {
	now := s.cfg.Now()
	return s.base.Add((now.Round(0).Sub(s.start.Round(0)) - now.Sub(s.start)).Round(time.Second))
}

// wall returns the time of a tick.
func (s *Store) wall(t int64) time.Time { return s.epoch().Add(time.Duration(t)) }

// Attempt records one attempt. It blocks only while another goroutine records
// on, or reads from, the same provider, which takes microseconds.
//
// An attempt of the client's counts in all figures. One of our own (a probe)
// counts in Probes and in the lifetime counters, and its failure in Errors.
//
// An attempt without a provider is not recorded.
func (s *Store) Attempt(a lasso.Attempt) {
	if a.Route.Provider == "" {
		return
	}
	t := s.tick(a.At)
	p := sample{
		latency:  max(int64(a.Latency), 0),
		in:       unsigned(a.BytesIn),
		out:      unsigned(a.BytesOut),
		category: known(a.Category),
		answered: a.Category.Answered(),
		probe:    a.Origin != lasso.Client,
	}
	if p.answered {
		p.bin = s.scale.bin(p.latency)
	}
	if a.Ordinal > 0 {
		p.failovers = 1
	}
	var f failure
	if !p.answered && p.category != lasso.Canceled {
		f = newFailure(p.category, a.Message)
	}
	k := seriesKey{
		groupKey:  groupKey{a.Route.Profile, a.Route.Chain, a.Route.Provider},
		method:    a.Method,
		transport: a.Route.Transport,
		origin:    a.Origin,
	}
	for !s.seriesOf(k, t).attempt(s, t, &p, &f) {
		// The series expired between the look-up and the lock.
	}
}

// Call records one client call and puts it into the feed.
func (s *Store) Call(c lasso.Call) {
	if c.Origin != lasso.Client {
		s.feed.call(&c)
		return
	}
	t := s.tick(c.At)
	p := sample{
		latency:   max(int64(c.Duration), 0),
		in:        unsigned(c.BytesIn),
		out:       unsigned(c.BytesOut),
		failovers: unsigned(c.Failovers),
		category:  known(c.Category),
		answered:  c.Category.Answered(),
		local:     c.Local,
	}
	if p.answered {
		p.bin = s.scale.bin(p.latency)
	}
	k := callKey{c.Profile, c.Chain, c.Method}
	for !s.tallyOf(k, t).call(s, t, &p) {
		// The tally expired between the look-up and the lock.
	}
	s.feed.call(&c)
}

// Event puts an event into the feed and counts it.
func (s *Store) Event(e lasso.Event) {
	s.feed.event(&e)
}

// Observe notes the status of providers for the history. It is meant to be
// called about once a second.
func (s *Store) Observe(at time.Time, states []lasso.ProviderState) {
	t := min(s.tick(at), s.now())
	for i := range states {
		st := &states[i]
		if st.Provider == "" {
			continue
		}
		k := groupKey{st.Profile, st.Chain, st.Provider}
		for !s.groupOf(k, t).observe(t, st.Condition.Status, st.Behind) {
			// The group expired between the look-up and the lock.
		}
	}
}

// Run drops what expired, once a minute, until ctx ends: buckets that no
// window reaches any more, and series that were not used for 24 hours. It
// returns nil.
func (s *Store) Run(ctx context.Context) error {
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
			s.sweep()
		}
	}
}

func (s *Store) sweep() {
	now := s.now()
	s.expire(now, now-int64(retention))
	s.cache.DeleteExpired()
}

func known(c lasso.Category) lasso.Category {
	if c >= maxCategories {
		return lasso.UnknownError
	}
	return c
}

func unsigned(n int) uint64 { return uint64(max(n, 0)) }
