package static_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/static"
)

// TestReferencedAssetsExist reads the templates: whatever they ask for must be
// embedded.
func TestReferencedAssetsExist(t *testing.T) {
	t.Parallel()
	templates, err := filepath.Glob("../views/*/*.templ")
	if err != nil {
		t.Fatal(err)
	}
	asset := regexp.MustCompile(`\basset\("([^"]+)"\)`)
	found := 0
	for _, name := range templates {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asset.FindAllSubmatch(text, -1) {
			found++
			if _, _, ok := static.Open(string(m[1])); !ok {
				t.Errorf("%s refers to %q, which is not embedded", name, m[1])
			}
		}
	}
	if found < 5 {
		t.Fatalf("found %d references, want at least the style sheet, the scripts and the icon", found)
	}
}

func TestURLCarriesTheHash(t *testing.T) {
	t.Parallel()
	for _, name := range static.Names() {
		url := static.URL(name)
		f, immutable, ok := static.Open(strings.TrimPrefix(url, static.Prefix))
		switch {
		case !ok:
			t.Errorf("Open of %s = not found, want %s", url, name)
		case f.Name != name || f.URL != url:
			t.Errorf("Open of %s = %s at %s, want %s", url, f.Name, f.URL, name)
		case !immutable:
			t.Errorf("Open of %s: immutable = false, want true", url)
		case len(f.Body) == 0:
			t.Errorf("Open of %s: no content", url)
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		ok, immutable bool
		typ           string
	}{
		{"app.css", true, false, "text/css; charset=utf-8"},
		{"js/app.js", true, false, "text/javascript; charset=utf-8"},
		{"js/live.js", false, false, ""}, // a part of js/app.js
		{"favicon.svg", true, false, "image/svg+xml"},
		{"vendor/htmx.LICENSE", true, false, "text/plain; charset=utf-8"},
		{strings.TrimPrefix(static.URL("app.css"), static.Prefix), true, true, "text/css; charset=utf-8"},
		{"app.000000000000.css", false, false, ""},
		{"../static.go", false, false, ""},
		{"static.go", false, false, ""},
		{"", false, false, ""},
	}
	for _, tt := range tests {
		f, immutable, ok := static.Open(tt.name)
		if ok != tt.ok || immutable != tt.immutable || f.Type != tt.typ {
			t.Errorf("Open(%q) = type %q, immutable %v, ok %v, want %q, %v, %v", tt.name, f.Type, immutable, ok, tt.typ, tt.immutable, tt.ok)
		}
	}
	if got, want := static.URL("none.css"), "/static/none.css"; got != want {
		t.Errorf("URL of an unknown name = %q, want %q", got, want)
	}
}

// TestNothingLeavesTheOrigin keeps addresses of other hosts out of what
// browsers load. The vendored scripts name hosts in comments and messages only.
func TestNothingLeavesTheOrigin(t *testing.T) {
	t.Parallel()
	foreign := regexp.MustCompile(`(?i)(url\(\s*['"]?|@import\s+['"]?|fetch\(\s*['"]|from\s+['"]|src\s*=\s*['"])(https?:)?//`)
	for _, name := range static.Names() {
		f, _, _ := static.Open(name)
		if m := foreign.Find(f.Body); m != nil {
			t.Errorf("%s loads from elsewhere: %q", name, m)
		}
	}
}

// TestOurScriptsAreSmall keeps all our modules below 15 KB, as they are sent.
func TestOurScriptsAreSmall(t *testing.T) {
	t.Parallel()
	const most = 15 << 10
	total := 0
	for _, name := range static.Names() {
		if !strings.HasPrefix(name, "js/") {
			continue
		}
		f, _, _ := static.Open(name)
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write(f.Body); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", name, b.Len())
		total += b.Len()
	}
	if total == 0 || total >= most {
		t.Errorf("scripts = %d bytes, want some and less than %d", total, most)
	}
}

func TestBuild(t *testing.T) {
	t.Parallel()
	if b := static.Build(); !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(b) || b != static.Build() {
		t.Errorf("Build = %q, want twelve hexadecimal digits, always the same", b)
	}
}

// TestScriptsCanBeJoined holds the scripts to what joining assumes: no import,
// no export, every part is there, and each could be minified.
func TestScriptsCanBeJoined(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob("js/*.js")
	if err != nil || len(sources) == 0 {
		t.Fatalf("sources: %v, %v", sources, err)
	}
	app, _, _ := static.Open("js/app.js")
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if line := regexp.MustCompile(`(?m)^\s*(import|export)\b.*$`).Find(text); line != nil {
			t.Errorf("%s can not be joined: %s", name, line)
		}
		file, _, alone := static.Open(name)
		if !alone {
			file = app
		}
		// The longest text between quotes tells a module from the others.
		mark := slices.MaxFunc(regexp.MustCompile(`'[a-z][\w-]{3,}'`).FindAll(text, -1), func(a, b []byte) int { return len(a) - len(b) })
		if !bytes.Contains(file.Body, bytes.Trim(mark, "'")) {
			t.Errorf("%s is neither a file of its own nor in js/app.js: no %s", name, mark)
		}
		if comment := []byte("\n// "); bytes.Contains(file.Body, comment) {
			t.Errorf("%s is sent with its comments", file.Name)
		}
	}
}
