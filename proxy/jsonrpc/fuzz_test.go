package jsonrpc_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

func seed(f *testing.F) {
	f.Helper()
	for _, s := range []string{
		callBody, "[" + callBody + "," + callBody + ",1]", "", "[]", "{}", "null", "\xef\xbb\xbf{}",
		`{"jsonrpc":"2.0","id":1,"result":{"a":[1,2.5e-3,"ü\ud83d\udc0e"]},"error":null}`,
		`{"jsonrpc":"2.0","id":"a\"","error":{"code":3,"message":"\u0041\ud800","data":"0x"}}`,
		`{"\u006dethod":"eth\u005fcall","\u0069d":-12,"params":null,"x":{"id":[true,false]}}`,
		`{"id":1.5,"method":"m","id":2}`, `[{"method":"m","params":{}},[[]],{"id":{}}]`,
		"{\"id\":\"\xff12345678\"}", `{"method":"m","params":3}`,
	} {
		f.Add([]byte(s))
	}
}

// Scan takes for JSON what encoding/json does, but for the documented strict
// points, and makes of it what a model over encoding/json makes.
func FuzzScan(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		calls, batch, err := jsonrpc.Scan(nil, body, 3)
		if !bytes.Equal(body, before) {
			t.Fatalf("Scan changed %q to %q", before, body)
		}
		trimmed := bytes.Trim(body, " \t\r\n")
		if standard(body) != (err == nil || err.Code != jsonrpc.CodeParse) {
			t.Fatalf("Scan(%q) = %v, standard JSON: %v", body, err, standard(body))
		}
		if err != nil {
			if len(calls) != 0 {
				t.Fatalf("Scan(%q) = %d calls beside %v", body, len(calls), err)
			}
			all := elements(trimmed)
			if err.Code == jsonrpc.CodeInvalidRequest &&
				(trimmed[0] == '{' || trimmed[0] == '[' && len(all) > 0 && len(all) <= 3) {
				t.Fatalf("Scan(%q) = %v", body, err)
			}
			return
		}
		if batch != (trimmed[0] == '[') {
			t.Fatalf("Scan(%q) batch = %v", body, batch)
		}
		want := []seen{}
		if batch {
			for _, raw := range elements(trimmed) {
				want = append(want, modelCall([]byte(raw)))
			}
		} else {
			want = append(want, modelCall(trimmed))
		}
		if got := see(calls); !slices.Equal(got, want) {
			t.Fatalf("Scan(%q)\n got %+v\nwant %+v", body, got, want)
		}
		for _, c := range calls {
			roundTrip(t, c)
		}
	})
}

// roundTrip writes a call, or the answer to a bad one, and reads it again.
func roundTrip(t *testing.T, c jsonrpc.Call) {
	t.Helper()
	if c.Err != nil {
		answer := jsonrpc.AppendError(nil, c.ID, c.Err)
		wantID := c.ID
		if wantID == nil {
			wantID = []byte("null")
		}
		r, err := jsonrpc.CheckResponse(answer, wantID)
		if err != nil || r.Error.Code != int64(c.Err.Code) || r.Error.Message != c.Err.Message {
			t.Fatalf("CheckResponse(%q) = %+v, %v", answer, r, err)
		}
		return
	}
	body := jsonrpc.AppendRequest(nil, c.ID, c.Method, c.Params)
	calls, batch, err := jsonrpc.Scan(nil, body, 1)
	if err != nil || batch || len(calls) != 1 {
		t.Fatalf("Scan(%q) = %+v, %v, %v", body, calls, batch, err)
	}
	want := see([]jsonrpc.Call{c})[0]
	if c.Notify {
		want.id, want.notify = "null", false
	}
	if got := see(calls)[0]; got != want {
		t.Fatalf("written and read again\n got %+v\nwant %+v", got, want)
	}
}

// CheckResponse accepts what a model over encoding/json accepts.
func FuzzCheckResponse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, wantID := range []string{none, "1"} {
			r, err := jsonrpc.CheckResponse(body, id(wantID))
			if want := modelResponse(body, wantID); (err == nil) != want {
				t.Fatalf("CheckResponse(%q, %s) = %v, model accepts: %v", body, wantID, err, want)
			}
			if err != nil {
				continue
			}
			m := members(body)
			if got := string(body[r.ID.Start:r.ID.End]); got != m["id"][0] {
				t.Fatalf("CheckResponse(%q) id = %q, want %q", body, got, m["id"][0])
			}
			if r.Error == nil {
				if string(r.Result) != m["result"][0] {
					t.Fatalf("CheckResponse(%q) result = %q, want %q", body, r.Result, m["result"][0])
				}
				continue
			}
			var e struct {
				Code    int64
				Message string
			}
			object := members([]byte(m["error"][0]))
			e.Message, _ = unquoted(object["message"][0])
			if err := json.Unmarshal([]byte(object["code"][0]), &e.Code); err != nil {
				t.Fatal(err)
			}
			if r.Error.Code != e.Code || r.Error.Message != e.Message || string(r.Error.Raw) != m["error"][0] {
				t.Fatalf("CheckResponse(%q) error = %+v, want %+v", body, *r.Error, e)
			}
			if _, ok := jsonrpc.ErrorIn(body); !ok {
				t.Fatalf("ErrorIn(%q) does not find what CheckResponse found", body)
			}
		}
		if o, ok := jsonrpc.ErrorIn(body); ok && (!standard(body) || !modelError(string(o.Raw))) {
			t.Fatalf("ErrorIn(%q) = %+v", body, *o)
		}
	})
}

