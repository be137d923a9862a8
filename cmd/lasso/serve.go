package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/profiles"
	"github.com/lasso-rpc/lasso/web"
)

type serveCmd struct {
	nodeFlags
	Profiles string   `variable:"LASSO_PROFILES_DIR" type:"existingdir" placeholder:"DIR" help:"Folder of profile files (*.yml), watched for changes. Default: the built-in profiles public and testnet."`
	URLs     []string `arg:"" optional:"" name:"url" help:"JSON-RPC URLs of providers. Their chains are asked for, and a profile is made of them; no file is read."`
}

// Help is shown by --help.
func (serveCmd) Help() string {
	return `With URLs, each is asked for its chain and becomes a provider of profile "public":

  lasso serve https://eth.example.com/KEY https://eth.example.org

Without, profiles are read from --profiles, or the built-in ones are used. They are read again when a
file changes and on SIGHUP; a mistake is reported and the last good configuration goes on serving.`
}

func (c *serveCmd) Run(ctx context.Context, s streams, given variables) error {
	if len(c.URLs) > 0 && c.Profiles != "" {
		if given["profiles"] == "" {
			return usage("give either URLs or --profiles, not both")
		}
		c.Profiles = "" // arguments win over the environment
	}
	for _, u := range c.URLs {
		if !strings.Contains(u, "://") { // a misspelt command, or a folder; it may be a key too, and is not repeated
			return usage("an argument is neither a command (serve, demo, check, version) nor a URL, which starts with http:// or https://; " +
				"a folder of profiles is given with --profiles")
		}
	}
	peers, err := c.clusterSettings()
	if err != nil {
		return err
	}
	if len(c.URLs) > 0 { // they may hold keys
		c.Effective = append(c.Effective, web.Setting{Name: "URL", Value: web.SecretSet, Source: "argument", Secret: true})
	}
	n, err := newNode(ctx, &c.nodeFlags, peers, c.loader(ctx), s.err)
	if err != nil {
		return err
	}
	if peers == nil {
		warnAlone(n.log)
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	if err := n.greet(s.out); err != nil {
		return err
	}
	return n.serve(ctx, c.Profiles, hangup)
}

func (c *serveCmd) loader(ctx context.Context) loader {
	switch {
	case len(c.URLs) > 0:
		return func() (*lasso.Catalog, error) { return profiles.FromURLs(ctx, c.URLs, &http.Client{}) }
	case c.Profiles != "":
		return func() (*lasso.Catalog, error) {
			catalog, _, err := profiles.LoadPaths([]string{c.Profiles}, os.LookupEnv, time.Now())
			return catalog, err
		}
	}
	return func() (*lasso.Catalog, error) { return profiles.Load(profiles.Embedded(), os.LookupEnv, time.Now()) }
}

type demoCmd struct {
	nodeFlags
	Nodes     int    `default:"3" placeholder:"N" help:"Nodes of the cluster, each in a region of its own (${default})."`
	Chaos     bool   `help:"Stop and restart a node now and then."`
	NoTraffic bool   `help:"Send no background traffic."`
	Seed      uint64 `default:"1" help:"Seed of the simulated providers and the traffic (${default})."`
}

// Help is shown by --help.
func (demoCmd) Help() string {
	return `Starts a cluster of nodes in this process and simulated providers on loopback: one is flaky, one lags, one
limits, one dies and comes back, one is bad in one region only. Profile "demo" routes to them, and
background traffic keeps the page moving.`
}

func (c *demoCmd) Run(ctx context.Context, s streams) error {
	nodes, err := c.demoCluster(s.err)
	if err != nil {
		return err
	}
	var first *node
	var below, above []part
	var others strings.Builder
	for i, d := range nodes {
		n, err := d.build(ctx)
		if err != nil {
			closeFleets(nodes)
			return err
		}
		below = append(below, part{name: "simulated providers of " + d.region.name, run: d.fleet.Run})
		if i == 0 {
			first = n
		} else {
			below = append(below, part{name: "node " + d.region.name, run: func(ctx context.Context) error { return d.run(ctx, n, c.Chaos) }})
			fmt.Fprintf(&others, "  %-14s http://%s/dashboard\n", d.region.name, loopback(n.ln.Addr()))
		}
		if !c.NoTraffic {
			traffic := newDemoTraffic("http://"+loopback(n.ln.Addr()), c.Seed+uint64(i), d.region.share)
			above = append(above, part{name: "demo traffic in " + d.region.name, run: traffic.Run})
		}
	}
	first.below, first.above = below, above
	if err := first.greet(s.out); err != nil {
		return err
	}
	if others.Len() > 0 {
		fmt.Fprintf(s.out, "\nThe other nodes, which say the same:\n\n%s", others.String())
	}
	fmt.Fprintf(s.out, "\nTo drain a provider or force its breaker, sign in on its page with the token %s\n", nodes[0].flags.AdminToken)
	return first.serve(ctx, "", nil)
}

type checkCmd struct {
	Paths []string `arg:"" optional:"" name:"path" help:"Profile files or folders. Default: $$LASSO_PROFILES_DIR, else the built-in profiles."`
}

// Help is shown by --help.
func (checkCmd) Help() string {
	return `Prints FILE:LINE:COLUMN and a sentence for every mistake, all of them at once, and ends with 1 when
there are any. Environment variables named as ${VAR} must be set, as they must be when serving.`
}

func (c *checkCmd) Run(s streams) error {
	catalog, files, err := c.load()
	if err != nil {
		problems := problemsOf(err)
		for _, p := range problems {
			fmt.Fprintln(s.out, p)
		}
		fmt.Fprintf(s.err, "%s; %s read\n", plural(len(problems), "mistake"), plural(files, "file"))
		return exitError(1)
	}
	for _, p := range catalog.Profiles {
		providers := 0
		for _, chain := range p.Chains {
			providers += len(chain.Providers)
		}
		fmt.Fprintf(s.out, "%s: profile %s: %s, %s\n", p.Source, p.Slug, plural(len(p.Chains), "chain"), plural(providers, "provider"))
	}
	return nil
}

// load checks what is named, and tells how many files it read.
func (c *checkCmd) load() (*lasso.Catalog, int, error) {
	paths := c.Paths
	if dir := os.Getenv("LASSO_PROFILES_DIR"); len(paths) == 0 && dir != "" {
		paths = []string{dir}
	}
	if len(paths) > 0 {
		return profiles.LoadPaths(paths, os.LookupEnv, time.Now())
	}
	builtIn := profiles.Embedded()
	catalog, err := profiles.Load(builtIn, os.LookupEnv, time.Now())
	return catalog, len(builtIn), err
}
