package store

import (
	"testing"
	"time"
)

// TestTailReadsWithoutTheLock: what another node sends is read and checked while
// pages are drawn; only what is kept waits for them.
func TestTailReadsWithoutTheLock(t *testing.T) {
	t.Parallel()
	tail := NewTail(New(Config{Node: "a"}), nil)
	tail.mu.Lock()
	defer tail.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		tail.hear("b", "boot", "eu", []byte(`{"items":[{"call":7},{"event":{}},{}]}`))
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("it waits for the lock")
	}
	if got := tail.refused.Load(); got != 3 {
		t.Errorf("%d items were refused, want 3", got)
	}
}
