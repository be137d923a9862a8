package proxy

import (
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/sha3"

	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

// transactionHash computes the hash of the raw transaction that is the first
// parameter of eth_sendRawTransaction, as a JSON string. A typed transaction
// (EIP-2718) and a legacy one are hashed alike: Keccak-256 over the bytes as
// sent. Blob transactions in network form carry more than is hashed, so they
// are refused.
func transactionHash(params []byte) (quoted []byte, ok bool) {
	var text string
	jsonrpc.Elements(params, func(_ int, raw []byte) bool {
		text, ok = jsonrpc.Unquote(raw)
		return false
	})
	digits, prefixed := strings.CutPrefix(text, "0x")
	if !ok || !prefixed || strings.HasPrefix(digits, "03") {
		return nil, false
	}
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) == 0 {
		return nil, false
	}
	h := sha3.NewLegacyKeccak256()
	h.Write(raw)
	return []byte(`"0x` + hex.EncodeToString(h.Sum(nil)) + `"`), true
}
