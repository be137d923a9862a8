package simnode

import (
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"
)

// RevertAddress is a contract that reverts every call to it.
const RevertAddress = "0x0000000000000000000000000000000000000bad"

// RevertReason is the text it gives.
const RevertReason = "simulated revert"

// selectorBlockNumber is getBlockNumber() of the Multicall contracts. Any
// address answers it with the number of the block that the call reads.
const selectorBlockNumber = "\x42\xcb\xb1\x5c"

type method func(*view, args) (any, *Error)

var methods = map[string]method{ //nolint:gochecknoglobals // a table, never written
	"eth_chainId":              func(v *view, _ args) (any, *Error) { return quantity(v.chainID()), nil },
	"net_version":              func(v *view, _ args) (any, *Error) { return strconv.FormatUint(v.chainID(), 10), nil },
	"net_listening":            func(*view, args) (any, *Error) { return true, nil },
	"net_peerCount":            func(*view, args) (any, *Error) { return quantity(25), nil },
	"web3_clientVersion":       func(v *view, _ args) (any, *Error) { return "simnode/" + v.node.name + "/v1.0.0", nil },
	"eth_syncing":              func(*view, args) (any, *Error) { return false, nil },
	"eth_blockNumber":          func(v *view, _ args) (any, *Error) { return quantity(v.head), nil },
	"eth_gasPrice":             func(v *view, _ args) (any, *Error) { return quantity(v.baseFee(v.head) + tip), nil },
	"eth_maxPriorityFeePerGas": func(*view, args) (any, *Error) { return quantity(tip), nil },
	"eth_blobBaseFee":          func(*view, args) (any, *Error) { return quantity(1), nil },
	"eth_feeHistory":           feeHistory,

	"eth_getBlockByNumber":                 blockByNumber,
	"eth_getBlockByHash":                   blockByHash,
	"eth_getBlockReceipts":                 blockReceipts,
	"eth_getBlockTransactionCountByNumber": txCountByNumber,
	"eth_getTransactionByHash":             transactionByHash,
	"eth_getTransactionReceipt":            transactionReceipt,

	"eth_getBalance":          balance,
	"eth_getTransactionCount": nonce,
	"eth_getCode":             code,
	"eth_getStorageAt":        storageAt,
	"eth_getProof":            proof,
	"eth_call":                ethCall,
	"eth_estimateGas":         estimateGas,
	"eth_sendRawTransaction":  sendRawTransaction,
	"debug_traceTransaction":  traceTransaction,

	"eth_getLogs":                     getLogs,
	"eth_newFilter":                   newLogFilter,
	"eth_newBlockFilter":              newBlockFilter,
	"eth_newPendingTransactionFilter": newPendingFilter,
	"eth_getFilterChanges":            filterChanges,
	"eth_getFilterLogs":               filterLogs,
	"eth_uninstallFilter":             uninstallFilter,
}

func (v *view) chainID() uint64 {
	if v.b.ChainID > 0 {
		return v.b.ChainID
	}
	return v.id
}

func blockByNumber(v *view, a args) (any, *Error) {
	if _, bad := a.text(0); bad != nil {
		return nil, bad
	}
	n, bad := v.number(a, 0)
	if bad != nil || n > v.head {
		return nil, bad
	}
	return v.block(n, a.flag(1)), nil
}

func blockByHash(v *view, a args) (any, *Error) {
	h, bad := a.hash(0)
	if bad != nil {
		return nil, bad
	}
	if n, _, ok := v.locate(kindBlock, h, v.head); ok {
		return v.block(n, a.flag(1)), nil
	}
	return nil, nil
}

func blockReceipts(v *view, a args) (any, *Error) {
	n, bad := v.existing(a, 0)
	if bad != nil {
		if bad.Code == errHeader.Code {
			return nil, nil
		}
		return nil, bad
	}
	all := make([]*receipt, v.txCount(n))
	for i := range v.txCount(n) {
		all[i] = v.receipt(n, i)
	}
	return all, nil
}

func txCountByNumber(v *view, a args) (any, *Error) {
	n, bad := v.number(a, 0)
	if bad != nil || n > v.head {
		return nil, bad
	}
	return quantity(v.txCount(n)), nil
}

