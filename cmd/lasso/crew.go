package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

const (
	// stopLimit is how long a stop may take in all.
	stopLimit = 10 * time.Second
	// stopGrace is what a part gets even when an earlier one took all of that.
	stopGrace = 500 * time.Millisecond
)

// part is a long-lived piece of the node.
type part struct {
	name string
	run  func(ctx context.Context) error // returns when it has ended whole
	stop func(ctx context.Context) error // asks it to end; nil: cancel the context of run
}

// crew runs parts and stops them in reverse order of their start, by name,
// within a limit.
type crew struct {
	log   *slog.Logger
	parts []*running
	ended chan *running
}

type running struct {
	part
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func newCrew(log *slog.Logger) *crew { return &crew{log: log, ended: make(chan *running, 1)} }

func (c *crew) start(p part) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{part: p, cancel: cancel, done: make(chan struct{})}
	c.parts = append(c.parts, r)
	go func() {
		defer close(r.done)
		r.err = p.run(ctx)
		select {
		case c.ended <- r:
		default: // another one ended before: wait needs to know of one
		}
	}()
}

// wait returns when ctx ends or a part ends by itself; then it stops all. It
// returns what went wrong.
func (c *crew) wait(ctx context.Context) error {
	var errs []error
	select {
	case <-ctx.Done():
		c.log.Info("stopping", "limit", stopLimit.String())
	case r := <-c.ended:
		if r.err == nil {
			r.err = errors.New("ended by itself")
		}
	}
	limit, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	for _, r := range slices.Backward(c.parts) {
		if err := r.end(limit); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.name, err))
		}
	}
	return errors.Join(errs...)
}

func (r *running) end(ctx context.Context) error {
	var stopErr error
	if r.stop != nil {
		stopErr = r.stop(ctx)
	}
	r.cancel()
	left := stopGrace
	if limit, ok := ctx.Deadline(); ok {
		left = max(left, time.Until(limit))
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-r.done:
		return errors.Join(r.err, stopErr)
	case <-timer.C:
		return errors.Join(errors.New("did not stop in time"), stopErr)
	}
}
