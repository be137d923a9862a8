package profiles_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/profiles"
)

// FuzzLoad checks that any bytes give either a catalog that can be used or
// problems that point into the file.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte("a: &a [*a]\n<<: *a\n"))
	f.Add([]byte("a: &a {<<: *a}\n? [x]\n: y\n---\n- 1\n"))
	f.Add([]byte("chains: &c {c: {chain_id: 0x5, providers: [&p {id: a, url: 'http://a'}, *p], <<: [*c, *p]}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := profiles.Load([]profiles.Source{{Name: "public.yml", Data: data}}, env("A=b"), loadedAt)
		if err == nil {
			for _, ch := range c.Profiles[0].Chains {
				if _, ok := c.Profiles[0].Chain(ch.ID.String()); !ok || len(ch.Providers) == 0 {
					t.Fatalf("chain %v is of no use", ch.ID)
				}
			}
			return
		}
		var ps profiles.Problems
		if !errors.As(err, &ps) || len(ps) == 0 {
			t.Fatalf("got error %v, want problems", err)
		}
		for _, p := range ps {
			if p.Line < 1 || p.Column < 1 || p.Message == "" {
				t.Fatalf("problem without place or message: %+v", p)
			}
		}
	})
}

// TestLoadBombs checks that files which grow without bound once aliases are
// expanded are refused soon.
func TestLoadBombs(t *testing.T) {
	t.Parallel()
	repeat := func(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	var laughs strings.Builder
	laughs.WriteString("x-0: &a0 {name: x}\n")
	for i := range 14 {
		fmt.Fprintf(&laughs, "x-%d: &a%d {<<: [%s]}\n", i+1, i+1, repeat(fmt.Sprintf("*a%d", i), 10))
	}
	tests := map[string]string{
		"merge keys": laughs.String() + "<<: *a14\n",
		"rules of providers": "x-r: &r {code: 1, category: rate_limit}\nx-c: &c {error_rules: [" + repeat("*r", 5000) + "]}\n" +
			"chains: {c: {chain_id: 1, providers: [" + repeat("{id: a, url: 'http://a', capabilities: *c}", 5000) + "]}}\n",
		"endless merge": "x-a: &a {<<: *a, name: x}\n<<: *a\n",
		"deep list":     strings.Repeat("[", 20_000),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if ps := mistakes(t, env(), file("p.yml", text)); len(ps) > 1001 {
				t.Errorf("got %d problems", len(ps))
			}
		})
	}
	if got := len(mistakes(t, env(), file("p.yml", "k: 1\n"+strings.Repeat("k: 1\n", 5000)))); got != 1001 {
		t.Errorf("many mistakes: got %d, want 1000 and a note", got)
	}
}
