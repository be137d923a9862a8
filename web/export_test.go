package web

import (
	"net/http"
	"strings"
	"time"
)

// PauseWith puts another wait in place of the one before a token is looked at.
func (s *Server) PauseWith(f func(time.Duration)) { s.pause = f }

// Pages are the patterns of the addresses of a profile's pages.
func (s *Server) Pages() []string {
	var all []string
	for _, r := range s.app.GetRoutes(true) {
		if r.Method == http.MethodGet && strings.HasPrefix(r.Path, overviewRoute) {
			all = append(all, r.Path)
		}
	}
	return all
}
