package web_test

import (
	"encoding/json"
	"strings"
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

// TestPagesOfACluster opens every page with three regions, one of them lost.
func TestPagesOfACluster(t *testing.T) {
	t.Parallel()
	rig := setup(t)
	c := clusterOf(0, lasso.NodeResponding, lasso.NodeResponding, lasso.NodeDisconnected)
	c.Nodes[0].Region, c.Nodes[2].Since = "eu-west-1", start
	c.Problems = []lasso.Peer{{Address: "10.0.9.9:4369", Reason: "it has another secret", Since: start, LastAt: start}}
	c.Events = []lasso.TopologyEvent{{Seq: 1, At: start, Kind: lasso.NodeLeft, Node: "c", From: lasso.NodeResponding, To: lasso.NodeDisconnected, Reason: "it said goodbye"}}
	rig.nodes.now.Store(&c)
	for path, want := range map[string][]string{
		"/dashboard/public":                                      {"2 of 3 known nodes, region-c unreachable since " + clocked("12:00:00"), `role="alert"`, "All regions", "/dashboard/public/cluster"},
		"/dashboard/public?region=region-b":                      {`aria-current="true"`, "region=region-b"},
		"/dashboard/public/cluster":                              {"10.0.9.9:4369", "as another secret", "it said goodbye", "Disconnected"},
		"/dashboard/public/regions":                              {"region-b", "region-c", "Alchemy"},
		"/dashboard/public/regions?metric=lag":                   {"region-b"},
		"/dashboard/public/chains/1":                             {"All regions"},
		"/dashboard/public/chains/1/providers/alchemy":           {"eu-west-1", "region-b", "region-c"},
		"/dashboard/public/cluster?format=csv":                   {"node_id,region,state", "c,region-c,Disconnected"},
		"/dashboard/public/regions?format=csv":                   {"ethereum,alchemy,eu-west-1,Healthy", "ethereum,alchemy,region-c,no answer"},
		"/dashboard/public/cluster?fragment=nodes":               {"Disconnected"},
		"/dashboard/public/regions?fragment=matrix&metric=share": {"Alchemy"},
	} {
		res := rig.get(path)
		if res.status != 200 {
			t.Errorf("GET %s: status %d: %s", path, res.status, res.body)
			continue
		}
		for _, text := range want {
			if !strings.Contains(res.body, text) {
				t.Errorf("GET %s: no %q", path, text)
			}
		}
	}
	for _, path := range []string{"/dashboard/public?region=mars", "/dashboard/public/regions?metric=luck", "/dashboard/public/regions?left=mars", "/dashboard/public/cluster?sort=share"} {
		if res := rig.get(path); res.status != 400 {
			t.Errorf("GET %s: status %d, want 400", path, res.status)
		}
	}
}

// TestNamesThatLookLikeNumbers downloads nodes whose names could be read as
// figures: names stay text, and figures stay numbers.
func TestNamesThatLookLikeNumbers(t *testing.T) {
	t.Parallel()
	r := setup(t)
	c := clusterOf(0, lasso.NodeResponding)
	c.Nodes[0].NodeInfo = lasso.NodeInfo{ID: "42", Region: "inf", Version: "1.10", Config: "12345678e012"}
	r.nodes.now.Store(&c)
	const path = "/dashboard/public/cluster?format=json"
	for at, want := range map[string]any{
		"node_id": "42", "region": "inf", "version": "1.10", "config_hash": "12345678e012", "failed_checks": 0.0, "duplicate": false, "rtt_ms": nil,
	} {
		if got := r.value(path, "data.0."+at); got != want {
			t.Errorf("%s = %#v, want %#v", at, got, want)
		}
	}
}
