package proxy

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/lasso-rpc/lasso"
)

// Metric descriptions. Providers, profiles and chains are bounded by the
// configuration; filters and statuses are closed sets.
type descriptions struct {
	up, breaker, limited, height, lag, head, blockTime, usable *prometheus.Desc
	excluded, failedOpen, resends, nobody, explored            *prometheus.Desc
	indeterminate, panics                                      *prometheus.Desc
}

func describe() descriptions {
	provider := []string{"profile", "chain", "provider", "transport"}
	chain := []string{"profile", "chain"}
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("lasso_"+name, help, labels, nil)
	}
	return descriptions{
		up:            d("provider_status", "1 for the status the provider has now.", append(provider, "status")...),
		breaker:       d("breaker_state", "0 closed, 1 half-open, 2 open.", provider...),
		limited:       d("provider_rate_limited", "1 while the provider is avoided because it asked for it.", provider...),
		height:        d("provider_height_blocks", "Last height the provider reported.", provider...),
		lag:           d("provider_lag_blocks", "Blocks behind the consensus height.", provider...),
		head:          d("chain_head_blocks", "Consensus height of the chain.", chain...),
		blockTime:     d("chain_block_time_seconds", "Block time in use: measured, else configured.", chain...),
		usable:        d("chain_usable_providers", "Providers that would be tried now.", chain...),
		excluded:      d("selection_excluded_total", "Routes left out of a call, by filter.", "filter"),
		failedOpen:    d("selection_failed_open_total", "Calls for which a filter was ignored because it would have left nobody.", "filter"),
		resends:       d("upstream_stale_connection_resends_total", "Calls sent again on a fresh connection after an idle one had been closed."),
		nobody:        d("calls_without_provider_total", "Calls for which no provider could be tried."),
		explored:      d("selection_explored_total", "Calls that tried another provider than the best one first, to measure it."),
		indeterminate: d("calls_indeterminate_total", "Calls that must not be repeated and may have been executed."),
		panics:        d("call_panics_total", "Defects of this program that ended a call."),
	}
}

// Describe implements prometheus.Collector.
func (p *Proxy) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(p, out) }

// Collect implements prometheus.Collector.
func (p *Proxy) Collect(out chan<- prometheus.Metric) {
	d := describe()
	count := func(desc *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	for f := range filterCount {
		count(d.excluded, p.stats.excluded[f].Load(), f.String())
		if f.opens() {
			count(d.failedOpen, p.stats.failedOpen[f].Load(), f.String())
		}
	}
	count(d.resends, p.stats.staleResends.Load())
	count(d.nobody, p.stats.noProvider.Load())
	count(d.explored, p.stats.explored.Load())
	count(d.indeterminate, p.stats.indeterminate.Load())
	count(d.panics, p.stats.panics.Load())
	c := p.Catalog()
	if c == nil {
		return
	}
	for _, profile := range c.Profiles {
		for _, chain := range p.ChainStates(profile.Slug) {
			collectChain(out, d, chain)
		}
	}
}

func collectChain(out chan<- prometheus.Metric, d descriptions, chain lasso.ChainState) {
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	flag := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	profile, id := string(chain.Profile), chain.Chain.String()
	gauge(d.head, float64(chain.Head), profile, id)
	gauge(d.blockTime, chain.BlockTime.Seconds(), profile, id)
	gauge(d.usable, float64(chain.Usable), profile, id)
	for _, p := range chain.Providers {
		for _, r := range p.Routes {
			labels := []string{profile, id, string(p.Provider), r.Transport.String()}
			gauge(d.breaker, float64(r.Breaker.State), labels...)
			gauge(d.limited, flag(!r.LimitedUntil.IsZero()), labels...)
			gauge(d.height, float64(p.Height), labels...)
			gauge(d.lag, float64(p.Behind), labels...)
			for _, s := range lasso.Statuses() {
				gauge(d.up, flag(s == r.Condition.Status), append(labels[:4:4], s.Key())...)
			}
		}
	}
}
