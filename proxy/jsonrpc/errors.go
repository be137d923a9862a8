package jsonrpc

import (
	"errors"
	"strconv"
	"unicode/utf8"
)

// The error codes that a client may see from this node: those of JSON-RPC 2.0
// §5.1, and those of EIP-1474 for limits. Errors of upstreams keep their own.
const (
	CodeParse          = -32700 // the body is not JSON
	CodeInvalidRequest = -32600 // JSON, but not a request
	CodeMethodNotFound = -32601 // unknown here, or refused
	CodeInvalidParams  = -32602
	CodeInternal       = -32603
	CodeServer         = -32000
	CodeLimit          = -32005 // a rate or time limit
	CodeCapacity       = -32008 // this node has no room for the request
)

// Error is a JSON-RPC error that this node answers with.
type Error struct {
	Code    int
	Message string // for people; any text
	Data    []byte // raw JSON, or nil for no data member
}

// Error returns the message with its code.
func (e *Error) Error() string { return e.Message + " (" + strconv.Itoa(e.Code) + ")" }

// What [CheckResponse] can find wrong. None of them holds text of the body.
var (
	ErrSyntax      = errors.New("response is not valid JSON")
	ErrNotObject   = errors.New("response is not a JSON object")
	ErrVersion     = errors.New(`response member "jsonrpc" is not "2.0"`)
	ErrNoID        = errors.New("response has no id")
	ErrWrongID     = errors.New("response id is not that of the request")
	ErrNoAnswer    = errors.New("response has neither result nor error")
	ErrTwoAnswers  = errors.New("response has both result and error")
	ErrMethod      = errors.New("response has a method")
	ErrRepeated    = errors.New("response repeats a member")
	ErrTooDeep     = errors.New("response is nested too deep") // an [ErrSyntax] too
	ErrErrorObject = errors.New("response error is not an object with an integer code and a string message")
)

// syntaxError is a reason why bytes are not the JSON that this package accepts.
// Zero is none. As an error it is an [ErrSyntax].
type syntaxError uint8

const (
	errEmpty syntaxError = iota + 1
	errEnd
	errTrailing
	errValue
	errKey
	errColon
	errComma
	errNumber
	errEscape
	errControl
	errUTF8
	errBOM
	errDepth
)

func (e syntaxError) Error() string { return ErrSyntax.Error() + ": " + e.reason() }

// Is makes every syntaxError an [ErrSyntax], and one of them an [ErrTooDeep].
func (e syntaxError) Is(target error) bool {
	return target == ErrSyntax || target == ErrTooDeep && e == errDepth
}

func (e syntaxError) reason() string {
	switch e {
	case errEmpty:
		return "empty body"
	case errEnd:
		return "unexpected end"
	case errTrailing:
		return "data after the value"
	case errValue:
		return "expected a value"
	case errKey:
		return "expected a member name"
	case errColon:
		return "expected a colon"
	case errComma:
		return "expected a comma or a closing bracket"
	case errNumber:
		return "invalid number"
	case errEscape:
		return "invalid escape"
	case errControl:
		return "control character in a string"
	case errUTF8:
		return "invalid UTF-8"
	case errBOM:
		return "byte order mark"
	case errDepth:
		return "nested more than " + strconv.Itoa(maxDepth) + " deep"
	}
	return "unknown"
}

// AppendError appends a whole response object to dst. id is raw; nil writes
// null. The message is escaped, invalid UTF-8 in it replaced by U+FFFD.
func AppendError(dst, id []byte, e *Error) []byte {
	dst = appendID(dst, id)
	dst = append(dst, `,"error":{"code":`...)
	dst = strconv.AppendInt(dst, int64(e.Code), 10)
	dst = append(dst, `,"message":`...)
	dst = appendQuoted(dst, e.Message)
	if e.Data != nil {
		dst = append(dst, `,"data":`...)
		dst = append(dst, e.Data...)
	}
	return append(dst, "}}"...)
}

// AppendResult appends a whole response object to dst. id and result are raw;
// nil writes null.
func AppendResult(dst, id, result []byte) []byte {
	dst = appendID(dst, id)
	dst = append(dst, `,"result":`...)
	dst = appendRaw(dst, result)
	return append(dst, '}')
}

// AppendRequest appends a whole request object to dst. id is raw, nil writes
// null; method is the name as [Call] holds it, decoded, and is escaped here;
// params is raw, and nil leaves the member out.
func AppendRequest(dst, id, method, params []byte) []byte {
	dst = appendID(dst, id)
	dst = append(dst, `,"method":`...)
	dst = appendQuoted(dst, method)
	if params != nil {
		dst = append(dst, `,"params":`...)
		dst = append(dst, params...)
	}
	return append(dst, '}')
}

// appendID begins an object: everything up to the end of its id.
func appendID(dst, id []byte) []byte {
	dst = append(dst, `{"jsonrpc":"2.0","id":`...)
	return appendRaw(dst, id)
}

func appendRaw(dst, raw []byte) []byte {
	if raw == nil {
		return append(dst, "null"...)
	}
	return append(dst, raw...)
}

// appendQuoted appends s as a JSON string.
func appendQuoted[T string | []byte](dst []byte, s T) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		}
		dst = append(dst, s[from:i]...)
		switch {
		case c >= utf8.RuneSelf:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, digits[c>>4], digits[c&15])
		}
		i += size
		from = i
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
