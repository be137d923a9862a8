package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// configPage shows the profile as this node has it, and the settings of the
// process. URLs, headers and keys of providers never enter its model.
func (s *Server) configPage(v *visit) sheet {
	p, cat, load, cl := v.local, s.deps.Catalogs.Catalog(), s.deps.Catalogs.ReloadState(), s.deps.Cluster.State()
	page := dashboard.ConfigPage{
		Source: p.Source, LoadedAt: cat.LoadedAt, Hash: cat.Hash, Common: cat.Common, Own: p.Hash,
		Reloads: load.Reloads, Failures: load.Failures, Problems: load.Problems, FailedAt: load.FailedAt,
		Strategy: p.Strategy.String(), RPSLimit: p.RPSLimit, Burst: p.Burst, Unlisted: p.Unlisted,
		Nodes: s.configNodes(p, cl), NotUsed: s.cfg.Unused,
	}
	shared := map[link][]string{}
	for _, st := range s.deps.States.ChainStates(p.Slug) {
		for _, ps := range st.Providers {
			for _, slug := range ps.SharedBy {
				shared[link{st.Chain, ps.Provider}] = append(shared[link{st.Chain, ps.Provider}], string(slug))
			}
		}
	}
	for _, ch := range p.Chains {
		c := configChain(ch)
		for i, pr := range ch.Providers {
			c.Providers[i].SharedBy = shared[link{ch.ID, pr.ID}]
		}
		page.Chains = append(page.Chains, c)
	}
	page.Foreign = foreignRows(v)
	for _, set := range s.cfg.Settings {
		page.Settings = append(page.Settings, dashboard.Setting(set.shown()))
	}
	return sheet{
		nav: dashboard.NavConfig, title: "Configuration", attention: v.unwell(s.states(v.profile.Slug, v.place)), trust: trust{coverage: cl.Coverage},
		model: &page,
		tables: map[string]func() grid{
			dashboard.FragmentProviders: func() grid { return configProviderGrid(page) },
			dashboard.FragmentChains:    func() grid { return configChainGrid(page) },
			dashboard.FragmentDiffers:   func() grid { return configNodeGrid(page) },
			dashboard.FragmentSettings:  func() grid { return settingGrid(page.Settings) },
		},
	}
}

