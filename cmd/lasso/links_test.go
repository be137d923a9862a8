package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// meshNow is who sees whom, as a node tells.
type meshNow struct {
	Nodes []struct {
		ID        string `json:"id"`
		PublicURL string `json:"public_url"`
	}
	Links struct {
		Nodes []struct {
			Node   string `json:"node_id"`
			Answer string
			Sees   []struct {
				Node  string `json:"node_id"`
				State string
				RTT   *float64 `json:"rtt_ms"`
			}
		}
		Faults   []any
		Coverage struct{ Responding, Total int }
	}
}

// drawn is a mesh in a line for each node.
func (m *meshNow) drawn() string {
	var b strings.Builder
	for _, n := range m.Links.Nodes {
		fmt.Fprintf(&b, "%s %s:", n.Node, n.Answer)
		for _, l := range n.Sees {
			fmt.Fprintf(&b, " %s %s", l.Node, l.State)
			if l.State == "responding" && l.RTT == nil {
				b.WriteString(" without a round trip")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestMeshOfADemonstration: every node tells whom it sees; pages lead from one
// to another; one that is gone is lost to all, which is no fault of links.
func TestMeshOfADemonstration(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three nodes")
	}
	s := play(t, &demoCmd{Nodes: 3, Seed: 1, NoTraffic: true})
	var now meshNow
	until := func(want string, coverage [2]int) {
		t.Helper()
		eventually(t, func() string {
			_, body := get(t, s.url+"/api/v1/cluster")
			var answer struct{ Data meshNow }
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				return err.Error()
			}
			now = answer.Data
			if got := now.drawn(); got != want || [2]int{now.Links.Coverage.Responding, now.Links.Coverage.Total} != coverage || len(now.Links.Faults) != 0 {
				return fmt.Sprintf("got %+v %v\n%swant\n%s", now.Links.Coverage, now.Links.Faults, got, want)
			}
			return ""
		})
	}
	until("ap-southeast-1 answered: eu-west-1 responding us-east-1 responding\n"+
		"eu-west-1 answered: ap-southeast-1 responding us-east-1 responding\n"+
		"us-east-1 answered: ap-southeast-1 responding eu-west-1 responding\n", [2]int{3, 3})
	for i, n := range now.Nodes {
		if n.PublicURL != "http://"+s.nodes[map[string]int{"us-east-1": 0, "eu-west-1": 1, "ap-southeast-1": 2}[n.ID]].flags.Listen {
			t.Errorf("node %d: %+v", i, n)
		}
	}
	_, page := get(t, s.url+profileRoot+"/chains/ethereum/providers/birch")
	links := regexp.MustCompile(`href="(http://[^"]+/providers/birch)" rel="noopener"`).FindAllStringSubmatch(page, -1)
	if len(links) != 4 { // of two nodes, in their columns and in the panel of actions
		t.Errorf("the page of a provider leads to %d pages of other nodes: %q", len(links), links)
	}
	for _, l := range links {
		if status, body := get(t, l[1]); status != http.StatusOK || !strings.Contains(body, "Birch") {
			t.Errorf("GET %s: status %d", l[1], status)
		}
	}
	s.nodes[2].stop()
	until("ap-southeast-1 no answer:\n"+
		"eu-west-1 answered: ap-southeast-1 disconnected us-east-1 responding\n"+
		"us-east-1 answered: ap-southeast-1 disconnected eu-west-1 responding\n", [2]int{2, 3})
}
