package profiles

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// parseYAML splits a file into its documents, leaving out empty ones. The
// problem is that of the syntax; a file has at most one, because nothing after
// it can be understood.
func parseYAML(src Source) ([]*yaml.Node, *Problem) {
	at := func(offset int, message string) *Problem {
		line, column := position(src.Data, offset)
		return &Problem{File: src.Name, Line: line, Column: column, Message: message}
	}
	if len(src.Data) > maxFileBytes {
		return nil, at(0, fmt.Sprintf("the file is larger than %d bytes", maxFileBytes))
	}
	if bad := invalidUTF8(src.Data); bad >= 0 {
		return nil, at(bad, "the file is not valid UTF-8 text")
	}
	docs, err := decodeAll(bytes.NewReader(src.Data))
	if err == nil {
		return docs, nil
	}
	// The parser's own line numbers are off by one or missing. Reading byte by
	// byte once more tells how far it got, to a column or two.
	slow := &byteReader{data: src.Data}
	if _, again := decodeAll(slow); again != nil {
		err = again
	}
	const lookahead = 2 // the bytes that the parser mostly reads past a character to understand it
	line, message := splitSyntax(err)
	offset := slow.read - lookahead
	if line > 0 {
		offset = min(offset, endOfLine(src.Data, line))
	}
	if strings.HasPrefix(message, noToken) {
		if tab := tabIndent(src.Data, offset); tab >= 0 {
			offset, message = tab, tabMessage
		}
	}
	return nil, at(offset, message)
}

const (
	noToken    = "not valid YAML: a value can not begin with" //nolint:gosec // of a text, not of a login
	tabMessage = "not valid YAML: a tab stands where the indentation is; use spaces"
)

// tabIndent returns the offset of a tab in the indentation of the line that
// offset is on, or -1.
func tabIndent(data []byte, offset int) int {
	start := 1 + bytes.LastIndexByte(data[:max(0, min(offset, len(data)))], '\n')
	for i := start; i < len(data) && (data[i] == ' ' || data[i] == '\t'); i++ {
		if data[i] == '\t' {
			return i
		}
	}
	return -1
}

func decodeAll(r io.Reader) ([]*yaml.Node, error) {
	dec := yaml.NewDecoder(r)
	var docs []*yaml.Node
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		if len(doc.Content) == 1 && !isNull(doc.Content[0]) {
			docs = append(docs, doc.Content[0])
		}
	}
}

// splitSyntax makes a sentence of a parser's error, without text of the file,
// which may be a secret. The line is the last one that the mistake can be on,
// or 0 where the error does not tell.
func splitSyntax(err error) (line int, message string) {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	line = 1 // the parser leaves the first line out
	if number, rest, ok := strings.Cut(msg, ": "); ok && strings.HasPrefix(number, "line ") {
		if n, nerr := strconv.Atoi(strings.TrimPrefix(number, "line ")); nerr == nil {
			line, msg = n, rest
		}
	}
	switch {
	case strings.HasPrefix(msg, "did not find expected"): // its line is that of the context, or one too low
		line = 0
		switch msg {
		case "did not find expected key":
			msg = "a key was expected here; check the indentation, and that every quote and bracket before is closed"
		case "did not find expected ',' or '}'":
			msg = `a "," or "}" is missing; quote a value that holds "${", a comma or a brace`
		}
	case strings.HasPrefix(msg, "found incompatible YAML document"):
		msg = `only "%YAML 1.1" is known; leave the line out`
	case strings.HasPrefix(msg, "unknown anchor"):
		line = 0
		msg = `a value that starts with "*" refers to an anchor that is not defined above it; quote the value if it is meant as text`
	case strings.Contains(msg, "unexpected end of stream"):
		msg = "a quote that was opened is not closed"
	case strings.Contains(msg, "tab character"):
		return line, tabMessage
	case strings.Contains(msg, "cannot start any token"):
		return line, noToken + ` a tab, "@", "%" or a backtick; quote it`
	case strings.Contains(msg, "mapping values are not allowed"):
		msg = `a ":" is not allowed here; check the indentation, or quote the value`
	}
	return line, "not valid YAML: " + msg
}

// endOfLine returns the offset of the last byte of a line, counted from 1.
func endOfLine(data []byte, line int) int {
	end := 0
	for range line {
		i := bytes.IndexByte(data[end:], '\n')
		if i < 0 {
			return len(data)
		}
		end += i + 1
	}
	return end - 2
}

// byteReader hands out one byte at a time and counts them.
type byteReader struct {
	data []byte
	read int
}

func (r *byteReader) Read(p []byte) (int, error) {
	if r.read >= len(r.data) {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	p[0] = r.data[r.read]
	r.read++
	return 1, nil
}

// position returns line and column, from 1, of a byte offset. An offset at or
// after the end is the last character.
func position(data []byte, offset int) (line, column int) {
	text := bytes.TrimRight(data, " \t\r\n")
	offset = max(0, min(offset, len(text)-1))
	before := data[:offset]
	line = 1 + bytes.Count(before, []byte("\n"))
	column = 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return line, column
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// typeOf names the type of a node for people.
func typeOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
	default:
		return "something else"
	}
	switch n.ShortTag() {
	case "!!str":
		return "text"
	case "!!int":
		return "a whole number"
	case "!!float":
		return "a fractional number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "nothing"
	case "!!timestamp":
		return "a date"
	}
	return "a value with a YAML tag"
}
