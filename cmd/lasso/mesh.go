package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/cluster"
	"github.com/lasso-rpc/lasso/store"
	"github.com/lasso-rpc/lasso/web"
)

// clusterSettings reads the CLUSTER_* variables; nil means that the node is
// alone. The error is a [usageError].
func (f *nodeFlags) clusterSettings() (*cluster.Config, error) {
	cfg, enabled, err := cluster.FromEnv(func(name string) (string, bool) {
		if name == "LASSO_NODE_ID" && f.NodeID != "" {
			return f.NodeID, true
		}
		return os.LookupEnv(name)
	})
	if err != nil {
		return nil, usageError(err.Error())
	}
	if !enabled {
		return nil, nil //nolint:nilnil // alone is no mistake
	}
	return &cfg, nil
}

// warnAlone tells of settings that ask for a cluster and do not make one.
func warnAlone(log *slog.Logger) {
	query, basename := os.Getenv("CLUSTER_DNS_QUERY"), os.Getenv("CLUSTER_NODE_BASENAME")
	if (query == "") != (basename == "") {
		log.Warn("this node is alone: CLUSTER_DNS_QUERY and CLUSTER_NODE_BASENAME must both be set",
			"cluster_dns_query", query, "cluster_node_basename", basename)
	}
}

// info is what the node says of itself.
func (n *node) info() lasso.NodeInfo {
	i := lasso.NodeInfo{ID: n.id, Region: n.region, Version: version(), PublicURL: n.public, Started: n.started}
	if catalog := n.proxy.Catalog(); catalog != nil {
		i.Config, i.Profiles = catalog.Common, make(map[lasso.ProfileID]string, len(catalog.Profiles))
		for _, p := range catalog.Profiles {
			i.Profiles[p.Slug] = p.Hash
		}
	}
	return i
}

// join introduces the node's parts to the other nodes: figures, states and
// activity. With cfg nil the node is alone.
func (n *node) join(cfg *cluster.Config) error {
	if cfg == nil {
		n.figures = store.NewMetricsStore(n.store, nil, store.MetricsConfig{})
		n.board = store.NewBoard(n.id, n.region, n.proxy, nil, time.Now)
		n.tail = store.NewTail(n.store, nil)
		return nil
	}
	settings := *cfg
	settings.Info = n.info
	c, err := cluster.New(settings, n.log.With("part", "cluster"))
	if err != nil {
		return usageError(err.Error())
	}
	n.cluster = c
	n.figures = store.NewMetricsStore(n.store, c, store.MetricsConfig{})
	n.board = store.NewBoard(n.id, n.region, n.proxy, c, time.Now)
	n.tail = store.NewTail(n.store, broadcast{c})
	c.Handle(store.Question, n.figures.Answer)
	c.Handle(store.StatesQuestion, n.board.Answer)
	c.Handle(store.FeedQuestion, n.tail.Answer)
	c.Listen(store.StatesTopic, func(from cluster.Sender, body []byte) { n.board.Hear(from.Node, from.Boot, body) })
	return nil
}

// broadcast shows a cluster as the store wants to hear it.
type broadcast struct{ *cluster.Cluster }

// Listen implements [store.Broadcast].
func (b broadcast) Listen(topic string, hear func(lasso.NodeID, lasso.BootID, string, []byte)) (stop func()) {
	return b.Cluster.Listen(topic, func(from cluster.Sender, body []byte) { hear(from.Node, from.Boot, from.Region, body) })
}

// links are the other nodes as this one sees them.
func (n *node) links() []lasso.Link {
	if n.cluster == nil {
		return nil
	}
	state := n.cluster.State()
	list := make([]lasso.Link, 0, len(state.Nodes))
	for i := range state.Nodes {
		if o := &state.Nodes[i]; !o.Self {
			list = append(list, lasso.Link{Node: o.ID, Boot: o.Boot, State: o.State, Since: o.Since, Reason: o.Reason, RTT: o.RTT, Skew: o.Skew})
		}
	}
	return list
}

// members tells the web about the cluster.
func (n *node) members() web.Cluster {
	if n.cluster != nil {
		return n.cluster
	}
	return alone{n}
}

// alone is a cluster of one node.
type alone struct{ n *node }

// State implements [web.Cluster].
func (a alone) State() lasso.Cluster {
	return lasso.Cluster{
		Discovery: "none", Security: "none", Problems: []lasso.Peer{}, Events: []lasso.TopologyEvent{},
		Coverage: lasso.Coverage{Responding: 1, Total: 1, Missing: []lasso.NodeID{}},
		Nodes:    []lasso.Node{{NodeInfo: a.n.info(), Self: true, State: lasso.NodeResponding, Since: a.n.started, LastSeen: time.Now()}},
	}
}

// runCluster runs the node's part in the cluster. It is not what the node is
// for: when it fails, that is logged, and the node goes on alone.
func (n *node) runCluster(ctx context.Context) error {
	err := n.cluster.Run(ctx)
	if ctx.Err() == nil {
		if err == nil {
			err = errors.New("ended by itself")
		}
		n.log.Error("the cluster is not joined; this node goes on alone", "part", "cluster", "error", err)
		<-ctx.Done()
		return nil
	}
	return err
}
