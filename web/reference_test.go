package web_test

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

// documented reads the tables of docs/dashboard.md whose first heading is
// "Page": by the heading of a column and the page, the words in code.
func documented(t *testing.T) map[string]map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../docs/dashboard.md")
	if err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile("`([^`]*)`")
	out := map[string]map[string][]string{}
	var heads []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			heads = nil
		case cells[0] == "Page":
			heads = cells
		case heads != nil && !strings.HasPrefix(cells[0], "---"):
			for i, cell := range cells[1:] {
				column := out[heads[i+1]]
				if column == nil {
					column = map[string][]string{}
					out[heads[i+1]] = column
				}
				words := []string{}
				for _, m := range word.FindAllStringSubmatch(cell, -1) {
					words = append(words, m[1])
				}
				for name := range strings.SplitSeq(cells[0], ", ") {
					column[name] = append(column[name], words...)
				}
			}
		}
	}
	return out
}

// documentedPages are the pages as docs/dashboard.md calls them.
func documentedPages() map[string]string {
	const root = "/dashboard/public"
	return map[string]string{
		"Overview": root, "Chains": root + "/chains", "Providers": root + "/providers", "A chain": root + "/chains/ethereum",
		"A provider": root + "/chains/ethereum/providers/alchemy", "Regions": root + "/regions", "Methods": root + "/methods",
		"Requests": root + "/requests", "Events": root + "/events", "Cluster": root + "/cluster", "Playground": root + "/playground", "System": root + "/system",
		"Configuration": root + "/configuration",
	}
}

// allowed are the values that a refusal names.
func allowed(body string) []string {
	_, list, _ := strings.Cut(body, "' is not one of ")
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(list), ", "), func(s string) bool { return s == "" })
}

// TestAddressReference checks that the tables of docs/dashboard.md are what the
// pages take: orders, tables, parts and parameters.
func TestAddressReference(t *testing.T) {
	t.Parallel()
	cluster, runs := setupWhole(t, withActions)
	single := setup(t, withActions)
	docs, pages := documented(t), documentedPages()
	for _, pattern := range cluster.server.Pages() {
		if name := strings.NewReplacer(":profile", "public", ":chain", "ethereum", ":provider", "alchemy").Replace(pattern); !slices.ContainsFunc(values(pages), func(at string) bool { return at == name }) && !strings.HasSuffix(name, "/palette") {
			t.Errorf("%s is not among the pages of this test", name)
		}
	}
	candidates := fragments(t)
	for _, list := range docs["Parts"] {
		candidates = append(candidates, list...)
	}
	slices.Sort(candidates)
	candidates = slices.Compact(candidates)
	for name, at := range pages {
		for _, key := range []string{"sort", "msort"} {
			res := cluster.get(at + "?fragment=facts&" + key + "=nonsense")
			want, got := allowed(res.body), docs["Orders by `"+key+"`"][name]
			if key == "msort" && len(got) == 0 {
				continue // every page takes it, for the sake of its links; these have no such table
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s is documented as %q, want %q", name, key, got, want)
			}
		}
		if got, want := docs["Tables"][name], allowed(cluster.get(at+"?format=csv&fragment=nonsense").body); !slices.Equal(got, want) {
			t.Errorf("%s: its tables are documented as %q, want %q", name, got, want)
		}
		for _, part := range candidates {
			listed := slices.Contains(docs["Parts"][name], part)
			there := cluster.get(at+"?fragment="+part).status == 200 || single.get(at+"?fragment="+part).status == 200 ||
				cluster.get(at+"?topo=table&fragment="+part).status == 200 || cluster.get(at+"?request=abc&fragment="+part).status == 200
			if listed != there {
				t.Errorf("%s: part %s is documented: %v, is there: %v", name, part, listed, there)
			}
		}
		visits := []string{at, at + "?range=5m"}
		if name == "Playground" {
			visits = append(visits, runs...)
		}
		if name == "Requests" {
			visits = append(visits, at+"?request=abc", at+"?outcome=failed&q=x")
		}
		var keys []string
		for _, visit := range visits {
			keys = append(keys, keysOf(t, cluster.get(visit).body, at)...)
		}
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			if !slices.Contains(docs["Parameters"]["All"], key) && !slices.Contains(docs["Parameters"][name], key) {
				t.Errorf("%s: a link or a form of it has ?%s=, which is not documented", name, key)
			}
		}
	}
}

// TestSignInReference checks what docs/dashboard.md says of the address of the
// form, which belongs to no profile.
func TestSignInReference(t *testing.T) {
	t.Parallel()
	r := setup(t, withActions)
	docs := documented(t)
	at := docs["Address"]["Sign in"]
	if want := []string{"/dashboard/sign-in"}; !slices.Equal(at, want) || r.get(want[0]).status != 200 {
		t.Fatalf("the form is documented at %q, want %q: %d", at, want, r.get(want[0]).status)
	}
	if got, want := docs["Parameters"]["Sign in"], keysOf(t, r.get(providerHref).body, at[0]); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("its parameters are documented as %q; links to it have %q", got, want)
	}
}

// fragments are the values of the constants of views/dashboard that name parts
// of pages.
func fragments(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../views/dashboard/*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)^(?:const|\t)\s*Fragment\w+\s*=\s*"([^"]+)"`)
	var out []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			out = append(out, m[1])
		}
	}
	if !slices.Contains(out, dashboard.FragmentFacts) || !slices.Contains(out, dashboard.FragmentActions) {
		t.Fatalf("the constants were not found: %q", out)
	}
	return out
}

func values(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// keysOf are the keys of the addresses of a page that the page itself makes,
// and the fields of its forms by GET. Parts of the page are compared with what
// it documents elsewhere.
func keysOf(t *testing.T, body, at string) []string {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, n := range elements(page, func(*html.Node) bool { return true }) {
		for _, name := range []string{"href", "hx-get"} {
			to, err := url.Parse(attribute(n, name))
			if err != nil || to.Path != at {
				continue
			}
			for key := range to.Query() {
				keys = append(keys, key)
			}
		}
		if n.Data == "form" && strings.EqualFold(attribute(n, "method"), "get") {
			for _, field := range elements(n, func(n *html.Node) bool { return attribute(n, "name") != "" }) {
				keys = append(keys, attribute(field, "name"))
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
