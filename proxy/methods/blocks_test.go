package methods_test

import (
	"math"
	"testing"

	"github.com/lasso-rpc/lasso/proxy/methods"
)

const (
	hash = `"0xb903239f8543d04b5dc1ba6579132b143087c68db1b2168786408fcbce568238"`
	addr = `"0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"`
)

func TestBlocksOf(t *testing.T) {
	t.Parallel()
	const head, threshold = 1000, 128
	tests := []struct {
		method, params string
		want           string
		archival       bool
	}{
		{"eth_call", `[{"to":` + addr + `},"latest"]`, "latest", false},
		{"eth_call", `[{"to":` + addr + `}]`, "latest", false},
		{"eth_call", `[{"to":` + addr + `},null]`, "latest", false},
		{"eth_call", `[{"to":` + addr + `},"0x3e8"]`, "0x3e8", false},
		{"eth_call", `[{"to":` + addr + `},"0x368"]`, "0x368", false}, // 128 behind
		{"eth_call", `[{"to":` + addr + `},"0x367"]`, "0x367", true},
		{"eth_call", ` [ {"to":` + addr + `} , "0x367" , {} ] `, "0x367", true},
		{"eth_call", `[{},"0X367"]`, "0x367", true},
		{"eth_call", `[{},"0x00000000000000000000367"]`, "0x367", true},
		{"eth_call", `[{},"0xffff"]`, "0xffff", false},
		{"eth_call", `[{},"earliest"]`, "earliest", true},
		{"eth_call", `[{},"pending"]`, "pending", false},
		{"eth_call", `[{},"safe"]`, "safe", false},
		{"eth_call", `[{},"finalized"]`, "finalized", false},
		{"eth_call", `[{},"l\u0061test"]`, "latest", false},
		{"eth_call", `[{},"Latest"]`, "", false},
		{"eth_call", `[{},"0x"]`, "", false},
		{"eth_call", `[{},"0xzz"]`, "", false},
		{"eth_call", `[{},""]`, "", false},
		{"eth_call", `[{},"12"]`, "", false},
		{"eth_call", `[{},"0xfffffffffffffffff"]`, "", false},
		{"eth_call", `[{},871]`, "0x367", true},
		{"eth_call", `[{},-1]`, "", false},
		{"eth_call", `[{},1e3]`, "", false},
		{"eth_call", `[{},true]`, "", false},
		{"eth_call", `[{},[]]`, "", false},
		{"eth_call", `[{},` + hash + `]`, "by hash", true},
		{"eth_call", `[{},{"blockNumber":"0x1"}]`, "0x1", true},
		{"eth_call", `[{},{"blockNumber":"latest"}]`, "latest", false},
		{"eth_call", `[{},{"blockNumber":{"blockNumber":"0x1"}}]`, "", false},
		{"eth_call", `[{},{"requireCanonical":true,"blockHash":` + hash + `}]`, "by hash", true},
		{"eth_call", `[{},{"blockHash":"0x1"}]`, "", false},
		{"eth_call", `[{},{"blockHash":7}]`, "", false},
		{"eth_call", `[{},{}]`, "", false},
		{"eth_call", ``, "latest", false},
		{"eth_call", `null`, "latest", false},
		{"eth_call", `{"to":1}`, "latest", false},
		{"eth_call", `[{}`, "latest", false},
		{"eth_call", `[{},"0x1`, "latest", false},

		{"eth_estimateGas", `[{},"0x1"]`, "0x1", true},
		{"eth_createAccessList", `[{},"0x1"]`, "0x1", true},
		{"eth_simulateV1", `[{},"0x1"]`, "0x1", true},
		{"eth_callMany", `[[],{"blockNumber":"0x1","transactionIndex":0}]`, "0x1", true},
		{"eth_getBalance", `[` + addr + `,"0x1"]`, "0x1", true},
		{"eth_getBalance", `[` + addr + `]`, "latest", false},
		{"eth_getCode", `[` + addr + `,"0x1"]`, "0x1", true},
		{"eth_getTransactionCount", `[` + addr + `,"pending"]`, "pending", false},
		{"eth_getStorageAt", `[` + addr + `,"0x0","0x1"]`, "0x1", true},
		{"eth_getStorageAt", `[` + addr + `,"0x0"]`, "latest", false},
		{"eth_getProof", `[` + addr + `,["0x0"],"0x1"]`, "0x1", true},
		{"eth_getBlockByNumber", `["0x1",true]`, "0x1", true},
		{"eth_getHeaderByNumber", `["0x1"]`, "0x1", true},
		{"eth_getBlockReceipts", `["0x1"]`, "0x1", true},
		{"eth_getBlockReceipts", `[` + hash + `]`, "by hash", true},
		{"eth_getBlockTransactionCountByNumber", `["0x1"]`, "0x1", true},
		{"eth_getUncleByBlockNumberAndIndex", `["0x1","0x0"]`, "0x1", true},
		{"eth_getTransactionByBlockNumberAndIndex", `["0x1","0x0"]`, "0x1", true},
		{"debug_traceBlockByNumber", `["0x1",{}]`, "0x1", true},
		{"debug_traceBlockByHash", `[` + hash + `]`, "by hash", true},
		{"debug_traceBlockByHash", `["0x1"]`, "", false},
		{"debug_traceCall", `[{},"0x1",{}]`, "0x1", true},
		{"debug_storageRangeAt", `[` + hash + `,0,` + addr + `,"0x0",1]`, "by hash", true},
		{"debug_getModifiedAccountsByNumber", `[5]`, "0x5", true},
		{"debug_getModifiedAccountsByNumber", `[5,999]`, "0x5..0x3e7", true},
		{"trace_block", `["0x1"]`, "0x1", true},
		{"trace_call", `[{},["trace"],"0x1"]`, "0x1", true},
		{"trace_call", `[{},["trace"]]`, "latest", false},
		{"trace_callMany", `[[[{},["trace"]]],"0x1"]`, "0x1", true},
		{"trace_replayBlockTransactions", `["0x1",["trace"]]`, "0x1", true},
		{"trace_filter", `[{"toBlock":"0x3e8"}]`, "earliest..0x3e8", true},
		{"trace_filter", `[{"fromBlock":"0x3e8"}]`, "0x3e8..latest", false},
		{"arbtrace_block", `["0x1"]`, "0x1", true},
		{"erigon_getHeaderByNumber", `["0x1"]`, "0x1", true},
		{"ots_getBlockDetails", `[1]`, "0x1", true},

		{"eth_getLogs", `[{"fromBlock":"0x1","toBlock":"0x20"}]`, "0x1..0x20", true},
		{"eth_getLogs", `[{"fromBlock":"0x3e7","toBlock":"latest"}]`, "0x3e7..latest", false},
		{"eth_getLogs", `[{"fromBlock":"earliest"}]`, "earliest..latest", true},
		{"eth_getLogs", `[{"toBlock":"0x3e8"}]`, "latest..0x3e8", false},
		{"eth_getLogs", `[{"fromBlock":null}]`, "latest..latest", false},
		{"eth_getLogs", `[{"fromBlock":"what","toBlock":"0x1"}]`, "?..0x1", true},
		{"eth_getLogs", `[{"blockHash":` + hash + `}]`, "by hash", true},
		{"eth_getLogs", `[{"blockHash":"x"}]`, "", false},
		{"eth_getLogs", `[]`, "", false},
		{"eth_getLogs", `["0x1"]`, "", false},
		{"eth_newFilter", `[{"fromBlock":"0x1"}]`, "0x1..latest", true},

		{"eth_feeHistory", `["0x5","latest",[]]`, "latest-4..latest", false},
		{"eth_feeHistory", `[5,"latest",[]]`, "latest-4..latest", false},
		{"eth_feeHistory", `["5","latest",[]]`, "", false},
		{"eth_feeHistory", `["0x400","latest",[]]`, "latest-1023..latest", true},
		{"eth_feeHistory", `["0x5","0x3e8"]`, "0x3e4..0x3e8", false},
		{"eth_feeHistory", `["0x5","0x1"]`, "0x0..0x1", true},
		{"eth_feeHistory", `["0x1","0x3e8"]`, "0x3e8", false},
		{"eth_feeHistory", `["0x5","earliest"]`, "earliest", true},
		{"eth_feeHistory", `[]`, "", false},
		{"eth_feeHistory", `[true,"latest"]`, "", false},

		{"eth_blockNumber", `[]`, "", false},
		{"eth_getTransactionByHash", `[` + hash + `]`, "", false},
		{"eth_getTransactionReceipt", `[` + hash + `]`, "", false},
		{"eth_getBlockByHash", `[` + hash + `,false]`, "", false},
		{"foo_getThing", `["0x1"]`, "", false},
	}
	for _, tt := range tests {
		b := methods.BlocksOf(methods.Lookup([]byte(tt.method)), []byte(tt.params))
		if got := b.String(); got != tt.want {
			t.Errorf("BlocksOf(%s, %s) = %q, want %q", tt.method, tt.params, got, tt.want)
		}
		if got := b.NeedsArchival(head, threshold); got != tt.archival {
			t.Errorf("BlocksOf(%s, %s).NeedsArchival() = %v, want %v", tt.method, tt.params, got, tt.archival)
		}
	}
}

