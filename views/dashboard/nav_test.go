package dashboard_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

var updateGallery = flag.Bool("update-gallery", false, "write testdata/gallery anew")

func labels(entries []dashboard.Entry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Label)
	}
	return out
}

func TestEntries(t *testing.T) {
	t.Parallel()
	alone := sampleShell(dashboard.NavOverview, "/dashboard/production")
	cluster := alone
	cluster.Clustered = true
	tests := []struct {
		name  string
		shell dashboard.Shell
		want  []string
	}{
		{"no profile", dashboard.Shell{}, nil},
		{"alone", alone, []string{"Overview", "Chains", "Providers", "Methods", "Requests", "Cluster", "Playground", "Events", "System", "Configuration"}},
		{"cluster", cluster, []string{"Overview", "Chains", "Providers", "Regions", "Methods", "Requests", "Cluster", "Playground", "Events", "System", "Configuration"}},
	}
	for _, tt := range tests {
		if got := labels(tt.shell.Entries()); !slices.Equal(got, tt.want) {
			t.Errorf("%s: Entries = %v, want %v", tt.name, got, tt.want)
		}
	}
	seen := map[string]string{}
	for _, e := range cluster.Entries() {
		if other, ok := seen[e.Key]; ok || len(e.Key) != 1 {
			t.Errorf("%s has the key %q, which %q has too", e.Label, e.Key, other)
		}
		seen[e.Key] = e.Label
	}
}

// TestEveryPageHasOneKey checks that the keys lead to each page by exactly one
// link, and that the list of keys names all of them.
func TestEveryPageHasOneKey(t *testing.T) {
	t.Parallel()
	m := clusteredOverview(3)
	root := parse(t, render(t, m.Page()))
	to := map[string][]string{}
	for n := range root.Descendants() {
		if key := attr(n, "data-go"); n.Type == html.ElementNode && key != "" {
			to[key] = append(to[key], attr(n, "href"))
		}
	}
	keys := words(byID(root, "keys"))
	for _, e := range m.Entries() {
		if got, want := to[e.Key], []string{string(e.Href)}; !slices.Equal(got, want) {
			t.Errorf("links of g %s = %v, want %v", e.Key, got, want)
		}
		if want := e.Label + " g then " + e.Key; !strings.Contains(keys, want) {
			t.Errorf("the list of keys lacks %q: %s", want, keys)
		}
	}
}

func TestKiosk(t *testing.T) {
	t.Parallel()
	m := overview()
	if class := attr(htmlOf(t, m), "class"); class != "" {
		t.Errorf("class of html = %q, want none", class)
	}
	m.Kiosk, m.Density = true, "compact"
	root := htmlOf(t, m)
	if class, density := attr(root, "class"), attr(root, "data-density"); class != "kiosk" || density != "compact" {
		t.Errorf("html has class %q and density %q, want kiosk and compact", class, density)
	}
	inside, out := 0, ""
	for n := range root.Descendants() {
		href := attr(n, "href")
		switch {
		case n.Type != html.ElementNode || n.Data != "a" || href == "" || href[0] == '#':
		case strings.Contains(href, "kiosk=1"):
			inside++
		case hasAttr(n, "data-kiosk"):
			out = href
		case strings.Contains(href, "/dashboard/production/"):
			t.Errorf("link to %s leaves the kiosk", href)
		}
	}
	if inside < 5 || out == "" {
		t.Errorf("%d links stay in the kiosk, the way out is %q", inside, out)
	}
	m.Density = `"><script>`
	if density := attr(htmlOf(t, m), "data-density"); density != "normal" {
		t.Errorf("density of an unknown word = %q, want normal", density)
	}
}

func hasAttr(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func htmlOf(t *testing.T, v dashboard.View) *html.Node {
	t.Helper()
	for n := range parse(t, render(t, v.Page())).ChildNodes() {
		if n.Type == html.ElementNode {
			return n
		}
	}
	t.Fatal("no html element")
	return nil
}

func gallery() dashboard.Gallery {
	return dashboard.Gallery{Shell: sampleShell(dashboard.NavNone, "/dashboard/_gallery")}
}

// TestGallery compares each section with what it looked like when somebody
// looked at it last. After a change that is meant: go test ./views/dashboard -run TestGallery -update-gallery.
func TestGallery(t *testing.T) {
	t.Parallel()
	page := parse(t, render(t, gallery().Page()))
	checkPolicy(t, page)
	checkIDs(t, page)
	dir := filepath.Join("testdata", "gallery")
	ids := dashboard.GallerySections()
	for _, id := range ids {
		part, ok := gallery().Fragment(id)
		if !ok {
			t.Errorf("Fragment(%q) = none", id)
			continue
		}
		got := append(render(t, part), '\n')
		if byID(page, id) == nil {
			t.Errorf("section %q is not on the page", id)
		}
		file := filepath.Join(dir, id+".html")
		if *updateGallery {
			if err := os.MkdirAll(dir, 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("section %q changed; look at /dashboard/_gallery, then run with -update-gallery", id)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil || len(files) != len(ids) {
		t.Errorf("%d files in %s, want %d (%v)", len(files), dir, len(ids), err)
	}
	if _, ok := gallery().Fragment("nothing"); ok {
		t.Error("Fragment of an unknown section is there")
	}
}
