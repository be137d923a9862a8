package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
)

// question is one call with its parameters as JSON text.
type question struct{ name, method, params string }

// body is the question as a JSON-RPC request.
func (q question) body(id int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, q.method, q.params)
}

// questions covers what an app asks a node, over the sealed chain.
func questions(c *chain) []question {
	last := c.txs[len(c.txs)-1]
	transfer, count := c.txs[2], c.txs[3]
	at := fmt.Sprintf("%#x", c.blocks[3])
	return []question{
		{"latest number", "eth_blockNumber", `[]`},
		{"network id", "net_version", `[]`},
		{"client version", "web3_clientVersion", `[]`},
		{"keccak", "web3_sha3", `["0x6c6173736f"]`},
		{"gas price", "eth_gasPrice", `[]`},
		{"tip", "eth_maxPriorityFeePerGas", `[]`},
		{"blob base fee", "eth_blobBaseFee", `[]`},
		{"syncing", "eth_syncing", `[]`},
		{"latest block", "eth_getBlockByNumber", `["latest",false]`},
		{"block with transactions", "eth_getBlockByNumber", fmt.Sprintf(`[%q,true]`, at)},
		{"genesis", "eth_getBlockByNumber", `["earliest",false]`},
		{"block of the future", "eth_getBlockByNumber", `["0xffff",false]`},
		{"block receipts", "eth_getBlockReceipts", fmt.Sprintf(`[%q]`, at)},
		{"transactions in block", "eth_getBlockTransactionCountByNumber", fmt.Sprintf(`[%q]`, at)},
		{"uncles in block", "eth_getUncleCountByBlockNumber", fmt.Sprintf(`[%q]`, at)},
		{"transaction", "eth_getTransactionByHash", fmt.Sprintf(`[%q]`, transfer)},
		{"unknown transaction", "eth_getTransactionByHash", fmt.Sprintf(`[%q]`, common.Hash{31: 1})},
		{"transaction by index", "eth_getTransactionByBlockNumberAndIndex", fmt.Sprintf(`[%q,"0x0"]`, at)},
		{"receipt", "eth_getTransactionReceipt", fmt.Sprintf(`[%q]`, count)},
		{"receipt of a failed transaction", "eth_getTransactionReceipt", fmt.Sprintf(`[%q]`, last)},
		{"logs", "eth_getLogs", fmt.Sprintf(`[{"fromBlock":"0x0","toBlock":"latest","address":%q}]`, c.counter)},
		{"logs by topic", "eth_getLogs", fmt.Sprintf(`[{"fromBlock":%q,"toBlock":"latest","topics":[%q]}]`, at, counterTopic)},
		{"no logs", "eth_getLogs", fmt.Sprintf(`[{"fromBlock":"0x1","toBlock":"0x2","address":%q}]`, c.to)},
		{"balance", "eth_getBalance", fmt.Sprintf(`[%q,"latest"]`, c.to)},
		{"old balance", "eth_getBalance", fmt.Sprintf(`[%q,%q]`, c.to, at)},
		{"code", "eth_getCode", fmt.Sprintf(`[%q,"latest"]`, c.counter)},
		{"nonce", "eth_getTransactionCount", fmt.Sprintf(`[%q,"latest"]`, c.from)},
		{"storage", "eth_getStorageAt", fmt.Sprintf(`[%q,"0x0","latest"]`, c.counter)},
		{"proof", "eth_getProof", fmt.Sprintf(`[%q,["0x0"],"latest"]`, c.counter)},
		{"call", "eth_call", fmt.Sprintf(`[{"to":%q},"latest"]`, c.counter)},
		{"old call", "eth_call", fmt.Sprintf(`[{"to":%q},%q]`, c.counter, at)},
		{"call at a block object", "eth_call", fmt.Sprintf(`[{"to":%q},{"blockNumber":%q}]`, c.counter, at)},
		{"gas estimate", "eth_estimateGas", fmt.Sprintf(`[{"from":%q,"to":%q}]`, c.from, c.counter)},
		{"access list", "eth_createAccessList", fmt.Sprintf(`[{"from":%q,"to":%q},"latest"]`, c.from, c.counter)},
		{"fee history", "eth_feeHistory", `["0x5","latest",[10,50,90]]`},
		{"simulation", "eth_simulateV1", fmt.Sprintf(`[{"blockStateCalls":[{"calls":[{"to":%q}]}]},%q]`, c.counter, at)},
		{"trace", "debug_traceTransaction", fmt.Sprintf(`[%q,{"tracer":"callTracer"}]`, count)},
		{"pool", "txpool_status", `[]`},
		{"revert", "eth_call", fmt.Sprintf(`[{"to":%q},"latest"]`, c.reverter)},
		{"revert while estimating", "eth_estimateGas", fmt.Sprintf(`[{"to":%q}]`, c.reverter)},
		{"bad parameter", "eth_getBalance", `["0x12","latest"]`},
		{"missing parameter", "eth_getBalance", `[]`},
		{"unknown method", "eth_noSuchThing", `[]`},
		{"malformed transaction", "eth_sendRawTransaction", `["0x00"]`},
	}
}

