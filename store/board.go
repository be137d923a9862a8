package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
)

// The names under which nodes tell each other states.
const (
	StatesTopic    = "states" // changes, as they come
	StatesQuestion = "states" // everything
)

// Mesh carries the states of nodes to each other.
type Mesh interface {
	// Publish tells all other nodes. It does not wait for them.
	Publish(topic string, body []byte) error
	// AskNode puts a question to one node.
	AskNode(ctx context.Context, node lasso.NodeID, question string, body []byte) (lasso.Reply, error)
	// State is what is known of the cluster now.
	State() lasso.Cluster
}

// States tells what this node knows of its chains.
type States interface {
	// Catalog is the configuration that serves.
	Catalog() *lasso.Catalog
	// ChainStates lists the chains of a profile.
	ChainStates(p lasso.ProfileID) []lasso.ChainState
}

// Bounds of what is read from another node.
const (
	maxBoardChains    = 2_000
	maxBoardProviders = 20_000
)

// boardEvery is how often a node tells what changed; boardLimit is how long it
// waits for another one's states.
const (
	boardEvery = time.Second
	boardLimit = 5 * time.Second
)

// news is what changed on one node since the news before, or everything.
type news struct {
	Seq    uint64             `json:"seq"` // from 1, without gaps
	Whole  bool               `json:"whole,omitempty"`
	Chains []lasso.ChainState `json:"chains"` // with the providers that changed
}

type boardKey struct {
	profile lasso.ProfileID
	chain   lasso.ChainID
}

// Board holds the states of all nodes: breakers, limits and heights, as each
// node sees them. A node tells the others what changed; one that joins, or that
// missed something, asks for everything. All methods are safe for concurrent
// use.
type Board struct {
	states States
	mesh   Mesh // nil: this node is alone
	now    func() time.Time
	self   lasso.NodeView

	told    []lasso.ChainState // what was published last; of Run's goroutine
	wanted  chan wish
	mu      sync.Mutex
	seq     uint64
	remotes map[lasso.NodeID]*remoteStates
	taken   uint64 // counts what other nodes told
}

// wish is a node whose states are to be asked for.
type wish struct {
	node lasso.NodeID
	boot lasso.BootID
}

type remoteStates struct {
	boot   lasso.BootID
	seq    uint64
	at     time.Time
	asking bool
	chains map[boardKey]*lasso.ChainState
}

// NewBoard returns a board of this node's states and, with a mesh, of the
// others'. It starts nothing; see Run.
func NewBoard(self lasso.NodeID, region string, states States, mesh Mesh, now func() time.Time) *Board {
	return &Board{
		states: states, mesh: mesh, now: now, self: lasso.NodeView{Node: self, Region: region, Self: true},
		wanted: make(chan wish, 64), remotes: map[lasso.NodeID]*remoteStates{},
	}
}

// Run tells the others what changes here, once a second, until ctx ends, and
// asks those whose states are missing. It returns nil.
func (b *Board) Run(ctx context.Context) error {
	if b.mesh == nil {
		<-ctx.Done()
		return nil
	}
	var asks sync.WaitGroup
	defer asks.Wait()
	every := time.NewTicker(boardEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case w := <-b.wanted:
			asks.Go(func() { b.fetch(ctx, w) })
		case <-every.C:
			b.tell()
			b.look()
		}
	}
}

// all are the states of this node's profiles, with no times that change by
// themselves.
func (b *Board) all() []lasso.ChainState {
	var all []lasso.ChainState
	for _, p := range b.states.Catalog().Profiles {
		all = append(all, b.states.ChainStates(p.Slug)...)
	}
	return all
}

// tell publishes what changed since the last time.
func (b *Board) tell() {
	all := b.all()
	changed, whole := difference(b.told, all)
	b.told = all
	if len(changed) == 0 {
		return
	}
	b.mu.Lock()
	b.seq++
	n := news{Seq: b.seq, Whole: whole, Chains: changed}
	b.mu.Unlock()
	if text, err := json.Marshal(n); err == nil {
		_ = b.mesh.Publish(StatesTopic, text) // a node that misses it asks
	}
}

// difference lists the chains of all with the providers that are not as in
// told. When chains or providers came or went it is everything.
func difference(told, all []lasso.ChainState) (changed []lasso.ChainState, whole bool) {
	same := slices.EqualFunc(told, all, func(x, y lasso.ChainState) bool {
		return x.Profile == y.Profile && x.Chain == y.Chain && slices.EqualFunc(x.Providers, y.Providers,
			func(x, y lasso.ProviderState) bool { return x.Provider == y.Provider })
	})
	if !same {
		return all, true
	}
	for i := range all {
		c := all[i]
		c.Providers = nil
		for j := range all[i].Providers {
			if !reflect.DeepEqual(steady(&told[i].Providers[j]), steady(&all[i].Providers[j])) {
				c.Providers = append(c.Providers, all[i].Providers[j])
			}
		}
		if c.Providers != nil || told[i].Head != c.Head || told[i].Status != c.Status || told[i].Usable != c.Usable {
			changed = append(changed, c)
		}
	}
	return changed, false
}

// steady is a state without what moves though nothing happens: the time of the
// next check, and what is reckoned from the time of day.
func steady(s *lasso.ProviderState) lasso.ProviderState {
	v := *s
	v.HeightAt, v.Optimistic, v.ProbeEvery, v.Condition.Next = time.Time{}, 0, 0, time.Time{}
	if v.Condition.Status == lasso.Degraded || v.Condition.Status == lasso.Lagging {
		v.Condition.Reason = "" // carries figures
	}
	v.Routes = slices.Clone(v.Routes)
	for i := range v.Routes {
		v.Routes[i].Condition = v.Condition
	}
	return v
}

