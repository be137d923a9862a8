package cluster

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
)

// maxNodes bounds how many other nodes are known at a time.
const maxNodes = 1024

// maxHistory bounds the events that are kept.
const maxHistory = 256

// topology is what this node knows of the others: a state machine without
// input or output, which is told what happened and when. It is not safe for
// concurrent use.
//
// Its nodes are processes, by boot id. A process that left and came back under
// a new boot id replaces the old one.
type topology struct {
	self     lasso.NodeID
	boot     lasso.BootID
	failures int           // failed checks in a row that make a node unresponsive
	keep     time.Duration // how long one that left stays known

	nodes      map[lasso.BootID]*entry
	next       time.Time // when all are checked next
	seq        uint64
	generation uint64
	history    []lasso.TopologyEvent // oldest first, at most maxHistory
	fresh      []lasso.TopologyEvent // not yet taken
	selfTwin   bool                  // another live process has our id
	notes      []lasso.NodeID        // ids that were found to be used twice, not yet taken
}

// entry is one other process.
type entry struct {
	node   lasso.Node
	named  time.Time // when it said who it is; zero: it did not
	heard  time.Time // its last sign of life
	bye    bool      // it said goodbye: nothing brings this boot back
	topics []string  // what it listens to
}

func newTopology(self lasso.NodeID, boot lasso.BootID, failures int, keep time.Duration) *topology {
	return &topology{
		self: self, boot: boot, failures: failures, keep: keep,
		nodes: map[lasso.BootID]*entry{},
	}
}

func (e *entry) live() bool { return e.node.State != lasso.NodeDisconnected }

// joined notes that the mesh reaches a process. It reports whether that is
// news: the process is then to be asked who it is.
func (t *topology) joined(id lasso.NodeID, boot lasso.BootID, now time.Time) bool {
	if boot == t.boot {
		return false
	}
	e := t.nodes[boot]
	if e != nil && (e.live() || e.bye) {
		return false
	}
	if e == nil {
		if !t.room() {
			return false
		}
		e = &entry{node: lasso.Node{NodeInfo: lasso.NodeInfo{ID: id, Boot: boot}}}
		t.nodes[boot] = e
	}
	e.heard = now
	e.named = time.Time{}
	from := e.node.State
	e.node.State, e.node.Since, e.node.Reason = lasso.NodeConnected, now, "the mesh reaches it"
	e.node.Failures, e.node.Next, e.node.RTT, e.node.Skew = 0, t.next, 0, 0
	t.event(e, lasso.NodeJoined, from, lasso.NodeConnected, now)
	t.supersede(e)
	t.twins(e.node.ID)
	return true
}

// room makes sure that one more node fits, if need be by forgetting the one
// that left first.
func (t *topology) room() bool {
	if len(t.nodes) < maxNodes {
		return true
	}
	var oldest *entry
	for _, e := range t.nodes {
		if !e.live() && (oldest == nil || e.node.Since.Before(oldest.node.Since)) {
			oldest = e
		}
	}
	if oldest == nil {
		return false
	}
	delete(t.nodes, oldest.node.Boot)
	return true
}

// asking notes that a process is being asked who it is.
func (t *topology) asking(boot lasso.BootID, now time.Time) {
	if e := t.nodes[boot]; e != nil && e.node.State == lasso.NodeConnected {
		t.move(e, lasso.NodeDiscovering, "it is being asked who it is", now)
	}
}

// answered notes that a process said who it is, which is also what passing a
// health check comes to.
func (t *topology) answered(info lasso.NodeInfo, topics []string, rtt, skew time.Duration, now time.Time) {
	e := t.nodes[info.Boot]
	if e == nil || !e.live() {
		return
	}
	before := e.node.ID
	e.node.NodeInfo = info
	e.topics = topics
	e.node.LastSeen, e.heard = now, now
	e.node.Failures = 0
	e.node.RTT, e.node.Skew = rtt, skew
	if e.named.IsZero() {
		e.named = now
		t.event(e, lasso.NodeIdentified, lasso.NodeUnset, lasso.NodeUnset, now)
		t.supersede(e)
	}
	if e.node.State != lasso.NodeResponding {
		reason := "it said who it is"
		if e.node.State == lasso.NodeUnresponsive {
			reason = "it answers again after " + e.node.Reason
		}
		t.move(e, lasso.NodeResponding, reason, now)
		e.node.Reason = ""
	}
	t.twins(before)
	t.twins(info.ID)
}

// failed notes that a process did not answer a health check, or not well.
func (t *topology) failed(boot lasso.BootID, why string, now time.Time) {
	e := t.nodes[boot]
	if e == nil || !e.live() {
		return
	}
	e.node.Failures++
	reason := fmt.Sprintf("%d of %d health checks failed, last: %s", min(e.node.Failures, t.failures), t.failures, why)
	switch {
	case e.node.Failures < t.failures:
		if e.node.State != lasso.NodeUnresponsive {
			e.node.Reason = reason
		}
	case e.node.State == lasso.NodeUnresponsive:
		e.node.Reason = fmt.Sprintf("%d health checks in a row failed, last: %s", e.node.Failures, why)
	default:
		t.move(e, lasso.NodeUnresponsive, reason, now)
	}
}

// puzzled notes why a process that is being asked who it is did not say so yet.
func (t *topology) puzzled(boot lasso.BootID, why string) {
	if e := t.nodes[boot]; e != nil && e.node.State == lasso.NodeDiscovering {
		e.node.Reason = "it did not say who it is yet: " + why
	}
}

