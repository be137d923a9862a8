package simnode

import (
	"encoding/json"
	"fmt"
	"strings"
)

// args are positional parameters; a missing one reads as absent.
type args []json.RawMessage

func (a args) at(i int) json.RawMessage {
	if i < len(a) && string(a[i]) != "null" {
		return a[i]
	}
	return nil
}

func invalidArg(i int, reason any) *Error {
	return &Error{Code: -32602, Message: fmt.Sprintf("invalid argument %d: %v", i, reason)}
}

func (a args) text(i int) (string, *Error) {
	raw := a.at(i)
	if raw == nil {
		return "", &Error{Code: -32602, Message: fmt.Sprintf("missing value for required argument %d", i)}
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", invalidArg(i, "json: cannot unmarshal non-string into Go value of type string")
	}
	return s, nil
}

func (a args) octets(i int) ([]byte, *Error) {
	s, bad := a.text(i)
	if bad != nil {
		return nil, bad
	}
	b, err := parseOctets(s)
	if err != nil {
		return nil, invalidArg(i, err)
	}
	return b, nil
}

func (a args) hash(i int) (Hash, *Error) {
	b, bad := a.octets(i)
	if bad != nil {
		return Hash{}, bad
	}
	if len(b) != len(Hash{}) {
		return Hash{}, invalidArg(i, "hex string has the wrong length for common.Hash")
	}
	return Hash(b), nil
}

func (a args) address(i int) (address, *Error) {
	b, bad := a.octets(i)
	if bad != nil {
		return address{}, bad
	}
	if len(b) != len(address{}) {
		return address{}, invalidArg(i, "hex string has the wrong length for common.Address")
	}
	return address(b), nil
}

func (a args) flag(i int) bool { return string(a.at(i)) == "true" }

// Depths of the tags safe and finalized.
const (
	safeDepth      = 32
	finalizedDepth = 64
)

// number reads a block number or tag. The block need not exist yet.
func (v *view) number(a args, i int) (uint64, *Error) {
	raw := a.at(i)
	if raw == nil {
		return v.head, nil
	}
	s, bad := a.text(i)
	if bad != nil {
		return 0, bad
	}
	switch s {
	case "latest", "pending":
		return v.head, nil
	case "safe":
		return v.head - min(safeDepth, v.head), nil
	case "finalized":
		return v.head - min(finalizedDepth, v.head), nil
	case "earliest":
		return 0, nil
	}
	n, err := parseQuantity(s)
	if err != nil {
		return 0, invalidArg(i, err)
	}
	return n, nil
}

var errHeader = Error{Code: -32000, Message: "header not found"} //nolint:gochecknoglobals // a constant, never written

// state reads the block of a state method, a number, a tag, or an object as in
// EIP-1898, and checks that this node has its state.
func (v *view) state(a args, i int) (uint64, *Error) {
	n, bad := v.existing(a, i)
	if bad != nil {
		return 0, bad
	}
	return n, v.kept(n)
}

func (v *view) existing(a args, i int) (uint64, *Error) {
	raw := a.at(i)
	if len(raw) > 0 && raw[0] == '{' {
		var by struct {
			BlockNumber json.RawMessage `json:"blockNumber"`
			BlockHash   json.RawMessage `json:"blockHash"`
		}
		if err := json.Unmarshal(raw, &by); err != nil {
			return 0, invalidArg(i, err)
		}
		if by.BlockHash != nil {
			h, bad := args{by.BlockHash}.hash(0)
			if bad != nil {
				return 0, bad
			}
			n, _, ok := v.locate(kindBlock, h, v.head)
			if !ok {
				return 0, &Error{Code: -32000, Message: "header for hash not found"}
			}
			return n, nil
		}
		a, i = args{by.BlockNumber}, 0
	} else if s := strings.Trim(string(raw), `"`); len(s) == 2+2*len(Hash{}) {
		h, bad := a.hash(i)
		if bad != nil {
			return 0, bad
		}
		n, _, ok := v.locate(kindBlock, h, v.head)
		if !ok {
			return 0, &errHeader
		}
		return n, nil
	}
	n, bad := v.number(a, i)
	if bad == nil && n > v.head {
		bad = &errHeader
	}
	return n, bad
}

// kept refuses blocks whose state a pruned node has dropped.
func (v *view) kept(number uint64) *Error {
	if v.b.Pruned == 0 || v.head-number <= v.b.Pruned {
		return nil
	}
	root := v.derive(kindRoot, number, 0)
	return &Error{Code: -32000, Message: fmt.Sprintf("missing trie node %x (path ) state %s is not available", root[:], root)}
}
