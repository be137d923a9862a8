package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lasso-rpc/lasso"
)

// external is a NATS that somebody else runs. It does not tell who is there, so
// that signs of life do.
type external struct {
	cfg     *Config
	options []nats.Option
	log     *slog.Logger
	who     presence
	silence time.Duration // after which a node is gone

	mu   sync.Mutex
	last map[lasso.BootID]time.Time
}

func newExternal(c *Cluster) *external {
	return &external{
		cfg:     &c.cfg,
		options: c.clientOptions(),
		log:     c.log,
		silence: 3*c.cfg.BeatInterval + c.cfg.BeatInterval/4,
		last:    map[lasso.BootID]time.Time{},
	}
}

func (x *external) secured() string {
	for one := range strings.SplitSeq(x.cfg.NATSURL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Scheme != "tls" && u.Scheme != "wss" {
			if x.cfg.NATSCreds != "" || err == nil && u.User != nil {
				return secureSecret
			}
			return secureNone
		}
	}
	return secureTLS
}

func (*external) address() netip.AddrPort { return netip.AddrPort{} }
func (*external) dial([]netip.AddrPort)   {}
func (*external) stop()                   {}

func (x *external) start(_ context.Context, who presence) (*nats.Conn, error) {
	x.who = who
	opts := append(slices.Clone(x.options),
		nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(time.Second),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				x.log.Warn("connection to NATS lost", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { x.log.Info("connection to NATS restored") }),
	)
	if x.cfg.NATSCreds != "" {
		opts = append(opts, nats.UserCredentials(x.cfg.NATSCreds))
	}
	if x.cfg.CAFile != "" {
		opts = append(opts, nats.RootCAs(x.cfg.CAFile), nats.ClientCert(x.cfg.CertFile, x.cfg.KeyFile))
	}
	nc, err := nats.Connect(x.cfg.NATSURL, opts...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS (CLUSTER_NATS_URL): %w", err)
	}
	return nc, nil
}

func (x *external) heard(id lasso.NodeID, boot lasso.BootID) {
	x.mu.Lock()
	if _, ok := x.last[boot]; ok || len(x.last) < maxNodes {
		x.last[boot] = time.Now()
	}
	x.mu.Unlock()
	x.who.joined(id, boot)
}

func (x *external) run(ctx context.Context) {
	tick := time.NewTicker(x.cfg.Presence)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			var gone []lasso.BootID
			x.mu.Lock()
			for boot, at := range x.last {
				if now.Sub(at) > x.silence {
					gone = append(gone, boot)
					delete(x.last, boot)
				}
			}
			x.mu.Unlock()
			for _, boot := range gone {
				x.who.left(boot, "no sign of life for "+secondsOf(x.silence))
			}
		}
	}
}
