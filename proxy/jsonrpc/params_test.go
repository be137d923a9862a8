package jsonrpc_test

import (
	"slices"
	"testing"

	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

func collect(array string, limit int) []string {
	var got []string
	jsonrpc.Elements([]byte(array), func(i int, raw []byte) bool {
		if i != len(got) {
			got = append(got, "wrong index")
		}
		got = append(got, string(raw))
		return len(got) < limit
	})
	return got
}

func TestElements(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		array string
		limit int
		want  []string
	}{
		{`[]`, 9, nil},
		{` [ 1 , "a,]" , {"x":[1,2]} , [ ] , null ] `, 9, []string{"1", `"a,]"`, `{"x":[1,2]}`, "[ ]", "null"}},
		{`[1,2,3]`, 2, []string{"1", "2"}},
		{`{"a":1}`, 9, nil},
		{`null`, 9, nil},
		{``, 9, nil},
		{`[1,2`, 9, []string{"1", "2"}}, // not valid: what comes before
	} {
		if got := collect(tt.array, tt.limit); !slices.Equal(got, tt.want) {
			t.Errorf("Elements(%s) = %q, want %q", tt.array, got, tt.want)
		}
	}
}

func TestMember(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ object, key, want string }{
		{`{"fromBlock":"0x1","toBlock":"latest"}`, "toBlock", `"latest"`},
		{` { "a" : { "b" : 1 } , "b" : [ 2 ] } `, "b", "[ 2 ]"},
		{`{"a":1,"a":2}`, "a", "1"},
		{`{"\u0061":1}`, "a", "1"},
		{`{"a":null}`, "a", "null"},
		{`{"":0}`, "", "0"},
		{`{"A":1}`, "a", none},
		{`{}`, "a", none},
		{`["a"]`, "a", none},
		{`"a"`, "a", none},
		{``, "a", none},
	} {
		if got := text(jsonrpc.Member([]byte(tt.object), tt.key)); got != tt.want {
			t.Errorf("Member(%s, %q) = %s, want %s", tt.object, tt.key, got, tt.want)
		}
	}
}

func TestUnquote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		raw, want string
		ok        bool
	}{
		{`""`, "", true},
		{`"0x1"`, "0x1", true},
		{`"\u00fc\ud83d\udc0e\"\\\/\b\f\n\r\t"`, "ü🐎\"\\/\b\f\n\r\t", true},
		{`"\ud83d\u0041"`, "\ufffdA", true},
		{`"\ud83d\n"`, "\ufffd\n", true},
		{`"\ud83d"`, "\ufffd", true},
		{`"a" `, "", false},
		{` "a"`, "", false},
		{`"a"b"`, "", false},
		{`"a`, "", false},
		{`"`, "", false},
		{``, "", false},
		{`1`, "", false},
		{`null`, "", false},
		{"\"\xff\"", "", false},
	} {
		if got, ok := jsonrpc.Unquote([]byte(tt.raw)); got != tt.want || ok != tt.ok {
			t.Errorf("Unquote(%s) = %q, %v, want %q, %v", tt.raw, got, ok, tt.want, tt.ok)
		}
	}
}
