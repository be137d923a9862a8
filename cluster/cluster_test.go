package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

func TestGoodbyeAndKill(t *testing.T) {
	t.Parallel()
	a, b, c := trio(t, func(cfg *Config) { cfg.Secret = []byte("a secret of sixteen bytes or more") })
	if got := a.State(); got.Security != "secret" || got.Name != "test" || got.Nodes[0].ID != "a" || !got.Nodes[0].Self {
		t.Errorf("state of a = %+v", got)
	}
	if got := a.sees("b").PublicURL; got != "https://b.example.com" {
		t.Errorf("a knows b at %q", got)
	}
	generation := a.Generation()
	if err := b.stop(); err != nil {
		t.Fatal(err)
	}
	took := within(t, time.Second, "a sees b leave", a.stateOf("b", lasso.NodeDisconnected))
	if n := a.sees("b"); !strings.Contains(n.Reason, "goodbye") {
		t.Errorf("b left: %q, want a goodbye", n.Reason)
	}
	t.Logf("goodbye seen after %v", took)
	if a.Generation() <= generation {
		t.Error("the generation did not grow when a node left")
	}
	c.kill()
	took = within(t, 3*time.Second, "a sees c go", a.stateOf("c", lasso.NodeDisconnected))
	t.Logf("kill seen after %v: %s", took, a.sees("c").Reason)
	if cov := a.Coverage(); cov.Responding != 1 || cov.Total != 3 || !slices.Equal(cov.Missing, []lasso.NodeID{"b", "c"}) {
		t.Errorf("coverage = %+v", cov)
	}
	var seqs []uint64
	for _, ev := range a.State().Events {
		seqs = append(seqs, ev.Seq)
	}
	for i, s := range seqs {
		if s != uint64(len(seqs)-i) {
			t.Fatalf("sequence numbers %v, want no gaps", seqs)
		}
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	var meet Meeting
	block := make(chan struct{})
	var nodes []*node
	for _, id := range []string{"a", "b", "c"} {
		cfg := testConfig(id)
		cfg.Discoverer = &meet
		cfg.MaxPayload = 256 << 10
		nodes = append(nodes, start(t, cfg, func(c *Cluster) {
			c.Handle("echo", func(_ context.Context, body []byte) ([]byte, error) {
				return []byte(id + ":" + string(body)), nil
			})
			c.Handle("fail", func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no figures") })
			c.Handle("panic", func(context.Context, []byte) ([]byte, error) { panic("oh") })
			c.Handle("big", func(context.Context, []byte) ([]byte, error) { return make([]byte, 1<<20), nil })
			if id == "b" {
				c.Handle("only b", func(context.Context, []byte) ([]byte, error) { return []byte("b"), nil })
			}
			c.Handle("slow on c", func(context.Context, []byte) ([]byte, error) {
				if id == "c" {
					<-block
				}
				return []byte(id), nil
			})
		}))
	}
	within(t, 10*time.Second, "mesh", full(3, nodes...))
	a := nodes[0]

	poll := a.Ask(t.Context(), "echo", []byte("x"))
	if got := bodies(poll); got != "b:x c:x" || len(poll.Missing) != 0 {
		t.Errorf("echo = %q, missing %v", got, poll.Missing)
	}
	for _, c := range []struct{ question, replies, reason string }{
		{"unknown", "", `does not know the question "unknown"`},
		{"only b", "b", `does not know the question "only b"`},
		{"fail", "", "could not answer: no figures"},
		{"panic", "", "its handler failed"},
		{"big", "", "its answer has 1048576 bytes, the limit is 245760"},
		{"slow on c", "b", "no answer within 1 s"},
		{"_hello", "", "is no question"},
	} {
		poll := a.Ask(t.Context(), c.question, nil)
		if got := bodies(poll); got != c.replies || len(poll.Missing)+len(poll.Replies) != 2 {
			t.Errorf("%s: replies %q, missing %v", c.question, got, poll.Missing)
			continue
		}
		for _, m := range poll.Missing {
			if !strings.Contains(m.Reason, c.reason) {
				t.Errorf("%s: %s is missing because %q, want %q", c.question, m.Node, m.Reason, c.reason)
			}
		}
	}
	close(block)
	if r, err := a.AskNode(t.Context(), "c", "echo", []byte("y")); err != nil || string(r.Body) != "c:y" || r.Region != "region-c" {
		t.Errorf("AskNode = %+v, %v", r, err)
	}
	if _, err := a.AskNode(t.Context(), "nobody", "echo", nil); err == nil {
		t.Error("AskNode of an unknown node gives no error")
	}
	began := time.Now()
	a.Ask(t.Context(), "echo", nil)
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("Ask took %v though all answered", took)
	}
	nodes[1].kill()
	within(t, 3*time.Second, "a sees b go", a.stateOf("b", lasso.NodeDisconnected))
	poll = a.Ask(t.Context(), "echo", nil)
	if len(poll.Missing) != 1 || !strings.HasPrefix(poll.Missing[0].Reason, "disconnected since ") {
		t.Errorf("missing = %+v", poll.Missing)
	}
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	if poll := a.Ask(t.Context(), "echo", nil); len(poll.Replies) != 0 || len(poll.Missing) != 2 {
		t.Errorf("Ask after the end = %+v", poll)
	}
}

func bodies(p lasso.Poll) string {
	var all []string
	for _, r := range p.Replies {
		all = append(all, string(r.Body))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// TestLeaveWhileAsked checks that nobody waits for a node that left.
func TestLeaveWhileAsked(t *testing.T) {
	t.Parallel()
	var meet Meeting
	asked := make(chan struct{}, 1)
	var nodes []*node
	for _, id := range []string{"a", "b"} {
		cfg := testConfig(id)
		cfg.Discoverer = &meet
		cfg.AskTimeout = 20 * time.Second
		nodes = append(nodes, start(t, cfg, func(c *Cluster) {
			c.Handle("wait", func(ctx context.Context, _ []byte) ([]byte, error) {
				asked <- struct{}{}
				<-ctx.Done()
				return nil, ctx.Err()
			})
		}))
	}
	within(t, 10*time.Second, "mesh", full(2, nodes...))
	polls := make(chan lasso.Poll, 1)
	began := time.Now()
	go func() { polls <- nodes[0].Ask(context.Background(), "wait", nil) }()
	<-asked
	nodes[1].kill()
	p := <-polls
	if time.Since(began) > 5*time.Second || len(p.Missing) != 1 {
		t.Errorf("after %v: %+v", time.Since(began), p)
	}
}

func TestFrozen(t *testing.T) {
	t.Parallel()
	var meet Meeting
	freeze := make(chan struct{})
	frozen := make(chan bool, 1)
	cfgA, cfgB := testConfig("a"), testConfig("b")
	cfgA.Discoverer, cfgB.Discoverer = &meet, &meet
	info := cfgB.Info
	cfgB.Info = func() lasso.NodeInfo {
		select {
		case f := <-frozen:
			frozen <- f
			<-freeze
		default:
		}
		return info()
	}
	a, b := start(t, cfgA), start(t, cfgB)
	within(t, 10*time.Second, "mesh", full(2, a, b))
	events, stop := a.Subscribe(16)
	defer stop()
	frozen <- true
	within(t, 10*time.Second, "b is unresponsive", a.stateOf("b", lasso.NodeUnresponsive))
	if r := a.sees("b").Reason; r != "3 of 3 health checks failed, last: no answer within 300 ms" {
		t.Errorf("reason %q", r)
	}
	if poll := a.Ask(t.Context(), "x", nil); len(poll.Missing) != 1 || !strings.HasPrefix(poll.Missing[0].Reason, "unresponsive since ") {
		t.Errorf("missing %+v", poll.Missing)
	}
	<-frozen
	close(freeze)
	within(t, 5*time.Second, "b responds again", a.stateOf("b", lasso.NodeResponding))
	ev := <-events
	if ev.Kind != lasso.NodeStateChanged || ev.From != lasso.NodeResponding || ev.To != lasso.NodeUnresponsive {
		t.Errorf("first event %+v", ev)
	}
}

func TestPubSub(t *testing.T) {
	t.Parallel()
	a, b, c := trio(t, nil)
	got := make(chan string, 16)
	if a.Interested("events") {
		t.Error("somebody is interested before anyone listens")
	}
	stopB := b.Listen("events", func(from Sender, body []byte) { got <- "b<" + string(from.Node) + from.Region + string(body) })
	stopC := c.Listen("events", func(from Sender, body []byte) { got <- "c<" + string(from.Node) + from.Region + string(body) })
	within(t, 5*time.Second, "a and b know of an interest", func() bool { return a.Interested("events") && b.Interested("events") })
	within(t, 5*time.Second, "a knows of both", func() bool { return (*a.interest.Load())["events"] == 2 })
	if err := b.Publish("events", []byte("!")); err != nil {
		t.Fatal(err)
	}
	if m := <-got; m != "c<bregion-b!" {
		t.Errorf("got %q", m)
	}
	if err := a.Publish("events", []byte("?")); err != nil {
		t.Fatal(err)
	}
	all := []string{<-got, <-got}
	slices.Sort(all)
	if want := []string{"b<aregion-a?", "c<aregion-a?"}; !slices.Equal(all, want) {
		t.Errorf("got %q, want %q", all, want)
	}
	stopB()
	stopC()
	within(t, 5*time.Second, "nobody is interested", func() bool { return !a.Interested("events") })
	if err := a.Publish("", nil); err == nil {
		t.Error("published without a topic")
	}
	if err := a.Publish("x", make([]byte, 9<<20)); err == nil {
		t.Error("published 9 MiB")
	}
}

func TestRestartAndDuplicate(t *testing.T) {
	t.Parallel()
	var meet Meeting
	config := func(id string) Config {
		cfg := testConfig(id)
		cfg.Discoverer = &meet
		return cfg
	}
	a, b := start(t, config("a")), start(t, config("b"))
	within(t, 10*time.Second, "mesh", full(2, a, b))
	b.kill()
	within(t, 3*time.Second, "b is gone", a.stateOf("b", lasso.NodeDisconnected))
	b = start(t, config("b"))
	within(t, 10*time.Second, "b is back", full(2, a, b))
	if n := len(a.State().Nodes); n != 2 {
		t.Errorf("a knows %d nodes, want 2: a restart replaces the old process", n)
	}
	twin := start(t, config("b"))
	flagged := func() bool {
		n := 0
		for _, o := range a.State().Nodes {
			if o.Duplicate {
				n++
			}
		}
		return n == 2
	}
	within(t, 5*time.Second, "a flags both", flagged)
	within(t, 5*time.Second, "b sees its twin", func() bool { s := b.State(); return s.Nodes[0].Duplicate && b.sees("b").Duplicate })
	_ = twin.stop()
	within(t, 5*time.Second, "the flag goes with the twin", func() bool { return !a.sees("b").Duplicate && !b.State().Nodes[0].Duplicate && full(2, a, b)() })
}

func TestSubscribeNeverBlocks(t *testing.T) {
	t.Parallel()
	var meet Meeting
	cfg := testConfig("a")
	cfg.Discoverer = &meet
	a := start(t, cfg)
	_, stop := a.Subscribe(1)
	for i := range 3 {
		cfg := testConfig(fmt.Sprint("n", i))
		cfg.Discoverer = &meet
		start(t, cfg)
	}
	within(t, 10*time.Second, "mesh", full(4, a))
	if a.counts.lostEvents.Load() == 0 {
		t.Error("no lost events are counted")
	}
	stop()
	stop()
}
