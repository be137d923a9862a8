package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers every question for an A record with all its addresses.
type nameServer struct {
	addr string

	mu        sync.Mutex
	addresses []netip.Addr
}

func startNameServer(t *testing.T) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{addr: conn.LocalAddr().String()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer, err := s.answer(buf[:n]); err == nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return s
}

func (s *nameServer) add(a string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addresses = append(s.addresses, netip.MustParseAddr(a))
}

func (s *nameServer) answer(query []byte) ([]byte, error) {
	var p dnsmessage.Parser
	header, err := p.Start(query)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	header.Response, header.Authoritative = true, true
	b := dnsmessage.NewBuilder(nil, header)
	if err := errors.Join(b.StartQuestions(), b.Question(q), b.StartAnswers()); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.addresses {
		if q.Type == dnsmessage.TypeA {
			if err := b.AResource(dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, dnsmessage.AResource{A: a.As4()}); err != nil {
				return nil, err
			}
		}
	}
	return b.Finish()
}

// members is what the cluster endpoint says.
type members struct {
	Data struct {
		Coverage struct {
			Responding, Total int
			Missing           []string
		}
		Nodes []struct {
			ID, State, Reason string
		}
	}
}

func (r *router) members(ctx context.Context) (m members, err error) {
	return m, r.getJSON(ctx, "/api/v1/cluster", &m)
}

// sees waits until a node is in a state, as r sees it, and returns how long
// that took.
func (r *router) sees(t *testing.T, id, state string, limit time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	eventually(t, limit, id+" is "+state, func(ctx context.Context) error {
		m, err := r.members(ctx)
		if err != nil {
			return err
		}
		for _, n := range m.Data.Nodes {
			if n.ID == id && n.State == state {
				return nil
			}
		}
		return fmt.Errorf("nodes: %+v", m.Data.Nodes)
	})
	return time.Since(began)
}

func (r *router) covers(t *testing.T, responding, total int, limit time.Duration) {
	t.Helper()
	eventually(t, limit, fmt.Sprintf("%d of %d nodes", responding, total), func(ctx context.Context) error {
		m, err := r.members(ctx)
		if err == nil && (m.Data.Coverage.Responding != responding || m.Data.Coverage.Total != total) {
			err = fmt.Errorf("coverage %+v, nodes %+v", m.Data.Coverage, m.Data.Nodes)
		}
		return err
	})
}

// TestCluster joins three processes by one DNS name and then a fourth, and takes
// them away in every way there is. Calls are served and counted all the while.
func TestCluster(t *testing.T) {
	geth := startNode(t, "geth")
	dns := startNameServer(t)
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	start := func(i int) *router {
		t.Helper()
		id, address := fmt.Sprintf("node-%d", i), fmt.Sprintf("127.0.0.%d", i+1)
		dns.add(address)
		return startRouterIn(t, []string{
			"LASSO_NODE_ID=" + id, fmt.Sprintf("LASSO_REGION=region-%d", i), "CLUSTER_SECRET=a secret of the test",
			"CLUSTER_DNS_QUERY=lasso.test", "CLUSTER_NODE_BASENAME=e2e", "CLUSTER_DNS_SERVER=" + dns.addr,
			"CLUSTER_BIND=" + address, fmt.Sprintf("CLUSTER_PORT=%d", port),
			"CLUSTER_HEALTH_INTERVAL=1s", "CLUSTER_HEALTH_TIMEOUT=500ms",
		}, geths(geth)...)
	}
	nodes := []*router{start(1), start(2), start(3)}
	for _, n := range nodes {
		n.covers(t, 3, 3, 6*time.Second)
	}
	nodes = append(nodes, start(4))
	began := time.Now()
	for _, n := range nodes {
		n.covers(t, 4, 4, 6*time.Second)
	}
	t.Logf("a fourth node was seen by all within %v", time.Since(began).Round(time.Millisecond))

	ask := question{"", "eth_getBalance", fmt.Sprintf(`[%q,"latest"]`, env.chain.to)}
	serve := func(n *router, calls int) {
		t.Helper()
		for i := range calls {
			if _, body := post(t, n.rpc(), ask.body(i)); !bytes.Contains(body, []byte(`"result"`)) {
				t.Fatalf("got %s", body)
			}
		}
	}
	for i, n := range nodes {
		serve(n, 10*(i+1))
	}
	whole := func(n *router, want uint64, responding int) {
		t.Helper()
		eventually(t, 20*time.Second, fmt.Sprintf("%d calls of %d nodes", want, responding), func(ctx context.Context) error {
			var board struct {
				Data []struct {
					Calls uint64 `json:"total_calls"`
				}
				Coverage struct{ Responding, Total int }
				ByRegion map[string]any `json:"by_region"`
			}
			if err := n.getJSON(ctx, "/api/v1/profiles/local/chains/1337/leaderboard?window=1h", &board); err != nil {
				return err
			}
			if board.Data[0].Calls != want || board.Coverage.Responding != responding || board.Coverage.Total != 4 || len(board.ByRegion) != responding {
				return fmt.Errorf("got %+v", board)
			}
			return nil
		})
	}
	for _, n := range nodes {
		whole(n, 100, 4)
	}

	first := nodes[0]
	nodes[1].signal(t, syscall.SIGKILL)
	took := first.sees(t, "node-2", "disconnected", 3*time.Second)
	t.Logf("SIGKILL: disconnected after %v", took.Round(time.Millisecond))
	nodes[2].signal(t, syscall.SIGTERM)
	took = first.sees(t, "node-3", "disconnected", time.Second)
	t.Logf("SIGTERM: disconnected after %v", took.Round(time.Millisecond))
	nodes[3].signal(t, syscall.SIGSTOP)
	took = first.sees(t, "node-4", "unresponsive", 10*time.Second)
	t.Logf("SIGSTOP: unresponsive after %v, with checks every second", took.Round(time.Millisecond))

	serve(first, 5) // routing does not notice
	whole(first, 15, 1)
	page, body := fetch(t, first.url+"/dashboard/local/cluster")
	if page != http.StatusOK || !strings.Contains(body, "1 of 4") {
		t.Errorf("the cluster page: status %d, no \"1 of 4\"", page)
	}

	nodes[3].signal(t, syscall.SIGCONT)
	took = first.sees(t, "node-4", "responding", 10*time.Second)
	t.Logf("SIGCONT: responding after %v", took.Round(time.Millisecond))
	whole(first, 15+40, 2)
	first.covers(t, 2, 4, time.Second) // who is gone stays known
}

func fetch(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, text, err := request(t.Context(), http.MethodGet, url, "")
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