func TestNeedsArchivalWithoutHead(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]bool{
		`[{},"latest"]`:   false,
		`[{},"earliest"]`: true,
		`[{},"0xffffff"]`: true,
		`[{},"bad"]`:      false,
	} {
		b := methods.BlocksOf(methods.Lookup([]byte("eth_call")), []byte(params))
		if got := b.NeedsArchival(0, 128); got != want {
			t.Errorf("%s: got %v, want %v", params, got, want)
		}
	}
}

func TestHighestAndSpan(t *testing.T) {
	t.Parallel()
	const head = 1000
	tests := []struct {
		method, params string
		highest        uint64
		named          bool
		span           uint64
		known          bool
	}{
		{"eth_call", `[{},"0x10"]`, 16, true, 1, true},
		{"eth_call", `[{},"latest"]`, 0, false, 1, true},
		{"eth_call", `[{},"bad"]`, 0, false, 0, false},
		{"eth_getLogs", `[{"fromBlock":"0x1","toBlock":"0x20"}]`, 32, true, 32, true},
		{"eth_getLogs", `[{"fromBlock":"0x20","toBlock":"0x1"}]`, 32, true, 0, false},
		{"eth_getLogs", `[{"fromBlock":"0x384"}]`, 900, true, 101, true},
		{"eth_getLogs", `[{"fromBlock":"earliest"}]`, 0, false, 1001, true},
		{"eth_getLogs", `[{"fromBlock":"earliest","toBlock":"0x1"}]`, 1, true, 2, true},
		{"eth_getLogs", `[{}]`, 0, false, 1, true},
		{"eth_getLogs", `[{"fromBlock":"bad"}]`, 0, false, 0, false},
		{"eth_getLogs", `[{"fromBlock":"bad","toBlock":"worse"}]`, 0, false, 0, false},
		{"eth_getLogs", `[{"fromBlock":"0x0","toBlock":"0xffffffffffffffff"}]`, math.MaxUint64, true, math.MaxUint64, true},
		{"eth_getLogs", `[{"blockHash":` + hash + `}]`, 0, false, 1, true},
		{"eth_feeHistory", `["0x5","latest"]`, 0, false, 5, true},
		{"eth_feeHistory", `["0x5","0x64"]`, 100, true, 5, true},
		{"eth_feeHistory", `["0x5","0x1"]`, 1, true, 2, true},
		{"eth_feeHistory", `["0xffffffffffffffff","latest"]`, 0, false, math.MaxUint64, true},
		{"eth_blockNumber", `[]`, 0, false, 0, false},
	}
	for _, tt := range tests {
		b := methods.BlocksOf(methods.Lookup([]byte(tt.method)), []byte(tt.params))
		if n, ok := b.Highest(); n != tt.highest && ok || ok != tt.named {
			t.Errorf("%s %s: Highest() = %d, %v, want %d, %v", tt.method, tt.params, n, ok, tt.highest, tt.named)
		}
		if n, ok := b.Span(head); n != tt.span || ok != tt.known {
			t.Errorf("%s %s: Span() = %d, %v, want %d, %v", tt.method, tt.params, n, ok, tt.span, tt.known)
		}
	}
	open := methods.BlocksOf(methods.Lookup([]byte("eth_getLogs")), []byte(`[{"fromBlock":"0x1"}]`))
	if n, ok := open.Span(0); ok {
		t.Errorf("Span(0) of an open range = %d, want none", n)
	}
}

