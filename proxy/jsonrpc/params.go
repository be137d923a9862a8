package jsonrpc

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Elements calls yield with the raw top-level elements of an array in their
// order, until yield returns false. Of anything but an array it yields nothing.
// It is for values of this package, which are known to be valid; of others it
// yields what comes before the first mistake.
func Elements(array []byte, yield func(i int, raw []byte) bool) {
	i := space(array, 0)
	if i >= len(array) || array[i] != '[' {
		return
	}
	w := open(array, i, 0)
	for n := 0; w.next(); n++ {
		if !yield(n, w.val.of(array)) {
			return
		}
	}
}

// Member returns the raw value of the first top-level member of an object with
// the decoded name key, nil when there is none or it is not an object. Like
// [Elements] it is for valid values.
func Member(object []byte, key string) []byte {
	i := space(object, 0)
	if i >= len(object) || object[i] != '{' {
		return nil
	}
	w := open(object, i, 0)
	for w.next() {
		if string(w.name()) == key {
			return w.val.of(object)
		}
	}
	return nil
}

// Unquote decodes a JSON string token, quotes included and nothing around it.
// ok is false for anything else.
func Unquote(raw []byte) (s string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if end, err := text(raw, 1); err != 0 || end != len(raw) {
		return "", false
	}
	return string(unescaped(raw[1 : len(raw)-1])), true
}

// unescaped decodes the content of a valid string token. It returns content
// itself when there is nothing to decode.
func unescaped(content []byte) []byte {
	i := bytes.IndexByte(content, '\\')
	if i < 0 {
		return slices.Clip(content)
	}
	decoded := make([]byte, 0, len(content))
	for i >= 0 {
		decoded = append(decoded, content[:i]...)
		c := content[i+1]
		content = content[i+2:]
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r := unit(content)
			content = content[4:]
			if utf16.IsSurrogate(r) {
				r, content = surrogate(r, content)
			}
			decoded = utf8.AppendRune(decoded, r)
			i = bytes.IndexByte(content, '\\')
			continue
		}
		decoded = append(decoded, c)
		i = bytes.IndexByte(content, '\\')
	}
	return append(decoded, content...)
}

// surrogate completes a pair whose first half is high, when content goes on
// with the second, and returns what is left of content.
func surrogate(high rune, content []byte) (rune, []byte) {
	if len(content) >= 6 && content[0] == '\\' && content[1] == 'u' {
		if r := utf16.DecodeRune(high, unit(content[2:])); r != utf8.RuneError {
			return r, content[6:]
		}
	}
	return utf8.RuneError, content
}

// unit reads four hex digits.
func unit(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		d, _ := hex(c)
		r = r<<4 | d
	}
	return r
}
