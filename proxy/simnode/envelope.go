package simnode

import (
	"bytes"
	"encoding/json"
	"fmt"
)

const maxBatch = 1000

// call is one JSON-RPC request object.
type call struct {
	ID      json.RawMessage `json:"id"`
	Version string          `json:"jsonrpc"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`

	invalid *Error
}

// notification reports whether the caller wants no answer.
func (c *call) notification() bool { return c.ID == nil && c.invalid == nil }

// args returns the positional parameters.
func (c *call) args() (args, *Error) {
	p := bytes.TrimSpace(c.Params)
	if len(p) == 0 || string(p) == "null" {
		return nil, nil
	}
	var a args
	if err := json.Unmarshal(p, &a); err != nil {
		return nil, &Error{Code: -32602, Message: "non-array args"}
	}
	return a, nil
}

// parse reads a body: one call or a batch. The error is of the whole body.
func parse(body []byte) (calls []call, batch bool, bad *Error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] != '[' {
		if !json.Valid(body) {
			return nil, false, &Error{Code: -32700, Message: "parse error"}
		}
		return []call{parseCall(body)}, false, nil
	}
	var members []json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, true, &Error{Code: -32700, Message: "parse error"}
	}
	switch {
	case len(members) == 0:
		return nil, true, &Error{Code: -32600, Message: "empty batch"}
	case len(members) > maxBatch:
		return nil, true, &Error{Code: -32600, Message: "batch too large"}
	}
	calls = make([]call, len(members))
	for i, m := range members {
		calls[i] = parseCall(m)
	}
	return calls, true, nil
}

func parseCall(raw []byte) (c call) {
	if err := json.Unmarshal(raw, &c); err != nil || c.Version != "2.0" || c.Method == "" || !validID(c.ID) {
		if !validID(c.ID) {
			c.ID = nil
		}
		c.invalid = &Error{Code: -32600, Message: "invalid request"}
	}
	return c
}

func validID(id json.RawMessage) bool {
	return len(id) == 0 || id[0] != '{' && id[0] != '['
}

// encodeMessage writes one response object.
func encodeMessage(id, result json.RawMessage, bad *Error, m Malformed) []byte {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	switch m { // the ways that concern single messages
	case WrongID:
		id = json.RawMessage(`"wrong"`)
	case NoResult:
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s}`, id)
	case ResultError:
		if bad == nil {
			bad = &Error{Code: -32000, Message: "internal error"}
		}
		if result == nil {
			result = json.RawMessage("null")
		}
	case NullResult:
		result, bad = json.RawMessage("null"), nil
	default:
	}
	dst := make([]byte, 0, 64+len(id)+len(result))
	dst = append(dst, `{"jsonrpc":"2.0","id":`...)
	dst = append(dst, id...)
	if result != nil {
		dst = append(dst, `,"result":`...)
		dst = append(dst, result...)
	}
	if bad != nil {
		raw, err := json.Marshal(bad)
		if err != nil { // data given by a script that is no JSON
			raw, _ = json.Marshal(&Error{Code: bad.Code, Message: bad.Message})
		}
		dst = append(dst, `,"error":`...)
		dst = append(dst, raw...)
	}
	return append(dst, '}')
}
