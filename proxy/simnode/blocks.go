package simnode

import "encoding/binary"

const (
	gwei      = 1_000_000_000
	tip       = gwei / 10
	gasLimit  = 36_000_000
	gasPerTx  = 51_000 // of a token transfer
	bloomSize = 256

	// Solidity's Transfer(address,address,uint256) and transfer(address,uint256).
	topicTransfer    = "\xdd\xf2\x52\xad\x1b\xe2\xc8\x9b\x69\xc2\xb0\x68\xfc\x37\x8d\xaa\x95\x2b\xa7\xf1\x63\xc4\xa1\x16\x28\xf5\x5a\x4d\xf5\x23\xb3\xef"
	selectorTransfer = "\xa9\x05\x9c\xbb"

	// The Keccak-256 of an empty list in RLP: client libraries insist on it for
	// a block without uncles.
	noUncles = "\x1d\xcc\x4d\xe8\xde\xc7\x5d\x7a\xab\x85\xb5\x67\xb6\xcc\xd4\x1a\xd3\x12\x45\x1b\x94\x8a\x74\x13\xf0\xa1\x42\xfd\x40\xd4\x93\x47"
	// The Keccak-256 of no code, and the root of an empty trie.
	noCode = "\xc5\xd2\x46\x01\x86\xf7\x23\x3c\x92\x7e\x7d\xb2\xdc\xc7\x03\xc0\xe5\x00\xb6\x53\xca\x82\x27\x3b\x7b\xfa\xd8\x04\x5d\x85\xa4\x70"
	noTrie = "\x56\xe8\x1f\x17\x1b\xcc\x55\xa6\xff\x83\x45\xe6\x92\xc0\xf8\x6e\x5b\x48\xe0\x1b\x99\x6c\xad\xc0\x01\x62\x2f\xb5\xe3\x63\xb4\x21"

	tokens   = 4 // token contracts of a chain
	accounts = 64
	minTxs   = 1 // of a block; up to moreTxs - 1 more
	moreTxs  = 6
)

type block struct {
	Number           quantity   `json:"number"`
	Hash             Hash       `json:"hash"`
	ParentHash       Hash       `json:"parentHash"`
	Nonce            octets     `json:"nonce"`
	MixHash          Hash       `json:"mixHash"`
	Sha3Uncles       Hash       `json:"sha3Uncles"`
	LogsBloom        octets     `json:"logsBloom"`
	TransactionsRoot Hash       `json:"transactionsRoot"`
	StateRoot        Hash       `json:"stateRoot"`
	ReceiptsRoot     Hash       `json:"receiptsRoot"`
	Miner            address    `json:"miner"`
	Difficulty       quantity   `json:"difficulty"`
	ExtraData        octets     `json:"extraData"`
	Size             quantity   `json:"size"`
	GasLimit         quantity   `json:"gasLimit"`
	GasUsed          quantity   `json:"gasUsed"`
	BaseFee          quantity   `json:"baseFeePerGas"`
	Timestamp        quantity   `json:"timestamp"`
	WithdrawalsRoot  Hash       `json:"withdrawalsRoot"`
	BlobGasUsed      quantity   `json:"blobGasUsed"`
	ExcessBlobGas    quantity   `json:"excessBlobGas"`
	BeaconRoot       Hash       `json:"parentBeaconBlockRoot"`
	Transactions     any        `json:"transactions"` // hashes or objects
	Uncles           []Hash     `json:"uncles"`
	Withdrawals      []struct{} `json:"withdrawals"`
}

type transaction struct {
	BlockHash        *Hash     `json:"blockHash"` // nil while pending
	BlockNumber      *quantity `json:"blockNumber"`
	TransactionIndex *quantity `json:"transactionIndex"`
	Hash             Hash      `json:"hash"`
	Type             quantity  `json:"type"`
	ChainID          quantity  `json:"chainId"`
	Nonce            quantity  `json:"nonce"`
	From             address   `json:"from"`
	To               address   `json:"to"`
	Value            quantity  `json:"value"`
	Gas              quantity  `json:"gas"`
	GasPrice         quantity  `json:"gasPrice"`
	MaxFee           quantity  `json:"maxFeePerGas"`
	MaxTip           quantity  `json:"maxPriorityFeePerGas"`
	Input            octets    `json:"input"`
	AccessList       []string  `json:"accessList"`
	V                quantity  `json:"v"`
	YParity          quantity  `json:"yParity"`
	R                Hash      `json:"r"`
	S                Hash      `json:"s"`
}

