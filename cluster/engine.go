package cluster

import (
	"context"
	"net/netip"

	"github.com/nats-io/nats.go"

	"github.com/lasso-rpc/lasso"
)

// engine carries messages between nodes and knows which ones it reaches.
type engine interface {
	// start brings the mesh up and returns a connection to it. After an error
	// nothing is left running.
	start(ctx context.Context, who presence) (*nats.Conn, error)
	// run watches who is there until ctx ends.
	run(ctx context.Context)
	// dial says where discovery found cluster ports.
	dial(found []netip.AddrPort)
	// address is where this node listens; not valid where it does not.
	address() netip.AddrPort
	// heard is told of signs of life.
	heard(id lasso.NodeID, boot lasso.BootID)
	// stop ends everything and waits for it. The connection is closed already.
	stop()
	// secured is the word for how messages are protected.
	secured() string
}

// presence is told of the comings and goings that an engine sees. Its methods
// may be called from any goroutine, any number of times.
type presence interface {
	joined(id lasso.NodeID, boot lasso.BootID)
	left(boot lasso.BootID, why string)
	// homes returns where a node says it is reached, as host:port.
	homes(boot lasso.BootID) []string
}

// clientOptions are those of every connection to an engine.
func (c *Cluster) clientOptions() []nats.Option {
	return []nats.Option{
		nats.Name(engineName(c.self, c.boot)),
		nats.NoEcho(),
		nats.MaxReconnects(-1),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) { c.engineError(sub, err) }),
	}
}
