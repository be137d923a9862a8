package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
)

// The addresses of the cluster's nodes: all of loopback, one port.
const (
	watchedAddr  = "127.0.0.2"
	restlessAddr = "127.0.0.3"
	restartEvery = 5 * time.Second
	pollEvery    = time.Second
	basename     = "bench"
)

// churn compares Lasso nodes under the same calls, sent in turns so that
// whatever the machine does meets all of them: one alone, one in a cluster whose
// other node is killed and started again every five seconds while a page on it
// is polled, and, to show what chance does, a second one alone. The other node has the lowest priority: in production its CPU time
// would be another machine's.
func churn(ctx context.Context, o options, out io.Writer) error {
	dir, err := os.MkdirTemp("", "lasso-churn")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary, err := buildLasso(ctx, o, dir)
	if err != nil {
		return err
	}
	o.lasso = binary
	up, err := startRole(ctx, "upstream", "", o)
	if err != nil {
		return err
	}
	defer up.stop()
	names, err := startNameServer(ctx, watchedAddr, restlessAddr)
	if err != nil {
		return err
	}
	defer names.close()
	port, err := freeMeshPort(ctx)
	if err != nil {
		return err
	}
	member := func(ctx context.Context, name, addr string, nice bool) (*process, error) {
		return startLasso(ctx, o, dir, up, name, nice, "LASSO_NODE_ID="+name, "LASSO_REGION="+name, "CLUSTER_BIND="+addr, "CLUSTER_PORT="+port,
			"CLUSTER_DNS_QUERY=bench.test", "CLUSTER_NODE_BASENAME="+basename, "CLUSTER_DNS_SERVER="+names.addr, "CLUSTER_SECRET=of the bench only")
	}
	alone, err := startLasso(ctx, o, dir, up, "alone", false)
	if err != nil {
		return err
	}
	defer alone.stop()
	control, err := startLasso(ctx, o, dir, up, "control", false)
	if err != nil {
		return err
	}
	defer control.stop()
	watched, err := member(ctx, "watched", watchedAddr, false)
	if err != nil {
		return err
	}
	defer watched.stop()

	var side sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	var restarts, polls int
	var restartErr error
	side.Go(func() { restarts, restartErr = restless(ctx, member) })
	side.Go(func() { polls = watch(ctx, watched) })
	rounds := make([][][]time.Duration, 0, o.rounds)
	for range o.rounds {
		times, err := inTurns(ctx, o, alone, control, watched)
		if err != nil {
			stop()
			side.Wait()
			return err
		}
		rounds = append(rounds, times)
	}
	stop()
	side.Wait()
	if restartErr != nil {
		return restartErr
	}
	reportChurn(out, o, rounds, restarts, polls)
	return nil
}

// restless starts the other node, lets it run for a while, and ends it: by
// SIGTERM and SIGKILL in turns. It returns how often.
func restless(ctx context.Context, member func(context.Context, string, string, bool) (*process, error)) (int, error) {
	tick := time.NewTicker(restartEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		p, err := member(ctx, "restless", restlessAddr, true)
		if err != nil {
			if ctx.Err() != nil {
				return n, nil
			}
			return n, err
		}
		select {
		case <-ctx.Done():
			p.stop()
			return n, nil
		case <-tick.C:
		}
		if n%2 == 0 {
			_ = p.cmd.Process.Signal(syscall.SIGTERM)
			_ = p.cmd.Wait()
		}
		p.stop()
	}
}

// parts are the fragments of an open overview and the seconds between two polls
// of each.
func parts() map[string]int {
	return map[string]int{"facts": 1, "figures": 1, "attention": 1, "activity": 2, "chains": 5}
}

// watch opens an overview, polls its parts as a browser does, and returns how
// many answers came.
func watch(ctx context.Context, p *process) int {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	client := &http.Client{Timeout: 5 * time.Second}
	answered := 0
	get := func(query string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+"/dashboard/public"+query, http.NoBody)
		if err != nil {
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			answered++
		}
	}
	get("")
	for second := 1; ; second++ {
		select {
		case <-ctx.Done():
			return answered
		case <-tick.C:
		}
		for part, every := range parts() {
			if second%every == 0 {
				get("?fragment=" + part)
			}
		}
	}
}