// TestRawAnswers compares result and error members byte for byte.
func TestRawAnswers(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a, b)...)
	for i, q := range questions(env.chain) {
		t.Run(q.name, func(t *testing.T) {
			_, body := post(t, a.url(), q.body(i))
			direct, err := decode(body)
			if err != nil {
				t.Fatalf("direct: %v", err)
			}
			_, body = post(t, b.url(), q.body(i))
			if other, err := decode(body); err != nil || !bytes.Equal(other.Result, direct.Result) {
				t.Fatalf("the two nodes differ: %s and %s (%v)", direct.Result, other.Result, err)
			}
			resp, body := post(t, r.rpc(), q.body(i))
			got, err := decode(body)
			if err != nil {
				t.Fatalf("through lasso: %v", err)
			}
			if resp.StatusCode != http.StatusOK {
				t.Errorf("status: got %d, want %d", resp.StatusCode, http.StatusOK)
			}
			if !bytes.Equal(got.ID, direct.ID) {
				t.Errorf("id: got %s, want %s", got.ID, direct.ID)
			}
			if !bytes.Equal(got.Result, direct.Result) {
				t.Errorf("result: got %s, want %s", got.Result, direct.Result)
			}
			if !bytes.Equal(got.Error, direct.Error) {
				t.Errorf("error: got %s, want %s", got.Error, direct.Error)
			}
		})
	}
}

// TestIDs sends ids of every legal kind and wants them back byte for byte.
func TestIDs(t *testing.T) {
	r := startRouter(t, geths(startNode(t, "geth-a"))...)
	for _, id := range []string{`0`, `-7`, `18446744073709551617`, `""`, `"a\u00e9\"b\\"`, `"👍"`, `null`} {
		_, body := post(t, r.rpc(), `{"id":`+id+`,"jsonrpc":"2.0","method":"eth_getCode","params":["0x1000000000000000000000000000000000000001","latest"]}`)
		got, err := decode(body)
		if err != nil {
			t.Errorf("id %s: %v", id, err)
			continue
		}
		if string(got.ID) != id {
			t.Errorf("id: got %s, want %s", got.ID, id)
		}
		if string(got.Result) != `"0x"` {
			t.Errorf("id %s: result: got %s, want \"0x\"", id, got.Result)
		}
	}
}

