package dashboard

import "slices"

// The last hour of a row is dear to read. The functions of this file ask for it
// for the rows that the page draws, and for no others. A row that fill is called
// with belongs to the model: what it sets there is drawn.

// FillAttention calls fill for the rows that the panel of problems draws.
func (m Overview) FillAttention(fill func(*ProviderRow)) {
	lines := problemLines(m.Problems, m.Sort)
	drawn := picks{}
	for i := range lines[:min(len(lines), mostGroups)] {
		drawn.add(&lines[i].ProviderRow)
	}
	drawn.each(m.Problems, fill)
}

// FillTable calls chain and link for the rows that the table of the topology
// draws.
func (m Overview) FillTable(chain func(*ChainRow), link func(*ProviderRow)) {
	dense := isDense(m.pickedChains())
	for _, i := range m.picked() {
		c := &m.Chains[i]
		chain(c)
		shown, _ := c.lines(dense, m.Sort)
		drawn := picks{}
		for k := range shown {
			drawn.add(&shown[k])
		}
		drawn.each(c.Providers, link)
	}
}

// FillChains calls fill for the chains on the page of the list.
func (m ChainsPage) FillChains(fill func(*ChainRow)) {
	listed := m.Listed()
	w := windowOf(len(listed), m.Nth)
	for _, c := range cut(listed, w.from, w.to) {
		fill(&m.Chains[slices.IndexFunc(m.Chains, func(o ChainRow) bool { return o.Ref.ID == c.Ref.ID })])
	}
}

// FillRows calls fill for the rows on the page of the list, if it shows their
// history.
func (m ProvidersPage) FillRows(fill func(*ProviderRow)) {
	if !slices.ContainsFunc(m.columns(), func(c listColumn) bool { return c.key == "history" }) {
		return
	}
	listed := m.Listed()
	w := windowOf(len(listed), m.Nth)
	page := cut(listed, w.from, w.to)
	drawn := make(picks, len(page))
	for i := range page {
		drawn.add(&page[i])
	}
	drawn.each(m.Rows, fill)
}

// picks are rows that are drawn, by chain and provider.
type picks map[pick]bool

type pick struct {
	chain    uint64
	provider string
}

func (p picks) add(r *ProviderRow) { p[pick{r.Chain.ID, r.ID}] = true }

// each calls fill for those of rows that are drawn.
func (p picks) each(rows []ProviderRow, fill func(*ProviderRow)) {
	for i := range rows {
		if p[pick{rows[i].Chain.ID, rows[i].ID}] {
			fill(&rows[i])
		}
	}
}
