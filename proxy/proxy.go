package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
)

// Recorder is told of every attempt, call and change of state. Its methods
// must not block.
type Recorder interface {
	Attempt(lasso.Attempt)
	Call(lasso.Call)
	Event(lasso.Event)
}

// Config holds the limits of a Proxy. The zero value of a field means its
// default.
type Config struct {
	MaxBatch         int           // members of a batch; 50; below zero: no limit
	BatchConcurrency int           // members of one batch running at once; 8
	MaxConns         int           // connections per upstream; 512
	MaxResponse      int           // bytes of one upstream answer; 256 MiB
	IdleTimeout      time.Duration // idle upstream connections; 30 s
	DialTimeout      time.Duration // 5 s
	Exploration      float64       // share of calls that try another provider than the best first; 0.02
	Version          string        // for the User-Agent
	Now              func() time.Time
	Float            func() float64 // in [0,1), safe for concurrent use; every random choice is made of it
}

func (c Config) withDefaults() Config {
	if c.MaxBatch == 0 {
		c.MaxBatch = 50
	}
	if c.BatchConcurrency <= 0 {
		c.BatchConcurrency = 8
	}
	if c.MaxConns <= 0 {
		c.MaxConns = 512
	}
	if c.MaxResponse <= 0 {
		c.MaxResponse = 256 << 20
	}
	if c.IdleTimeout <= 0 {
		c.IdleTimeout = 30 * time.Second
	}
	if c.DialTimeout <= 0 {
		c.DialTimeout = 5 * time.Second
	}
	if c.Exploration == 0 {
		c.Exploration = 0.02
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Float == nil {
		c.Float = rand.Float64
	}
	return c
}

// Proxy routes JSON-RPC calls. Make one with New, give it a catalog with Load,
// and let Run probe the upstreams. All methods are safe for concurrent use.
type Proxy struct {
	cfg       Config
	rec       Recorder
	log       *slog.Logger
	upstreams upstreamConfig
	dialer    *fasthttp.TCPDialer
	plan      atomic.Pointer[plan]
	filters   *filterTable
	stats     counters
	marks     marks
	changed   chan struct{} // tells Run that the plan is new

	mu       sync.Mutex // held by Load
	heads    map[lasso.ChainID]*head
	turns    map[chainKey]*atomic.Uint64
	evidence map[routeKey]*routeEvidence
	drains   map[lasso.Route]*atomic.Pointer[lasso.Override] // by providers: no transport
}

// New makes a Proxy without any routes.
func New(cfg Config, rec Recorder, log *slog.Logger) *Proxy {
	cfg = cfg.withDefaults()
	return &Proxy{
		cfg: cfg, rec: rec, log: log, dialer: newDialer(), filters: newFilterTable(),
		upstreams: upstreamConfig{
			maxConns: cfg.MaxConns, maxResponse: cfg.MaxResponse, idle: cfg.IdleTimeout,
			dialTimeout: cfg.DialTimeout, userAgent: "lasso/" + cfg.Version,
		},
		marks:   marks{m: map[lasso.Route]mark{}},
		changed: make(chan struct{}, 1),
		heads:   map[lasso.ChainID]*head{}, turns: map[chainKey]*atomic.Uint64{}, evidence: map[routeKey]*routeEvidence{},
		drains: map[lasso.Route]*atomic.Pointer[lasso.Override]{},
	}
}

// Load replaces the configuration at once for all calls that begin afterwards.
// Breakers, limits, heights and evidence of upstreams whose endpoint and
// credentials did not change are kept, and so is what an operator decided, of a
// breaker as long as that, of a provider as long as there is one of its name.
// On an error the last configuration goes
// on serving.
func (p *Proxy) Load(c *lasso.Catalog) error {
	if c == nil {
		return errors.New("no catalog")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	next, err := p.compile(c, p.cfg.Now())
	if err != nil {
		return fmt.Errorf("compile the routing plan: %w", err)
	}
	last := p.plan.Swap(next)
	p.prune(next)
	for in, up := range next.respelled {
		in.up.Swap(up).fresh()
	}
	if last != nil {
		for id, in := range last.instances {
			if next.instances[id] == nil {
				in.up.Load().fresh()
			}
		}
	}
	select {
	case p.changed <- struct{}{}:
	default: // Run has been told already
	}
	return nil
}

// Catalog returns the configuration that serves, nil before the first Load.
func (p *Proxy) Catalog() *lasso.Catalog {
	if pl := p.plan.Load(); pl != nil {
		return pl.catalog
	}
	return nil
}

// Run probes the upstreams until ctx ends, and waits for all it started.
func (p *Proxy) Run(ctx context.Context) error { return (&prober{p: p}).run(ctx) }
