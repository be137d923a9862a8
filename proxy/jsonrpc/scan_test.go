package jsonrpc_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

// parses reports whether Scan takes body for JSON, of whatever meaning.
func parses(body string) bool {
	_, _, err := jsonrpc.Scan(nil, []byte(body), 0)
	return err == nil || err.Code != jsonrpc.CodeParse
}

func TestSyntax(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value string // put in place of a value, alone and inside brackets
		want  bool
	}{
		{"null", true},
		{"true", true},
		{"false", true},
		{"nul", false},
		{"nulL", false},
		{"truE", false},
		{"nullx", false},
		{"True", false},
		{"NaN", false},
		{"undefined", false},

		{"0", true},
		{"-0", true},
		{"10", true},
		{"0.5", true},
		{"-1.5e+10", true},
		{"1E400", true},
		{"1e-0", true},
		{"01", false},
		{"-01", false},
		{"00", false},
		{"-", false},
		{"+1", false},
		{".5", false},
		{"1.", false},
		{"1.e5", false},
		{"1e", false},
		{"1e+", false},
		{"0x10", false},
		{"1_000", false},
		{"Infinity", false},
		{"1 2", false},

		{`""`, true},
		{`"a"`, true},
		{`"a b/c'd"`, true},
		{`"seven7"`, true},
		{`"eight--8"`, true},
		{`"nine----9"`, true},
		{`"\"\\\/\b\f\n\r\t\u00e9\u00E9"`, true},
		{`"\ud800"`, true},
		{`"\udc00\ud800"`, true},
		{"\"\x7f\"", true},
		{"\"\u2028\"", true},
		{`"ü€🐎"`, true},
		{`"12345678ü€🐎12345678"`, true},
		{`"\x41"`, false},
		{`"\u12"`, false},
		{`"\u12g4"`, false},
		{`"\U0041"`, false},
		{`"\ "`, false},
		{`"\`, false},
		{`"\u`, false},
		{`"\u123`, false},
		{`"`, false},
		{`'a'`, false},
		{"\"\n\"", false},
		{"\"\x00\"", false},
		{"\"1234567\x1f\"", false},
		{"\"12345678901\t\"", false},
		{"\"\xff\"", false},
		{"\"\xc3\"", false},
		{"\"\xc3\"\"", false},
		{"\"12345678\x80\"", false},
		{"\"\xed\xa0\x80\"", false},         // a surrogate
		{"\"\xc0\xaf\"", false},             // overlong
		{"\"\xf4\x90\x80\x80\"", false},     // above U+10FFFF
		{"\"\xc3\\n\xa9\"", false},          // a sequence cut by an escape
		{"\"\xe2\x82\xac\xe2\x82\"", false}, // cut by the quote

		{"[]", true},
		{"[ ]", true},
		{"[1,2]", true},
		{"[[],{}]", true},
		{"[1,]", false},
		{"[,1]", false},
		{"[1 2]", false},
		{"[1", false},
		{"[", false},
		{"]", false},
		{"[}", false},
		{"[1}", false},

		{"{}", true},
		{"{ }", true},
		{`{"a":1}`, true},
		{`{"a":1,"a":2}`, true},
		{`{"":{}}`, true},
		{`{"a":1,}`, false},
		{`{,"a":1}`, false},
		{`{"a"}`, false},
		{`{"a":}`, false},
		{`{"a" 1}`, false},
		{`{"a":1 "b":2}`, false},
		{`{a:1}`, false},
		{`{1:1}`, false},
		{`{null:1}`, false},
		{`{"a":1]`, false},
		{`{"a":1`, false},
		{`{"a":`, false},
		{`{"a"`, false},
		{`{"a":1,`, false},
		{"{\"\xff\":1}", false},

		{"/* c */ 1", false},
		{"// c\n1", false},
		{"\u00a01", false},
		{"\v1", false},
		{"\f1", false},
		{"\x001", false},
	} {
		for _, around := range []string{"%", " % ", "[%]", "[0,%]", "[%,0]", `{"k":%}`, `{"k":%,"l":0}`, `{"method":%}`, `[{"id":%}]`} {
			body := strings.Replace(around, "%", tt.value, 1)
			want := tt.want
			if tt.value == "1 2" || tt.value == "]" { // wrong everywhere, but for another reason
				want = json.Valid([]byte(body))
			}
			if got := parses(body); got != want {
				t.Errorf("Scan(%q) parses: %v, want %v", body, got, want)
			}
			if got := standard([]byte(body)); got != want {
				t.Errorf("encoding/json and the table differ about %q: %v, want %v", body, got, want)
			}
		}
	}
}

// Every prefix and every single-byte change of a body is judged as
// encoding/json judges it.
func TestSyntaxMutations(t *testing.T) {
	t.Parallel()
	body := `{"jsonrpc":"2.0","id":-12,"method":"eth_\u0063all","params":[{"to":"0xabü€"},null,true,false,1.5e3,{},[]]}`
	for i := range len(body) {
		if got := parses(body[:i]); got {
			t.Errorf("Scan(%q) parses", body[:i])
		}
		changed := []byte(body)
		for c := range 256 {
			changed[i] = byte(c)
			if got, want := parses(string(changed)), standard(changed); got != want {
				t.Errorf("Scan(%q) parses: %v, want %v", changed, got, want)
			}
		}
	}
}

func TestDepth(t *testing.T) {
	t.Parallel()
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	objects := func(n int) string { return strings.Repeat(`{"a":`, n) + "0" + strings.Repeat("}", n) }
	for _, tt := range []struct {
		name string
		body string
		want bool
	}{
		{"512 arrays", nest(512), true},
		{"513 arrays", nest(513), false},
		{"512 objects", objects(512), true},
		{"513 objects", objects(513), false},
		{"a request's params at 511", `{"method":"m","params":` + nest(511) + "}", true},
		{"a request's params at 512", `{"method":"m","params":` + nest(512) + "}", false},
		{"a batch's params at 510", `[{"method":"m","params":` + nest(510) + "}]", true},
		{"a batch's params at 511", `[{"method":"m","params":` + nest(511) + "}]", false},
		{"many, side by side", "[" + strings.Repeat("[],{},", 5000) + "0]", true},
		{"millions, unclosed", strings.Repeat("[", 4<<20), false},
	} {
		if got := parses(tt.body); got != tt.want {
			t.Errorf("%s: Scan parses %v, want %v", tt.name, got, tt.want)
		}
	}
}
