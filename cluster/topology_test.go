package cluster

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

var epoch = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// at returns the time n seconds after the epoch.
func at(n int) time.Time { return epoch.Add(time.Duration(n) * time.Second) }

func identity(id, boot string) lasso.NodeInfo {
	return lasso.NodeInfo{ID: lasso.NodeID(id), Boot: lasso.BootID(boot), Region: "r-" + id}
}

// TestTopologyTable plays scripts of "what boot arguments" and compares the
// states that follow and the events they leave.
func TestTopologyTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		script []string // one a second
		states string   // id/boot=state, with * for duplicates
		events string
	}{
		{"joins", []string{"join b 1"}, "b/1=connected", "node_connected"},
		{"is asked", []string{"join b 1", "asking 1"}, "b/1=discovering", "node_connected node_state_change"},
		{
			"responds",
			[]string{"join b 1", "asking 1", "ok b 1"},
			"b/1=responding",
			"node_connected node_state_change node_identified node_state_change",
		},
		{
			"answers a check before it is asked",
			[]string{"join b 1", "ok b 1"},
			"b/1=responding",
			"node_connected node_identified node_state_change",
		},
		{"two failures are too few", []string{"join b 1", "ok b 1", "fail 1", "fail 1"}, "b/1=responding", "node_connected node_identified node_state_change"},
		{
			"three failures",
			[]string{"join b 1", "ok b 1", "fail 1", "fail 1", "fail 1"},
			"b/1=unresponsive",
			"node_connected node_identified node_state_change node_state_change",
		},
		{"a success in between", []string{"join b 1", "ok b 1", "fail 1", "fail 1", "ok b 1", "fail 1", "fail 1"}, "b/1=responding", "node_connected node_identified node_state_change"},
		{
			"recovers",
			[]string{"join b 1", "ok b 1", "fail 1", "fail 1", "fail 1", "ok b 1"},
			"b/1=responding",
			"node_connected node_identified node_state_change node_state_change node_state_change",
		},
		{
			"never says who it is",
			[]string{"join b 1", "asking 1", "fail 1", "fail 1", "fail 1"},
			"b/1=unresponsive",
			"node_connected node_state_change node_state_change",
		},
		{
			"leaves",
			[]string{"join b 1", "ok b 1", "left 1"},
			"b/1=disconnected",
			"node_connected node_identified node_state_change node_disconnected",
		},
		{
			"comes back",
			[]string{"join b 1", "ok b 1", "left 1", "join b 1"},
			"b/1=connected",
			"node_connected node_identified node_state_change node_disconnected node_connected",
		},
		{
			"does not come back after a goodbye",
			[]string{"join b 1", "ok b 1", "bye 1", "join b 1"},
			"b/1=disconnected",
			"node_connected node_identified node_state_change node_disconnected",
		},
		{"leaves once", []string{"join b 1", "left 1", "left 1", "bye 1"}, "b/1=disconnected", "node_connected node_disconnected"},
		{"a late answer revives nothing", []string{"join b 1", "left 1", "ok b 1", "fail 1"}, "b/1=disconnected", "node_connected node_disconnected"},
		{"an unknown one changes nothing", []string{"ok b 1", "fail 1", "left 1", "asking 1", "heard 1"}, "", ""},
		{"itself is no other node", []string{"join a self"}, "", ""},
		{
			"a restart replaces the old process",
			[]string{"join b 1", "ok b 1", "left 1", "join b 2", "ok b 2"},
			"b/2=responding",
			"node_connected node_identified node_state_change node_disconnected node_connected node_identified node_state_change",
		},
		{
			"a restart before the old one is missed",
			[]string{"join b 1", "ok b 1", "join b 2", "ok b 2", "heard 2", "left 1"},
			"b/2=responding",
			"node_connected node_identified node_state_change node_connected node_identified node_state_change node_disconnected",
		},
		{
			"one that did not leave yet is no duplicate",
			[]string{"join b 1", "ok b 1", "join b 2", "ok b 2", "heard 2"},
			"b/1=responding b/2=responding",
			"node_connected node_identified node_state_change node_connected node_identified node_state_change",
		},
		{
			"two that live are duplicates",
			[]string{"join b 1", "ok b 1", "join b 2", "ok b 2", "heard 2", "heard 1"},
			"b/1=responding* b/2=responding*",
			"node_connected node_identified node_state_change node_connected node_identified node_state_change",
		},
		{
			"until one leaves",
			[]string{"join b 1", "ok b 1", "join b 2", "ok b 2", "heard 2", "heard 1", "left 2"},
			"b/1=responding",
			"node_connected node_identified node_state_change node_connected node_identified node_state_change node_disconnected",
		},
		{"one with our id", []string{"join a 1", "ok a 1"}, "a/1=responding*", "node_connected node_identified node_state_change"},
		{"one with our id that leaves", []string{"join a 1", "ok a 1", "left 1"}, "", "node_connected node_identified node_state_change node_disconnected"},
		{"known for a day", []string{"join b 1", "ok b 1", "left 1", "expire 86399"}, "b/1=disconnected", "node_connected node_identified node_state_change node_disconnected"},
		{"and no longer", []string{"join b 1", "ok b 1", "left 1", "expire 86403"}, "", "node_connected node_identified node_state_change node_disconnected"},
		{"one that lives is never forgotten", []string{"join b 1", "ok b 1", "expire 999999"}, "b/1=responding", "node_connected node_identified node_state_change"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			topo := newTopology("a", "self", 3, 24*time.Hour)
			for i, line := range c.script {
				play(t, topo, line, i)
			}
			var states, events []string
			for _, n := range topo.list() {
				s := fmt.Sprintf("%s/%s=%s", n.ID, n.Boot, n.State)
				if n.Duplicate {
					s += "*"
				}
				states = append(states, s)
			}
			for _, ev := range topo.take() {
				events = append(events, string(ev.Kind))
			}
			if got := strings.Join(states, " "); got != c.states {
				t.Errorf("states %q, want %q", got, c.states)
			}
			if got := strings.Join(events, " "); got != c.events {
				t.Errorf("events %q, want %q", got, c.events)
			}
		})
	}
}

