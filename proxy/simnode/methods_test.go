package simnode_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/proxy/simnode"
)

const (
	head = "0x1312d00" // start
	who  = `"0x1111111111111111111111111111111111111111"`
	hash = `0x[0-9a-f]{64}`
)

func TestResults(t *testing.T) {
	t.Parallel()
	_, _, url := still(t)
	for _, tc := range []struct{ method, params, want string }{
		{"eth_chainId", "", `"0x1"`},
		{"net_version", "", `"1"`},
		{"net_listening", "", `true`},
		{"net_peerCount", "", `"0x19"`},
		{"web3_clientVersion", "", `"simnode/alder/v1.0.0"`},
		{"eth_syncing", "", `false`},
		{"eth_blockNumber", "", `"` + head + `"`},
		{"eth_blockNumber", "null", `"` + head + `"`},
		{"eth_gasPrice", "", `"0x[1-9a-f][0-9a-f]*"`},
		{"eth_maxPriorityFeePerGas", "", `"0x5f5e100"`},
		{"eth_blobBaseFee", "", `"0x1"`},
		{"eth_getBlockByNumber", `["latest",false]`, `\{"number":"` + head + `","hash":"` + hash + `".*"transactions":\["` + hash + `".*\}`},
		{"eth_getBlockByNumber", `["latest",true]`, `\{"number":"` + head + `".*"transactions":\[\{"blockHash":"` + hash + `".*\}`},
		{"eth_getBlockByNumber", `["finalized",false]`, `\{"number":"0x1312cc0".*`},
		{"eth_getBlockByNumber", `["safe",false]`, `\{"number":"0x1312ce0".*`},
		{"eth_getBlockByNumber", `["earliest",false]`, `\{"number":"0x0","hash":"` + hash + `","parentHash":"0x0{64}".*`},
		{"eth_getBlockByNumber", `["0x1312d01",false]`, `null`},
		{"eth_getBlockByHash", `["0x` + strings.Repeat("ab", 32) + `",false]`, `null`},
		{"eth_getBlockReceipts", `["latest"]`, `\[\{"transactionHash":"` + hash + `".*\]`},
		{"eth_getBlockReceipts", `["0x1312d01"]`, `null`},
		{"eth_getBlockTransactionCountByNumber", `["latest"]`, `"0x[1-6]"`},
		{"eth_getTransactionByHash", `["0x` + strings.Repeat("ab", 32) + `"]`, `null`},
		{"eth_getTransactionReceipt", `["0x` + strings.Repeat("ab", 32) + `"]`, `null`},
		{"eth_getBalance", `[` + who + `,"latest"]`, `"0x[1-9a-f][0-9a-f]*"`},
		{"eth_getBalance", `[` + who + `]`, `"0x[1-9a-f][0-9a-f]*"`},
		{"eth_getBalance", `[` + who + `,{"blockNumber":"0x10"}]`, `"0x[1-9a-f][0-9a-f]*"`},
		{"eth_getTransactionCount", `[` + who + `,"pending"]`, `"0x[0-9a-f]+"`},
		{"eth_getCode", `[` + who + `,"latest"]`, `"0x"`},
		{"eth_getStorageAt", `[` + who + `,"0x0","latest"]`, `"` + hash + `"`},
		{"eth_getProof", `[` + who + `,[],"latest"]`, `\{"accountProof":\["` + hash + `"\].*\}`},
		{"eth_call", `[{"to":` + who + `,"data":"0x70a08231"},"latest"]`, `"` + hash + `"`},
		{"eth_call", `[{"to":` + who + `,"data":"0x42cbb15c"},"0x1312cff"]`, `"0x0{57}1312cff"`},
		{"eth_estimateGas", `[{"to":` + who + `}]`, `"0x5208"`},
		{"eth_estimateGas", `[{"to":` + who + `,"input":"0x01"}]`, `"0xafd8"`},
		{"eth_feeHistory", `["0x2","latest",[50]]`, `\{"baseFeePerGas":\[("0x[0-9a-f]+",?){3}\],"gasUsedRatio":\[[0-9.]+,[0-9.]+\],"oldestBlock":"0x1312cff","reward":\[\["0x5f5e100"\],\["0x5f5e100"\]\]\}`},
		{"eth_feeHistory", `[1,"latest",null]`, `\{"baseFeePerGas":.*\}`},
		{"eth_getLogs", `[{"fromBlock":"latest"}]`, `\[\{"address":"0x[0-9a-f]{40}","topics":\["0xddf252ad.*\]`},
		{"eth_getLogs", `[{"address":` + who + `}]`, `\[\]`},
		{"eth_getLogs", `[{"address":[],"topics":[null,[]]}]`, `\[\{.*\]`},
		{"eth_getLogs", `[{"topics":["0x` + strings.Repeat("ab", 32) + `"]}]`, `\[\]`},
		{"eth_getLogs", `[{"fromBlock":"0x1312d01","toBlock":"0x1312d05"}]`, `\[\]`},
	} {
		t.Run(tc.method+tc.params, func(t *testing.T) {
			t.Parallel()
			got := ask(t, url, tc.method, tc.params)
			if got.Error != nil {
				t.Fatalf("got error %+v, want %s", *got.Error, tc.want)
			}
			if got.Version != "2.0" || string(got.ID) != "7" {
				t.Errorf("got version %q and id %s, want 2.0 and 7", got.Version, got.ID)
			}
			if !regexp.MustCompile("^" + tc.want + "$").Match(got.Result) {
				t.Errorf("got %.400s, want %s", got.Result, tc.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	_, _, url := still(t)
	for _, tc := range []struct {
		method, params string
		code           int
		message        string
	}{
		{"eth_subscribe", `["newHeads"]`, -32601, "does not exist"},
		{"nothing_known", "", -32601, "the method nothing_known does not exist"},
		{"eth_getBalance", "", -32602, "missing value for required argument 0"},
		{"eth_getBalance", `{"address":1}`, -32602, "non-array args"},
		{"eth_getBalance", `["0x11","latest"]`, -32602, "wrong length"},
		{"eth_getBalance", `["1111","latest"]`, -32602, "without 0x prefix"},
		{"eth_getBalance", `[5,"latest"]`, -32602, "cannot unmarshal"},
		{"eth_getBalance", `[` + who + `,"newest"]`, -32602, "invalid argument 1"},
		{"eth_getBalance", `[` + who + `,"0x01"]`, -32602, "leading zero"},
		{"eth_getBalance", `[` + who + `,"0x1312d01"]`, -32000, "header not found"},
		{"eth_getBalance", `[` + who + `,{"blockHash":"0x` + strings.Repeat("ab", 32) + `"}]`, -32000, "header for hash not found"},
		{"eth_getBlockByNumber", "", -32602, "missing value"},
		{"eth_call", `[{"to":"` + simnode.RevertAddress + `"},"latest"]`, 3, "execution reverted: simulated revert"},
		{"eth_estimateGas", `[{"to":"` + strings.ToUpper(simnode.RevertAddress[2:]) + `"}]`, 0, ""},
		{"eth_estimateGas", `[{"to":"` + simnode.RevertAddress + `"}]`, 3, "execution reverted"},
		{"eth_call", `[]`, -32602, "missing value"},
		{"eth_call", `[{"data":"0x1"},"latest"]`, -32602, "odd length"},
		{"eth_getLogs", `[{"fromBlock":"latest","toBlock":"0x1"}]`, -32000, "invalid block range"},
		{"eth_getLogs", `[{"fromBlock":"0x0"}]`, -32000, "exceeds maximum block range"},
		{"eth_getLogs", `[{"fromBlock":"0x1300000"}]`, -32005, "query returned more than 10000 results"},
		{"eth_getLogs", `[{"blockHash":"0x` + strings.Repeat("ab", 32) + `"}]`, -32000, "unknown block"},
		{"eth_getLogs", `[{"blockHash":"0x","fromBlock":"0x1"}]`, -32602, "cannot specify both"},
		{"eth_sendRawTransaction", `["0x"]`, -32602, "too short"},
		{"eth_getFilterChanges", `["0x1"]`, -32000, "filter not found"},
		{"debug_traceTransaction", `["0x` + strings.Repeat("ab", 32) + `"]`, -32000, "not found"},
	} {
		t.Run(tc.method+tc.params, func(t *testing.T) {
			t.Parallel()
			got := ask(t, url, tc.method, tc.params)
			switch {
			case tc.code == 0 && got.Error != nil:
				t.Errorf("got error %+v, want a result", *got.Error)
			case tc.code == 0:
			case got.Error == nil:
				t.Errorf("got result %.200s, want code %d", got.Result, tc.code)
			case got.Error.Code != tc.code || !strings.Contains(got.Error.Message, tc.message):
				t.Errorf("got %d %q, want %d %q", got.Error.Code, got.Error.Message, tc.code, tc.message)
			}
		})
	}
}

func TestRevertData(t *testing.T) {
	t.Parallel()
	_, _, url := still(t)
	got := ask(t, url, "eth_call", `[{"to":"`+simnode.RevertAddress+`"},"latest"]`)
	want := fmt.Sprintf(`"0x08c379a0%064x%064x%x%s"`, 32, len(simnode.RevertReason), simnode.RevertReason, strings.Repeat("0", 32))
	if got.Error == nil || string(got.Error.Data) != want {
		t.Errorf("got %+v, want data %s", got.Error, want)
	}
}

type testBlock struct {
	Number, Hash, ParentHash, Timestamp string
	Transactions                        []json.RawMessage
}

type testReceipt struct {
	TransactionHash, BlockHash, BlockNumber, TransactionIndex, Status, CumulativeGasUsed string
	Logs                                                                                 []testLog
}

type testLog struct {
	Address, BlockHash, TransactionHash, TransactionIndex, LogIndex string
	Topics                                                          []string
}

// Everything a node says of a block must agree with everything else it says.
func TestConsistency(t *testing.T) {
	t.Parallel()
	_, _, url := still(t)
	parent := ""
	for n := start - 5; n <= start; n++ {
		tag := fmt.Sprintf(`"%#x"`, n)
		b := result[testBlock](t, url, "eth_getBlockByNumber", `[`+tag+`,false]`)
		if parent != "" && b.ParentHash != parent {
			t.Errorf("block %d: got parent %s, want %s", n, b.ParentHash, parent)
		}
		parent = b.Hash
		full := `["` + b.Hash + `",true]`
		byNumber, byHash := ask(t, url, "eth_getBlockByNumber", `[`+tag+`,true]`), ask(t, url, "eth_getBlockByHash", full)
		if string(byNumber.Result) != string(byHash.Result) {
			t.Errorf("block %d differs by number and by hash", n)
		}
		receipts := result[[]testReceipt](t, url, "eth_getBlockReceipts", `[`+tag+`]`)
		if len(receipts) != len(b.Transactions) {
			t.Fatalf("block %d: got %d receipts, want %d", n, len(receipts), len(b.Transactions))
		}
		var logs []testLog
		for i, r := range receipts {
			var txHash string
			if err := json.Unmarshal(b.Transactions[i], &txHash); err != nil {
				t.Fatal(err)
			}
			if r.TransactionHash != txHash || r.BlockHash != b.Hash || r.TransactionIndex != fmt.Sprintf("%#x", i) {
				t.Errorf("receipt %d of block %d: got %+v", i, n, r)
			}
			if (r.Status == "0x1") != (len(r.Logs) == 1) {
				t.Errorf("receipt %d of block %d: status %s with %d logs", i, n, r.Status, len(r.Logs))
			}
			logs = append(logs, r.Logs...)
			one := result[testReceipt](t, url, "eth_getTransactionReceipt", `["`+txHash+`"]`)
			if fmt.Sprint(one) != fmt.Sprint(r) {
				t.Errorf("receipt %d of block %d differs: %+v, %+v", i, n, one, r)
			}
			tx := result[struct{ Hash, BlockHash string }](t, url, "eth_getTransactionByHash", `["`+txHash+`"]`)
			if tx.Hash != txHash || tx.BlockHash != b.Hash {
				t.Errorf("transaction %d of block %d: got %+v", i, n, tx)
			}
		}
		got := result[[]testLog](t, url, "eth_getLogs", `[{"blockHash":"`+b.Hash+`"}]`)
		if fmt.Sprint(got) != fmt.Sprint(logs) {
			t.Errorf("logs of block %d: got %v, want those of the receipts %v", n, got, logs)
		}
		for i, l := range got {
			if l.LogIndex != fmt.Sprintf("%#x", i) {
				t.Errorf("log %d of block %d: got index %s", i, n, l.LogIndex)
			}
			same := result[[]testLog](t, url, "eth_getLogs", `[{"blockHash":"`+b.Hash+`","address":"`+l.Address+`","topics":[null,"`+l.Topics[1]+`"]}]`)
			if len(same) == 0 {
				t.Errorf("log %d of block %d is not found by address and topic", i, n)
			}
		}
	}
}

func TestTrace(t *testing.T) {
	t.Parallel()
	_, node, url := still(t)
	b := result[testBlock](t, url, "eth_getBlockByNumber", `["0x1312c00",false]`)
	tx := string(b.Transactions[0])
	got := result[map[string]any](t, url, "debug_traceTransaction", `[`+tx+`]`)
	if _, ok := got["structLogs"]; !ok {
		t.Errorf("got %v, want structLogs", got)
	}
	got = result[map[string]any](t, url, "debug_traceTransaction", `[`+tx+`,{"tracer":"callTracer"}]`)
	if got["type"] != "CALL" {
		t.Errorf("got %v, want a call", got)
	}
	node.SetBehaviour(simnode.Behaviour{Pruned: 128})
	if a := ask(t, url, "debug_traceTransaction", `[`+tx+`]`); a.Error == nil || !strings.Contains(a.Error.Message, "missing trie node") {
		t.Errorf("on a pruned node: got %+v, want a missing trie node", a)
	}
}

func TestSendRawTransaction(t *testing.T) {
	t.Parallel()
	chain, _, url := still(t)
	other, stop := simnode.New(chain, "birch", 2).Start()
	defer stop()
	sent := result[string](t, url, "eth_sendRawTransaction", `["0x02f86b"]`)
	for _, u := range []string{url, other} {
		again := ask(t, u, "eth_sendRawTransaction", `["0x02f86b"]`)
		if again.Error == nil || again.Error.Code != -32000 || again.Error.Message != "already known" {
			t.Errorf("second time: got %+v, want already known", again)
		}
		tx := result[struct{ Hash string }](t, u, "eth_getTransactionByHash", `["`+sent+`"]`)
		if tx.Hash != sent {
			t.Errorf("the sent transaction: got %+v, want hash %s", tx, sent)
		}
	}
	chain.HashTransactions(func(raw []byte) [32]byte { return [32]byte{31: raw[0]} })
	if got, want := result[string](t, url, "eth_sendRawTransaction", `["0x05"]`), fmt.Sprintf("0x%064x", 5); got != want {
		t.Errorf("with a hash of our own: got %s, want %s", got, want)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	chain, node, url := still(t)
	other, stop := simnode.New(chain, "birch", 2).Start()
	defer stop()
	blocks := result[string](t, url, "eth_newBlockFilter", "")
	logs := result[string](t, url, "eth_newFilter", `[{}]`)
	pending := result[string](t, url, "eth_newPendingTransactionFilter", "")
	if got := result[[]string](t, url, "eth_getFilterChanges", `["`+blocks+`"]`); len(got) != 0 {
		t.Errorf("before a block: got %v, want nothing", got)
	}
	chain.Advance(3)
	got := result[[]string](t, url, "eth_getFilterChanges", `["`+blocks+`"]`)
	if len(got) != 3 || got[2] != chain.BlockHash(start+3).String() {
		t.Errorf("after three blocks: got %v, want three hashes, the last %s", got, chain.BlockHash(start+3))
	}
	if got := result[[]testLog](t, url, "eth_getFilterChanges", `["`+logs+`"]`); len(got) < 3 {
		t.Errorf("logs of three blocks: got %d, want at least 3", len(got))
	}
	if got := result[[]testLog](t, url, "eth_getFilterChanges", `["`+logs+`"]`); len(got) != 0 {
		t.Errorf("asked again: got %v, want nothing", got)
	}
	if got := result[[]testLog](t, url, "eth_getFilterLogs", `["`+logs+`"]`); len(got) == 0 {
		t.Error("all logs of the filter: got none")
	}
	if got := result[[]string](t, url, "eth_getFilterChanges", `["`+pending+`"]`); len(got) != 0 {
		t.Errorf("pending: got %v, want nothing", got)
	}
	if a := ask(t, other, "eth_getFilterChanges", `["`+blocks+`"]`); a.Error == nil {
		t.Errorf("another node: got %s, want filter not found", a.Result)
	}
	for _, want := range []bool{true, false} {
		if got := result[bool](t, url, "eth_uninstallFilter", `["`+blocks+`"]`); got != want {
			t.Errorf("uninstall: got %v, want %v", got, want)
		}
	}
	node.Kill()
	if err := node.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := ask(t, url, "eth_getFilterLogs", `["`+logs+`"]`); a.Error == nil {
		t.Errorf("after a restart: got %s, want filter not found", a.Result)
	}
}