type receipt struct {
	TransactionHash   Hash     `json:"transactionHash"`
	TransactionIndex  quantity `json:"transactionIndex"`
	BlockHash         Hash     `json:"blockHash"`
	BlockNumber       quantity `json:"blockNumber"`
	From              address  `json:"from"`
	To                address  `json:"to"`
	CumulativeGasUsed quantity `json:"cumulativeGasUsed"`
	GasUsed           quantity `json:"gasUsed"`
	EffectiveGasPrice quantity `json:"effectiveGasPrice"`
	ContractAddress   *address `json:"contractAddress"`
	Logs              []event  `json:"logs"`
	LogsBloom         octets   `json:"logsBloom"`
	Type              quantity `json:"type"`
	Status            quantity `json:"status"`
}

// event is a log of a contract.
type event struct {
	Address          address  `json:"address"`
	Topics           []Hash   `json:"topics"`
	Data             octets   `json:"data"`
	BlockNumber      quantity `json:"blockNumber"`
	BlockHash        Hash     `json:"blockHash"`
	BlockTimestamp   quantity `json:"blockTimestamp"`
	TransactionHash  Hash     `json:"transactionHash"`
	TransactionIndex quantity `json:"transactionIndex"`
	LogIndex         quantity `json:"logIndex"`
	Removed          bool     `json:"removed"`
}

// txCount returns how many transactions a block has. Each is a token transfer,
// and each but the failed ones logs once.
func (c *Chain) txCount(number uint64) uint16 {
	return minTxs + uint16(c.derive(kindContent, number, 0)[0])%moreTxs
}

func (c *Chain) baseFee(number uint64) uint64 {
	return gwei + uint64(c.derive(kindContent, number, 0)[1])*(gwei/256)
}

// failed tells whether a transaction was reverted; the first of a block never.
func (c *Chain) failed(number uint64, index uint16) bool {
	return index > 0 && c.derive(kindContent, number, 0)[2+index]%16 == 0
}

func (c *Chain) token(i byte) (a address) {
	h := c.deriveFrom(kindToken, []byte{i % tokens})
	copy(a[:], h[:])
	return a
}

func (c *Chain) account(i byte) (a address) {
	h := c.deriveFrom(kindAccount, []byte{i % accounts})
	copy(a[:], h[:])
	return a
}

func (c *Chain) block(number uint64, full bool) *block {
	root := c.derive(kindRoot, number, 0)
	count := c.txCount(number)
	b := &block{
		Number: quantity(number), Hash: c.BlockHash(number), Nonce: make(octets, 8),
		MixHash: c.derive(kindRoot, number, 1), Sha3Uncles: Hash([]byte(noUncles)), LogsBloom: fullBloom(),
		TransactionsRoot: c.derive(kindRoot, number, 2), StateRoot: root, ReceiptsRoot: c.derive(kindRoot, number, 3),
		Miner: c.account(root[0]), ExtraData: octets("simnode"), Size: 700 + 180*quantity(count), GasLimit: gasLimit,
		GasUsed: gasPerTx * quantity(count), BaseFee: quantity(c.baseFee(number)), Timestamp: quantity(c.timestamp(number)),
		WithdrawalsRoot: Hash([]byte(noTrie)), BeaconRoot: c.derive(kindRoot, number, 4),
		Uncles: []Hash{}, Withdrawals: []struct{}{},
	}
	if number > 0 {
		b.ParentHash = c.BlockHash(number - 1)
	}
	if full {
		txs := make([]*transaction, count)
		for i := range count {
			txs[i] = c.transaction(number, i)
		}
		b.Transactions = txs
		return b
	}
	hashes := make([]Hash, count)
	for i := range count {
		hashes[i] = c.seal(kindTransaction, number, i)
	}
	b.Transactions = hashes
	return b
}