func TestRangeLimited(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"eth_getLogs": true, "eth_newFilter": true, "trace_filter": true, "eth_feeHistory": false, "eth_call": false,
	} {
		if got := methods.Lookup([]byte(name)).RangeLimited(); got != want {
			t.Errorf("RangeLimited of %s = %v, want %v", name, got, want)
		}
	}
}

func TestBlocksOfAllocates(t *testing.T) { // not parallel: it counts
	for name, params := range map[string]string{
		"eth_call":       `[{"to":` + addr + `},"0x10d4f"]`,
		"eth_getLogs":    `[{"fromBlock":"0x1","toBlock":"latest"}]`,
		"eth_feeHistory": `[5,"latest"]`,
	} {
		m, raw := methods.Lookup([]byte(name)), []byte(params)
		if n := testing.AllocsPerRun(100, func() { methods.BlocksOf(m, raw) }); n != 0 {
			t.Errorf("BlocksOf(%s) allocates %v times", name, n)
		}
	}
}

func FuzzBlocksOf(f *testing.F) {
	all := methods.All()
	for i, p := range []string{
		`[{},"0x1"]`, `[{"fromBlock":"0x1","toBlock":"latest"}]`, `[{"blockHash":` + hash + `}]`,
		`["0x5","latest"]`, `[5,6]`, `[{},{"blockNumber":"0x1"}]`, `[{},"\u`, `{`, ``, `[{"a`, `[{},"`,
	} {
		f.Add(uint16(i), []byte(p), uint64(1000))
	}
	f.Fuzz(func(t *testing.T, i uint16, params []byte, head uint64) {
		for _, m := range []*methods.Method{
			all[int(i)%len(all)], methods.Lookup([]byte("eth_call")), methods.Lookup([]byte("eth_getLogs")),
			methods.Lookup([]byte("eth_feeHistory")), methods.Lookup([]byte("debug_traceChain")),
		} {
			b := methods.BlocksOf(m, params)
			b.NeedsArchival(head, 128)
			if n, ok := b.Span(head); ok && n == 0 {
				t.Fatalf("%s %q spans 0 blocks", m.Name, params)
			}
			if _, ok := b.Highest(); ok && b.Kind != methods.Number && b.Kind != methods.Range {
				t.Fatalf("%s %q has a highest block: %v", m.Name, params, b)
			}
			if (b.String() == "") != (b.Kind == methods.NoBlock) {
				t.Fatalf("%s %q is written %q", m.Name, params, b)
			}
		}
	})
}

func BenchmarkBlocksOf(b *testing.B) {
	m := methods.Lookup([]byte("eth_call"))
	params := []byte(`[{"from":` + addr + `,"to":` + addr + `,"data":"0x70a08231000000000000000000000000d8da6bf26964af9d7eed9e03e53415d37aa96045"},"0x10d4f"]`)
	b.ReportAllocs()
	for b.Loop() {
		methods.BlocksOf(m, params)
	}
}
