package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestSettings checks who wins, and that a mistake is told of by the name of
// the flag or variable that has it. All of these end before anything is served.
func TestSettings(t *testing.T) {
	tests := []struct {
		name string
		env  []string
		args []string
		code int
		want []string // lines
	}{
		{"listen flag", nil, []string{"--listen", "here"}, 2, []string{`--listen: must be HOST:PORT, [IPv6]:PORT or a port, not "here"`}},
		{"listen variable", []string{"LASSO_LISTEN=::1:4000"}, nil, 2, []string{`LASSO_LISTEN: must be HOST:PORT, [IPv6]:PORT or a port, not "::1:4000"`}},
		{"listen port", nil, []string{"--listen", "localhost:http"}, 2, []string{`--listen: the port must be a number from 0 to 65535, not "http"`}},
		{"PORT", []string{"PORT=65536"}, nil, 2, []string{`PORT: must be a number from 0 to 65535, not "65536"`}},
		{"flag beats variable", []string{"LASSO_LISTEN=there"}, []string{"demo", "--listen", "here"}, 2, []string{`--listen: must be HOST:PORT, [IPv6]:PORT or a port, not "here"`}},
		{"flag beats a variable of the wrong type", []string{"LASSO_MAX_BATCH=x"}, []string{"--max-batch", "0"}, 2, []string{`--max-batch: must be at least 1, not 0`}},
		{"variable beats PORT", []string{"PORT=x", "LASSO_LISTEN=there"}, nil, 2, []string{`LASSO_LISTEN: must be HOST:PORT, [IPv6]:PORT or a port, not "there"`}},
		{"batch", []string{"LASSO_MAX_BATCH=-1"}, nil, 2, []string{`LASSO_MAX_BATCH: must be at least 1, not -1`}},
		{"batch type", []string{"LASSO_MAX_BATCH=many"}, nil, 2, []string{`LASSO_MAX_BATCH: expected a valid 64 bit int but got "many"`}},
		{"bytes", []string{"LASSO_MAX_INFLIGHT_BYTES=7999999"}, nil, 2, []string{`LASSO_MAX_INFLIGHT_BYTES: must be at least 8000000, the largest body, not 7999999`}},
		{"proxies", []string{"LASSO_TRUSTED_PROXIES=loopback,10.1.2.3/8"}, nil, 2, []string{`LASSO_TRUSTED_PROXIES: "10.1.2.3/8" has bits after its prefix: write 10.0.0.0/8 or the address alone`}},
		{"level", []string{"LASSO_LOG_LEVEL=loud"}, nil, 2, []string{`LASSO_LOG_LEVEL must be one of "debug","info","warn","error" but got "loud"`}},
		{"format", []string{"LASSO_LOG_FORMAT=xml"}, []string{"demo"}, 2, []string{`LASSO_LOG_FORMAT must be one of "text","json" but got "xml"`}},
		{"folder", []string{"LASSO_PROFILES_DIR=/none/of/that"}, nil, 2, []string{`LASSO_PROFILES_DIR: stat /none/of/that: no such file or directory`}},
		{"public URL", []string{"LASSO_PUBLIC_URL=javascript:alert(1)"}, nil, 2, []string{`LASSO_PUBLIC_URL: must begin with http:// or https://`}},
		{"public URL with a password", nil, []string{"--public-url", "https://me:secret@example.com"}, 2, []string{`--public-url: must not hold a user name or a password`}},
		{"public URL with a query", nil, []string{"--public-url", "https://example.com/?a=b"}, 2, []string{`--public-url: must not have a query or a fragment`}},
		{"public URL without the prefix", nil, []string{"--public-url", "https://example.com/", "--path-prefix", "/lasso"}, 2, []string{
			`--public-url: must end with the path of --path-prefix, "/lasso": links of the dashboard begin with it`,
		}},
		{"public URL with another path", nil, []string{"--public-url", "https://example.com/lasso"}, 2, []string{
			`--public-url: must have no path, as there is no --path-prefix`,
		}},
		{"public URL that is fine", []string{"LASSO_PUBLIC_URL=https://example.com/lasso/"}, []string{"--path-prefix", "/lasso", "--region", " x"}, 2, []string{
			`--region: must be at most 64 characters, without control characters and spaces at the ends`,
		}},
		{"names", nil, []string{"--node-id", "a b", "--region", "a\nb"}, 2, []string{
			`--node-id: must be at most 64 characters, without spaces and control characters`,
			`--region: must be at most 64 characters, without control characters and spaces at the ends`,
		}},
		{
			"empty variables are not set",
			[]string{"PORT=", "LASSO_LISTEN=", "LASSO_MAX_BATCH=", "LASSO_MAX_INFLIGHT_BYTES=", "LASSO_LOG_LEVEL=", "LASSO_LOG_FORMAT=", "LASSO_PROFILES_DIR=", "LASSO_NODE_ID="},
			[]string{"--region", " x"},
			2,
			[]string{`--region: must be at most 64 characters, without control characters and spaces at the ends`},
		},
		{"a misspelt command", nil, []string{"dmeo"}, 2, []string{
			`an argument is neither a command (serve, demo, check, version) nor a URL, which starts with http:// or https://; a folder of profiles is given with --profiles`,
		}},
		{"URLs and profiles", nil, []string{"--profiles", ".", "ftp://x"}, 2, []string{`give either URLs or --profiles, not both`}},
		{"a variable of another command", []string{"LASSO_MAX_BATCH=x", "LASSO_LISTEN=x"}, []string{"version"}, 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"PORT", "LASSO_LISTEN", "LASSO_PROFILES_DIR"} {
				t.Setenv(name, "")
			}
			for _, pair := range tt.env {
				name, value, _ := strings.Cut(pair, "=")
				t.Setenv(name, value)
			}
			var out, errs bytes.Buffer
			if code := codeOf(t, run(t.Context(), tt.args, &out, &errs)); code != tt.code {
				t.Errorf("got code %d, want %d", code, tt.code)
			}
			var got []string
			for line := range strings.Lines(errs.String()) {
				if text, ok := strings.CutPrefix(strings.TrimSpace(line), "lasso: "); ok {
					got = append(got, text)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// TestURLsBeatTheFolderVariable checks that URLs, which are arguments, win over
// LASSO_PROFILES_DIR.
func TestURLsBeatTheFolderVariable(t *testing.T) {
	t.Setenv("LASSO_PROFILES_DIR", t.TempDir())
	var out bytes.Buffer
	err := run(t.Context(), []string{"--listen", "127.0.0.1:0", "ftp://x"}, &out, &out)
	if err == nil || err.Error() != "URL 1 must start with http:// or https://" {
		t.Errorf("got %v, want the mistake in the URL", err)
	}
}

// TestReference checks that docs/configuration.md names every command, flag and
// variable with its default, and none that is not there.
func TestReference(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	reference := string(data)
	var c cli
	parser, err := newParser(&c, variables{}, t.Output(), t.Output(), func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]*kong.Flag{}
	for _, command := range parser.Model.Leaves(true) {
		if !strings.Contains(reference, "\n| `lasso "+command.Name) {
			t.Errorf("the command %s is missing", command.Name)
		}
		for _, f := range command.Flags {
			flags["--"+f.Name] = f
		}
	}
	variableNames := map[string]bool{}
	for _, s := range environment(func(string) string { return "" }) {
		variableNames[s.Variable] = true
	}
	for name, f := range flags {
		variable := variableOf(f.Value)
		variableNames[variable] = true
		row := "| `" + name + "` | "
		if variable != "" {
			row += "`" + variable + "` | "
		} else {
			row += "| "
		}
		_, rest, ok := strings.Cut(reference, "\n"+row)
		if cell, _, _ := strings.Cut(rest, " |"); !ok || f.HasDefault && !strings.HasPrefix(cell, "`"+f.Default+"`") {
			t.Errorf("no row %q with the default %q; got %q", row, f.Default, cell)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(--[a-z-]+)").FindAllStringSubmatch(reference, -1) {
		if flags[m[1]] == nil {
			t.Errorf("the flag %s does not exist", m[1])
		}
	}
	guides := []string{"../../README.md"}
	for _, pattern := range []string{"docs/*.md", "deploy/*.yaml", "deploy/Dockerfile", "deploy/*/*.env"} {
		found, err := filepath.Glob("../../" + pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		guides = append(guides, found...)
	}
	for _, guide := range guides {
		data, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`LASSO_[A-Z_]+`).FindAllString(string(data), -1) {
			if !variableNames[name] {
				t.Errorf("%s names the variable %s, which does not exist", filepath.Base(guide), name)
			}
		}
	}
}
