package profiles

import (
	"cmp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lasso-rpc/lasso"
)

// noSectionProbeInterval is the probe interval of a chain without a monitoring
// section.
const noSectionProbeInterval = 12_000

// get returns the value of a key, or nil where it is absent or was refused.
func (o *object) get(name string) *entry {
	if o == nil {
		return nil
	}
	if e := o.vals[name]; e != nil && !e.bad {
		return e
	}
	return nil
}

// sub returns the mapping at a key, or nil.
func (o *object) sub(name string) *object {
	if e := o.get(name); e != nil {
		return e.obj
	}
	return nil
}

// text returns a text or its default.
func (o *object) text(sec *section, name string) string {
	if e := o.get(name); e != nil {
		return e.text
	}
	s, _ := sec.key(name).def.(string)
	return s
}

// int returns a whole number or its default.
func (o *object) int(sec *section, name string) int {
	if e := o.get(name); e != nil {
		return int(e.num)
	}
	n, _ := sec.key(name).def.(int)
	return n
}

// millis returns a duration given in milliseconds, or its default.
func (o *object) millis(sec *section, name string) time.Duration {
	return time.Duration(o.int(sec, name)) * time.Millisecond
}

// bool returns a flag or its default.
func (o *object) bool(sec *section, name string) bool {
	if e := o.get(name); e != nil {
		return e.flag
	}
	b, _ := sec.key(name).def.(bool)
	return b
}

// list returns the texts of a list or its default.
func (o *object) list(sec *section, name string) []string {
	if o == nil || o.vals[name] == nil {
		def, _ := sec.key(name).def.([]string)
		return slices.Clone(def)
	}
	e := o.vals[name] // of a list with mistakes, the good members
	out := make([]string, 0, len(e.items))
	for _, it := range e.items {
		out = append(out, it.text)
	}
	return out
}

// where returns the node of a value, or that of its mapping.
func (o *object) where(name string) *yaml.Node {
	if e := o.vals[name]; e != nil && e.at != nil {
		return e.at
	}
	return o.at
}

// profile builds a profile. It returns nil where the slug is not usable.
func (r *reader) profile(o *object) (*lasso.Profile, *yaml.Node) {
	s := profileSection
	at := o.where("slug")
	want := slugOf(r.file)
	slug := cmp.Or(o.text(s, "slug"), want)
	usable := true
	switch {
	case o.vals["slug"] != nil && o.vals["slug"].bad:
		usable = false
	case isReservedSlug(slug):
		r.problem(at, "the slug %q is reserved; it has a meaning in paths", slug)
		usable = false
	case slug != want:
		r.problem(at, "the slug %q must equal the file name without extension; rename the file or change the slug", slug)
	case checkSlug(slug) != "":
		r.problem(at, "the file name without extension is the slug, and it %s", checkSlug(slug))
		usable = false
	}
	strategy, _ := lasso.ParseStrategy(o.text(s, "strategy"))
	p := &lasso.Profile{
		Slug:     lasso.ProfileID(slug),
		Name:     cmp.Or(o.text(s, "name"), slug),
		Unlisted: o.bool(s, "unlisted"),
		RPSLimit: o.int(s, "rps_limit"),
		Burst:    o.int(s, "burst_limit"),
		Strategy: strategy,
		Source:   r.file,
	}
	if e := o.get("chains"); e != nil || o.vals["chains"] != nil {
		if e == nil {
			e = o.vals["chains"] // one chain was refused; look at the others all the same
		}
		for _, c := range e.objs {
			p.Chains = append(p.Chains, r.chain(c, p.Slug))
		}
		r.checkChains(p.Chains, e.objs)
	}
	if !usable {
		return nil, nil
	}
	return p, at
}

