package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// unheard is a board on which no provider has answered yet.
type unheard struct{ board }

func (u unheard) ChainStates(p lasso.ProfileID, at lasso.Place) []lasso.ChainState {
	states := u.board.ChainStates(p, at)
	for i := range states {
		states[i].Status = lasso.Unknown
		for k := range states[i].Providers {
			states[i].Providers[k].Condition = lasso.Condition{Status: lasso.Unknown}
		}
	}
	return states
}

// The overview of a node that has just begun is a skeleton that loads itself
// again, until the first provider answers, and at most ten seconds.
func TestWarming(t *testing.T) {
	t.Parallel()
	const skeleton = `data-retry="1"`
	for _, tt := range []struct {
		name  string
		board func(board) web.Board
		up    time.Duration
		path  string
		want  bool
	}{
		{"just begun", func(b board) web.Board { return unheard{b} }, 200 * time.Millisecond, "", true},
		{"a provider has answered", func(b board) web.Board { return b }, 200 * time.Millisecond, "", false},
		{"for long", func(b board) web.Board { return unheard{b} }, 10 * time.Second, "", false},
		{"another page", func(b board) web.Board { return unheard{b} }, 200 * time.Millisecond, "/providers", false},
		{"a part", func(b board) web.Board { return unheard{b} }, 200 * time.Millisecond, "?fragment=attention", false},
	} {
		r := setupBoard(t, tt.board, func(c *web.Config) { c.Now = func() time.Time { return start.Add(tt.up) } })
		res := r.get("/dashboard/public" + tt.path)
		if got := strings.Contains(res.body, skeleton); res.status != 200 || got != tt.want {
			t.Errorf("%s: %d, a skeleton: %t, want %t", tt.name, res.status, got, tt.want)
		}
		if tt.want && !strings.Contains(res.body, "Loading, first answer expected") {
			t.Errorf("%s: nobody says so", tt.name)
		}
	}
	r := setupBoard(t, func(b board) web.Board { return unheard{b} }, func(c *web.Config) { c.Now = func() time.Time { return start } })
	if res := r.get("/dashboard/public?format=csv"); res.status != 200 || !strings.HasPrefix(res.header.Get("Content-Type"), "text/csv") {
		t.Errorf("a file of a node that has just begun: %d %s", res.status, res.header.Get("Content-Type"))
	}
}
