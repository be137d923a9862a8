package dashboard

import "slices"

// The rows that the tables of pages list, in the order and with the filters of
// the address. What is drawn and what is served as a file is the same list;
// a drawing may show the first rows only.

// Attention are the provider links that are not healthy. The panel groups them
// where they are many.
func (m Overview) Attention() []ProviderRow { return sortRows(m.Problems, problemOrder(m.Sort)) }

// ListedChains are those that the filter of the topology leaves.
func (m Overview) ListedChains() []ChainRow { return arranged(m.pickedChains(), m.Sort) }

// ListedLinks are the provider links of these chains.
func (m Overview) ListedLinks() []ProviderRow {
	var rows []ProviderRow
	for _, c := range m.ListedChains() {
		rows = append(rows, sortRows(c.Providers, m.Sort)...)
	}
	return rows
}

// Listed are the chains of the chain list.
func (m ChainsPage) Listed() []ChainRow { return sortChains(matching(m.list(), m.Chains), m.Sort) }

// Listed are the provider links of the provider list.
func (m ProvidersPage) Listed() []ProviderRow { return slices.Concat(m.parted()) }

// parted are these rows: those with requests, and those without.
func (m ProvidersPage) parted() (used, unused []ProviderRow) {
	return inUse(sortRows(matching(m.list(), m.Rows), m.Sort), m.Sort)
}

// ListedProviders are the providers of the chain.
func (m ChainPage) ListedProviders() []ProviderRow { return unusedLast(m.Chain.Providers, m.Sort) }

// unusedLast sorts rows, those that are set apart behind the others.
func unusedLast(rows []ProviderRow, by string) []ProviderRow {
	used, unused := inUse(sortRows(rows, by), by)
	return append(used, unused...)
}

// ListedRanking are the providers of the chain against each other.
func (m ChainPage) ListedRanking() []ProviderRow { return m.ranked() }

// ListedServed are those that the calls of the range went to.
func (m ChainPage) ListedServed() []Served { return sortServed(m.Distribution.Providers, m.Sort) }

// ListedMethods are the methods of the chain.
func (m ChainPage) ListedMethods() []MethodRow { return sortMethods(m.Methods, m.MSort) }

// ListedMethods are the methods of the provider.
func (m ProviderPage) ListedMethods() []MethodRow { return sortMethods(m.Methods, m.MSort) }

// ListedErrors are the errors of the provider, by category.
func (m ProviderPage) ListedErrors() []ErrorRow {
	var rows []ErrorRow
	for _, c := range m.errorClasses() {
		rows = append(rows, c.Rows...)
	}
	return rows
}

// Listed are the methods, each with its cells.
func (m MethodsPage) Listed() []ByProvider { return m.ordered() }

// ListedNodes are the nodes of the cluster.
func (m ClusterPage) ListedNodes() []Node { return sortNodes(m.Nodes, m.Sort) }

// ListedNodes are the nodes set against each other.
func (m SystemPage) ListedNodes() []NodeRuntime { return m.ordered() }

// Listed are the chains with their providers, by the chosen figure.
func (m RegionsPage) Listed() []RegionChain {
	m = m.chosen()
	out := make([]RegionChain, 0, len(m.Chains))
	for _, c := range m.Chains {
		c.Providers = m.ordered(c)
		out = append(out, c)
	}
	return out
}

// Pair are the two regions that are compared, with the providers that have the
// chosen figure in both.
func (m RegionsPage) Pair() (left, right string, rows []Deviation) {
	m = m.chosen()
	rows, _ = m.deviations()
	return m.Left, m.Right, rows
}

// Worst are the regions in which a provider does worse than in the others.
func (m RegionsPage) Worst() []Outlier { return m.chosen().outliers() }

// Differences are the parts of the configuration in which nodes are not alike.
func (m ClusterPage) Differences() []Difference { return m.differences() }

// Answers are those of the run; none without one.
func (m PlaygroundPage) Answers() []PlaygroundAnswer {
	if m.Run == nil {
		return nil
	}
	return m.answers()
}
