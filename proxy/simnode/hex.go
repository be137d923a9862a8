package simnode

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
)

// Hash is a 32-byte value, written as 0x and 64 hexadecimal digits.
type Hash [32]byte

// String returns the hexadecimal form.
func (h Hash) String() string { return "0x" + hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return appendHex(h[:]), nil }

type address [20]byte

func (a address) MarshalText() ([]byte, error) { return appendHex(a[:]), nil }

// word returns the address padded to 32 bytes, as in topics and call data.
func (a address) word() (h Hash) {
	copy(h[12:], a[:])
	return h
}

// quantity is a number in the hexadecimal form of the execution APIs.
type quantity uint64

func (q quantity) MarshalText() ([]byte, error) {
	return strconv.AppendUint([]byte("0x"), uint64(q), 16), nil
}

// octets is a byte string of any length.
type octets []byte

func (o octets) MarshalText() ([]byte, error) { return appendHex(o), nil }

func appendHex(b []byte) []byte {
	out := make([]byte, 2, 2+2*len(b))
	out[0], out[1] = '0', 'x'
	return hex.AppendEncode(out, b)
}

var (
	errNoPrefix = errors.New("hex string without 0x prefix")
	errOdd      = errors.New("hex string of odd length")
	errHex      = errors.New("invalid hex string")
	errQuantity = errors.New("invalid hex number")
)

func parseQuantity(s string) (uint64, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok {
		return 0, errNoPrefix
	}
	if len(digits) > 1 && digits[0] == '0' {
		return 0, errors.New("hex number with leading zero digits")
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		return 0, errQuantity
	}
	return n, nil
}

func parseOctets(s string) ([]byte, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok {
		return nil, errNoPrefix
	}
	if len(digits)%2 != 0 {
		return nil, errOdd
	}
	b, err := hex.DecodeString(digits)
	if err != nil {
		return nil, errHex
	}
	return b, nil
}
