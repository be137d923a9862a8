package main

import "testing"

func TestUnreleased(t *testing.T) {
	t.Parallel()
	tests := []struct {
		version string
		want    bool
	}{
		{"dev", true},
		{"dev-0123456789ab", true},
		{"dev-0123456789ab+changes", true},
		{"v0.0.0-20261123120000-0123456789ab", true},
		{"v0.3.1-0.20261123120000-0123456789ab", true},
		{"v0.3.0+dirty", true},
		{"v1.2.3", false},
		{"v1.2.3-rc.1", false},
		{"developers", false},
	}
	for _, tt := range tests {
		if got := unreleased(tt.version); got != tt.want {
			t.Errorf("unreleased(%q) = %v, want %v", tt.version, got, tt.want)
		}
	}
}
