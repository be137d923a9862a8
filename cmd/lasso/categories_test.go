package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/profiles"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

// TestCategories checks that every category of the method registry may be named
// in a profile, and that a profile can name no other. The two packages do not
// know each other.
func TestCategories(t *testing.T) {
	t.Parallel()
	load := func(categories string) error {
		_, err := profiles.Load([]profiles.Source{{Name: "p.yml", Data: []byte("chains:\n  one:\n    chain_id: 1\n    providers:\n" +
			"      - {id: a, url: 'https://a.example', capabilities: {unsupported_categories: [" + categories + "]}}\n")}}, os.LookupEnv, time.Now())
		return err
	}
	want := []string{"unknown", "batch"} // the last without methods now; old profiles name it
	for _, m := range methods.All() {
		want = append(want, m.Category)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if err := load(strings.Join(want, ", ")); err != nil {
		t.Errorf("the categories of the registry: %v", err)
	}
	err := load("nonsense-of-no-registry")
	if err == nil {
		t.Fatal("a category that is none was accepted")
	}
	_, list, found := strings.Cut(err.Error(), "must be one of ")
	got := strings.Split(strings.TrimSpace(list), ", ")
	slices.Sort(got)
	if !found || !slices.Equal(got, want) {
		t.Errorf("%v\ngot %q, want %q", err, got, want)
	}
}
