package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/ui"
)

// mostLinks is how many chains and providers the command palette knows; the
// ones with problems come first.
const mostLinks = 5000

// paletteItem is one line of the command palette.
type paletteItem struct {
	Group  string `json:"group"` // "links": chains and providers; "pages": everything else
	Name   string `json:"name"`
	Detail string `json:"detail"`           // its kind and state: "provider · circuit open"
	Icon   string `json:"icon"`             // of the sprite: "s-open", "i-grid"
	Href   string `json:"href,omitempty"`   // empty: the page that is shown
	Region string `json:"region,omitempty"` // value of ?region= that it sets

	rank int
}

// palette answers with all that one can jump to within a profile.
func (s *Server) palette(c *fiber.Ctx) error {
	p, err := s.findProfile(param(c, "profile"))
	if err != nil {
		return err
	}
	wide, _ := s.widen(p) // pages have what only other nodes have
	items := s.links(wide)
	for _, e := range s.shell(p, "auto").Entries() {
		items = append(items, paletteItem{Group: "pages", Name: e.Label, Detail: "page", Icon: "i-" + e.Icon, Href: string(e.Href)})
	}
	if regions := s.regions(); len(regions) > 1 {
		for _, r := range regions {
			items = append(items, paletteItem{Group: "pages", Name: r, Detail: "region", Icon: "i-globe", Region: r})
		}
	}
	for _, other := range s.deps.Catalogs.Catalog().Profiles {
		if other.Unlisted || other == p {
			continue
		}
		name := other.Name
		if name == "" {
			name = string(other.Slug)
		}
		items = append(items, paletteItem{Group: "pages", Name: name, Detail: "profile", Icon: "i-inbox", Href: s.profilePath(other)})
	}
	return c.JSON(map[string]any{"items": items})
}

// links are the chains of a profile, each followed by its providers, those
// with problems first.
func (s *Server) links(p *lasso.Profile) []paletteItem {
	states := s.states(p.Slug, lasso.Place{})
	items := []paletteItem{}
	for _, ch := range p.Chains {
		st := states[ch.ID]
		chain := linkItem(ch.Name, "chain", uiStatus(st.Status), s.chainPath(p, ch))
		chain.Detail = "chain · no providers"
		if n := len(ch.Providers); n > 0 {
			chain.Detail = "chain · " + strconv.Itoa(healthy(st)) + " of " + strconv.Itoa(n) + " healthy"
		}
		items = append(items, chain)
		known := map[lasso.ProviderID]lasso.Status{}
		for _, ps := range st.Providers {
			known[ps.Provider] = ps.Condition.Status
		}
		for _, pr := range ch.Providers {
			items = append(items, linkItem(pr.Name+" on "+ch.Name, "provider", uiStatus(known[pr.ID]), s.providerPath(p, ch, pr)))
		}
	}
	slices.SortStableFunc(items, func(a, b paletteItem) int { return a.rank - b.rank })
	return items[:min(len(items), mostLinks)]
}

func linkItem(name, kind string, st ui.Status, href string) paletteItem {
	return paletteItem{
		Group: "links", Name: name, Detail: kind + " · " + strings.ToLower(st.Word()), Icon: "s-" + string(st), Href: href, rank: st.Rank(),
	}
}
