package jsondiff_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lasso-rpc/lasso/web/jsondiff"
)

func parse(tb testing.TB, text string) *jsondiff.Value {
	tb.Helper()
	v, err := jsondiff.Parse([]byte(text))
	if err != nil {
		tb.Fatalf("Parse(%.60q): %v", text, err)
	}
	return v
}

func TestEqual(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[2,3]}`, ` { "b" : [2, 3], "a":1 } `, true},
		{`"A\u0041"`, `"AA"`, true},
		{`1`, `1.0`, false},
		{`100`, `1e2`, false},
		{`1`, `"1"`, false},
		{`null`, `"null"`, false},
		{`true`, `"true"`, false},
		{`[1,2]`, `[2,1]`, false},
		{`[[1],2]`, `[1,[2]]`, false},
		{`{"a":1}`, `{"a":1,"b":null}`, false},
		{`{"a":1,"a":2}`, `{"a":2}`, false},
		{`{"a":1,"a":2}`, `{"a":2,"a":1}`, false},
		{`{"ab":"c"}`, `{"a":"bc"}`, false},
		{`{}`, `[]`, false},
		{`123456789012345678901234567890`, `123456789012345678901234567891`, false},
		{`1e999999`, `1e999998`, false},
	} {
		a, b := parse(t, tt.a), parse(t, tt.b)
		if got := a.Sum() == b.Sum(); got != tt.want {
			t.Errorf("%s and %s: equal is %v, want %v", tt.a, tt.b, got, tt.want)
		}
		if got := jsondiff.Compare(a, b, 1).Count == 0; got != tt.want {
			t.Errorf("%s and %s: no difference is %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		want error
	}{
		"nothing":     {"", jsondiff.ErrInvalid},
		"two values":  {"1 2", jsondiff.ErrInvalid},
		"a comma":     {"[1,]", jsondiff.ErrInvalid},
		"a word":      {"nul", jsondiff.ErrInvalid},
		"deep":        {strings.Repeat("[", 200) + strings.Repeat("]", 200), jsondiff.ErrTooLarge},
		"deep, open":  {strings.Repeat(`{"a":`, 100_000), jsondiff.ErrTooLarge},
		"large":       {`"` + strings.Repeat("x", jsondiff.MaxBytes) + `"`, jsondiff.ErrTooLarge},
		"many values": {"[" + strings.Repeat("1,", jsondiff.MaxValues) + "1]", jsondiff.ErrTooLarge},
	} {
		if _, err := jsondiff.Parse([]byte(tt.text)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	parse(t, strings.Repeat("[", jsondiff.MaxDepth)+strings.Repeat("]", jsondiff.MaxDepth))
	parse(t, `"`+strings.Repeat("[", 1000)+`\""`)
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b  string
		count int
		first string // path, left, right of the first
	}{
		{`{"number":"0x2","hash":"0xa"}`, `{"hash":"0xa","number":"0x1"}`, 1, `.number 0x2 0x1`},
		{`[{"a":[1,2]}]`, `[{"a":[1,3,4]}]`, 2, `[0].a[1] 2 3`},
		{`{"a":1}`, `{"b":1}`, 2, `.a 1 `},
		{`{"a":1,"a":2}`, `{"a":1}`, 1, `.a 2 `},
		{`"x"`, `{"x":1}`, 1, ` x 1 field`},
		{`{"a":{"b":1}}`, `{"a":{"b":1}}`, 0, ``},
	} {
		c := jsondiff.Compare(parse(t, tt.a), parse(t, tt.b), 5)
		got := ""
		if len(c.List) > 0 {
			d := c.List[0]
			got = d.Path + " " + jsondiff.Brief(d.Left, 9) + " " + jsondiff.Brief(d.Right, 9)
		}
		if c.Count != tt.count || got != tt.first {
			t.Errorf("%s to %s: %d, first %q; want %d, %q", tt.a, tt.b, c.Count, got, tt.count, tt.first)
		}
	}
	many := jsondiff.Compare(parse(t, `[1,1,1,1]`), parse(t, `[2,2,2,2]`), 3)
	if many.Count != 4 || len(many.List) != 3 {
		t.Errorf("%d counted, %d listed; want 4 and 3", many.Count, len(many.List))
	}
}

// TestLongPath: of a path that is deep and long, the end is kept.
func TestLongPath(t *testing.T) {
	t.Parallel()
	deep := func(leaf string) string {
		key := `{"` + strings.Repeat("é", 30) + `":`
		return strings.Repeat(key, 100) + leaf + strings.Repeat("}", 100)
	}
	got := jsondiff.Compare(parse(t, deep(`{"leaf":1}`)), parse(t, deep(`{"leaf":2}`)), 5).List[0].Path
	if len(got) > 250 || !strings.HasPrefix(got, "…") || !strings.HasSuffix(got, "é.leaf") || !utf8.ValidString(got) {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	a, b := parse(t, `{"k":"v","n":1.50,"t":[true,{}],"gone":{"x":1}}`), parse(t, `{"k":"w","n":1.50,"t":[true,{}]}`)
	c := jsondiff.Compare(a, b, 9)
	spans, cut := jsondiff.Print(a, c, 1000)
	right, _ := jsondiff.Print(b, c, 1000)
	var all, marked strings.Builder
	for _, s := range spans {
		all.WriteString(s.Text)
	}
	for _, s := range append(spans, right...) {
		if s.Marked {
			marked.WriteString(s.Text + " ")
		}
	}
	const want = "{\n  \"k\": \"v\",\n  \"n\": 1.50,\n  \"t\": [\n    true,\n    {}\n  ],\n  \"gone\": {\n    \"x\": 1\n  }\n}"
	if all.String() != want || cut {
		t.Errorf("got %s, cut %v", all.String(), cut)
	}
	if got := marked.String(); got != `"x" 1 "w" ` {
		t.Errorf("marked %q", got)
	}
	spans, cut = jsondiff.Print(parse(t, `["`+strings.Repeat("é", 500)+`"]`), nil, 100)
	n := 0
	for _, s := range spans {
		n += len(s.Text)
	}
	if !cut || n > 110 {
		t.Errorf("%d bytes, cut %v; want about 100", n, cut)
	}
	if got := jsondiff.Quote("a\"\\\n\x00\u202e\U000e0001"); got != `"a\"\\\n\u0000\u202e\udb40\udc01"` {
		t.Errorf("Quote = %s", got)
	}
}

// FuzzCompare: no text of a stranger brings the comparison down, a value equals
// itself however its spelling, and what is printed says what was read.
func FuzzCompare(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"a":2}`, `[1e400,-0,0.10]`, `{"x":{"y":[null,true,"\u202e"]}}`, strings.Repeat("[", 129), `"\ud800"`, `{"":{}}`, `1`, "",
	} {
		f.Add(s, `{"a":2}`)
	}
	f.Fuzz(func(t *testing.T, x, y string) {
		a, err := jsondiff.Parse([]byte(x))
		if err != nil {
			return
		}
		if !json.Valid([]byte(x)) {
			t.Fatalf("%q is not valid and was read", x)
		}
		if n := jsondiff.Compare(a, a, 3).Count; n != 0 {
			t.Fatalf("%q differs from itself in %d places", x, n)
		}
		spans, cut := jsondiff.Print(a, nil, 1<<20)
		var out strings.Builder
		for _, s := range spans {
			out.WriteString(s.Text)
		}
		if again, err := jsondiff.Parse([]byte(out.String())); !cut && (err != nil || again.Sum() != a.Sum()) {
			t.Fatalf("%q was printed as %q: %v", x, out.String(), err)
		}
		b, err := jsondiff.Parse([]byte(y))
		if err != nil {
			return
		}
		c := jsondiff.Compare(a, b, 3)
		if (c.Count == 0) != (a.Sum() == b.Sum()) {
			t.Fatalf("%q and %q: %d differences, equal sums: %v", x, y, c.Count, a.Sum() == b.Sum())
		}
		jsondiff.Print(b, c, 50)
		_ = jsondiff.Brief(b, 5)
	})
}
