package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lasso-rpc/lasso/proxy/simnode"
)

const (
	trafficRate    = 60.0 // calls per second, on average
	trafficWobble  = 0.35 // of the rate, up and down
	trafficPeriod  = 90 * time.Second
	trafficWorkers = 24
	trafficTimeout = 15 * time.Second
	trafficMaxBody = 16 << 20
	trafficHashes  = 64 // transaction hashes remembered for each chain

	trafficFirstPause = 250 * time.Millisecond // after a server that does not answer
	trafficLastPause  = 8 * time.Second
)

// demoTraffic calls the demonstration's chains the way a handful of apps would.
type demoTraffic struct {
	seed   uint64
	rate   float64 // calls per second, on average
	client *http.Client
	chains []*trafficChain

	down atomic.Uint32 // requests in a row that got no answer
}

// trafficChain is what the apps have learned of a chain.
type trafficChain struct {
	url    string
	weight int // of 100

	mu     sync.Mutex
	head   uint64
	hashes []string
}

// newDemoTraffic makes traffic for the server at baseURL: share of what the
// first node gets. It starts nothing.
func newDemoTraffic(baseURL string, seed uint64, share float64) *demoTraffic {
	t := &demoTraffic{
		seed: seed, rate: trafficRate * share,
		client: &http.Client{
			Timeout: trafficTimeout,
			Transport: &http.Transport{
				MaxIdleConns: trafficWorkers, MaxIdleConnsPerHost: trafficWorkers, IdleConnTimeout: 30 * time.Second,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	add := func(chain string, weight int) {
		url := strings.TrimRight(baseURL, "/") + "/rpc/" + demoSlug + "/" + chain
		t.chains = append(t.chains, &trafficChain{url: url, weight: weight})
	}
	add("ethereum", 40)
	add("base", 30)
	add("arbitrum", 20)
	add("polygon", 10)
	return t
}

// Run sends until the context ends, and waits for the requests under way. While
// the server does not answer it sends ever less. The error is always nil.
func (t *demoTraffic) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	jobs := make(chan trafficJob)
	defer func() {
		close(jobs)
		workers.Wait()
		t.client.CloseIdleConnections()
	}()
	for range trafficWorkers {
		workers.Go(func() {
			for j := range jobs {
				_ = t.send(ctx, j) // the demonstration shows what became of it
			}
		})
	}
	rng := rand.New(rand.NewPCG(t.seed, 0x6c6173736f)) //nolint:gosec // traffic to look at, not a secret
	for began := time.Now(); demoPause(ctx, t.pause(rng, time.Since(began))); {
		select {
		case jobs <- t.next(rng):
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// pause is the time to the next request: random arrivals at a rate that swings
// slowly, or a growing wait while nobody answers.
func (t *demoTraffic) pause(rng *rand.Rand, elapsed time.Duration) time.Duration {
	if n := t.down.Load(); n > 0 {
		return min(trafficFirstPause<<min(n-1, 16), trafficLastPause)
	}
	phase := 2 * math.Pi * elapsed.Seconds() / trafficPeriod.Seconds()
	rate := t.rate * (1 + trafficWobble*math.Sin(phase))
	return time.Duration(rng.ExpFloat64() / rate * float64(time.Second))
}

// trafficJob is one request to send.
type trafficJob struct {
	chain *trafficChain
	body  []byte
}

// trafficCall is a JSON-RPC request object.
type trafficCall struct {
	Version string `json:"jsonrpc"`
	ID      int    `json:"id"`
	Method  string `json:"method"`
	Params  []any  `json:"params"`
}

func (t *demoTraffic) next(rng *rand.Rand) trafficJob {
	chain := t.chains[0]
	for pick, i := rng.IntN(100), 0; i < len(t.chains); i++ {
		chain = t.chains[i]
		if pick -= chain.weight; pick < 0 {
			break
		}
	}
	var message any
	if rng.IntN(100) < 3 {
		batch := make([]trafficCall, 2+rng.IntN(5))
		for i := range batch {
			batch[i] = chain.read(rng, i+1)
		}
		message = batch
	} else {
		message = chain.call(rng)
	}
	body, err := json.Marshal(message)
	if err != nil { // strings and numbers always marshal
		body = []byte(`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}`)
	}
	return trafficJob{chain: chain, body: body}
}

// call is one call of the mix, which in one of fifty is a revert and in one of
// a hundred a transaction.
func (c *trafficChain) call(rng *rand.Rand) trafficCall {
	id := 1 + rng.IntN(1_000_000)
	switch pick := rng.IntN(100); {
	case pick < 2:
		m := map[string]string{"to": simnode.RevertAddress, "data": "0xa9059cbb"}
		return trafficCall{"2.0", id, "eth_call", []any{m, "latest"}}
	case pick < 3:
		return trafficCall{"2.0", id, "eth_sendRawTransaction", []any{"0x02" + trafficHex(rng, 110)}}
	default:
		return c.read(rng, id)
	}
}

// read is a call that every provider can answer.
func (c *trafficChain) read(rng *rand.Rand, id int) trafficCall {
	head, hash := c.known(rng)
	account := "0x" + trafficHex(rng, 20)
	call := func(method string, params ...any) trafficCall {
		if params == nil {
			params = []any{}
		}
		return trafficCall{"2.0", id, method, params}
	}
	switch pick := rng.IntN(100); {
	case pick < 36:
		m := map[string]string{"to": account, "data": "0x70a08231" + trafficHex(rng, 32)}
		return call("eth_call", m, "latest")
	case pick < 57:
		return call("eth_blockNumber")
	case pick < 65 && head > 0:
		span := 1 + rng.Uint64N(20)
		return call("eth_getLogs", map[string]string{"fromBlock": trafficNumber(head - span), "toBlock": trafficNumber(head - 1)})
	case pick < 73:
		at := "latest"
		if head > 10_000 && rng.IntN(8) == 0 {
			at = trafficNumber(head - 10_000) // only archives have that
		}
		return call("eth_getBalance", account, at)
	case pick < 82 && hash != "":
		return call("eth_getTransactionReceipt", hash)
	case pick < 89:
		return call("eth_getBlockByNumber", "latest", rng.IntN(3) == 0)
	case pick < 93:
		return call("eth_estimateGas", map[string]string{"to": account, "data": "0xa9059cbb" + trafficHex(rng, 64)})
	case pick < 97:
		return call("eth_gasPrice")
	default:
		return call("eth_getTransactionCount", account, "latest")
	}
}

func (c *trafficChain) known(rng *rand.Rand) (head uint64, hash string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.hashes) > 0 {
		hash = c.hashes[rng.IntN(len(c.hashes))]
	}
	return c.head, hash
}

func trafficHex(rng *rand.Rand, size int) string {
	b := make([]byte, 0, size+8)
	for len(b) < size {
		b = binary.BigEndian.AppendUint64(b, rng.Uint64())
	}
	return hex.EncodeToString(b[:size])
}

func trafficNumber(n uint64) string { return fmt.Sprintf("%#x", n) }

// send posts one request and learns from the answer. No answer, an HTTP status
// other than 200 and a body that is not JSON-RPC are errors; a JSON-RPC error is
// an answer.
func (t *demoTraffic) send(ctx context.Context, j trafficJob) error {
	body, answered, err := t.post(ctx, j)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case answered:
		t.down.Store(0)
	default:
		t.down.Add(1)
	}
	if err != nil {
		return err
	}
	return j.chain.learn(body)
}

// post returns the body. Answered is true as soon as there is a status line.
func (t *demoTraffic) post(ctx context.Context, j trafficJob) (body []byte, answered bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, j.chain.url, bytes.NewReader(j.body))
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := t.client.Do(req)
	if err != nil {
		return nil, false, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, trafficMaxBody))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	return body, true, err
}

var errTrafficAnswer = errors.New("neither result nor error")

// learn checks an answer and keeps the height and the transactions that a
// block tells of.
func (c *trafficChain) learn(body []byte) error {
	if len(body) > 0 && body[0] == '[' {
		return json.Unmarshal(body, new([]json.RawMessage))
	}
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if answer.Result == nil && answer.Error == nil {
		return errTrafficAnswer
	}
	if len(answer.Result) == 0 || answer.Result[0] != '{' {
		return nil
	}
	var block struct {
		Number       string            `json:"number"`
		Transactions []json.RawMessage `json:"transactions"`
	}
	var number uint64
	if json.Unmarshal(answer.Result, &block) != nil || block.Transactions == nil {
		return nil // another kind of object
	}
	if _, err := fmt.Sscanf(block.Number, "0x%x", &number); err != nil {
		return fmt.Errorf("number of a block: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.head = max(c.head, number)
	for _, raw := range block.Transactions {
		var hash string
		if json.Unmarshal(raw, &hash) == nil {
			c.hashes = append(c.hashes, hash)
		}
	}
	if extra := len(c.hashes) - trafficHashes; extra > 0 {
		c.hashes = append(c.hashes[:0], c.hashes[extra:]...)
	}
	return nil
}