// inTurns sends calls at a steady rate, each to the next lane, and returns the
// times of each lane.
func inTurns(ctx context.Context, o options, lanes ...*process) ([][]time.Duration, error) {
	jobs := make(chan int)
	times, clients := make([][]time.Duration, len(lanes)), make([]*fasthttp.HostClient, len(lanes))
	for i, p := range lanes {
		clients[i] = &fasthttp.HostClient{Addr: p.addr, MaxConns: o.concurrency}
		defer clients[i].CloseIdleConnections()
	}
	var mu sync.Mutex
	var faults []error
	var workers sync.WaitGroup
	for range len(lanes) * o.concurrency {
		workers.Go(func() {
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(resp)
			for lane := range jobs {
				req.SetRequestURI(lanes[lane].url)
				req.Header.SetMethod(fasthttp.MethodPost)
				req.Header.SetContentType("application/json")
				req.SetBodyString(callBody)
				begin := time.Now()
				err := clients[lane].DoTimeout(req, resp, 10*time.Second)
				took := time.Since(begin)
				if err == nil && resp.StatusCode() != fasthttp.StatusOK {
					err = fmt.Errorf("%s: status %d", lanes[lane].name, resp.StatusCode())
				}
				mu.Lock()
				times[lane] = append(times[lane], took)
				if err != nil {
					faults = append(faults, err)
				}
				mu.Unlock()
			}
		})
	}
	tick := time.NewTicker(time.Second / time.Duration(len(lanes)*o.rate))
	defer tick.Stop()
	for i := range len(lanes) * o.calls {
		select {
		case <-ctx.Done():
			faults = append(faults, ctx.Err())
		case <-tick.C:
			jobs <- i % len(lanes)
			continue
		}
		break
	}
	close(jobs)
	workers.Wait()
	return times, errors.Join(faults...)
}

func reportChurn(w io.Writer, o options, rounds [][][]time.Duration, restarts, polls int) {
	fmt.Fprintf(w, "%d rounds of %d calls to each node, sent in turns, %d/s each; upstream answers in %v ± half; %d restarts, %d answers to the page\n\n",
		len(rounds), o.calls, o.rate, o.delay, restarts, polls)
	fmt.Fprintf(w, "%-8s %12s %12s %12s %9s %9s\n", "quantile", "alone", "alone too", "in cluster", "ratio", "by chance")
	all := make([][]time.Duration, len(rounds[0]))
	for _, r := range rounds {
		for lane := range all {
			all[lane] = append(all[lane], r[lane]...)
		}
	}
	for lane := range all {
		slices.Sort(all[lane])
	}
	for _, q := range []struct {
		name string
		part float64
	}{{"p50", .5}, {"p90", .9}, {"p95", .95}, {"p99", .99}, {"p99.9", .999}} {
		a, b, c := at(all[0], q.part), at(all[1], q.part), at(all[2], q.part)
		fmt.Fprintf(w, "%-8s %9.3f ms %9.3f ms %9.3f ms %9.3f %9.3f\n", q.name, ms(a), ms(b), ms(c), 2*float64(c)/float64(a+b), float64(b)/float64(a))
	}
	fmt.Fprintln(w, "\nratio: in cluster against the mean of both alone; by chance: one alone against the other")
}

func at(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(int(float64(len(sorted))*q), len(sorted)-1)]
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// jitter is between half the delay and one and a half of it.
func jitter(delay time.Duration) time.Duration {
	if delay <= 0 {
		return 0
	}
	return delay/2 + rand.N(delay) //nolint:gosec // a load, not a secret
}

// freeMeshPort is a port that is free on the addresses of both nodes.
func freeMeshPort(ctx context.Context) (string, error) {
	for range 20 {
		ln, err := new(net.ListenConfig).Listen(ctx, "tcp", watchedAddr+":0")
		if err != nil {
			return "", err
		}
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		other, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(restlessAddr, port))
		_ = ln.Close()
		if err == nil {
			_ = other.Close()
			return port, nil
		}
	}
	return "", errors.New("no port is free on " + watchedAddr + " and " + restlessAddr)
}

// lower gives a process the lowest priority.
func lower(cmd *exec.Cmd) error {
	return syscall.Setpriority(syscall.PRIO_PROCESS, cmd.Process.Pid, 19)
}
