package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// traffic sends questions whose answers are known, with a fixed number of
// callers, and counts what comes back.
type traffic struct {
	url    string
	client *http.Client
	ask    []question
	want   [][]byte // result members, same order as ask

	sent     atomic.Int64
	correct  atomic.Int64
	mu       sync.Mutex
	problems []string // the first few answers that were not correct
}

const callers = 32

// newTraffic learns the answers from a node directly.
func newTraffic(t *testing.T, n *node, url string) *traffic {
	t.Helper()
	tr := &traffic{url: url, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}}
	t.Cleanup(tr.client.CloseIdleConnections)
	for _, q := range questions(env.chain) {
		_, body := post(t, n.url(), q.body(1))
		direct, err := decode(body)
		if err != nil {
			t.Fatal(err)
		}
		if direct.Result == nil {
			continue // errors of the call itself are compared in TestRawAnswers
		}
		tr.ask = append(tr.ask, q)
		tr.want = append(tr.want, direct.Result)
	}
	return tr
}

// run asks question i and notes whether the answer is right.
func (tr *traffic) run(ctx context.Context, i int) {
	tr.sent.Add(1)
	q, want := tr.ask[i%len(tr.ask)], tr.want[i%len(tr.ask)]
	err := func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, tr.url, bytes.NewBufferString(q.body(i)))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := tr.client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var body bytes.Buffer
		if _, err := body.ReadFrom(resp.Body); err != nil {
			return err
		}
		got, err := decode(body.Bytes())
		switch {
		case err != nil:
			return err
		case resp.StatusCode != http.StatusOK:
			return errors.New(resp.Status)
		case string(got.ID) != strconv.Itoa(i):
			return fmt.Errorf("id %s, want %d", got.ID, i)
		case !bytes.Equal(got.Result, want):
			return fmt.Errorf("got %s, want %s", body.Bytes(), want)
		}
		return nil
	}()
	if err == nil {
		tr.correct.Add(1)
		return
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if len(tr.problems) < 10 {
		tr.problems = append(tr.problems, fmt.Sprintf("call %d, %s: %v", i, q.name, err))
	}
}

// feed starts the callers. They end when the channel is closed; wait returns
// when the last answer is in.
func (tr *traffic) feed(ctx context.Context) (next chan<- int, wait func()) {
	ch := make(chan int)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for i := range ch {
				tr.run(ctx, i)
			}
		})
	}
	return ch, wg.Wait
}

// TestNoCallIsLost sends 10,000 calls with 32 callers over two nodes. One of
// them is killed twice in the middle of full traffic and started again. Every
// call must have its correct answer, and the node must be in use again after
// each return.
func TestNoCallIsLost(t *testing.T) {
	const calls = 10_000
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a, b)...)
	tr := newTraffic(t, a, r.rpc())
	next, wait := tr.feed(t.Context())
	closed := false
	defer func() {
		if !closed {
			close(next)
			wait()
		}
	}()

	i := 0
	full := func(n int) { // as fast as the callers take them
		for range n {
			next <- i
			i++
		}
	}
	slow := func() { // until the node is used again, a call every 100 ms
		before := r.used(t, "geth-b")
		eventually(t, 3*time.Minute, "geth-b is used again", func(context.Context) error {
			full(1)
			if r.used(t, "geth-b") > before+2 {
				return nil
			}
			return errors.New("no new calls on it")
		})
	}
	for round := range 2 {
		full(1500)
		before := r.used(t, "geth-b")
		if before == 0 {
			t.Fatal("geth-b had no calls before it was killed")
		}
		killed := make(chan struct{})
		go func() { b.kill(); close(killed) }()
		full(1500)
		<-killed
		row := r.waitStatus(t, "geth-b", "circuit_open", 20*time.Second)
		t.Logf("round %d: killed at call %d: %s", round, i, row.Status.Reason)
		full(500)
		b.restart(t)
		slow()
		t.Logf("round %d: in use again at call %d", round, i)
	}
	if i > calls {
		t.Fatalf("already %d calls sent, want at most %d", i, calls)
	}
	full(calls - i)
	close(next)
	closed = true
	wait()

	for _, p := range tr.problems {
		t.Error(p)
	}
	failovers := sum(r.metrics(t)["lasso_failovers_total"], map[string]string{"chain": "1337"})
	t.Logf("%v calls had to be sent again", failovers)
	if failovers < 2 {
		t.Errorf("failovers: got %v, so the kills hit no call; the test proves nothing", failovers)
	}
	if got := tr.correct.Load(); got != calls || tr.sent.Load() != calls {
		t.Errorf("correct answers: got %d of %d sent, want %d", got, tr.sent.Load(), calls)
	}
	r.waitStatus(t, "geth-b", "healthy", 3*time.Minute)
}

// used returns how many client calls a provider has been sent, answered or
// not. It reads /metrics: the leaderboard may be some seconds old.
func (r *router) used(t *testing.T, id string) uint64 {
	t.Helper()
	attempts := r.metrics(t)["lasso_attempts_total"]
	return uint64(sum(attempts, map[string]string{"provider": id, "origin": "client"}))
}
