package proxy

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/patrickmn/go-cache"
	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

const (
	filterLife = 10 * time.Minute // since it was last used; nodes drop theirs after five
	filterMax  = 100_000
)

// filterTable remembers which upstream created a filter, since only that one
// knows it. It is bounded; entries go ten minutes after their last use.
type filterTable struct {
	entries *cache.Cache
}

// filterHome is where a filter lives, and under which id.
type filterHome struct {
	provider lasso.ProviderID
	instance lasso.InstanceID
	id       string // raw JSON token, as the upstream named it
}

func newFilterTable() *filterTable {
	// Without a janitor of its own: the prober sweeps.
	return &filterTable{entries: cache.New(filterLife, 0)}
}

func (t *filterTable) sweep() { t.entries.DeleteExpired() }

func (t *filterTable) full() bool { return t.entries.ItemCount() >= filterMax }

func filterKey(cp *chainPlan, id []byte) string {
	return string(cp.profile.Slug) + "/" + strconv.FormatUint(uint64(cp.chain.ID), 10) + "/" + string(id)
}

// created remembers a new filter. Nodes that count their filters from one
// name them alike; then the caller gets an id of ours instead.
func (c *call) created(r *route, resp *fasthttp.Response, body []byte, got jsonrpc.Response) verdict {
	home := filterHome{provider: r.Provider, instance: r.in.id, id: string(got.Result)}
	v := verdict{final: true, sent: true}
	if c.in.ID == nil {
		return v // nobody will know the id
	}
	if c.p.filters.entries.Add(filterKey(c.cp, got.Result), home, cache.DefaultExpiration) == nil {
		v.answer.body = c.take(resp, body, got.ID)
		return v
	}
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	id := []byte(`"0x` + hex.EncodeToString(random[:]) + `"`)
	c.p.filters.entries.SetDefault(filterKey(c.cp, id), home)
	v.answer.body = jsonrpc.AppendResult(nil, c.in.ID, id)
	return v
}

// useFilter sends a call about a filter to the upstream that created it.
func (c *call) useFilter() {
	var id []byte
	jsonrpc.Elements(c.in.Params, func(_ int, raw []byte) bool { id = raw; return false })
	key := filterKey(c.cp, id)
	v, found := c.p.filters.entries.Get(key)
	home, _ := v.(filterHome)
	if !found || !c.cp.has(home) {
		c.p.filters.entries.Delete(key)
		c.local = true
		c.final = c.own(lasso.ClientError, jsonrpc.CodeServer, "filter not found", nil)
		return
	}
	c.pin = home.provider
	if string(id) != home.id {
		c.params = []byte("[" + home.id + "]")
	}
	c.forward()
	if c.m.Name == "eth_uninstallFilter" && c.final.category == lasso.OK {
		c.p.filters.entries.Delete(key)
		return
	}
	c.p.filters.entries.SetDefault(key, home)
}

func (cp *chainPlan) has(home filterHome) bool {
	for _, r := range cp.routes {
		if r.Provider == home.provider && r.in.id == home.instance {
			return true
		}
	}
	return false
}
