package web

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

// What a reader chooses about looks alone: ?theme= and ?kiosk=, and the cookies
// that outlive them.
const (
	themeCookie   = "theme"
	densityCookie = "density"
	kioskOn       = "1"
)

func themes() []string { return []string{"auto", "dark", "light"} }

// theme is ?theme=, which is remembered, else the remembered one, else "auto".
func (s *Server) theme(c *fiber.Ctx) string {
	if t := c.Query("theme"); slices.Contains(themes(), t) {
		c.Cookie(&fiber.Cookie{
			Name: themeCookie, Value: t, Path: s.root(), MaxAge: int((365 * 24 * time.Hour).Seconds()), SameSite: fiber.CookieSameSiteLaxMode,
		})
		return t
	}
	if t := c.Cookies(themeCookie); slices.Contains(themes(), t) {
		return t
	}
	return "auto"
}

// setLooks reads what there is beyond the theme: kiosk mode and the height of
// rows.
func setLooks(c *fiber.Ctx, sh *dashboard.Shell) {
	sh.Kiosk = c.Query("kiosk") == kioskOn
	if d := c.Cookies(densityCookie); slices.Contains(dashboard.Densities(), d) {
		sh.Density = d
	}
}
