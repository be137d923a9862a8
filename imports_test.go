package lasso_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/lasso-rpc/lasso"

// allowed lists, for each package, which of our packages it may import. "" is
// the root. Packages that are not listed may not exist.
var allowed = map[string][]string{
	"":                nil,
	"cluster":         {""},
	"profiles":        {""},
	"proxy":           {"", "proxy/jsonrpc", "proxy/methods", "proxy/classify"},
	"proxy/classify":  {"", "proxy/jsonrpc"},
	"proxy/jsonrpc":   nil,
	"proxy/methods":   {"", "proxy/jsonrpc"},
	"proxy/simnode":   nil,
	"static":          nil,
	"store":           {""},
	"views":           {"views/ui"},
	"views/dashboard": {"views", "views/ui"},
	"views/ui":        nil,
	"web":             {"", "static", "views", "views/dashboard", "views/ui", "web/jsondiff"},
	"web/jsondiff":    nil,
}

// everything is the package that introduces all others to each other.
const everything = "cmd/lasso"

// testsOnly are packages that tests of any package may import.
var testsOnly = []string{"proxy/simnode"}

// homes says where a technology lives: an import path prefix and the packages
// that may use it, with all packages below them.
var homes = map[string][]string{
	"database/sql":                        {"store"},
	"github.com/DataDog/sketches-go":      {"store"},
	"github.com/a-h/templ":                {"views", "web"},
	"github.com/chromedp/":                {"cmd/lasso"},
	"github.com/alecthomas/kong":          {"cmd/lasso"},
	"github.com/fsnotify/fsnotify":        {"profiles"},
	"github.com/gofiber/":                 {"web"},
	"github.com/grandcat/zeroconf":        {"cluster"},
	"github.com/hashicorp/golang-lru":     {"web"},
	"github.com/nats-io/":                 {"cluster"},
	"github.com/prometheus/client_golang": {"cluster", "cmd/lasso", "proxy", "store", "web"},
	"github.com/tdewolff/":                {"static"},
	"github.com/valyala/fasthttp":         {"proxy", "web"},
	"go.yaml.in/yaml":                     {"cmd/lasso", "profiles"},
	"modernc.org/":                        {"store"},
}

// stdOnly packages import the standard library and our packages, nothing else.
var stdOnly = []string{"", "proxy/classify", "proxy/jsonrpc", "proxy/methods", "proxy/simnode", "web/jsondiff"}

// pkg is what go list says about a package.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// TestImports enforces the arrows of ARCHITECTURE.md.
func TestImports(t *testing.T) {
	t.Parallel()
	pkgs := list(t)
	if len(pkgs) < 2 {
		t.Fatalf("go list found %d packages, want the whole module", len(pkgs))
	}
	for _, p := range pkgs {
		for _, imp := range p.Imports {
			check(t, p.ImportPath, imp, false)
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			check(t, p.ImportPath, imp, true)
		}
	}
}

// TestImportRules shows that the rules can fail.
func TestImportRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		test     bool
		want     bool
	}{
		{"web", module + "/proxy", false, false},
		{"store", module + "/cluster", false, false},
		{"views", module, false, false},
		{"proxy", module + "/proxy/simnode", false, false},
		{"proxy", module + "/proxy/simnode", true, true},
		{"proxy", module + "/proxy/jsonrpc", false, true},
		{"cmd/lasso", module + "/proxy", false, true},
		{"proxy", "github.com/gofiber/fiber/v2", false, false},
		{"web", "github.com/gofiber/fiber/v2/middleware/adaptor", false, true},
		{"cluster", "database/sql/driver", false, false},
		{"proxy/jsonrpc", "golang.org/x/sync/errgroup", false, false},
		{"proxy/jsonrpc", "encoding/json", false, true},
		{"helpers", "fmt", false, false},
	} {
		if got := verdict(c.from, c.to, c.test) == ""; got != c.want {
			t.Errorf("%s imports %s (test: %v): allowed is %v, want %v", c.from, c.to, c.test, got, c.want)
		}
	}
}

func check(t *testing.T, from, to string, test bool) {
	t.Helper()
	rel, _ := ours(from)
	if why := verdict(rel, to, test); why != "" {
		t.Errorf("%s imports %s: %s", from, to, why)
	}
}

// verdict returns why a package of ours may not import a path, or "".
func verdict(from, to string, test bool) string {
	may, known := allowed[from]
	if !known && from != everything {
		return "the package is not in the table"
	}
	if rel, ok := ours(to); ok {
		switch {
		case from == everything, rel == from, slices.Contains(may, rel), test && slices.Contains(testsOnly, rel):
			return ""
		}
		return "not an arrow of the architecture"
	}
	for prefix, where := range homes {
		if strings.HasPrefix(to, prefix) && !slices.ContainsFunc(where, func(home string) bool { return under(from, home) }) {
			return "allowed only in " + strings.Join(where, ", ")
		}
	}
	if first, _, _ := strings.Cut(to, "/"); !test && strings.Contains(first, ".") && slices.Contains(stdOnly, from) {
		return "this package uses the standard library only"
	}
	return ""
}

// under reports whether a package is home or below it.
func under(p, home string) bool { return p == home || strings.HasPrefix(p, home+"/") }

// ours returns the path of a package of this module, relative to its root.
func ours(path string) (string, bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

// list asks the go command for all packages of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
}
