package dashboard_test

import (
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

const hostile = `"><script>alert('x')</script><b onmouseover=alert(1) style="color:red">&amp;`

func sampleTime() time.Time { return time.Date(2026, time.November, 23, 14, 32, 8, 0, time.UTC) }

func sampleShell(nav dashboard.Nav, path string) dashboard.Shell {
	return dashboard.Shell{
		Title: "Sample", Nav: nav, Path: path, Now: sampleTime(), Theme: "dark", Attention: 3,
		Profile:  dashboard.Profile{Slug: "production"},
		Profiles: []dashboard.Profile{{Slug: "production"}, {Slug: "staging", Name: "Staging"}},
		Coverage: dashboard.Coverage{Responding: 2, Total: 3, Missing: []string{"eu-1"}},
		Banner: &dashboard.Banner{
			Status: ui.Degraded, Title: "The last reload was refused: 1 mistake.", Text: "The old configuration serves.",
			Items: []string{"production.yml:3:4: unknown key"}, At: sampleTime().Add(-time.Minute),
		},
	}
}

func sampleCells() []ui.Cell {
	cells := make([]ui.Cell, 60)
	for i := range cells {
		cells[i] = ui.Cell{At: sampleTime(), Status: ui.Statuses()[i%8], Behind: int64(i % 7), NoData: i%13 == 0}
	}
	return cells
}

func sampleSeries() dashboard.Series {
	s := dashboard.Series{Step: time.Second}
	for i := range 60 {
		s.Points = append(s.Points, dashboard.Point{
			At: sampleTime().Add(time.Duration(i-60) * time.Second), Calls: uint64(i), Failed: uint64(i / 9),
			P50: 30, P95: 150 + float64(i), Gap: i > 20 && i < 24,
		})
	}
	return s
}

func sampleRow(chain dashboard.ChainRef, id string, status ui.Status) dashboard.ProviderRow {
	state := ui.State{Status: status, Reason: "reason of " + string(status), Since: sampleTime().Add(-268 * time.Second), Next: sampleTime().Add(12 * time.Second)}
	if status == ui.Healthy {
		state.Reason, state.Next = "", time.Time{}
	}
	return dashboard.ProviderRow{
		Chain: chain, ID: id, State: state,
		Breakers: []ui.Breaker{
			{Transport: "HTTP", Circuit: ui.Open, State: state, Failures: 5, Threshold: 5, LastError: "HTTP 502"},
			{Transport: "WS", Circuit: ui.HalfOpen, State: state, Successes: 1, Needed: 3},
		},
		Height: 23_871_204, HeightAt: sampleTime().Add(-4 * time.Second), Behind: 4, MaxLag: 2,
		Calls: 1284, Share: 0.46, PerSecond: 21.4, SuccessRate: 0.99999, P50: 38, P95: 1310, P99: 2000, Strip: sampleCells(),
	}
}

func sampleChain(id uint64, name string, providers int) dashboard.ChainRow {
	ref := dashboard.ChainRef{ID: id, Alias: fmt.Sprintf("chain-%d", id), Name: name}
	row := dashboard.ChainRow{
		Ref: ref, State: ui.State{Status: ui.CircuitOpen, Reason: "one is open"}, Head: 23_871_204, HeadAt: sampleTime().Add(-4 * time.Second),
		BlockTime: 12 * time.Second, Usable: providers - 1, Hour: sampleSeries(), Figures: sampleFigures(),
	}
	for i := range providers {
		row.Providers = append(row.Providers, sampleRow(ref, fmt.Sprintf("provider-%d", i), ui.Statuses()[i%len(ui.Statuses())]))
	}
	return row
}

func sampleFigures() dashboard.Figures {
	return dashboard.Figures{Calls: 77_040, Failed: 12, Failovers: 46, PerSecond: 1284, SuccessRate: 0.9971, P50: 38, P95: 184, P99: 460}
}

func sampleKPIs() dashboard.KPIs {
	five := sampleFigures()
	five.SuccessRate, five.Failovers = 0.9979, 110
	return dashboard.KPIs{
		Minute: sampleFigures(), Five: five, Recent: sampleSeries(), Probes: 30, ProbesPerMin: 30, ProbeShare: 0.021,
		Usable: 15, Providers: 16, Healthy: 14, Chains: 2, ChainsUsable: 2, TrafficShare: 0.4,
	}
}

func sampleFeed(ref dashboard.ChainRef) []dashboard.FeedRow {
	return []dashboard.FeedRow{
		{Seq: 5, At: sampleTime(), Chain: ref, Provider: "provider-1", Method: "eth_call", Duration: 31 * time.Millisecond, Strategy: "load-balanced"},
		{Seq: 4, At: sampleTime(), Chain: ref, Provider: "provider-2", Method: "eth_getLogs", Duration: 1310 * time.Millisecond, Failovers: 1, Detail: "provider-1: HTTP 502"},
		{Seq: 3, At: sampleTime(), Chain: ref, Method: "eth_chainId", Duration: 200 * time.Microsecond, Local: true},
		{Seq: 2, At: sampleTime(), Chain: ref, Method: "eth_call", Failed: true, Category: "timeout", Detail: "no answer"},
		{Seq: 1, At: sampleTime(), Event: true, Chain: ref, Provider: "provider-1", Status: ui.TestingRecovery, Title: "HTTP open to half-open", Detail: "wait over"},
	}
}

func sampleMethods() []dashboard.MethodRow {
	return []dashboard.MethodRow{
		{Method: "eth_call", Calls: 1200, PerSecond: 20, SuccessRate: 1, P50: 31, P95: 151, P99: 340, LastAt: sampleTime()},
		{Method: "eth_getLogs", Calls: 7, Errors: 1, PerSecond: 0.1, SuccessRate: 6.0 / 7, P50: 90, P95: 400, P99: 800, LastAt: sampleTime()},
	}
}

func overview() dashboard.Overview {
	chain := sampleChain(1, "Ethereum", 9)
	other := sampleChain(8453, "Base", 9)
	m := dashboard.Overview{
		Shell: sampleShell(dashboard.NavOverview, "/dashboard/production"), KPIs: sampleKPIs(), Rows: 16,
		Chains: []dashboard.ChainRow{chain, other}, Feed: sampleFeed(chain.Ref),
	}
	for _, c := range m.Chains {
		for _, r := range c.Providers {
			if r.State.Status != ui.Healthy {
				m.Problems = append(m.Problems, r)
			}
		}
	}
	return m
}

func chainPage() dashboard.ChainPage {
	chain := sampleChain(1, "Ethereum", 9)
	return dashboard.ChainPage{
		Shell: sampleShell(dashboard.NavChains, "/dashboard/production/chains/chain-1"), Chain: chain, KPIs: sampleKPIs(),
		Series: sampleSeries(), Methods: sampleMethods(), Feed: sampleFeed(chain.Ref),
		Endpoints: []dashboard.Endpoint{
			{Strategy: "load-balanced", Note: "Spreads requests.", URL: "http://127.0.0.1:4000/rpc/production/chain-1", Current: true},
			{Strategy: "fastest", Note: "The fastest.", URL: "http://127.0.0.1:4000/rpc/production/fastest/chain-1"},
		},
	}
}

func providerPage() dashboard.ProviderPage {
	ref := dashboard.ChainRef{ID: 1, Alias: "chain-1", Name: "Ethereum"}
	m := dashboard.ProviderPage{
		Shell: sampleShell(dashboard.NavProviders, "/dashboard/production/chains/chain-1/providers/provider-0"),
		Row:   sampleRow(ref, "provider-0", ui.CircuitOpen), Siblings: []dashboard.ChainRef{{ID: 8453, Alias: "base", Name: "Base"}},
		Figures: sampleFigures(), Failovers: 3, Methods: sampleMethods(), Events: sampleFeed(ref)[4:],
		Errors: []dashboard.ErrorRow{{Message: "HTTP 502", Category: "server_error", Count: 41, LastAt: sampleTime()}},
		Breakers: []dashboard.BreakerTrack{{Node: "n1", Transport: "HTTP", Circuit: ui.Open, From: sampleTime().Add(-time.Hour), Changes: []dashboard.BreakerChange{
			{At: sampleTime().Add(-9 * time.Minute), To: ui.Open, Reason: "5 failures in a row"}, {At: sampleTime().Add(-8 * time.Minute), To: ui.HalfOpen}, {At: sampleTime().Add(-7 * time.Minute), To: ui.Open},
		}}},
		Windows:  []dashboard.WindowRow{{Range: "1m", Figures: sampleFigures(), Share: 0.4}, {Range: "24h", Figures: sampleFigures()}},
		Instance: "provider-0-1", SharedBy: []string{"production", "staging"}, ProbeEvery: 12 * time.Second, ProbesPerMin: 5,
		ProbeShare: 0.027, MaxBlockRange: 2000, ChainSeen: 5, BytesIn: 1 << 20, BytesOut: 1 << 10,
		Operator: &dashboard.Operator{Node: "n1", Region: "eu-west-1", SignedIn: true, CSRF: "c", Breakers: []dashboard.ForcedBreaker{{Transport: "HTTP"}}},
	}
	for i := range 22 {
		m.Bins = append(m.Bins, dashboard.Bin{UpTo: math.Pow(4000, float64(i+1)/22), Count: uint64(i * (21 - i))})
	}
	return m
}

func pages() map[string]dashboard.View {
	all := clusterPages()
	maps.Copy(all, systemPages())
	maps.Copy(all, map[string]dashboard.View{
		"overview": overview(),
		"dense overview": func() dashboard.View {
			m := overview()
			m.Chains = nil
			for i := range 12 {
				m.Chains = append(m.Chains, sampleChain(uint64(100+i), fmt.Sprintf("Chain %d", i), 8))
			}
			m.Problems = nil
			return m
		}(),
		"drawn overview":   drawnOverview(),
		"drawing of 60×25": bigOverview(60, 25, 9),
		"overview as a table": func() dashboard.View {
			m := overview()
			m.Topology.Table = true
			return m
		}(),
		"empty overview": dashboard.Overview{Shell: sampleShell(dashboard.NavOverview, "/dashboard/production")},
		"quiet overview": dashboard.Overview{
			Shell: sampleShell(dashboard.NavOverview, "/dashboard/production"), Rows: 1,
			Chains: []dashboard.ChainRow{{Ref: dashboard.ChainRef{ID: 1}, Providers: []dashboard.ProviderRow{{ID: "a", State: ui.State{Status: ui.Healthy}}}}},
		},
		"chain":          chainPage(),
		"empty chain":    dashboard.ChainPage{Shell: sampleShell(dashboard.NavChains, "/dashboard/production/chains/1"), Chain: dashboard.ChainRow{Ref: dashboard.ChainRef{ID: 1}}},
		"provider":       providerPage(),
		"empty provider": dashboard.ProviderPage{Shell: sampleShell(dashboard.NavProviders, "/dashboard/production/chains/1/providers/a"), Row: dashboard.ProviderRow{ID: "a", Chain: dashboard.ChainRef{ID: 1}}},
		"chains":         dashboard.ChainsPage{Shell: sampleShell(dashboard.NavChains, "/dashboard/production/chains"), Chains: overview().Chains},
		"providers":      dashboard.ProvidersPage{Shell: sampleShell(dashboard.NavProviders, "/dashboard/production/providers"), Rows: overview().Chains[0].Providers},
		"no providers":   dashboard.ProvidersPage{Shell: sampleShell(dashboard.NavProviders, "/dashboard/production/providers")},
		"not found":      dashboard.NotFound{Shell: sampleShell(dashboard.NavNone, "/dashboard/production/x"), What: "chain", Name: "x"},
		"failed":         dashboard.Failed{Shell: sampleShell(dashboard.NavNone, "/dashboard/production"), Code: 500, Message: "It failed.", RequestID: "r1"},
		"events":         eventsPage(),
		"no events":      &dashboard.EventsPage{Shell: sampleShell(dashboard.NavEvents, "/dashboard/production/events")},
		"loading":        dashboard.Loading{Shell: sampleShell(dashboard.NavOverview, "/dashboard/production")},
	})
	return all
}

func fragments() []string {
	return []string{
		dashboard.FragmentActions, dashboard.FragmentFacts, dashboard.FragmentFigures, dashboard.FragmentAttention, dashboard.FragmentChains, dashboard.FragmentActivity,
		dashboard.FragmentProviders, dashboard.FragmentChart, dashboard.FragmentBehind, dashboard.FragmentMethods, dashboard.FragmentHeads,
		dashboard.FragmentDecisions, dashboard.FragmentStatus, dashboard.FragmentErrors, dashboard.FragmentEvents, dashboard.FragmentLimits,
		dashboard.FragmentNodes, dashboard.FragmentNodeTable, dashboard.FragmentFindings, dashboard.FragmentSetup, dashboard.FragmentLinks, dashboard.FragmentMatrix,
		dashboard.FragmentPair, dashboard.FragmentShort, dashboard.FragmentByRegion,
		dashboard.FragmentRuntime, dashboard.FragmentBuilds, dashboard.FragmentBuffers, dashboard.FragmentLoaded, dashboard.FragmentProfile,
		dashboard.FragmentDiffers, dashboard.FragmentSettings, dashboard.FragmentBreakers, dashboard.FragmentWindows, dashboard.FragmentCounts,
	}
}
