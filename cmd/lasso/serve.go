package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/profiles"
)

type serveCmd struct {
	nodeFlags
	Profiles string   `env:"LASSO_PROFILES_DIR" type:"existingdir" placeholder:"DIR" help:"Folder of profile files (*.yml), watched for changes. Default: the built-in profiles public and testnet."`
	URLs     []string `arg:"" optional:"" name:"url" help:"JSON-RPC URLs of providers. Their chains are asked for, and a profile is made of them; no file is read."`
}

// Help is shown by --help.
func (serveCmd) Help() string {
	return `With URLs, each is asked for its chain and becomes a provider of profile "public":

  lasso serve https://eth.example.com/KEY https://eth.example.org

Without, profiles are read from --profiles, or the built-in ones are used. They are read again when a
file changes and on SIGHUP; a mistake is reported and the last good configuration goes on serving.`
}

func (c *serveCmd) Run(ctx context.Context, s streams) error {
	if len(c.URLs) > 0 && c.Profiles != "" {
		fmt.Fprintln(s.err, "lasso: give either URLs or --profiles, not both")
		return errShown
	}
	n, err := newNode(ctx, &c.nodeFlags, c.loader(ctx), s.err)
	if err != nil {
		return err
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
			sources, err := profiles.ReadDir(c.Profiles)
			if err != nil {
				return nil, err
			}
			return profiles.Load(sources, os.LookupEnv, time.Now())
		}
	}
	return func() (*lasso.Catalog, error) { return profiles.Load(profiles.Embedded(), os.LookupEnv, time.Now()) }
}

type demoCmd struct {
	nodeFlags
	NoTraffic bool   `help:"Send no background traffic."`
	Seed      uint64 `default:"1" help:"Seed of the simulated providers and the traffic (${default})."`
}

// Help is shown by --help.
func (demoCmd) Help() string {
	return `Starts simulated providers on loopback: one is flaky, one lags, one limits, one dies and comes back.
Profile "demo" routes to them, and background traffic keeps the page moving.`
}

func (c *demoCmd) Run(ctx context.Context, s streams) error {
	fleet, err := newDemoFleet(c.Seed)
	if err != nil {
		return err
	}
	document := fleet.YAML()
	load := func() (*lasso.Catalog, error) {
		return profiles.Load([]profiles.Source{{Name: demoSlug + ".yml", Data: []byte(document)}}, os.LookupEnv, time.Now())
	}
	n, err := newNode(ctx, &c.nodeFlags, load, s.err)
	if err != nil {
		fleet.Close()
		return err
	}
	parts := []part{{name: "simulated providers", run: fleet.Run}}
	if !c.NoTraffic {
		traffic := newDemoTraffic("http://"+loopback(n.ln.Addr()), c.Seed)
		parts = append(parts, part{name: "demo traffic", run: traffic.Run})
	}
	if err := n.greet(s.out); err != nil {
		return err
	}
	return n.serve(ctx, "", nil, parts...)
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
	sources, err := c.sources()
	if err != nil {
		return err
	}
	catalog, err := profiles.Load(sources, os.LookupEnv, time.Now())
	if err != nil {
		problems := problemsOf(err)
		for _, p := range problems {
			fmt.Fprintln(s.out, p)
		}
		noun := "mistakes"
		if len(problems) == 1 {
			noun = "mistake"
		}
		fmt.Fprintf(s.err, "%d %s in %d files\n", len(problems), noun, len(sources))
		return exitError(1)
	}
	for _, p := range catalog.Profiles {
		providers := 0
		for _, chain := range p.Chains {
			providers += len(chain.Providers)
		}
		fmt.Fprintf(s.out, "%s: profile %s: %d chains, %d providers\n", p.Source, p.Slug, len(p.Chains), providers)
	}
	return nil
}

func (c *checkCmd) sources() ([]profiles.Source, error) {
	if len(c.Paths) > 0 {
		return profiles.ReadPaths(c.Paths...)
	}
	if dir := os.Getenv("LASSO_PROFILES_DIR"); dir != "" {
		return profiles.ReadDir(dir)
	}
	return profiles.Embedded(), nil
}
