package proxy

import (
	"testing"
	"time"
)

// TestAttemptLimit: the first of several attempts gets a share of the time, at
// least 25 ms, and none outlives the call.
func TestAttemptLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		left  time.Duration
		share bool
		want  time.Duration
	}{
		{time.Second, true, 600 * time.Millisecond},
		{time.Second, false, time.Second},
		{30 * time.Millisecond, true, 25 * time.Millisecond},
		{25 * time.Millisecond, true, 25 * time.Millisecond},
		{10 * time.Millisecond, true, 10 * time.Millisecond},
		{10 * time.Millisecond, false, 10 * time.Millisecond},
	} {
		if got := attemptLimit(epoch, epoch.Add(tt.left), tt.share).Sub(epoch); got != tt.want {
			t.Errorf("with %v left (share %v) an attempt gets %v, want %v", tt.left, tt.share, got, tt.want)
		}
	}
}
