package jsonrpc_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

// seen is a Call in comparable form.
type seen struct {
	id, method, params string
	notify             bool
	code               int
}

const none = "<nil>"

func see(calls []jsonrpc.Call) []seen {
	all := make([]seen, 0, len(calls))
	for _, c := range calls {
		s := seen{id: text(c.ID), method: text(c.Method), params: text(c.Params), notify: c.Notify}
		if c.Err != nil {
			s.code = c.Err.Code
		}
		all = append(all, s)
	}
	return all
}

func text(b []byte) string {
	if b == nil {
		return none
	}
	return string(b)
}

func refused(id string, code int) seen { return seen{id: id, method: none, params: none, code: code} }

func TestScanCall(t *testing.T) {
	t.Parallel()
	const big = "123456789012345678901234567890"
	bad, badID := jsonrpc.CodeInvalidRequest, jsonrpc.CodeInvalidParams
	for _, tt := range []struct {
		name string
		body string
		want seen
	}{
		{"full", `{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}`, seen{id: "1", method: "m", params: "[1]"}},
		{"white space", " \t\r\n{ \"id\" : 1 ,\n\"method\" : \"m\" , \"params\" : [ 1 ] } \n", seen{id: "1", method: "m", params: "[ 1 ]"}},
		{"no jsonrpc", `{"id":1,"method":"m"}`, seen{id: "1", method: "m", params: none}},
		{"params null", `{"id":1,"method":"m","params":null}`, seen{id: "1", method: "m", params: "null"}},
		{"params object", `{"id":1,"method":"m","params":{"a":[]}}`, seen{id: "1", method: "m", params: `{"a":[]}`}},
		{"params before method", `{"params":[],"method":"m","id":1}`, seen{id: "1", method: "m", params: "[]"}},
		{"notification", `{"method":"m"}`, seen{id: none, method: "m", params: none, notify: true}},
		{"null id", `{"id":null,"method":"m"}`, seen{id: "null", method: "m", params: none}},
		{"big id", `{"id":` + big + `,"method":"m"}`, seen{id: big, method: "m", params: none}},
		{"negative id", `{"id":-7,"method":"m"}`, seen{id: "-7", method: "m", params: none}},
		{"minus zero id", `{"id":-0,"method":"m"}`, seen{id: "-0", method: "m", params: none}},
		{"string id", `{"id":"a","method":"m"}`, seen{id: `"a"`, method: "m", params: none}},
		{"empty string id", `{"id":"","method":"m"}`, seen{id: `""`, method: "m", params: none}},
		{"escaped id", `{"id":"\u0041\"\ud83d","method":"m"}`, seen{id: `"\u0041\"\ud83d"`, method: "m", params: none}},
		{"unicode id", `{"id":"ü🐎","method":"m"}`, seen{id: `"ü🐎"`, method: "m", params: none}},
		{"escaped key", `{"id":1,"\u006dethod":"m"}`, seen{id: "1", method: "m", params: none}},
		{"escaped method", `{"id":1,"method":"eth\u005fcall\n\"\\\/\b\f\r\t"}`, seen{id: "1", method: "eth_call\n\"\\/\b\f\r\t", params: none}},
		{"surrogate pair", `{"id":1,"method":"\ud83d\udc0e"}`, seen{id: "1", method: "🐎", params: none}},
		{"lone high surrogate", `{"id":1,"method":"\ud83dx"}`, seen{id: "1", method: "\ufffdx", params: none}},
		{"two high surrogates", `{"id":1,"method":"\ud800\ud83d\udc0e"}`, seen{id: "1", method: "\ufffd🐎", params: none}},
		{"lone low surrogate", `{"id":1,"method":"\udc0e\u0041"}`, seen{id: "1", method: "\ufffdA", params: none}},
		{"escaped version", `{"jsonrpc":"2\u002e0","id":1,"method":"m"}`, seen{id: "1", method: "m", params: none}},
		{"unknown members", `{"id":1,"method":"m","x":{"id":2},"x":3,"Method":1,"":0,"result":1,"result":2}`, seen{id: "1", method: "m", params: none}},
		{"nested names", `{"id":1,"method":"m","params":[{"method":"n","id":2,"jsonrpc":"1.0"}]}`, seen{id: "1", method: "m", params: `[{"method":"n","id":2,"jsonrpc":"1.0"}]`}},

		{"empty object", `{}`, refused(none, bad)},
		{"version 1.0", `{"jsonrpc":"1.0","id":1,"method":"m"}`, refused("1", bad)},
		{"version number", `{"jsonrpc":2.0,"id":1,"method":"m"}`, refused("1", bad)},
		{"version null", `{"jsonrpc":null,"id":1,"method":"m"}`, refused("1", bad)},
		{"version empty", `{"jsonrpc":"","id":"x","method":"m"}`, refused(`"x"`, bad)},
		{"no method", `{"jsonrpc":"2.0","id":1}`, refused("1", bad)},
		{"method in another case", `{"id":1,"Method":"m"}`, refused("1", bad)},
		{"method number", `{"id":1,"method":1}`, refused("1", bad)},
		{"method null", `{"id":1,"method":null}`, refused("1", bad)},
		{"method empty", `{"id":1,"method":""}`, refused("1", bad)},
		{"no method, no id", `{"jsonrpc":"2.0","method":1,"params":"bar"}`, refused(none, bad)},
		{"params string", `{"id":1,"method":"m","params":"x"}`, refused("1", bad)},
		{"params number", `{"id":1,"method":"m","params":0}`, refused("1", bad)},
		{"params bool", `{"id":1,"method":"m","params":false}`, refused("1", bad)},
		{"id fraction", `{"id":1.0,"method":"m"}`, refused(none, badID)},
		{"id exponent", `{"id":1e2,"method":"m"}`, refused(none, badID)},
		{"id bool", `{"id":true,"method":"m"}`, refused(none, badID)},
		{"id false", `{"id":false,"method":"m"}`, refused(none, badID)},
		{"id object", `{"id":{},"method":"m"}`, refused(none, badID)},
		{"id array", `{"id":[1],"method":"m"}`, refused(none, badID)},
		{"id twice", `{"id":1,"method":"m","id":2}`, refused(none, bad)},
		{"id twice, escaped", `{"id":1,"method":"m","\u0069d":1}`, refused(none, bad)},
		{"method twice", `{"id":1,"method":"m","method":"m"}`, refused("1", bad)},
		{"params twice", `{"params":[],"id":1,"method":"m","params":[]}`, refused("1", bad)},
		{"jsonrpc twice", `{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"m"}`, refused("1", bad)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls, batch, err := jsonrpc.Scan(nil, []byte(tt.body), 50)
			if batch || err != nil {
				t.Fatalf("Scan(%s) = batch %v, error %v, want one call", tt.body, batch, err)
			}
			if got, want := see(calls), []seen{tt.want}; !slices.Equal(got, want) {
				t.Errorf("Scan(%s)\n got %+v\nwant %+v", tt.body, got, want)
			}
		})
	}
}