// TestEthclient asks through go-ethereum's own client, directly and through
// lasso, and compares the typed values.
func TestEthclient(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a, b)...)
	ctx, c := t.Context(), env.chain
	dial := func(url string) *ethclient.Client {
		cl, err := ethclient.DialContext(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cl.Close)
		return cl
	}
	clients := []*ethclient.Client{dial(a.url()), dial(r.rpc())}

	asks := []struct {
		name string
		ask  func(*ethclient.Client) (any, error)
	}{
		{"chain id", func(cl *ethclient.Client) (any, error) { return cl.ChainID(ctx) }},
		{"network id", func(cl *ethclient.Client) (any, error) { return cl.NetworkID(ctx) }},
		{"block number", func(cl *ethclient.Client) (any, error) { return cl.BlockNumber(ctx) }},
		{"header", func(cl *ethclient.Client) (any, error) { return cl.HeaderByNumber(ctx, nil) }},
		{"block", func(cl *ethclient.Client) (any, error) {
			blk, err := cl.BlockByNumber(ctx, new(big.Int).SetUint64(c.blocks[3]))
			if err != nil {
				return nil, err
			}
			return []any{blk.Hash(), blk.Header(), blk.Transactions()[0].Hash()}, nil
		}},
		{"transaction", func(cl *ethclient.Client) (any, error) {
			tx, pending, err := cl.TransactionByHash(ctx, c.txs[2])
			if err != nil {
				return nil, err
			}
			return []any{tx.Hash(), tx.Value(), pending}, nil
		}},
		{"receipt", func(cl *ethclient.Client) (any, error) { return cl.TransactionReceipt(ctx, c.txs[3]) }},
		{"logs", func(cl *ethclient.Client) (any, error) {
			logs, err := cl.FilterLogs(ctx, ethereum.FilterQuery{FromBlock: big.NewInt(0), Addresses: []common.Address{c.counter}})
			if err == nil && len(logs) != 9 {
				err = fmt.Errorf("got %d logs, want 9", len(logs))
			}
			return logs, err
		}},
		{"balance", func(cl *ethclient.Client) (any, error) { return cl.BalanceAt(ctx, c.to, big.NewInt(9)) }},
		{"nonce", func(cl *ethclient.Client) (any, error) { return cl.NonceAt(ctx, c.from, nil) }},
		{"call", func(cl *ethclient.Client) (any, error) {
			return cl.CallContract(ctx, ethereum.CallMsg{To: &c.counter}, nil)
		}},
		{"fee history", func(cl *ethclient.Client) (any, error) { return cl.FeeHistory(ctx, 5, nil, []float64{50}) }},
		{"block receipts", func(cl *ethclient.Client) (any, error) {
			return cl.BlockReceipts(ctx, rpc.BlockNumberOrHashWithNumber(rpc.BlockNumber(c.blocks[3])))
		}},
	}
	for _, ask := range asks {
		t.Run(ask.name, func(t *testing.T) {
			want, err := ask.ask(clients[0])
			if err != nil {
				t.Fatalf("direct: %v", err)
			}
			got, err := ask.ask(clients[1])
			if err != nil {
				t.Fatalf("through lasso: %v", err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}

	t.Run("revert with data", func(t *testing.T) {
		want, err := revertData()
		if err != nil {
			t.Fatal(err)
		}
		_, err = clients[1].CallContract(ctx, ethereum.CallMsg{To: &c.reverter}, nil)
		var withData rpc.DataError
		if !errors.As(err, &withData) {
			t.Fatalf("got %v, want an error with data", err)
		}
		if got := fmt.Sprint(withData.ErrorData()); got != fmt.Sprintf("%#x", want) {
			t.Errorf("data: got %s, want %#x", got, want)
		}
	})
	t.Run("not found", func(t *testing.T) {
		if _, err := clients[1].TransactionReceipt(ctx, common.Hash{1}); !errors.Is(err, ethereum.NotFound) {
			t.Errorf("got %v, want %v", err, ethereum.NotFound)
		}
	})
}

// TestTransaction sends a signed transaction through lasso and finds it on
// chain.
func TestTransaction(t *testing.T) {
	a := startNode(t, "geth-a")
	r := startRouter(t, geths(a)...)
	ctx := t.Context()
	cl, err := ethclient.DialContext(ctx, r.rpc())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	key, err := developerKey(a.dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &sealer{cl: cl, key: key, nonce: uint64(len(env.chain.txs)), c: &chain{}}
	receipt, err := s.send(ctx, &env.chain.to, big.NewInt(1), nil, types.ReceiptStatusSuccessful)
	if err != nil {
		t.Fatal(err)
	}
	if got, head := receipt.BlockNumber.Uint64(), env.chain.head; got <= head {
		t.Errorf("block: got %d, want one after the head %d", got, head)
	}
}

// TestBatch compares a batch through lasso with a direct one: same order, same
// results, same errors, each member on its own.
func TestBatch(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a, b)...)
	batch := func(url string) []rpc.BatchElem {
		cl, err := rpc.DialContext(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		var elems []rpc.BatchElem
		for _, q := range questions(env.chain) {
			var args []any
			if err := json.Unmarshal([]byte(q.params), &args); err != nil {
				t.Fatal(err)
			}
			elems = append(elems, rpc.BatchElem{Method: q.method, Args: args, Result: new(json.RawMessage)})
		}
		if err := cl.BatchCallContext(t.Context(), elems); err != nil {
			t.Fatalf("batch to %s: %v", url, err)
		}
		return elems
	}
	want, got := batch(a.url()), batch(r.rpc())
	for i, q := range questions(env.chain) {
		if w, g := *want[i].Result.(*json.RawMessage), *got[i].Result.(*json.RawMessage); !bytes.Equal(w, g) {
			t.Errorf("%s: result: got %s, want %s", q.name, g, w)
		}
		if w, g := fmt.Sprint(want[i].Error), fmt.Sprint(got[i].Error); w != g {
			t.Errorf("%s: error: got %s, want %s", q.name, g, w)
		}
	}
}
