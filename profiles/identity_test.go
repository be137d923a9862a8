package profiles_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
)

// instanceOf loads a profile with one provider made of lines and returns its
// instance.
func instanceOf(t *testing.T, slug string, chainID int, lines ...string) lasso.InstanceID {
	t.Helper()
	text := fmt.Sprintf("chains:\n  c:\n    chain_id: %d\n    providers:\n      - id: a\n        %s\n",
		chainID, strings.Join(lines, "\n        "))
	c := load(t, env(), file(slug+".yml", text))
	return c.Profiles[0].Chains[0].Providers[0].Instance
}

func TestInstanceSharing(t *testing.T) {
	t.Parallel()
	base := instanceOf(t, "p", 1, "url: https://eth.node.example/v2?b=2&a=1")
	tests := []struct {
		name  string
		slug  string
		chain int
		lines []string
		same  bool
	}{
		{"another profile", "q", 1, []string{"url: https://eth.node.example/v2?b=2&a=1"}, true},
		{"isolated", "q", 1, []string{"url: https://eth.node.example/v2?b=2&a=1", "sharing_mode: isolated"}, false},
		{"spelling of the host", "q", 1, []string{"url: HTTPS://ETH.node.Example:443/v2/?b=2&a=1"}, true},
		{"order of the query", "q", 1, []string{"url: https://eth.node.example/v2?a=1&b=2"}, true},
		{"another query", "q", 1, []string{"url: https://eth.node.example/v2?a=1&b=3"}, false},
		{"another path", "q", 1, []string{"url: https://eth.node.example/v3?a=1&b=2"}, false},
		{"case of the path", "q", 1, []string{"url: https://eth.node.example/V2?a=1&b=2"}, false},
		{"another port", "q", 1, []string{"url: https://eth.node.example:444/v2?a=1&b=2"}, false},
		{"another scheme", "q", 1, []string{"url: http://eth.node.example/v2?a=1&b=2"}, false},
		{"with a socket", "q", 1, []string{"url: https://eth.node.example/v2?b=2&a=1", "ws_url: wss://eth.node.example"}, false},
		{"with a key", "q", 1, []string{"url: https://eth.node.example/v2?b=2&a=1", "api_key: k"}, false},
		{"another chain", "q", 2, []string{"url: https://eth.node.example/v2?b=2&a=1"}, false},
		{"another priority", "q", 1, []string{"url: https://eth.node.example/v2?b=2&a=1", "priority: 3"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := instanceOf(t, tt.slug, tt.chain, tt.lines...)
			if (got == base) != tt.same {
				t.Errorf("got %s and %s, want same: %v", got, base, tt.same)
			}
		})
	}
}

func TestInstanceOfEqualCredentials(t *testing.T) {
	t.Parallel()
	key := instanceOf(t, "p", 1, "url: https://a.example", "api_key: k")
	tests := map[string]lasso.InstanceID{
		"header":           instanceOf(t, "q", 1, "url: https://a.example", "headers: {authorization: Bearer k}"),
		"older header key": instanceOf(t, "q", 1, "url: https://a.example", "auth_headers: {AUTHORIZATION: Bearer k}"),
	}
	for name, got := range tests {
		if got != key {
			t.Errorf("%s: got %s, want %s", name, got, key)
		}
	}
	one := instanceOf(t, "p", 1, "url: https://a.example", "sharing_mode: isolated")
	two := instanceOf(t, "q", 1, "url: https://a.example", "sharing_mode: isolated")
	if one == two {
		t.Errorf("isolated providers of two profiles share %s", one)
	}
}

func TestInstanceForm(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, label string }{
		{"https://base-rpc.publicnode.com/k", "publicnode"},
		{"https://Eth.dRPC.org", "drpc"},
		{"http://localhost:8545", "localhost"},
		{"http://127.0.0.1:8545", "127-0-0-1"},
		{`"http://[::1]:8545"`, "1"},
		{"http://node.example.", "node"},
	}
	for _, tt := range tests {
		got := string(instanceOf(t, "p", 7, "url: "+tt.url))
		if want := regexp.MustCompile(`^7:` + tt.label + `:[0-9a-f]{12}$`); !want.MatchString(got) {
			t.Errorf("%s: got %s, want %s", tt.url, got, want)
		}
	}
}
