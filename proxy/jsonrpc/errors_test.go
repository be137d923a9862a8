package jsonrpc_test

import (
	"testing"

	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

func TestAppendError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		id   string
		err  jsonrpc.Error
		want string
	}{
		{
			"plain", "1",
			jsonrpc.Error{Code: jsonrpc.CodeLimit, Message: "limit"},
			`{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"limit"}}`,
		},
		{
			"no id", none,
			jsonrpc.Error{Code: jsonrpc.CodeParse, Message: "Parse error"},
			`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}`,
		},
		{
			"data", `"x\u0041"`,
			jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: "", Data: []byte(`{"websocket_url":"/ws"}`)},
			`{"jsonrpc":"2.0","id":"x\u0041","error":{"code":-32601,"message":"","data":{"websocket_url":"/ws"}}}`,
		},
		{
			"escapes", "1",
			jsonrpc.Error{Code: 3, Message: "a\"b\\c\n\r\t\b\x00\x1f\x7f</ü€🐎"},
			`{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"a\"b\\c\n\r\t\u0008\u0000\u001f` + "\x7f" + `</ü€🐎"}}`,
		},
		{
			"invalid UTF-8", "1",
			jsonrpc.Error{Code: 3, Message: "a\xffb\xc3\xe2\x82z\ufffd\xf0\x9f"},
			`{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"a` + "\ufffdb\ufffd\ufffd\ufffdz\ufffd\ufffd\ufffd" + `"}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := string(jsonrpc.AppendError([]byte(">"), id(tt.id), &tt.err)); got != ">"+tt.want {
				t.Errorf("AppendError\n got %s\nwant >%s", got, tt.want)
			}
		})
	}
}

func TestAppendResult(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ id, result, want string }{
		{"1", `"0x1"`, `{"jsonrpc":"2.0","id":1,"result":"0x1"}`},
		{none, `[ ]`, `{"jsonrpc":"2.0","id":null,"result":[ ]}`},
		{`"a"`, none, `{"jsonrpc":"2.0","id":"a","result":null}`},
	} {
		if got := string(jsonrpc.AppendResult(nil, id(tt.id), id(tt.result))); got != tt.want {
			t.Errorf("AppendResult(%s, %s) = %s, want %s", tt.id, tt.result, got, tt.want)
		}
	}
}

func TestAppendRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ id, method, params, want string }{
		{`"lasso-1"`, "eth_call", "[ 1 ]", `{"jsonrpc":"2.0","id":"lasso-1","method":"eth_call","params":[ 1 ]}`},
		{"1", "m", none, `{"jsonrpc":"2.0","id":1,"method":"m"}`},
		{none, "m", "null", `{"jsonrpc":"2.0","id":null,"method":"m","params":null}`},
		// A decoded name can not leave its string.
		{"1", `x","id":2,"method":"y`, "[]", `{"jsonrpc":"2.0","id":1,"method":"x\",\"id\":2,\"method\":\"y","params":[]}`},
		{"1", "a\\\n\xff", none, `{"jsonrpc":"2.0","id":1,"method":"a\\\n` + "\ufffd" + `"}`},
	} {
		if got := string(jsonrpc.AppendRequest(nil, id(tt.id), []byte(tt.method), id(tt.params))); got != tt.want {
			t.Errorf("AppendRequest(%s, %q, %s) = %s, want %s", tt.id, tt.method, tt.params, got, tt.want)
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	var err error = &jsonrpc.Error{Code: jsonrpc.CodeServer, Message: "no provider"}
	if got, want := err.Error(), "no provider (-32000)"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}
