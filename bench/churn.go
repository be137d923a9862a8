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

// churn compares two Lasso nodes under the same calls, sent in turns so that
// whatever the machine does meets both: one alone, and one in a cluster whose
// other node is killed and started again every five seconds, while a page on it
// is polled. The other node has the lowest priority: in production its CPU time
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
	rounds := make([][2][]time.Duration, 0, o.rounds)
	for range o.rounds {
		pair, err := inTurns(ctx, o, [2]*process{alone, watched})
		if err != nil {
			stop()
			side.Wait()
			return err
		}
		rounds = append(rounds, pair)
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

// watch asks for what an open overview asks for, every second, and returns how
// many answers came.
func watch(ctx context.Context, p *process) int {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	client := &http.Client{Timeout: 5 * time.Second}
	answered := 0
	for {
		for _, part := range []string{"", "?fragment=facts", "?fragment=figures", "?fragment=attention", "?fragment=activity"} {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+"/dashboard/public"+part, http.NoBody)
			if err != nil {
				return answered
			}
			resp, err := client.Do(req)
			if err != nil {
				continue
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				answered++
			}
		}
		select {
		case <-ctx.Done():
			return answered
		case <-tick.C:
		}
	}
}

// inTurns sends calls at a steady rate, one to the first lane, the next to the
// second, and returns the times of each.
func inTurns(ctx context.Context, o options, lanes [2]*process) (times [2][]time.Duration, err error) {
	type job struct{ lane int }
	jobs := make(chan job)
	var clients [2]*fasthttp.HostClient
	for i, p := range lanes {
		clients[i] = &fasthttp.HostClient{Addr: p.addr, MaxConns: o.concurrency}
		defer clients[i].CloseIdleConnections()
	}
	var mu sync.Mutex
	var faults []error
	var workers sync.WaitGroup
	for range 2 * o.concurrency {
		workers.Go(func() {
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(resp)
			for j := range jobs {
				req.SetRequestURI(lanes[j.lane].url)
				req.Header.SetMethod(fasthttp.MethodPost)
				req.Header.SetContentType("application/json")
				req.SetBodyString(callBody)
				begin := time.Now()
				err := clients[j.lane].DoTimeout(req, resp, 10*time.Second)
				took := time.Since(begin)
				if err == nil && resp.StatusCode() != fasthttp.StatusOK {
					err = fmt.Errorf("%s: status %d", lanes[j.lane].name, resp.StatusCode())
				}
				mu.Lock()
				times[j.lane] = append(times[j.lane], took)
				if err != nil {
					faults = append(faults, err)
				}
				mu.Unlock()
			}
		})
	}
	tick := time.NewTicker(time.Second / time.Duration(2*o.rate))
	defer tick.Stop()
	for i := range 2 * o.calls {
		select {
		case <-ctx.Done():
			faults = append(faults, ctx.Err())
		case <-tick.C:
			jobs <- job{i % 2}
			continue
		}
		break
	}
	close(jobs)
	workers.Wait()
	return times, errors.Join(faults...)
}

func reportChurn(w io.Writer, o options, rounds [][2][]time.Duration, restarts, polls int) {
	fmt.Fprintf(w, "%d rounds of %d calls to each node, sent in turns, %d/s each; upstream answers in %v ± half; %d restarts, %d answers to the page\n\n",
		len(rounds), o.calls, o.rate, o.delay, restarts, polls)
	fmt.Fprintf(w, "%-8s %12s %12s %12s %8s\n", "quantile", "alone", "in cluster", "difference", "ratio")
	var all [2][]time.Duration
	for _, r := range rounds {
		all[0], all[1] = append(all[0], r[0]...), append(all[1], r[1]...)
	}
	for i := range all {
		slices.Sort(all[i])
	}
	for _, q := range []struct {
		name string
		part float64
	}{{"p50", .5}, {"p90", .9}, {"p95", .95}, {"p99", .99}, {"p99.9", .999}} {
		a, b := at(all[0], q.part), at(all[1], q.part)
		fmt.Fprintf(w, "%-8s %9.3f ms %9.3f ms %9.3f ms %8.3f\n", q.name, ms(a), ms(b), ms(b-a), float64(b)/float64(a))
	}
	ratios := make([]float64, 0, len(rounds))
	for _, r := range rounds {
		slices.Sort(r[0])
		slices.Sort(r[1])
		ratios = append(ratios, float64(at(r[1], .99))/float64(at(r[0], .99)))
	}
	slices.Sort(ratios)
	fmt.Fprintf(w, "\np99 in cluster / alone by round: %.3f; median %.3f\n", ratios, ratios[len(ratios)/2])
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
