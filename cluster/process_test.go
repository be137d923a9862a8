package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// childEnv makes the test binary a node of its own, configured as in
// production; it holds the node's region.
const childEnv = "CLUSTER_TEST_CHILD"

// report is what a child says of itself, a line whenever it changes.
type report struct {
	Responding, Total int
	States            map[string]string // by id
	Reasons           map[string]string
}

// child runs a node until SIGTERM. Its parent reads reports from stdout.
func child() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	cfg, enabled, err := FromEnv(os.LookupEnv)
	if err != nil || !enabled {
		fmt.Fprintln(os.Stderr, "not enabled:", err)
		return 1
	}
	cfg.Info = func() lasso.NodeInfo {
		return lasso.NodeInfo{ID: lasso.NodeID(os.Getenv("LASSO_NODE_ID")), Region: os.Getenv(childEnv), Version: "v1"}
	}
	cfg.routePing = 500 * time.Millisecond
	c, err := New(cfg, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	last := ""
	for {
		select {
		case err := <-ended:
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			return 0
		case <-tick.C:
			r := report{States: map[string]string{}, Reasons: map[string]string{}}
			s := c.State()
			r.Responding, r.Total = s.Coverage.Responding, s.Coverage.Total
			for _, n := range s.Nodes[1:] {
				r.States[string(n.ID)], r.Reasons[string(n.ID)] = n.State.String(), n.Reason
			}
			line, err := json.Marshal(r)
			if err == nil && string(line) != last {
				last = string(line)
				fmt.Println(last)
			}
		}
	}
}

// process is a node in a process of its own.
type process struct {
	id  string
	cmd *exec.Cmd

	mu   sync.Mutex
	last report
	errs []string
	end  chan struct{}
}

// spawn starts a node; before are words that the command begins with, such as
// those that enter a namespace.
func spawn(t *testing.T, id string, before []string, env ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	words := append(slices.Clone(before), exe)
	p := &process{id: id, end: make(chan struct{})}
	p.cmd = exec.CommandContext(context.Background(), words[0], words[1:]...)
	p.cmd.Env = append(os.Environ(), append(env, childEnv+"=region-"+id, "LASSO_NODE_ID="+id)...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	readers.Go(func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var r report
			if json.Unmarshal(lines.Bytes(), &r) == nil {
				p.mu.Lock()
				p.last = r
				p.mu.Unlock()
			}
		}
	})
	readers.Go(func() {
		lines := bufio.NewScanner(errs)
		for lines.Scan() {
			p.mu.Lock()
			p.errs = append(p.errs, lines.Text())
			p.mu.Unlock()
		}
	})
	go func() {
		readers.Wait()
		_ = p.cmd.Wait()
		close(p.end)
	}()
	t.Cleanup(func() {
		p.signal(syscall.SIGCONT)
		p.signal(syscall.SIGTERM)
		select {
		case <-p.end:
		case <-time.After(5 * time.Second):
			p.signal(syscall.SIGKILL)
			<-p.end
			t.Errorf("%s did not end in 5 s", id)
		}
		if t.Failed() || os.Getenv("CLUSTER_TEST_LOG") != "" {
			t.Logf("log of %s:\n%s", id, strings.Join(p.errs, "\n"))
		}
	})
	return p
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

func (p *process) now() report {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

func (p *process) is(id, state string) func() bool {
	return func() bool { return p.now().States[id] == state }
}

// whole tells whether each of the processes sees three nodes respond.
func whole(all ...*process) func() bool {
	return func() bool {
		for _, p := range all {
			if r := p.now(); r.Responding != 3 || r.Total != 3 {
				return false
			}
		}
		return true
	}
}

// TestProcesses measures, on three processes with the timers of production
// except for shorter health checks, how soon what happens to one is known.
func TestProcesses(t *testing.T) {
	t.Parallel()
	dns := newFakeDNS(t)
	port := freePort(t)
	dns.set("lasso.internal", "127.0.0.2", "127.0.0.3", "127.0.0.4")
	env := func(n int) []string {
		return []string{
			"CLUSTER_DNS_QUERY=lasso.internal", "CLUSTER_NODE_BASENAME=lasso", "CLUSTER_DNS_SERVER=" + dns.addr,
			"CLUSTER_PORT=" + strconv.Itoa(port), fmt.Sprintf("CLUSTER_BIND=127.0.0.%d", n),
			"CLUSTER_SECRET=a secret of sixteen bytes or more",
			"CLUSTER_HEALTH_INTERVAL=600ms", "CLUSTER_HEALTH_TIMEOUT=300ms",
		}
	}
	a := spawn(t, "a", nil, env(2)...)
	b := spawn(t, "b", nil, env(3)...)
	c := spawn(t, "c", nil, env(4)...)
	t.Logf("full mesh %v after the last start", within(t, 6*time.Second, "full mesh", whole(a, b, c)))

	b.signal(syscall.SIGSTOP)
	took := within(t, 15*time.Second, "SIGSTOP: unresponsive", a.is("b", "unresponsive"))
	t.Logf("SIGSTOP: unresponsive after %v: %s", took, a.now().Reasons["b"])
	// Longer than it takes to give up the routes.
	held := time.After(2500 * time.Millisecond)
	for waiting := true; waiting; {
		select {
		case <-held:
			waiting = false
		case <-time.After(50 * time.Millisecond):
			if s := a.now().States["b"]; s != "unresponsive" {
				t.Fatalf("a frozen node is %s: %s", s, a.now().Reasons["b"])
			}
		}
	}
	b.signal(syscall.SIGCONT)
	t.Logf("SIGCONT: responding after %v", within(t, 10*time.Second, "SIGCONT: responding", whole(a, b, c)))

	c.signal(syscall.SIGKILL)
	t.Logf("SIGKILL: disconnected after %v", within(t, 3*time.Second, "SIGKILL: disconnected", a.is("c", "disconnected")))
	b.signal(syscall.SIGTERM)
	t.Logf("SIGTERM: disconnected after %v", within(t, time.Second, "SIGTERM: disconnected", a.is("b", "disconnected")))
	if r := a.now().Reasons["b"]; !strings.Contains(r, "goodbye") {
		t.Errorf("SIGTERM: reason %q", r)
	}
	c = spawn(t, "c", nil, env(4)...)
	t.Logf("restart: responding after %v", within(t, 6*time.Second, "restart", func() bool {
		return a.now().Responding == 2 && a.now().Total == 3 && c.now().Responding == 2
	}))
}
