package methods

import (
	"bytes"
	"math"
	"strconv"

	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

// form is how the parameters of a method name blocks.
type form uint8

const (
	none        form = iota
	single           // one block: number, tag, hash, or EIP-1898 object
	byHash           // one block, by hash
	between          // two blocks, one after the other; the second may be missing
	logFilter        // an object with fromBlock and toBlock, or blockHash
	traceFilter      // the same, from the first block when fromBlock is missing
	feeHistory       // a count of blocks, and the newest of them
)

// blockParam tells where the block is: the form, and the position from 0.
type blockParam struct {
	form form
	at   int
}

var blockParams = map[string]blockParam{ //nolint:gochecknoglobals // a table, never written
	"eth_getBalance":          {single, 1},
	"eth_getCode":             {single, 1},
	"eth_getTransactionCount": {single, 1},
	"eth_getAccount":          {single, 1},
	"eth_getAccountInfo":      {single, 1},
	"eth_getStorageAt":        {single, 2},
	"eth_getStorageValues":    {single, 1},
	"eth_getProof":            {single, 2},
	"eth_call":                {single, 1},
	"eth_callMany":            {single, 1},
	"eth_estimateGas":         {single, 1},
	"eth_createAccessList":    {single, 1},
	"eth_simulateV1":          {single, 1},
	"eth_feeHistory":          {feeHistory, 0},
	"eth_getLogs":             {logFilter, 0},
	"eth_newFilter":           {logFilter, 0},

	"eth_getBlockByNumber":                       {single, 0},
	"eth_getHeaderByNumber":                      {single, 0},
	"eth_getBlockReceipts":                       {single, 0},
	"eth_getBlockTransactionCountByNumber":       {single, 0},
	"eth_getUncleCountByBlockNumber":             {single, 0},
	"eth_getUncleByBlockNumberAndIndex":          {single, 0},
	"eth_getTransactionByBlockNumberAndIndex":    {single, 0},
	"eth_getRawTransactionByBlockNumberAndIndex": {single, 0},

	"debug_traceBlockByNumber":          {single, 0},
	"debug_traceBlockByHash":            {byHash, 0},
	"debug_traceCall":                   {single, 1},
	"debug_traceCallMany":               {single, 1},
	"debug_traceChain":                  {between, 0},
	"debug_storageRangeAt":              {single, 0},
	"debug_accountRange":                {single, 0},
	"debug_dumpBlock":                   {single, 0},
	"debug_executionWitness":            {single, 0},
	"debug_intermediateRoots":           {byHash, 0},
	"debug_getModifiedAccountsByNumber": {between, 0},
	"debug_getModifiedAccountsByHash":   {byHash, 0},
	"debug_getRawBlock":                 {single, 0},
	"debug_getRawHeader":                {single, 0},
	"debug_getRawReceipts":              {single, 0},
	"debug_printBlock":                  {single, 0},

	"trace_block":                   {single, 0},
	"trace_call":                    {single, 2},
	"trace_callMany":                {single, 1},
	"trace_replayBlockTransactions": {single, 0},
	"trace_filter":                  {traceFilter, 0},

	"arbtrace_block":                   {single, 0},
	"arbtrace_call":                    {single, 2},
	"arbtrace_callMany":                {single, 1},
	"arbtrace_replayBlockTransactions": {single, 0},
	"arbtrace_filter":                  {traceFilter, 0},

	"erigon_getHeaderByNumber":           {single, 0},
	"erigon_getBalanceChangesInBlock":    {single, 0},
	"erigon_getBlockReceiptsByBlockHash": {byHash, 0},
	"erigon_getLogsByHash":               {byHash, 0},
	"erigon_getLogs":                     {logFilter, 0},
	"erigon_getLatestLogs":               {logFilter, 0},
	"ots_getBlockDetails":                {single, 0},
	"ots_getBlockTransactions":           {single, 0},
	"ots_hasCode":                        {single, 1},

	"zks_getBlockDetails":               {single, 0},
	"zks_getRawBlockTransactions":       {single, 0},
	"arb_getRawBlockMetadata":           {between, 0},
	"arb_findBatchContainingBlock":      {single, 0},
	"bor_getAuthor":                     {single, 0},
	"bor_getSigners":                    {single, 0},
	"bor_getSnapshot":                   {single, 0},
	"bor_getRootHash":                   {between, 0},
	"eth_getRootHash":                   {between, 0},
	"eth_getTransactionReceiptsByBlock": {single, 0},
	"optimism_outputAtBlock":            {single, 0},
	"linea_getProof":                    {single, 2},
}

// BlocksOf returns which blocks a call of m with these raw parameters refers
// to. A missing or null block means "latest", and so do missing parameters and
// parameters in an object. What is malformed is NoBlock: the provider says what
// is wrong with it. Lookups of a block, a transaction or a receipt by hash
// alone need no state and are NoBlock too.
//
// Blocks may be hex quantities, plain numbers, tags, 32-byte hashes, or objects
// as EIP-1898 defines them.
func BlocksOf(m *Method, params []byte) Blocks {
	switch at := m.blocks.at; m.blocks.form {
	case single:
		return parseBlock(param(params, at)).alone()
	case byHash:
		if id := parseBlock(param(params, at)); id.Kind == Hash {
			return id.alone()
		}
		return Blocks{}
	case between:
		return parseBetween(param(params, at), param(params, at+1))
	case logFilter:
		return parseFilter(param(params, at), latest)
	case traceFilter:
		return parseFilter(param(params, at), earliest)
	case feeHistory:
		return parseFeeHistory(param(params, at), param(params, at+1))
	default:
		return Blocks{}
	}
}

// alone makes a whole of a single block.
func (id BlockID) alone() Blocks { return Blocks{Kind: id.Kind, Tag: id.Tag, Number: id.Number} }

// param returns the raw parameter at a position, nil when there is none.
func param(params []byte, at int) []byte {
	var found []byte
	jsonrpc.Elements(params, func(i int, raw []byte) bool {
		if i == at {
			found = raw
		}
		return i < at
	})
	return found
}

// missing reports whether a value is absent or null.
func missing(raw []byte) bool { return len(raw) == 0 || string(raw) == "null" }

// parseBlock reads one block parameter, latest when it is missing.
func parseBlock(raw []byte) BlockID {
	switch {
	case missing(raw):
		return BlockID{Kind: Tag, Tag: latest}
	case raw[0] == '"':
		return parseText(raw)
	case raw[0] == '{':
		if hash := jsonrpc.Member(raw, "blockHash"); !missing(hash) {
			if id := parseText(hash); id.Kind == Hash {
				return id
			}
			return BlockID{}
		}
		if number := jsonrpc.Member(raw, "blockNumber"); !missing(number) && number[0] != '{' {
			return parseBlock(number)
		}
		return BlockID{}
	default:
		if n, ok := decimal(raw); ok {
			return BlockID{Kind: Number, Number: n}
		}
		return BlockID{}
	}
}

// parseText reads a raw JSON string: a tag, a hex quantity, or a hash.
func parseText(raw []byte) BlockID {
	if len(raw) < 2 || raw[0] != '"' {
		return BlockID{}
	}
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		s, _ := jsonrpc.Unquote(raw)
		text = []byte(s)
	}
	switch string(text) {
	case latest:
		return BlockID{Kind: Tag, Tag: latest}
	case earliest:
		return BlockID{Kind: Tag, Tag: earliest}
	case pending:
		return BlockID{Kind: Tag, Tag: pending}
	case safe:
		return BlockID{Kind: Tag, Tag: safe}
	case finalized:
		return BlockID{Kind: Tag, Tag: finalized}
	}
	return parseHex(text)
}

