package jsonrpc_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

func TestCheckResponseResult(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, wantID, id, result string
	}{
		{"plain", `{"jsonrpc":"2.0","id":"a","result":"0x1"}`, `"a"`, `"a"`, `"0x1"`},
		{"white space", " { \"result\" : [ 1 ] , \"id\" : 7 , \"jsonrpc\" : \"2.0\" }\r\n", "7", "7", "[ 1 ]"},
		{"white space around the wanted id", `{"jsonrpc":"2.0","id":7,"result":0}`, " 7\n", "7", "0"},
		{"null result", `{"jsonrpc":"2.0","id":1,"result":null}`, "1", "1", "null"},
		{"error null beside", `{"jsonrpc":"2.0","id":1,"result":{},"error":null}`, "1", "1", "{}"},
		{"both null", `{"jsonrpc":"2.0","id":1,"error":null,"result":null}`, "1", "1", "null"},
		{"unknown members", `{"jsonrpc":"2.0","id":1,"result":0,"params":1,"usage":{"id":2},"usage":3}`, "1", "1", "0"},
		{"escaped names", `{"json\u0072pc":"2.\u0030","\u0069d":1,"\u0072esult":0}`, "1", "1", "0"},
		{"members of the result", `{"jsonrpc":"2.0","id":1,"result":{"id":2,"error":{},"method":"m","jsonrpc":0}}`, "1", "1", `{"id":2,"error":{},"method":"m","jsonrpc":0}`},
		{"any id", `{"jsonrpc":"2.0","id":null,"result":0}`, none, "null", "0"},
		{"null id", `{"jsonrpc":"2.0","id":null,"result":0}`, "null", "null", "0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := jsonrpc.CheckResponse([]byte(tt.body), id(tt.wantID))
			if err != nil {
				t.Fatalf("CheckResponse(%s) = %v", tt.body, err)
			}
			if got := tt.body[r.ID.Start:r.ID.End]; got != tt.id {
				t.Errorf("CheckResponse(%s) id = %s, want %s", tt.body, got, tt.id)
			}
			if got := text(r.Result); got != tt.result || r.Error != nil {
				t.Errorf("CheckResponse(%s) = result %s, error %v, want %s", tt.body, got, r.Error, tt.result)
			}
		})
	}
}

// id is a raw id, nil for none.
func id(s string) []byte {
	if s == none {
		return nil
	}
	return []byte(s)
}

func TestCheckResponseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		want       error
	}{
		{"empty", "", jsonrpc.ErrSyntax},
		{"HTML", "<html>502 Bad Gateway</html>", jsonrpc.ErrSyntax},
		{"cut", `{"jsonrpc":"2.0","id":1,"result":"0x`, jsonrpc.ErrSyntax},
		{"cut before the last bracket", `{"jsonrpc":"2.0","id":1,"result":0`, jsonrpc.ErrSyntax},
		{"trailing", `{"jsonrpc":"2.0","id":1,"result":0}}`, jsonrpc.ErrSyntax},
		{"two", `{"jsonrpc":"2.0","id":1,"result":0}{"jsonrpc":"2.0","id":1,"result":0}`, jsonrpc.ErrSyntax},
		{"trailing zero byte", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":0}\x00", jsonrpc.ErrSyntax},
		{"not UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\xff\"}", jsonrpc.ErrSyntax},
		{"too deep", `{"jsonrpc":"2.0","id":1,"result":` + strings.Repeat("[", 512) + strings.Repeat("]", 512) + "}", jsonrpc.ErrSyntax},
		{"array", `[{"jsonrpc":"2.0","id":1,"result":0}]`, jsonrpc.ErrNotObject},
		{"string", `"rate limited"`, jsonrpc.ErrNotObject},
		{"no version", `{"id":1,"result":0}`, jsonrpc.ErrVersion},
		{"version 1.0", `{"jsonrpc":"1.0","id":1,"result":0}`, jsonrpc.ErrVersion},
		{"version number", `{"jsonrpc":2.0,"id":1,"result":0}`, jsonrpc.ErrVersion},
		{"no id", `{"jsonrpc":"2.0","result":0}`, jsonrpc.ErrNoID},
		{"other id", `{"jsonrpc":"2.0","id":2,"result":0}`, jsonrpc.ErrWrongID},
		{"id as a string", `{"jsonrpc":"2.0","id":"1","result":0}`, jsonrpc.ErrWrongID},
		{"id written otherwise", `{"jsonrpc":"2.0","id":1.0,"result":0}`, jsonrpc.ErrWrongID},
		{"null id", `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}`, jsonrpc.ErrWrongID},
		{"neither", `{"jsonrpc":"2.0","id":1}`, jsonrpc.ErrNoAnswer},
		{"error null alone", `{"jsonrpc":"2.0","id":1,"error":null}`, jsonrpc.ErrErrorObject},
		{"both", `{"jsonrpc":"2.0","id":1,"result":0,"error":{"code":1,"message":""}}`, jsonrpc.ErrTwoAnswers},
		{"null result and error", `{"jsonrpc":"2.0","id":1,"result":null,"error":{"code":1,"message":""}}`, jsonrpc.ErrTwoAnswers},
		{"a notification", `{"jsonrpc":"2.0","method":"eth_subscription","params":{}}`, jsonrpc.ErrMethod},
		{"method null", `{"jsonrpc":"2.0","id":1,"result":0,"method":null}`, jsonrpc.ErrMethod},
		{"jsonrpc twice", `{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"result":0}`, jsonrpc.ErrRepeated},
		{"id twice", `{"jsonrpc":"2.0","id":1,"result":0,"id":1}`, jsonrpc.ErrRepeated},
		{"result twice", `{"jsonrpc":"2.0","id":1,"result":0,"result":0}`, jsonrpc.ErrRepeated},
		{"result twice, escaped", `{"jsonrpc":"2.0","id":1,"result":0,"resul\u0074":1}`, jsonrpc.ErrRepeated},
		{"error twice", `{"jsonrpc":"2.0","id":1,"result":0,"error":null,"error":null}`, jsonrpc.ErrRepeated},
		{"error string", `{"jsonrpc":"2.0","id":1,"error":"no"}`, jsonrpc.ErrErrorObject},
		{"error array", `{"jsonrpc":"2.0","id":1,"error":[]}`, jsonrpc.ErrErrorObject},
		{"error without code", `{"jsonrpc":"2.0","id":1,"error":{"message":"m"}}`, jsonrpc.ErrErrorObject},
		{"error without message", `{"jsonrpc":"2.0","id":1,"error":{"code":1}}`, jsonrpc.ErrErrorObject},
		{"code string", `{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"m"}}`, jsonrpc.ErrErrorObject},
		{"code fraction", `{"jsonrpc":"2.0","id":1,"error":{"code":1.0,"message":"m"}}`, jsonrpc.ErrErrorObject},
		{"code null", `{"jsonrpc":"2.0","id":1,"error":{"code":null,"message":"m"}}`, jsonrpc.ErrErrorObject},
		{"code too large", `{"jsonrpc":"2.0","id":1,"error":{"code":9223372036854775808,"message":"m"}}`, jsonrpc.ErrErrorObject},
		{"message null", `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":null}}`, jsonrpc.ErrErrorObject},
		{"code twice", `{"jsonrpc":"2.0","id":1,"error":{"code":1,"code":1,"message":"m"}}`, jsonrpc.ErrErrorObject},
		{"message twice", `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m","message":"m"}}`, jsonrpc.ErrErrorObject},
		{"data twice", `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m","data":1,"data":1}}`, jsonrpc.ErrErrorObject},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := jsonrpc.CheckResponse([]byte(tt.body), []byte("1"))
			if !errors.Is(err, tt.want) {
				t.Errorf("CheckResponse(%.60s) = %v, want %v", tt.body, err, tt.want)
			}
			if r.Result != nil || r.Error != nil || r.ID != (jsonrpc.Span{}) {
				t.Errorf("CheckResponse(%.60s) = %+v beside an error", tt.body, r)
			}
		})
	}
}

