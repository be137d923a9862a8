package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/cluster"
	"github.com/lasso-rpc/lasso/profiles"
	"github.com/lasso-rpc/lasso/proxy"
	"github.com/lasso-rpc/lasso/store"
	"github.com/lasso-rpc/lasso/web"
)

// node is one running process: the parts, introduced to each other.
type node struct {
	log     *slog.Logger
	ln      net.Listener
	id      lasso.NodeID
	region  string
	public  string // where browsers reach it; empty: not known
	started time.Time
	store   *store.Store
	proxy   *proxy.Proxy
	config  *config
	cluster *cluster.Cluster // nil: the node is alone
	figures *store.MetricsStore
	board   *store.Board
	tail    *store.Tail
	server  *web.Server
	cpu     cpuMeter

	below, above []part // run beside the node's own parts: below start first and stop last, above the other way round
}

// newNode binds the address, loads the configuration and builds the parts. It
// starts nothing; the caller ends it with serve or closes its listener.
// With peers nil it is alone.
func newNode(ctx context.Context, flags *nodeFlags, peers *cluster.Config, load loader, errs io.Writer) (n *node, err error) {
	if err = flags.check(); err != nil {
		return nil, err
	}
	trusted, err := web.ParseTrustedProxies(flags.TrustedProxies)
	if err != nil {
		return nil, err
	}
	token, err := flags.adminToken(os.Getenv)
	if err != nil {
		return nil, err
	}
	log, err := flags.logger(errs)
	if err != nil {
		return nil, err
	}
	addr, err := flags.listenAddress()
	if err != nil {
		return nil, err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (choose another with --listen): %w", addr, err)
	}
	defer func() {
		if err != nil {
			_ = ln.Close()
		}
	}()
	n = &node{log: log, ln: ln, region: flags.Region, public: flags.PublicURL, started: time.Now()}
	n.cpu.at = n.started
	if n.id, err = flags.nodeID(ln.Addr()); err != nil {
		return nil, err
	}
	if n.region == "" {
		n.region = string(n.id)
	}
	n.store = store.New(store.Config{Node: n.id, Region: n.region, Runtime: n.runtime, Links: n.links})
	n.proxy = proxy.New(proxy.Config{MaxBatch: flags.MaxBatch, Version: version()}, n.store, log.With("part", "proxy"))
	n.config = &config{load: load, router: n.proxy, events: n.store, log: log.With("part", "config")}
	if err = n.config.first(); err != nil {
		return nil, err
	}
	if err = n.join(peers); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(n.store, n.proxy, n.figures, n.tail, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if n.cluster != nil {
		registry.MustRegister(n.cluster)
	}
	n.server, err = web.New(
		web.Config{
			Node: n.id, Region: n.region, Version: version(), MaxInflight: flags.MaxInflightBytes, Started: n.started, PathPrefix: flags.PathPrefix,
			Development: flags.Development || unreleased(version()), Playground: flags.playgroundMode(web.PlaygroundRead),
			AdminToken: token, TrustedProxies: trusted, Unused: profiles.Unused(), Settings: n.shownSettings(flags),
		},
		web.Deps{
			Router: n.proxy, States: n.proxy, Catalogs: n.config,
			Figures: n.figures, Board: n.board, Tail: n.tail, Cluster: n.members(), Methods: methodTable{}, Operator: n.proxy, Changes: changes{n},
			Metrics: registry, Registerer: registry, Log: log,
		})
	if err != nil {
		return nil, err
	}
	return n, nil
}

// serve runs the node until ctx ends. profilesDir is watched when not empty;
// hangup carries SIGHUP.
func (n *node) serve(ctx context.Context, profilesDir string, hangup <-chan os.Signal) error {
	c := newCrew(n.log)
	for _, p := range n.below {
		c.start(p)
	}
	c.start(part{name: "store", run: n.store.Run})
	c.start(part{name: "probes", run: n.proxy.Run})
	c.start(part{name: "history", run: n.observe})
	c.start(part{name: "figures of all nodes", run: n.figures.Run})
	c.start(part{name: "states of all nodes", run: n.board.Run})
	c.start(part{name: "activity of all nodes", run: n.tail.Run})
	if n.cluster != nil {
		c.start(part{name: "cluster", run: n.runCluster})
	}
	watcher := profiles.NewWatcher(profilesDir, hangup, n.config.Reload, n.log.With("part", "config"))
	c.start(part{name: "configuration watch", run: watcher.Run})
	c.start(part{
		name: "server",
		run:  func(context.Context) error { return n.server.Serve(n.ln) },
		stop: n.shutdown,
	})
	for _, p := range n.above {
		c.start(p)
	}
	return c.wait(ctx)
}

// shutdown ends the server. Calls that do not end in time are cut off, which is
// no failure of the stop.
func (n *node) shutdown(ctx context.Context) error {
	err := n.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		n.log.Warn("calls in flight were cut off", "limit", stopLimit.String())
		return nil
	}
	return err
}

// observe feeds the history strips.
func (n *node) observe(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			catalog := n.proxy.Catalog()
			for _, p := range catalog.Profiles {
				for _, chain := range n.proxy.ChainStates(p.Slug) {
					n.store.Observe(now, chain.Providers)
				}
			}
		}
	}
}

// greet prints what to open.
func (n *node) greet(w io.Writer) error {
	catalog := n.proxy.Catalog()
	chains, providers := 0, 0
	for _, p := range catalog.Profiles {
		chains += len(p.Chains)
		for _, c := range p.Chains {
			providers += len(c.Providers)
		}
	}
	base := "http://" + n.ln.Addr().String()
	if host, port, err := net.SplitHostPort(n.ln.Addr().String()); err == nil && (host == "::" || host == "0.0.0.0") {
		base = "http://" + net.JoinHostPort("localhost", port)
	}
	example := base + "/rpc/PROFILE/CHAIN"
	profile, ok := catalog.Default()
	if ok && len(profile.Chains) > 0 {
		example = fmt.Sprintf("%s/rpc/%s/%s", base, profile.Slug, profile.Chains[0].Key)
	}
	_, err := fmt.Fprintf(w, `lasso %s, node %s: %s, %s, %s

  Dashboard  %s/dashboard
  JSON-RPC   %s
  Readiness  %s/api/ready
  Metrics    %s/metrics

Ctrl-C stops.
`, version(), n.id, plural(len(catalog.Profiles), "profile"), plural(chains, "chain"), plural(providers, "provider"), base, example, base, base)
	return err
}