// parseHex reads a quantity or, with 64 digits, a hash. Leading zeros, which
// the specification forbids but some nodes accept, do no harm.
func parseHex(text []byte) BlockID {
	if len(text) < 3 || text[0] != '0' || text[1]|0x20 != 'x' {
		return BlockID{}
	}
	digits := text[2:]
	var n uint64
	fits := true
	for _, c := range digits {
		d, ok := digit(c)
		if !ok {
			return BlockID{}
		}
		fits = fits && n <= math.MaxUint64>>4
		n = n<<4 | d
	}
	switch {
	case len(digits) == 64:
		return BlockID{Kind: Hash}
	case !fits:
		return BlockID{}
	default:
		return BlockID{Kind: Number, Number: n}
	}
}

func digit(c byte) (uint64, bool) {
	switch {
	case '0' <= c && c <= '9':
		return uint64(c - '0'), true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return uint64(c|0x20-'a') + 10, true
	default:
		return 0, false
	}
}

// decimal reads a plain JSON integer, which some methods take.
func decimal(raw []byte) (uint64, bool) {
	if len(raw) > 20 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(raw), 10, 64)
	return n, err == nil
}

// parseFilter reads the object of eth_getLogs or trace_filter. EIP-234: a block
// hash takes the place of both ends.
func parseFilter(raw []byte, from string) Blocks {
	if missing(raw) {
		return Blocks{}
	}
	if hash := jsonrpc.Member(raw, "blockHash"); !missing(hash) {
		if id := parseText(hash); id.Kind == Hash {
			return id.alone()
		}
		return Blocks{}
	}
	if raw[0] != '{' {
		return Blocks{}
	}
	b := Blocks{Kind: Range, From: BlockID{Kind: Tag, Tag: from}}
	if v := jsonrpc.Member(raw, "fromBlock"); !missing(v) {
		b.From = parseBlock(v)
	}
	b.To = parseBlock(jsonrpc.Member(raw, "toBlock"))
	return b
}

// parseBetween reads two blocks; a missing second is the first.
func parseBetween(first, second []byte) Blocks {
	from := parseBlock(first)
	if missing(second) {
		return from.alone()
	}
	return Blocks{Kind: Range, From: from, To: parseBlock(second)}
}

// parseFeeHistory reads how many blocks are wanted, and the newest of them.
func parseFeeHistory(count, newest []byte) Blocks {
	to := parseBlock(newest)
	var n uint64
	switch {
	case missing(count):
		return Blocks{}
	case count[0] == '"':
		id := parseText(count)
		if id.Kind != Number {
			return Blocks{}
		}
		n = id.Number
	default:
		var ok bool
		if n, ok = decimal(count); !ok {
			return Blocks{}
		}
	}
	if n <= 1 || to.Kind == NoBlock || to.Kind == Hash || to.Tag == earliest {
		return to.alone()
	}
	from := to
	from.Back = n - 1
	return Blocks{Kind: Range, From: from, To: to}
}
