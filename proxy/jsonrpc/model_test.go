package jsonrpc_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// standard says by encoding/json what this package should take for JSON.
func standard(body []byte) bool {
	return json.Valid(body) && utf8.Valid(body) && depth(body) <= 512
}

// depth is how deep the brackets of valid JSON nest.
func depth(body []byte) int {
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			now++
			deepest = max(deepest, now)
		case c == ']' || c == '}':
			now--
		}
	}
	return deepest
}

type pair struct {
	key string
	raw string
}

// pairs lists the members of an object by encoding/json, in order.
func pairs(object []byte) []pair {
	var all []pair
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil
		}
		all = append(all, pair{key.(string), string(raw)})
	}
	return all
}

// elements lists the elements of an array by encoding/json.
func elements(array []byte) []string {
	var raws []json.RawMessage
	d := json.NewDecoder(bytes.NewReader(array))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil
	}
	var all []string
	for d.More() {
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return nil
		}
		raws = append(raws, raw)
	}
	for _, raw := range raws {
		all = append(all, string(raw))
	}
	return all
}

// members groups the raw values of an object by name.
func members(object []byte) map[string][]string {
	m := map[string][]string{}
	for _, p := range pairs(object) {
		m[p.key] = append(m[p.key], p.raw)
	}
	return m
}

func unquoted(raw string) (string, bool) {
	if !strings.HasPrefix(raw, `"`) {
		return "", false
	}
	var s string
	err := json.Unmarshal([]byte(raw), &s)
	return s, err == nil
}

func isInteger(raw string) bool {
	return strings.ContainsAny(raw[:1], "-0123456789") && !strings.ContainsAny(raw, ".eE")
}

// modelCall is what Scan should make of one valid JSON value.
func modelCall(raw []byte) seen {
	const bad = -32600
	if !bytes.HasPrefix(raw, []byte("{")) {
		return refused(none, bad)
	}
	m := members(raw)
	if len(m["id"]) > 1 {
		return refused(none, bad)
	}
	id := none
	if len(m["id"]) == 1 {
		id = m["id"][0]
		if _, ok := unquoted(id); !ok && id != "null" && !isInteger(id) {
			return refused(none, -32602)
		}
	}
	if len(m["jsonrpc"]) > 1 || len(m["method"]) != 1 || len(m["params"]) > 1 {
		return refused(id, bad)
	}
	if len(m["jsonrpc"]) == 1 {
		if v, ok := unquoted(m["jsonrpc"][0]); !ok || v != "2.0" {
			return refused(id, bad)
		}
	}
	method, ok := unquoted(m["method"][0])
	if !ok || method == "" {
		return refused(id, bad)
	}
	params := none
	if len(m["params"]) == 1 {
		params = m["params"][0]
		if params != "null" && !strings.HasPrefix(params, "[") && !strings.HasPrefix(params, "{") {
			return refused(id, bad)
		}
	}
	return seen{id: id, method: method, params: params, notify: id == none}
}

// modelResponse reports whether CheckResponse should accept a body with the id
// wantID, none for any.
func modelResponse(body []byte, wantID string) bool {
	body = bytes.Trim(body, " \t\r\n")
	if !standard(body) || body[0] != '{' {
		return false
	}
	m := members(body)
	if len(m["jsonrpc"]) != 1 || len(m["id"]) != 1 || len(m["method"]) != 0 || len(m["result"]) > 1 || len(m["error"]) > 1 {
		return false
	}
	if v, ok := unquoted(m["jsonrpc"][0]); !ok || v != "2.0" {
		return false
	}
	if wantID != none && m["id"][0] != wantID {
		return false
	}
	if len(m["result"]) == 1 {
		return len(m["error"]) == 0 || m["error"][0] == "null"
	}
	return len(m["error"]) == 1 && modelError(m["error"][0])
}

func modelError(raw string) bool {
	e := members([]byte(raw))
	if len(e["code"]) != 1 || len(e["message"]) != 1 || len(e["data"]) > 1 {
		return false
	}
	var code int64
	if !isInteger(e["code"][0]) || json.Unmarshal([]byte(e["code"][0]), &code) != nil {
		return false
	}
	_, ok := unquoted(e["message"][0])
	return ok
}