func TestScanReasons(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ body, want string }{
		{`{"id":1.5,"method":"m"}`, "Invalid JSON-RPC request payload: id must be a string, an integer or null"},
		{`{"id":1,"id":1}`, `Invalid Request: member "id" is repeated`},
		{`{"method":"a","method":"b"}`, `Invalid Request: member "method" is repeated`},
		{`{"params":[],"params":[]}`, `Invalid Request: member "params" is repeated`},
		{`{"jsonrpc":"2.0","jsonrpc":"2.0"}`, `Invalid Request: member "jsonrpc" is repeated`},
		{`{"jsonrpc":"1.0"}`, `Invalid Request: jsonrpc must be "2.0"`},
		{`{"id":1}`, "Invalid Request: method is missing"},
		{`{"method":7}`, "Invalid Request: method must be a string that is not empty"},
		{`{"method":"m","params":1}`, "Invalid Request: params must be an array or an object"},
		{`[7]`, "Invalid Request: a request must be an object"},
	} {
		calls, _, err := jsonrpc.Scan(nil, []byte(tt.body), 50)
		if err != nil || len(calls) != 1 || calls[0].Err == nil {
			t.Errorf("Scan(%s) = %+v, %v, want one call with an error", tt.body, calls, err)
			continue
		}
		if got := calls[0].Err.Message; got != tt.want {
			t.Errorf("Scan(%s) says %q, want %q", tt.body, got, tt.want)
		}
	}
}

func TestScanBatch(t *testing.T) {
	t.Parallel()
	m := func(id string) seen { return seen{id: id, method: "m", params: none, notify: id == none} }
	bad := jsonrpc.CodeInvalidRequest
	for _, tt := range []struct {
		name string
		body string
		want []seen
	}{
		{"one", `[{"id":1,"method":"m"}]`, []seen{m("1")}},
		{"order", ` [ {"id":2,"method":"m"} , {"method":"m"},{"id":1,"method":"m"} ] `, []seen{m("2"), m(none), m("1")}},
		{"same id twice", `[{"id":1,"method":"m"},{"id":1,"method":"m"}]`, []seen{m("1"), m("1")}},
		{"scalars", `[1,"a",null,true,{"id":3,"method":"m"}]`, []seen{refused(none, bad), refused(none, bad), refused(none, bad), refused(none, bad), m("3")}},
		{"batch in batch", `[[{"id":1,"method":"m"}]]`, []seen{refused(none, bad)}},
		{"one bad member", `[{"id":1,"method":"m"},{"id":[],"method":"m"},{"id":"x"}]`, []seen{m("1"), refused(none, jsonrpc.CodeInvalidParams), refused(`"x"`, bad)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls, batch, err := jsonrpc.Scan(nil, []byte(tt.body), 50)
			if !batch || err != nil {
				t.Fatalf("Scan(%s) = batch %v, error %v, want a batch", tt.body, batch, err)
			}
			if got := see(calls); !slices.Equal(got, tt.want) {
				t.Errorf("Scan(%s)\n got %+v\nwant %+v", tt.body, got, tt.want)
			}
		})
	}
}