func play(t *testing.T, topo *topology, line string, second int) {
	t.Helper()
	w := append(strings.Fields(line), "", "")
	now := at(second)
	switch w[0] {
	case "join":
		topo.joined(lasso.NodeID(w[1]), lasso.BootID(w[2]), now)
	case "asking":
		topo.asking(lasso.BootID(w[1]), now)
	case "ok":
		topo.answered(identity(w[1], w[2]), nil, time.Millisecond, 0, now)
	case "fail":
		topo.failed(lasso.BootID(w[1]), "no answer within 5 s", now)
	case "heard":
		topo.heard(lasso.BootID(w[1]), nil, now)
	case "left":
		topo.left(lasso.BootID(w[1]), "gone", false, now)
	case "bye":
		topo.left(lasso.BootID(w[1]), "it said goodbye", true, now)
	case "expire":
		n := 0
		_, _ = fmt.Sscan(w[1], &n)
		topo.expire(at(n))
	default:
		t.Fatalf("what is %q?", line)
	}
}

func TestTopologyReasons(t *testing.T) {
	t.Parallel()
	topo := newTopology("a", "self", 3, 24*time.Hour)
	reason := func() string { return topo.nodes["1"].node.Reason }
	topo.joined("b", "1", at(0))
	topo.asking("1", at(0))
	topo.puzzled("1", "no answer within 2 s")
	if got := reason(); got != "it did not say who it is yet: no answer within 2 s" {
		t.Errorf("puzzled: %q", got)
	}
	topo.answered(identity("b", "1"), nil, 2*time.Millisecond, time.Second, at(1))
	if n := topo.nodes["1"].node; n.Reason != "" || n.RTT != 2*time.Millisecond || n.Skew != time.Second || n.LastSeen != at(1) || n.Since != at(1) {
		t.Errorf("answered: %+v", n)
	}
	for range 3 {
		topo.failed("1", "no answer within 5 s", at(2))
	}
	if got := reason(); got != "3 of 3 health checks failed, last: no answer within 5 s" {
		t.Errorf("failed: %q", got)
	}
	topo.failed("1", "no answer within 5 s", at(3))
	if n := topo.nodes["1"].node; n.Reason != "4 health checks in a row failed, last: no answer within 5 s" || n.Since != at(2) || n.Failures != 4 {
		t.Errorf("failed again: %+v", n)
	}
	generation := topo.generation
	topo.left("1", "gone", false, at(4))
	topo.joined("b", "1", at(5))
	topo.answered(identity("b", "1"), nil, 0, 0, at(6))
	if topo.generation != generation+1 {
		t.Errorf("generation grew by %d, want 1: it was unresponsive when it left", topo.generation-generation)
	}
}

