package profiles_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/profiles"
)

const canary = "C4N4RYsecret"

// TestSecretsStayOut puts a secret wherever one may stand, right and wrong, and
// looks for it in every error and in what a catalog shows.
func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	const ok = "url: https://a.example"
	bad := map[string]string{
		"path of a wrong scheme":     provider("url: ftp://a.example/" + canary),
		"query of a wrong port":      provider("url: https://a.example:99999/?k=" + canary),
		"no URL at all":              provider("url: " + canary),
		"user of a broken URL":       provider("url: 'https://u:" + canary + "@a b/'"),
		"escape in a URL":            provider("url: https://a.example/%zz" + canary),
		"fragment":                   provider("url: https://a.example/#" + canary),
		"control character":          provider(`url: "https://a.example/\x01` + canary + `"`),
		"ws_url":                     provider(ok, "ws_url: https://a.example/"+canary),
		"url as list":                provider("url: [https://a.example/" + canary + "]"),
		"url as mapping":             provider("url: {x: https://a.example/" + canary + "}"),
		"url as provider":            "chains:\n  c:\n    chain_id: 1\n    providers:\n      - https://a.example/" + canary + "\n",
		"api_key as list":            provider(ok, "api_key: ["+canary+"]"),
		"api_key with a line break":  provider(ok, `api_key: "`+canary+`\nx"`),
		"api_key as alias":           provider(ok, "api_key: *"+canary),
		"api_key as tag":             provider(ok, "api_key: !"+canary+" x"),
		"api_key with an at sign":    provider(ok, "api_key: @"+canary),
		"api_key with an open quote": provider(ok, `api_key: "`+canary),
		"api_key with colons":        provider(ok, "api_key: "+canary+": "+canary),
		"unset variable beside it":   provider("url: https://a.example/" + canary + "/${NOPE}"),
		"variable that never ends":   provider("url: https://a.example/${" + canary),
		"variable with a default":    provider("url: https://a.example/${NOPE:-" + canary + "}"),
		"value of a variable":        provider("url: ftp://a.example/${SECRET}"),
		"variable as host":           provider("url: https://${SECRET} x/"),
		"variable with a line break": provider(ok, "headers: {X-A: '${BROKEN}'}"),
		"header value":               provider(ok, `headers: {X-A: "`+canary+`\n"}`),
		"header value as list":       provider(ok, "headers: {X-A: ["+canary+"]}"),
		"header name":                provider(ok, "headers: {'Bearer "+canary+"': x}"),
		"header twice":               provider(ok, "headers: {X-A: "+canary+", x-a: "+canary+"}"),
		"headers as text":            provider(ok, "headers: 'X-A: "+canary+"'"),
		"line in place of a key":     provider(ok, "'https://a.example/"+canary+"': x"),
		"two users":                  provider("url: https://u:"+canary+"@a.example", "ws_url: wss://u:x@a.example"),
		"wrong word":                 provider(ok, "sharing_mode: "+canary),
		"number expected":            provider(ok, "priority: "+canary),
		"bad id":                     "chains:\n  c:\n    chain_id: 1\n    providers: [{id: 'https://a/" + canary + "', url: https://a.example}]\n",
		"bad chain key":              "chains:\n  'https://a/" + canary + "': {chain_id: 1, providers: []}\n",
	}
	getenv := env("SECRET="+canary, "BROKEN="+canary+"\n")
	for name, text := range bad {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := mistakes(t, getenv, file("p.yml", text)).Error(); strings.Contains(got, canary) {
				t.Errorf("the secret is in the error:\n%s", got)
			}
		})
	}
	good := load(t, getenv, file("p.yml", provider("url: https://u:${SECRET}@a.example/"+canary+"?k="+canary, "ws_url: wss://a.example/"+canary,
		"api_key: "+canary, "headers: {X-A: "+canary+"}")))
	shown, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(shown), canary) {
		t.Errorf("the secret is in the catalog: %s", shown)
	}
}

func TestURLSecretsStayOut(t *testing.T) {
	t.Parallel()
	urls := []string{
		"https://127.0.0.1:1/" + canary, "ftp://a.example/" + canary, canary, "wss://a.example/" + canary,
		"https://u:" + canary + "@a b", "http://u:" + canary + "@127.0.0.1:1/?k=" + canary, "https://a.example/%zz" + canary,
	}
	_, err := profiles.FromURLs(t.Context(), urls, nil)
	if err == nil {
		t.Fatal("got no error")
	}
	if strings.Contains(err.Error(), canary) {
		t.Errorf("the secret is in the error:\n%v", err)
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != len(urls) {
		t.Errorf("got %d errors, want %d:\n%v", got, len(urls), err)
	}
	if _, ok := errors.AsType[profiles.Problems](err); ok {
		t.Error("got problems of a file")
	}
}
