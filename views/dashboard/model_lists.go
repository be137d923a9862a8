package dashboard

import "github.com/lasso-rpc/lasso/views/ui"

// FragmentCounts are the counts above a list, each of which is a filter.
const FragmentCounts = "counts"

// MostFilterText is the longest ?q= of a list, in bytes.
const MostFilterText = 64

// PageRows is how many rows a list shows at once.
const PageRows = 100

// ListFilter is which rows a list shows: those that all its parts hold for.
type ListFilter struct {
	Text    string    // ?q=: words that the names hold, in any case; empty: any
	Status  ui.Status // ?status=; empty: any
	Failing bool      // ?failing=1: only what needs attention
	Changed string    // ?changed=: only what changed its status in that time, one of [Changes]; empty: any
}

// Changes are the values of ?changed=.
func Changes() []string { return []string{"5m", "15m", "1h"} }

// ChainsPage is the model of /dashboard/:profile/chains.
type ChainsPage struct {
	Shell
	Chains []ChainRow // in configured order
	Filter ListFilter
	Nth    int // page of the list, from 1; one beyond the last is the last
}

// ProvidersPage is the model of /dashboard/:profile/providers.
type ProvidersPage struct {
	Shell
	Rows    []ProviderRow // in configured order
	Filter  ListFilter
	Nth     int      // page of the list, from 1; one beyond the last is the last
	Columns []string // ?cols=, of [ListColumns]; empty: the usual ones
}