// TestTopologyAlwaysHolds plays random scripts and checks what always holds.
func TestTopologyAlwaysHolds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		steps := make([]byte, 200)
		for i := range steps {
			steps[i] = byte(r.Uint32())
		}
		holds(t, steps)
	}
}

func FuzzTopology(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7})
	f.Fuzz(func(t *testing.T, steps []byte) { holds(t, steps) })
}

func holds(t *testing.T, steps []byte) {
	t.Helper()
	topo := newTopology("a", "self", 3, 50*time.Second)
	events := []lasso.TopologyEvent{}
	last := map[lasso.BootID]lasso.NodeState{}
	for i, s := range steps {
		id := string(rune('a' + s>>3&3))
		boot := id + string(rune('0'+s>>5&1))
		verb := [...]string{"join " + id + " " + boot, "asking " + boot, "ok " + id + " " + boot, "fail " + boot, "heard " + boot, "left " + boot, "bye " + boot, fmt.Sprint("expire ", i)}[s&7]
		generation := topo.generation
		responding := topo.coverage().Responding
		play(t, topo, verb, i)
		if topo.coverage().Responding != responding && topo.generation <= generation {
			t.Fatalf("step %d (%s): %d nodes respond after %d, the generation stays %d", i, verb, topo.coverage().Responding, responding, generation)
		}
		for _, ev := range topo.take() {
			events = append(events, ev)
			if ev.Seq != uint64(len(events)) {
				t.Fatalf("step %d (%s): event %d has number %d", i, verb, len(events), ev.Seq)
			}
			if ev.Kind == lasso.NodeIdentified {
				continue
			}
			if was := last[ev.Boot]; was != ev.From && was != lasso.NodeDisconnected {
				t.Fatalf("step %d (%s): event from %s, the node was %s", i, verb, ev.From, was)
			}
			if ev.From == ev.To {
				t.Fatalf("step %d (%s): event from %s to itself", i, verb, ev.From)
			}
			last[ev.Boot] = ev.To
		}
		cov := topo.coverage()
		if cov.Total != len(topo.nodes)+1 || cov.Responding+len(cov.Missing) != cov.Total {
			t.Fatalf("step %d (%s): coverage %+v of %d nodes", i, verb, cov, len(topo.nodes))
		}
		gone := map[lasso.NodeID]int{}
		for _, n := range topo.list() {
			if n.State == lasso.NodeUnset || n.Since.IsZero() || n.State != last[n.Boot] {
				t.Fatalf("step %d (%s): %+v, by its events it is %s", i, verb, n, last[n.Boot])
			}
			if n.State == lasso.NodeDisconnected {
				gone[n.ID]++
			}
			if n.State == lasso.NodeUnresponsive && n.Failures < 3 || n.State == lasso.NodeResponding && n.Failures >= 3 {
				t.Fatalf("step %d (%s): %s after %d failures", i, verb, n.State, n.Failures)
			}
		}
		for _, n := range topo.list() {
			if gone[n.ID] > 0 && (n.State != lasso.NodeDisconnected || gone[n.ID] > 1) {
				t.Fatalf("step %d (%s): a process that was replaced is still listed: %+v", i, verb, topo.list())
			}
		}
	}
	if len(topo.history) > maxHistory || !slices.Equal(topo.history, events[len(events)-len(topo.history):]) {
		t.Fatal("the history is not the newest events")
	}
}

func TestTopologyIsBounded(t *testing.T) {
	t.Parallel()
	topo := newTopology("a", "self", 3, 24*time.Hour)
	for i := range 2 * maxNodes {
		topo.joined(lasso.NodeID(fmt.Sprint("n", i)), lasso.BootID(strconv.Itoa(i)), at(i))
	}
	if len(topo.nodes) != maxNodes {
		t.Errorf("%d nodes, want %d", len(topo.nodes), maxNodes)
	}
	topo.left("7", "gone", false, at(9000))
	topo.left("8", "gone", false, at(9001))
	if !topo.joined("late", "late", at(9002)) || topo.nodes["7"] != nil || topo.nodes["8"] == nil {
		t.Error("the one that left first does not make room")
	}
	if len(topo.events()) != maxHistory || topo.events()[0].Seq != topo.seq {
		t.Errorf("%d events, newest %d of %d", len(topo.events()), topo.events()[0].Seq, topo.seq)
	}
}
