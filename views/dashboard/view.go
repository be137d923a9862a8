package dashboard

import "github.com/a-h/templ"

// View is a page's model: what a handler renders, whole or one fragment of it.
type View interface {
	// Page is the whole document.
	Page() templ.Component
	// Fragment is the element whose id it is, as the page polls it. It is
	// false for an id that the page has not.
	Fragment(id string) (templ.Component, bool)
}

// Model is a view that waits for the frame around it. The models of pages are
// it through the Shell that they embed.
type Model interface {
	View
	SetShell(Shell)
}

// SetShell makes this the frame of the page.
func (s *Shell) SetShell(frame Shell) { *s = frame }

// Page renders the whole document.
func (m Overview) Page() templ.Component { return overviewPage(m.chosen()) }

// Fragment renders one of FragmentFacts, FragmentFigures, FragmentAttention,
// FragmentTopologyDelta, FragmentActivity, FragmentChart and, with the table of the topology,
// FragmentChains.
func (m Overview) Fragment(id string) (templ.Component, bool) {
	m = m.chosen()
	if len(m.Chains) == 0 && id != FragmentFacts && id != FragmentAttention {
		return nil, false
	}
	switch id {
	case FragmentFacts:
		return together(m.Shell, overviewFacts(m)), true
	case FragmentFigures:
		return kpiStrip(m.Shell, m.kpis()), true
	case FragmentAttention:
		return attention(m.Shell, m.Problems, m.inService()), true
	case FragmentChains:
		if m.Topology.Table {
			return topologyTable(m), true
		}
	case FragmentTopologyDelta:
		return topologyDelta{m}, true
	case FragmentActivity:
		return overviewActivity(m), true
	case FragmentChart:
		return trafficPanel(m.traffic()), true
	}
	return nil, false
}

// Page renders the whole document.
func (m ChainPage) Page() templ.Component { return chainPage(m.chosen()) }

// Fragment renders one of FragmentFacts, FragmentFigures, FragmentProviders,
// FragmentChart, FragmentBehind, FragmentMethods, FragmentHeads,
// FragmentDistribution, FragmentDecisions, FragmentRanking and FragmentWindows,
// and with more than one region FragmentByRegion and FragmentPlaces.
func (m ChainPage) Fragment(id string) (templ.Component, bool) {
	m = m.chosen()
	switch id {
	case FragmentFacts:
		return together(m.Shell, chainFacts(m)), true
	case FragmentFigures:
		return kpiStrip(m.Shell, m.kpis()), true
	case FragmentProviders:
		return providersTable(m.Shell, m.Chain), true
	case FragmentChart:
		return trafficPanel(m.traffic()), true
	case FragmentBehind:
		return chainBehind(m), true
	case FragmentMethods:
		return methods(m.Shell, m.Methods), true
	case FragmentHeads:
		return chainHeads(m), true
	case FragmentDecisions:
		return chainDecisions(m), true
	case FragmentDistribution:
		return chainDistribution(m), true
	case FragmentWindows:
		return chainWindows(m), true
	case FragmentRanking:
		return chainRanking(m), true
	case FragmentByRegion:
		if len(m.ByRegion) > 1 {
			return latencyByRegion(m.Shell, m.ByRegion, m.ByRegionMoments), true
		}
	case FragmentPlaces:
		if len(m.Places) > 1 {
			return chainPlaces(m), true
		}
	}
	return nil, false
}

// Page renders the whole document.
func (m ProviderPage) Page() templ.Component { return providerPage(m) }

// Fragment renders one of FragmentFacts, FragmentStatus, FragmentBreakers,
// FragmentChart, FragmentWindows, FragmentErrors, FragmentMethods, FragmentEvents and
// FragmentLimits, with more than one region FragmentByRegion and
// FragmentBehind, else FragmentFigures, and FragmentActions where there are any.
func (m ProviderPage) Fragment(id string) (templ.Component, bool) {
	switch id {
	case FragmentFacts:
		return together(m.Shell, providerFacts(m)), true
	case FragmentStatus:
		if m.sideBySide() {
			return providerColumns(m), true
		}
		return providerStatus(m), true
	case FragmentFigures:
		if m.sideBySide() {
			return nil, false
		}
		return providerFigures(m), true
	case FragmentBreakers:
		return providerBreakers(m), true
	case FragmentChart:
		return trafficPanel(m.traffic()), true
	case FragmentWindows:
		return providerWindows(m), true
	case FragmentBehind:
		if m.sideBySide() {
			return providerBehind(m), true
		}
	case FragmentErrors:
		return providerErrors(m), true
	case FragmentMethods:
		return methods(m.Shell, m.Methods), true
	case FragmentEvents:
		return providerEvents(m), true
	case FragmentLimits:
		return providerLimits(m), true
	case FragmentByRegion:
		if len(m.ByRegion) > 1 {
			return latencyByRegion(m.Shell, m.ByRegion, m.ByRegionMoments), true
		}
	case FragmentActions:
		if m.acts() {
			return operatorPanel(m), true
		}
	}
	return nil, false
}