// transfer is what a transaction does: the seed, and who pays whom in which
// token.
func (c *Chain) transfer(number uint64, index uint16) (seed Hash, token, from, to address) {
	seed = c.derive(kindContent, number, index+1)
	return seed, c.token(seed[0]), c.account(seed[1]), c.account(seed[2])
}

func (c *Chain) transaction(number uint64, index uint16) *transaction {
	seed, token, from, to := c.transfer(number, index)
	hash := c.BlockHash(number)
	at, pos := quantity(number), quantity(index)
	amount := amountOf(seed)
	dst := to.word()
	input := append(append(octets(selectorTransfer), dst[:]...), amount[:]...)
	return &transaction{
		BlockHash: &hash, BlockNumber: &at, TransactionIndex: &pos,
		Hash: c.seal(kindTransaction, number, index), Type: 2, ChainID: quantity(c.id),
		Nonce: quantity(binary.BigEndian.Uint16(seed[4:])), From: from, To: token, Gas: gasPerTx + 14_000,
		GasPrice: quantity(c.baseFee(number) + tip), MaxFee: quantity(2*c.baseFee(number) + tip), MaxTip: tip,
		Input: input, AccessList: []string{}, R: signatureHalf(seed, 'r'), S: signatureHalf(seed, 's'),
	}
}

// pending is a transaction that was sent and, here, is never mined.
func (c *Chain) pending(h Hash) *transaction {
	t := c.transaction(c.Head(), 0)
	t.Hash, t.BlockHash, t.BlockNumber, t.TransactionIndex = h, nil, nil, nil
	t.From, t.To = c.account(h[0]), c.token(h[1])
	return t
}

func (c *Chain) receipt(number uint64, index uint16) *receipt {
	_, token, from, _ := c.transfer(number, index)
	r := &receipt{
		TransactionHash: c.seal(kindTransaction, number, index), TransactionIndex: quantity(index),
		BlockHash: c.BlockHash(number), BlockNumber: quantity(number), From: from, To: token,
		CumulativeGasUsed: gasPerTx * (quantity(index) + 1), GasUsed: gasPerTx,
		EffectiveGasPrice: quantity(c.baseFee(number) + tip), Type: 2,
		Logs: []event{}, LogsBloom: make(octets, bloomSize),
	}
	if !c.failed(number, index) {
		r.Status = 1
		r.Logs = append(r.Logs, c.event(number, index))
		r.LogsBloom = fullBloom()
	}
	return r
}

func (c *Chain) event(number uint64, index uint16) event {
	seed, token, from, to := c.transfer(number, index)
	amount := amountOf(seed)
	logIndex := quantity(0)
	for i := range index {
		if !c.failed(number, i) {
			logIndex++
		}
	}
	return event{
		Address: token, Topics: []Hash{Hash([]byte(topicTransfer)), from.word(), to.word()}, Data: amount[:],
		BlockNumber: quantity(number), BlockHash: c.BlockHash(number), BlockTimestamp: quantity(c.timestamp(number)),
		TransactionHash:  c.seal(kindTransaction, number, index),
		TransactionIndex: quantity(index), LogIndex: logIndex,
	}
}

// fullBloom has all bits set: it is true of any logs, and needs no Keccak.
func fullBloom() octets {
	b := make(octets, bloomSize)
	for i := range b {
		b[i] = 0xff
	}
	return b
}

func amountOf(seed Hash) (amount Hash) {
	copy(amount[22:], seed[8:18])
	return amount
}

// signatureHalf is a number below the order of secp256k1, without leading
// zeros in hexadecimal.
func signatureHalf(seed Hash, half byte) Hash {
	seed[31] ^= half
	seed[0] = seed[0]&0x3f | 0x40
	return seed
}
