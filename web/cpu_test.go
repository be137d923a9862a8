package web

import (
	"testing"
	"time"
)

func TestCPUMeter(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	m := &cpuMeter{at: at}
	for i, tt := range []struct {
		after, used time.Duration
		want        float64
	}{
		{10 * time.Second, 5 * time.Second, 50},
		{10*time.Second + 900*time.Millisecond, 9 * time.Second, 50}, // too soon to tell
		{12 * time.Second, 9 * time.Second, 200},
		{14 * time.Second, 9 * time.Second, 0},
	} {
		if got := m.read(at.Add(tt.after), tt.used); got != tt.want {
			t.Errorf("reading %d: got %v %%, want %v", i, got, tt.want)
		}
	}
	if cpuTime() <= 0 {
		t.Error("the process has used no time")
	}
}
