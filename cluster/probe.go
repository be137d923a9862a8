package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// probe finds out about a node whose route went silent, or was lost because both
// sides dialled at once and each closed the connection that the other kept. While
// its kernel still accepts connections, the process is there, and will be
// connected again or does not run: the health checks are left to say so. When it
// does not, the node is gone. One that dialled us and has not said yet where it is
// reached is given a moment to come back.
func (e *embedded) probe(ctx context.Context, name string, r route) {
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.probing, name)
	}()
	homes := e.homes(r)
	if len(homes) == 0 && !wait(ctx, probeEvery) {
		return
	}
	for {
		err := errNoHome
		if len(homes) > 0 {
			err = tryDial(ctx, homes)
		}
		if ctx.Err() != nil {
			return
		}
		e.mu.Lock()
		_, back := e.routes[name]
		e.mu.Unlock()
		if back {
			return
		}
		if errors.Is(err, errNoHome) {
			e.who.left(r.boot, "the connection to it was lost before it had said where it is reached")
			return
		}
		if err != nil {
			e.who.left(r.boot, fmt.Sprintf("the connection to it was lost, and %s does not answer: %s", strings.Join(homes, ", "), dialReason(err.Error())))
			return
		}
		if !wait(ctx, probeEvery) {
			return
		}
	}
}

var errNoHome = errors.New("no address of the node is known")

// homes are where a node may be dialled: what it says itself, and of that what we
// saw, as far as it can be told. There is none of a node that dialled us and has
// said nothing yet.
func (e *embedded) homes(r route) []string {
	var all []string
	for _, s := range e.who.homes(r.boot) {
		a, err := netip.ParseAddrPort(s)
		switch {
		case err != nil: // a name
			all = append(all, s)
		case a.Addr() == r.ip:
			return []string{s}
		case !e.own(a):
			all = append(all, s)
		}
	}
	if len(all) > 0 {
		return all
	}
	// What the engine says of who dialled changes when it settles which of two
	// connections stays: only where discovery told us to dial is a home.
	at := netip.AddrPortFrom(r.ip, r.port)
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.wanted[at]; ok {
		return []string{at.String()}
	}
	return nil
}

// tryDial returns nil when one of the addresses accepts a connection.
func tryDial(ctx context.Context, addresses []string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	results := make(chan error, len(addresses))
	for _, a := range addresses {
		go func() {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", a)
			if err == nil {
				err = conn.Close()
			}
			results <- err
		}()
	}
	var first error
	accepted := false
	for range addresses {
		err := <-results
		switch {
		case err == nil:
			accepted = true
			cancel() // the others need not be waited for long
		case first == nil:
			first = err
		}
	}
	if accepted {
		return nil
	}
	return first
}
