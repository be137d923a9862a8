package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/patrickmn/go-cache"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"github.com/lasso-rpc/lasso"
)

// Peers are the other nodes of the cluster.
type Peers interface {
	// Ask puts one question to all other nodes and returns when all have
	// answered or ctx has ended.
	Ask(ctx context.Context, question string, body []byte) lasso.Poll
	// State is what is known of the cluster now. It does not block.
	State() lasso.Cluster
	// Generation grows when a node joins or leaves. It does not block.
	Generation() uint64
}

// MetricsConfig is how a MetricsStore keeps what other nodes said. Zero values
// mean the defaults.
type MetricsConfig struct {
	Fresh time.Duration // age from which answers of others are asked for again; default 15 s
	Limit time.Duration // for one question to all; default 5 s
	Idle  time.Duration // unused answers are let go after it; default 300 s
}

// The defaults of MetricsConfig.
const (
	DefaultFresh = 15 * time.Second
	DefaultLimit = 5 * time.Second
	DefaultIdle  = 300 * time.Second
)

// MetricsStore answers for all nodes what their Stores recorded. What this node
// recorded is read as it is now. What the others recorded is asked for, merged
// (counters add, sketches merge), and served while it is asked for anew: a read
// never waits for another node, and never loses what it had. All methods are
// safe for concurrent use.
type MetricsStore struct {
	local   *Store
	peers   Peers // nil: this node is alone
	cfg     MetricsConfig
	kinds   *kinds
	cache   *cache.Cache // of *entry
	flights singleflight.Group

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
	ctx    context.Context //nolint:containedctx // of Run; ends questions that are under way
	cancel context.CancelFunc

	landed atomic.Uint64 // questions that were answered
	asked  atomic.Uint64 // questions put to the other nodes
	bad    atomic.Uint64 // answers that were left out because they made no sense
}

// NewMetricsStore returns a MetricsStore over what local recorded. With peers
// nil it answers for this node alone. It starts nothing; see Run.
func NewMetricsStore(local *Store, peers Peers, cfg MetricsConfig) *MetricsStore {
	if cfg.Fresh <= 0 {
		cfg.Fresh = DefaultFresh
	}
	if cfg.Limit <= 0 {
		cfg.Limit = DefaultLimit
	}
	if cfg.Idle <= 0 {
		cfg.Idle = DefaultIdle
	}
	m := &MetricsStore{local: local, peers: peers, cfg: cfg, kinds: newKinds(), cache: cache.New(cfg.Idle, cache.NoExpiration)}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// Run lets go of what nobody reads, until ctx ends. It returns nil when no
// question of this MetricsStore is under way any more.
func (m *MetricsStore) Run(ctx context.Context) error {
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			m.cache.DeleteExpired()
		case <-ctx.Done():
			m.mu.Lock()
			m.closed = true
			m.mu.Unlock()
			m.cancel()
			m.busy.Wait()
			return nil
		}
	}
}

// Answer answers a question that another node put to this one.
func (m *MetricsStore) Answer(_ context.Context, body []byte) ([]byte, error) {
	q, err := readQuestion(body)
	if err != nil {
		return nil, err
	}
	answer, ok := m.kinds.byName[q.Kind]
	if !ok {
		return nil, fmt.Errorf(unknownKind+" %.20q", q.Kind)
	}
	return answer(m.local, q)
}

// part is what one node answered.
type part[T any] struct {
	node   lasso.NodeID
	boot   lasso.BootID
	region string
	data   T
	age    time.Duration
}

// fanout is what all other nodes answered at one time.
type fanout[T any] struct {
	parts      []part[T]
	missing    []lasso.NoReply
	at         time.Time
	generation uint64
}

// entry is what is kept of one question.
type entry[T any] struct {
	last atomic.Pointer[fanout[T]] // nil: not yet asked
	kept atomic.Int64              // Unix time up to which the cache keeps it
}

