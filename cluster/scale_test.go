package cluster

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestScale prints what many nodes in one process cost. CLUSTER_SCALE says how
// many; it is not run without.
func TestScale(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("CLUSTER_SCALE"))
	if err != nil {
		t.Skip("CLUSTER_SCALE is not set")
	}
	var meet Meeting
	heapBefore, routinesBefore := heap(), runtime.NumGoroutine()
	began := time.Now()
	var nodes []*node
	var join []time.Duration
	for i := range n {
		cfg := testConfig(fmt.Sprintf("node-%03d", i))
		cfg.Discoverer = &meet
		cfg.Secret = []byte("a secret of sixteen bytes or more")
		// The timers of production.
		cfg.HealthInterval, cfg.HealthTimeout, cfg.BeatInterval, cfg.Presence, cfg.AskTimeout = 0, 0, 0, 0, 0
		one := time.Now()
		node := start(t, cfg, func(c *Cluster) {
			c.Handle("id", func(context.Context, []byte) ([]byte, error) { return make([]byte, 1024), nil })
		})
		nodes = append(nodes, node)
		within(t, time.Minute, "the new node sees all", full(i+1, node))
		join = append(join, time.Since(one))
	}
	started := time.Since(began)
	joined := within(t, 5*time.Minute, "full mesh", full(n, nodes...))
	t.Logf("%d nodes: joined one after the other in %v, all of them full %v after the last", n, started.Round(time.Millisecond), joined.Round(time.Millisecond))
	slices.Sort(join)
	t.Logf("from start to seeing all others: p50 %v, longest %v", join[n/2].Round(time.Millisecond), join[n-1].Round(time.Millisecond))
	t.Logf("memory per node: %d KiB of heap, %d goroutines", (heap()-heapBefore)/uint64(n)>>10, (runtime.NumGoroutine()-routinesBefore)/n)

	before := cpu(t)
	idle := time.Now()
	<-time.After(10 * time.Second)
	t.Logf("idle: %.2f %% of one core per node", 100*(cpu(t)-before).Seconds()/time.Since(idle).Seconds()/float64(n))

	var took []time.Duration
	before = cpu(t)
	const asks = 50
	for i := range asks {
		one := time.Now()
		if poll := nodes[i%n].Ask(t.Context(), "id", nil); len(poll.Replies) != n-1 {
			t.Errorf("%d replies, missing %v", len(poll.Replies), poll.Missing[:min(3, len(poll.Missing))])
		}
		took = append(took, time.Since(one))
	}
	slices.Sort(took)
	t.Logf("ask-all with answers of 1 KiB: p50 %v, p99 %v, %.1f ms of CPU in all nodes together", took[asks/2], took[asks*99/100], (cpu(t)-before).Seconds()*1000/asks)
	nodes[n/2].kill()
	t.Logf("kill known to all after %v", within(t, 10*time.Second, "all know", func() bool {
		for i, node := range nodes {
			if i != n/2 && node.Coverage().Responding != n-1 {
				return false
			}
		}
		return true
	}))
	// All at once: one by one, each waits for what the others do about it.
	ends := make(chan error, n)
	for _, node := range nodes {
		go func() { ends <- node.stop() }()
	}
	for range nodes {
		if err := <-ends; err != nil {
			t.Error(err)
		}
	}
}