// heard notes a sign of life, and what the process listens to.
func (t *topology) heard(boot lasso.BootID, topics []string, now time.Time) {
	e := t.nodes[boot]
	if e == nil || !e.live() {
		return
	}
	e.heard = now
	e.topics = topics
	t.twins(e.node.ID)
}

// left notes that the mesh does not reach a process any more. With bye it said
// so itself, and is not expected back.
func (t *topology) left(boot lasso.BootID, why string, bye bool, now time.Time) {
	e := t.nodes[boot]
	if e == nil {
		return
	}
	e.bye = e.bye || bye
	if !e.live() {
		return
	}
	from := e.node.State
	e.node.State, e.node.Since, e.node.Reason = lasso.NodeDisconnected, now, why
	e.node.Next, e.topics = time.Time{}, nil
	if from == lasso.NodeResponding {
		t.generation++
	}
	t.event(e, lasso.NodeLeft, from, lasso.NodeDisconnected, now)
	if t.replaced(e) {
		delete(t.nodes, boot)
	}
	t.twins(e.node.ID)
}

// replaced tells whether another process with the id of e is there.
func (t *topology) replaced(e *entry) bool {
	if e.node.ID == t.self {
		return true
	}
	for _, other := range t.nodes {
		if other != e && other.node.ID == e.node.ID && other.live() {
			return true
		}
	}
	return false
}

// planned notes when all live processes are checked next.
func (t *topology) planned(next time.Time) {
	t.next = next
	for _, e := range t.nodes {
		if e.live() {
			e.node.Next = next
		}
	}
}

// expire forgets processes that left long ago.
func (t *topology) expire(now time.Time) {
	maps.DeleteFunc(t.nodes, func(_ lasso.BootID, e *entry) bool {
		last := e.node.Since
		if e.node.LastSeen.After(last) {
			last = e.node.LastSeen
		}
		return !e.live() && now.Sub(last) >= t.keep
	})
}

// supersede forgets the processes with the id of e that are gone.
func (t *topology) supersede(e *entry) {
	maps.DeleteFunc(t.nodes, func(_ lasso.BootID, other *entry) bool {
		return other != e && other.node.ID == e.node.ID && !other.live()
	})
}

// twins flags all live processes that share the id, once each of them was heard
// of after the others had said who they are: one that only did not leave yet is
// no duplicate.
func (t *topology) twins(id lasso.NodeID) {
	var same []*entry
	before := id == t.self && t.selfTwin
	for _, e := range t.nodes {
		if e.node.ID == id {
			before = before || e.node.Duplicate
			e.node.Duplicate = false
			if e.live() && !e.named.IsZero() {
				same = append(same, e)
			}
		}
	}
	found := false
	for _, a := range same {
		a.node.Duplicate = id == t.self
		for _, b := range same {
			if a != b && a.heard.After(b.named) && b.heard.After(a.named) {
				a.node.Duplicate = true
			}
		}
		found = found || a.node.Duplicate
	}
	if id == t.self {
		t.selfTwin = found
	}
	if found && !before {
		t.notes = append(t.notes, id)
	}
}

// move changes the state of a live process.
func (t *topology) move(e *entry, to lasso.NodeState, reason string, now time.Time) {
	from := e.node.State
	e.node.State, e.node.Since, e.node.Reason = to, now, reason
	if (from == lasso.NodeResponding) != (to == lasso.NodeResponding) {
		t.generation++
	}
	t.event(e, lasso.NodeStateChanged, from, to, now)
}

func (t *topology) event(e *entry, kind lasso.TopologyKind, from, to lasso.NodeState, now time.Time) {
	t.seq++
	ev := lasso.TopologyEvent{
		Seq: t.seq, At: now, Kind: kind,
		Node: e.node.ID, Boot: e.node.Boot, Region: e.node.Region,
		From: from, To: to, Reason: e.node.Reason,
	}
	if kind == lasso.NodeIdentified {
		ev.Reason = ""
	}
	if len(t.history) >= maxHistory {
		t.history = slices.Delete(t.history, 0, len(t.history)-maxHistory+1)
	}
	t.history = append(t.history, ev)
	t.fresh = append(t.fresh, ev)
}

// take returns the events since the last call, oldest first.
func (t *topology) take() []lasso.TopologyEvent {
	evs := t.fresh
	t.fresh = nil
	return evs
}

// list returns copies of all nodes but this one, by id and boot id.
func (t *topology) list() []lasso.Node {
	nodes := make([]lasso.Node, 0, len(t.nodes))
	for _, e := range t.nodes {
		n := e.node
		n.Profiles = maps.Clone(n.Profiles)
		n.Addresses = slices.Clone(n.Addresses)
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b lasso.Node) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Boot, b.Boot))
	})
	return nodes
}

// coverage tells how many of the known nodes respond. This one does.
func (t *topology) coverage() lasso.Coverage {
	c := lasso.Coverage{Responding: 1, Total: 1 + len(t.nodes), Missing: []lasso.NodeID{}}
	for _, e := range t.nodes {
		if e.node.State == lasso.NodeResponding {
			c.Responding++
		} else {
			c.Missing = append(c.Missing, e.node.ID)
		}
	}
	slices.Sort(c.Missing)
	return c
}

// events returns the history, newest first.
func (t *topology) events() []lasso.TopologyEvent {
	evs := slices.Clone(t.history)
	slices.Reverse(evs)
	if evs == nil {
		evs = []lasso.TopologyEvent{}
	}
	return evs
}
