package web

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/valyala/fasthttp"
)

// lobby knows the connections that have not sent a byte yet. The HTTP server
// waits seconds for them when it stops; the lobby closes them at once.
type lobby struct {
	size   atomic.Int64 // of conns: spares a busy connection the lock
	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

// observe is told of every change of a connection's state.
func (l *lobby) observe(c net.Conn, state fasthttp.ConnState) {
	if state != fasthttp.StateNew && l.size.Load() == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.size.Store(int64(len(l.conns))) }()
	switch {
	case state != fasthttp.StateNew:
		delete(l.conns, c)
	case l.closed:
		_ = c.Close()
	default:
		if l.conns == nil {
			l.conns = map[net.Conn]struct{}{}
		}
		l.conns[c] = struct{}{}
	}
}

// close ends all connections that wait, and those that still come.
func (l *lobby) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for c := range l.conns {
		_ = c.Close()
	}
	clear(l.conns)
}
