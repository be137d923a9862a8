package proxy

import (
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// TestDegradedIsSteady: a status that follows the last call is of no use to
// anybody. Each step is a call, a tenth of a second after the one before.
func TestDegradedIsSteady(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		calls   int
		fault   func(i int) bool
		changes int  // into degraded or out of it
		last    bool // it is degraded at the end
	}{
		"one fault in twenty is chance":  {calls: 20, fault: func(i int) bool { return i == 10 }},
		"two faults are chance":          {calls: 60, fault: func(i int) bool { return i == 10 || i == 15 }},
		"one in eight is not":            {calls: 64, fault: func(i int) bool { return i%8 == 7 }, changes: 1, last: true},
		"about the limit it stays":       {calls: 600, fault: func(i int) bool { return i%33 == 3 }, changes: 1, last: true},
		"well again, it stays 10 s more": {calls: 350, fault: func(i int) bool { return i < 60 && i%20 == 3 }, changes: 2},
		"well":                           {calls: 600, fault: func(int) bool { return false }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "a")
			r := l.route("a")
			was, changes := false, 0
			var since time.Time
			for i := range tt.calls {
				now := at(time.Duration(i) * 100 * time.Millisecond)
				r.in.rolling.add(now, !tt.fault(i))
				is := judgeRoute(l.cp, r, now).Status == lasso.Degraded
				if is != was {
					if held := now.Sub(since); was && held < degradedHold {
						t.Errorf("degraded for %v, want %v or more", held, degradedHold)
					}
					changes, since = changes+1, now
				}
				was = is
			}
			if changes != tt.changes || was != tt.last {
				t.Errorf("%d changes, degraded at the end %t; want %d, %t", changes, was, tt.changes, tt.last)
			}
		})
	}
}
