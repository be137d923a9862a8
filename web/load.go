package web

// Load is what the server carries at one moment.
type Load struct {
	Connections int   // open ones of clients
	Calls       int64 // RPC bodies being served
	Bytes       int64 // charged for them
	Limit       int64 // of Bytes
}

// Load tells what the server carries now. Safe for concurrent use; it does not
// block.
func (s *Server) Load() Load {
	return Load{
		Connections: int(s.app.Server().GetOpenConnectionsCount()),
		Calls:       s.budget.calls.Load(), Bytes: s.budget.used.Load(), Limit: s.budget.limit,
	}
}
