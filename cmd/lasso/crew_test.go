package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// waiting is a part that ends when it is told, and notes its name then.
func waiting(name string, ended *[]string) part {
	return part{name: name, run: func(ctx context.Context) error {
		<-ctx.Done()
		*ended = append(*ended, name)
		return nil
	}}
}

func TestCrewStopsInReverse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended []string
		c := newCrew(slog.New(slog.DiscardHandler))
		for _, name := range []string{"one", "two", "three"} {
			c.start(waiting(name, &ended))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.wait(ctx); err != nil {
			t.Errorf("got %v", err)
		}
		if want := []string{"three", "two", "one"}; !slices.Equal(ended, want) {
			t.Errorf("ended in the order %v, want %v", ended, want)
		}
	})
}

// TestCrewBlamesTheSlow checks that a part which takes all of the time to stop
// is reported, and those that had to wait for it are not.
// TestCrewOfMany: as many parts as there may be, all of which end.
func TestCrewOfMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended []string
		c := newCrew(slog.New(slog.DiscardHandler))
		for range 50 {
			c.start(waiting("part", &ended))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.wait(ctx); err != nil || len(ended) != 50 {
			t.Errorf("got %v, %d of 50 ended", err, len(ended))
		}
	})
}

func TestCrewBlamesTheSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended []string
		hold := make(chan struct{})
		c := newCrew(slog.New(slog.DiscardHandler))
		c.start(waiting("quick", &ended))
		c.start(part{name: "slow", run: func(context.Context) error { <-hold; return nil }})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		err := c.wait(ctx)
		if err == nil || err.Error() != "slow: did not stop in time" {
			t.Errorf("got %v, want the slow part alone", err)
		}
		if took := time.Since(began); took != stopLimit || len(ended) != 1 {
			t.Errorf("took %v with %d parts ended, want %v with 1", took, len(ended), stopLimit)
		}
		close(hold)
	})
}

func TestCrewEndsWithAPart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want string
	}{{errors.New("broke"), "two: broke"}, {nil, "two: ended by itself"}} {
		synctest.Test(t, func(t *testing.T) {
			var ended []string
			c := newCrew(slog.New(slog.DiscardHandler))
			c.start(waiting("one", &ended))
			c.start(part{name: "two", run: func(context.Context) error { return tt.err }})
			if err := c.wait(t.Context()); err == nil || strings.TrimSpace(err.Error()) != tt.want || len(ended) != 1 {
				t.Errorf("got %v with %v ended, want %q with one", err, ended, tt.want)
			}
		})
	}
}
