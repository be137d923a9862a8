package web

import (
	"testing"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/ui"
)

func TestBadgeStates(t *testing.T) {
	t.Parallel()
	drained := lasso.ProviderState{Drained: &lasso.Override{}}
	for _, tt := range []struct {
		name string
		st   lasso.ChainState
		want badgeState
	}{
		{"nothing known", lasso.ChainState{}, badgeState{ui.Unknown, "Unknown"}},
		{"well", lasso.ChainState{Status: lasso.Healthy, Usable: 2, Providers: make([]lasso.ProviderState, 2)}, badgeState{ui.Healthy, "Healthy"}},
		{"slow", lasso.ChainState{Status: lasso.Degraded, Usable: 2, Providers: make([]lasso.ProviderState, 2)}, badgeState{ui.Degraded, "Degraded"}},
		{"one missing", lasso.ChainState{Status: lasso.CircuitOpen, Usable: 1, Providers: make([]lasso.ProviderState, 2)}, badgeState{ui.Degraded, "1 of 2 usable"}},
		{"none left", lasso.ChainState{Status: lasso.CircuitOpen, Providers: make([]lasso.ProviderState, 2)}, badgeState{ui.CircuitOpen, "Down"}},
		{"one drained", lasso.ChainState{Status: lasso.Healthy, Usable: 1, Providers: []lasso.ProviderState{{}, drained}}, badgeState{ui.Healthy, "Healthy"}},
		{"all drained", lasso.ChainState{Status: lasso.Drained, Providers: []lasso.ProviderState{drained}}, badgeState{ui.CircuitOpen, "Down"}},
	} {
		if got := chainBadge(tt.st); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	up := lasso.ChainState{Status: lasso.Healthy, Usable: 1, Providers: make([]lasso.ProviderState, 1)}
	slow, down := up, up
	slow.Status, down.Usable = lasso.Degraded, 0
	for _, tt := range []struct {
		name   string
		states []lasso.ChainState
		want   badgeState
	}{
		{"no chain", nil, badgeState{ui.Unknown, "Unknown"}},
		{"well", []lasso.ChainState{up, up}, badgeState{ui.Healthy, "2 of 2 chains usable"}},
		{"slow", []lasso.ChainState{up, slow}, badgeState{ui.Degraded, "2 of 2 chains usable"}},
		{"one down", []lasso.ChainState{down, slow}, badgeState{ui.CircuitOpen, "1 of 2 chains usable"}},
	} {
		if got := profileBadge(tt.states); got != tt.want {
			t.Errorf("profile, %s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