// foreignRows are chains with the providers of them that only other nodes have.
func foreignRows(v *visit) []dashboard.ChainRow {
	var rows []dashboard.ChainRow
	for _, ch := range v.profile.Chains {
		row := dashboard.ChainRow{Ref: chainRef(ch), OnlyOn: v.held[link{ch.ID, ""}]}
		for _, pr := range ch.Providers {
			if list, ok := v.held[link{ch.ID, pr.ID}]; ok {
				row.Providers = append(row.Providers, dashboard.ProviderRow{Chain: row.Ref, ID: string(pr.ID), Name: pr.Name, Priority: pr.Priority, OnlyOn: list})
			}
		}
		if len(row.OnlyOn)+len(row.Providers) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

func configChain(ch *lasso.Chain) dashboard.ConfigChain {
	c := dashboard.ConfigChain{
		Ref: chainRef(ch), Aliases: ch.Aliases, BlockTime: ch.BlockTime, ProbeInterval: ch.ProbeInterval, LagAlert: ch.LagAlert, MaxLag: ch.MaxLagBlocks,
		ArchivalThreshold: ch.ArchivalThreshold, SubscribeNewHeads: ch.SubscribeNewHeads, NewHeadsTimeout: ch.NewHeadsTimeout,
		MaxBackfill: ch.MaxBackfillBlocks, BackfillTimeout: ch.BackfillTimeout,
	}
	const rest = "default"
	if d, ok := ch.Timeouts[rest]; ok {
		c.Timeouts = append(c.Timeouts, dashboard.Timeout{Method: rest, Limit: d})
	}
	for _, m := range slices.Sorted(maps.Keys(ch.Timeouts)) {
		if m != rest {
			c.Timeouts = append(c.Timeouts, dashboard.Timeout{Method: m, Limit: ch.Timeouts[m]})
		}
	}
	for _, pr := range ch.Providers {
		c.Providers = append(c.Providers, configProvider(pr))
	}
	return c
}

func configProvider(pr *lasso.Provider) dashboard.ConfigProvider {
	caps := pr.Capabilities
	out := dashboard.ConfigProvider{
		ID: string(pr.ID), Name: pr.Name, Priority: pr.Priority, Headers: len(pr.Headers), Archival: pr.Archival, Heads: pr.SubscribeNewHeads, Isolated: pr.Isolated,
		Categories: caps.UnsupportedCategories, Methods: caps.UnsupportedMethods, MaxRange: caps.MaxBlockRange, MaxAge: caps.MaxBlockAge,
		AgeMethods: caps.BlockAgeMethods, Rules: len(caps.ErrorRules),
	}
	if pr.URL != "" {
		out.Transports = append(out.Transports, "HTTP")
	}
	if pr.WSURL != "" {
		out.Transports = append(out.Transports, "WS")
	}
	return out
}

// configNodes sets all known nodes against this one: by the hash of the
// profile, and by the chains and providers that they tell of.
func (s *Server) configNodes(p *lasso.Profile, cl lasso.Cluster) []dashboard.ConfigNode {
	views := map[lasso.NodeID]*lasso.NodeView{}
	all := s.deps.Board.Views(p.Slug)
	for i := range all {
		views[all[i].Node] = &all[i]
	}
	nodes := make([]dashboard.ConfigNode, 0, len(cl.Nodes))
	for i := range cl.Nodes {
		n := &cl.Nodes[i]
		c := dashboard.ConfigNode{
			Node: string(n.ID), Region: n.Region, Self: n.Self, Lost: !n.Self && n.State != lasso.NodeResponding,
			Hash: n.Profiles[p.Slug], Known: n.Profiles != nil, Version: n.Version,
		}
		if v := views[n.ID]; v != nil && !n.Self {
			c.Has, c.Lacks = compare(p, v)
		}
		nodes = append(nodes, c)
	}
	return nodes
}

// compare lists what a node has of a profile and this one lacks, and the other
// way round. The names of the other one are a stranger's.
func compare(p *lasso.Profile, v *lasso.NodeView) (has, lacks []string) {
	theirs := map[link]bool{}
	note := func(name string) {
		if len(has) < mostForeign {
			has = append(has, name)
		}
	}
	for i := range v.Chains {
		st := &v.Chains[i]
		theirs[link{st.Chain, ""}] = true
		mine, ok := p.Chain(st.Chain.String())
		if !ok {
			note("chain " + known(st.Name, st.Chain.String()))
		}
		for j := range st.Providers {
			ps := &st.Providers[j]
			theirs[link{st.Chain, ps.Provider}] = true
			if ok {
				if _, both := mine.Provider(string(ps.Provider)); !both {
					note(known(string(ps.Provider), "a provider") + " on " + mine.Name)
				}
			}
		}
	}
	for _, ch := range p.Chains {
		if !theirs[link{ch.ID, ""}] {
			lacks = append(lacks, "chain "+ch.Name)
			continue
		}
		for _, pr := range ch.Providers {
			if !theirs[link{ch.ID, pr.ID}] {
				lacks = append(lacks, string(pr.ID)+" on "+ch.Name)
			}
		}
	}
	return has, lacks
}

func configProviderGrid(m dashboard.ConfigPage) grid {
	g := grid{name: "configuration", columns: []string{
		"chain_id", "chain", "provider_id", "name", "priority", "transports", "archival", "subscribe_new_heads", "isolated", "headers",
		"unsupported_categories", "unsupported_methods", "max_block_range", "max_block_age", "block_age_methods", "error_rules", "shared_by", "not_used", "only_on",
	}}
	for _, c := range m.Chains {
		for _, p := range c.Providers {
			g.add(
				c.Ref.ID, c.Ref.Alias, p.ID, p.Name, p.Priority, strings.ToLower(strings.Join(p.Transports, " ")),
				p.Archival, p.Heads, p.Isolated, p.Headers,
				strings.Join(p.Categories, " "), strings.Join(p.Methods, " "), nonzero(p.MaxRange), nonzero(p.MaxAge), strings.Join(p.AgeMethods, " "),
				p.Rules, strings.Join(p.SharedBy, " "), strings.Join(m.NotUsedOf(dashboard.KeyProvider), " "),
			)
		}
	}
	for _, c := range m.Foreign {
		for _, p := range c.Providers {
			row := make([]any, len(g.columns))
			row[0], row[1], row[2], row[3], row[4], row[len(row)-1] = c.Ref.ID, c.Ref.Alias, p.ID, p.Name, p.Priority, onlyOn(p.OnlyOn)
			g.add(row...)
		}
	}
	return g
}

func configChainGrid(m dashboard.ConfigPage) grid {
	g := grid{name: "chain-settings", columns: []string{
		"chain_id", "chain", "chain_name", "aliases", "block_time_ms", "probe_interval_ms", "lag_alert_blocks", "max_lag_blocks", "archival_threshold",
		"subscribe_new_heads", "new_heads_timeout_ms", "max_backfill_blocks", "backfill_timeout_ms", "timeouts", "not_used", "only_on",
	}}
	for _, c := range m.Chains {
		limits := make([]string, 0, len(c.Timeouts))
		for _, t := range c.Timeouts {
			limits = append(limits, t.Method+"="+strconv.FormatInt(t.Limit.Milliseconds(), 10))
		}
		g.add(
			c.Ref.ID, c.Ref.Alias, c.Ref.Name, strings.Join(c.Aliases, " "), lasted(c.BlockTime), lasted(c.ProbeInterval), c.LagAlert,
			c.MaxLag, c.ArchivalThreshold, c.SubscribeNewHeads, lasted(c.NewHeadsTimeout),
			c.MaxBackfill, lasted(c.BackfillTimeout), strings.Join(limits, " "), strings.Join(m.NotUsedOf(dashboard.KeyWebSocket), " "),
		)
	}
	for _, c := range m.Foreign {
		if len(c.OnlyOn) > 0 {
			row := make([]any, len(g.columns))
			row[0], row[1], row[2], row[len(row)-1] = c.Ref.ID, c.Ref.Alias, c.Ref.Name, onlyOn(c.OnlyOn)
			g.add(row...)
		}
	}
	return g
}

func configNodeGrid(m dashboard.ConfigPage) grid {
	g := grid{name: "differences", columns: []string{"node_id", "region", "version", "profile_hash", "same", "has", "lacks"}}
	for _, n := range m.Nodes {
		var same any
		if n.Known || n.Self {
			same = n.Self || n.Hash == m.Own
		}
		g.add(n.Node, n.Region, n.Version, n.Hash, same, strings.Join(n.Has, ", "), strings.Join(n.Lacks, ", "))
	}
	return g
}

func settingGrid(list []dashboard.Setting) grid {
	g := grid{name: "settings", columns: []string{"name", "variable", "value", "source", "secret"}}
	for _, s := range list {
		g.add(s.Name, s.Variable, s.Value, s.Source, s.Secret)
	}
	return g
}
