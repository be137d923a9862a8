// Package web is everything that answers HTTP: the JSON-RPC edge, the JSON API,
// the metrics of Prometheus and the dashboard's pages. It decides nothing about
// routing and keeps no figures: it asks the parts behind the interfaces below.
package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
)

// Defaults of [Config].
const (
	DefaultMaxBody     = 8_000_000
	DefaultMaxInflight = 128 << 20
	DefaultReadTimeout = 30 * time.Second
	DefaultIdleTimeout = 75 * time.Second
	DefaultWriteLimit  = 30 * time.Second
	maxHeaderBytes     = 16 << 10
)

// Router answers JSON-RPC bodies. Serve returns only when it has an answer; it
// keeps nothing of the request. It sets its own deadlines within ctx.
type Router interface {
	Serve(ctx context.Context, req *lasso.Request) lasso.Response
}

// States tells what is known of chains and providers now. All its methods are
// safe for concurrent use and do not block.
type States interface {
	// ChainStates lists the chains of a profile in configuration order.
	ChainStates(p lasso.ProfileID) []lasso.ChainState
	// Explain says what would happen to a call, without sending it.
	Explain(req *lasso.Request, method string, params []byte) lasso.Explanation
	// Ready reports whether at least one chain is usable, and otherwise why not.
	Ready() (ready bool, reasons []string)
}

// Catalogs gives the configuration that serves. Both methods are cheap.
type Catalogs interface {
	Catalog() *lasso.Catalog
	ReloadState() lasso.ReloadState
}

// Figures gives what was recorded on all nodes. It is the sum of the small
// roles below; no method blocks.
type Figures interface {
	Summaries
	Histories
	Errors(s lasso.Scope) lasso.Answer[[]lasso.ErrorSample]
	Runtimes
	Meshes
}

// Summaries sums over a window.
type Summaries interface {
	Totals(s lasso.Scope) lasso.Answer[lasso.CallFigures]
	Leaderboard(s lasso.Scope) lasso.Answer[[]lasso.ProviderFigures]
	Methods(s lasso.Scope) lasso.Answer[[]lasso.MethodFigures]
	MethodsByProvider(s lasso.Scope) lasso.Answer[[]lasso.MethodFigures]
}

// Histories gives figures over time and by size.
type Histories interface {
	Series(s lasso.Scope) lasso.Answer[[]lasso.Point]
	History(s lasso.Scope) lasso.Answer[[]lasso.Cell]
	Events(s lasso.Scope) lasso.Answer[lasso.EventLog]
	Histogram(s lasso.Scope) lasso.Answer[[]lasso.Bin]
}

// Tail gives single calls and events, the newest first.
type Tail interface {
	Feed(q lasso.FeedQuery) []lasso.FeedItem
}

// Board gives the states of chains as all nodes see them. It does not block.
type Board interface {
	// Views are the states on every known node, this one first.
	Views(p lasso.ProfileID) []lasso.NodeView
	// ChainStates are the worst of them, over all nodes or those of a place.
	ChainStates(p lasso.ProfileID, at lasso.Place) []lasso.ChainState
}

// Cluster tells what is known of the other nodes. It does not block.
type Cluster interface {
	State() lasso.Cluster
}

// Config is how the server behaves. The zero value of a field means its
// default.
type Config struct {
	Node        lasso.NodeID
	Region      string
	Version     string
	MaxBody     int           // bytes of one RPC body; default 8,000,000
	MaxInflight int64         // bytes of all RPC bodies being served; default 128 MiB
	ReadTimeout time.Duration // for a whole request; default 30 s
	IdleTimeout time.Duration // between requests of a connection; default 75 s
	Started     time.Time     // for the uptime; default: when New is called
	Now         func() time.Time
	Development bool // answers with status 500 show their cause, and there is a page of all components
	Playground  PlaygroundMode
	PathPrefix  string    // before every path, where a proxy serves Lasso below one: "/lasso"; see [ValidPathPrefix]
	AdminToken  string    // what operators sign in with, 16 to 256 bytes; empty: nobody may act
	Settings    []Setting // of the process, for the configuration page; without secrets

	// Unused are the keys of profiles that have no effect in this version, by
	// their place, such as "chains.websocket"; the configuration page says so.
	Unused []string

	// TrustedProxies are who may say for whom a request is, and whether it came
	// over TLS; see [ParseTrustedProxies]. Of all others that is ignored.
	TrustedProxies []netip.Prefix
}

