package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

// galleryPath is the page of all components, below /dashboard. The underscore
// keeps it apart from profiles.
const galleryPath = "/_gallery"

// gallery shows every component in every state, for those who work on them.
func (s *Server) gallery(c *fiber.Ctx) error {
	sh := s.shell(nil, s.theme(c))
	if p, ok := s.deps.Catalogs.Catalog().Default(); ok {
		sh = s.shell(p, s.theme(c))
	}
	setLooks(c, &sh)
	sh.Title, sh.Path, sh.Banner = "Components", c.Path(), nil
	return s.draw(c, c.Query("fragment"), func(now, drawn time.Time, _ time.Duration) dashboard.View {
		sh := sh
		sh.Now, sh.Drawn = now, drawn
		return dashboard.Gallery{Shell: sh}
	}, 0)
}
