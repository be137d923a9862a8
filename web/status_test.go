package web_test

import (
	"testing"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// TestSuccessLimit: pages mark what the router judges.
func TestSuccessLimit(t *testing.T) {
	t.Parallel()
	if got, want := dashboard.SuccessLimit, lasso.SuccessLimit; got != want {
		t.Errorf("pages mark success under %v, providers are degraded under %v", got, want)
	}
}

// TestStatusOrder: the product and its pages know one order of statuses.
func TestStatusOrder(t *testing.T) {
	t.Parallel()
	all := lasso.Statuses()
	for i, s := range all {
		shown := ui.ParseStatus(s.Key())
		if shown != ui.Statuses()[i] || shown.Rank() != i+1 || shown.Word() != s.Word() {
			t.Errorf("%s stands at %d, on pages %q at %d", s.Word(), i+1, shown.Word(), shown.Rank())
		}
		for k, o := range all {
			if got, want := s.Worse(o), all[min(i, k)]; got != want {
				t.Errorf("worse of %s and %s = %s, want %s", s.Word(), o.Word(), got.Word(), want.Word())
			}
		}
	}
	for _, tt := range []struct{ a, b, want lasso.Status }{
		{lasso.StatusUnset, lasso.Healthy, lasso.StatusUnset},
		{lasso.Healthy, lasso.StatusUnset, lasso.StatusUnset},
		{lasso.StatusUnset, lasso.Lagging, lasso.Lagging},
		{lasso.Unknown, lasso.StatusUnset, lasso.Unknown},
	} {
		if got := tt.a.Worse(tt.b); got != tt.want {
			t.Errorf("worse of %d and %d = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
