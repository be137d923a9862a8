package web

import (
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/ui"
)

// TestTrackOf: each node and transport has its own past, known from when the
// node says it is.
func TestTrackOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 14, 0, 0, 0, time.UTC)
	event := func(ago int, node lasso.NodeID, kind lasso.EventKind, tr lasso.Transport, st lasso.Status) lasso.FeedItem {
		return lasso.FeedItem{Node: node, Event: &lasso.Event{At: now.Add(-time.Duration(ago) * time.Second), Kind: kind, Transport: tr, Status: st}}
	}
	events := []lasso.FeedItem{ // newest first
		event(1, "n1", lasso.EventBreaker, lasso.HTTP, lasso.Healthy),
		event(2, "n2", lasso.EventBreaker, lasso.HTTP, lasso.CircuitOpen),
		event(3, "n1", lasso.EventBreaker, lasso.HTTP, lasso.TestingRecovery),
		event(4, "n1", lasso.EventBreaker, lasso.WS, lasso.CircuitOpen),
		event(5, "n1", lasso.EventLimit, lasso.HTTP, lasso.RateLimited),
		event(6, "n1", lasso.EventBreaker, lasso.HTTP, lasso.CircuitOpen),
	}
	log := &lasso.EventLog{Items: events, Since: map[lasso.NodeID]time.Time{"n1": now.Add(-time.Minute)}}
	got := trackOf(lasso.HTTP, "n1", log)
	want := []ui.Circuit{ui.Open, ui.HalfOpen, ui.Closed}
	if len(got.Changes) != len(want) || got.Transport != "HTTP" || !got.From.Equal(now.Add(-time.Minute)) {
		t.Fatalf("got %+v", got)
	}
	for i, c := range got.Changes {
		if c.To != want[i] {
			t.Errorf("change %d: got %s, want %s", i, c.To, want[i])
		}
	}
	if got := trackOf(lasso.HTTP, "n2", log); !got.From.IsZero() {
		t.Errorf("of a node that has not told: known from %v", got.From)
	}
}