func (c Config) withDefaults() Config {
	if c.MaxBody == 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.MaxInflight == 0 {
		c.MaxInflight = DefaultMaxInflight
	}
	if c.ReadTimeout == 0 {
		c.ReadTimeout = DefaultReadTimeout
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = DefaultIdleTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Started.IsZero() {
		c.Started = c.Now()
	}
	return c
}

// Validate reports every mistake at once.
func (c Config) Validate() error {
	var errs []error
	if c.MaxBody < 0 {
		errs = append(errs, errors.New("max body: must not be negative"))
	}
	if c.MaxInflight < 0 {
		errs = append(errs, errors.New("max in-flight bytes: must not be negative"))
	}
	if c.MaxInflight > 0 && c.MaxBody > 0 && c.MaxInflight < int64(c.MaxBody) {
		errs = append(errs, errors.New("max in-flight bytes: must hold at least one body"))
	}
	if n := len(c.AdminToken); n > 0 && (n < MinAdminToken || n > MaxAdminToken) {
		errs = append(errs, fmt.Errorf("admin token: must be %d to %d bytes", MinAdminToken, MaxAdminToken))
	}
	if c.ReadTimeout < 0 || c.IdleTimeout < 0 {
		errs = append(errs, errors.New("timeouts: must not be negative"))
	}
	if !ValidPathPrefix(c.PathPrefix) {
		errs = append(errs, fmt.Errorf("path prefix %q: must be like /lasso", c.PathPrefix))
	}
	return errors.Join(errs...)
}

// Deps are the parts the server speaks to. All but Changes are required.
type Deps struct {
	Router     Router
	States     States
	Catalogs   Catalogs
	Figures    Figures
	Board      Board
	Tail       Tail
	Cluster    Cluster
	Methods    Methods
	Operator   Operator
	Changes    Changes // nil: each poll of a page is drawn anew
	Metrics    prometheus.Gatherer
	Registerer prometheus.Registerer
	Log        *slog.Logger
}

func (d Deps) validate() error {
	var errs []error
	for name, missing := range map[string]bool{
		"router": d.Router == nil, "states": d.States == nil, "catalogs": d.Catalogs == nil,
		"figures": d.Figures == nil, "board": d.Board == nil, "tail": d.Tail == nil, "cluster": d.Cluster == nil, "methods": d.Methods == nil, "operator": d.Operator == nil, "metrics": d.Metrics == nil, "registerer": d.Registerer == nil, "log": d.Log == nil,
	} {
		if missing {
			errs = append(errs, fmt.Errorf("%s: required", name))
		}
	}
	return errors.Join(errs...)
}

// Server answers HTTP on one listener. Build it with [New].
type Server struct {
	cfg     Config
	deps    Deps
	log     *slog.Logger
	app     *fiber.App
	pages   fasthttp.RequestHandler // Fiber, for all that is not RPC
	calls   sync.Pool               // of *call
	buffers sync.Pool               // of *bytes.Buffer, for pages
	budget  budget
	idHead  string // random, so that ids of two nodes or starts do not meet
	idTail  atomic.Uint64
	edge    *edgeMetrics
	lobby   lobby
	files   *assets
	cpu     cpuMeter
	drawn   *drawn

	playground *playground
	sessions   sessions
	guesses    *guesses
	pause      func(time.Duration)                    // hold, but in tests
	unbelieved struct{ private, public atomic.Int64 } // when it was said last that a header was ignored, in Unix nanoseconds

	base context.Context // the lifetime of the calls in flight, which the server owns
	end  context.CancelFunc

	mu     sync.Mutex
	ln     net.Listener
	closed bool
}

// New builds a server. It starts nothing.
func New(cfg Config, deps Deps) (*Server, error) {
	if err := errors.Join(cfg.Validate(), deps.validate()); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	cfg = cfg.withDefaults()
	var seed [4]byte
	_, _ = rand.Read(seed[:]) // never fails
	s := &Server{
		cfg:    cfg,
		deps:   deps,
		log:    deps.Log.With("part", "web"),
		budget: budget{limit: cfg.MaxInflight},
		idHead: hex.EncodeToString(seed[:]),
		cpu:    cpuMeter{at: cfg.Started},
		drawn:  newDrawn(deps.Changes, quietFor),

		playground: newPlayground(),
		guesses:    newGuesses(),
	}
	s.pause = s.hold
	s.base, s.end = context.WithCancel(context.Background())
	s.calls.New = func() any { return new(call) }
	s.buffers.New = func() any { return new(bytes.Buffer) }
	var err error
	if s.edge, err = s.registerMetrics(deps.Registerer); err != nil {
		return nil, fmt.Errorf("web: register metrics: %w", err)
	}
	if s.files, err = loadAssets(); err != nil {
		return nil, fmt.Errorf("web: load assets: %w", err)
	}
	s.app = fiber.New(fiber.Config{
		Immutable:                    true,
		StrictRouting:                false,
		CaseSensitive:                true,
		BodyLimit:                    cfg.MaxBody,
		StreamRequestBody:            true, // so that a body is charged before it is read
		DisablePreParseMultipartForm: true,
		ReadTimeout:                  cfg.ReadTimeout,
		WriteTimeout:                 DefaultWriteLimit,
		IdleTimeout:                  cfg.IdleTimeout,
		ReadBufferSize:               maxHeaderBytes,
		DisableStartupMessage:        true,
		ErrorHandler:                 s.pageError,
	})
	s.routes(s.app)
	s.pages = s.app.Handler()

	// The RPC edge stands in front of Fiber: its copies, router and middleware
	// would cost a call more than the rest of the edge does.
	front := s.app.Server()
	front.Handler = s.serve
	front.ErrorHandler = s.wireError
	front.ConnState = s.lobby.observe
	front.CloseOnShutdown = true
	front.LazyRequestTime = true
	return s, nil
}

// Serve answers the connections of ln until Shutdown, and then returns nil. It
// closes ln. A server serves once.
func (s *Server) Serve(ln net.Listener) error {
	s.mu.Lock()
	if s.closed || s.ln != nil {
		s.mu.Unlock()
		return ln.Close()
	}
	s.ln = ln
	s.mu.Unlock()
	err := s.app.Listener(ln)
	if err == nil || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("serve %s: %w", ln.Addr(), err)
}

// Shutdown stops accepting and waits for the calls in flight. When ctx ends
// first, the calls are canceled and its error is returned.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.end()
	s.mu.Lock()
	s.closed = true
	ln := s.ln
	s.mu.Unlock()
	defer s.playground.load.wait(ctx)
	s.playground.load.close()
	if ln == nil {
		return nil
	}
	// Closed here too: Serve may not have handed it to the server yet.
	if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close listener: %w", err)
	}
	s.lobby.close()
	if err := s.app.ShutdownWithContext(ctx); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("wait for calls in flight: %w", err)
	}
	return nil
}