func TestCheckResponseSyntaxReasons(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ body, want string }{
		{"", "response is not valid JSON: empty body"},
		{`{"jsonrpc":`, "response is not valid JSON: unexpected end"},
		{"{}x", "response is not valid JSON: data after the value"},
		{`{"a":secret}`, "response is not valid JSON: expected a value"},
		{`{secret:1}`, "response is not valid JSON: expected a member name"},
		{`{"a"1}`, "response is not valid JSON: expected a colon"},
		{`{"a":1 2}`, "response is not valid JSON: expected a comma or a closing bracket"},
		{`{"a":01}`, "response is not valid JSON: invalid number"},
		{`{"a":"\x"}`, "response is not valid JSON: invalid escape"},
		{"{\"a\":\"\n\"}", "response is not valid JSON: control character in a string"},
		{"{\"a\":\"\xff\"}", "response is not valid JSON: invalid UTF-8"},
		{"\xef\xbb\xbf{}", "response is not valid JSON: byte order mark"},
		{strings.Repeat("[", 600), "response is not valid JSON: nested more than 512 deep"},
	} {
		_, err := jsonrpc.CheckResponse([]byte(tt.body), nil)
		if err == nil || err.Error() != tt.want {
			t.Errorf("CheckResponse(%.40q) = %v, want %s", tt.body, err, tt.want)
		}
	}
}

func TestErrorObject(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		raw     string
		code    int64
		message string
		data    string
	}{
		{`{"code":-32000,"message":"header not found"}`, -32000, "header not found", none},
		{`{"message":"execution reverted","data":"0x08c379a0","code":3}`, 3, "execution reverted", `"0x08c379a0"`},
		{`{ "code" : 0 , "message" : "" , "data" : { "a" : [ ] } , "name" : 1 }`, 0, "", `{ "a" : [ ] }`},
		{`{"code":-0,"message":"\u00fc\n\ud800","data":null}`, 0, "ü\n\ufffd", "null"},
		{`{"\u0063ode":9223372036854775807,"message":"m"}`, 9223372036854775807, "m", none},
	} {
		bodies := []string{
			`{"jsonrpc":"2.0","id":1,"error":` + tt.raw + "}",
			`{"jsonrpc":"2.0","error": ` + tt.raw + ` ,"id":1}`,
		}
		for _, body := range bodies {
			r, err := jsonrpc.CheckResponse([]byte(body), []byte("1"))
			if err != nil {
				t.Errorf("CheckResponse(%s) = %v", body, err)
				continue
			}
			o, ok := jsonrpc.ErrorIn([]byte(body))
			if !ok {
				t.Errorf("ErrorIn(%s) found nothing", body)
				continue
			}
			for _, o := range []*jsonrpc.ErrorObject{r.Error, o} {
				if o.Code != tt.code || o.Message != tt.message || text(o.Data) != tt.data || string(o.Raw) != tt.raw {
					t.Errorf("of %s: got %d %q %s %s, want %d %q %s", body, o.Code, o.Message, text(o.Data), o.Raw, tt.code, tt.message, tt.data)
				}
			}
			if r.Result != nil {
				t.Errorf("CheckResponse(%s) has the result %s", body, r.Result)
			}
		}
	}
}

