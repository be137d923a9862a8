package simnode

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// server is the listener of a node. The zero value is not listening.
type server struct {
	mu   sync.Mutex
	addr string // host:port, kept between Kill and Restart
	live *listening
}

// listening is one life of the server.
type listening struct {
	http   *http.Server
	cancel context.CancelFunc // of all requests
	done   chan struct{}      // closed when Serve has returned
	conns  sync.WaitGroup     // goroutines of connections
}

var errListening = errors.New("simnode: already listening")

// Listen starts to serve on a free port of 127.0.0.1 and returns the URL. The
// context bounds the listening itself, not the serving: that ends with Kill.
func (n *Node) Listen(ctx context.Context) (url string, err error) {
	n.server.mu.Lock()
	defer n.server.mu.Unlock()
	if err := n.listen(ctx, "127.0.0.1:0"); err != nil {
		return "", err
	}
	return "http://" + n.server.addr, nil
}

// Start is Listen for tests: it panics where there is no port to listen on, as
// net/http/httptest does. Stop is Kill.
func (n *Node) Start() (url string, stop func()) {
	url, err := n.Listen(context.Background())
	if err != nil {
		panic(err)
	}
	return url, n.Kill
}

// Kill closes the listener and every connection at once, as the death of the
// process would, and waits until all requests have ended. Filters are lost. It
// does nothing when the node is not listening.
func (n *Node) Kill() {
	n.server.mu.Lock()
	defer n.server.mu.Unlock()
	l := n.server.live
	if l == nil {
		return
	}
	n.server.live = nil
	_ = l.http.Close() // an error only says that the listener was closed before
	l.cancel()
	<-l.done
	_ = l.http.Close() // for a connection that was accepted during the first Close
	l.conns.Wait()
	n.filters.clear()
}

// Restart listens again on the port that the node had before Kill. While the
// port is taken it tries again, until the context ends or for two seconds.
func (n *Node) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	n.server.mu.Lock()
	defer n.server.mu.Unlock()
	if n.server.addr == "" {
		return errors.New("simnode: restart before the first start")
	}
	for {
		err := n.listen(ctx, n.server.addr)
		if err == nil || errors.Is(err, errListening) || !wait(ctx, 20*time.Millisecond) {
			return err
		}
	}
}

// listen needs the lock of the server.
func (n *Node) listen(ctx context.Context, addr string) error {
	if n.server.live != nil {
		return errListening
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("simnode: %w", err)
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &listening{cancel: cancel, done: make(chan struct{})}
	l.http = &http.Server{
		Handler:           n,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnState: func(_ net.Conn, s http.ConnState) {
			switch s { // the first is reported before Serve can return, the last by the connection's goroutine
			case http.StateNew:
				l.conns.Add(1)
			case http.StateClosed, http.StateHijacked:
				l.conns.Done()
			default:
			}
		},
	}
	n.server.addr = ln.Addr().String()
	n.server.live = l
	go func() {
		defer close(l.done)
		_ = l.http.Serve(ln) // ends with Kill
	}()
	return nil
}
