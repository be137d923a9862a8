package profiles_test

import (
	"fmt"
	"strings"
	"testing"
)

// provider puts lines into the provider of an otherwise right profile; the
// first line has the number 6, and keys stand at column 9.
func provider(lines ...string) string {
	return "chains:\n  c:\n    chain_id: 5\n    providers:\n      - id: a\n        " + strings.Join(lines, "\n        ") + "\n"
}

// chain does so for the chain; the first line has the number 4, and keys stand
// at column 5.
func chain(lines ...string) string {
	return "chains:\n  c:\n    chain_id: 5\n    " + strings.Join(lines, "\n    ") + "\n    providers: [{id: a, url: https://a.example}]\n"
}

func TestLoadMistakes(t *testing.T) {
	t.Parallel()
	const ok = "url: https://a.example"
	long := strings.Repeat("x", 101)
	tests := []struct {
		name, text string
		want       string // without the file; more than one are joined by a newline
	}{
		// The file.
		{"empty file", "# nothing\n", `1:1: the file is empty; a profile needs at least "chains"`},
		{"not a mapping", "- a\n", `1:1: the profile must be a mapping of keys to values, not a list`},
		{"no chains", "name: P\n", `1:1: key "chains" is missing in the profile`},
		{"null chains", "chains:\n", `1:1: key "chains" is missing in the profile`},
		{"empty chains", "chains: {}\n", `1:9: "chains" of the profile is empty; at least one is needed`},
		{"three documents", "name: a\n---\nchains: {}\n---\nx: 1\n", `5:1: a profile has at most two YAML documents: its settings, then its chains`},
		{"chains first", chain("name: c") + "---\nname: P\n", `7:1: the first document has the chains already; put all keys in one document, or the chains alone in the second`},
		{"settings in the body", "slug: p\n---\nname: P\n" + chain("name: c"), `3:1: key "name" belongs in the first document; the second has "chains" only`},
		{"settings twice", "slug: p\n---\nslug: p\n" + chain("name: c"), `3:1: key "slug" is given twice in the profile; it is first on line 1`},
		{"text document", "name: P\n---\nhello\n", `3:1: document 2 must be a mapping of keys to values, not text`},
		{"not UTF-8", "name: a\nlogo: \xff\n", `2:7: the file is not valid UTF-8 text`},
		{"too large", strings.Repeat("#", 4<<20) + "\n", `1:1: the file is larger than 4194304 bytes`},

		// Syntax.
		{"tab", "name: P\n\tslug: p\n", `2:1: not valid YAML: a tab stands where the indentation is; use spaces`},
		{"at sign", "name: @x\n", `1:8: not valid YAML: a value can not begin with a tab, "@", "%" or a backtick; quote it`},
		{"two colons", "name: a\nslug: b: c\n", `2:10: not valid YAML: a ":" is not allowed here; check the indentation, or quote the value`},
		{"open quote", "name: a\nslug: \"b\n", `2:8: not valid YAML: a quote that was opened is not closed`},
		{"open list", "name: a\nchains: [\nx: y\n", `3:4: not valid YAML: did not find expected ',' or ']'`},
		{"tab before a key", "name: a\nchains:\n\tbase: {}\n", `3:1: not valid YAML: a tab stands where the indentation is; use spaces`},
		{"tab after spaces", "name: a\nchains:\n  base:\n  \tchain_id: 1\n", `4:3: not valid YAML: a tab stands where the indentation is; use spaces`},
		{"indentation", "name: x\nchains:\n  c:\n    chain_id: 1\n   providers:\n", `5:13: not valid YAML: a key was expected here; check the indentation, and that every quote and bracket before is closed`},
		{"variable in braces", "chains:\n  c: {chain_id: 1, providers: [{id: a, url: ${URL}}]}\n", `2:53: not valid YAML: a "," or "}" is missing; quote a value that holds "${", a comma or a brace`},
		{"another version of YAML", "%YAML 1.2\n---\nname: a\n", `1:9: not valid YAML: only "%YAML 1.1" is known; leave the line out`},
		{"error at the end of a line", "name: @\nslug: p\n", `1:7: not valid YAML: a value can not begin with a tab, "@", "%" or a backtick; quote it`},
		{"unknown anchor", "name: *x\n", `1:8: not valid YAML: a value that starts with "*" refers to an anchor that is not defined above it; quote the value if it is meant as text`},

		// Keys.
		{"unknown key", "nam: P\n" + chain("name: c"), `1:1: unknown key "nam" in the profile; did you mean "name"?`},
		{"unknown key, nothing near", provider(ok, "frobnicate: 1"), `7:9: unknown key "frobnicate" in provider "a" of chain "c"; known keys are id, name, priority, url, ws_url, api_key, headers, auth_headers, credentials, subscribe_new_heads, archival, sharing_mode, capabilities`},
		{"unknown key in a section", chain("websocket: {failover: {max_backfil_blocks: 1}}"), `4:28: unknown key "max_backfil_blocks" in "failover" of "websocket" of chain "c"; did you mean "max_backfill_blocks"?`},
		{"key that is no name", provider(ok, `"a b/c": 1`), `7:9: unknown key (not shown) in provider "a" of chain "c"; known keys are id, name, priority, url, ws_url, api_key, headers, auth_headers, credentials, subscribe_new_heads, archival, sharing_mode, capabilities`},
		{"key of an older version", provider(ok, "type: public", "api_key_required: false"), "7:9: \"type\" of provider \"a\" of chain \"c\" is a key of older versions without effect; remove it\n8:9: \"api_key_required\" of provider \"a\" of chain \"c\" is a key of older versions without effect; remove it"},
		{"duplicate key", provider(ok, "priority: 1", "priority: 2"), `8:9: key "priority" is given twice in provider "a" of chain "c"; it is first on line 7`},
		{"list as key", "[a]: 1\n" + chain("name: c"), `1:1: a key in the profile must be plain text`},
		{"two spellings", "default_rps_limit: 5\nrps_limit: 6\n" + chain("name: c"), `2:1: "default_rps_limit" and "rps_limit" in the profile are the same setting; keep "rps_limit"`},
		{"two places", chain("monitoring: {probe_interval_ms: 500}", "probe_interval_ms: 600"), `5:24: "monitoring.probe_interval_ms" of chain "c" and its older place "probe_interval_ms" are both given; keep the first`},
		{"merge of text", "<<: 5\n" + chain("name: c"), `1:5: a merge key in the profile must name a mapping or a list of mappings`},

		// Types and bounds.
		{"number as text", "name: 5\n" + chain("name: c"), `1:7: "name" of the profile must be text, not a whole number; quote it`},
		{"text as number", chain("block_time_ms: soon"), `4:20: "block_time_ms" of chain "c" must be a whole number, not text`},
		{"fraction", chain("block_time_ms: 1.5"), `4:20: "block_time_ms" of chain "c" must be a whole number, not a fractional number`},
		{"too small", chain("selection: {max_lag_blocks: -1}"), `4:33: "max_lag_blocks" of "selection" of chain "c" must be between 0 and 1000000`},
		{"too large for 64 bits", chain("block_time_ms: 18446744073709551615"), `4:20: "block_time_ms" of chain "c" must be between 10 and 3600000`},
		{"zero before a number", "rps_limit: 010\n" + chain("name: c"), `1:12: "rps_limit" of the profile must not begin with 0, which would make it octal`},
		{"yes is text", "unlisted: yes\n" + chain("name: c"), `1:11: "unlisted" of the profile must be true or false, not text`},
		{"list as text", provider("url: [x]"), `6:14: "url" of provider "a" of chain "c" must be text, not a list`},
		{"mapping as list", "chains:\n  c:\n    chain_id: 5\n    providers: {id: a}\n", `4:16: "providers" of chain "c" must be a list, not a mapping`},
		{"text as provider", "chains:\n  c:\n    chain_id: 5\n    providers:\n      - https://a.example/key\n", `5:9: provider 1 of chain "c" must be a mapping of keys to values, not text`},
		{"text as section", chain("monitoring: often"), `4:17: "monitoring" of chain "c" must be a mapping of keys to values, not text`},
		{"null chain", "chains:\n  c:\n", `2:5: chain "c" must be a mapping of keys to values, not nothing`},
		{"list of chains", "chains: [a]\n", `1:9: "chains" of the profile must be a mapping, not a list`},
		{"binary", "name: !!binary aGk=\n" + chain("name: c"), `1:7: "name" of the profile must be text, not a value with a YAML tag; quote it`},
		{"long name", "name: " + long + "\n" + chain("name: c"), `1:7: "name" of the profile must be one line of at most 100 characters`},
		{"mapping as list of text", chain("url_aliases: {a: b}"), `4:18: "url_aliases" of chain "c" must be a list of text, not a mapping`},

		// Profile.
		{"slug and file", "slug: q\n" + chain("name: c"), `1:7: the slug "q" must equal the file name without extension; rename the file or change the slug`},
		{"bad slug", "slug: P!\n" + chain("name: c"), `1:7: "slug" of the profile may hold only small letters, digits, "-" and "_", must start with a letter or digit, and has at most 64 characters`},
		{"reserved slug", "slug: default\n" + chain("name: c"), `1:7: the slug "default" is reserved; it has a meaning in paths`},
		{"page as slug", "slug: sign-in\n" + chain("name: c"), `1:7: the slug "sign-in" is reserved; it has a meaning in paths`},
		{"strategy", "strategy: best\n" + chain("name: c"), `1:11: "strategy" of the profile must be one of load-balanced, round-robin, fastest, latency-weighted, priority`},
		{"logo", "logo: ../x\n" + chain("name: c"), `1:7: "logo" of the profile must be a plain file name of letters, digits, "-", "_" and "."`},

		// Chain.
		{"no chain id", "chains:\n  c:\n    providers: [{id: a, url: https://a.example}]\n", `2:3: key "chain_id" is missing in chain "c"`},
		{"no providers", "chains:\n  c:\n    chain_id: 5\n", `2:3: key "providers" is missing in chain "c"`},
		{"empty providers", "chains:\n  c:\n    chain_id: 5\n    providers: []\n", `4:16: "providers" of chain "c" is empty; at least one is needed`},
		{"chain id 0", "chains:\n  c:\n    chain_id: 0\n    providers: [{id: a, url: https://a.example}]\n", `3:15: "chain_id" of chain "c" must be between 1 and 9223372036854775807`},
		{"reserved alias", chain("url_aliases: [fastest]"), `4:19: a member of "url_aliases" of chain "c" must not be a word that has a meaning in paths: load-balanced, round-robin, fastest, latency-weighted, priority, profile, provider`},
		{"reserved key", "chains:\n  profile:\n    chain_id: 5\n    providers: [{id: a, url: https://a.example}]\n", `2:3: the key of chain "profile" must not be a word that has a meaning in paths: load-balanced, round-robin, fastest, latency-weighted, priority, profile, provider`},
		{"alias twice", chain("aliases: [x, x]"), `4:18: the alias "x" is given twice in chain "c"`},
		{"alias is a number", chain("aliases: ['77']"), `4:15: the alias "77" of chain "c" is a number but not the chain's own id`},
		{"empty alias", chain("aliases: ['']"), `4:15: a member of "url_aliases" of chain "c" is empty`},
		{"color", chain(`ui-topology: {color: red}`), `4:26: "color" of "ui-topology" of chain "c" must be a colour written as "#RGB" or "#RRGGBB"`},
		{"timeout too short", chain("timeouts_ms: {eth_call: 24}"), `4:29: "eth_call" in "timeouts_ms" of chain "c" must be between 25 and 600000`},
		{"timeout of no method", chain("timeouts_ms: {eth-call: 50}"), `4:19: a name in "timeouts_ms" of chain "c" must be the name of a JSON-RPC method: a letter, then letters, digits and "_", at most 64 characters`},

		// Provider.
		{"no id", "chains:\n  c:\n    chain_id: 5\n    providers:\n      - url: https://a.example\n", `5:9: key "id" is missing in provider 1 of chain "c"`},
		{"no url", provider("priority: 1"), `5:9: key "url" is missing in provider "a" of chain "c"`},
		{"empty url", provider("url: ''"), `6:14: "url" of provider "a" of chain "c" is empty`},
		{"url without host", provider("url: https:///x"), `6:14: "url" of provider "a" of chain "c" has no host; it must look like http://host/path`},
		{"url that does not parse", provider("url: https://a b/%zz"), `6:14: "url" of provider "a" of chain "c" is not a valid URL; it must start with http:// or https://`},
		{"url with port", provider("url: https://a.example:70000"), `6:14: "url" of provider "a" of chain "c" has a port outside 1 to 65535`},
		{"url with fragment", provider("url: https://a.example/#x"), `6:14: "url" of provider "a" of chain "c" must not hold "#"; write %23 where it is part of the path`},
		{"ws in url", provider("url: wss://a.example"), `6:14: "url" of provider "a" of chain "c" must start with http:// or https://`},
		{"http in ws_url", provider(ok, "ws_url: https://a.example"), `7:17: "ws_url" of provider "a" of chain "c" must start with ws:// or wss://`},
		{"two users", provider("url: https://u:p@a.example", "ws_url: wss://u:q@a.example"), `7:17: "url" and "ws_url" of provider "a" of chain "c" have different user or password; use two providers`},
		{"variable without end", provider("url: https://a.example/${X"), `6:14: "url" of provider "a" of chain "c" has a "${" without "}"; write "$${" for a literal "${"`},
		{"variable without name", provider("url: https://a.example/${X:-y}"), `6:14: "url" of provider "a" of chain "c" has a "${…}" that is not the name of an environment variable: letters, digits and "_"`},
		{"variable unset", provider(ok, "api_key: ${NOPE}"), `7:18: "api_key" of provider "a" of chain "c" needs the environment variable NOPE, which is not set`},
		{"variable empty", provider(ok, "ws_url: wss://${EMPTY}"), `7:17: "ws_url" of provider "a" of chain "c" needs the environment variable EMPTY, which is empty`},
		{"variable in header", provider(ok, "headers: {X-A: '${NOPE}'}"), `7:24: "X-A" in "headers" of provider "a" of chain "c" needs the environment variable NOPE, which is not set`},
		{"header name", provider(ok, "headers: {'X A': b}"), `7:19: a name in "headers" of provider "a" of chain "c" is not an HTTP header name, which may hold letters, digits, "-" and "_"`},
		{"header of the connection", provider(ok, "headers: {content-type: b}"), `7:19: a name in "headers" of provider "a" of chain "c" must not be Content-Type, which belongs to the connection`},
		{"header value", provider(ok, `headers: {X-A: "b\r\nc"}`), `7:24: the value of the header X-A of provider "a" of chain "c" holds a line break or another control character`},
		{"header twice", provider(ok, "headers: {x-a: b, X-A: c}"), `7:32: the header X-A is given twice in provider "a" of chain "c"`},
		{"api key with line break", provider(ok, `api_key: "b\n"`), `7:18: "api_key" of provider "a" of chain "c" holds a line break or another control character`},
		{"sharing mode", provider(ok, "sharing_mode: isolate"), `7:23: "sharing_mode" of provider "a" of chain "c" must be one of auto, isolated; did you mean "isolated"?`},
		{"rule without condition", provider(ok, "capabilities: {error_rules: [{category: rate_limit}]}"), `7:38: error_rule 1 of "capabilities" of provider "a" of chain "c" needs "code" or "message_contains"`},
		{"empty fragment", provider(ok, "capabilities: {error_rules: [{message_contains: ' ', category: rate_limit}]}"), `7:57: "message_contains" of error_rule 1 of "capabilities" of provider "a" of chain "c" must be 1 to 500 characters and not only spaces`},
		{"age without methods", provider(ok, "capabilities: {limits: {max_block_age: 5}}"), `7:48: "max_block_age" of "limits" of "capabilities" of provider "a" of chain "c" has no effect without "block_age_methods"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range mistakes(t, env("EMPTY="), file("p.yml", tt.text)) {
				if p.File != "p.yml" {
					t.Errorf("file: got %q", p.File)
				}
				got = append(got, fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message))
			}
			if g := strings.Join(got, "\n"); g != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", g, tt.want)
			}
		})
	}
}

func TestLoadMistakesWithLists(t *testing.T) {
	t.Parallel()
	ps := mistakes(t, env(), file("p.yml", provider("url: https://a.example", "capabilities:",
		"  unsupported_categories: [debg, trace]", "  error_rules:", "    - {code: 1, category: canceled}")))
	if len(ps) != 2 || !strings.Contains(ps[0].Message, `did you mean "debug"?`) || !strings.Contains(ps[1].Message, `must be one of parse_error`) {
		t.Errorf("got:\n%v", ps)
	}
}

func TestLoadCollisionsOfChains(t *testing.T) {
	t.Parallel()
	const p = "    providers: [{id: a, url: https://a.example}]\n"
	ps := mistakes(t, env(), file("p.yml", "chains:\n"+
		"  one:\n    chain_id: 1\n    aliases: [x]\n"+p+
		"  two:\n    chain_id: 2\n    aliases: [x, '1', one]\n"+p+
		"  three:\n    chain_id: 1\n"+p))
	want := []string{
		`p.yml:8:15: the alias "x" is used by chain "one" and by chain "two"`,
		`p.yml:8:18: the alias "1" of chain "two" is the chain id of chain "one"`,
		`p.yml:8:23: the alias "one" is used by chain "one" and by chain "two"`,
		`p.yml:11:15: the chain id 1 is used by chain "one" and by chain "three"`,
	}
	if got := strings.Join(ps.Strings(), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}