func TestErrorIn(t *testing.T) {
	t.Parallel()
	const object = `{"code":-32005,"message":"limit"}`
	for _, tt := range []struct {
		name, body string
		want       bool
	}{
		{"whole", `{"jsonrpc":"2.0","id":1,"error":` + object + `}`, true},
		{"null id", `{"jsonrpc":"2.0","id":null,"error":` + object + `}`, true},
		{"odd id, odd version", ` {"jsonrpc":1,"id":{},"error":` + object + "}\n", true},
		{"alone", `{"error":` + object + `}`, true},
		{"null result", `{"result":null,"error":` + object + `}`, true},
		{"result", `{"result":0,"error":` + object + `}`, false},
		{"two errors", `{"error":` + object + `,"error":` + object + `}`, false},
		{"the object itself", object, false},
		{"no code", `{"error":{"message":"limit"}}`, false},
		{"text", `{"error":"limit"}`, false},
		{"null", `{"error":null}`, false},
		{"in an array", `[{"error":` + object + `}]`, false},
		{"nested", `{"a":{"error":` + object + `}}`, false},
		{"cut", `{"error":` + object, false},
		{"trailing", `{"error":` + object + `}.`, false},
		{"HTML", "<html></html>", false},
		{"empty", "", false},
	} {
		o, ok := jsonrpc.ErrorIn([]byte(tt.body))
		if ok != tt.want || (o != nil) != tt.want {
			t.Errorf("%s: ErrorIn(%s) = %v, %v, want %v", tt.name, tt.body, o, ok, tt.want)
		}
		if ok && (o.Code != -32005 || o.Message != "limit" || string(o.Raw) != object) {
			t.Errorf("%s: ErrorIn(%s) = %+v", tt.name, tt.body, *o)
		}
	}
}

func TestSplice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ body, id, want string }{
		{`{"jsonrpc":"2.0","id":"lasso-1","result":[ 1,"\u00fc" ]}`, "1", `{"jsonrpc":"2.0","id":1,"result":[ 1,"\u00fc" ]}`},
		{`{"result":0, "id" : 1 ,"jsonrpc":"2.0"} `, `"a\"b"`, `{"result":0, "id" : "a\"b" ,"jsonrpc":"2.0"} `},
		{`{"jsonrpc":"2.0","id":1,"result":0}`, "123456789012345678901234567890", `{"jsonrpc":"2.0","id":123456789012345678901234567890,"result":0}`},
		{`{"jsonrpc":"2.0","id":1,"result":0}`, "null", `{"jsonrpc":"2.0","id":null,"result":0}`},
		{`{"jsonrpc":"2.0","id":1,"result":0}`, none, `{"jsonrpc":"2.0","id":null,"result":0}`},
		{`{"jsonrpc":"2.0","id":1,"result":0}`, "1", `{"jsonrpc":"2.0","id":1,"result":0}`},
	} {
		body := []byte(tt.body)
		r, err := jsonrpc.CheckResponse(body, nil)
		if err != nil {
			t.Errorf("CheckResponse(%s) = %v", body, err)
			continue
		}
		got := jsonrpc.Splice(body, r.ID, id(tt.id))
		if string(got) != tt.want || string(body) != tt.body {
			t.Errorf("Splice(%s, %s)\n got %s\nwant %s", body, tt.id, got, tt.want)
		}
		if same := &got[0] == &body[0]; same != (tt.body == tt.want) {
			t.Errorf("Splice(%s, %s) returned body itself: %v", body, tt.id, same)
		}
	}
}

// TestTooDeep can be told from other bad syntax: it is a limit of ours.
func TestTooDeep(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]bool{511: false, 512: true, 5000: true} {
		_, err := jsonrpc.CheckResponse([]byte(`{"jsonrpc":"2.0","id":1,"result":`+strings.Repeat("[", n)+strings.Repeat("]", n)+`}`), []byte("1"))
		if got := errors.Is(err, jsonrpc.ErrTooDeep); got != want {
			t.Errorf("%d deep: %v, too deep %v, want %v", n, err, got, want)
		}
	}
	if _, err := jsonrpc.CheckResponse([]byte(`{`), nil); errors.Is(err, jsonrpc.ErrTooDeep) || !errors.Is(err, jsonrpc.ErrSyntax) {
		t.Errorf("bad syntax gave %v", err)
	}
}
