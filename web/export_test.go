package web

// Pages are the patterns of the addresses below a profile that answer with a
// page.
func (s *Server) Pages() []string {
	var all []string
	for _, r := range s.app.GetRoutes(true) {
		if r.Method == "GET" && len(r.Path) > len(overviewRoute) && r.Path[:len(overviewRoute)] == overviewRoute || r.Path == overviewRoute && r.Method == "GET" {
			all = append(all, r.Path)
		}
	}
	return all
}