// remote returns what the other nodes answered last, nil when nobody has been
// asked, and whether that is all there should be. It starts a new question when
// it is not.
func remote[T any](m *MetricsStore, k *kind[T], q *question) (f *fanout[T], fresh bool) {
	e := kept[T](m, q.key(), m.local.cfg.Now())
	f = e.last.Load()
	fresh = isFresh(m, k, f)
	if !fresh {
		m.flights.DoChan(q.key(), func() (any, error) {
			if !isFresh(m, k, e.last.Load()) { // another flight may have landed just before
				m.refresh(func(ctx context.Context) { askAll(ctx, m, k, q, e) })
			}
			return nil, nil //nolint:nilnil // nobody reads it
		})
	}
	return f, fresh
}

// isFresh reports whether nothing has to be asked again.
func isFresh[T any](m *MetricsStore, k *kind[T], f *fanout[T]) bool {
	limit := m.cfg.Fresh
	if k.fresh > 0 {
		limit = min(limit, k.fresh)
	}
	return f != nil && f.generation == m.peers.Generation() && m.local.cfg.Now().Sub(f.at) < limit
}

// kept finds or makes the entry of a key and keeps it from expiring.
func kept[T any](m *MetricsStore, key string, now time.Time) *entry[T] {
	for range 3 {
		if v, ok := m.cache.Get(key); ok {
			if e, ok := v.(*entry[T]); ok {
				if until := now.Add(m.cfg.Idle).Unix(); until-e.kept.Load() > int64(m.cfg.Idle.Seconds())/10 {
					e.kept.Store(until)
					m.cache.SetDefault(key, e)
				}
				return e
			}
		}
		if m.cache.ItemCount() >= maxCached {
			break // more questions than anybody asks: answered, not kept
		}
		e := new(entry[T])
		e.kept.Store(now.Add(m.cfg.Idle).Unix())
		if m.cache.Add(key, e, cache.DefaultExpiration) == nil {
			return e
		}
	}
	return new(entry[T])
}

// refresh runs ask unless Run has ended.
func (m *MetricsStore) refresh(ask func(context.Context)) {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return
	}
	m.busy.Add(1)
	m.mu.Unlock()
	defer m.busy.Done()
	ask(m.ctx)
}

// askAll asks all other nodes and keeps what they say. An answer that began
// before a node joined or left is not kept: the question is put again.
func askAll[T any](ctx context.Context, m *MetricsStore, k *kind[T], q *question, e *entry[T]) {
	body, err := json.Marshal(q)
	if err != nil {
		return // strings and numbers: it can not fail
	}
	for range 3 {
		f := &fanout[T]{at: m.local.cfg.Now(), generation: m.peers.Generation()}
		limited, cancel := context.WithTimeout(ctx, m.cfg.Limit)
		m.asked.Add(1)
		poll := m.peers.Ask(limited, Question, body)
		cancel()
		if ctx.Err() != nil {
			return
		}
		f.missing = poll.Missing
		for _, r := range poll.Replies {
			data, err := k.decode(m.local, r.Body)
			if err != nil {
				m.bad.Add(1)
				f.missing = append(f.missing, lasso.NoReply{Node: r.Node, Boot: r.Boot, Region: r.Region, Reason: "its answer makes no sense: " + err.Error()})
				continue
			}
			f.add(part[T]{node: r.Node, boot: r.Boot, region: r.Region, data: data})
		}
		if f.generation == m.peers.Generation() {
			e.last.Store(f)
			m.landed.Add(1)
			return
		}
	}
}

// add keeps one answer for each node and boot.
func (f *fanout[T]) add(p part[T]) {
	if slices.ContainsFunc(f.parts, func(o part[T]) bool { return o.node == p.node && o.boot == p.boot }) {
		return
	}
	f.parts = append(f.parts, p)
}

