package jsondiff

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Class is what a piece of printed JSON is.
type Class uint8

// The classes.
const (
	Plain Class = iota // brackets, commas, white space
	Key
	Text    // a string
	Figure  // a number
	Keyword // true, false, null
)

// Span is a piece of printed JSON. The pieces in a row are the whole.
type Span struct {
	Class  Class
	Marked bool // it differs
	Text   string
}

// Print writes a value in lines, indented by two spaces, and stops soon after
// a number of bytes: cut tells that something is missing. What the comparison
// marked is marked; it may be nil.
func Print(v *Value, c *Comparison, limit int) (spans []Span, cut bool) {
	p := printer{c: c, left: limit}
	p.value(v, 0, false)
	p.flush()
	return p.spans, p.cut
}

type printer struct {
	c     *Comparison
	left  int
	plain strings.Builder
	spans []Span
	cut   bool
}

func (p *printer) write(s string) {
	if p.cut {
		return
	}
	p.left -= len(s)
	p.plain.WriteString(s)
}

func (p *printer) flush() {
	if p.plain.Len() > 0 {
		p.spans = append(p.spans, Span{Text: p.plain.String()})
		p.plain.Reset()
	}
}

func (p *printer) span(class Class, marked bool, s string) {
	if p.cut {
		return
	}
	p.flush()
	if len(s) > p.left {
		s, p.cut = shorten(s, max(p.left, 0)), true
	}
	p.left -= len(s)
	p.spans = append(p.spans, Span{Class: class, Marked: marked, Text: s})
	if p.left <= 0 {
		p.cut = true
	}
}

func (p *printer) value(v *Value, depth int, marked bool) {
	marked = marked || p.c.Marked(v)
	switch v.Kind {
	case Array, Object:
		p.items(v, depth, marked)
	case String:
		p.span(Text, marked, Quote(v.Text))
	case Number:
		p.span(Figure, marked, v.Text)
	case Bool, Null:
		p.span(Keyword, marked, v.Text)
	}
}

func (p *printer) items(v *Value, depth int, marked bool) {
	begin, end := "[", "]"
	if v.Kind == Object {
		begin, end = "{", "}"
	}
	if len(v.Items) == 0 {
		p.span(Plain, marked, begin+end)
		return
	}
	p.write(begin)
	for i, item := range v.Items {
		if p.cut {
			return
		}
		if i > 0 {
			p.write(",")
		}
		p.line(depth + 1)
		if v.Kind == Object {
			p.span(Key, marked, Quote(v.Keys[i]))
			p.write(": ")
		}
		p.value(item, depth+1, marked)
	}
	p.line(depth)
	p.write(end)
}

func (p *printer) line(depth int) {
	p.write("\n" + strings.Repeat("  ", depth))
	if p.left <= 0 {
		p.cut = true
	}
}

// Quote writes a string as JSON. Characters that can not be seen, or that turn
// the direction of a text around, are escaped.
func Quote(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\r':
			b = append(b, `\r`...)
		case hidden(r):
			b = appendEscape(b, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return string(append(b, '"'))
}

// appendEscape writes a character as JSON does: in UTF-16.
func appendEscape(b []byte, r rune) []byte {
	unit := func(u uint32) {
		digits := strconv.FormatUint(uint64(u), 16)
		b = append(b, `\u0000`[:6-len(digits)]...)
		b = append(b, digits...)
	}
	if r < 0x10000 {
		unit(uint32(r)) //nolint:gosec // a character is not negative
		return b
	}
	r -= 0x10000
	unit(0xd800 + uint32(r>>10))
	unit(0xdc00 + uint32(r&0x3ff))
	return b
}

// Brief is a scalar in short, for a cell: a string without its quotes. For an
// array or an object it tells the size.
func Brief(v *Value, most int) string {
	if v == nil {
		return ""
	}
	switch v.Kind {
	case Array:
		return count(len(v.Items), "item")
	case Object:
		return count(len(v.Items), "field")
	case String:
		if v.Text == "" {
			return `""`
		}
		return visible(shorten(v.Text, most))
	case Null, Bool, Number:
	}
	return shorten(v.Text, most)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
