package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/cluster"
	"github.com/lasso-rpc/lasso/profiles"
	"github.com/lasso-rpc/lasso/proxy/simnode"
	"github.com/lasso-rpc/lasso/web"
)

// The rhythm of --chaos.
const (
	chaosUp   = 40 * time.Second // and as much again, at random
	chaosDown = 20 * time.Second
)

// demoRegion is where a node of the demonstration stands: how far away the
// simulated providers are from there, and which of them is bad there.
type demoRegion struct {
	name  string
	node  string        // id of the node: a region may have several
	away  time.Duration // added to every latency
	share float64       // of the traffic of the first region
	bad   string        // provider that fails often there, on chain base
}

// demoRegions are the regions of n nodes. The first is close to everything.
// From the fourth node on they get a second node, and then a third.
func demoRegions(n int) []demoRegion {
	all := []demoRegion{
		{name: "us-east-1", share: 1},
		{name: "eu-west-1", away: 24 * time.Millisecond, share: 0.6, bad: "birch"},
		{name: "ap-southeast-1", away: 70 * time.Millisecond, share: 0.35},
	}
	regions := len(all)
	for i := range all {
		all[i].node = all[i].name
	}
	for i := regions; i < n; i++ {
		more := all[i%regions]
		more.node, more.share = fmt.Sprintf("%s-%c", more.name, 'a'+i/regions), more.share/2
		all = append(all, more)
	}
	return all[:n]
}

// seenFrom is how a provider behaves towards a region.
func (r demoRegion) seenFrom(chain, provider string, b simnode.Behaviour) simnode.Behaviour {
	b.Latency += r.away
	b.Jitter += r.away / 5
	if r.bad != "" && chain == "base" && provider == r.bad {
		b.ErrorRate = 0.7
	}
	return b
}

// demoNode is a node of the demonstration with its own view of the providers.
type demoNode struct {
	region demoRegion
	fleet  *demoFleet
	flags  nodeFlags
	peers  *cluster.Config // nil: alone
	errs   io.Writer
}

// demoCluster makes the nodes and the simulated providers around them. The
// listeners of the providers are open; the caller closes the fleets if it does
// not run them.
func (c *demoCmd) demoCluster(errs io.Writer) (nodes []*demoNode, err error) {
	if c.Nodes < 1 || c.Nodes > 9 {
		return nil, usage("--nodes: must be from 1 to 9, not %d", c.Nodes)
	}
	token, err := c.adminToken(os.Getenv)
	if err != nil {
		return nil, err
	}
	if token == "" {
		token = rand.Text()
	}
	meeting, secret := &cluster.Meeting{}, []byte(rand.Text()) // nobody else can join
	sims := demoSims()
	for i, region := range demoRegions(c.Nodes) {
		d := &demoNode{region: region, flags: c.nodeFlags, errs: errs}
		if d.fleet, err = newDemoFleet(c.Seed, region, sims); err != nil {
			closeFleets(nodes)
			return nil, err
		}
		d.fleet.leads = i == 0
		d.flags.Development, d.flags.AdminToken = true, token
		stage := map[string]string{}
		if os.Getenv(adminVariable) == "" && c.AdminTokenFile == "" {
			stage[adminVariable] = secretValue(token)
		}
		if c.Nodes > 1 {
			d.peers = &cluster.Config{
				Name: "demo", Discoverer: meeting, Bind: "127.0.0.1", Port: -1, Secret: secret, Expected: c.Nodes,
			}
			maps.Copy(stage, map[string]string{
				"CLUSTER_NODE_BASENAME": d.peers.Name, "CLUSTER_DISCOVERY": meeting.Name(), "CLUSTER_BIND": d.peers.Bind, "CLUSTER_PORT": "any free one",
				"CLUSTER_SECRET": secretValue(string(secret)), "CLUSTER_EXPECTED": strconv.Itoa(c.Nodes),
			})
			if i > 0 || d.flags.NodeID == "" {
				d.flags.NodeID = region.node
				stage["--node-id"] = region.node
			}
			if i > 0 || d.flags.Region == "" {
				d.flags.Region = region.name
				stage["--region"] = region.name
			}
		}
		if d.flags.playgroundMode(web.PlaygroundFull) == web.PlaygroundFull {
			if d.flags.Playground != "full" {
				stage["--playground"] = "full"
			}
			d.flags.Playground = "full"
		}
		if i > 0 || d.flags.PublicURL == "" {
			d.flags.PublicURL = ""
			stage["--public-url"] = "where it listens"
		}
		if i > 0 {
			d.flags.Listen, d.flags.LogLevel = "127.0.0.1:0", "warn"
			stage["--listen"], stage["--log-level"] = d.flags.Listen, d.flags.LogLevel
		}
		d.flags.Effective = staged(d.flags.Effective, stage)
		nodes = append(nodes, d)
	}
	return nodes, nil
}

func closeFleets(nodes []*demoNode) {
	for _, d := range nodes {
		d.fleet.Close()
	}
}

func (d *demoNode) build(ctx context.Context) (*node, error) {
	document := d.fleet.YAML()
	load := func() (*lasso.Catalog, error) {
		return profiles.Load([]profiles.Source{{Name: demoSlug + ".yml", Data: []byte(document)}}, os.LookupEnv, time.Now())
	}
	n, err := newNode(ctx, &d.flags, d.peers, load, d.errs)
	if err == nil {
		d.flags.Listen = n.ln.Addr().String() // after a restart too
		if n.public == "" {
			n.public = "http://" + loopback(n.ln.Addr()) + d.flags.PathPrefix
		}
	}
	return n, err
}

// run serves the node that was built until ctx ends. With chaos it stops now
// and then, and starts again on the same port.
func (d *demoNode) run(ctx context.Context, n *node, chaos bool) error {
	for {
		life, end := context.WithCancel(ctx)
		if chaos {
			up := chaosUp + mathrand.N(chaosUp) //nolint:gosec // a pause, not a secret
			stop := time.AfterFunc(up, end)
			defer stop.Stop()
		}
		err := n.serve(life, "", nil)
		end()
		if err != nil || ctx.Err() != nil || !demoPause(ctx, chaosDown) {
			return err
		}
		if a := n.cluster.Addr(); a.IsValid() {
			d.peers.Port = int(a.Port()) // where the others look for it
		}
		if n, err = d.build(ctx); err != nil {
			return fmt.Errorf("restart node %s: %w", d.region.node, err)
		}
	}
}
