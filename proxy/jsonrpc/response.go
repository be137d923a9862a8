package jsonrpc

import (
	"bytes"
	"strconv"
)

// Response is a checked response object.
type Response struct {
	ID     Span         // of the raw id token in the body
	Result []byte       // raw, nil when it is an error
	Error  *ErrorObject // nil for a result
}

// ErrorObject is the error of an upstream's response.
type ErrorObject struct {
	Code    int64
	Message string // decoded, a copy
	Data    []byte // raw, nil when absent
	Raw     []byte // the whole object
}

// CheckResponse reads the response to the request with the raw id wantID, with
// no allocation for a result. It demands an object that is valid to the end of
// the body, jsonrpc "2.0", one id equal to wantID byte for byte, exactly one of
// result and error, and no method; the error must have an integer code and a
// string message, and none of these may be repeated. An error of null beside a
// result is tolerated, and so are unknown members. A nil wantID accepts any id.
//
// The error is [ErrSyntax] or another of this package's Err values; test with
// errors.Is. A response that is good but for its id yields [ErrWrongID] or
// [ErrNoID]; an upstream that could not read the request answers so, with id
// null, and [ErrorIn] reads what it says.
func CheckResponse(body, wantID []byte) (Response, error) {
	var e envelope
	if err := e.readBody(body); err != nil {
		return Response{}, err
	}
	hasError := e.has(memberError) && (e.raw(body, memberError)[0] != 'n' || !e.has(memberResult))
	switch {
	case e.repeats(memberVersion, memberID, memberResult, memberError):
		return Response{}, ErrRepeated
	case !e.has(memberVersion) || !versionTwo(e.raw(body, memberVersion)):
		return Response{}, ErrVersion
	case e.has(memberMethod):
		return Response{}, ErrMethod
	case hasError && e.has(memberResult):
		return Response{}, ErrTwoAnswers
	case !hasError && !e.has(memberResult):
		return Response{}, ErrNoAnswer
	}
	r := Response{ID: e.at[memberID]}
	if hasError {
		var ok bool
		if r.Error, ok = errorObject(e.raw(body, memberError)); !ok {
			return Response{}, ErrErrorObject
		}
	} else {
		r.Result = e.raw(body, memberResult)
	}
	if !e.has(memberID) {
		return Response{}, ErrNoID
	}
	if wantID != nil && !bytes.Equal(r.ID.of(body), bytes.TrimSpace(wantID)) {
		return Response{}, ErrWrongID
	}
	return r, nil
}

// readBody reads a body that must be one object.
func (e *envelope) readBody(body []byte) error {
	i := space(body, 0)
	if i >= len(body) || body[i] != '{' {
		if _, fault := whole(body); fault != 0 {
			return fault
		}
		return ErrNotObject
	}
	end, fault := e.read(body, i, 0)
	if fault == 0 {
		fault = trailing(body, &end)
	}
	if fault != 0 {
		return fault
	}
	return nil
}

// ErrorIn looks for a JSON-RPC error in a body that [CheckResponse] does not
// accept or that came with an HTTP error status. The body must be a JSON object
// with one error member, an object with an integer code and a string message,
// and no result but null; id and jsonrpc may be anything or absent. ok is false
// when there is no such error.
func ErrorIn(body []byte) (object *ErrorObject, ok bool) {
	var e envelope
	if e.readBody(body) != nil || !e.has(memberError) || e.repeats(memberError, memberResult) {
		return nil, false
	}
	if e.has(memberResult) && e.raw(body, memberResult)[0] != 'n' {
		return nil, false
	}
	return errorObject(e.raw(body, memberError))
}

// errorObject reads a raw value that is valid JSON.
func errorObject(raw []byte) (*ErrorObject, bool) {
	if raw[0] != '{' {
		return nil, false
	}
	var code, message, data Span
	w := open(raw, 0, 0)
	for w.next() {
		var slot *Span
		switch string(w.name()) {
		case "code":
			slot = &code
		case "message":
			slot = &message
		case "data":
			slot = &data
		default:
			continue
		}
		if !slot.absent() {
			return nil, false
		}
		*slot = w.val
	}
	if code.absent() || message.absent() || !integer(code.of(raw)) {
		return nil, false
	}
	o := &ErrorObject{Raw: raw}
	var err error
	if o.Code, err = strconv.ParseInt(string(code.of(raw)), 10, 64); err != nil {
		return nil, false
	}
	var ok bool
	if o.Message, ok = Unquote(message.of(raw)); !ok {
		return nil, false
	}
	if !data.absent() {
		o.Data = data.of(raw)
	}
	return o, true
}

// Splice returns body with the raw id token at span, as [CheckResponse] found
// it, replaced by id; nil writes null. When the id is there already, it returns
// body itself, else a copy of the exact size.
func Splice(body []byte, span Span, id []byte) []byte {
	if id == nil {
		id = []byte("null")
	}
	if bytes.Equal(span.of(body), id) {
		return body
	}
	spliced := make([]byte, 0, len(body)-(span.End-span.Start)+len(id))
	spliced = append(spliced, body[:span.Start]...)
	spliced = append(spliced, id...)
	return append(spliced, body[span.End:]...)
}