func TestScanRefusesBody(t *testing.T) {
	t.Parallel()
	parse, bad := jsonrpc.CodeParse, jsonrpc.CodeInvalidRequest
	for _, tt := range []struct {
		name  string
		body  string
		batch bool
		code  int
		want  string
	}{
		{"empty", "", false, parse, "Parse error: empty body"},
		{"white space", " \n", false, parse, "Parse error: empty body"},
		{"byte order mark", "\xef\xbb\xbf{}", false, parse, "Parse error: byte order mark at byte 0"},
		{"two values", "{} {}", false, parse, "Parse error: data after the value at byte 3"},
		{"two batches", "[{}]\n[]", true, parse, "Parse error: data after the value at byte 5"},
		{"cut", `{"id":1,"method":"m`, false, parse, "Parse error: unexpected end at byte 19"},
		{"cut batch", `[{"id":1,"method":"m"}`, true, parse, "Parse error: unexpected end at byte 22"},
		{"empty batch", " [ ] ", true, bad, "Invalid Request: the batch is empty"},
		{"large batch", "[1,2,3,4]", true, bad, "Invalid Request: a batch of 4 is too large, the limit is 3"},
		{"large broken batch", "[1,2,3,4,05]", true, parse, "Parse error: invalid number at byte 9"},
		{"number", "1", false, bad, "Invalid Request: the body is neither an object nor an array"},
		{"string", `"eth_call"`, false, bad, "Invalid Request: the body is neither an object nor an array"},
		{"null", "null", false, bad, "Invalid Request: the body is neither an object nor an array"},
		{"bad literal", "nul", false, parse, "Parse error: unexpected end at byte 3"},
		{"form", "method=eth_call", false, parse, "Parse error: expected a value at byte 0"},
		{"too deep", strings.Repeat("[", 513) + strings.Repeat("]", 513), true, parse, "Parse error: nested more than 512 deep at byte 512"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kept := []jsonrpc.Call{{Method: []byte("kept")}}
			calls, batch, err := jsonrpc.Scan(kept, []byte(tt.body), 3)
			if err == nil {
				t.Fatalf("Scan(%.40q) = %+v, want an error", tt.body, calls)
			}
			if err.Code != tt.code || err.Message != tt.want || batch != tt.batch {
				t.Errorf("Scan(%.40q)\n got %d %q batch %v\nwant %d %q batch %v",
					tt.body, err.Code, err.Message, batch, tt.code, tt.want, tt.batch)
			}
			if len(calls) != 1 || string(calls[0].Method) != "kept" {
				t.Errorf("Scan(%.40q) changed dst to %+v", tt.body, calls)
			}
		})
	}
}

func TestScanBatchLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n, limit int
		ok       bool
	}{{50, 50, true}, {51, 50, false}, {1, 1, true}, {200, 0, true}, {200, -1, true}} {
		calls, _, err := jsonrpc.Scan(nil, batchBody(tt.n), tt.limit)
		if (err == nil) != tt.ok {
			t.Errorf("Scan of %d with limit %d: error %v, want ok %v", tt.n, tt.limit, err, tt.ok)
		}
		if tt.ok && len(calls) != tt.n {
			t.Errorf("Scan of %d with limit %d gave %d calls", tt.n, tt.limit, len(calls))
		}
	}
}

// Appending to a result of Scan must not write into the body.
func TestScanResultsAreCapped(t *testing.T) {
	t.Parallel()
	body := []byte(`{"id":1,"method":"m","params":[1],"x":0}`)
	before := string(body)
	calls, _, err := jsonrpc.Scan(nil, body, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{calls[0].ID, calls[0].Method, calls[0].Params} {
		_ = append(b, "overwritten"...)
	}
	if string(body) != before {
		t.Errorf("append changed the body to %s", body)
	}
}

// The hot path allocates nothing. Not parallel: allocations are counted for the
// whole process.
func TestAllocations(t *testing.T) {
	body, batch := []byte(callBody), batchBody(50)
	response, wantID := logsResponse(4096), []byte(`"lasso-1"`)
	calls, buf := make([]jsonrpc.Call, 0, 50), make([]byte, 0, 1024)
	for _, tt := range []struct {
		name string
		run  func()
	}{
		{"Scan", func() { calls, _, _ = jsonrpc.Scan(calls[:0], body, 50) }},
		{"Scan batch", func() { calls, _, _ = jsonrpc.Scan(calls[:0], batch, 50) }},
		{"CheckResponse", func() {
			if _, err := jsonrpc.CheckResponse(response, wantID); err != nil {
				t.Error(err)
			}
		}},
		{"CheckResponse cut", func() {
			if _, err := jsonrpc.CheckResponse(response[:400], wantID); err == nil {
				t.Error("a cut response was accepted")
			}
		}},
		{"AppendRequest", func() { buf = jsonrpc.AppendRequest(buf[:0], wantID, calls[0].Method, calls[0].Params) }},
	} {
		if got := testing.AllocsPerRun(20, tt.run); got != 0 {
			t.Errorf("%s: %v allocations, want 0", tt.name, got)
		}
	}
}