// Answer is the answer to StatesQuestion: everything, and the number of the
// last news that is in it.
func (b *Board) Answer(context.Context, []byte) ([]byte, error) {
	b.mu.Lock()
	seq := b.seq // news that come while the states are read are told again
	b.mu.Unlock()
	return json.Marshal(news{Seq: seq, Whole: true, Chains: b.all()})
}

// Hear takes the news of another node.
func (b *Board) Hear(node lasso.NodeID, boot lasso.BootID, body []byte) {
	n, err := readNews(body)
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.remotes[node]
	switch {
	case err != nil:
		return
	case n.Whole, r != nil && r.boot == boot && r.chains != nil && n.Seq == r.seq+1:
		b.take(node, boot, n)
	case r != nil && r.boot == boot && n.Seq <= r.seq:
		// Old news: the answer to a question overtook them.
	default:
		b.want(node, boot)
	}
}

// take puts news on the board. b.mu is held.
func (b *Board) take(node lasso.NodeID, boot lasso.BootID, n *news) {
	r := b.remotes[node]
	if r == nil || r.boot != boot {
		r = &remoteStates{boot: boot}
		b.remotes[node] = r
	}
	if n.Whole {
		r.chains = make(map[boardKey]*lasso.ChainState, len(n.Chains))
	}
	r.seq, r.at = n.Seq, b.now()
	b.taken++
	for _, c := range n.Chains {
		k := boardKey{c.Profile, c.Chain}
		have := r.chains[k]
		if have == nil || n.Whole {
			r.chains[k] = &c
			continue
		}
		providers := slices.Clone(have.Providers) // the old ones may be being read
		places := providerPlaces(providers)
		for i := range c.Providers {
			if at, ok := places[c.Providers[i].Provider]; ok {
				providers[at] = c.Providers[i]
			}
		}
		c.Providers = providers
		r.chains[k] = &c
	}
}

// want asks for everything of a node, once at a time. b.mu is held.
func (b *Board) want(node lasso.NodeID, boot lasso.BootID) {
	r := b.remotes[node]
	if r == nil || r.boot != boot {
		r = &remoteStates{boot: boot}
		b.remotes[node] = r
	}
	if r.asking {
		return
	}
	select {
	case b.wanted <- wish{node, boot}:
		r.asking = true
	default: // the next look asks
	}
}

// look asks nodes that are there and not on the board, and forgets those that
// nobody knows any more.
func (b *Board) look() {
	nodes := b.mesh.State().Nodes
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range nodes {
		r := b.remotes[n.ID]
		if !n.Self && n.State == lasso.NodeResponding && (r == nil || r.boot != n.Boot || r.chains == nil) {
			b.want(n.ID, n.Boot)
		}
	}
	for id := range b.remotes {
		if !slices.ContainsFunc(nodes, func(n lasso.Node) bool { return n.ID == id }) {
			delete(b.remotes, id)
		}
	}
}

// fetch asks one node for everything.
func (b *Board) fetch(ctx context.Context, w wish) {
	ctx, cancel := context.WithTimeout(ctx, boardLimit)
	defer cancel()
	reply, err := b.mesh.AskNode(ctx, w.node, StatesQuestion, nil)
	var n *news
	if err == nil {
		n, err = readNews(reply.Body)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.remotes[w.node]
	if r == nil || r.boot != w.boot {
		return
	}
	r.asking = false
	if err == nil && reply.Boot == w.boot && n.Whole && n.Seq >= r.seq {
		b.take(w.node, w.boot, n)
	}
}

func readNews(body []byte) (*news, error) {
	n := new(news)
	if err := json.Unmarshal(body, n); err != nil {
		return nil, fmt.Errorf("states: %w", err)
	}
	providers := 0
	for i := range n.Chains {
		list := n.Chains[i].Providers
		if len(providerPlaces(list)) < len(list) {
			return nil, fmt.Errorf("states: chain %d has a provider twice", n.Chains[i].Chain)
		}
		providers += len(list)
	}
	if len(n.Chains) > maxBoardChains || providers > maxBoardProviders {
		return nil, fmt.Errorf("states: %d chains with %d providers are too many", len(n.Chains), providers)
	}
	return n, nil
}

// Views are the states of a profile on every node that is known to have it,
// this node's first, then by id. The views of a node that can not be heard have
// Lost set and are what it said last.
func (b *Board) Views(p lasso.ProfileID) []lasso.NodeView {
	self := b.self
	self.At, self.Chains = b.now(), b.states.ChainStates(p)
	views := []lasso.NodeView{self}
	if b.mesh == nil {
		return views
	}
	nodes := b.mesh.State().Nodes
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range nodes {
		r := b.remotes[n.ID]
		if n.Self || r == nil || r.boot != n.Boot {
			continue
		}
		v := lasso.NodeView{Node: n.ID, Region: n.Region, At: r.at}
		if n.State != lasso.NodeResponding {
			v.Lost = n.Since
		}
		for k, c := range r.chains {
			if k.profile == p {
				v.Chains = append(v.Chains, *c)
			}
		}
		if v.Chains == nil {
			continue
		}
		slices.SortFunc(v.Chains, func(x, y lasso.ChainState) int { return cmp.Compare(x.Chain, y.Chain) })
		views = append(views, v)
	}
	return views
}