// mined finds a transaction of a block that this node knows.
func (v *view) mined(h Hash) (number uint64, index uint16, ok bool) {
	number, index, ok = v.locate(kindTransaction, h, v.head)
	return number, index, ok && index < v.txCount(number)
}

func transactionByHash(v *view, a args) (any, *Error) {
	h, bad := a.hash(0)
	if bad != nil {
		return nil, bad
	}
	if number, index, ok := v.mined(h); ok {
		return v.transaction(number, index), nil
	}
	if v.wasSent(h) {
		return v.pending(h), nil
	}
	return nil, nil
}

func transactionReceipt(v *view, a args) (any, *Error) {
	h, bad := a.hash(0)
	if bad != nil {
		return nil, bad
	}
	if number, index, ok := v.mined(h); ok {
		return v.receipt(number, index), nil
	}
	return nil, nil
}

// accountAt reads the address of a state method and the block at argument i.
func (v *view) accountAt(a args, i int) (address, uint64, *Error) {
	who, bad := a.address(0)
	if bad != nil {
		return who, 0, bad
	}
	n, bad := v.state(a, i)
	return who, n, bad
}

// Balances, nonces and storage depend on the address alone, not on the block,
// so that answers of nodes at different heights can be compared.

func (v *view) balanceOf(who address) Hash {
	h := v.deriveFrom(kindState, who[:])
	var wei Hash
	copy(wei[22:], h[:10])
	return wei
}

func balance(v *view, a args) (any, *Error) {
	who, _, bad := v.accountAt(a, 1)
	if bad != nil {
		return nil, bad
	}
	return number256(v.balanceOf(who)), nil
}

func nonce(v *view, a args) (any, *Error) {
	who, _, bad := v.accountAt(a, 1)
	if bad != nil {
		return nil, bad
	}
	h := v.deriveFrom(kindState, who[:])
	return quantity(h[31]), nil
}

func code(v *view, a args) (any, *Error) {
	who, _, bad := v.accountAt(a, 1)
	if bad != nil {
		return nil, bad
	}
	for i := range byte(tokens) {
		if v.token(i) == who {
			h := v.deriveFrom(kindToken, []byte{i})
			return append(octets("\x60\x80\x60\x40\x52"), h[:]...), nil
		}
	}
	return octets{}, nil
}

func storageAt(v *view, a args) (any, *Error) {
	who, _, bad := v.accountAt(a, 2)
	if bad != nil {
		return nil, bad
	}
	slot, bad := a.text(1)
	if bad != nil {
		return nil, bad
	}
	return v.deriveFrom(kindState, who[:], []byte(strings.ToLower(slot))), nil
}

func proof(v *view, a args) (any, *Error) {
	who, n, bad := v.accountAt(a, 2)
	if bad != nil {
		return nil, bad
	}
	root := v.derive(kindRoot, n, 0)
	return map[string]any{
		"address": who, "accountProof": []octets{root[:]}, "balance": number256(v.balanceOf(who)), "nonce": quantity(0),
		"codeHash": Hash([]byte(noCode)), "storageHash": Hash([]byte(noTrie)), "storageProof": []string{},
	}, nil
}

// message is the transaction object of eth_call and eth_estimateGas.
type message struct {
	To    string `json:"to"`
	Data  string `json:"data"`
	Input string `json:"input"`
}

func (v *view) message(a args) (m message, data []byte, bad *Error) {
	raw := a.at(0)
	if raw == nil {
		return m, nil, &Error{Code: -32602, Message: "missing value for required argument 0"}
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, nil, invalidArg(0, err)
	}
	text := m.Input
	if text == "" {
		text = m.Data
	}
	if text != "" {
		var err error
		if data, err = parseOctets(text); err != nil {
			return m, nil, invalidArg(0, err)
		}
	}
	if strings.EqualFold(m.To, RevertAddress) {
		return m, nil, revert()
	}
	return m, data, nil
}

// revert is the error of a contract that fails with Error(string).
func revert() *Error {
	var packed [4 + 3*32]byte
	copy(packed[:], "\x08\xc3\x79\xa0")
	packed[4+31] = 32
	packed[4+63] = byte(len(RevertReason))
	copy(packed[4+64:], RevertReason)
	data, _ := json.Marshal(octets(packed[:])) // a string always marshals
	return &Error{Code: 3, Message: "execution reverted: " + RevertReason, Data: data}
}

