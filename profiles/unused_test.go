package profiles_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/profiles"
)

// TestUnused holds the table of keys without effect against the code: what is
// made of such a key is not read by the router, and of what the router does not
// read all keys are in the table.
func TestUnused(t *testing.T) {
	t.Parallel()
	fields := map[string]string{ // by key: what is made of it; empty: nothing is
		"logo": "", "rps_limit": "RPSLimit", "burst_limit": "Burst",
		"chains.websocket": "", "chains.websocket.subscribe_new_heads": "SubscribeNewHeads", "chains.websocket.new_heads_timeout_ms": "NewHeadsTimeout",
		"chains.websocket.failover": "", "chains.websocket.failover.max_backfill_blocks": "MaxBackfillBlocks", "chains.websocket.failover.backfill_timeout_ms": "BackfillTimeout",
		"chains.ui-topology": "", "chains.ui-topology.color": "", "chains.ui-topology.size": "",
		"chains.providers.ws_url": "WSURL", "chains.providers.subscribe_new_heads": "SubscribeNewHeads",
	}
	got := profiles.Unused()
	for _, key := range got {
		if _, ok := fields[key]; !ok {
			t.Errorf("the key %s is said to have no effect: say what is made of it here", key)
		}
	}
	read := selected(t, "../proxy")
	for key, field := range fields {
		if !slices.Contains(got, key) {
			t.Errorf("the key %s is not in the table", key)
		}
		if field != "" && read[field] {
			t.Errorf("the router reads %s: the key %s has an effect", field, key)
		}
	}
	for _, field := range []string{"LagAlert", "MaxLagBlocks", "ProbeInterval", "ArchivalThreshold"} {
		if !read[field] {
			t.Errorf("the router does not read %s", field)
		}
	}
}

// selected are the names that the code of a folder selects, without tests.
func selected(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v, %v", dir, files, err)
	}
	names := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				names[s.Sel.Name] = true
			}
			return true
		})
	}
	return names
}
