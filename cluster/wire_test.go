package cluster

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
)

func TestParseHello(t *testing.T) {
	t.Parallel()
	good := func() hello {
		return hello{Proto: 1, NodeInfo: lasso.NodeInfo{ID: "b", Boot: "x1", Region: "eu", Version: "v1", Addresses: []string{"10.0.0.1:4369"}}}
	}
	for _, c := range []struct {
		name   string
		change func(*hello)
		want   string // part of the error; empty: none
	}{
		{"good", func(*hello) {}, ""},
		{"no id", func(h *hello) { h.ID = "" }, "missing"},
		{"long id", func(h *hello) { h.ID = lasso.NodeID(strings.Repeat("x", 129)) }, "129 bytes"},
		{"id with a space", func(h *hello) { h.ID = "a b" }, "character"},
		{"id with a divider", func(h *hello) { h.ID = "a#b" }, "character"},
		{"id with a line end", func(h *hello) { h.ID = "a\nb" }, "character"},
		{"boot with a dot", func(h *hello) { h.Boot = "a.b" }, "boot id"},
		{"region with a control", func(h *hello) { h.Region = "a\x1bb" }, "printable"},
		{"long version", func(h *hello) { h.Version = strings.Repeat("v", 200) }, "printable"},
		{"many addresses", func(h *hello) { h.Addresses = make([]string, 99) }, "too many"},
		{"long topic", func(h *hello) { h.Topics = []string{strings.Repeat("t", 200)} }, "topic"},
		{"other version", func(h *hello) { h.Proto = 7 }, "protocol 7"},
		{"too long", func(h *hello) { h.Version = strings.Repeat("v", maxHello) }, "limit"},
	} {
		h := good()
		c.change(&h)
		data, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		_, err = parseHello(data, 1)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := parseHello([]byte(`{"proto":2,"id":[1]}`), 1); !errors.As(err, new(protocolError)) {
		t.Errorf("a newer hello of another shape: %v", err)
	}
}

// TestHelloWithPublicURL: an address that is not one of the web is left out, and
// the node joins all the same, as do those that send none.
func TestHelloWithPublicURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                    "",
		"https://b.example.com/lasso":         "https://b.example.com/lasso",
		"HTTPS://B.example.com/":              "https://b.example.com",
		"javascript:alert(1)":                 "",
		"https://user:secret@example.com":     "",
		"https://example.com/?next=x":         "",
		"https://example.com/#x":              "",
		"https://example.com\n":               "",
		"https://exam\u202eple.com":           "",
		"https://" + strings.Repeat("a", 300): "",
	} {
		data, err := json.Marshal(hello{Proto: 1, NodeInfo: lasso.NodeInfo{ID: "b", Boot: "x1", PublicURL: in}})
		if err != nil {
			t.Fatal(err)
		}
		if h, err := parseHello(data, 1); err != nil || h.PublicURL != want || h.ID != "b" {
			t.Errorf("%q: got %q, %v; want %q", in, h.PublicURL, err, want)
		}
	}
}

func FuzzParseHello(f *testing.F) {
	f.Add([]byte(`{"proto":1,"id":"a","boot_id":"b"}`))
	f.Add([]byte(`{"proto":1,"id":"a","boot_id":"b","public_url":"https://a.example.com/x"}`))
	f.Add([]byte(`{"proto":1,"id":"a","boot_id":"b","topics":["x"],"bye":"y"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := parseHello(data, 1); err == nil {
			if lasso.ValidNodeID(h.ID) != nil || !validBoot(h.Boot) || len(h.Region) > maxID || !isPublic(h.PublicURL) {
				t.Errorf("%q gives %+v", data, h)
			}
			if id, boot, ok := parseEngineName(engineName(h.ID, h.Boot)); !ok || id != h.ID || boot != h.Boot {
				t.Errorf("the engine name of %+v is not readable", h)
			}
		}
		if b, err := parseBeat(data); err == nil && (lasso.ValidNodeID(b.ID) != nil || !lasso.Printable(b.Bye)) {
			t.Errorf("%q gives %+v", data, b)
		}
	})
}

func FuzzEngineLine(f *testing.F) {
	f.Add("10.0.0.1:4369 - rid:7 - Router connection closed: Stale Connection - Remote: b#x")
	f.Fuzz(func(t *testing.T, line string) {
		l := parseEngineLine(line)
		if r := reasonFor(l, true); !lasso.Printable(r) || len(r) > 2*maxText {
			t.Errorf("%q gives %q", line, r)
		}
	})
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":          "plain",
		"a\nb\x1b[31m":   "a b [31m",
		"bad \xff bytes": "bad ? bytes",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
	if n := len(clean(strings.Repeat("é", 9000))); n > maxText+8 {
		t.Errorf("%d bytes", n)
	}
}

func isPublic(s string) bool {
	same, err := lasso.ParsePublicURL(s)
	return err == nil && same == s
}