func ethCall(v *view, a args) (any, *Error) {
	n, bad := v.state(a, 1)
	if bad != nil {
		return nil, bad
	}
	m, data, bad := v.message(a)
	if bad != nil {
		return nil, bad
	}
	if strings.HasPrefix(string(data), selectorBlockNumber) {
		var word Hash
		binary.BigEndian.PutUint64(word[24:], n)
		return word, nil
	}
	return v.deriveFrom(kindState, []byte(strings.ToLower(m.To)), data), nil
}

func estimateGas(v *view, a args) (any, *Error) {
	if _, bad := v.state(a, 1); bad != nil {
		return nil, bad
	}
	_, data, bad := v.message(a)
	if bad != nil {
		return nil, bad
	}
	gas := uint64(21_000)
	if len(data) > 0 {
		gas += 24_000 + 16*uint64(len(data))
	}
	return quantity(gas), nil
}

func sendRawTransaction(v *view, a args) (any, *Error) {
	raw, bad := a.octets(0)
	if bad != nil {
		return nil, bad
	}
	if len(raw) == 0 {
		return nil, &Error{Code: -32602, Message: "typed transaction too short"}
	}
	h, known := v.send(raw)
	if known {
		return nil, &Error{Code: -32000, Message: "already known"}
	}
	return h, nil
}

func traceTransaction(v *view, a args) (any, *Error) {
	h, bad := a.hash(0)
	if bad != nil {
		return nil, bad
	}
	number, index, ok := v.mined(h)
	if !ok {
		return nil, &Error{Code: -32000, Message: "transaction not found"}
	}
	if bad := v.kept(number); bad != nil {
		return nil, bad
	}
	tx := v.transaction(number, index)
	if strings.Contains(string(a.at(1)), `"callTracer"`) {
		return map[string]any{
			"type": "CALL", "from": tx.From, "to": tx.To, "value": tx.Value, "gas": tx.Gas,
			"gasUsed": quantity(gasPerTx), "input": tx.Input, "output": "0x",
		}, nil
	}
	return map[string]any{
		"gas": gasPerTx, "failed": v.failed(number, index), "returnValue": "0x", "structLogs": []string{},
	}, nil
}

func feeHistory(v *view, a args) (any, *Error) {
	var count uint64
	if raw := a.at(0); json.Unmarshal(raw, &count) != nil {
		s, bad := a.text(0)
		if bad != nil {
			return nil, bad
		}
		var err error
		if count, err = parseQuantity(s); err != nil {
			return nil, invalidArg(0, err)
		}
	}
	newest, bad := v.existing(a, 1)
	if bad != nil {
		return nil, bad
	}
	var percentiles []float64
	if raw := a.at(2); raw != nil {
		if err := json.Unmarshal(raw, &percentiles); err != nil {
			return nil, invalidArg(2, err)
		}
	}
	count = min(count, 1024, newest+1)
	if count == 0 {
		return map[string]any{"oldestBlock": quantity(0), "gasUsedRatio": nil}, nil
	}
	oldest := newest + 1 - count
	fees, ratios, rewards := []quantity{}, []float64{}, [][]quantity{}
	for n := oldest; n <= newest; n++ {
		fees = append(fees, quantity(v.baseFee(n)))
		ratios = append(ratios, float64(v.txCount(n))*gasPerTx/gasLimit)
		row := make([]quantity, len(percentiles))
		for i := range row {
			row[i] = tip
		}
		rewards = append(rewards, row)
	}
	fees = append(fees, quantity(v.baseFee(newest+1)))
	h := map[string]any{"oldestBlock": quantity(oldest), "baseFeePerGas": fees, "gasUsedRatio": ratios}
	if len(percentiles) > 0 {
		h["reward"] = rewards
	}
	return h, nil
}

// number256 writes 32 bytes as a number, without leading zeros.
func number256(h Hash) string {
	digits := strings.TrimLeft(h.String()[2:], "0")
	if digits == "" {
		digits = "0"
	}
	return "0x" + digits
}
