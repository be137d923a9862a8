package web_test

import (
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// members is a cluster as a test sets it.
type members struct{ now atomic.Pointer[lasso.Cluster] }

func newMembers(c lasso.Cluster) *members {
	m := &members{}
	m.now.Store(&c)
	return m
}

func (m *members) State() lasso.Cluster { return *m.now.Load() }

func clusterOf(expected int, states ...lasso.NodeState) lasso.Cluster {
	c := lasso.Cluster{Enabled: true, Discovery: "dns", Security: "secret", Expected: expected}
	for i, st := range states {
		id := lasso.NodeID(rune('a' + i))
		c.Nodes = append(c.Nodes, lasso.Node{
			NodeInfo: lasso.NodeInfo{ID: id, Region: "region-" + string(id)}, Self: i == 0, State: st, RTT: time.Duration(i) * 10 * time.Millisecond,
		})
	}
	return c
}

// TestHealthOfACluster: what is known and does not answer is never left out.
func TestHealthOfACluster(t *testing.T) {
	t.Parallel()
	rig := setup(t)
	const r, u, d = lasso.NodeResponding, lasso.NodeUnresponsive, lasso.NodeDisconnected
	for name, tt := range map[string]struct {
		cluster                      lasso.Cluster
		status                       string
		connected, responding, total int
	}{
		"all":            {clusterOf(0, r, r, r), "healthy", 3, 3, 3},
		"one frozen":     {clusterOf(0, r, r, u), "degraded", 3, 2, 3},
		"one gone":       {clusterOf(0, r, r, d), "degraded", 2, 2, 3},
		"two gone":       {clusterOf(0, r, d, d), "critical", 1, 1, 3},
		"half":           {clusterOf(0, r, d), "critical", 1, 1, 2},
		"one never came": {clusterOf(3, r, r), "degraded", 2, 2, 2},
		"alone yet":      {clusterOf(3, r), "critical", 1, 1, 1},
	} {
		rig.nodes.now.Store(&tt.cluster)
		var got struct {
			Cluster struct {
				Status     string
				Connected  int `json:"nodes_connected"`
				Responding int `json:"nodes_responding"`
				Total      int `json:"nodes_total"`
			}
		}
		if err := json.Unmarshal([]byte(rig.get("/api/health").body), &got); err != nil {
			t.Fatal(err)
		}
		c := got.Cluster
		if c.Status != tt.status || c.Connected != tt.connected || c.Responding != tt.responding || c.Total != tt.total {
			t.Errorf("%s: got %+v, want %s %d/%d/%d", name, c, tt.status, tt.connected, tt.responding, tt.total)
		}
	}
}
