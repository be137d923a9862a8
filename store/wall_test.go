package store

import (
	"testing"
	"time"
	"unsafe"

	"github.com/lasso-rpc/lasso"
)

// setWall returns a reading of a clock whose wall time was set by some seconds,
// or that slept so long: its monotonic reading is the one of t. Package time
// offers no way to make one.
func setWall(t time.Time, seconds int64) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) += uint64(seconds) << 30
	return t
}

// TestWallClockIsSet records before and after the wall clock jumps: what is
// told with a time is told with the time that the clock shows now.
func TestWallClockIsSet(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{0, 3 * time.Hour, -3 * time.Hour, 40 * 24 * time.Hour, 90 * time.Second, -7 * time.Second} {
		at := time.Now()
		s := New(Config{Node: "n1", Now: func() time.Time { return at }, CacheFor: -1})
		m := NewMetricsStore(s, nil, MetricsConfig{})
		record := func() {
			s.Call(lasso.Call{At: at, Profile: "public", Chain: 1, Method: "eth_call"})
			s.Attempt(lasso.Attempt{
				At: at, Method: "eth_call", Category: lasso.ServerError, Message: "HTTP 502",
				Route: lasso.Route{Profile: "public", Chain: 1, Provider: "alchemy", Transport: lasso.HTTP},
			})
			s.Observe(at, []lasso.ProviderState{{Profile: "public", Chain: 1, Provider: "alchemy", Condition: lasso.Condition{Status: lasso.Lagging}}})
		}
		at = at.Add(10 * time.Minute)
		record()
		at = setWall(at.Add(20*time.Second), int64(jump/time.Second))
		record()
		if got := at.Round(0).Sub(s.start.Round(0)) - at.Sub(s.start); (got - jump).Abs() > time.Second {
			t.Fatalf("the clocks are %s apart, want %s", got, jump)
		}

		scope := lasso.Scope{Profile: "public", Chain: 1, Window: lasso.FiveMinutes}
		var calls uint64
		points := m.Series(scope).Data
		for i, p := range points {
			calls += p.Calls
			if p.Gap {
				t.Errorf("%s: step %d is a gap: the node ran", jump, i)
			}
		}
		last := points[len(points)-1].Calls
		if jump%(5*time.Second) != 0 { // steps of the ring and of the clock no longer begin together
			last += points[len(points)-2].Calls
		}
		if calls != 2 || last != 1 {
			t.Errorf("%s: got %d calls in the series, %d at its end; want 2 and 1", jump, calls, last)
		}
		scope.Window = lasso.Day
		if first := m.Series(scope).Data[0]; !first.Gap {
			t.Errorf("%s: a day ago: got %+v, want a gap", jump, first)
		}
		scope.Window, scope.Provider = lasso.Hour, "alchemy"
		cells := m.History(scope).Data
		if got := cells[59].Status; got != lasso.Lagging && (jump%time.Minute == 0 || cells[58].Status != lasso.Lagging) {
			t.Errorf("%s: the status of this minute is %v, want lagging", jump, got)
		}
		if got := m.Methods(scope).Data[0].LastAt; at.Round(0).Sub(got).Abs() > time.Second {
			t.Errorf("%s: the last attempt was at %s, want %s", jump, got, at.Round(0))
		}
		if got := m.Errors(scope).Data[0].LastAt; at.Round(0).Sub(got).Abs() > time.Second {
			t.Errorf("%s: the last error was at %s, want %s", jump, got, at.Round(0))
		}
	}
}
