package cluster

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/lasso-rpc/lasso"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f != nil {
		_ = f.Value.Set("4") // the tests wait more than they compute
	}
	goleak.VerifyTestMain(m)
}

// testLog is silent unless CLUSTER_TEST_LOG is set.
func testLog(t *testing.T, node string) *slog.Logger {
	t.Helper()
	w := io.Discard
	if os.Getenv("CLUSTER_TEST_LOG") != "" {
		w = os.Stderr
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})).With("on", node)
}

// node is a running member of a test's cluster.
type node struct {
	*Cluster
	stop func() error // graceful; waits
	kill func()       // without goodbye; waits
}

// testConfig is a Config with short timers on the loopback interface.
func testConfig(id string) Config {
	return Config{
		Info: func() lasso.NodeInfo {
			return lasso.NodeInfo{ID: lasso.NodeID(id), Region: "region-" + id, Version: "v1", Config: "c1", PublicURL: "https://" + id + ".example.com"}
		},
		Name: "test", Bind: "127.0.0.1",
		HealthInterval: 400 * time.Millisecond, HealthTimeout: 300 * time.Millisecond,
		BeatInterval: 100 * time.Millisecond, Presence: 50 * time.Millisecond,
		PollInterval: 100 * time.Millisecond, AskTimeout: time.Second,
	}
}

// start runs a node until the test ends.
func start(t *testing.T, cfg Config, before ...func(*Cluster)) *node {
	t.Helper()
	c, err := New(cfg, testLog(t, string(cfg.Info().ID)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range before {
		f(c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	ended := false
	n := &node{Cluster: c}
	n.stop = func() error {
		cancel()
		if ended {
			return nil
		}
		ended = true
		return <-done
	}
	n.kill = func() {
		if e, ok := c.engine.(*embedded); ok {
			e.srv.Shutdown()
		} else {
			c.nc.Close()
		}
		_ = n.stop()
	}
	t.Cleanup(func() {
		if err := n.stop(); err != nil {
			t.Errorf("Run of %s: %v", c.self, err)
		}
	})
	select {
	case <-c.Ready():
	case err := <-done:
		ended = true
		t.Fatalf("Run of %s: %v", c.self, err)
	case <-time.After(20 * time.Second):
		t.Fatalf("%s is not ready", c.self)
	}
	return n
}

// within fails the test unless cond holds in time. It returns how long it took.
func within(t *testing.T, limit time.Duration, what string, cond func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		if time.Since(began) > limit {
			t.Fatalf("not within %v: %s", limit, what)
		}
		<-tick.C
	}
	return time.Since(began)
}

// full tells whether every node sees n nodes, all responding.
func full(n int, nodes ...*node) func() bool {
	return func() bool {
		for _, node := range nodes {
			if c := node.Coverage(); c.Total != n || c.Responding != n {
				return false
			}
		}
		return true
	}
}

// sees returns how n knows the node with the id.
func (n *node) sees(id lasso.NodeID) lasso.Node {
	for _, o := range n.State().Nodes {
		if o.ID == id && !o.Self {
			return o
		}
	}
	return lasso.Node{}
}

func (n *node) stateOf(id lasso.NodeID, want lasso.NodeState) func() bool {
	return func() bool { return n.sees(id).State == want }
}

// trio starts three nodes that know each other.
func trio(t *testing.T, change func(*Config)) (a, b, c *node) {
	t.Helper()
	var meet Meeting
	var nodes []*node
	for _, id := range []string{"a", "b", "c"} {
		cfg := testConfig(id)
		cfg.Discoverer = &meet
		if change != nil {
			change(&cfg)
		}
		nodes = append(nodes, start(t, cfg))
	}
	within(t, 10*time.Second, "three nodes see each other", full(3, nodes...))
	for _, n := range nodes {
		// New addresses must not cost the engine its connection to us.
		if r := n.nc.Stats().Reconnects; r != 0 {
			t.Errorf("%s reconnected %d times to its own engine", n.self, r)
		}
	}
	return nodes[0], nodes[1], nodes[2]
}

func addrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// Static is a Discoverer with a fixed list.
func Static(addresses ...netip.AddrPort) Discoverer { return static(addresses) }

type static []netip.AddrPort

func (static) Name() string { return "static" }

func (s static) Run(ctx context.Context, _ Endpoint, found func(Found)) error {
	found(Found{Addresses: slices.Clone(s)})
	<-ctx.Done()
	return nil
}
