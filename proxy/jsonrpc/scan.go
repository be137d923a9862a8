package jsonrpc

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// maxDepth is how many brackets may be open at once.
const maxDepth = 512

// Span is a range of bytes, End exclusive.
type Span struct{ Start, End int }

func (s Span) of(b []byte) []byte { return b[s.Start:s.End:s.End] }

// absent holds for the zero Span. No member of an object starts at byte 0.
func (s Span) absent() bool { return s.End == 0 }

// walk visits the members of an object or the elements of an array, checking
// all syntax on its way.
type walk struct {
	body     []byte
	at       int // the next byte to look at; after the last next, the one past the bracket
	depth    int // open brackets, this one included
	object   bool
	started  bool
	key, val Span // of the current member; key has its quotes
	err      syntaxError
}

// open starts a walk at the bracket b[i]; depth is how many are open around it.
func open(b []byte, i, depth int) walk {
	w := walk{body: b, at: i + 1, depth: depth + 1, object: b[i] == '{'}
	if depth >= maxDepth {
		w.at, w.err = i, errDepth
	}
	return w
}

// next goes to the next member. It returns false at the end, or with err set
// and at telling where.
func (w *walk) next() bool {
	return w.seek() && w.past(value(w.body, w.val.Start, w.depth))
}

// seek is next without its second half: it stops before the value of the next
// member, and whoever reads that value hands its end to past.
func (w *walk) seek() bool {
	if w.err != 0 {
		return false
	}
	b := w.body
	i := space(b, w.at)
	if i >= len(b) {
		return w.fail(i, errEnd)
	}
	switch c := b[i]; {
	case c == ']' && !w.object, c == '}' && w.object:
		w.at = i + 1
		return false
	case w.started && c != ',':
		return w.fail(i, errComma)
	case w.started:
		i = space(b, i+1)
	}
	w.started = true
	if w.object {
		if i = w.readKey(i); w.err != 0 {
			return false
		}
	}
	w.val.Start = i
	return true
}

// readKey reads the name at b[i] and returns where its value starts.
func (w *walk) readKey(i int) int {
	b := w.body
	if i < len(b) && b[i] == '"' {
		w.key.Start = i
		end, err := text(b, i+1)
		if err != 0 {
			w.fail(end, err)
			return end
		}
		w.key.End = end
		if i = space(b, end); i < len(b) && b[i] == ':' {
			return space(b, i+1)
		}
		w.fail(i, errColon)
	} else {
		w.fail(i, errKey)
	}
	if i >= len(b) {
		w.err = errEnd
	}
	return i
}

// past takes the end of the current value, or the error in it and where.
func (w *walk) past(end int, err syntaxError) bool {
	w.val.End, w.at, w.err = end, end, err
	return err == 0
}

func (w *walk) fail(i int, err syntaxError) bool {
	w.at, w.err = i, err
	return false
}

// name is the decoded key of the current member.
func (w *walk) name() []byte { return unescaped(w.body[w.key.Start+1 : w.key.End-1]) }

// whole returns the span of the one value that b is, without the white space
// around it. On an error, Start tells where.
func whole(b []byte) (Span, syntaxError) {
	i := space(b, 0)
	if i >= len(b) {
		return Span{Start: i}, errEmpty
	}
	end, err := value(b, i, 0)
	if err == 0 {
		err = trailing(b, &end)
	}
	if err != 0 {
		return Span{Start: end}, err
	}
	return Span{i, end}, 0
}

// trailing demands that only white space follows b[:*end]. On an error it moves
// *end to what follows.
func trailing(b []byte, end *int) syntaxError {
	if i := space(b, *end); i < len(b) {
		*end = i
		return errTrailing
	}
	return 0
}

// value returns the index after the value that starts at b[i]; depth is how
// many brackets are open around it. On an error the index tells where.
func value(b []byte, i, depth int) (int, syntaxError) {
	if i >= len(b) {
		return i, errEnd
	}
	switch c := b[i]; {
	case c == '"':
		return text(b, i+1)
	case c == '{' || c == '[':
		w := open(b, i, depth)
		for {
			if !w.next() {
				return w.at, w.err
			}
		}
	case c == '-' || '0' <= c && c <= '9':
		return number(b, i)
	case c == 't':
		return literal(b, i, "true")
	case c == 'f':
		return literal(b, i, "false")
	case c == 'n':
		return literal(b, i, "null")
	case i == 0 && bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return i, errBOM
	}
	return i, errValue
}

// literal expects one of the three names at b[i].
func literal(b []byte, i int, name string) (int, syntaxError) {
	if len(b)-i >= len(name) {
		if string(b[i:i+len(name)]) == name {
			return i + len(name), 0
		}
		return i, errValue
	}
	if string(b[i:]) == name[:len(b)-i] {
		return len(b), errEnd
	}
	return i, errValue
}

// number reads RFC 8259 §6.
func number(b []byte, i int) (int, syntaxError) {
	if b[i] == '-' {
		i++
	}
	from := i
	i = digits(b, i)
	if i == from {
		return i, numberEnd(b, i)
	}
	if b[from] == '0' && i > from+1 {
		return from, errNumber
	}
	if i < len(b) && b[i] == '.' {
		from = i + 1
		if i = digits(b, from); i == from {
			return i, numberEnd(b, i)
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from = i
		if i = digits(b, from); i == from {
			return i, numberEnd(b, i)
		}
	}
	return i, 0
}

// numberEnd says why there is no digit at b[i].
func numberEnd(b []byte, i int) syntaxError {
	if i >= len(b) {
		return errEnd
	}
	return errNumber
}

func digits(b []byte, i int) int {
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}

// space returns the index of the first byte from i on that is not white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// text returns the index after the closing quote of the string whose content
// starts at b[i].
//
// It skips eight bytes at a time to the next quote, backslash or control
// character: in each byte of the sum below the highest bit tells of one, and a
// borrow can only spoil bytes after the first hit. Bytes above ASCII are noted
// on the way; only a string that has some is checked for valid UTF-8.
func text(b []byte, i int) (int, syntaxError) {
	from, seen := i, uint64(0)
	for {
		for ; i+8 <= len(b); i += 8 {
			v := binary.LittleEndian.Uint64(b[i:])
			quote := v ^ '"'*lowBits
			slash := v ^ '\\'*lowBits
			seen |= v
			if hit := ((v - ' '*lowBits) | (quote - lowBits) | (slash - lowBits)) &^ v & highBits; hit != 0 {
				i += bits.TrailingZeros64(hit) >> 3
				break
			}
		}
		for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' {
			seen |= uint64(b[i])
			i++
		}
		if i >= len(b) {
			return i, errEnd
		}
		switch b[i] {
		case '"':
			if seen&highBits != 0 && !utf8.Valid(b[from:i]) {
				return from, errUTF8
			}
			return i + 1, 0
		case '\\':
			n, err := escape(b[i+1:])
			if err != 0 {
				return i, err
			}
			i += 1 + n
		default:
			return i, errControl
		}
	}
}

// escape returns the length of the escape whose backslash precedes b.
func escape(b []byte) (int, syntaxError) {
	if len(b) == 0 {
		return 0, errEnd
	}
	switch b[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1, 0
	case 'u':
		for i := 1; i < 5; i++ {
			if i >= len(b) {
				return 0, errEnd
			}
			if _, ok := hex(b[i]); !ok {
				return 0, errEscape
			}
		}
		return 5, 0
	}
	return 0, errEscape
}

func hex(c byte) (rune, bool) {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0'), true
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10, true
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10, true
	}
	return 0, false
}