// derive makes figures of what all nodes of a scope said. View tells apart the
// figures that are made of one kind of answers: with the scope and the answers
// it decides what figures returns.
func derive[T, R any](m *MetricsStore, k *kind[T], view string, s lasso.Scope, figures func([]part[T]) R) lasso.Answer[R] {
	q := k.question(&s)
	own := k.own(m.local, q)
	parts := []part[T]{own}
	var missing []lasso.NoReply
	a := lasso.Answer[R]{}
	state := ""
	if m.peers != nil {
		f, fresh := remote(m, k, q)
		if f == nil {
			a.Loading = true
			missing = unasked(m.peers.State())
		} else {
			a.Stale = !fresh
			missing = f.missing
			age := max(m.local.cfg.Now().Sub(f.at), 0)
			for _, p := range f.parts {
				p.age = age
				parts = append(parts, p)
				a.Age = max(a.Age, age)
			}
			state = strconv.FormatInt(f.at.UnixNano(), 36)
		}
	}
	if s.Place != (lasso.Place{}) {
		parts = slices.DeleteFunc(parts, func(p part[T]) bool { return !s.Has(p.node, p.region) })
		missing = slices.DeleteFunc(slices.Clone(missing), func(n lasso.NoReply) bool { return !s.Has(n.Node, n.Region) })
	}
	slices.SortFunc(parts, func(x, y part[T]) int { return strings.Compare(string(x.node), string(y.node)) })
	a.Coverage = coverage(len(parts), missing)
	v, age := read(m.local, strings.Join([]string{"made", view, q.key(), s.Region, string(s.Node), strconv.FormatBool(s.Split), state}, "\x00"), func() made[R] {
		out := made[R]{data: figures(parts), age: own.age}
		if s.Split {
			out.byRegion = split(parts, figures)
		}
		return out
	})
	a.Data, a.ByRegion, a.Age = v.data, v.byRegion, max(a.Age, v.age+age)
	return a
}

// made is what was derived, and may be read again within CacheFor.
type made[R any] struct {
	data     R
	age      time.Duration // of this node's answer, when it was made
	byRegion []lasso.RegionAnswer[R]
}

func split[T, R any](parts []part[T], figures func([]part[T]) R) []lasso.RegionAnswer[R] {
	byRegion := map[string][]part[T]{}
	for _, p := range parts {
		byRegion[p.region] = append(byRegion[p.region], p)
	}
	out := make([]lasso.RegionAnswer[R], 0, len(byRegion))
	for region, list := range byRegion {
		r := lasso.RegionAnswer[R]{Region: region, Data: figures(list)}
		for _, p := range list {
			r.ByNode = append(r.ByNode, lasso.NodeAnswer[R]{Node: p.node, Data: figures([]part[T]{p})})
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(x, y lasso.RegionAnswer[R]) int { return strings.Compare(x.Region, y.Region) })
	return out
}

// unasked lists the other known nodes before the first question.
func unasked(c lasso.Cluster) []lasso.NoReply {
	var all []lasso.NoReply
	for _, n := range c.Nodes {
		if !n.Self {
			all = append(all, lasso.NoReply{Node: n.ID, Boot: n.Boot, Region: n.Region, Reason: "not asked yet"})
		}
	}
	return all
}

func coverage(responding int, missing []lasso.NoReply) lasso.Coverage {
	c := lasso.Coverage{Responding: responding, Total: responding + len(missing), Missing: []lasso.NodeID{}}
	for _, n := range missing {
		c.Missing = append(c.Missing, n.Node)
	}
	slices.Sort(c.Missing)
	return c
}

// sumOf adds up snapshots. The scale of all is the same: it can not fail.
func sumOf(parts []part[*snapshot]) *snapshot {
	if len(parts) == 1 {
		return parts[0].data
	}
	s := &snapshot{rows: map[row]*sums{}}
	for _, p := range parts {
		_ = s.merge(p.data)
	}
	return s
}

var _ prometheus.Collector = (*MetricsStore)(nil)

func (m *MetricsStore) counters() map[*prometheus.Desc]uint64 {
	return map[*prometheus.Desc]uint64{
		prometheus.NewDesc("lasso_figures_asked_total", "Questions for figures put to the other nodes.", nil, nil):                    m.asked.Load(),
		prometheus.NewDesc("lasso_figures_refused_total", "Answers of other nodes that were left out for making no sense.", nil, nil): m.bad.Load(),
	}
}

// Describe implements prometheus.Collector.
func (m *MetricsStore) Describe(ch chan<- *prometheus.Desc) { describe(ch, m.counters()) }

// Collect implements prometheus.Collector.
func (m *MetricsStore) Collect(ch chan<- prometheus.Metric) { collect(ch, m.counters()) }

func describe(ch chan<- *prometheus.Desc, counters map[*prometheus.Desc]uint64) {
	for d := range counters {
		ch <- d
	}
}

func collect(ch chan<- prometheus.Metric, counters map[*prometheus.Desc]uint64) {
	for d, n := range counters {
		ch <- counter(d, n)
	}
}
