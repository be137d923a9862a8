package main

import (
	"slices"
	"testing"

	"github.com/lasso-rpc/lasso/profiles"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

// TestCategories checks that every category of the method registry may be named
// in a profile, and that a profile can name no other. The two packages do not
// know each other.
func TestCategories(t *testing.T) {
	t.Parallel()
	want := append(methods.Categories(), "batch") // without methods now; old profiles name it
	got := profiles.MethodCategories()
	slices.Sort(got)
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(got, want) {
		t.Errorf("profiles accept %v, the registry has %v", got, want)
	}
}
