package main

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/profiles"
)

// loader reads a complete configuration.
type loader func() (*lasso.Catalog, error)

// router is what a configuration is given to.
type router interface {
	Load(c *lasso.Catalog) error
	Catalog() *lasso.Catalog
}

// eventSink is told of what happened to the configuration.
type eventSink interface{ Event(e lasso.Event) }

// config reloads the configuration: validate first, then swap. After a mistake
// the last good one goes on serving. Safe for concurrent use.
type config struct {
	load   loader
	router router
	events eventSink
	log    *slog.Logger

	mu    sync.Mutex
	state lasso.ReloadState
}

// first loads the configuration that the node starts with.
func (c *config) first() error {
	catalog, err := c.load()
	if err != nil {
		return err
	}
	if err := c.router.Load(catalog); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = lasso.ReloadState{LoadedAt: catalog.LoadedAt, Hash: catalog.Hash}
	return nil
}

// Reload tries the configuration again.
func (c *config) Reload() {
	catalog, err := c.load()
	if err == nil {
		if last := c.router.Catalog(); last != nil && last.Hash == catalog.Hash {
			c.note(nil, last)
			c.log.Info("configuration is unchanged", "hash", catalog.Hash)
			return
		}
		err = c.router.Load(catalog)
	}
	c.note(err, catalog)
	e := lasso.Event{At: time.Now(), Kind: lasso.EventConfig, Status: lasso.Healthy, Title: "Configuration loaded"}
	if err != nil {
		problems := problemsOf(err)
		e.Status, e.Title, e.Detail = lasso.Degraded, "Configuration refused", problems[0]
		for _, p := range problems {
			c.log.Error("configuration refused, the last good one goes on serving", "problem", p)
		}
	} else {
		c.log.Info("configuration loaded", "hash", catalog.Hash, "profiles", len(catalog.Profiles))
	}
	c.events.Event(e)
}

func (c *config) note(err error, catalog *lasso.Catalog) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.state.Failures++
		c.state.Problems, c.state.FailedAt = problemsOf(err), time.Now()
		return
	}
	if c.state.Hash != catalog.Hash {
		c.state.Reloads++
	}
	c.state.LoadedAt, c.state.Hash, c.state.Problems = catalog.LoadedAt, catalog.Hash, nil
}

// Catalog returns the configuration that serves.
func (c *config) Catalog() *lasso.Catalog { return c.router.Catalog() }

// ReloadState tells how the last attempts went. The caller owns it.
func (c *config) ReloadState() lasso.ReloadState {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state
	s.Problems = append([]string(nil), s.Problems...)
	return s
}

func problemsOf(err error) []string {
	var ps profiles.Problems
	if errors.As(err, &ps) && len(ps) > 0 {
		return ps.Strings()
	}
	return []string{err.Error()}
}