// A spliced response passes with the new id, and nothing else changed.
func FuzzSplice(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":"lasso-1","result":[1]} `), []byte("1"))
	f.Add([]byte(`{"id":1,"error":{"code":1,"message":"m"},"jsonrpc":"2.0"}`), []byte(`"a\"b"`))
	f.Add([]byte(`{"id":[1],"jsonrpc":"2.0","result":0}`), []byte("null"))
	f.Fuzz(func(t *testing.T, body, newID []byte) {
		r, err := jsonrpc.CheckResponse(body, nil)
		calls, _, scanErr := jsonrpc.Scan(nil, jsonrpc.AppendRequest(nil, newID, []byte("m"), nil), 1)
		if err != nil || scanErr != nil || !bytes.Equal(calls[0].ID, newID) {
			return // not a response, or not an id
		}
		before := bytes.Clone(body)
		spliced := jsonrpc.Splice(body, r.ID, newID)
		if !bytes.Equal(body, before) {
			t.Fatalf("Splice changed %q to %q", before, body)
		}
		again, err := jsonrpc.CheckResponse(spliced, newID)
		if err != nil {
			t.Fatalf("Splice(%q, %q) = %q: %v", body, newID, spliced, err)
		}
		if !bytes.Equal(again.Result, r.Result) || (again.Error == nil) != (r.Error == nil) ||
			r.Error != nil && !bytes.Equal(again.Error.Raw, r.Error.Raw) {
			t.Fatalf("Splice(%q, %q) = %q changed the answer", body, newID, spliced)
		}
		if back := jsonrpc.Splice(spliced, again.ID, body[r.ID.Start:r.ID.End]); !bytes.Equal(back, body) {
			t.Fatalf("Splice of %q and back = %q", body, back)
		}
	})
}

// Elements, Member and Unquote agree with encoding/json on valid JSON and
// survive anything.
func FuzzParams(f *testing.F) {
	seed(f)
	f.Add([]byte(`[{"fromBlock":"0x1","address":["0x"]},"latest",false]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := collect(string(raw), len(raw)+1)
		_ = jsonrpc.Member(raw, "id")
		s, ok := jsonrpc.Unquote(raw)
		if !standard(raw) {
			if ok {
				t.Fatalf("Unquote(%q) = %q", raw, s)
			}
			return
		}
		if want := elements(raw); !slices.Equal(got, want) {
			t.Fatalf("Elements(%q) = %q, want %q", raw, got, want)
		}
		first := map[string]string{"never there": none}
		for _, p := range pairs(raw) {
			if _, ok := first[p.key]; !ok {
				first[p.key] = p.raw
			}
		}
		for key, want := range first {
			if got := text(jsonrpc.Member(raw, key)); got != want {
				t.Fatalf("Member(%q, %q) = %s, want %s", raw, key, got, want)
			}
		}
		token := bytes.Trim(raw, " \t\r\n")
		want, isText := unquoted(string(token))
		if s, ok := jsonrpc.Unquote(token); s != want || ok != isText {
			t.Fatalf("Unquote(%q) = %q, %v, want %q, %v", token, s, ok, want, isText)
		}
	})
}

// A message of any bytes is read back as encoding/json would have written it.
func FuzzAppendError(f *testing.F) {
	f.Add("plain")
	f.Add("\"\\\x00\x1f\x7fü\xff\xe2\x82\u2028<&>")
	f.Fuzz(func(t *testing.T, message string) {
		written, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := unquoted(string(written))
		body := jsonrpc.AppendError(nil, nil, &jsonrpc.Error{Code: -1, Message: message})
		r, err := jsonrpc.CheckResponse(body, []byte("null"))
		if err != nil || r.Error.Message != want {
			t.Fatalf("AppendError of %q = %q, read as %+v, %v", message, body, r.Error, err)
		}
	})
}
