package jsonrpc

import "strconv"

// Call is one request object of a body.
type Call struct {
	ID     []byte // raw token as it came: number, string with quotes and escapes, or null; nil when absent
	Notify bool   // no id member: a notification. False when Err is set: such a member is answered
	Method []byte // decoded method name (aliases the body when it has no escapes)
	Params []byte // raw: array, object or null, as it came; nil when absent
	Err    *Error // this member is not a valid request; ID is what may be echoed (nil: null), the rest is empty
}

// Scan checks the whole body and appends its calls to dst, which may be reused
// between bodies; a plain single request then costs no allocation. batch tells
// that the body was an array. A member that is not a valid request has its
// [Call.Err] set and does not fail the others.
//
// err is [CodeParse] for what is not JSON, and [CodeInvalidRequest] for a
// scalar, an empty batch, or one over maxBatch; then calls is dst as it was.
// maxBatch of 0 or less is no limit, for bodies of known origin only: two bytes
// of body can make a Call of a hundred.
func Scan(dst []Call, body []byte, maxBatch int) (calls []Call, batch bool, err *Error) {
	i := space(body, 0)
	if i >= len(body) {
		return dst, false, parseError(i, errEmpty)
	}
	switch body[i] {
	case '{':
		c, end, fault := scanCall(body, i, 0)
		if fault == 0 {
			fault = trailing(body, &end)
		}
		if fault != 0 {
			return dst, false, parseError(end, fault)
		}
		return append(dst, c), false, nil
	case '[':
		calls, err = scanBatch(dst, body, i, maxBatch)
		return calls, true, err
	}
	if at, fault := whole(body); fault != 0 {
		return dst, false, parseError(at.Start, fault)
	}
	return dst, false, invalid("the body is neither an object nor an array")
}

// scanBatch reads the array at body[i]. Syntax goes before size: a batch over
// the limit is read to its end, though no further calls are kept.
func scanBatch(dst []Call, body []byte, i, maxBatch int) ([]Call, *Error) {
	calls, n := dst, 0
	w := open(body, i, 0)
	for w.seek() {
		n++
		if maxBatch > 0 && n > maxBatch {
			w.past(value(body, w.val.Start, w.depth))
			continue
		}
		c, end, fault := scanCall(body, w.val.Start, w.depth)
		w.past(end, fault)
		calls = append(calls, c)
	}
	end, fault := w.at, w.err
	if fault == 0 {
		fault = trailing(body, &end)
	}
	switch {
	case fault != 0:
		return dst, parseError(end, fault)
	case n == 0:
		return dst, invalid("the batch is empty")
	case maxBatch > 0 && n > maxBatch:
		return dst, invalid("a batch of " + strconv.Itoa(n) + " is too large, the limit is " + strconv.Itoa(maxBatch))
	}
	return calls, nil
}

// scanCall reads the value at b[i] as a call and returns the index after it.
// On an error the index tells where.
func scanCall(b []byte, i, depth int) (Call, int, syntaxError) {
	if i >= len(b) || b[i] != '{' {
		end, fault := value(b, i, depth)
		if fault != 0 {
			return Call{}, end, fault
		}
		return Call{Err: invalid("a request must be an object")}, end, 0
	}
	var e envelope
	end, fault := e.read(b, i, depth)
	if fault != 0 {
		return Call{}, end, fault
	}
	return e.call(b), end, 0
}

// call judges an envelope as a request.
func (e *envelope) call(b []byte) Call {
	var c Call
	if e.repeats(memberID) {
		c.Err = invalid(`member "id" is repeated`)
		return c
	}
	if e.has(memberID) {
		id := e.raw(b, memberID)
		if !legalID(id) {
			c.Err = &Error{
				Code:    CodeInvalidParams,
				Message: "Invalid JSON-RPC request payload: id must be a string, an integer or null",
			}
			return c
		}
		c.ID = id
	}
	if reason := e.refusal(b); reason != "" {
		c.Err = invalid(reason)
		return c
	}
	method := e.raw(b, memberMethod)
	c.Method = unescaped(method[1 : len(method)-1])
	c.Notify = c.ID == nil
	if e.has(memberParams) {
		c.Params = e.raw(b, memberParams)
	}
	return c
}

// refusal says why an envelope with a good id is not a request.
func (e *envelope) refusal(b []byte) string {
	switch {
	case e.repeats(memberVersion):
		return `member "jsonrpc" is repeated`
	case e.repeats(memberMethod):
		return `member "method" is repeated`
	case e.repeats(memberParams):
		return `member "params" is repeated`
	case e.has(memberVersion) && !versionTwo(e.raw(b, memberVersion)):
		return `jsonrpc must be "2.0"`
	case !e.has(memberMethod):
		return "method is missing"
	}
	if method := e.raw(b, memberMethod); method[0] != '"' || len(method) == len(`""`) {
		return "method must be a string that is not empty"
	}
	if e.has(memberParams) {
		switch e.raw(b, memberParams)[0] {
		case '[', '{', 'n':
		default:
			return "params must be an array or an object"
		}
	}
	return ""
}

// legalID reports whether a raw value is a string, an integer or null.
func legalID(raw []byte) bool {
	switch raw[0] {
	case '"', 'n':
		return true
	case '{', '[', 't', 'f':
		return false
	}
	return integer(raw)
}

// integer reports whether a raw number has neither fraction nor exponent.
func integer(raw []byte) bool {
	i := 0
	if raw[0] == '-' {
		i++
	}
	return i < len(raw) && digits(raw, i) == len(raw)
}

func invalid(reason string) *Error {
	return &Error{Code: CodeInvalidRequest, Message: "Invalid Request: " + reason}
}

func parseError(at int, fault syntaxError) *Error {
	message := "Parse error: " + fault.reason()
	if fault != errEmpty {
		message += " at byte " + strconv.Itoa(at)
	}
	return &Error{Code: CodeParse, Message: message}
}
