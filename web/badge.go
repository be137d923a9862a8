package web

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// badgeFor is how long a picture of a state may be shown without asking again.
const badgeFor = 30 * time.Second

// What a badge may show.
const (
	badgeStatus  = "status"
	badgeSuccess = "success"
	badgeP95     = "p95"
	badgeRate    = "rate"
)

func badgeMetrics() []string { return []string{badgeStatus, badgeSuccess, badgeP95, badgeRate} }

// badge answers with a small picture of the state, or of one figure over the
// window, of a profile, a chain or a provider, for pages of other sites.
func (s *Server) badge(c *fiber.Ctx, sc scope) error {
	metric := c.Query("metric", badgeStatus)
	label, state, f, err := s.badgeOf(c, sc)
	if err != nil {
		return err
	}
	var value string
	switch metric {
	case badgeStatus:
		value = state.words
	case badgeSuccess:
		value, label = views.None, label+" success"
		if f.Calls > 0 {
			value = views.Success(f.SuccessRate) + " %"
		}
	case badgeP95:
		value, label = views.None, label+" p95"
		if f.Calls > 0 {
			value = views.Milliseconds(f.P95)
		}
	case badgeRate:
		value, label = views.Rate(f.PerSecond)+" /s", label+" requests"
	default:
		return badQuery("metric", metric, badgeMetrics())
	}
	var buf bytes.Buffer
	if err := ui.Plate(clip(label), value, state.status).Render(c.Context(), &buf); err != nil {
		return fmt.Errorf("render a badge: %w", err)
	}
	c.Set(fiber.HeaderContentType, "image/svg+xml; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age="+strconv.Itoa(int(badgeFor.Seconds())))
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return c.Send(buf.Bytes())
}

// badgeState is a status in the words of a badge.
type badgeState struct {
	status ui.Status
	words  string
}

// badgeFigures are those that a badge may show.
type badgeFigures struct {
	Calls                       uint64
	PerSecond, SuccessRate, P95 float64 // P95 in milliseconds
}

// badgeOf gathers what the path names: a provider, a chain, or all chains.
func (s *Server) badgeOf(c *fiber.Ctx, sc scope) (string, badgeState, badgeFigures, error) {
	if sc.chain == nil {
		t := s.deps.Figures.Totals(sc.of(sc.window)).Data
		return sc.profile.Name, profileBadge(s.deps.Board.ChainStates(sc.profile.Slug, sc.place)), badgeFigures{t.Calls, t.PerSecond, t.SuccessRate, t.Latency.P95}, nil
	}
	st, _ := s.chainState(sc.profile.Slug, sc.place, sc.chain.ID)
	if c.Params("provider") == "" {
		t := s.deps.Figures.Totals(sc.of(sc.window)).Data
		return sc.chain.Name, chainBadge(st), badgeFigures{t.Calls, t.PerSecond, t.SuccessRate, t.Latency.P95}, nil
	}
	pr, err := providerOf(sc.profile, sc.chain, param(c, "provider"))
	if err != nil {
		return "", badgeState{}, badgeFigures{}, err
	}
	state := badgeState{ui.Unknown, ui.Unknown.Word()}
	for _, ps := range st.Providers {
		if ps.Provider == pr.ID {
			status := uiStatus(ps.Condition.Status)
			state = badgeState{status, status.Word()}
		}
	}
	var f badgeFigures
	for _, row := range s.deps.Figures.Leaderboard(sc.of(sc.window)).Data {
		if row.Provider == pr.ID {
			f = badgeFigures{row.Calls, row.PerSecond, row.SuccessRate, row.P95}
		}
	}
	return cmp.Or(pr.Name, string(pr.ID)) + " on " + sc.chain.Name, state, f, nil
}

// chainBadge says whether a chain can take calls: down without a usable
// provider, degraded while one is missing.
func chainBadge(st lasso.ChainState) badgeState {
	all := 0
	for i := range st.Providers {
		if st.Providers[i].Drained == nil { // what an operator took out is not missed
			all++
		}
	}
	switch {
	case len(st.Providers) == 0:
		return badgeState{ui.Unknown, ui.Unknown.Word()}
	case st.Usable == 0:
		return badgeState{ui.CircuitOpen, "Down"}
	case st.Usable < all:
		return badgeState{ui.Degraded, fmt.Sprintf("%d of %d usable", st.Usable, all)}
	}
	status := uiStatus(st.Status)
	return badgeState{status, status.Word()}
}

// profileBadge counts the chains that can take calls.
func profileBadge(states []lasso.ChainState) badgeState {
	usable, well := 0, 0
	for _, st := range states {
		status := chainBadge(st).status
		if status != ui.CircuitOpen {
			usable++
		}
		if status == ui.Healthy {
			well++
		}
	}
	b := badgeState{ui.Healthy, fmt.Sprintf("%d of %d chains usable", usable, len(states))}
	switch {
	case len(states) == 0:
		return badgeState{ui.Unknown, ui.Unknown.Word()}
	case usable < len(states):
		b.status = ui.CircuitOpen
	case well < len(states):
		b.status = ui.Degraded
	}
	return b
}
