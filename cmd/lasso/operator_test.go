package main

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/proxy/simnode"
)

const testToken = "correct-horse-battery-staple"

// TestOperatorDrains drives the built server as an operator does: with curl,
// then in a browser without a script. The calls go elsewhere and come back.
func TestOperatorDrains(t *testing.T) {
	dir := t.TempDir()
	chain := simnode.NewChain(8453, 2*time.Second, 1000, nil)
	var yaml strings.Builder
	yaml.WriteString("slug: public\nstrategy: priority\nchains:\n  base:\n    chain_id: 8453\n    providers:\n")
	for i, id := range []string{"first", "second"} {
		node := simnode.New(chain, id, 1)
		url, err := node.Listen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(node.Kill)
		fmt.Fprintf(&yaml, "      - {id: %s, url: %q, priority: %d}\n", id, url, i+1)
	}
	profiles, secret := filepath.Join(dir, "profiles"), filepath.Join(dir, "token")
	if err := os.Mkdir(profiles, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{filepath.Join(profiles, "public.yml"): yaml.String(), secret: testToken + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	base, logs := launch(t, "serve", "--listen", "127.0.0.1:0", "--profiles", profiles, "--admin-token-file", secret)
	answeredBy := func() string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/rpc/public/base", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Lasso-Include-Meta", "headers")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.Header.Get("X-Lasso-Provider")
	}
	want := func(what, who string) {
		t.Helper()
		for range 3 {
			if got := answeredBy(); got != who {
				t.Fatalf("%s: answered by %q, want %q", what, got, who)
			}
		}
	}
	want("at first", "first")

	const actions = "/api/v1/profiles/public/chains/base/providers/first/actions"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+actions, strings.NewReader(`{"action":"drain","reason":"disk is full"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+testToken)
	if status, body := fetch(t, req); status != http.StatusOK || !strings.Contains(body, `"result":"done"`) {
		t.Fatalf("drain: %d %s", status, body)
	}
	want("drained", "second")
	for path, says := range map[string]string{
		"/api/v1/profiles/public/chains":                                     `"reason":"Drained by an operator: disk is full"`,
		"/api/v1/profiles/public/chains/base/explain?method=eth_blockNumber": `"filter":"drained"`,
		"/metrics": `lasso_provider_status{chain="8453",profile="public",provider="first",status="drain",transport="http"} 1`,
		"/dashboard/public/chains/base/providers/first": "Drained by an operator: disk is full",
	} {
		if _, body := get(t, base+path); !strings.Contains(body, says) {
			t.Errorf("%s lacks %s", path, says)
		}
	}

	jar, _ := cookiejar.New(nil) // never fails
	browser := &http.Client{Jar: jar}
	page := base + "/dashboard/public/chains/base/providers/first"
	send := func(to string, fields url.Values) (text string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(fields.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", base)
		res, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var b strings.Builder
		if _, err := fmt.Fprint(&b, res.Status, " "); err != nil {
			t.Fatal(err)
		}
		if err := res.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	answer := send(base+"/dashboard/sign-in", url.Values{"token": {testToken}, "next": {strings.TrimPrefix(page, base) + "?act=resume"}})
	found := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(answer)
	if found == nil || !strings.Contains(answer, "Resume first on base, on ") {
		t.Fatalf("after signing in: %.500s", answer)
	}
	if answer = send(page+"/actions", url.Values{"csrf": {found[1]}, "action": {"resume"}}); !strings.Contains(answer, "Resumed first on base") {
		t.Errorf("after resuming: %.500s", answer)
	}
	want("resumed", "first")
	send(page+"/actions", url.Values{"csrf": {found[1]}, "action": {"force_open"}})
	want("forced open", "second")
	send(page+"/actions", url.Values{"csrf": {found[1]}, "action": {"automatic"}})
	want("automatic", "first")
	for _, line := range []string{`who=token from=127.0.0.1 action=drain`, `action=force_open`, `reason="disk is full"`} {
		if !strings.Contains(logs.String(), line) {
			t.Errorf("the log lacks %s", line)
		}
	}
	if strings.Contains(logs.String(), testToken) {
		t.Error("the log holds the token")
	}
}

func TestAdminToken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct {
		name, file, variable, want, says string
	}{
		{"none", "", "", "", ""},
		{"variable", "", " " + testToken + "\n", testToken, ""},
		{"file", file("good", testToken+"\n"), "", testToken, ""},
		{"both", file("good", testToken), testToken, "", "not both"},
		{"short variable", "", "planted-short", "", "LASSO_ADMIN_TOKEN: the token must be 16 to 256 bytes"},
		{"short file", file("short", "planted-short"), "", "", "--admin-token-file: the token must be 16 to 256 bytes"},
		{"long", "", strings.Repeat("planted", 50), "", "16 to 256"},
		{"two words", "", "planted planted planted", "", "one word"},
		{"empty file", file("empty", " \n"), "", "", "the file is empty"},
		{"no file", filepath.Join(dir, "nothing"), "", "", "--admin-token-file: "},
	} {
		got, err := (&nodeFlags{AdminTokenFile: tt.file}).adminToken(func(string) string { return tt.variable })
		if got != tt.want || (err != nil) != (tt.says != "") {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
		if err != nil && (!strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "planted")) {
			t.Errorf("%s: %v, want %q and not the token", tt.name, err, tt.says)
		}
	}
}