// chain builds one chain with its providers.
func (r *reader) chain(o *object, profile lasso.ProfileID) *lasso.Chain {
	if why := checkAlias(o.name); why != "" {
		r.problem(o.at, "the key of %s %s", o.label, why)
	}
	mon, sel, ws := o.sub("monitoring"), o.sub("selection"), o.sub("websocket")
	failover := ws.sub("failover")
	c := &lasso.Chain{
		ID:                lasso.ChainID(o.int(chainSection, "chain_id")), //nolint:gosec // positive by its bounds
		Key:               o.name,
		Name:              cmp.Or(o.text(chainSection, "name"), o.name),
		Aliases:           []string{o.name},
		BlockTime:         o.millis(chainSection, "block_time_ms"),
		ProbeInterval:     mon.millis(monitoringSection, "probe_interval_ms"),
		LagAlert:          mon.int(monitoringSection, "lag_alert_threshold_blocks"),
		MaxLagBlocks:      -1,
		ArchivalThreshold: uint64(sel.int(selectionSection, "archival_threshold")), //nolint:gosec // not negative by its bounds
		SubscribeNewHeads: ws.bool(websocketSection, "subscribe_new_heads"),
		NewHeadsTimeout:   ws.millis(websocketSection, "new_heads_timeout_ms"),
		MaxBackfillBlocks: failover.int(failoverSection, "max_backfill_blocks"),
		BackfillTimeout:   failover.millis(failoverSection, "backfill_timeout_ms"),
	}
	if mon.get("probe_interval_ms") == nil && (mon == nil || !mon.given) {
		c.ProbeInterval = noSectionProbeInterval * time.Millisecond
	}
	if e := sel.get("max_lag_blocks"); e != nil {
		c.MaxLagBlocks = int(e.num)
	}
	for _, a := range o.list(chainSection, "url_aliases") {
		if a != o.name {
			c.Aliases = append(c.Aliases, a)
		}
	}
	if e := o.get("timeouts_ms"); e != nil {
		c.Timeouts = make(map[string]time.Duration, len(e.items))
		for _, it := range e.items {
			c.Timeouts[it.name] = time.Duration(it.num) * time.Millisecond
		}
	}
	if e := o.vals["providers"]; e != nil {
		seen := map[string]*object{}
		for _, po := range e.objs {
			id := po.text(providerSection, "id")
			if first := seen[id]; first != nil && id != "" {
				r.problem(po.where("id"), "the provider id %q is used twice in %s; it is first on line %d", id, o.label, first.where("id").Line)
			} else {
				seen[id] = po
			}
			c.Providers = append(c.Providers, r.provider(po, profile, c))
		}
	}
	return c
}

// checkChains finds ids and names that two chains of a profile share.
func (r *reader) checkChains(chains []*lasso.Chain, objs []*object) {
	ids := map[lasso.ChainID]*object{}
	for i, c := range chains {
		o := objs[i]
		if c.ID == 0 { // refused already
			continue
		}
		if first := ids[c.ID]; first != nil {
			r.problem(o.where("chain_id"), "the chain id %s is used by %s and by %s", c.ID, first.label, o.label)
			continue
		}
		ids[c.ID] = o
	}
	names := map[string]*object{}
	for i, c := range chains {
		o := objs[i]
		own := map[string]bool{}
		for j, a := range c.Aliases {
			at := o.at
			if j > 0 {
				at = o.aliasNode(a)
			}
			id, isID := lasso.ParseChainID(a)
			switch first := names[a]; {
			case own[a]:
				r.problem(at, "the alias %q is given twice in %s", a, o.label)
			case isID && ids[id] != nil && id != c.ID:
				r.problem(at, "the alias %q of %s is the chain id of %s", a, o.label, ids[id].label)
			case digitsPattern.MatchString(a) && a != c.ID.String():
				r.problem(at, "the alias %q of %s is a number but not the chain's own id", a, o.label)
			case first != nil:
				r.problem(at, "the alias %q is used by %s and by %s", a, first.label, o.label)
			default:
				names[a] = o
			}
			own[a] = true
		}
	}
}

// aliasNode finds where an alias was written last.
func (o *object) aliasNode(alias string) *yaml.Node {
	at := o.at
	if e := o.vals["url_aliases"]; e != nil {
		for _, it := range e.items {
			if it.text == alias {
				at = it.at
			}
		}
	}
	return at
}
