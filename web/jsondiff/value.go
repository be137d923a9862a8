// Package jsondiff compares answers of providers: JSON that strangers wrote.
// It groups equal values, finds what differs, and writes values out for
// reading. All it does is bounded, whatever the text holds.
//
// Two values are equal when they say the same: the order of an object's keys
// and the spelling of strings do not matter, the spelling of numbers does (1.0
// is not 1), and so do keys that come twice.
package jsondiff

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash"
	"slices"
	"strconv"
)

// Limits of what is read into a tree.
const (
	MaxBytes  = 2 << 20
	MaxDepth  = 128
	MaxValues = 200_000
)

// Errors of [Parse].
var (
	ErrTooLarge = errors.New("more JSON than is compared")
	ErrInvalid  = errors.New("not valid JSON")
)

// Kind is the type of a value.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Value is a JSON value. Nobody changes one after Parse.
type Value struct {
	Kind  Kind
	Text  string   // of a scalar: the number as written, the string decoded, "true", "false", "null"
	Keys  []string // of an object's members, in the order written
	Items []*Value // elements of an array, values of an object's members
}

// Parse reads one value. The error is ErrInvalid or ErrTooLarge.
func Parse(text []byte) (*Value, error) {
	if len(text) > MaxBytes {
		return nil, ErrTooLarge
	}
	if tooDeep(text) {
		return nil, ErrTooLarge
	}
	if !json.Valid(text) {
		return nil, ErrInvalid
	}
	p := parser{dec: json.NewDecoder(bytes.NewReader(text)), left: MaxValues}
	p.dec.UseNumber()
	return p.value()
}

// tooDeep counts brackets outside of strings, so that nothing that recurses
// meets a text that is too deep for it.
func tooDeep(text []byte) bool {
	depth, inString, escaped := 0, false, false
	for _, b := range text {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = b == '\\', b != '"'
		case b == '"':
			inString = true
		case b == '[', b == '{':
			if depth++; depth > MaxDepth {
				return true
			}
		case b == ']', b == '}':
			depth--
		}
	}
	return false
}

type parser struct {
	dec  *json.Decoder
	left int
}

func (p *parser) value() (*Value, error) {
	t, err := p.dec.Token()
	if err != nil {
		return nil, ErrInvalid
	}
	if p.left--; p.left < 0 {
		return nil, ErrTooLarge
	}
	switch t := t.(type) {
	case nil:
		return &Value{Kind: Null, Text: "null"}, nil
	case bool:
		return &Value{Kind: Bool, Text: strconv.FormatBool(t)}, nil
	case json.Number:
		return &Value{Kind: Number, Text: t.String()}, nil
	case string:
		return &Value{Kind: String, Text: t}, nil
	case json.Delim:
		if t == '[' {
			return p.array()
		}
		return p.object()
	}
	return nil, ErrInvalid
}

func (p *parser) array() (*Value, error) {
	v := &Value{Kind: Array}
	for p.dec.More() {
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		v.Items = append(v.Items, item)
	}
	return v, p.end()
}

func (p *parser) object() (*Value, error) {
	v := &Value{Kind: Object}
	for p.dec.More() {
		t, err := p.dec.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return nil, ErrInvalid
		}
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		v.Keys, v.Items = append(v.Keys, key), append(v.Items, item)
	}
	return v, p.end()
}

func (p *parser) end() error {
	if _, err := p.dec.Token(); err != nil {
		return ErrInvalid
	}
	return nil
}

// Member returns the first member of an object with a name, or nil.
func (v *Value) Member(name string) *Value {
	if i := slices.Index(v.Keys, name); i >= 0 {
		return v.Items[i]
	}
	return nil
}

// Sum is a digest: it is the same for equal values and for no others.
func (v *Value) Sum() [sha256.Size]byte {
	h := sha256.New()
	v.write(h)
	return [sha256.Size]byte(h.Sum(nil))
}

func (v *Value) write(h hash.Hash) {
	head(h, byte(v.Kind), len(v.Items))
	switch v.Kind {
	case Object:
		for _, i := range v.byKey() {
			text(h, v.Keys[i])
			v.Items[i].write(h)
		}
	case Array:
		for _, item := range v.Items {
			item.write(h)
		}
	case Null, Bool, Number, String:
		text(h, v.Text)
	}
}

// byKey lists the members in the order of their keys; equal keys stay in the
// order written.
func (v *Value) byKey() []int {
	order := make([]int, len(v.Keys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v.Keys[a], v.Keys[b]) })
	return order
}

func head(h hash.Hash, kind byte, n int) {
	b := binary.AppendUvarint([]byte{kind}, uint64(n)) //nolint:gosec // a length
	_, _ = h.Write(b)
}

func text(h hash.Hash, s string) {
	_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(s))))
	_, _ = h.Write([]byte(s))
}
